//! The end of a transaction: entries, messages, letters and rows are written and made durable.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::{Desk, InHand, Through};
use crate::clearance::case::window::WINDOW;
use crate::clearance::case::{CaseId, Entry, Event};
use crate::service::shared::{Concerns, Happened};
use crate::store::journal::{self, Head, Written};
use crate::store::lists::{TaskRow, tasks_of};
use crate::store::project::{self, DossierBrief, Novelty};
use crate::store::{StoreError, accounts as kept_accounts, messages, outbox, waiting};

impl Desk<'_> {
    /// Writes everything and makes it durable. Gives what happened.
    pub async fn commit(mut self) -> Result<Vec<Happened>, StoreError> {
        let last_before = self.appending.seq();
        self.put_notices(last_before).await?;
        let mut noticed = std::mem::take(&mut self.noticed);
        let mut heads: HashMap<CaseId, Head> = self.window.map(|head| (WINDOW, head)).into_iter().collect();
        // Traders whose records have changed: the entry that did it last, and which of this
        // transaction's changed more than what is drawn.
        let mut changed: BTreeMap<String, (i64, Option<usize>)> = BTreeMap::new();
        for (at, entry) in noticed.iter().enumerate() {
            let written = self.prepared.written(entry).unwrap_or_else(|| Written::new(entry));
            let head = match &entry.event {
                Event::Declaration(_) => self.declarations.get_mut(&entry.case).map(|in_hand| &mut in_hand.head),
                Event::Dossier(_) => self.dossiers.get_mut(&entry.case).map(|in_hand| &mut in_hand.head),
                Event::Permit(_) => self.accounts.head(entry.case),
                Event::Certificate(_) => self.certificates.get_mut(&entry.case).map(|in_hand| &mut in_hand.head),
                Event::Window(_) => None,
            };
            if let Some(head) = head {
                self.appending.push_written(head, entry, written)?;
            } else {
                let mut head = match heads.get(&entry.case) {
                    Some(head) => *head,
                    None => journal::head(&mut self.through.link(), entry.case).await?,
                };
                self.appending.push_written(&mut head, entry, written)?;
                heads.insert(entry.case, head);
            }
            if !project::changes_records(&entry.event) {
                continue;
            }
            if let Some(holder) = self.holder_of(entry) {
                let change = changed.entry(holder).or_default();
                change.0 = self.appending.seq();
                if matches!(entry.event, Event::Dossier(_)) {
                    change.1 = Some(at);
                }
            }
        }
        let last = self.appending.seq();
        let link = &mut self.through.link();
        self.appending.write(link).await?;
        for (holder, (seq, _)) in &changed {
            waiting::holder_changed(link, holder, *seq).await?;
        }
        messages::keep(link, std::mem::take(&mut self.messages), last + 1).await?;
        let wakes_outbox = self.wakes_outbox || !self.outbox.is_empty();
        outbox::put(link, std::mem::take(&mut self.outbox), self.now).await?;
        self.write_rows().await?;
        self.write_heard().await?;
        for (holder, at) in changed.into_iter().filter_map(|(holder, (_, at))| Some((holder, at?))) {
            let others = waiting::open_of_holder(&mut self.through.link(), &holder).await?;
            self.review_since(at, others).await?;
        }
        for (number, at) in std::mem::take(&mut self.freed) {
            let others = kept_accounts::short_of(&mut self.through.link(), &number).await?;
            self.review_since(at, others).await?;
        }
        let concerns: HashMap<CaseId, Arc<Concerns>> = noticed
            .iter()
            .map(|entry| entry.case)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .map(|case| (case, Arc::new(self.concerns(case))))
            .collect();
        self.shared.unattended.look(self.shared, last_before, concerns.values(), &mut self.through.link()).await?;
        match self.through {
            Through::Writer(writer) => writer.commit().await?,
            Through::Reader(_) => return Err(StoreError::Refused("what was only looked at is not kept".to_owned())),
        }
        if wakes_outbox {
            self.shared.outbox.notify_one();
        }
        if !noticed.iter().any(|entry| matches!(entry.event, Event::Window(_))) {
            self.shared.directory.still_right(last_before, last);
            self.shared.law.still_right(last_before, last);
        }
        let happened = (last_before + 1..).zip(noticed.drain(..)).map(|(seq, entry)| {
            let concerns = concerns.get(&entry.case).cloned().unwrap_or_default();
            Happened { seq, entry: Arc::new(entry), concerns }
        });
        Ok(happened.collect())
    }

    /// Whom a case in hand concerns.
    fn concerns(&self, case: CaseId) -> Concerns {
        if let Some(InHand { state, .. }) = self.declarations.get(&case) {
            let tasks = state.decision.iter().flat_map(|decision| &decision.tasks);
            let mut agencies: Vec<String> = tasks.filter_map(|task| task.agency.clone()).collect();
            let dossiers = state.dossiers.values().filter_map(|dossier| self.in_hand(*dossier));
            agencies.extend(dossiers.filter_map(|dossier| dossier.agency.clone()));
            agencies.sort_unstable();
            agencies.dedup();
            return Concerns {
                holder: state.registration.holder.clone(),
                filer: state.registration.filer.clone(),
                agencies,
                stuck: !state.stuck.is_empty(),
            };
        }
        match self.in_hand(case) {
            Some(dossier) => Concerns {
                holder: dossier.holder.clone(),
                filer: dossier.filer.clone(),
                agencies: dossier.agency.iter().cloned().collect(),
                stuck: false,
            },
            None => match self.certificates.get(&case) {
                Some(in_hand) => Concerns {
                    holder: in_hand.state.holder.clone(),
                    agencies: in_hand.state.agency.iter().cloned().collect(),
                    ..Concerns::default()
                },
                None => self.accounts.concerns(case).unwrap_or_default(),
            },
        }
    }

    /// Whose records an entry of this transaction changes.
    fn holder_of(&self, entry: &Entry) -> Option<String> {
        match &entry.event {
            Event::Dossier(_) => self.dossiers.get(&entry.case).and_then(|in_hand| in_hand.state.holder.clone()),
            Event::Permit(_) => self.accounts.holder(entry.case).cloned(),
            Event::Declaration(_) | Event::Certificate(_) | Event::Window(_) => None,
        }
    }

    /// Notes declarations to be looked at again that were not decided since something happened.
    async fn review_since(&mut self, at: usize, mut cases: Vec<CaseId>) -> Result<(), StoreError> {
        cases.retain(|case| self.declarations.get(case).is_none_or(|in_hand| in_hand.looked_at <= at));
        waiting::review(&mut self.through.link(), &cases, "evidence", self.now).await
    }

    /// What the tasks of a declaration in hand say of their dossiers.
    pub(in crate::service) async fn briefs(
        &mut self,
        case: CaseId,
    ) -> Result<BTreeMap<CaseId, DossierBrief>, StoreError> {
        let of = self.declarations.get(&case).map(|in_hand| in_hand.state.dossiers.values().copied().collect());
        let dossiers: Vec<CaseId> = of.unwrap_or_default();
        let mut briefs = BTreeMap::new();
        for dossier in dossiers {
            if let Some(state) = self.dossier(dossier).await? {
                briefs.insert(dossier, DossierBrief::of(state));
            }
        }
        Ok(briefs)
    }

    /// A task by its key, as its queue shows it once this transaction is durable; none where it is
    /// done.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn task(&mut self, case: CaseId, key: &str) -> Result<Option<TaskRow>, StoreError> {
        self.declaration(case).await?;
        let briefs = self.briefs(case).await?;
        let rows = match self.declarations.get(&case) {
            Some(in_hand) => project::declaration(&in_hand.state, in_hand.head, &briefs, self.shared.policy),
            None => {
                let edition = Arc::clone(&self.edition);
                let Some(dossier) = self.dossier(case).await? else { return Ok(None) };
                let cycle = edition.cycle(dossier.procedure.as_deref());
                project::dossier(dossier, Head::NONE, cycle.is_none_or(|cycle| dossier.is_open(cycle)))
            }
        };
        Ok(tasks_of(&rows).into_iter().find(|task| task.key == key))
    }

    /// Writes the rows of the cases that changed.
    async fn write_rows(&mut self) -> Result<(), StoreError> {
        let mut rows = Vec::new();
        let mut linked = Vec::new();
        for (case, in_hand) in self.dossiers.iter_mut().filter(|(_, in_hand)| in_hand.dirty) {
            let cycle = self.edition.cycle(in_hand.state.procedure.as_deref());
            let is_open = cycle.is_none_or(|cycle| in_hand.state.is_open(cycle));
            rows.push((*case, in_hand.novelty, project::dossier(&in_hand.state, in_hand.head, is_open)));
            linked.extend(in_hand.state.link.as_ref().map(|(declaration, ..)| *declaration));
            (in_hand.novelty, in_hand.dirty) = (Novelty::Known, false);
        }
        // A task's row shows who works on its dossier.
        for declaration in linked {
            self.declaration(declaration).await?;
            if let Some(in_hand) = self.declarations.get_mut(&declaration) {
                in_hand.dirty = true;
            }
        }
        let dirty: Vec<CaseId> =
            self.declarations.iter().filter(|(_, in_hand)| in_hand.dirty).map(|(case, _)| *case).collect();
        for case in dirty {
            let briefs = self.briefs(case).await?;
            if let Some(in_hand) = self.declarations.get_mut(&case) {
                let row = match self.prepared.rows(&in_hand.state) {
                    Some(rows) => rows.at(in_hand.head),
                    None => project::declaration(&in_hand.state, in_hand.head, &briefs, self.shared.policy),
                };
                rows.push((case, in_hand.novelty, row));
                (in_hand.novelty, in_hand.dirty) = (Novelty::Known, false);
            }
        }
        rows.extend(self.accounts.rows());
        for (case, in_hand) in self.certificates.iter_mut().filter(|(_, in_hand)| in_hand.dirty) {
            rows.push((*case, in_hand.novelty, project::certificate(&in_hand.state, in_hand.head)));
            (in_hand.novelty, in_hand.dirty) = (Novelty::Known, false);
        }
        project::write(&mut self.through.link(), rows).await
    }
}
