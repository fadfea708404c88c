//! The desk: one transaction in which commands are decided, each against what those before it
//! have left.
//!
//! Events go to the journal, the cases' rows follow them, notices go to the outbox: all of it or
//! nothing. An act that is refused half-way leaves nothing of itself ([`Desk::begin`],
//! [`Desk::undo`]), while the others of the same transaction stand.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;

use super::known::Beside;
use super::law_book::Edition;
use super::shared::Shared;
use crate::clearance::case::declaration::{self, Declaration};
use crate::clearance::case::dossier::{self, Dossier};
use crate::clearance::case::window::{WINDOW, WindowEvent};
use crate::clearance::case::{Author, CaseId, Entry, Event, Refused, RefusedReason};
use crate::store::journal::{self, Appending, Head};
use crate::store::messages::{self, Answer, Message, MessageKey};
use crate::store::outbox::{self, Outgoing};
use crate::store::project::{self, DossierBrief, Novelty};
use crate::store::{Link, StoreError, Writer, cases, waiting};

/// Why an act came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// It is not allowed.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A case in hand.
#[derive(Debug, Clone)]
struct InHand<S> {
    state: S,
    head: Head,
    novelty: Novelty,
    /// Its rows are not written yet.
    dirty: bool,
}

/// What has to be put back when an act is undone.
#[derive(Debug, Default)]
struct Undo {
    declarations: HashMap<CaseId, Option<InHand<Declaration>>>,
    dossiers: HashMap<CaseId, Option<InHand<Dossier>>>,
    noticed: usize,
    outbox: usize,
    messages: usize,
}

/// A place to go back to.
#[derive(Debug)]
pub(super) struct Mark(Option<Undo>);

/// One transaction's work.
pub struct Desk<'d> {
    /// What all of the service shares.
    pub shared: &'d Shared,
    /// The edition of the law that decides now.
    pub edition: std::sync::Arc<Edition>,
    /// The moment of everything in this transaction.
    pub now: Timestamp,
    writer: Writer,
    appending: Appending,
    declarations: HashMap<CaseId, InHand<Declaration>>,
    dossiers: HashMap<CaseId, InHand<Dossier>>,
    noticed: Vec<Entry>,
    outbox: Vec<Outgoing>,
    messages: Vec<Message>,
    /// Where the chain of the single window's own case ends, where it is in hand.
    window: Option<Head>,
    holders: BTreeSet<String>,
    /// Traders of this batch who have records, and the entry that changed them last.
    changed: HashMap<String, i64>,
    undo: Option<Undo>,
}

impl std::fmt::Debug for Desk<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").field("now", &self.now).field("entries", &self.noticed.len()).finish_non_exhaustive()
    }
}

impl<'d> Desk<'d> {
    /// Opens a transaction.
    pub async fn open(shared: &'d Shared) -> Result<Self, StoreError> {
        let mut writer = shared.database.write().await?;
        let appending = Appending::begin(&mut writer.link()).await?;
        shared.law.at_entry(appending.seq(), &mut writer.link()).await?;
        let now = shared.clock.now();
        Ok(Self {
            shared,
            edition: shared.law.at(now),
            now,
            writer,
            appending,
            declarations: HashMap::new(),
            dossiers: HashMap::new(),
            noticed: Vec::new(),
            outbox: Vec::new(),
            messages: Vec::new(),
            window: None,
            holders: BTreeSet::new(),
            changed: HashMap::new(),
            undo: None,
        })
    }

