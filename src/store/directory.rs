//! Whom notices are for: the organisations that handle tasks and look after cases.

use super::StoreError;
use super::endpoints::EndpointKind;
use super::sql::{Link, sql};
use crate::people::OrganisationKind;

/// An organisation as far as notices are for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: OrganisationKind,
    /// The code of an agency.
    pub agency: Option<String>,
}

/// The active agencies, customs and operators, in the order of their ids.
///
/// # Errors
/// [`StoreError`]
pub async fn listed(link: &mut Link<'_>) -> Result<Vec<Listed>, StoreError> {
    let query = sql("SELECT id, kind, agency FROM organisations WHERE active = 1 AND kind IN ($1, $2, $3) ORDER BY id");
    let kinds = [OrganisationKind::Agency, OrganisationKind::Customs, OrganisationKind::Operator];
    let rows = query.bind_all(kinds.map(OrganisationKind::as_str)).rows(link).await?;
    rows.iter()
        .map(|row| {
            let kind = row.text(1)?;
            let kind = OrganisationKind::parse(&kind)
                .ok_or_else(|| StoreError::Damaged(format!("`{kind}` is no kind of organisation")))?;
            Ok(Listed { id: row.text(0)?, kind, agency: row.maybe_text(2)? })
        })
        .collect()
}

/// The organisations whose endpoints take nothing but envelopes of the single window.
///
/// # Errors
/// [`StoreError`]
pub async fn envelopes_only(link: &mut Link<'_>) -> Result<Vec<String>, StoreError> {
    let query = sql("SELECT organisation FROM endpoints WHERE kind <> $1 ORDER BY organisation");
    query.bind(EndpointKind::Webhook.as_str()).rows(link).await?.iter().map(|row| row.text(0)).collect()
}
