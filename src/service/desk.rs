//! The desk: one transaction in which commands are decided, each against what those before it
//! have left.
//!
//! Events go to the journal, the cases' rows follow them, notices go to the outbox: all of it or
//! nothing. An act that is refused half-way leaves nothing of itself ([`Desk::begin`],
//! [`Desk::undo`]), while the others of the same transaction stand.

mod accounts;
mod beforehand;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use self::accounts::Accounts;
pub use self::beforehand::Beforehand;
use self::beforehand::Prepared;
use super::known::Beside;
use super::law_book::Edition;
use super::notices::Told;
use super::shared::{Concerns, Happened, Shared};
use crate::clearance::case::declaration::{self, Declaration, Registration, Status};
use crate::clearance::case::dossier::{self, Dossier};
use crate::clearance::case::window::{WINDOW, WindowEvent};
use crate::clearance::case::{Author, CaseId, Entry, Event, Refused, RefusedReason};
use crate::ledger::AccountId;
use crate::store::journal::{self, Appending, Head};
use crate::store::lists::{TaskRow, tasks_of};
use crate::store::messages::{self, Answer, Message, MessageKey};
use crate::store::outbox::{self, Outgoing};
use crate::store::project::{self, DossierBrief, Novelty};
use crate::store::{Link, Reader, StoreError, Writer, accounts as kept_accounts, cases, waiting};

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
    /// The work by which it was made, where this transaction has made it.
    made_by: Option<u64>,
    /// What those concerned know of a declaration: as it was before this transaction, or after the
    /// work that made it, whose answer has said so much.
    told: Option<Told>,
    /// How much had happened when it was last decided.
    looked_at: usize,
}

impl<S> InHand<S> {
    /// A case that the store has.
    fn kept(state: S, head: Head) -> Self {
        Self { state, head, novelty: Novelty::Known, dirty: false, made_by: None, told: None, looked_at: 0 }
    }

    /// A case that a work of this transaction has made.
    fn made(state: S, work: u64) -> Self {
        Self {
            state,
            head: Head::NONE,
            novelty: Novelty::New,
            dirty: true,
            made_by: Some(work),
            told: None,
            looked_at: 0,
        }
    }
}

/// The names of a declaration.
pub(super) fn names_of(registration: &Registration) -> impl Iterator<Item = &str> {
    [&registration.number, &registration.reference].into_iter().flatten().map(String::as_str)
}

/// What has to be put back when an act is undone.
#[derive(Debug, Default)]
struct Undo {
    declarations: HashMap<CaseId, Option<InHand<Declaration>>>,
    dossiers: HashMap<CaseId, Option<InHand<Dossier>>>,
    noticed: usize,
    outbox: usize,
    messages: usize,
    accounts: usize,
}

/// A place to go back to.
#[derive(Debug)]
pub(super) struct Mark(Option<Undo>);

/// Through what a desk sees the database.
enum Through {
    /// The one transaction that writes.
    Writer(Writer),
    /// A connection that only reads.
    Reader(Reader),
}

impl Through {
    fn link(&mut self) -> Link<'_> {
        match self {
            Self::Writer(writer) => writer.link(),
            Self::Reader(reader) => reader.link(),
        }
    }
}

