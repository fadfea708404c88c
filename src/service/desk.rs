//! The desk: one transaction in which commands are decided, each against what those before it
//! have left.
//!
//! Events go to the journal, the cases' rows follow them, notices go to the outbox: all of it or
//! nothing. An act that is refused half-way leaves nothing of itself ([`Desk::begin`],
//! [`Desk::undo`]), while the others of the same transaction stand.

mod accounts;
mod beforehand;
mod certificates;
mod commit;
mod messages;
mod names;
mod undo;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use self::accounts::Accounts;
pub use self::beforehand::Beforehand;
use self::beforehand::Prepared;
pub(super) use self::names::{Namesake, names_of, number_taken};
use self::undo::Undo;
use super::known::Beside;
use super::law_book::Edition;
use super::notices::Told;
use super::shared::Shared;
use crate::clearance::case::certificate::Certificate;
use crate::clearance::case::declaration::{self, Declaration};
use crate::clearance::case::dossier::{self, Dossier};
use crate::clearance::case::window::{WINDOW, WindowEvent};
use crate::clearance::case::{Author, CaseId, Entry, Event, Refused, RefusedReason};
use crate::ledger::AccountId;
use crate::store::journal::{self, Appending, Head};
use crate::store::messages::Message;
use crate::store::outbox::Outgoing;
use crate::store::partners::{Heard, Refusal};
use crate::store::project::{self, Novelty};
use crate::store::{Link, Reader, StoreError, Writer, cases};

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
    certificates: HashMap<CaseId, InHand<Certificate>>,
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
    /// What was heard of partners.
    pub(super) heard: BTreeMap<String, Heard>,
    /// Messages of partners that were not taken.
    pub(super) refusals: Vec<Refusal>,
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
            certificates: HashMap::new(),
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
            heard: BTreeMap::new(),
            refusals: Vec::new(),
            work: 0,
        }
    }

    /// The link to the database.
    pub fn link(&mut self) -> Link<'_> {
        self.through.link()
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
            let by = declaration::caused(command, &event, by);
            self.take_declaration(case, event, &by);
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
                let version = in_hand.state.version;
                in_hand.state.apply(&entry);
                in_hand.dirty = true;
                if in_hand.state.version != version {
                    let names = names_of(&in_hand.state.registration).map(|name| (name.to_owned(), case)).collect();
                    self.know_names(names);
                }
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
    pub fn entries(&self) -> &[Entry] {
        &self.noticed
    }

    /// What this act has caused so far.
    pub fn events(&self) -> &[Entry] {
        let from = self.undo.as_ref().map_or(0, |undo| undo.noticed);
        self.noticed.get(from..).unwrap_or_default()
    }
}
