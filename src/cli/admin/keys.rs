//! `motcua admin key`.

use clap::Subcommand;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::json;

use super::said::{Said, cell, moment, table};
use super::{change, failed, told};
use crate::cli::CliError;
use crate::people::{KeyId, OrganisationId};
use crate::service::shared::Shared;
use crate::store::people::{NewKey, SystemRandom, issue_key, keys_of, revoke_key};

#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// Issue a key; it is printed once
    Add {
        /// The organisation's id
        organisation: String,
        /// What it is for
        #[arg(long, default_value = "API")]
        label: String,
        /// When it ends by itself: a day, which is its last, or a moment such as 2026-12-31T17:00:00Z
        #[arg(long, value_name = "DAY", value_parser = end)]
        expires: Option<End>,
    },
    /// List the keys of an organisation
    List {
        /// The organisation's id
        organisation: String,
    },
    /// Take a key back for good; a running service takes it for a second more at most
    Revoke {
        /// The organisation's id
        organisation: String,
        /// The key's id: what stands between the first two `_`
        key: String,
    },
}

/// When a key ends.
#[derive(Debug, Clone, Copy)]
pub(super) enum End {
    /// At the end of a day.
    Day(Date),
    At(Timestamp),
}

fn end(text: &str) -> Result<End, String> {
    let day = text.parse().ok().filter(|_| text.len() == 10).map(End::Day);
    let end = day.or_else(|| text.parse().ok().map(End::At));
    end.ok_or_else(|| "a day such as 2026-12-31, or a moment such as 2026-12-31T17:00:00Z or …+07:00".to_owned())
}

impl End {
    /// The moment, for a window in a zone; it must not have passed.
    fn moment(self, zone: &TimeZone, now: Timestamp) -> Result<Timestamp, CliError> {
        let moment = match self {
            Self::At(moment) => Some(moment),
            Self::Day(day) => day.tomorrow().and_then(|next| zone.to_timestamp(next.at(0, 0, 0, 0))).ok(),
        };
        let moment = moment.ok_or_else(|| failed("no calendar has a day after this one"))?;
        if moment <= now { Err(failed(format!("{} has passed", super::said::moment(moment)))) } else { Ok(moment) }
    }
}

impl Keys {
    pub(super) async fn run(&self, shared: &Shared) -> Result<Said, CliError> {
        match self {
            Self::Add { organisation, label, expires } => {
                let organisation = OrganisationId::parse(organisation).map_err(failed)?;
                let now = shared.clock.now();
                let zone = &shared.law.at(now).zone;
                let expires_at = expires.map(|end| end.moment(zone, now)).transpose()?;
                let new = NewKey { organisation, person: None, label: label.clone(), expires_at };
                let (id, secret) = change(shared, move |mut link, now| {
                    Box::pin(async move {
                        let (id, secret, issued) = issue_key(&mut link, &new, &mut SystemRandom, now).await?;
                        Ok(((id, secret), vec![issued]))
                    })
                })
                .await?;
                let value = json!({ "id": id.as_str(), "key": secret.reveal(), "expires": expires_at.map(moment) });
                Ok(told(secret.reveal().to_owned(), value))
            }
            Self::List { organisation } => {
                let organisation = OrganisationId::parse(organisation).map_err(failed)?;
                let mut reader = shared.database.read().await?;
                let keys = keys_of(&mut reader.link(), &organisation).await.map_err(failed)?;
                let now = shared.clock.now();
                let rows = keys.into_iter().map(|key| {
                    let state = match (key.revoked_at, key.expires_at) {
                        (Some(_), _) => "revoked",
                        (None, Some(end)) if end <= now => "ended",
                        _ => "good",
                    };
                    let (expires, used) = (key.expires_at.map(moment), key.last_used_at.map(moment));
                    let value = json!({
                        "id": key.id.as_str(), "label": key.label, "state": state, "created": moment(key.created_at),
                        "expires": expires, "last_used": used,
                    });
                    ([key.id.to_string(), state.to_owned(), cell(expires), cell(used), key.label], value)
                });
                table(["key", "state", "expires", "last used", "label"], rows.collect(), "it has no keys")
            }
            Self::Revoke { organisation, key } => {
                let organisation = OrganisationId::parse(organisation).map_err(failed)?;
                let id = KeyId::parse(key).ok_or_else(|| failed("a key has an id of eight signs: `mk_ID_…`"))?;
                change(shared, move |mut link, now| {
                    Box::pin(async move { Ok(((), vec![revoke_key(&mut link, &organisation, &id, now).await?])) })
                })
                .await?;
                Ok(told(format!("{key} is revoked"), json!({ "id": key, "state": "revoked" })))
            }
        }
    }
}
