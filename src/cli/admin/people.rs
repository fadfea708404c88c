//! `motcua admin person`.

use clap::Subcommand;
use serde_json::{Value, json};

use super::said::{Said, cell, moment, table};
use super::{change, failed, told, unknown};
use crate::cli::CliError;
use crate::people::{Login, OrganisationId, PersonId, Purpose, initial_password};
use crate::service::shared::Shared;
use crate::store::people::{
    Account, AccountEdit, NewAccount, SystemRandom, account, account_of_login, accounts_of, change_account,
    create_account, forget_second_factor, hash_password, issue_reset, unlock,
};

#[derive(Debug, Subcommand)]
pub(super) enum People {
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
    /// List the people of an organisation
    List {
        /// The organisation's id
        organisation: String,
    },
    /// Give out a code with which somebody sets a new password: printed once, good once, for an hour
    ///
    /// The person sends it with the new password to POST /v1/password-reset. The password as it is
    /// stays good until then; codes given out before are not.
    Reset {
        /// The login, or the person's id
        person: String,
    },
    /// The second factor of somebody who lost the device
    #[command(subcommand)]
    SecondFactor(SecondFactor),
    /// Let somebody sign in again who was kept out after wrong guesses
    Unlock {
        /// The login, or the person's id
        person: String,
    },
    /// Close an account: its sessions end at once
    Deactivate {
        /// The login, or the person's id
        person: String,
    },
    /// Open an account that was closed
    Activate {
        /// The login, or the person's id
        person: String,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum SecondFactor {
    /// Forget it: another is set up at the next sign-in. All sessions of the person end
    Remove {
        /// The login, or the person's id
        person: String,
    },
}

/// Whose account a login or an id is.
async fn found(shared: &Shared, person: &str) -> Result<Account, CliError> {
    let mut reader = shared.database.read().await?;
    let link = &mut reader.link();
    let found = match (PersonId::parse(person), Login::parse(person)) {
        (Ok(id), _) => account(link, id).await,
        (Err(_), Ok(login)) => account_of_login(link, &login).await,
        (Err(_), Err(error)) => return Err(failed(error)),
    };
    found.map_err(failed)?.ok_or_else(|| unknown("person", person))
}

impl People {
    pub(super) async fn run(&self, shared: &Shared) -> Result<Said, CliError> {
        match self {
            Self::Add { organisation, login, name, admin } => add(shared, organisation, login, name, *admin).await,
            Self::List { organisation } => list(shared, organisation).await,
            Self::Reset { person } => {
                let one = found(shared, person).await?;
                let (code, now) = change(shared, move |mut link, now| {
                    Box::pin(async move {
                        let (code, issued) = issue_reset(&mut link, one.id, &mut SystemRandom, now).await?;
                        Ok(((code, now), vec![issued]))
                    })
                })
                .await?;
                let until = moment(now.checked_add(Purpose::PasswordReset.lasts()).unwrap_or(now));
                let text = format!("login  {}\ncode   {}\nuntil  {until}", one.login, code.reveal());
                Ok(told(text, json!({ "login": one.login.as_str(), "code": code.reveal(), "until": until })))
            }
            Self::SecondFactor(SecondFactor::Remove { person }) => {
                let one = found(shared, person).await?;
                change(shared, move |mut link, _| {
                    Box::pin(async move { Ok(((), vec![forget_second_factor(&mut link, one.id).await?])) })
                })
                .await?;
                Ok(done(&one, "signs in without the second factor, and sets up another", json!({ "forgotten": true })))
            }
            Self::Unlock { person } => {
                let one = found(shared, person).await?;
                change(shared, move |mut link, _| {
                    Box::pin(async move { Ok(((), vec![unlock(&mut link, one.id).await?])) })
                })
                .await?;
                Ok(done(&one, "may sign in again", json!({ "unlocked": true })))
            }
            Self::Deactivate { person } => activate(shared, person, false).await,
            Self::Activate { person } => activate(shared, person, true).await,
        }
    }
}

fn done(one: &Account, what: &str, mut value: Value) -> Said {
    value["login"] = one.login.as_str().into();
    told(format!("{} {what}", one.login), value)
}

async fn add(shared: &Shared, organisation: &str, login: &str, name: &str, admin: bool) -> Result<Said, CliError> {
    let (organisation, login) =
        (OrganisationId::parse(organisation).map_err(failed)?, Login::parse(login).map_err(failed)?);
    let random = &mut SystemRandom;
    let first = initial_password(random).map_err(failed)?;
    let password = hash_password(&login, first.reveal(), random).await.map_err(failed)?;
    let new =
        NewAccount { organisation, login: login.clone(), name: name.to_owned(), admin, password, must_change: true };
    let id = change(shared, move |mut link, now| {
        Box::pin(async move {
            let (id, made) = create_account(&mut link, &new, &mut SystemRandom, now).await?;
            Ok((id, vec![made]))
        })
    })
    .await?;
    let value = json!({ "id": id.to_string(), "login": login.as_str(), "password": first.reveal() });
    Ok(told(format!("login     {login}\npassword  {}", first.reveal()), value))
}

async fn list(shared: &Shared, organisation: &str) -> Result<Said, CliError> {
    let organisation = OrganisationId::parse(organisation).map_err(failed)?;
    let mut reader = shared.database.read().await?;
    let people = accounts_of(&mut reader.link(), &organisation).await.map_err(failed)?;
    let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
    let rows = people.into_iter().map(|one| {
        let locked = one.locked_until.map(moment);
        let value = json!({
            "id": one.id.to_string(), "login": one.login.as_str(), "name": one.edit.name, "admin": one.edit.admin,
            "active": one.edit.active, "second_factor": one.enrolled, "must_change": one.must_change,
            "locked_until": locked,
        });
        let (login, enrolled) = (one.login.to_string(), yes(one.enrolled));
        ([login, yes(one.edit.admin), yes(one.edit.active), enrolled, cell(locked), one.edit.name], value)
    });
    let head = ["login", "admin", "active", "second factor", "locked until", "name"];
    table(head, rows.collect(), "it has no people")
}

async fn activate(shared: &Shared, person: &str, active: bool) -> Result<Said, CliError> {
    let one = found(shared, person).await?;
    let edit = AccountEdit { active, ..one.edit.clone() };
    let id = one.id;
    change(shared, move |mut link, _| {
        Box::pin(async move { Ok(((), vec![change_account(&mut link, id, &edit).await?])) })
    })
    .await?;
    let what = if active { "may sign in" } else { "may not sign in any more" };
    Ok(done(&one, what, json!({ "active": active })))
}
