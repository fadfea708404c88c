//! Who sends: the principal as the journal names it, and why nothing is taken from it.

use super::law_book::Edition;
use crate::clearance::case::{Author, Refused, RefusedReason, Role};
use crate::people::{Denied, OrganisationKind, Principal};

/// Somebody as the law of the day has him: customs is the agency that the pack says it is.
pub fn in_office(mut principal: Principal, edition: &Edition) -> Principal {
    if principal.kind == OrganisationKind::Customs {
        principal.agency = edition.customs_agency().map(str::to_owned);
    }
    principal
}

/// The author of what a principal causes.
pub fn author(principal: &Principal) -> Author {
    let role = match principal.kind {
        OrganisationKind::Trader => Role::Trader,
        OrganisationKind::Broker => Role::Broker,
        OrganisationKind::Agency => Role::Agency,
        OrganisationKind::Customs => Role::Customs,
        OrganisationKind::Partner => Role::Partner,
        OrganisationKind::Operator => Role::Operator,
        OrganisationKind::Auditor => Role::Auditor,
    };
    Author {
        role,
        organisation: Some(principal.organisation.as_str().to_owned()),
        person: principal.person.as_ref().map(|person| person.login.as_str().to_owned()),
    }
}

/// Why something is not taken that somebody sends for a trader: what the message itself says, and
/// nothing of what is here.
pub fn not_for(principal: &Principal, holder: Option<&str>, denied: Denied) -> Refused {
    let holder = holder.unwrap_or_default();
    let message = match (denied, principal.kind) {
        (Denied::NotOwn, OrganisationKind::Broker) => {
            let own = &principal.organisation;
            format!(
                "you have no mandate for the trader with the tax code `{holder}` today, so nothing can be filed for \
                 him: an operator enters it (`PUT /v1/organisations/{own}/mandates/{holder}`, or `motcua admin \
                 mandate add {own} {holder}`); then send the same again"
            )
        }
        (Denied::NotOwn, _) => {
            let own = principal.identity.as_deref().unwrap_or_default();
            format!(
                "this is of the trader with the tax code `{holder}`, and you file under `{own}` only: he sends it \
                 himself, or a broker who has his mandate"
            )
        }
        (denied, _) => format!("nothing is taken from you for the trader `{holder}`: {denied}"),
    };
    Refused::because(RefusedReason::Forbidden, message)
}
