//! What a dossier's events come to.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::super::{Author, CaseId, Entry, Event, MessageRef};
use super::event::{DossierEvent, Goods, Paper};
use crate::approval::dossier::{ClockStatus, DossierState};
use crate::law::EvidenceKind;
use crate::law::life_cycle::{Act, LifeCycle, Sender};
use crate::records::{EvidenceEntry, HistoryEntry};

/// A clock of a dossier: how it stands, and since when it stood before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clock {
    /// How it stands.
    pub status: ClockStatus,
    /// When it first ran.
    pub started: Option<Timestamp>,
    /// When it stood: from, to; an open last one still stands.
    pub pauses: Vec<(Timestamp, Option<Timestamp>)>,
}

impl Clock {
    fn become_status(&mut self, status: ClockStatus, at: Timestamp) {
        let stood = self.status == ClockStatus::Paused;
        match status {
            ClockStatus::Running => {
                self.started.get_or_insert(at);
            }
            ClockStatus::Paused if !stood => self.pauses.push((at, None)),
            _ => {}
        }
        if stood
            && status != ClockStatus::Paused
            && let Some((_, to)) = self.pauses.last_mut()
        {
            *to = Some(at);
        }
        self.status = status;
    }
}

/// Something that a dossier gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// What it says.
    pub evidence: EvidenceEntry,
    /// When it was given.
    pub at: Timestamp,
    /// By whom.
    pub by: Author,
    /// Why it counts no more.
    pub revoked: Option<String>,
}

/// The outcome of goods that did not pass, as records write it.
const FAIL: &str = "fail";

/// Something that was done on paper or elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entered {
    /// What.
    pub act: Act,
    /// When it was done.
    pub done: Timestamp,
    /// On which paper, and when it was entered.
    pub paper: Paper,
}

/// A dossier as its events have left it.
#[derive(Debug, Clone, PartialEq)]
pub struct Dossier {
    /// Its id.
    pub id: CaseId,
    /// The number of its last event.
    pub head: u64,
    /// When it was opened.
    pub opened: Timestamp,
    /// When it changed last.
    pub changed: Timestamp,
    /// Its procedure.
    pub procedure: Option<String>,
    /// The agency that handles it.
    pub agency: Option<String>,
    /// The trader.
    pub holder: Option<String>,
    /// The organisation that filed it.
    pub filer: String,
    /// The sender's reference.
    pub reference: Option<String>,
    /// The profiles that the trader sent, the last one counts.
    pub profiles: Vec<MessageRef>,
    /// The goods.
    pub goods: Vec<Goods>,
    /// When it was filed; before, it is a draft.
    pub filed: Option<Timestamp>,
    /// The state of each track; empty: as its life cycle begins.
    pub states: BTreeMap<String, String>,
    /// Its clocks.
    pub clocks: BTreeMap<String, Clock>,
    /// What was heard last.
    pub last_act: Option<Act>,
    /// When that was done.
    pub last_done: Option<Timestamp>,
    /// What its last message said.
    pub note: String,
    /// What was done on paper or elsewhere.
    pub papers: Vec<Entered>,
    /// By what it ended: it was refused, withdrawn or what it gave was taken back, and nobody has gone
    /// on since.
    pub ended: Option<Act>,
    /// Who works on it.
    pub claimed_by: Option<Author>,
    /// Why its agency could not be told of it, until it acts or is told after all.
    pub undelivered: Option<String>,
    /// The declaration and the task that it handles, with the lines.
    pub link: Option<(CaseId, String, Vec<u32>)>,
    /// What it gave.
    pub issued: Vec<Issued>,
    /// What it added to the importer's record.
    pub recorded: Vec<HistoryEntry>,
}

impl Dossier {
    /// The dossier that its first event makes.
    pub fn begin(entry: &Entry) -> Option<Self> {
        let Event::Dossier(DossierEvent::Opened { procedure, agency, holder, filer, reference, message, goods }) =
            &entry.event
        else {
            return None;
        };
        Some(Self {
            id: entry.case,
            head: entry.number,
            opened: entry.at,
            changed: entry.at,
            procedure: procedure.clone(),
            agency: agency.clone(),
            holder: holder.clone(),
            filer: filer.clone(),
            reference: reference.clone(),
            profiles: message.iter().cloned().collect(),
            goods: goods.clone(),
            filed: None,
            states: BTreeMap::new(),
            clocks: BTreeMap::new(),
            last_act: None,
            last_done: None,
            note: String::new(),
            papers: Vec::new(),
            ended: None,
            claimed_by: None,
            undelivered: None,
            link: None,
            issued: Vec::new(),
            recorded: Vec::new(),
        })
    }

