//! The name of a task that stays when others come and go.

use super::tasks::{Rank, Task, TaskKind};
use crate::law::Pack;

impl Task {
    /// Agency, procedure (where none is known, measure) and, where it is no ordinary dossier before
    /// clearance, its place in the order of stages. Within a declaration no other task has this
    /// name, and it changes with nothing but these.
    pub fn key(&self, pack: &Pack) -> String {
        let agency = self.agency.map_or("-", |agency| pack.agencies[agency.index()].code.as_str());
        let measure = || pack.measures[self.measure.index()].key.as_str();
        let subject = self.procedure.map_or_else(measure, |id| pack.procedures[id.index()].code.as_str());
        let place = match (self.kind, self.rank) {
            (TaskKind::SettleFact, _) | (TaskKind::Dossier, Rank::Settle) => "/settle_fact",
            (TaskKind::Dossier, Rank::Permit) => "/permit",
            (TaskKind::Dossier, Rank::Registration) => "/registration",
            (TaskKind::Dossier, Rank::Before) => "",
            (TaskKind::Dossier, Rank::RegistrationAfter) => "/registration_after_clearance",
            (TaskKind::Dossier, Rank::After) => "/after_clearance",
        };
        let mut key = String::with_capacity(agency.len() + 1 + subject.len() + place.len());
        key.push_str(agency);
        key.push('/');
        key.push_str(subject);
        key.push_str(place);
        key
    }
}
