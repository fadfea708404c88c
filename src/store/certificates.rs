//! Certificates of origin by their numbers and what is looked for in them.

use jiff::Timestamp;

use super::StoreError;
use super::lists::Page;
use super::lists::cursor::{self, Key, TEXT};
use super::lists::select::{Order, Select, merged};
use super::sql::{Link, Row, key, sql};
use crate::clearance::case::CaseId;
use crate::origin::reference_key;
use crate::trade::{CertificateKey, CountryCode};

/// The case of a certificate.
///
/// # Errors
/// [`StoreError`]
pub async fn case_of(link: &mut Link<'_>, certificate: &CertificateKey) -> Result<Option<CaseId>, StoreError> {
    let query = sql("SELECT case_id FROM certificates WHERE country = $1 AND form = $2 AND reference = $3");
    let query = query.bind(certificate.country.as_str()).bind(key(&certificate.form)).bind(key(&certificate.reference));
    query.row(link).await?.map(|row| row.case(0)).transpose()
}

/// Certificates of a side that stand so, the oldest first.
///
/// # Errors
/// [`StoreError`]
pub async fn standing(link: &mut Link<'_>, side: &str, status: &str, limit: i64) -> Result<Vec<CaseId>, StoreError> {
    let query = sql("SELECT case_id FROM certificates WHERE status = $1 AND side = $2 ORDER BY case_id LIMIT $3");
    query.bind(status).bind(side).bind(limit).rows(link).await?.iter().map(|row| row.case(0)).collect()
}

/// A certificate as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateRow {
    /// Its case.
    pub case: CaseId,
    /// Its form, country and number.
    pub key: CertificateKey,
    /// `in` or `out`.
    pub side: String,
    /// The country on the other side.
    pub partner: Option<String>,
    /// Where it stands.
    pub status: String,
    /// Who holds it here, by tax code.
    pub holder: Option<String>,
    /// The authority that issued it here.
    pub agency: Option<String>,
    /// The dossier in which it was applied for.
    pub dossier: Option<CaseId>,
    /// Its day of issue.
    pub issued: Option<String>,
    /// When something happened last.
    pub changed: Timestamp,
    /// How often its number came with other content.
    pub conflicts: i64,
}

/// Which certificates.
#[derive(Debug, Clone, Default)]
pub struct CertificateFilter {
    /// `in` or `out`.
    pub side: Option<String>,
    /// That stand so.
    pub status: Option<String>,
    /// Of this number.
    pub reference: Option<String>,
    /// Of these traders; none: of whomever.
    pub holders: Option<Vec<String>>,
    /// That this authority issued.
    pub agency: Option<String>,
}

const ROWS: &str = "SELECT case_id, form, country, reference, side, partner, status, holder, agency, dossier, issued, \
    changed_at, conflicts FROM certificates";

