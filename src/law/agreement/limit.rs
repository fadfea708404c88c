//! Limits in time and thresholds of an agreement.

use jiff::Span;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::law::pack::Sourced;

macro_rules! named {
    ($(#[$outer:meta])* $name:ident: $($(#[$meta:meta])* $variant:ident = $text:literal),+ $(,)?) => {
        $(#[$outer])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$meta])* $variant),+ }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name, as data and answers write it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// One by its name.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.as_str() == name)
            }
        }
    };
}

named!(
    /// A limit in time.
    LimitId:
    /// From shipment to issue, without the mark that it was issued retroactively (rule 10(1)).
    Issue = "issue",
    /// From shipment to retroactive issue (rule 10(2)).
    Retroactive = "retroactive",
    /// From the original's issue to a certified true copy (rule 12).
    TrueCopy = "true_copy",
    /// From the first issue to an electronic re-issue (rule 29(1)).
    Reissue = "reissue",
    /// From issue to the last day on which it may be presented (rule 14(a)).
    Validity = "validity",
    /// From receipt to the notice that the preference is refused (rules 13 and 30(3)).
    RejectionNotice = "rejection_notice",
    /// From the receipt of a request for a retroactive check to its answer (rule 18(b)).
    VerificationReply = "verification_reply",
    /// From a request for a retroactive check to its end (rule 18(d)).
    VerificationWhole = "verification_whole",
    /// The time around the export that a cost statement covers (rule 18).
    CostStatement = "cost_statement",
    /// From the notice of a verification visit to consent (rule 19).
    VisitConsent = "visit_consent",
    /// From the receipt of consent to the visit (rule 19).
    Visit = "visit",
    /// From the findings of a visit to comments on them (rule 19).
    VisitComments = "visit_comments",
    /// From the notice of a verification visit to its end (rule 19).
    VisitWhole = "visit_whole",
    /// From issue, how long records are kept (rules 17 and 31).
    Records = "records",
);

named!(
    /// A share in percent.
    ThresholdId:
    /// The regional value content from which goods originate (article 28).
    ValueContentMin = "value_content_min",
    /// The content from which it counts in proportion (article 30(2), Annex 6).
    PartialMin = "partial_min",
    /// The content from which it counts in full, and no longer in proportion.
    PartialBelow = "partial_below",
    /// The most that materials which fail the change of classification may be worth, of the FOB
    /// value (article 33).
    DeMinimisMax = "de_minimis_max",
);

/// What a limit is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitUnit {
    /// Calendar days.
    Days,
    /// Calendar months.
    Months,
    /// Years.
    Years,
}

impl LimitUnit {
    /// Its name, as data writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Days => "days",
            Self::Months => "months",
            Self::Years => "years",
        }
    }
}

/// A limit in time.
#[derive(Debug, Clone)]
pub struct Limit {
    /// How many.
    pub count: u32,
    /// Of what.
    pub unit: LimitUnit,
    /// What says so.
    pub cites: String,
    /// How well that is known.
    pub sourced: Sourced,
}

impl Limit {
    /// The last day of the limit, counted from `date`; the last day of the calendar where it lies
    /// beyond it.
    pub fn after(&self, date: Date) -> Date {
        let count = i64::from(self.count);
        let span = match self.unit {
            LimitUnit::Days => Span::new().try_days(count),
            LimitUnit::Months => Span::new().try_months(count),
            LimitUnit::Years => Span::new().try_years(count),
        };
        span.and_then(|span| date.checked_add(span)).unwrap_or(Date::MAX)
    }
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.count, self.unit.as_str())
    }
}

/// A share in percent.
#[derive(Debug, Clone)]
pub struct Threshold {
    /// How many in a hundred.
    pub percent: Decimal,
    /// What says so.
    pub cites: String,
    /// How well that is known.
    pub sourced: Sourced,
}