    /// Takes a further entry in.
    pub fn apply(&mut self, entry: &Entry) {
        self.head = entry.number;
        self.changed = entry.at;
        if let Event::Dossier(event) = &entry.event {
            self.take(event, &entry.by, entry.at);
        }
    }

    pub(super) fn take(&mut self, event: &DossierEvent, by: &Author, at: Timestamp) {
        self.become_after(event, by, at);
        // Nobody works on what has just ended without a result that counts.
        if !matches!(event, DossierEvent::Claimed) && self.is_spent() {
            self.claimed_by = None;
        }
    }

    fn become_after(&mut self, event: &DossierEvent, by: &Author, at: Timestamp) {
        match event {
            DossierEvent::Opened { .. } | DossierEvent::Attached { .. } => {}
            DossierEvent::Heard { act, states, clocks, done, paper, message, rolls_back, note, .. } => {
                let done = done.unwrap_or(at);
                if *act == Act::Apply {
                    self.filed.get_or_insert(done);
                }
                self.states.extend(states.iter().map(|(track, state)| (track.clone(), state.clone())));
                for (clock, status) in clocks {
                    self.clocks.entry(clock.clone()).or_default().become_status(*status, done);
                }
                if act.sender() == Sender::Agency {
                    self.undelivered = None;
                }
                self.papers.extend(paper.clone().map(|paper| Entered { act: *act, done, paper }));
                if *rolls_back && self.profiles.len() > 1 {
                    self.profiles.pop();
                }
                if carries_profile(*act)
                    && let Some(message) = message
                    && self.profiles.last() != Some(message)
                {
                    self.profiles.push(message.clone());
                }
                self.ended = ended(self.ended, *act);
                self.last_act = Some(*act);
                self.last_done = Some(done);
                self.note.clone_from(note);
            }
            DossierEvent::Rectified { act, done, paper, note } => {
                self.papers.push(Entered { act: *act, done: *done, paper: paper.clone() });
                self.ended = ended(self.ended, *act);
                self.last_act = Some(*act);
                self.last_done = Some(*done);
                self.note.clone_from(note);
            }
            DossierEvent::Undelivered { reason } => self.undelivered = Some(reason.clone()),
            DossierEvent::Delivered => self.undelivered = None,
            DossierEvent::Claimed => {
                self.claimed_by = Some(by.clone());
                self.undelivered = None;
            }
            DossierEvent::Released => self.claimed_by = None,
            DossierEvent::Linked { declaration, task, lines } => {
                self.link = Some((*declaration, task.clone(), lines.clone()));
            }
            DossierEvent::Issued { evidence } => {
                let evidence = EvidenceEntry::clone(evidence);
                if let Some(replaced) = &evidence.replaces {
                    // A paper given anew under its number is as many records as it speaks of rules:
                    // they came together, and none takes the place of another.
                    let with_it = |issued: &Issued| {
                        issued.at == at
                            && issued.evidence.id == evidence.id
                            && issued.evidence.replaces == evidence.replaces
                    };
                    let of_number = |issued: &&mut Issued| issued.evidence.id.as_ref() == Some(replaced);
                    for issued in self.issued.iter_mut().filter(of_number).filter(|issued| !with_it(issued)) {
                        issued.revoked.get_or_insert_with(|| "replaced".to_owned());
                    }
                    self.forget_record();
                }
                self.fail_earlier(&evidence, at);
                self.issued.push(Issued { evidence, at, by: by.clone(), revoked: None });
            }
            DossierEvent::Revoked { number, reason } => {
                for issued in self.issued.iter_mut().filter(|issued| issued.evidence.id.as_ref() == Some(number)) {
                    issued.revoked = Some(reason.clone());
                }
                self.forget_record();
            }
            DossierEvent::Recorded { history } => self.recorded.push(HistoryEntry::clone(history)),
        }
    }

    /// Of what fails, nothing counts that was given for it before.
    fn fail_earlier(&mut self, evidence: &EvidenceEntry, at: Timestamp) {
        if evidence.outcome.as_deref() != Some(FAIL) {
            return;
        }
        let registration = EvidenceKind::Registration.as_str();
        let shares_a_line = |earlier: &EvidenceEntry| {
            earlier.lines.is_empty()
                || evidence.lines.is_empty()
                || earlier.lines.iter().any(|line| evidence.lines.contains(line))
        };
        for issued in self.issued.iter_mut().filter(|issued| issued.revoked.is_none()) {
            let earlier = &issued.evidence;
            // Under one number and at once comes what one paper says of several lines.
            if earlier.id == evidence.id && issued.at == at {
                continue;
            }
            let passed = earlier.outcome.as_deref() != Some(FAIL) && earlier.kind.as_deref() != Some(registration);
            if passed && earlier.rule == evidence.rule && shares_a_line(earlier) {
                issued.revoked = Some("failed afterwards".to_owned());
            }
        }
    }

