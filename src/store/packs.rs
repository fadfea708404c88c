//! Editions of the law that were installed.

use jiff::Timestamp;
use jiff::civil::Date;

use super::StoreError;
use super::sql::{Link, Row, sql};

/// An edition that was installed.
#[derive(Debug, Clone)]
pub struct Installed {
    /// The digest of its files.
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
    /// Its compiled form.
    pub compiled: Vec<u8>,
}

/// All editions, the earliest first.
///
/// # Errors
/// [`StoreError`]
pub async fn all(link: &mut Link<'_>) -> Result<Vec<Installed>, StoreError> {
    let query = sql("SELECT digest, country, edition, active_from, active_to, installed_at, installed_by, compiled \
        FROM packs ORDER BY active_from, installed_at");
    query.rows(link).await?.iter().map(read).collect()
}

/// Keeps an edition. One that was taken back may be installed again.
///
/// # Errors
/// [`StoreError`]
pub async fn install(link: &mut Link<'_>, pack: &Installed) -> Result<(), StoreError> {
    sql("DELETE FROM packs WHERE digest = $1").bind(&pack.digest).execute(link).await?;
    let query =
        sql("INSERT INTO packs (digest, country, edition, active_from, active_to, installed_at, installed_by, \
        compiled) VALUES ($1, $2, $3, $4, NULL, $5, $6, $7)");
    let query = query.bind(&pack.digest).bind(&pack.country).bind(&pack.edition).bind(pack.active_from.to_string());
    query.bind(pack.installed).bind(&pack.installed_by).bind(pack.compiled.as_slice()).execute(link).await?;
    Ok(())
}

/// Takes an edition back from a day on. Says whether it was there and active.
///
/// # Errors
/// [`StoreError`]
pub async fn withdraw(link: &mut Link<'_>, digest: &str, from: Date) -> Result<bool, StoreError> {
    let query = sql("UPDATE packs SET active_to = $2 WHERE digest = $1 AND active_to IS NULL");
    Ok(query.bind(digest).bind(from.to_string()).execute(link).await? > 0)
}

fn read(row: &Row) -> Result<Installed, StoreError> {
    let day = |text: String| text.parse::<Date>().map_err(|_| StoreError::Damaged(format!("`{text}` is no day")));
    Ok(Installed {
        digest: row.text(0)?,
        country: row.text(1)?,
        edition: row.text(2)?,
        active_from: day(row.text(3)?)?,
        active_to: row.maybe_text(4)?.map(day).transpose()?,
        installed: row.moment(5)?,
        installed_by: row.text(6)?,
        compiled: row.bytes(7)?,
    })
}
