//! Editions of the law that were installed, and the days on which they decide.

use jiff::Timestamp;
use jiff::civil::Date;

use super::StoreError;
use super::sql::{Link, Row, sql};

/// An edition from the day on which it decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// Counts what was installed, from 1.
    pub number: i64,
    /// The digest of the edition's files.
    pub digest: String,
    /// The country.
    pub country: String,
    /// Its name.
    pub edition: String,
    /// The first day on which it decides.
    pub active_from: Date,
    /// The day on which it was taken back: from then on it decides no more.
    pub active_to: Option<Date>,
    /// When it was installed.
    pub installed: Timestamp,
    /// By whom.
    pub installed_by: String,
}

/// An edition as it is kept.
#[derive(Debug, Clone)]
pub struct Kept<'p> {
    /// The digest of its files.
    pub digest: &'p str,
    /// The country.
    pub country: &'p str,
    /// Its name.
    pub edition: &'p str,
    /// Its compiled form.
    pub compiled: &'p [u8],
}

/// Changes whenever something is installed or taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    installed: i64,
    withdrawn: i64,
}

/// What was installed so far, in a few bytes: for whoever wants to know whether that is news.
///
/// # Errors
/// [`StoreError`]
pub async fn stamp(link: &mut Link<'_>) -> Result<Stamp, StoreError> {
    let row = sql("SELECT COUNT(*), COUNT(active_to) FROM law_periods").row(link).await?;
    row.map_or(Ok(Stamp { installed: 0, withdrawn: 0 }), |row| {
        Ok(Stamp { installed: row.number(0)?, withdrawn: row.number(1)? })
    })
}

/// Everything that was installed, the earliest day first; of two with one day, the one that was
/// installed later stands last.
///
/// # Errors
/// [`StoreError`]
pub async fn all(link: &mut Link<'_>) -> Result<Vec<Installed>, StoreError> {
    let query = sql("SELECT l.number, l.digest, p.country, p.edition, l.active_from, l.active_to, l.installed_at, \
        l.installed_by FROM law_periods l JOIN packs p ON p.digest = l.digest ORDER BY l.active_from, l.number");
    query.rows(link).await?.iter().map(read).collect()
}

/// The compiled form of an edition.
///
/// # Errors
/// [`StoreError`]
pub async fn compiled(link: &mut Link<'_>, digest: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let row = sql("SELECT compiled FROM packs WHERE digest = $1").bind(digest).row(link).await?;
    row.map(|row| row.bytes(0)).transpose()
}

/// Keeps an edition and lets it decide from a day on.
///
/// # Errors
/// [`StoreError`]
pub async fn install(
    link: &mut Link<'_>,
    pack: &Kept<'_>,
    active_from: Date,
    (at, by): (Timestamp, &str),
) -> Result<(), StoreError> {
    let query = sql("INSERT INTO packs (digest, country, edition, compiled) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (digest) DO UPDATE SET compiled = excluded.compiled");
    query.bind(pack.digest).bind(pack.country).bind(pack.edition).bind(pack.compiled).execute(link).await?;
    let number = sql("SELECT COALESCE(MAX(number), 0) FROM law_periods").number(link).await? + 1;
    let query = sql("INSERT INTO law_periods (number, digest, active_from, active_to, installed_at, installed_by) \
        VALUES ($1, $2, $3, NULL, $4, $5)");
    query.bind(number).bind(pack.digest).bind(active_from.to_string()).bind(at).bind(by).execute(link).await?;
    Ok(())
}

/// Takes an edition back from a day on. Says whether it was to decide then or later.
///
/// # Errors
/// [`StoreError`]
pub async fn withdraw(link: &mut Link<'_>, digest: &str, from: Date) -> Result<bool, StoreError> {
    let query = sql("UPDATE law_periods SET active_to = $2 WHERE digest = $1 AND active_to IS NULL");
    Ok(query.bind(digest).bind(from.to_string()).execute(link).await? > 0)
}

fn read(row: &Row) -> Result<Installed, StoreError> {
    let day = |text: String| text.parse::<Date>().map_err(|_| StoreError::Damaged(format!("`{text}` is no day")));
    Ok(Installed {
        number: row.number(0)?,
        digest: row.text(1)?,
        country: row.text(2)?,
        edition: row.text(3)?,
        active_from: day(row.text(4)?)?,
        active_to: row.maybe_text(5)?.map(day).transpose()?,
        installed: row.moment(6)?,
        installed_by: row.text(7)?,
    })
}