    /// What no paper speaks for any more is no part of the importer's record.
    fn forget_record(&mut self) {
        if self.live().next().is_none() {
            self.recorded.clear();
        }
    }

    /// Whether the trader has to answer: he was asked for more, or the agency's time stands still.
    pub fn waits_for_trader(&self) -> bool {
        self.last_act == Some(Act::Ask) || self.clocks.values().any(|clock| clock.status == ClockStatus::Paused)
    }

    /// Whose turn it is; nobody's where it has what was applied for, has ended for good, or was never
    /// filed.
    pub fn turn(&self, is_open: bool) -> Option<Sender> {
        let serves = self.link.is_some();
        if self.is_spent() {
            return match self.ended {
                Some(Act::Reject) => Some(Sender::Trader),
                Some(_) if self.was_taken_back() => serves.then_some(Sender::Trader),
                _ => serves.then_some(Sender::Agency),
            };
        }
        // A task's dossier needs no filing: its declaration is the application.
        let Some(act) = self.last_act else { return serves.then_some(Sender::Agency) };
        if !is_open {
            return None;
        }
        if self.waits_for_trader() {
            return Some(Sender::Trader);
        }
        let pending = self.issued.is_empty() && !matches!(act, Act::Withdraw | Act::Reject | Act::Fail);
        (self.asks_agency() || pending).then_some(Sender::Agency)
    }

    /// Whether the trader has asked the agency for something last: it has to answer, whatever has become
    /// of the declaration.
    pub fn asks_agency(&self) -> bool {
        let asks = |act: Act| act.sender() == Sender::Trader && !matches!(act, Act::Withdraw | Act::Report);
        !self.is_spent() && self.last_act.is_some_and(asks)
    }

    /// Whether anything leads on: its file is in no terminal state.
    pub fn is_open(&self, cycle: &LifeCycle) -> bool {
        let keys = self.states.iter().map(|(track, state)| (track.as_str(), state.as_str()));
        DossierState::from_keys(cycle, keys).is_ok_and(|state| !state.is_closed(cycle))
    }

    /// Whether it has ended and left nothing that counts: another may take its place. A confirmed
    /// registration of a file that was refused afterwards is no result.
    pub fn is_spent(&self) -> bool {
        let registration = EvidenceKind::Registration.as_str();
        self.ended.is_some() && self.live().all(|issued| issued.evidence.kind.as_deref() == Some(registration))
    }

    /// Whether the trader has taken it back, or had it taken back: only he begins anew.
    pub fn was_taken_back(&self) -> bool {
        self.ended.is_some_and(is_taken_back)
    }

    /// Why something that it gave was revoked; none: it counts still, or another has taken its place.
    pub fn why_revoked(&self, number: &str) -> Option<&str> {
        let is_replaced = self.issued.iter().any(|issued| issued.evidence.replaces.as_deref() == Some(number));
        let of_number = self.issued.iter().filter(|issued| issued.evidence.id.as_deref() == Some(number));
        of_number.filter(|_| !is_replaced).find_map(|issued| issued.revoked.as_deref())
    }

    /// What it gave that still counts.
    pub fn live(&self) -> impl Iterator<Item = &Issued> {
        self.issued.iter().filter(|issued| issued.revoked.is_none())
    }
}

/// Whether by this act the trader takes a dossier back, or has it taken back.
pub(super) fn is_taken_back(act: Act) -> bool {
    matches!(act, Act::Withdraw | Act::AgreeWithdrawal | Act::AgreeCertificateCancellation)
}

/// Whether a message carries the application anew.
fn carries_profile(act: Act) -> bool {
    matches!(act, Act::Apply | Act::Replace | Act::Supplement | Act::AskEdit)
}

/// By what a dossier has ended after an act.
fn ended(before: Option<Act>, act: Act) -> Option<Act> {
    match act {
        Act::Reject | Act::Withdraw | Act::AgreeWithdrawal | Act::Revoke | Act::AgreeCertificateCancellation => {
            Some(act)
        }
        Act::Apply | Act::Accept | Act::Confirm | Act::Issue | Act::Fail | Act::Edit => None,
        _ => before,
    }
}
