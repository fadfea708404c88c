//! `motcua admin`: organisations, people, keys and mandates, straight on the database. It works
//! beside a running service.

use std::io::Write as _;

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;

use super::runtime::block_on;
use super::{CliError, EXIT_OK};
use crate::clearance::case::window::WindowEvent;
use crate::clearance::case::{Author, Entry, Event, Role};
use crate::people::{Change, KeyId, Login, OrganisationId, OrganisationKind, initial_password};
use crate::service::clock::Clock;
use crate::store::journal::{Appending, Head};
use crate::store::people::{
    Mandate, NewAccount, NewKey, OrganisationEdit, PeopleError, SystemRandom, create_account, create_organisation,
    give_mandate, hash_password, issue_key, keys_of, organisations, revoke_key,
};
use crate::store::{Database, Link};
use crate::trade::CountryCode;

/// Look after organisations, people, keys and mandates.
#[derive(Debug, Args)]
#[command(after_help = "EXAMPLES
  motcua admin --database motcua.db organisation add acme --kind trader --name 'ACME Ltd' --identity 0301234567
  motcua admin --database motcua.db organisation add vet --kind agency --name 'Animal health' --agency CODE
  motcua admin --database motcua.db key add acme --label 'ERP'
  motcua admin --database motcua.db mandate add broker-1 0301234567")]
pub(super) struct AdminArgs {
    /// The database of the service
    #[arg(long, value_name = "URL", env = "MOTCUA_DATABASE", hide_env_values = true)]
    database: String,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Organisations: traders, brokers, agencies, customs, partners, operators, auditors
    #[command(subcommand)]
    Organisation(OrganisationCommand),
    /// People who sign in with a password
    #[command(subcommand)]
    Person(PersonCommand),
    /// API keys of systems
    #[command(subcommand)]
    Key(KeyCommand),
    /// For whom a broker may act
    #[command(subcommand)]
    Mandate(MandateCommand),
}

