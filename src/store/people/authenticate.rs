//! From a key or a token to who asks: one look-up a request, and one more for a broker's mandates.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::super::sql::{Row, sql};
use super::super::{Link, StoreError};
use super::mandates::mandates_on;
use super::{PeopleError, damaged, maybe_word, word};
use crate::people::{
    ApiKey, Login, Mandates, OrganisationId, OrganisationKind, Person, PersonId, Principal, Purpose, SecondFactor,
    SignIn, Token,
};

/// How much the last use may be out of date: a request that only reads writes nothing meanwhile.
const NOTED_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// Who asks, and by which proof.
#[derive(Debug, Clone)]
pub struct Authenticated {
    /// Who asks.
    pub principal: Principal,
    /// The proof, where its use is to be noted ([`note_use`]): once a minute.
    pub to_note: Option<Proof>,
}

/// A proof that was used.
#[derive(Debug, Clone)]
pub enum Proof {
    /// An API key.
    Key(ApiKey),
    /// A session.
    Session(Token),
}

/// Who presents this API key. None where it is no key of anybody who may sign in.
///
/// # Errors
/// [`PeopleError::Store`].
pub async fn authenticate_key(
    link: &mut Link<'_>,
    presented: &str,
    now: Timestamp,
    today: Date,
) -> Result<Option<Authenticated>, PeopleError> {
    let Some(key) = ApiKey::parse(presented) else { return Ok(None) };
    let row = sql("SELECT o.id, o.kind, o.identity, o.agency, o.per_second, o.active, \
         p.id, p.login, p.admin, p.must_change, p.active, \
         k.hash, k.person, k.expires_at, k.revoked_at, k.last_used_at \
         FROM api_keys k JOIN organisations o ON o.id = k.organisation \
         LEFT JOIN people p ON p.id = k.person AND p.organisation = k.organisation WHERE k.id = $1")
    .bind(key.id.as_str())
    .row(link)
    .await?;
    let Some(row) = row else { return Ok(None) };
    if !key.digest.is(&row.bytes(11)?) {
        return Ok(None);
    }
    let ended = row.maybe_moment(14)?.is_some() || row.maybe_moment(13)?.is_some_and(|end| end <= now);
    let orphaned = row.maybe_text(12)?.is_some() && row.maybe_text(6)?.is_none();
    if ended || orphaned || !may_sign_in(&row)? {
        return Ok(None);
    }
    let principal = principal(link, &row, SignIn::ApiKey, today).await?;
    let to_note = is_due(row.maybe_moment(15)?, now).then_some(Proof::Key(key));
    Ok(Some(Authenticated { principal, to_note }))
}

/// Who presents this token of a session. None where it is none, or has ended.
///
/// # Errors
/// [`PeopleError::Store`].
pub async fn authenticate_session(
    link: &mut Link<'_>,
    presented: &str,
    now: Timestamp,
    today: Date,
) -> Result<Option<Authenticated>, PeopleError> {
    let Some(token) = Token::parse(presented) else { return Ok(None) };
    let row = sql("SELECT o.id, o.kind, o.identity, o.agency, o.per_second, o.active, \
         p.id, p.login, p.admin, p.must_change, p.active, \
         p.totp_confirmed, s.purpose, s.created_at, s.used_at, s.second_factor \
         FROM sessions s JOIN people p ON p.id = s.person JOIN organisations o ON o.id = p.organisation \
         WHERE s.hash = $1")
    .bind(token.digest.bytes())
    .row(link)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let purpose = word(&row, 12, Purpose::parse, "purpose of a session")?;
    let used = row.moment(14)?;
    let good = match purpose {
        Purpose::Session | Purpose::Enrol => purpose.is_good(row.moment(13)?, used, now),
        Purpose::PasswordReset => false,
    };
    if !good || !may_sign_in(&row)? {
        return Ok(None);
    }
    let kind = word(&row, 1, OrganisationKind::parse, "kind of an organisation")?;
    let second_factor = SecondFactor::of(kind, row.flag(11)?, row.flag(15)?);
    let principal = principal(link, &row, SignIn::Session(second_factor), today).await?;
    let to_note = is_due(Some(used), now).then_some(Proof::Session(token));
    Ok(Some(Authenticated { principal, to_note }))
}

/// Notes that these proofs were used. Rests of sessions are counted from here.
///
/// # Errors
/// [`PeopleError::Store`].
pub async fn note_use(link: &mut Link<'_>, proofs: &[Proof], now: Timestamp) -> Result<(), PeopleError> {
    for proof in proofs {
        let statement = match proof {
            Proof::Key(key) => {
                sql("UPDATE api_keys SET last_used_at = $1 WHERE id = $2").bind(now).bind(key.id.as_str())
            }
            Proof::Session(token) => {
                sql("UPDATE sessions SET used_at = $1 WHERE hash = $2").bind(now).bind(token.digest.bytes())
            }
        };
        statement.execute(link).await?;
    }
    Ok(())
}

fn is_due(noted: Option<Timestamp>, now: Timestamp) -> bool {
    noted.is_none_or(|noted| now.duration_since(noted) >= NOTED_EVERY)
}

/// Whether the organisation of a row is active, and its person where there is one.
pub(super) fn may_sign_in(row: &Row) -> Result<bool, StoreError> {
    Ok(row.flag(5)? && row.maybe_number(10)?.is_none_or(|active| active != 0))
}

/// Who asks, of a row that starts with the columns of organisation and person.
pub(super) async fn principal(
    link: &mut Link<'_>,
    row: &Row,
    sign_in: SignIn,
    today: Date,
) -> Result<Principal, PeopleError> {
    let organisation = word(row, 0, |text| OrganisationId::parse(text).ok(), "id of an organisation")?;
    let kind = word(row, 1, OrganisationKind::parse, "kind of an organisation")?;
    let person = match maybe_word(row, 6, |text| PersonId::parse(text).ok(), "id of a person")? {
        Some(id) => Some(Person {
            id,
            login: word(row, 7, |text| Login::parse(text).ok(), "login")?,
            admin: row.flag(8)?,
            must_change: row.flag(9)?,
        }),
        None => None,
    };
    let mandates = match kind {
        OrganisationKind::Broker => mandates_on(link, &organisation, today).await?,
        _ => Mandates::none(),
    };
    let per_second = row.maybe_number(4)?.map(u32::try_from).transpose().map_err(|_| damaged("limit"))?;
    Ok(Principal {
        organisation,
        kind,
        identity: row.maybe_text(2)?,
        agency: row.maybe_text(3)?,
        mandates,
        per_second,
        person,
        sign_in,
    })
}
