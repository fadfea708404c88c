//! Where a person stands with proofs, and what wrong ones cost.

use jiff::Timestamp;
use tokio::sync::Semaphore;

use super::super::sql::{Row, sql};
use super::super::{Database, Link};
use super::{PeopleError, damaged, word};
use crate::people::{Login, OrganisationKind, PasswordHash, PersonId, Totp, lockout};

/// Passwords that are hashed at once: each takes 19 MiB and a thread.
static HASHING: Semaphore = Semaphore::const_new(4);
/// Those that are hashed or wait for it: who comes when it is full is told, and nobody waits for long.
static WAITING: Semaphore = Semaphore::const_new(64);

/// What proofs of a person are held against.
pub(super) struct Standing {
    pub(super) person: PersonId,
    pub(super) login: Login,
    pub(super) kind: OrganisationKind,
    pub(super) password: PasswordHash,
    pub(super) must_change: bool,
    pub(super) totp: Option<Totp>,
    pub(super) enrolled: bool,
    pub(super) last_step: i64,
    failures: u32,
    locked_until: Timestamp,
    /// Neither the person nor its organisation is closed.
    pub(super) active: bool,
}

impl Standing {
    /// Of whom a login names.
    pub(super) async fn of_login(link: &mut Link<'_>, login: &Login) -> Result<Option<Self>, PeopleError> {
        let row = sql(
            "SELECT p.id, p.login, o.kind, p.password, p.must_change, p.totp, p.totp_confirmed, p.totp_last_step, \
             p.failures, p.locked_until, p.active, o.active \
             FROM people p JOIN organisations o ON o.id = p.organisation WHERE p.login = $1",
        )
        .bind(login.as_str())
        .row(link)
        .await?;
        row.map(|row| Self::read(&row)).transpose()
    }

    /// Of a person.
    pub(super) async fn of(link: &mut Link<'_>, person: PersonId) -> Result<Self, PeopleError> {
        let row = sql(
            "SELECT p.id, p.login, o.kind, p.password, p.must_change, p.totp, p.totp_confirmed, p.totp_last_step, \
             p.failures, p.locked_until, p.active, o.active \
             FROM people p JOIN organisations o ON o.id = p.organisation WHERE p.id = $1",
        )
        .bind(person.to_string())
        .row(link)
        .await?;
        row.map(|row| Self::read(&row)).transpose()?.ok_or_else(|| PeopleError::unknown("person", person))
    }

    fn read(row: &Row) -> Result<Self, PeopleError> {
        let totp = row.maybe_bytes(5)?.map(|kept| Totp::from_kept(kept).ok_or_else(|| damaged("second factor")));
        Ok(Self {
            person: word(row, 0, |text| PersonId::parse(text).ok(), "id of a person")?,
            login: word(row, 1, |text| Login::parse(text).ok(), "login")?,
            kind: word(row, 2, OrganisationKind::parse, "kind of an organisation")?,
            password: PasswordHash::from_kept(row.text(3)?),
            must_change: row.flag(4)?,
            totp: totp.transpose()?,
            enrolled: row.flag(6)?,
            last_step: row.number(7)?,
            failures: u32::try_from(row.number(8)?).unwrap_or(u32::MAX),
            locked_until: row.moment(9)?,
            active: row.flag(10)? && row.flag(11)?,
        })
    }

    /// Whether a right proof counts at all.
    pub(super) fn is_open(&self, now: Timestamp) -> bool {
        self.active && self.locked_until <= now
    }

    /// Counts a wrong guess. While the sign-in is closed none is looked at, so that none counts.
    pub(super) async fn count_wrong(&self, link: &mut Link<'_>, now: Timestamp) -> Result<(), PeopleError> {
        if !self.is_open(now) {
            return Ok(());
        }
        let failures = self.failures.saturating_add(1);
        let locked_until = lockout::locked_until(failures, now);
        if locked_until.is_some() {
            tracing::warn!(person = %self.person, failures, "sign-in closed for a while after wrong guesses");
        }
        sql("UPDATE people SET failures = $1, locked_until = $2 WHERE id = $3")
            .bind(failures)
            .bind(locked_until.unwrap_or(Timestamp::UNIX_EPOCH))
            .bind(self.person.to_string())
            .execute(link)
            .await?;
        Ok(())
    }

    /// Forgets the wrong guesses after a sign-in that is complete. The password alone is not, where
    /// a second factor is set up: whoever knows it would have all the guesses for the codes.
    pub(super) async fn forget_wrong(&self, link: &mut Link<'_>) -> Result<(), PeopleError> {
        if self.failures > 0 {
            sql("UPDATE people SET failures = 0, locked_until = 0 WHERE id = $1")
                .bind(self.person.to_string())
                .execute(link)
                .await?;
        }
        Ok(())
    }
}

/// Holds a password against whom it is to prove. A wrong one is counted. Whether a right one counts
/// is for the transaction to say that acts on it.
pub(super) async fn prove(
    database: &Database,
    standing: Option<Standing>,
    password: &str,
    now: Timestamp,
) -> Result<Standing, PeopleError> {
    let kept = standing.as_ref().map(|standing| standing.password.clone());
    let password = password.to_owned();
    let right = on_a_thread(move || PasswordHash::verify(kept.as_ref(), &password)).await?;
    let Some(standing) = standing else { return Err(PeopleError::Refused) };
    if right {
        return Ok(standing);
    }
    let mut writer = database.write().await?;
    Standing::of(&mut writer.link(), standing.person).await?.count_wrong(&mut writer.link(), now).await?;
    writer.commit().await?;
    Err(PeopleError::Refused)
}

/// Does what takes long where nobody waits for it but the asker.
pub(super) async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, PeopleError> {
    let _waiting = WAITING.try_acquire().map_err(|_| PeopleError::Busy)?;
    let _place = HASHING.acquire().await.map_err(|_| PeopleError::Busy)?;
    tokio::task::spawn_blocking(work).await.map_err(|_| PeopleError::Busy)
}
