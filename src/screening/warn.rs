//! Step 8: the published warnings that meet a line.

use super::evaluate::Line;
use super::record::comparable;
use crate::law::{Day, Identity, MeasureId, Pack, Warning, WarningId};

/// A warning that meets a line, or may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Warned {
    /// The warning.
    pub warning: WarningId,
    /// Everything that it names is stated; else it may meet the goods, and nobody can say that
    /// it does not.
    pub certain: bool,
}

impl<'l> Line<'l, '_> {
    /// The first warning on a day that meets the line under a measure; one that certainly does
    /// before one that may.
    pub(super) fn warned(&self, measure: MeasureId, day: Day) -> Option<Warned> {
        let mut perhaps = None;
        for (warning, id) in self.pack.warnings.iter().zip(0u16..) {
            if !warning.valid.contains(day) {
                continue;
            }
            match self.meets(warning, measure) {
                Some(true) => return Some(Warned { warning: WarningId(id), certain: true }),
                Some(false) => perhaps = perhaps.or(Some(Warned { warning: WarningId(id), certain: false })),
                None => {}
            }
        }
        perhaps
    }

    /// The warnings of any day that certainly meet the line under a measure.
    pub(super) fn warnings_ever(&self, measure: MeasureId) -> Vec<&'l Warning> {
        let pack: &'l Pack = self.pack;
        pack.warnings.iter().filter(|warning| self.meets(warning, measure) == Some(true)).collect()
    }

    /// Whether a warning meets the line: for certain, perhaps (`false`), or not.
    fn meets(&self, warning: &Warning, measure: MeasureId) -> Option<bool> {
        let mut certain = true;
        let mut test = |named: bool, found: Option<bool>| {
            if !named {
                return true;
            }
            certain &= found.is_some();
            found != Some(false)
        };
        let hs = self.hs.map(|hs| warning.hs.iter().any(|prefix| prefix.is_prefix_of(hs)));
        let origin = self.origin.map(|origin| warning.origins.contains(&origin));
        let importer = self.importer().map(|importer| warning.importers.iter().any(|known| known == importer));
        let maker = || {
            let maker = comparable(self.named(Identity::Maker)?);
            Some(warning.makers.iter().any(|known| comparable(known) == maker))
        };
        let meets = (warning.measures.is_empty() || warning.measures.contains(&measure))
            && test(!warning.hs.is_empty(), hs)
            && test(!warning.origins.is_empty(), origin)
            && test(!warning.importers.is_empty(), importer)
            && test(!warning.makers.is_empty(), maker());
        meets.then_some(certain)
    }
}
