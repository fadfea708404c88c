//! Partners' gateways: what was agreed with each, and how it does.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::StoreError;
use super::journal::Hash;
use super::sql::{Link, Row, Value, clean, insert, sql};
use crate::trade::CountryCode;

/// A partner's gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partner {
    /// The organisation that runs it.
    pub organisation: String,
    /// Its country.
    pub country: CountryCode,
    /// Whose signatures are believed: certificates and revocation lists, in PEM.
    pub trust: Vec<u8>,
    /// The documents that are exchanged with it, by their names in the header.
    pub documents: Vec<String>,
    /// How it is dealt with.
    pub policy: PartnerPolicy,
    /// Nothing is taken from it, and nothing is sent to it, until it is resumed.
    pub suspended: bool,
    /// When this was changed last.
    pub changed: Timestamp,
}

/// How a partner is dealt with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PartnerPolicy {
    /// What is asked of the signature of a message.
    pub signature: SignaturePolicy,
    /// What is asked of the signature of the document in it.
    pub document_signature: SignaturePolicy,
    /// A message that is new here and older than so many hours is refused: an old one that comes
    /// again is known, or was kept back by somebody.
    pub oldest_hours: u32,
}

impl Default for PartnerPolicy {
    fn default() -> Self {
        Self {
            signature: SignaturePolicy::Require,
            document_signature: SignaturePolicy::Accept,
            // Some ten days of attempts, and time to look after what went wrong.
            oldest_hours: 24 * 14,
        }
    }
}

/// What is asked of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignaturePolicy {
    /// It has to be there and to hold.
    Require,
    /// Where it is there it has to hold.
    Accept,
    /// It is not looked at.
    Ignore,
}

impl SignaturePolicy {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Require, Self::Accept, Self::Ignore];

    /// The word that settings and answers write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Require => "require",
            Self::Accept => "accept",
            Self::Ignore => "ignore",
        }
    }

    /// One by its word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.as_str() == word)
    }
}

const COLUMNS: &str = "organisation, country, trust, documents, policy, suspended, changed_at";

/// Enters a partner, in place of what was known of it.
///
/// # Errors
/// [`StoreError`], also where another organisation is the partner of that country.
pub async fn set(link: &mut Link<'_>, partner: &Partner) -> Result<(), StoreError> {
    let query = sql("INSERT INTO partners (organisation, country, trust, documents, policy, suspended, changed_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (organisation) DO UPDATE SET country = excluded.country, \
        trust = excluded.trust, documents = excluded.documents, policy = excluded.policy, \
        suspended = excluded.suspended, changed_at = excluded.changed_at");
    // It cannot fail: all of it are numbers and words.
    let policy = serde_json::to_string(&partner.policy).unwrap_or_default();
    let query = query.bind(&partner.organisation).bind(partner.country.as_str()).bind(partner.trust.clone());
    let query = query.bind(partner.documents.join(",")).bind(policy).bind(partner.suspended).bind(partner.changed);
    query.execute(link).await?;
    Ok(())
}

/// All partners, in the order of their countries.
///
/// # Errors
/// [`StoreError`]
pub async fn all(link: &mut Link<'_>) -> Result<Vec<Partner>, StoreError> {
    let query = super::sql::built(format!("SELECT {COLUMNS} FROM partners ORDER BY country"));
    query.rows(link).await?.iter().map(read).collect()
}

/// The partner that an organisation is.
///
/// # Errors
/// [`StoreError`]
pub async fn of(link: &mut Link<'_>, organisation: &str) -> Result<Option<Partner>, StoreError> {
    let query = super::sql::built(format!("SELECT {COLUMNS} FROM partners WHERE organisation = $1"));
    query.bind(organisation).row(link).await?.as_ref().map(read).transpose()
}

fn read(row: &Row) -> Result<Partner, StoreError> {
    let country = row.text(1)?;
    let policy = row.text(4)?;
    let damaged = |what: String| StoreError::Damaged(format!("partner of {country}: {what}"));
    Ok(Partner {
        organisation: row.text(0)?,
        country: CountryCode::parse(&country).map_err(|error| damaged(error.to_string()))?,
        trust: row.bytes(2)?,
        documents: row.text(3)?.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
        policy: serde_json::from_str(&policy).map_err(|error| damaged(error.to_string()))?,
        suspended: row.number(5)? != 0,
        changed: row.moment(6)?,
    })
}

/// What was heard of a partner in one transaction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Heard {
    /// Messages that were taken.
    pub received: u32,
    /// Messages that came before.
    pub repeated: u32,
    /// Messages that were refused.
    pub refused: u32,
}

/// Counts what was heard of a partner.
///
/// # Errors
/// [`StoreError`]
pub async fn heard(
    link: &mut Link<'_>,
    (organisation, day, now): (&str, Date, Timestamp),
    heard: Heard,
) -> Result<(), StoreError> {
    let query = sql("INSERT INTO partner_days (organisation, day, heard_at, received, repeated, refused) \
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (organisation, day) DO UPDATE SET heard_at = excluded.heard_at, \
        received = partner_days.received + excluded.received, repeated = partner_days.repeated + excluded.repeated, \
        refused = partner_days.refused + excluded.refused");
    let query = query.bind(organisation).bind(day.to_string()).bind(now);
    query.bind(heard.received).bind(heard.repeated).bind(heard.refused).execute(link).await?;
    Ok(())
}

/// A message of a partner that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Its id here.
    pub id: String,
    /// Who sent it.
    pub organisation: String,
    /// When.
    pub at: Timestamp,
    /// The message's own id, as far as it could be read.
    pub message: Option<String>,
    /// Why, as a code.
    pub code: String,
    /// Why, in words.
    pub error: String,
}

