//! Who asks.

use std::collections::BTreeSet;

use super::names::{Login, OrganisationId, PersonId};

/// What an organisation is to the single window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrganisationKind {
    /// An importer or exporter.
    Trader,
    /// Who files for traders.
    Broker,
    /// A licensing agency.
    Agency,
    /// Customs.
    Customs,
    /// A partner's gateway.
    Partner,
    /// Who looks after the installation.
    Operator,
    /// Who may see everything and change nothing.
    Auditor,
}

impl OrganisationKind {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Trader, Self::Broker, Self::Agency, Self::Customs, Self::Partner, Self::Operator, Self::Auditor];

    /// The word that is kept.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trader => "trader",
            Self::Broker => "broker",
            Self::Agency => "agency",
            Self::Customs => "customs",
            Self::Partner => "partner",
            Self::Operator => "operator",
            Self::Auditor => "auditor",
        }
    }

    /// The kind of a word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Whether its people need a second factor: officers, operators and auditors do.
    pub fn needs_second_factor(self) -> bool {
        match self {
            Self::Agency | Self::Customs | Self::Operator | Self::Auditor => true,
            Self::Trader | Self::Broker | Self::Partner => false,
        }
    }
}

/// For whom a broker may act today, by tax code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mandates {
    /// For these.
    Of(BTreeSet<String>),
    /// For everybody: a service that passes on what others file.
    Everybody,
}

impl Mandates {
    /// For nobody.
    pub fn none() -> Self {
        Self::Of(BTreeSet::new())
    }

    /// Whether it may act for whom this tax code names.
    pub fn cover(&self, trader: &str) -> bool {
        match self {
            Self::Of(traders) => traders.contains(trader),
            Self::Everybody => true,
        }
    }
}

/// Where a session stands with the second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondFactor {
    /// None is set up and none is needed.
    NotNeeded,
    /// It is needed and none is set up.
    NotEnrolled,
    /// It is set up and was not shown in this session.
    Missing,
    /// It was shown.
    Passed,
}

impl SecondFactor {
    /// Where a session stands.
    pub fn of(kind: OrganisationKind, enrolled: bool, shown: bool) -> Self {
        match (enrolled, shown) {
            (true, true) => Self::Passed,
            (true, false) => Self::Missing,
            (false, _) if kind.needs_second_factor() => Self::NotEnrolled,
            (false, _) => Self::NotNeeded,
        }
    }
}

/// How it was proved who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignIn {
    /// By an API key. They belong to systems, which have no second factor.
    ApiKey,
    /// By a session that a password opened.
    Session(SecondFactor),
}

/// The person that asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Its id.
    pub id: PersonId,
    /// What it signs in with.
    pub login: Login,
    /// It looks after the people and keys of its organisation.
    pub admin: bool,
    /// Its password was set by somebody else.
    pub must_change: bool,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The organisation.
    pub organisation: OrganisationId,
    /// What it is.
    pub kind: OrganisationKind,
    /// The tax code of a trader or broker.
    pub identity: Option<String>,
    /// The code of an agency.
    pub agency: Option<String>,
    /// For whom a broker may act.
    pub mandates: Mandates,
    /// How much it may send a second, where that is its own number.
    pub per_second: Option<u32>,
    /// The person; none where a system asks.
    pub person: Option<Person>,
    /// How that was proved.
    pub sign_in: SignIn,
}
