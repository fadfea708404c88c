//! Endpoints: where the messages of an organisation go. One without an endpoint fetches them.

use std::fmt;

use jiff::Timestamp;

use super::StoreError;
use super::sql::{Link, Row, built, sql};

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
    /// A partner's gateway, by HTTPS.
    Partner,
    /// A folder from which another access point carries messages to a partner.
    Folder,
}

impl EndpointKind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Webhook,
        Self::SoapSingleWindow,
        Self::SoapToMinistry,
        Self::SoapGateway,
        Self::SoapDirect,
        Self::SoapAsmx,
        Self::Partner,
        Self::Folder,
    ];

    /// Those that organisations other than partners may have.
    pub fn of_others() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|kind| !kind.is_of_partner())
    }

    /// The word that is kept, and that answers write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::SoapSingleWindow => "soap-single-window",
            Self::SoapToMinistry => "soap-to-ministry",
            Self::SoapGateway => "soap-gateway",
            Self::SoapDirect => "soap-direct",
            Self::SoapAsmx => "soap-asmx",
            Self::Partner => "partner",
            Self::Folder => "folder",
        }
    }

    /// Whether it speaks SOAP.
    pub fn is_soap(self) -> bool {
        !matches!(self, Self::Webhook | Self::Partner | Self::Folder)
    }

    /// Whether it is a partner's: set with the partner's entry, and with no other.
    pub fn is_of_partner(self) -> bool {
        matches!(self, Self::Partner | Self::Folder)
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
    // What became of attempts at the one before says nothing of this one.
    let query = sql("INSERT INTO endpoints (organisation, kind, url, secret, changed_at, paused, failures) \
        VALUES ($1, $2, $3, $4, $5, $6, 0) ON CONFLICT (organisation) DO UPDATE SET kind = excluded.kind, \
        url = excluded.url, secret = excluded.secret, changed_at = excluded.changed_at, paused = excluded.paused, \
        delivered_at = NULL, failed_at = NULL, error = NULL, failures = 0");
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

/// How an endpoint does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// When it took a message last.
    pub delivered: Option<Timestamp>,
    /// When it failed to last.
    pub failed: Option<Timestamp>,
    /// Why.
    pub error: Option<String>,
    /// Attempts that have failed since it took one.
    pub failures: i64,
    /// Messages that wait to be sent to it.
    pub waiting: i64,
    /// When the first of them may be tried; none: nothing waits, or it is paused.
    pub next: Option<Timestamp>,
    /// Messages that were given up.
    pub dead: i64,
    /// Messages that it cannot take, which wait to be fetched.
    pub to_fetch: i64,
}

impl Health {
    /// In one word: `paused`, `failing`, `ok`, or `new` where nothing was sent to it.
    pub fn word(&self, paused: bool) -> &'static str {
        match self {
            _ if paused => "paused",
            Self { failures: 1.., .. } => "failing",
            Self { delivered: Some(_), .. } => "ok",
            _ => "new",
        }
    }
}

/// Attempts at the endpoint of an organisation have come to this: some were taken, and one failed
/// perhaps, after them.
///
/// # Errors
/// [`StoreError`]
pub async fn tried(
    link: &mut Link<'_>,
    organisation: &str,
    took: bool,
    error: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    if took {
        let query = sql("UPDATE endpoints SET delivered_at = $2, failures = 0 WHERE organisation = $1");
        query.bind(organisation).bind(now).execute(link).await?;
    }
    if let Some(error) = error {
        let query = sql("UPDATE endpoints SET failed_at = $2, error = $3, failures = failures + 1 \
            WHERE organisation = $1");
        query.bind(organisation).bind(now).bind(error).execute(link).await?;
    }
    Ok(())
}

/// How the endpoint of an organisation does.
///
/// # Errors
/// [`StoreError`]
pub async fn health(link: &mut Link<'_>, endpoint: &Endpoint) -> Result<Health, StoreError> {
    let query = sql("SELECT delivered_at, failed_at, error, failures FROM endpoints WHERE organisation = $1");
    let Some(row) = query.bind(&endpoint.organisation).row(link).await? else { return Ok(Health::default()) };
    let mut found = Health {
        delivered: row.maybe_moment(0)?,
        failed: row.maybe_moment(1)?,
        error: row.maybe_text(2)?,
        failures: row.number(3)?,
        ..Health::default()
    };
    for (state, count) in [("waiting", &mut found.waiting), ("dead", &mut found.dead), ("fetch", &mut found.to_fetch)] {
        let query = sql("SELECT COUNT(*) FROM outbox WHERE recipient = $1 AND state = $2");
        let row = query.bind(&endpoint.organisation).bind(state).row(link).await?;
        *count = row.map_or(Ok(0), |row| row.number(0))?;
    }
    if !endpoint.paused {
        let query =
            sql("SELECT next_at FROM outbox WHERE recipient = $1 AND state = 'waiting' ORDER BY number LIMIT 1");
        let row = query.bind(&endpoint.organisation).row(link).await?;
        found.next = row.map_or(Ok(None), |row| row.maybe_moment(0))?;
    }
    Ok(found)
}

/// What says how an endpoint does: the words of [`Health::word`].
const STATES: [(&str, &str); 4] = [
    ("ok", "paused = 0 AND failures = 0 AND delivered_at IS NOT NULL"),
    ("failing", "paused = 0 AND failures > 0"),
    ("paused", "paused <> 0"),
    ("new", "paused = 0 AND failures = 0 AND delivered_at IS NULL"),
];

/// How many endpoints there are by how they do, and those that fail with how many attempts in a row.
///
/// # Errors
/// [`StoreError`]
pub async fn states(link: &mut Link<'_>) -> Result<(Vec<(&'static str, i64)>, Vec<(String, i64)>), StoreError> {
    let mut counted = Vec::with_capacity(STATES.len());
    for (word, holds) in STATES {
        let row = built(format!("SELECT COUNT(*) FROM endpoints WHERE {holds}")).row(link).await?;
        counted.push((word, row.map_or(Ok(0), |row| row.number(0))?));
    }
    let query = sql("SELECT organisation, failures FROM endpoints WHERE paused = 0 AND failures > 0 \
        ORDER BY organisation");
    let rows = query.rows(link).await?;
    let failing: Result<_, StoreError> = rows.iter().map(|row| Ok((row.text(0)?, row.number(1)?))).collect();
    Ok((counted, failing?))
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
