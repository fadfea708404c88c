//! The accounts of a demonstration: one for each role and each agency, all with one password.

use crate::clearance::case::Author;
use crate::law::Pack;
use crate::people::{Change, Login, OrganisationId, OrganisationKind, PasswordHash, Secret, initial_password};
use crate::service::desk::{ActError, Desk};
use crate::service::{Service, accounts};
use crate::store::people::{
    EVERYBODY, Mandate, NewAccount, NewKey, OrganisationEdit, PeopleError, SystemRandom, accounts_of, create_account,
    create_organisation, give_mandate, hash_password, issue_key, issue_reset, organisation, reset_password,
};
use crate::store::{Link, StoreError};

/// The broker that files the declarations of the simulated traders.
pub(super) const FILER: &str = "demo-traffic";

/// Somebody whom a newcomer can be.
#[derive(Debug, Clone)]
pub struct Account {
    /// What the organisation is.
    pub kind: OrganisationKind,
    /// What the organisation is called.
    pub name: String,
    /// What the person signs in with; also the organisation's id.
    pub login: String,
    /// A key for the API.
    pub key: Secret,
}

/// The accounts.
#[derive(Debug, Clone)]
pub struct Accounts {
    /// The password of all of them.
    pub password: Secret,
    /// All of them.
    pub all: Vec<Account>,
}

/// An organisation to be made.
struct Wanted {
    id: String,
    kind: OrganisationKind,
    edit: OrganisationEdit,
    mandate: bool,
    person: bool,
}

impl Wanted {
    fn new(id: &str, kind: OrganisationKind, name: &str) -> Self {
        Self { id: id.to_owned(), kind, edit: OrganisationEdit::named(name), mandate: false, person: true }
    }
}

/// The organisations of a demonstration. `trader` is the tax code of the trader.
fn wanted(pack: &Pack, trader: &str) -> Vec<Wanted> {
    use OrganisationKind::{Agency, Auditor, Broker, Customs, Operator, Trader};
    let mut all = vec![
        Wanted::new("demo-operator", Operator, "Demo operator"),
        Wanted::new("trader", Trader, &format!("A trader, tax code {trader}")),
        Wanted { mandate: true, ..Wanted::new("broker", Broker, "A broker") },
        Wanted::new("customs", Customs, "Customs"),
        Wanted::new("auditor", Auditor, "An auditor"),
        Wanted { mandate: true, person: false, ..Wanted::new(FILER, Broker, "Simulated traders") },
    ];
    if let Some(of_trader) = all.iter_mut().find(|wanted| wanted.kind == Trader) {
        of_trader.edit.identity = Some(trader.to_owned());
    }
    let customs = pack.customs_agency.map(|agency| &pack.agencies[agency.index()].code);
    for agency in pack.agencies.iter().filter(|agency| Some(&agency.code) != customs) {
        let name = agency.names.last().map_or(agency.code.as_str(), |name| name.name_en.as_str());
        let edit = OrganisationEdit { agency: Some(agency.code.clone()), ..OrganisationEdit::named(name) };
        all.push(Wanted { edit, ..Wanted::new(&organisation_of(&agency.code), Agency, name) });
    }
    all
}

/// Whether a database has a demonstration.
///
/// # Errors
/// [`PeopleError`]
pub async fn is_here(link: &mut Link<'_>) -> Result<bool, PeopleError> {
    Ok(organisation(link, &OrganisationId::parse(FILER)?).await?.is_some())
}

/// The organisation of an agency, by its code.
pub(super) fn organisation_of(agency: &str) -> String {
    agency.to_lowercase().replace(|sign: char| !sign.is_ascii_alphanumeric(), "-")
}

/// Makes the accounts, or gives those that are there a new password and new keys. Says too whether
/// the demonstration is new to this database.
pub(super) async fn make(service: &Service, pack: &Pack, trader: &str) -> Result<(Accounts, bool), super::DemoError> {
    let password = initial_password(&mut SystemRandom).map_err(PeopleError::from)?;
    let login = Login::parse("demo").map_err(PeopleError::from)?;
    let hash = hash_password(&login, password.reveal(), &mut SystemRandom).await?;
    let wanted = wanted(pack, trader);
    let made = service.writer().run(move |desk: &mut Desk<'_>| {
        Box::pin(async move {
            let (mut all, mut is_new) = (Vec::new(), false);
            for wanted in wanted {
                let (account, new) = one(desk, wanted, &hash).await?;
                is_new |= new;
                all.extend(account);
            }
            Ok((all, is_new))
        })
    });
    let (all, is_new) = made.await?;
    Ok((Accounts { password, all }, is_new))
}

fn failed(error: impl std::fmt::Display) -> ActError {
    StoreError::Refused(error.to_string()).into()
}

async fn one(desk: &mut Desk<'_>, wanted: Wanted, hash: &PasswordHash) -> Result<(Option<Account>, bool), ActError> {
    let now = desk.shared.clock.wall();
    let (id, login) = (OrganisationId::parse(&wanted.id).map_err(failed)?, Login::parse(&wanted.id).map_err(failed)?);
    let link = &mut desk.link();
    let mut changes: Vec<Change> = Vec::new();
    let is_new = organisation(link, &id).await.map_err(failed)?.is_none();
    if is_new {
        changes.push(create_organisation(link, &id, wanted.kind, &wanted.edit, now).await.map_err(failed)?);
        if wanted.mandate {
            let valid_from = jiff::civil::Date::MIN;
            let mandate = Mandate { trader: EVERYBODY.to_owned(), valid_from, valid_to: None };
            changes.push(give_mandate(link, &id, &mandate).await.map_err(failed)?);
        }
    }
    let account = if wanted.person {
        match accounts_of(link, &id).await.map_err(failed)?.into_iter().find(|account| account.login == login) {
            Some(account) => {
                let (token, _) = issue_reset(link, account.id, &mut SystemRandom, now).await.map_err(failed)?;
                changes.push(reset_password(link, token.reveal(), hash, now).await.map_err(failed)?);
            }
            None => {
                let account = NewAccount {
                    organisation: id.clone(),
                    login,
                    name: wanted.edit.name.clone(),
                    admin: true,
                    password: hash.clone(),
                    must_change: false,
                };
                changes.push(create_account(link, &account, &mut SystemRandom, now).await.map_err(failed)?.1);
            }
        }
        let key = NewKey { organisation: id, person: None, label: "demo".to_owned(), expires_at: None };
        let (_, key, change) = issue_key(link, &key, &mut SystemRandom, now).await.map_err(failed)?;
        changes.push(change);
        Some(Account { kind: wanted.kind, name: wanted.edit.name, login: wanted.id, key })
    } else {
        None
    };
    accounts::note(desk, &Author::system(), &changes).await?;
    Ok((account, is_new))
}
