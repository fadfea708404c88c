//! Certificates of origin by their numbers and what is looked for in them.

use super::StoreError;
use super::sql::{Link, key, sql};
use crate::clearance::case::CaseId;
use crate::trade::CertificateKey;

/// The case of a certificate.
///
/// # Errors
/// [`StoreError`]
pub async fn case_of(link: &mut Link<'_>, certificate: &CertificateKey) -> Result<Option<CaseId>, StoreError> {
    let query = sql("SELECT case_id FROM certificates WHERE country = $1 AND form = $2 AND reference = $3");
    let query = query.bind(certificate.country.as_str()).bind(key(&certificate.form)).bind(key(&certificate.reference));
    query.row(link).await?.map(|row| row.case(0)).transpose()
}
