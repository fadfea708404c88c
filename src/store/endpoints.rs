//! Endpoints: where the messages of an organisation go. One without an endpoint fetches them.

use std::fmt;

use jiff::Timestamp;

use super::StoreError;
use super::sql::{Link, Row, sql};

/// What an endpoint speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointKind {
    /// Each message is posted as it is, signed.
    Webhook,
    /// The service of the single window: messages in its envelope, in SOAP.
    SoapSingleWindow,
    /// A ministry's service as the single window calls it.
    SoapToMinistry,
    /// A ministry's gateway.
    SoapGateway,
    /// The older form of such a gateway.
    SoapDirect,
    /// The oldest, of ASP.NET.
    SoapAsmx,
}

impl EndpointKind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Webhook,
        Self::SoapSingleWindow,
        Self::SoapToMinistry,
        Self::SoapGateway,
        Self::SoapDirect,
        Self::SoapAsmx,
    ];

    /// The word that is kept, and that answers write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::SoapSingleWindow => "soap-single-window",
            Self::SoapToMinistry => "soap-to-ministry",
            Self::SoapGateway => "soap-gateway",
            Self::SoapDirect => "soap-direct",
            Self::SoapAsmx => "soap-asmx",
        }
    }

    /// The kind of a word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What a webhook's messages are signed with: 32 bytes that only it and the single window know.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SigningKey(pub [u8; 32]);

/// Keys are not printed.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

/// Where the messages of an organisation go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The organisation.
    pub organisation: String,
    /// What it speaks.
    pub kind: EndpointKind,
    /// Where it listens.
    pub url: String,
    /// What messages are signed with; a webhook has one.
    pub key: Option<SigningKey>,
    /// Nothing is sent; what is for it waits.
    pub paused: bool,
    /// When it was changed last.
    pub changed: Timestamp,
}

/// Sets the endpoint of an organisation, in place of the one that it had.
///
/// # Errors
/// [`StoreError`]
pub async fn set(link: &mut Link<'_>, endpoint: &Endpoint) -> Result<(), StoreError> {
    let query = sql("INSERT INTO endpoints (organisation, kind, url, secret, changed_at, paused) \
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (organisation) DO UPDATE SET kind = excluded.kind, \
        url = excluded.url, secret = excluded.secret, changed_at = excluded.changed_at, paused = excluded.paused");
    let key = endpoint.key.map(|key| key.0.to_vec());
    let query = query.bind(&endpoint.organisation).bind(endpoint.kind.as_str()).bind(&endpoint.url).bind(key);
    query.bind(endpoint.changed).bind(endpoint.paused).execute(link).await?;
    Ok(())
}

/// Pauses an endpoint, or lets it go on. Says whether there is one.
///
/// # Errors
/// [`StoreError`]
pub async fn pause(link: &mut Link<'_>, organisation: &str, paused: bool, now: Timestamp) -> Result<bool, StoreError> {
    let query = sql("UPDATE endpoints SET paused = $2, changed_at = $3 WHERE organisation = $1");
    Ok(query.bind(organisation).bind(paused).bind(now).execute(link).await? > 0)
}

/// Takes the endpoint of an organisation away: its messages wait to be fetched. Says whether there
/// was one.
///
/// # Errors
/// [`StoreError`]
pub async fn remove(link: &mut Link<'_>, organisation: &str) -> Result<bool, StoreError> {
    Ok(sql("DELETE FROM endpoints WHERE organisation = $1").bind(organisation).execute(link).await? > 0)
}

/// The endpoint of an organisation.
///
/// # Errors
/// [`StoreError`]
pub async fn of(link: &mut Link<'_>, organisation: &str) -> Result<Option<Endpoint>, StoreError> {
    let query =
        sql("SELECT organisation, kind, url, secret, changed_at, paused FROM endpoints WHERE organisation = $1");
    query.bind(organisation).row(link).await?.as_ref().map(read).transpose()
}

/// The endpoints after an organisation, in the order of their organisations, at most `limit`.
///
/// # Errors
/// [`StoreError`]
pub async fn all(link: &mut Link<'_>, after: &str, limit: i64) -> Result<Vec<Endpoint>, StoreError> {
    let query = sql("SELECT organisation, kind, url, secret, changed_at, paused FROM endpoints \
        WHERE organisation > $1 ORDER BY organisation LIMIT $2");
    query.bind(after).bind(limit).rows(link).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Endpoint, StoreError> {
    let kind = row.text(1)?;
    let key = row.maybe_bytes(3)?.map(|bytes| {
        let key = bytes.try_into().map_err(|_| StoreError::Damaged("a signing key has 32 bytes".to_owned()))?;
        Ok::<_, StoreError>(SigningKey(key))
    });
    Ok(Endpoint {
        organisation: row.text(0)?,
        kind: EndpointKind::parse(&kind)
            .ok_or_else(|| StoreError::Damaged(format!("`{kind}` is no kind of endpoint")))?,
        url: row.text(2)?,
        key: key.transpose()?,
        changed: row.moment(4)?,
        paused: row.flag(5)?,
    })
}
