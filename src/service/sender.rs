//! Who sends: the principal as the journal names it.

use super::law_book::Edition;
use crate::clearance::case::{Author, Role};
use crate::people::{OrganisationKind, Principal};

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
