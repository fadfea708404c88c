//! How the exchange with each partner does.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};

use crate::message::signature::{Certificate, Trust};
use crate::store::endpoints::{self, Endpoint, Health};
use crate::store::partners::{self, Doing, Partner, Refusal};
use crate::store::{Link, StoreError};

/// Days that counts look back.
const DAYS: i32 = 7;
/// Refusals that are shown of each partner.
const REFUSALS: i64 = 5;

/// How the exchange with a partner does.
#[derive(Debug)]
pub struct PartnerStatus {
    /// The partner.
    pub partner: Partner,
    /// Where its messages go, and how that does.
    pub endpoint: Option<(Endpoint, Health)>,
    /// What came from it in the last days.
    pub doing: Doing,
    /// Its newest messages that were not taken.
    pub refusals: Vec<Refusal>,
    /// What its signatures are believed by.
    pub trusted: Vec<Certificate>,
}

/// How the exchange with each partner does, in the order of their countries.
///
/// # Errors
/// [`StoreError`]
pub async fn status(link: &mut Link<'_>, now: Timestamp) -> Result<Vec<PartnerStatus>, StoreError> {
    let today = TimeZone::UTC.to_datetime(now).date();
    let since = today.checked_sub((DAYS - 1).days()).unwrap_or(today);
    let mut all = Vec::new();
    for partner in partners::all(link).await? {
        let organisation = &partner.organisation;
        let endpoint = match endpoints::of(link, organisation).await? {
            Some(endpoint) => {
                let health = endpoints::health(link, &endpoint).await?;
                Some((endpoint, health))
            }
            None => None,
        };
        let doing = partners::doing(link, organisation, since).await?;
        let refusals = partners::refusals(link, organisation, REFUSALS).await?;
        let trusted = Trust::from_pem(&partner.trust).map(|trust| trust.certificates()).unwrap_or_default();
        all.push(PartnerStatus { partner, endpoint, doing, refusals, trusted });
    }
    Ok(all)
}

impl PartnerStatus {
    /// The exchange in a word: `suspended`, or as its endpoint does.
    pub fn word(&self) -> &'static str {
        match &self.endpoint {
            _ if self.partner.suspended => "suspended",
            Some((endpoint, health)) => health.word(endpoint.paused),
            None => "no endpoint",
        }
    }

    /// The last moment at which one of the certificates is valid that it is believed by.
    pub fn trusted_until(&self) -> Option<Timestamp> {
        self.trusted.iter().map(|certificate| certificate.not_after).min()
    }

    /// As answers show it.
    pub fn shown(&self) -> Value {
        let moment = |at: Option<Timestamp>| at.map(|at| at.to_string());
        let health = self.endpoint.as_ref().map(|(_, health)| health);
        let refusals: Vec<Value> = self
            .refusals
            .iter()
            .map(|refusal| {
                json!({
                    "at": refusal.at.to_string(), "message": refusal.message, "code": refusal.code, "error": refusal.error,
                })
            })
            .collect();
        json!({
            "country": self.partner.country.as_str(),
            "organisation": self.partner.organisation,
            "state": self.word(),
            "address": self.endpoint.as_ref().map(|(endpoint, _)| endpoint.url.as_str()),
            "documents": self.partner.documents,
            "trusted_until": moment(self.trusted_until()),
            "heard": moment(self.doing.heard),
            "received": self.doing.came.received,
            "repeated": self.doing.came.repeated,
            "refused": self.doing.came.refused,
            "delivered": moment(health.and_then(|health| health.delivered)),
            "failed": moment(health.and_then(|health| health.failed)),
            "error": health.and_then(|health| health.error.as_deref()),
            "waiting": health.map_or(0, |health| health.waiting),
            "next_attempt": moment(health.and_then(|health| health.next)),
            "dead": health.map_or(0, |health| health.dead),
            "round_trip_ms": self.doing.round_trip.map(|time| time.as_millis()),
            "refusals": refusals,
        })
    }
}
