//! Mandates: for whom a broker may act, and on which days.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::super::Link;
use super::super::sql::sql;
use super::organisations::organisation;
use super::{PeopleError, damaged};
use crate::people::{Change, Mandates, OrganisationId, OrganisationKind};

/// Instead of a tax code: for everybody.
pub const EVERYBODY: &str = "*";

/// A mandate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mandate {
    /// For whom, by tax code, or [`EVERYBODY`].
    pub trader: String,
    /// The first day.
    pub valid_from: Date,
    /// The last day; none: until it is ended.
    pub valid_to: Option<Date>,
}

/// Gives a broker a mandate, or changes the days of the one that it has.
///
/// # Errors
/// [`PeopleError::Invalid`] where the organisation is no broker or the days are no span.
pub async fn give_mandate(
    link: &mut Link<'_>,
    broker: &OrganisationId,
    mandate: &Mandate,
) -> Result<Change, PeopleError> {
    let known = organisation(link, broker).await?.ok_or_else(|| PeopleError::unknown("organisation", broker))?;
    if known.kind != OrganisationKind::Broker {
        return Err(PeopleError::Invalid("only a broker acts for others"));
    }
    if mandate.valid_to.is_some_and(|last| last < mandate.valid_from) {
        return Err(PeopleError::Invalid("the last day comes before the first"));
    }
    if mandate.trader.is_empty() || mandate.trader.len() > 35 {
        return Err(PeopleError::Invalid("a tax code has 1 to 35 signs"));
    }
    sql("INSERT INTO mandates (broker, trader, valid_from, valid_to) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (broker, trader) DO UPDATE SET valid_from = excluded.valid_from, valid_to = excluded.valid_to")
    .bind(broker.as_str())
    .bind(&mandate.trader)
    .bind(mandate.valid_from.to_string())
    .bind(mandate.valid_to.map(|day| day.to_string()))
    .execute(link)
    .await?;
    Ok(Change::new("mandate.given", format!("{broker} for {}", mandate.trader)))
}

/// Ends a mandate; `last` is the last day on which it is good.
///
/// # Errors
/// [`PeopleError::Unknown`] where there is none.
pub async fn end_mandate(
    link: &mut Link<'_>,
    broker: &OrganisationId,
    trader: &str,
    last: Date,
) -> Result<Change, PeopleError> {
    let touched = sql("UPDATE mandates SET valid_to = $1 WHERE broker = $2 AND trader = $3")
        .bind(last.to_string())
        .bind(broker.as_str())
        .bind(trader)
        .execute(link)
        .await?;
    PeopleError::unless(touched, "mandate for", trader)?;
    Ok(Change::new("mandate.ended", format!("{broker} for {trader}")))
}

/// The mandates of a broker, those of other days too.
///
/// # Errors
/// [`PeopleError::Store`].
pub async fn mandates_of(link: &mut Link<'_>, broker: &OrganisationId) -> Result<Vec<Mandate>, PeopleError> {
    let rows = sql("SELECT trader, valid_from, valid_to FROM mandates WHERE broker = $1 ORDER BY trader")
        .bind(broker.as_str())
        .rows(link)
        .await?;
    let day = |text: String| text.parse::<Date>().map_err(|_| damaged("day"));
    rows.iter()
        .map(|row| {
            Ok(Mandate {
                trader: row.text(0)?,
                valid_from: day(row.text(1)?)?,
                valid_to: row.maybe_text(2)?.map(day).transpose()?,
            })
        })
        .collect()
}

/// The mandates of a broker on a day. Days are kept in a form whose order is theirs.
pub(super) async fn mandates_on(
    link: &mut Link<'_>,
    broker: &OrganisationId,
    today: Date,
) -> Result<Mandates, PeopleError> {
    let rows = sql(
        "SELECT trader FROM mandates WHERE broker = $1 AND valid_from <= $2 AND (valid_to IS NULL OR valid_to >= $2)",
    )
    .bind(broker.as_str())
    .bind(today.to_string())
    .rows(link)
    .await?;
    let traders: BTreeSet<String> = rows.iter().map(|row| row.text(0)).collect::<Result<_, _>>()?;
    Ok(if traders.contains(EVERYBODY) { Mandates::Everybody } else { Mandates::Of(traders) })
}