#[derive(Debug, Subcommand)]
enum OrganisationCommand {
    /// Enter an organisation
    Add {
        /// Its id: small letters, digits, hyphens
        id: String,
        /// What it is
        #[arg(long, value_enum)]
        kind: KindArg,
        /// Its name
        #[arg(long)]
        name: String,
        /// The tax code of a trader or broker
        #[arg(long)]
        identity: Option<String>,
        /// The code of an agency, as the pack names it
        #[arg(long)]
        agency: Option<String>,
        /// The country of a partner
        #[arg(long)]
        country: Option<String>,
        /// Messages that it may send a second
        #[arg(long, value_name = "N")]
        per_second: Option<u32>,
    },
    /// List organisations
    List,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum KindArg {
    Trader,
    Broker,
    Agency,
    Customs,
    Partner,
    Operator,
    Auditor,
}

impl KindArg {
    fn kind(self) -> OrganisationKind {
        match self {
            Self::Trader => OrganisationKind::Trader,
            Self::Broker => OrganisationKind::Broker,
            Self::Agency => OrganisationKind::Agency,
            Self::Customs => OrganisationKind::Customs,
            Self::Partner => OrganisationKind::Partner,
            Self::Operator => OrganisationKind::Operator,
            Self::Auditor => OrganisationKind::Auditor,
        }
    }
}

#[derive(Debug, Subcommand)]
enum PersonCommand {
    /// Make an account; its first password is printed once
    Add {
        /// The organisation's id
        organisation: String,
        /// What the person signs in with
        login: String,
        /// The person's name
        #[arg(long)]
        name: String,
        /// It looks after the people and keys of its organisation
        #[arg(long)]
        admin: bool,
    },
}

#[derive(Debug, Subcommand)]
enum KeyCommand {
    /// Issue a key; it is printed once
    Add {
        /// The organisation's id
        organisation: String,
        /// What it is for
        #[arg(long, default_value = "API")]
        label: String,
        /// When it ends by itself
        #[arg(long, value_name = "MOMENT")]
        expires: Option<Timestamp>,
    },
    /// List the keys of an organisation
    List {
        /// The organisation's id
        organisation: String,
    },
    /// Take a key back, at once and for good
    Revoke {
        /// The organisation's id
        organisation: String,
        /// The key's id: what stands between the first two `_`
        key: String,
    },
}

#[derive(Debug, Subcommand)]
enum MandateCommand {
    /// Let a broker act for a trader
    Add {
        /// The broker's id
        broker: String,
        /// The trader's tax code; `*` for everybody
        trader: String,
        /// The first day; today if nothing is said
        #[arg(long, value_name = "DATE")]
        from: Option<Date>,
        /// The last day
        #[arg(long, value_name = "DATE")]
        to: Option<Date>,
    },
}

pub(super) fn run(args: &AdminArgs) -> Result<u8, CliError> {
    block_on(async {
        let database = Database::open_existing(&args.database).await.map_err(failed)?;
        let now = Clock::machine().now();
        let mut writer = database.write().await.map_err(failed)?;
        let (changes, said) = act(&args.what, &mut writer.link(), now).await.map_err(failed)?;
        journal(&mut writer.link(), &changes, now).await.map_err(failed)?;
        writer.commit().await.map_err(failed)?;
        database.close().await;
        std::io::stdout().lock().write_all(said.as_bytes())?;
        Ok(EXIT_OK)
    })
}

fn failed(error: impl std::fmt::Display) -> CliError {
    CliError::Service(error.to_string())
}

/// Puts what was changed into the journal.
async fn journal(link: &mut Link<'_>, changes: &[Change], now: Timestamp) -> Result<(), crate::store::StoreError> {
    let mut appending = Appending::begin(link).await?;
    for change in changes {
        let event = WindowEvent::Account { what: change.what.to_owned(), whom: change.whom.clone() };
        let by = Author { role: Role::Operator, organisation: None, person: None };
        let entry = Entry { case: crate::service::new_case(now), number: 1, at: now, by, event: Event::Window(event) };
        appending.push(&mut Head::NONE.clone(), &entry)?;
    }
    appending.write(link).await
}

/// Does what is asked; gives what changed, and what is to be said.
async fn act(what: &What, link: &mut Link<'_>, now: Timestamp) -> Result<(Vec<Change>, String), PeopleError> {
    let random = &mut SystemRandom;
    match what {
        What::Organisation(OrganisationCommand::Add { id, kind, name, identity, agency, country, per_second }) => {
            let id = OrganisationId::parse(id)?;
            let country = match country {
                Some(code) => Some(
                    CountryCode::parse(code)
                        .map_err(|_| PeopleError::Invalid("a country has two letters, such as TH"))?,
                ),
                None => None,
            };
            let (identity, agency, per_second) = (identity.clone(), agency.clone(), *per_second);
            let edit = OrganisationEdit { name: name.clone(), identity, agency, country, per_second, active: true };
            let change = create_organisation(link, &id, kind.kind(), &edit, now).await?;
            Ok((vec![change], format!("{id}\n")))
        }
        What::Organisation(OrganisationCommand::List) => {
            let mut said = String::new();
            let mut after = None;
            loop {
                let page = organisations(link, after.as_ref(), 200).await?;
                let Some(last) = page.last() else { break };
                after = Some(last.id.clone());
                for one in &page {
                    let code = one.edit.identity.as_deref().or(one.edit.agency.as_deref()).unwrap_or("-");
                    let active = if one.edit.active { "" } else { "  (not active)" };
                    said.push_str(&format!("{}\t{}\t{code}\t{}{active}\n", one.id, one.kind.as_str(), one.edit.name));
                }
            }
            Ok((Vec::new(), said))
        }
        What::Person(PersonCommand::Add { organisation, login, name, admin }) => {
            let (organisation, login) = (OrganisationId::parse(organisation)?, Login::parse(login)?);
            let first = initial_password(random)?;
            let password = hash_password(&login, first.reveal(), random).await?;
            let account = NewAccount {
                organisation,
                login: login.clone(),
                name: name.clone(),
                admin: *admin,
                password,
                must_change: true,
            };
            let (_, change) = create_account(link, &account, random, now).await?;
            Ok((vec![change], format!("login     {login}\npassword  {}\n", first.reveal())))
        }
        What::Key(KeyCommand::Add { organisation, label, expires }) => {
            let organisation = OrganisationId::parse(organisation)?;
            let key = NewKey { organisation, person: None, label: label.clone(), expires_at: *expires };
            let (_, secret, change) = issue_key(link, &key, random, now).await?;
            Ok((vec![change], format!("{}\n", secret.reveal())))
        }
        What::Key(KeyCommand::List { organisation }) => {
            let keys = keys_of(link, &OrganisationId::parse(organisation)?).await?;
            let line = |key: &crate::store::people::KeyRecord| {
                let state = if key.revoked_at.is_some() { "revoked" } else { "good" };
                let used = key.last_used_at.map_or_else(|| "never used".to_owned(), |at| format!("used {at}"));
                format!("{}\t{state}\t{used}\t{}\n", key.id.as_str(), key.label)
            };
            Ok((Vec::new(), keys.iter().map(line).collect()))
        }
        What::Key(KeyCommand::Revoke { organisation, key }) => {
            let id = KeyId::parse(key).ok_or(PeopleError::Invalid("a key has an id of eight signs: `mk_ID_…`"))?;
            let change = revoke_key(link, &OrganisationId::parse(organisation)?, &id, now).await?;
            Ok((vec![change], format!("{key} is revoked\n")))
        }
        What::Mandate(MandateCommand::Add { broker, trader, from, to }) => {
            let valid_from = from.unwrap_or_else(|| jiff::tz::TimeZone::UTC.to_datetime(now).date());
            let mandate = Mandate { trader: trader.clone(), valid_from, valid_to: *to };
            let change = give_mandate(link, &OrganisationId::parse(broker)?, &mandate).await?;
            Ok((vec![change], format!("{broker} acts for {trader} from {valid_from}\n")))
        }
    }
}
