//! Whom notices are for: the organisations that handle tasks and look after cases.

use jiff::civil::Date;

use super::StoreError;
use super::endpoints::EndpointKind;
use super::people::EVERYBODY;
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

/// Whom a trader's case is told to that an organisation has filed: to the organisation; where it is a
/// broker without a mandate for the trader today, to the trader himself, if he is entered here.
///
/// # Errors
/// [`StoreError`]
pub async fn told_for(
    link: &mut Link<'_>,
    filer: &str,
    holder: &str,
    today: Date,
) -> Result<Option<String>, StoreError> {
    let without = sql("SELECT COUNT(*) FROM organisations b WHERE b.id = $1 AND b.kind = $2 \
        AND (b.identity IS NULL OR b.identity <> $3) AND NOT EXISTS (SELECT 1 FROM mandates m WHERE m.broker = b.id \
        AND m.trader IN ($3, $4) AND m.valid_from <= $5 AND (m.valid_to IS NULL OR m.valid_to >= $5))");
    let broker = OrganisationKind::Broker.as_str();
    let without = without.bind(filer).bind(broker).bind(holder).bind(EVERYBODY).bind(today.to_string());
    if without.number(link).await? == 0 {
        return Ok(Some(filer.to_owned()));
    }
    let trader = sql("SELECT id FROM organisations WHERE kind = $1 AND identity = $2 AND active = 1");
    let row = trader.bind(OrganisationKind::Trader.as_str()).bind(holder).row(link).await?;
    row.map(|row| row.text(0)).transpose()
}

/// The active organisations that act as an agency, in the order of their ids.
///
/// # Errors
/// [`StoreError`]
pub async fn of_agency(link: &mut Link<'_>, agency: &str) -> Result<Vec<String>, StoreError> {
    let query = sql("SELECT id FROM organisations WHERE active = 1 AND kind = $1 AND agency = $2 ORDER BY id");
    let rows = query.bind(OrganisationKind::Agency.as_str()).bind(agency).rows(link).await?;
    rows.iter().map(|row| row.text(0)).collect()
}

/// The agency that an organisation acts as.
///
/// # Errors
/// [`StoreError`]
pub async fn agency_of(link: &mut Link<'_>, organisation: &str) -> Result<Option<String>, StoreError> {
    let query = sql("SELECT agency FROM organisations WHERE id = $1 AND kind = $2");
    let row = query.bind(organisation).bind(OrganisationKind::Agency.as_str()).row(link).await?;
    row.map_or(Ok(None), |row| row.maybe_text(0))
}

/// The agency that an organisation acts as, where nothing but messages reaches it: nobody of those
/// who act as that agency can sign in and see its queue. An account that was only made is nobody: who
/// has set his own password and the second factor can, and not before.
///
/// # Errors
/// [`StoreError`]
pub async fn only_reached(link: &mut Link<'_>, organisation: &str) -> Result<Option<String>, StoreError> {
    let query = sql("SELECT r.agency FROM organisations r WHERE r.id = $1 AND r.kind = $2 AND r.agency IS NOT NULL \
        AND NOT EXISTS (SELECT 1 FROM organisations o JOIN people p ON p.organisation = o.id \
        WHERE o.agency = r.agency AND o.kind = r.kind AND o.active = 1 AND p.active = 1 \
        AND p.must_change = 0 AND p.totp_confirmed = 1)");
    let row = query.bind(organisation).bind(OrganisationKind::Agency.as_str()).row(link).await?;
    row.map(|row| row.text(0)).transpose()
}