/// A page of certificates, the newest first.
///
/// # Errors
/// [`StoreError`]
pub async fn list(
    link: &mut Link<'_>,
    filter: &CertificateFilter,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<CertificateRow>, StoreError> {
    let after = cursor::read(after, &[TEXT])?;
    let select = |holder: Option<&String>| {
        Select::new(ROWS)
            .and_if("reference = ?", filter.reference.as_deref().map(key))
            .and_if("holder = ?", holder.map(|holder| key(holder)))
            .and_if("agency = ?", filter.agency.as_deref())
            .and_if("status = ?", filter.status.as_deref())
            .and_if("side = ?", filter.side.as_deref())
            .after("case_id < ?", after.as_deref())
            .finish("case_id DESC", limit)
    };
    let ways = match &filter.holders {
        Some(holders) => holders.iter().map(|holder| select(Some(holder))).collect(),
        None => vec![select(None)],
    };
    merged(link, ways, limit, Order::Down, |row| {
        let row = read(row)?;
        Ok((vec![Key::Text(row.case.to_string())], row))
    })
    .await
}

/// The certificates of partners of a number, however it is written: whoever issued them.
///
/// # Errors
/// [`StoreError`]
pub async fn received_numbered(link: &mut Link<'_>, reference: &str) -> Result<Vec<CaseId>, StoreError> {
    let query =
        sql("SELECT case_id FROM certificates WHERE reference_key = $1 AND side = 'in' ORDER BY case_id LIMIT 16");
    query.bind(key(&reference_key(reference))).rows(link).await?.iter().map(|row| row.case(0)).collect()
}

fn read(row: &Row) -> Result<CertificateRow, StoreError> {
    let country = row.text(2)?;
    let country = CountryCode::parse(&country)
        .map_err(|error| StoreError::Damaged(format!("certificate of country `{country}`: {error}")))?;
    Ok(CertificateRow {
        case: row.case(0)?,
        key: CertificateKey { country, form: row.text(1)?, reference: row.text(3)? },
        side: row.text(4)?,
        partner: row.maybe_text(5)?,
        status: row.text(6)?,
        holder: row.maybe_text(7)?,
        agency: row.maybe_text(8)?,
        dossier: row.maybe_case(9)?,
        issued: row.maybe_text(10)?,
        changed: row.moment(11)?,
        conflicts: row.number(12)?,
    })
}

/// What was used of certificates, in one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Utilisation {
    /// `in` or `out`.
    pub side: String,
    /// The issuing country.
    pub country: String,
    /// The form.
    pub form: String,
    /// The grounds of origin.
    pub criterion: String,
    /// The beginning of the HS code.
    pub hs: String,
    /// Certificates.
    pub certificates: i64,
    /// Their items.
    pub items: i64,
    /// Items of which something was used.
    pub used: i64,
    /// Items whose certificate customs has refused.
    pub rejected: i64,
}

/// What was used of certificates, by side, country, form, criterion and the first digits of the HS
/// code.
///
/// # Errors
/// [`StoreError`]
pub async fn utilisation(link: &mut Link<'_>, digits: i64) -> Result<Vec<Utilisation>, StoreError> {
    let query = sql("SELECT c.side, c.country, c.form, i.criterion, SUBSTR(i.hs, 1, CAST($1 AS INTEGER)), \
        COUNT(DISTINCT c.case_id), COUNT(*), CAST(SUM(CASE WHEN i.used <> '0' THEN 1 ELSE 0 END) AS BIGINT), \
        CAST(SUM(CASE WHEN c.status = 'rejected' THEN 1 ELSE 0 END) AS BIGINT) \
        FROM certificates c JOIN certificate_items i ON i.case_id = c.case_id \
        GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5");
    let rows = query.bind(digits).rows(link).await?;
    rows.iter()
        .map(|row| {
            Ok(Utilisation {
                side: row.text(0)?,
                country: row.text(1)?,
                form: row.text(2)?,
                criterion: row.text(3)?,
                hs: row.text(4)?,
                certificates: row.number(5)?,
                items: row.number(6)?,
                used: row.number(7)?,
                rejected: row.number(8)?,
            })
        })
        .collect()
}

/// The certificates that a declaration uses or is to use.
///
/// # Errors
/// [`StoreError`]
pub async fn used_by(link: &mut Link<'_>, declaration: CaseId) -> Result<Vec<CaseId>, StoreError> {
    let query = sql("SELECT DISTINCT case_id FROM certificate_uses WHERE declaration = $1 ORDER BY case_id");
    query.bind(declaration).rows(link).await?.iter().map(|row| row.case(0)).collect()
}

/// The certificates with an item that rests on an original proof.
///
/// # Errors
/// [`StoreError`]
pub async fn resting_on(link: &mut Link<'_>, original: &str) -> Result<Vec<CaseId>, StoreError> {
    let query = sql("SELECT DISTINCT case_id FROM certificate_items WHERE original = $1 ORDER BY case_id LIMIT 1000");
    query.bind(key(original)).rows(link).await?.iter().map(|row| row.case(0)).collect()
}