    /// The link to the database.
    pub fn link(&mut self) -> Link<'_> {
        self.writer.link()
    }

    /// An act begins.
    pub fn begin(&mut self) {
        self.undo = Some(Undo {
            noticed: self.noticed.len(),
            outbox: self.outbox.len(),
            messages: self.messages.len(),
            ..Undo::default()
        });
    }

    /// The act came to nothing: the desk is as it was when it began.
    pub fn undo(&mut self) {
        let Some(undo) = self.undo.take() else { return };
        self.noticed.truncate(undo.noticed);
        self.outbox.truncate(undo.outbox);
        self.messages.truncate(undo.messages);
        for (case, before) in undo.declarations {
            match before {
                Some(before) => self.declarations.insert(case, before),
                None => self.declarations.remove(&case),
            };
        }
        for (case, before) in undo.dossiers {
            match before {
                Some(before) => self.dossiers.insert(case, before),
                None => self.dossiers.remove(&case),
            };
        }
    }

    /// Where an act within an act begins: [`Desk::back_to`] leads back here.
    pub(super) fn mark(&mut self) -> Mark {
        let outer = self.undo.take();
        self.begin();
        Mark(outer)
    }

    /// What was done since the mark is undone; what was done before it stands.
    pub(super) fn back_to(&mut self, mark: Mark) {
        self.undo();
        self.undo = mark.0;
    }

    /// What was done since the mark stands, and is undone only with what it is part of.
    pub(super) fn stand(&mut self, mark: Mark) {
        let Some(inner) = self.undo.take() else { return };
        self.undo = match mark.0 {
            Some(mut outer) => {
                for (case, before) in inner.declarations {
                    outer.declarations.entry(case).or_insert(before);
                }
                for (case, before) in inner.dossiers {
                    outer.dossiers.entry(case).or_insert(before);
                }
                Some(outer)
            }
            None => Some(inner),
        };
    }

    /// A declaration.
    pub async fn declaration(&mut self, case: CaseId) -> Result<Option<&Declaration>, StoreError> {
        if !self.declarations.contains_key(&case) {
            let link = &mut self.writer.link();
            let Some(state) = cases::declaration(link, case).await? else { return Ok(None) };
            let head = journal::head(link, case).await?;
            self.declarations.insert(case, InHand { state, head, novelty: Novelty::Known, dirty: false });
        }
        Ok(self.declarations.get(&case).map(|in_hand| &in_hand.state))
    }

    /// A dossier.
    pub async fn dossier(&mut self, case: CaseId) -> Result<Option<&Dossier>, StoreError> {
        if !self.dossiers.contains_key(&case) {
            let link = &mut self.writer.link();
            let Some(state) = cases::dossier(link, case).await? else { return Ok(None) };
            let head = journal::head(link, case).await?;
            self.dossiers.insert(case, InHand { state, head, novelty: Novelty::Known, dirty: false });
        }
        Ok(self.dossiers.get(&case).map(|in_hand| &in_hand.state))
    }

    /// Decides a command about a declaration and takes its events in.
    pub async fn command(
        &mut self,
        case: CaseId,
        command: &declaration::Command,
        by: &Author,
    ) -> Result<usize, ActError> {
        self.declaration(case).await?;
        let before = self.declarations.get(&case);
        let events = declaration::decide(before.map(|in_hand| &in_hand.state), command, by, self.now)?;
        if let Some(undo) = &mut self.undo {
            undo.declarations.entry(case).or_insert_with(|| before.cloned());
        }
        let count = events.len();
        for event in events {
            self.take_declaration(case, event, by);
        }
        Ok(count)
    }

    fn take_declaration(&mut self, case: CaseId, event: declaration::DeclarationEvent, by: &Author) {
        let number = self.declarations.get(&case).map_or(0, |in_hand| in_hand.state.head) + 1;
        let entry = Entry { case, number, at: self.now, by: by.clone(), event: Event::Declaration(event) };
        match self.declarations.get_mut(&case) {
            Some(in_hand) => {
                in_hand.state.apply(&entry);
                in_hand.dirty = true;
            }
            None => {
                if let Some(state) = Declaration::begin(&entry) {
                    let in_hand = InHand { state, head: Head::NONE, novelty: Novelty::New, dirty: true };
                    self.declarations.insert(case, in_hand);
                }
            }
        }
        self.noticed.push(entry);
    }

    /// Decides a command about a dossier and takes its events in.
    pub async fn dossier_command(
        &mut self,
        case: CaseId,
        command: &dossier::Command,
        by: &Author,
    ) -> Result<usize, ActError> {
        self.dossier(case).await?;
        let before = self.dossiers.get(&case);
        let procedure = match (before, command) {
            (Some(in_hand), _) => in_hand.state.procedure.as_deref(),
            (None, dossier::Command::Open(opening)) => opening.procedure.as_deref(),
            (None, _) => None,
        };
        let Some(cycle) = self.edition.cycle(procedure) else {
            let message = "the pack has no life cycle for dossiers of this procedure, nor a general one";
            return Err(Refused::because(RefusedReason::Unknown, message).into());
        };
        let events = dossier::decide(before.map(|in_hand| &in_hand.state), command, by, self.now, cycle)?;
        if let Some(undo) = &mut self.undo {
            undo.dossiers.entry(case).or_insert_with(|| before.cloned());
        }
        let count = events.len();
        for event in events {
            self.take_dossier(case, event, by);
        }
        Ok(count)
    }

    fn take_dossier(&mut self, case: CaseId, event: dossier::DossierEvent, by: &Author) {
        let number = self.dossiers.get(&case).map_or(0, |in_hand| in_hand.state.head) + 1;
        // A new dossier may be the one that a declaration waits for, and the other way round.
        let changes = matches!(
            event,
            dossier::DossierEvent::Opened { .. }
                | dossier::DossierEvent::Issued { .. }
                | dossier::DossierEvent::Revoked { .. }
                | dossier::DossierEvent::Recorded { .. }
        );
        let entry = Entry { case, number, at: self.now, by: by.clone(), event: Event::Dossier(event) };
        match self.dossiers.get_mut(&case) {
            Some(in_hand) => {
                in_hand.state.apply(&entry);
                in_hand.dirty = true;
                if changes {
                    self.holders.extend(in_hand.state.holder.clone());
                }
            }
            None => {
                if let Some(state) = Dossier::begin(&entry) {
                    self.holders.extend(state.holder.clone());
                    let in_hand = InHand { state, head: Head::NONE, novelty: Novelty::New, dirty: true };
                    self.dossiers.insert(case, in_hand);
                }
            }
        }
        self.noticed.push(entry);
    }

    /// Takes in what happened to the single window itself.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn window(&mut self, event: WindowEvent, by: &Author) -> Result<(), StoreError> {
        let head = match self.window {
            Some(head) => head,
            None => journal::head(&mut self.writer.link(), WINDOW).await?,
        };
        self.window = Some(head);
        let here = self.noticed.iter().filter(|entry| entry.case == WINDOW).count() as u64;
        let event = Event::Window(event);
        self.noticed.push(Entry { case: WINDOW, number: head.number + here + 1, at: self.now, by: by.clone(), event });
        Ok(())
    }

    /// Has the rows of a declaration in hand written again.
    pub fn touch(&mut self, case: CaseId) {
        if let Some(in_hand) = self.declarations.get_mut(&case) {
            in_hand.dirty = true;
        }
    }

    /// Takes note of the traders who have records, and of the entries that changed them last.
    pub fn know_holders(&mut self, changed: Vec<(String, i64)>) {
        self.changed.extend(changed);
    }

    /// Whether something about a trader has changed since an entry of the journal.
    pub fn changed_since(&self, holder: &str, seq: i64) -> bool {
        self.holders.contains(holder) || self.changed.get(holder).is_some_and(|changed| *changed > seq)
    }

    /// What is in hand of the dossiers that handle a declaration's tasks or are its trader's.
    pub(super) fn beside(&self, declaration: &Declaration) -> Beside {
        let holder = declaration.registration.holder.as_ref();
        let concerned = |dossier: &&Dossier| {
            let about = dossier.link.as_ref().is_some_and(|(linked, ..)| *linked == declaration.id);
            about || (holder.is_some() && dossier.holder.as_ref() == holder)
        };
        let all = self.dossiers.values().map(|in_hand| &in_hand.state);
        let mut dossiers: Vec<Dossier> = all.filter(concerned).cloned().collect();
        dossiers.sort_by_key(|dossier| dossier.id);
        Beside { ids: self.dossiers.keys().copied().collect(), dossiers }
    }

    /// The dossiers that are in hand, in the order of their ids.
    pub(super) fn dossiers_in_hand(&self) -> Vec<Dossier> {
        let mut all: Vec<Dossier> = self.dossiers.values().map(|in_hand| in_hand.state.clone()).collect();
        all.sort_by_key(|dossier| dossier.id);
        all
    }

    /// The answer to a message that this transaction keeps.
    pub(super) fn answer_of(&self, key: Option<&MessageKey>) -> Option<Answer> {
        let key = key?;
        self.messages.iter().find(|message| message.key == *key).map(|message| message.answer.clone())
    }

    /// Keeps a message with its answer.
    pub fn keep(&mut self, message: Message) {
        self.messages.push(message);
    }

    /// Puts a kept message in the place of the one with its id.
    pub(super) fn replace_kept(&mut self, message: Message) {
        match self.messages.iter_mut().find(|kept| kept.id == message.id) {
            Some(kept) => *kept = message,
            None => self.messages.push(message),
        }
    }

    /// Puts a message into the outbox.
    pub fn send(&mut self, message: Outgoing) {
        self.outbox.push(message);
    }

    /// What this act has caused so far.
    pub fn events(&self) -> &[Entry] {
        let from = self.undo.as_ref().map_or(0, |undo| undo.noticed);
        self.noticed.get(from..).unwrap_or_default()
    }

    /// The bytes of a message, of this transaction or an earlier one.
    pub async fn content(&mut self, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        if let Some(message) = self.messages.iter().find(|message| message.id == id) {
            return Ok(Some(message.content.clone()));
        }
        messages::content(&mut self.writer.link(), id).await
    }

    /// Writes everything and makes it durable. Gives what happened, each with its number in the
    /// journal.
    pub async fn commit(mut self) -> Result<Vec<(i64, Entry)>, StoreError> {
        let last_before = self.appending.seq();
        let mut noticed = std::mem::take(&mut self.noticed);
        let mut heads: HashMap<CaseId, Head> = self.window.map(|head| (WINDOW, head)).into_iter().collect();
        for entry in &noticed {
            let head = match &entry.event {
                Event::Declaration(_) => self.declarations.get_mut(&entry.case).map(|in_hand| &mut in_hand.head),
                Event::Dossier(_) => self.dossiers.get_mut(&entry.case).map(|in_hand| &mut in_hand.head),
                Event::Permit(_) | Event::Window(_) => None,
            };
            match head {
                Some(head) => self.appending.push(head, entry)?,
                None => {
                    let mut head = match heads.get(&entry.case) {
                        Some(head) => *head,
                        None => journal::head(&mut self.writer.link(), entry.case).await?,
                    };
                    self.appending.push(&mut head, entry)?;
                    heads.insert(entry.case, head);
                }
            }
        }
        let link = &mut self.writer.link();
        self.appending.write(link).await?;
        let last = self.appending.seq();
        for holder in &self.holders {
            waiting::holder_changed(link, holder, last).await?;
            // What is in hand was decided with it.
            let mut others = waiting::open_of_holder(link, holder).await?;
            others.retain(|case| !self.declarations.contains_key(case));
            waiting::review(link, &others, "evidence", self.now).await?;
        }
        messages::keep(link, std::mem::take(&mut self.messages)).await?;
        outbox::put(link, std::mem::take(&mut self.outbox), self.now).await?;
        self.write_rows().await?;
        self.writer.commit().await?;
        if !noticed.iter().any(|entry| matches!(entry.event, Event::Window(_))) {
            self.shared.law.still_right(last_before, last);
        }
        Ok((last_before + 1..).zip(noticed.drain(..)).collect())
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
            let dossiers: Vec<CaseId> = self
                .declarations
                .get(&case)
                .map(|in_hand| in_hand.state.dossiers.values().copied().collect())
                .unwrap_or_default();
            let mut briefs = BTreeMap::new();
            for dossier in dossiers {
                if let Some(state) = self.dossier(dossier).await? {
                    let (claimed_by, waits_for_trader) = (state.claimed_by.clone(), state.waits_for_trader());
                    briefs.insert(dossier, DossierBrief { claimed_by, waits_for_trader });
                }
            }
            if let Some(in_hand) = self.declarations.get_mut(&case) {
                let row = project::declaration(&in_hand.state, in_hand.head, &briefs, self.shared.policy);
                rows.push((case, in_hand.novelty, row));
                (in_hand.novelty, in_hand.dirty) = (Novelty::Known, false);
            }
        }
        project::write(&mut self.writer.link(), rows).await
    }
}
