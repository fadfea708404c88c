//! The second factor: set up, shown, and forgotten for whoever lost the device.

use jiff::Timestamp;

use super::super::sql::sql;
use super::super::{Database, Link};
use super::PeopleError;
use super::guesses::Standing;
use super::sessions::{end_sessions, find};
use crate::people::{Change, PersonId, Purpose, Random, Secret, Token, Totp};

/// Draws the secret of a second factor and gives the address that a device reads. It counts from
/// [`confirm_enrolment`] on; until then another may be drawn.
///
/// # Errors
/// [`PeopleError::Taken`] where one is set up already.
pub async fn begin_enrolment(
    link: &mut Link<'_>,
    person: PersonId,
    issuer: &str,
    random: &mut dyn Random,
) -> Result<(Secret, Change), PeopleError> {
    let standing = Standing::of(link, person).await?;
    if standing.enrolled {
        return Err(PeopleError::Taken { kind: "a second factor of", name: standing.login.to_string() });
    }
    let totp = Totp::draw(random)?;
    let address = totp.address(issuer, standing.login.as_str());
    let address = address.ok_or(PeopleError::Invalid("the name of the installation cannot stand in an address"))?;
    sql("UPDATE people SET totp = $1, totp_last_step = 0 WHERE id = $2")
        .bind(totp.kept())
        .bind(person.to_string())
        .execute(link)
        .await?;
    Ok((address, Change::new("person.second_factor_drawn", person)))
}

/// Sets the second factor up, by the first code of the device. The session that showed it becomes a
/// whole one; all others of the person end.
///
/// # Errors
/// [`PeopleError::Refused`] where the session or the code is not good, or nothing was drawn.
pub async fn confirm_enrolment(
    link: &mut Link<'_>,
    presented: &str,
    code: &str,
    now: Timestamp,
) -> Result<Change, PeopleError> {
    let (token, standing) = session(link, presented, now).await?;
    let step = standing.totp.as_ref().and_then(|totp| totp.step(code, now, standing.last_step));
    let Some(step) = step.filter(|_| !standing.enrolled && standing.active) else { return Err(PeopleError::Refused) };
    sql("UPDATE people SET totp_confirmed = 1, totp_last_step = $1 WHERE id = $2")
        .bind(step)
        .bind(standing.person.to_string())
        .execute(link)
        .await?;
    sql("UPDATE sessions SET purpose = $1, expires_at = $2 WHERE hash = $3")
        .bind(Purpose::Session.as_str())
        .bind(now.checked_add(Purpose::Session.lasts()).unwrap_or(Timestamp::MAX))
        .bind(token.digest.bytes())
        .execute(link)
        .await?;
    shown(link, &token, now).await?;
    end_sessions(link, standing.person, Some(&token)).await?;
    Ok(Change::new("person.second_factor_set_up", standing.person))
}

/// Shows the second factor in a session. A wrong code is counted as a wrong password is.
///
/// # Errors
/// [`PeopleError::Refused`] where the session or the code is not good.
pub async fn pass_second_factor(
    database: &Database,
    presented: &str,
    code: &str,
    now: Timestamp,
) -> Result<(), PeopleError> {
    let mut writer = database.write().await?;
    let (token, standing) = session(&mut writer.link(), presented, now).await?;
    let Some(totp) = standing.totp.as_ref().filter(|_| standing.enrolled && standing.is_open(now)) else {
        return Err(PeopleError::Refused);
    };
    let step = totp.step(code, now, standing.last_step);
    if let Some(step) = step {
        sql("UPDATE people SET totp_last_step = $1 WHERE id = $2")
            .bind(step)
            .bind(standing.person.to_string())
            .execute(&mut writer.link())
            .await?;
        standing.forget_wrong(&mut writer.link()).await?;
        shown(&mut writer.link(), &token, now).await?;
    } else {
        standing.count_wrong(&mut writer.link(), now).await?;
    }
    writer.commit().await?;
    if step.is_some() { Ok(()) } else { Err(PeopleError::Refused) }
}

/// Forgets the second factor of somebody who lost the device. All sessions of the person end.
///
/// # Errors
/// [`PeopleError::Unknown`].
pub async fn forget_second_factor(link: &mut Link<'_>, person: PersonId) -> Result<Change, PeopleError> {
    let touched = sql("UPDATE people SET totp = NULL, totp_confirmed = 0, totp_last_step = 0 WHERE id = $1")
        .bind(person.to_string())
        .execute(link)
        .await?;
    PeopleError::unless(touched, "person", person)?;
    end_sessions(link, person, None).await?;
    Ok(Change::new("person.second_factor_forgotten", person))
}

/// The session of a token, whole or for setting up, with how its person stands.
async fn session(link: &mut Link<'_>, presented: &str, now: Timestamp) -> Result<(Token, Standing), PeopleError> {
    let token = Token::parse(presented).ok_or(PeopleError::Refused)?;
    match find(link, &token, now).await? {
        Some((person, Purpose::Session | Purpose::Enrol)) => Ok((token, Standing::of(link, person).await?)),
        Some((_, Purpose::PasswordReset)) | None => Err(PeopleError::Refused),
    }
}

async fn shown(link: &mut Link<'_>, token: &Token, now: Timestamp) -> Result<(), PeopleError> {
    sql("UPDATE sessions SET second_factor = 1, used_at = $1 WHERE hash = $2")
        .bind(now)
        .bind(token.digest.bytes())
        .execute(link)
        .await?;
    Ok(())
}
