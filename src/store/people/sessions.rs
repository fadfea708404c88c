//! Signing in and out.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep_until};

use super::super::sql::sql;
use super::super::{Database, Link};
use super::guesses::{Standing, prove};
use super::second_factor::pass_second_factor;
use super::{PeopleError, word};
use crate::people::{Login, PersonId, Purpose, Random, SecondFactor, Secret, Token};

/// A refusal takes at least this long, so that its time does not tell whether there is such a login:
/// a guess at one that there is is counted, which waits for the disk.
const REFUSAL_TAKES: Duration = Duration::from_millis(300);

/// Somebody has signed in.
#[derive(Debug)]
pub struct SignedIn {
    /// The token of the session, given once and not kept.
    pub token: Secret,
    /// Who.
    pub person: PersonId,
    /// Whether it is a whole session.
    pub purpose: Purpose,
    /// What is still wanted of the second factor.
    pub second_factor: SecondFactor,
    /// The password is to be changed first.
    pub must_change: bool,
}

/// Opens a session for whoever knows the password of a login. With a code of the second factor,
/// where one is set up, the session is a whole one at once or not at all.
///
/// # Errors
/// [`PeopleError::Refused`], which does not tell why.
pub async fn sign_in_with(
    database: &Database,
    (login, password): (&str, &str),
    code: Option<&str>,
    random: &mut dyn Random,
    now: Timestamp,
) -> Result<SignedIn, PeopleError> {
    let start = Instant::now();
    let mut signed_in = try_sign_in(database, login, password, random, now).await;
    if let (Ok(open), Some(code)) = (&mut signed_in, code)
        && open.second_factor == SecondFactor::Missing
    {
        match pass_second_factor(database, open.token.reveal(), code, now).await {
            Ok(()) => open.second_factor = SecondFactor::Passed,
            Err(error) => {
                let mut writer = database.write().await?;
                sign_out(&mut writer.link(), open.token.reveal()).await?;
                writer.commit().await?;
                signed_in = Err(error);
            }
        }
    }
    if matches!(signed_in, Err(PeopleError::Refused)) {
        sleep_until(start + REFUSAL_TAKES).await;
    }
    signed_in
}

/// Opens a session for whoever knows the password of a login.
///
/// # Errors
/// [`PeopleError::Refused`], which does not tell why.
pub async fn sign_in(
    database: &Database,
    login: &str,
    password: &str,
    random: &mut dyn Random,
    now: Timestamp,
) -> Result<SignedIn, PeopleError> {
    sign_in_with(database, (login, password), None, random, now).await
}

async fn try_sign_in(
    database: &Database,
    login: &str,
    password: &str,
    random: &mut dyn Random,
    now: Timestamp,
) -> Result<SignedIn, PeopleError> {
    let standing = match Login::parse(login) {
        Ok(login) => Standing::of_login(&mut database.read().await?.link(), &login).await?,
        Err(_) => None,
    };
    let proved = prove(database, standing, password, now).await?;

    // Others may have guessed meanwhile, and the password may have been changed: what counts is how
    // things stand in the transaction that opens the session.
    let mut writer = database.write().await?;
    let standing = Standing::of(&mut writer.link(), proved.person).await?;
    if !standing.is_open(now) || standing.password.kept() != proved.password.kept() {
        return Err(PeopleError::Refused);
    }
    let second_factor = SecondFactor::of(standing.kind, standing.enrolled, false);
    if second_factor != SecondFactor::Missing {
        standing.forget_wrong(&mut writer.link()).await?;
    }
    let purpose = if second_factor == SecondFactor::NotEnrolled { Purpose::Enrol } else { Purpose::Session };
    forget_expired(&mut writer.link(), now).await?;
    let token = open(&mut writer.link(), standing.person, purpose, random, now).await?;
    writer.commit().await?;
    Ok(SignedIn { token, person: standing.person, purpose, second_factor, must_change: standing.must_change })
}

/// Ends the session of a token. One that there is not has ended before.
///
/// # Errors
/// [`PeopleError::Store`].
pub async fn sign_out(link: &mut Link<'_>, presented: &str) -> Result<(), PeopleError> {
    if let Some(token) = Token::parse(presented) {
        sql("DELETE FROM sessions WHERE hash = $1").bind(token.digest.bytes()).execute(link).await?;
    }
    Ok(())
}

/// Ends all sessions and errands of a person but the one that is kept. Says how many.
///
/// # Errors
/// [`PeopleError::Store`].
pub async fn end_sessions(link: &mut Link<'_>, person: PersonId, keep: Option<&Token>) -> Result<u64, PeopleError> {
    let kept = keep.map(|token| token.digest.bytes().to_vec()).unwrap_or_default();
    Ok(sql("DELETE FROM sessions WHERE person = $1 AND hash <> $2")
        .bind(person.to_string())
        .bind(kept)
        .execute(link)
        .await?)
}

/// Removes what nobody can use any more. Says how many.
///
/// # Errors
/// [`PeopleError::Store`].
pub async fn forget_expired(link: &mut Link<'_>, now: Timestamp) -> Result<u64, PeopleError> {
    Ok(sql("DELETE FROM sessions WHERE expires_at <= $1").bind(now).execute(link).await?)
}

/// Opens a session or an errand.
pub(super) async fn open(
    link: &mut Link<'_>,
    person: PersonId,
    purpose: Purpose,
    random: &mut dyn Random,
    now: Timestamp,
) -> Result<Secret, PeopleError> {
    let (token, secret) = Token::draw(random)?;
    sql("INSERT INTO sessions (hash, person, created_at, used_at, expires_at, second_factor, purpose) \
         VALUES ($1, $2, $3, $4, $5, 0, $6)")
    .bind(token.digest.bytes())
    .bind(person.to_string())
    .bind(now)
    .bind(now)
    .bind(now.checked_add(purpose.lasts()).unwrap_or(Timestamp::MAX))
    .bind(purpose.as_str())
    .execute(link)
    .await?;
    Ok(secret)
}

/// Whose a token is, and for what, where it is still good.
pub(super) async fn find(
    link: &mut Link<'_>,
    token: &Token,
    now: Timestamp,
) -> Result<Option<(PersonId, Purpose)>, PeopleError> {
    let row = sql("SELECT person, purpose, created_at, used_at FROM sessions WHERE hash = $1")
        .bind(token.digest.bytes())
        .row(link)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let person = word(&row, 0, |text| PersonId::parse(text).ok(), "id of a person")?;
    let purpose = word(&row, 1, Purpose::parse, "purpose of a session")?;
    Ok(purpose.is_good(row.moment(2)?, row.moment(3)?, now).then_some((person, purpose)))
}