/// One transaction's work.
pub struct Desk<'d> {
    /// What all of the service shares.
    pub shared: &'d Shared,
    /// The edition of the law that decides now.
    pub edition: Arc<Edition>,
    /// The moment of everything in this transaction.
    pub now: Timestamp,
    through: Through,
    appending: Appending,
    declarations: HashMap<CaseId, InHand<Declaration>>,
    dossiers: HashMap<CaseId, InHand<Dossier>>,
    accounts: Accounts,
    /// Accounts that the ledger does not let declarations draw on.
    withheld: BTreeMap<CaseId, BTreeSet<AccountId>>,
    /// The numbers of permits of which something has become free, and how much had happened before.
    freed: BTreeMap<String, usize>,
    noticed: Vec<Entry>,
    prepared: Prepared,
    outbox: Vec<Outgoing>,
    messages: Vec<Message>,
    wakes_outbox: bool,
    /// Where the chain of the single window's own case ends, where it is in hand.
    window: Option<Head>,
    holders: BTreeSet<String>,
    /// The declarations of the names under which some come in this transaction.
    names: HashMap<String, Vec<CaseId>>,
    /// Traders of this batch who have records, and the entry that changed them last.
    changed: HashMap<String, i64>,
    undo: Option<Undo>,
    /// Counts the works of this transaction.
    work: u64,
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
        Ok(Self::of(shared, Through::Writer(writer), appending))
    }

    /// A desk to look at cases from: nothing that is done on it can be kept.
    pub async fn view(shared: &'d Shared) -> Result<Self, StoreError> {
        let reader = shared.database.read().await?;
        Ok(Self::of(shared, Through::Reader(reader), Appending::none()))
    }

    fn of(shared: &'d Shared, through: Through, appending: Appending) -> Self {
        let now = shared.clock.now();
        Self {
            shared,
            edition: shared.law.at(now),
            now,
            through,
            appending,
            declarations: HashMap::new(),
            dossiers: HashMap::new(),
            accounts: Accounts::default(),
            withheld: BTreeMap::new(),
            freed: BTreeMap::new(),
            noticed: Vec::new(),
            prepared: Prepared::default(),
            outbox: Vec::new(),
            messages: Vec::new(),
            wakes_outbox: false,
            window: None,
            holders: BTreeSet::new(),
            names: HashMap::new(),
            changed: HashMap::new(),
            undo: None,
            work: 0,
        }
    }

    /// The link to the database.
    pub fn link(&mut self) -> Link<'_> {
        self.through.link()
    }

    /// Work of somebody else begins, with an act of its own.
    pub(super) fn begin_work(&mut self) {
        self.work += 1;
        self.begin();
    }

    /// An act begins.
    pub fn begin(&mut self) {
        self.undo = Some(Undo {
            noticed: self.noticed.len(),
            outbox: self.outbox.len(),
            messages: self.messages.len(),
            accounts: self.accounts.done(),
            ..Undo::default()
        });
    }

    /// The act came to nothing: the desk is as it was when it began.
    pub fn undo(&mut self) {
        let Some(undo) = self.undo.take() else { return };
        self.noticed.truncate(undo.noticed);
        self.outbox.truncate(undo.outbox);
        self.messages.truncate(undo.messages);
        self.accounts.back_to(undo.accounts);
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
            let link = &mut self.through.link();
            let Some((state, head)) = cases::declaration_and_head(link, case).await? else { return Ok(None) };
            self.declarations.insert(case, InHand::kept(state, head));
        }
        Ok(self.declarations.get(&case).map(|in_hand| &in_hand.state))
    }

    /// A dossier.
    pub async fn dossier(&mut self, case: CaseId) -> Result<Option<&Dossier>, StoreError> {
        if !self.dossiers.contains_key(&case) {
            let link = &mut self.through.link();
            let Some((state, head)) = cases::dossier_and_head(link, case).await? else { return Ok(None) };
            self.dossiers.insert(case, InHand::kept(state, head));
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
        // A case begins with its registration, under an id that was made for it.
        if !matches!(command, declaration::Command::Register(_)) {
            self.declaration(case).await?;
        }
        let before = self.declarations.get_mut(&case);
        let status = before.as_ref().map(|in_hand| in_hand.state.status);
        let events = declaration::decide(before.as_ref().map(|in_hand| &in_hand.state), command, by, self.now)?;
        if let Some(in_hand) = before
            && in_hand.made_by != Some(self.work)
        {
            in_hand.told.get_or_insert_with(|| Told::of(&in_hand.state));
        }
        if let Some(undo) = &mut self.undo {
            undo.declarations.entry(case).or_insert_with(|| self.declarations.get(&case).cloned());
        }
        let count = events.len();
        for event in events {
            self.take_declaration(case, event, by);
        }
        if self.declarations.get(&case).map(|in_hand| in_hand.state.status) != status {
            self.settle(case, by).await?;
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
                    self.know_names(names_of(&state.registration).map(|name| (name.to_owned(), case)).collect());
                    self.declarations.insert(case, InHand::made(state, self.work));
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
        let entry = Entry { case, number, at: self.now, by: by.clone(), event: Event::Dossier(event) };
        let changes = project::changes_records(&entry.event);
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
                    self.dossiers.insert(case, InHand::made(state, self.work));
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
            None => journal::head(&mut self.through.link(), WINDOW).await?,
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

    /// Takes note of declarations that have names under which some come in this transaction.
    pub fn know_names(&mut self, named: Vec<(String, CaseId)>) {
        for (name, case) in named {
            self.names.entry(name).or_default().push(case);
        }
    }

    /// The declaration that is there under the name of one that comes, from the same declarant for the
    /// same trader: of two numbers of customs the same, else the same reference. What was cancelled
    /// or ended is there no more.
    pub(super) async fn namesake(&mut self, registration: &Registration) -> Result<Option<CaseId>, StoreError> {
        let named = names_of(registration).filter_map(|name| self.names.get(name)).flatten();
        let cases: BTreeSet<CaseId> = named.copied().collect();
        for case in cases {
            let Some(known) = self.declaration(case).await? else { continue };
            let before = &known.registration;
            let same = match (&before.number, &registration.number) {
                (Some(before), Some(number)) => before == number,
                _ => before.reference.is_some() && before.reference == registration.reference,
            };
            let gone = matches!(known.status, Status::Cancelled | Status::Aborted);
            if same && !gone && before.filer == registration.filer && before.holder == registration.holder {
                return Ok(Some(case));
            }
        }
        Ok(None)
    }

    /// Whether something about a trader has changed since an entry of the journal.
    pub fn changed_since(&self, holder: &str, seq: i64) -> bool {
        self.holders.contains(holder) || self.changed.get(holder).is_some_and(|changed| *changed > seq)
    }

    /// A declaration that is in hand.
    pub(super) fn declaration_in_hand(&self, case: CaseId) -> Option<&Declaration> {
        self.declarations.get(&case).map(|in_hand| &in_hand.state)
    }

    /// A dossier that is in hand.
    pub(super) fn in_hand(&self, case: CaseId) -> Option<&Dossier> {
        self.dossiers.get(&case).map(|in_hand| &in_hand.state)
    }

    /// A declaration was decided with everything that has happened until now.
    pub(super) fn looked_at(&mut self, case: CaseId) {
        if let Some(in_hand) = self.declarations.get_mut(&case) {
            in_hand.looked_at = self.noticed.len();
        }
    }

    /// Has a declaration decided without these accounts in this transaction; says whether there is
    /// one among them that it was decided with.
    pub(super) fn withhold(&mut self, case: CaseId, accounts: BTreeSet<AccountId>) -> bool {
        let withheld = self.withheld.entry(case).or_default();
        let before = withheld.len();
        withheld.extend(accounts);
        withheld.len() > before
    }

    /// What is in hand of the dossiers that handle a declaration's tasks or are its trader's, and of
    /// the accounts that it may draw on.
    pub(super) fn beside(&self, declaration: &Declaration) -> Beside {
        let holder = declaration.registration.holder.as_ref();
        let concerned = |dossier: &&Dossier| {
            let about = dossier.link.as_ref().is_some_and(|(linked, ..)| *linked == declaration.id);
            about || (holder.is_some() && dossier.holder.as_ref() == holder)
        };
        let all = self.dossiers.values().map(|in_hand| &in_hand.state);
        let mut dossiers: Vec<Dossier> = all.filter(concerned).cloned().collect();
        dossiers.sort_by_key(|dossier| dossier.id);
        Beside {
            ids: self.dossiers.keys().copied().collect(),
            dossiers,
            rooms: self.accounts.rooms(declaration.id),
            withheld: self.withheld.get(&declaration.id).cloned().unwrap_or_default(),
        }
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

    /// The messages that this transaction keeps.
    pub(super) fn kept(&self) -> &[Message] {
        &self.messages
    }

    /// A kept message is answered so.
    pub(super) fn answered(&mut self, id: &str, answer: Answer) {
        if let Some(kept) = self.messages.iter_mut().find(|kept| kept.id == id) {
            kept.answer = answer;
        }
    }

    /// Puts a kept message in the place of the one with its id.
    pub(super) fn replace_kept(&mut self, message: Message) {
        match self.messages.iter_mut().find(|kept| kept.id == message.id) {
            Some(kept) => *kept = message,
            None => self.messages.push(message),
        }
    }

    /// Does not keep the message with an id after all.
    pub(super) fn do_not_keep(&mut self, id: &str) {
        self.messages.retain(|kept| kept.id != id);
    }

    /// Puts a message into the outbox.
    pub fn send(&mut self, message: Outgoing) {
        self.outbox.push(message);
    }

    /// Has whoever delivers look at the outbox when this transaction is durable.
    pub fn wake_outbox(&mut self) {
        self.wakes_outbox = true;
    }

    /// The declarations that changed, each with what was known of it before, in the order of their
    /// ids.
    pub(super) fn changed_declarations(&self) -> Vec<(Option<&Told>, &Declaration)> {
        let changed = self.declarations.values().filter(|in_hand| in_hand.dirty);
        let mut changed: Vec<_> = changed.map(|in_hand| (in_hand.told.as_ref(), &in_hand.state)).collect();
        changed.sort_by_key(|(_, case)| case.id);
        changed
    }

    /// Everything that this transaction has caused so far.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.noticed
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
        messages::content(&mut self.through.link(), id).await
    }

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
            let text = self.prepared.text(entry).unwrap_or_else(|| entry.to_json());
            let head = match &entry.event {
                Event::Declaration(_) => self.declarations.get_mut(&entry.case).map(|in_hand| &mut in_hand.head),
                Event::Dossier(_) => self.dossiers.get_mut(&entry.case).map(|in_hand| &mut in_hand.head),
                Event::Permit(_) => self.accounts.head(entry.case),
                Event::Window(_) => None,
            };
            if let Some(head) = head {
                self.appending.push_written(head, entry, text)?;
            } else {
                let mut head = match heads.get(&entry.case) {
                    Some(head) => *head,
                    None => journal::head(&mut self.through.link(), entry.case).await?,
                };
                self.appending.push_written(&mut head, entry, text)?;
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
        messages::keep(link, std::mem::take(&mut self.messages)).await?;
        let wakes_outbox = self.wakes_outbox || !self.outbox.is_empty();
        outbox::put(link, std::mem::take(&mut self.outbox), self.now).await?;
        self.write_rows().await?;
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
            None => self.accounts.concerns(case).unwrap_or_default(),
        }
    }

    /// Whose records an entry of this transaction changes.
    fn holder_of(&self, entry: &Entry) -> Option<String> {
        match &entry.event {
            Event::Dossier(_) => self.dossiers.get(&entry.case).and_then(|in_hand| in_hand.state.holder.clone()),
            Event::Permit(_) => self.accounts.holder(entry.case).cloned(),
            Event::Declaration(_) | Event::Window(_) => None,
        }
    }

    /// Notes declarations to be looked at again that were not decided since something happened.
    async fn review_since(&mut self, at: usize, mut cases: Vec<CaseId>) -> Result<(), StoreError> {
        cases.retain(|case| self.declarations.get(case).is_none_or(|in_hand| in_hand.looked_at <= at));
        waiting::review(&mut self.through.link(), &cases, "evidence", self.now).await
    }

    /// What the tasks of a declaration in hand say of their dossiers.
    async fn briefs(&mut self, case: CaseId) -> Result<BTreeMap<CaseId, DossierBrief>, StoreError> {
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
        project::write(&mut self.through.link(), rows).await
    }
}
