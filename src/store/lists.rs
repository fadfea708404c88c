//! Lists for queues and searches, a page at a time: the next begins after the last row of this one.
//!
//! Every list follows an index from its first row to its last, so that the thousandth page costs
//! what the first does. Where rows stand in several places of an index (the tasks of an agency in
//! each of their states), each place is read in order and the rows are merged.

mod accounts;
mod bulk;
pub(super) mod cursor;
mod declarations;
mod dossiers;
mod evidence;
mod parties;
mod reads;
pub(super) mod select;
mod tasks;
mod timeline;
mod traders;

pub use accounts::{AccountFilter, accounts};
pub use bulk::{bulk_items, bulk_jobs};
pub use declarations::{DeclarationFilter, DeclarationRow, declarations};
pub use dossiers::{DossierFilter, DossierRow, dossiers, dossiers_of_ids};
pub use evidence::{EvidenceFilter, evidence};
pub use parties::{agencies_of, filers_of, parties_of};
pub use reads::{ReadRow, reads};
pub use tasks::{Begun, Desk, TaskFilter, TaskRow, agencies_with_tasks, begun_before, task, tasks, tasks_of};
pub use timeline::{TimelineRow, timeline};

/// Whose cases somebody sees beside those that he has filed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holders {
    /// Those of all traders.
    All,
    /// Those of the traders with these tax codes.
    Of(Vec<String>),
}

/// The cases that somebody sees as a declarant: what he has filed, and what these traders have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// The organisation.
    pub filer: String,
    /// The traders.
    pub holders: Holders,
}

/// One of the ways in which a case is somebody's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum As<'o> {
    /// He has filed it.
    Filer(&'o str),
    /// It is this trader's.
    Holder(&'o str),
    /// It is a trader's.
    AnyHolder,
}

impl Own {
    /// The ways, where a trader is asked for those that lead to his cases.
    fn ways<'o>(&'o self, holder: Option<&str>) -> Vec<As<'o>> {
        let mut ways = vec![As::Filer(&self.filer)];
        match &self.holders {
            Holders::All => ways.push(As::AnyHolder),
            Holders::Of(holders) => {
                let asked = holders.iter().filter(|known| holder.is_none_or(|holder| *known == holder));
                ways.extend(asked.map(|known| As::Holder(known)));
            }
        }
        ways
    }
}

/// Rows of a page at most.
pub const PAGE_MAX: u32 = 200;

/// A page.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// Its rows.
    pub rows: Vec<T>,
    /// Where the next begins; none: this is the last.
    pub next: Option<String>,
}