/// Refusals that are kept of each partner.
const REFUSALS_KEPT: i64 = 1_000;

/// Notes a message that was not taken.
///
/// # Errors
/// [`StoreError`]
pub async fn refused(link: &mut Link<'_>, refusal: Refusal) -> Result<(), StoreError> {
    const INTO: &str = "INSERT INTO refusals (id, organisation, at, message, code, error)";
    let Refusal { id, organisation, at, message, code, error } = refusal;
    let row: [Value; 6] = [
        id.into(),
        organisation.as_str().into(),
        at.into(),
        message.map(clean).into(),
        code.into(),
        clean(error).into(),
    ];
    insert(link, INTO, "", vec![row]).await?;
    let query = sql("DELETE FROM refusals WHERE organisation = $1 AND id IN (SELECT id FROM refusals \
        WHERE organisation = $1 ORDER BY at DESC, id DESC LIMIT 100 OFFSET $2)");
    query.bind(organisation).bind(REFUSALS_KEPT).execute(link).await?;
    Ok(())
}

/// The newest refusals of a partner.
///
/// # Errors
/// [`StoreError`]
pub async fn refusals(link: &mut Link<'_>, organisation: &str, limit: i64) -> Result<Vec<Refusal>, StoreError> {
    let query = sql("SELECT id, organisation, at, message, code, error FROM refusals WHERE organisation = $1 \
        ORDER BY at DESC, id DESC LIMIT $2");
    let rows = query.bind(organisation).bind(limit).rows(link).await?;
    rows.iter()
        .map(|row| {
            Ok(Refusal {
                id: row.text(0)?,
                organisation: row.text(1)?,
                at: row.moment(2)?,
                message: row.maybe_text(3)?,
                code: row.text(4)?,
                error: row.text(5)?,
            })
        })
        .collect()
}

/// A partner's receipt for a message of ours, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The message.
    pub message: String,
    /// Whose receipt it is.
    pub organisation: String,
    /// SHA-256 of the message, as the receipt has it.
    pub digest: Hash,
    /// When it came.
    pub at: Timestamp,
    /// The receipt's bytes, with their signature.
    pub content: Vec<u8>,
}

/// Keeps receipts; one that came before stays as it is.
///
/// # Errors
/// [`StoreError`]
pub async fn keep_receipts(link: &mut Link<'_>, receipts: &[Receipt]) -> Result<(), StoreError> {
    const INTO: &str = "INSERT INTO receipts (message, organisation, digest, at, content)";
    let rows: Vec<[Value; 5]> = receipts
        .iter()
        .map(|receipt| {
            [
                receipt.message.as_str().into(),
                receipt.organisation.as_str().into(),
                receipt.digest.into(),
                receipt.at.into(),
                receipt.content.as_slice().into(),
            ]
        })
        .collect();
    insert(link, INTO, "ON CONFLICT (message) DO NOTHING", rows).await?;
    Ok(())
}

/// The receipt for a message.
///
/// # Errors
/// [`StoreError`]
pub async fn receipt(link: &mut Link<'_>, message: &str) -> Result<Option<Receipt>, StoreError> {
    let query = sql("SELECT message, organisation, digest, at, content FROM receipts WHERE message = $1");
    let Some(row) = query.bind(message).row(link).await? else { return Ok(None) };
    let digest = row.bytes(2)?.try_into();
    Ok(Some(Receipt {
        message: row.text(0)?,
        organisation: row.text(1)?,
        digest: digest.map_err(|_| StoreError::Damaged(format!("the receipt for `{message}` has no digest")))?,
        at: row.moment(3)?,
        content: row.bytes(4)?,
    }))
}

/// How a partner does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Doing {
    /// When something came from it last.
    pub heard: Option<Timestamp>,
    /// What came since a day.
    pub came: Heard,
    /// The median time from writing a message to its receipt, of the newest hundred.
    pub round_trip: Option<jiff::SignedDuration>,
}

/// How a partner does, counted since a day.
///
/// # Errors
/// [`StoreError`]
pub async fn doing(link: &mut Link<'_>, organisation: &str, since: Date) -> Result<Doing, StoreError> {
    let query = sql("SELECT (SELECT MAX(heard_at) FROM partner_days WHERE organisation = $1), \
        CAST(COALESCE(SUM(received), 0) AS BIGINT), CAST(COALESCE(SUM(repeated), 0) AS BIGINT), \
        CAST(COALESCE(SUM(refused), 0) AS BIGINT) FROM partner_days WHERE organisation = $1 AND day >= $2");
    let row = query.bind(organisation).bind(since.to_string()).row(link).await?;
    let mut doing = Doing::default();
    if let Some(row) = row {
        let count = |at| row.number(at).map(|count| u32::try_from(count).unwrap_or(u32::MAX));
        doing.heard = row.maybe_moment(0)?;
        doing.came = Heard { received: count(1)?, repeated: count(2)?, refused: count(3)? };
    }
    let query = sql("SELECT done_at - created_at FROM outbox WHERE recipient = $1 AND state = 'done' \
        ORDER BY number DESC LIMIT 100");
    let rows = query.bind(organisation).rows(link).await?;
    let mut times: Vec<i64> = rows.iter().filter_map(|row| row.maybe_number(0).ok().flatten()).collect();
    times.sort_unstable();
    doing.round_trip = times.get(times.len() / 2).map(|time| jiff::SignedDuration::from_micros(*time));
    Ok(doing)
}
