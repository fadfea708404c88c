//! The editions that a service has, as lists show them.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::super::shared::Shared;
use crate::clearance::case::{Refused, RefusedReason};
use crate::store::StoreError;
use crate::store::packs;

/// An edition that a service has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// The digest of its files.
    pub digest: String,
    /// Its name.
    pub edition: String,
    /// The first day on which it decides; none: the service began with it.
    pub active_from: Option<Date>,
    /// The day on which it was taken back.
    pub withdrawn_on: Option<Date>,
    /// When it was installed.
    pub installed_at: Option<Timestamp>,
    /// By whom.
    pub installed_by: Option<String>,
    /// It decides now.
    pub decides: bool,
    /// Why it cannot be read here: it decides nothing then.
    pub unreadable: Option<String>,
}

/// The editions of a service: first the one that it began with, then what was installed, by their
/// days.
///
/// # Errors
/// [`StoreError`]
pub async fn editions(shared: &Shared) -> Result<Vec<Listed>, StoreError> {
    let mut reader = shared.database.read().await?;
    shared.law.refresh(&mut reader.link()).await?;
    let kept = packs::all(&mut reader.link()).await?;
    drop(reader);
    let (now, first) = (shared.law.at(shared.clock.now()), shared.law.first());
    let mut listed = vec![Listed {
        digest: first.pack.digest.clone(),
        edition: first.pack.edition.clone(),
        active_from: None,
        withdrawn_on: None,
        installed_at: None,
        installed_by: None,
        decides: Arc::ptr_eq(&now, &first),
        unreadable: None,
    }];
    let unreadable = shared.law.unreadable();
    for one in kept {
        let broken = unreadable.iter().find(|broken| broken.installed == one);
        let decides =
            one.digest == now.pack.digest && now.active_from == one.active_from && now.active_to == one.active_to;
        listed.push(Listed {
            decides: decides && broken.is_none(),
            unreadable: broken.map(|broken| broken.reason.clone()),
            digest: one.digest,
            edition: one.edition,
            active_from: Some(one.active_from),
            withdrawn_on: one.active_to,
            installed_at: Some(one.installed),
            installed_by: Some(one.installed_by),
        });
    }
    Ok(listed)
}

/// The digest of the edition to be taken back that a name, a digest or the beginning of one means.
///
/// # Errors
/// [`Refused`] where it means none, several, one that was taken back, or the one that the service began
/// with.
pub fn meant(text: &str, listed: &[Listed]) -> Result<String, Refused> {
    let (first, installed): (Vec<&Listed>, Vec<&Listed>) = listed.iter().partition(|one| one.installed_at.is_none());
    let is_meant = |one: &&Listed| {
        one.edition == text
            || !text.is_empty() && one.digest.starts_with(text)
            || one.digest.split_once(':').is_some_and(|(_, hex)| !text.is_empty() && hex.starts_with(text))
    };
    let mut found: Vec<&str> = installed.iter().copied().filter(is_meant).map(|one| one.digest.as_str()).collect();
    found.sort_unstable();
    found.dedup();
    let unknown = |message: String| Refused::because(RefusedReason::Unknown, message);
    let not_now = |message: String| Refused::because(RefusedReason::NotNow, message);
    match found[..] {
        [digest] => {
            let mut times = installed.iter().filter(|one| one.digest == digest).map(|one| one.withdrawn_on);
            // Where it came again, the last time counts.
            match times.clone().all(|day| day.is_some()).then(|| times.next_back().flatten()).flatten() {
                Some(day) => Err(not_now(format!("edition `{text}` was taken back already, on {day}"))),
                None => Ok(digest.to_owned()),
            }
        }
        [] if first.iter().copied().any(|one| is_meant(&one)) => Err(not_now(format!(
            "edition `{text}` is the one that the service began with: it decides where no other does, and cannot be \
             taken back; another one takes its place by `motcua rules install`"
        ))),
        [] => Err(unknown(format!("no edition `{text}` is installed"))),
        _ => Err(unknown(format!("`{text}` may mean any of {}; state the digest", found.join(", ")))),
    }
}
