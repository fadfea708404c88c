//! Who sends: the principal as the journal names it.

use crate::clearance::case::{Author, Role};
use crate::people::{OrganisationKind, Principal};

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
