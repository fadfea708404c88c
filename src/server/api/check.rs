//! What one line would need: no credentials are wanted.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Deserialize;
use utoipa::IntoParams;

use super::super::app::App;
use super::super::asker::Wants;
use super::super::problem::Problem;
use super::super::schema;
use crate::clearance::{Examiner, LawDay, Room};
use crate::message::Reading;
use crate::screening::NoTrace;
use crate::service::answers;
use crate::trade::{CountryCode, CurrencyCode, Direction, HsCode, LineQuery, RegimeCode};

/// The line that is asked about.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(in crate::server) struct Question {
    /// The HS code: eight digits are looked up in the tariff, six give what may apply.
    hs: String,
    /// `import` (if nothing is said) or `export`.
    direction: Option<String>,
    /// The regime, such as A11.
    regime: Option<String>,
    /// The country of origin.
    origin: Option<String>,
    /// The day whose law is asked about; today if nothing is said.
    date: Option<String>,
    /// The customs value.
    value: Option<String>,
    /// Its currency.
    currency: Option<String>,
    /// The goods in words.
    description: Option<String>,
    /// Facts stated outright, such as `used=true`; several with `;` between them.
    fact: Option<String>,
}

/// What one goods line would need, from whom and under which article. The answer is that of
/// `motcua check`.
#[utoipa::path(
    get,
    path = "/v1/check",
    tag = "check",
    security(()),
    params(Question),
    responses((status = 200, description = "As `motcua check --format json`", body = schema::result::Decided), (status = 400, body = Problem))
)]
pub(in crate::server) async fn check(
    State(app): State<Arc<App>>,
    wants: Wants,
    Query(question): Query<Question>,
) -> Result<Response, Problem> {
    let edition = app.shared().law.at(app.shared().clock.now());
    let wrong =
        |field: &str, text: &str, what: String| Problem::parameter(&format!("`{field}`"), &format!("`{text}`: {what}"));
    let hs = HsCode::parse(&question.hs).map_err(|error| wrong("hs", &question.hs, error.to_string()))?;
    let direction = match question.direction.as_deref() {
        None | Some("import") => Direction::Import,
        Some("export") => Direction::Export,
        Some(other) => return Err(wrong("direction", other, "expected `import` or `export`".to_owned())),
    };
    let parse = |field: &str, text: &Option<String>| match text {
        None => Ok(None),
        Some(text) => CountryCode::parse(text).map(Some).map_err(|error| wrong(field, text, error.to_string())),
    };
    let origin = parse("origin", &question.origin)?;
    let regime = match &question.regime {
        None => None,
        Some(text) => Some(RegimeCode::parse(text).map_err(|error| wrong("regime", text, error.to_string()))?),
    };
    let today = edition.day_of(app.shared().clock.now());
    let day = match &question.date {
        None => today,
        Some(text) => {
            text.parse::<Date>().map_err(|_| wrong("date", text, "expected a day such as 2026-07-01".to_owned()))?
        }
    };
    let currency = match &question.currency {
        None => None,
        Some(text) => Some(CurrencyCode::parse(text).map_err(|error| wrong("currency", text, error.to_string()))?),
    };
    let value = match &question.value {
        None => None,
        Some(text) => {
            let amount = Decimal::from_str_exact(text).ok().filter(|amount| *amount >= Decimal::ZERO);
            Some(amount.ok_or_else(|| wrong("value", text, "expected a number such as 1250.5".to_owned()))?)
        }
    };
    let description = question.description.clone().unwrap_or_default();
    let mut facts = Vec::new();
    for stated in question.fact.iter().flat_map(|facts| facts.split(';')).filter(|stated| !stated.trim().is_empty()) {
        let (name, value) = stated.trim().split_once('=').unwrap_or((stated.trim(), "true"));
        edition.pack.may_be_stated(name, value).map_err(|error| wrong("fact", stated, error))?;
        facts.push((name.to_owned(), value.to_owned()));
    }
    let query = LineQuery { regime, origin, description, value, currency, facts, ..LineQuery::new(direction, hs) };
    let declaration = query.declaration(edition.pack.country, edition.pack.currency);
    let reading = Reading { declaration, findings: Vec::new(), bytes: &[] };
    let law_day = LawDay { received: today, as_of: Some(day), law_date: None };
    let examiner = Examiner::on(&edition.screener, &edition.calendar, law_day);
    let mut room = Room::default();
    let examination = examiner.examine(&reading, &mut room, &mut NoTrace);
    let body = answers::result(&edition, wants.lang, "check", b"", &examination);
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, answers::JSON)], body).into_response())
}
