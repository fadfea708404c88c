//! Many declarations at once: the same answers in the same order, whatever the parallelism.

use rayon::prelude::*;

use super::examine::{Examination, Examiner, Room};
use crate::approval::{Weight, weight};
use crate::law::Day;
use crate::message::{ReadOptions, Rejection, read};
use crate::screening::{NoTrace, TraceEntry};
use crate::trade::{Decision, Finding, Status};

/// Puts an answer into words.
pub trait Render: Sync {
    /// Whether the steps are wanted.
    fn wants_trace(&self) -> bool;

    /// Appends the answer to one declaration.
    fn decided(
        &self,
        out: &mut Vec<u8>,
        source: &str,
        bytes: &[u8],
        examination: &Examination<'_, '_>,
        trace: Option<&[TraceEntry]>,
    );

    /// Appends the answer to a message that could not be read.
    fn rejected(&self, out: &mut Vec<u8>, source: &str, bytes: &[u8], rejection: &Rejection);
}

/// What a run came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Declarations by decision, in the order of [`Decision::ALL`].
    pub decisions: [u64; 5],
    /// Messages that could not be read.
    pub rejected: u64,
    /// Lines of decided declarations.
    pub lines: u64,
    /// Bytes of all messages.
    pub bytes: u64,
    /// For each measure of the pack, the lines that it holds or refuses.
    pub measures: Vec<u64>,
    /// For each agency of the pack, the lines that it holds or refuses.
    pub agencies: Vec<u64>,
    seen: Vec<u32>,
}

impl Tally {
    /// Declarations that were decided.
    pub fn decided(&self) -> u64 {
        self.decisions.iter().sum()
    }

    /// Adds another tally.
    pub fn add(&mut self, other: &Self) {
        fn sum(into: &mut Vec<u64>, from: &[u64]) {
            if into.len() < from.len() {
                into.resize(from.len(), 0);
            }
            for (a, b) in into.iter_mut().zip(from) {
                *a += b;
            }
        }
        for (a, b) in self.decisions.iter_mut().zip(&other.decisions) {
            *a += b;
        }
        self.rejected += other.rejected;
        self.lines += other.lines;
        self.bytes += other.bytes;
        sum(&mut self.measures, &other.measures);
        sum(&mut self.agencies, &other.agencies);
    }

    fn count(&mut self, examiner: &Examiner<'_>, examination: &Examination<'_, '_>) {
        let pack = examiner.screener().pack();
        self.measures.resize(pack.measures.len(), 0);
        self.agencies.resize(pack.agencies.len(), 0);
        self.decisions[examination.decision as usize] += 1;
        for (line, decision) in examination.screening.lines.iter().zip(examination.lines) {
            self.lines += 1;
            if decision.decision < Decision::Hold {
                continue;
            }
            // A measure or agency with two rules on the line holds it once.
            self.seen.clear();
            for requirement in examination.screening.requirements_of(line) {
                let rule = pack.rule(requirement.rule);
                let open = matches!(requirement.status, Status::Required | Status::Pending | Status::Failed);
                let held = super::decide_requirement(
                    rule.stage,
                    requirement.status,
                    weight(requirement, rule.stage),
                    rule.storage_on(Day::of(examination.day)).is_some(),
                );
                if !open || weight(requirement, rule.stage) == Weight::Listed || held < Decision::Hold {
                    continue;
                }
                let measure = u32::from(rule.measure.0);
                let agency = u32::from(rule.agency.0) | 1 << 31;
                if !self.seen.contains(&measure) {
                    self.seen.push(measure);
                    self.measures[rule.measure.index()] += 1;
                }
                if !self.seen.contains(&agency) {
                    self.seen.push(agency);
                    self.agencies[rule.agency.index()] += 1;
                }
            }
        }
    }
}

/// A message to decide: its bytes, or why they could not be had.
#[derive(Debug)]
pub struct Message<'m> {
    /// What the answer names as its source.
    pub source: &'m str,
    /// Its bytes.
    pub content: Result<&'m [u8], &'m Finding>,
}

/// The answers to a run of messages, one after the other.
#[derive(Debug, Default)]
pub struct Answers {
    /// All answers.
    pub bytes: Vec<u8>,
    /// Where each ends in `bytes`.
    pub ends: Vec<usize>,
    /// What they come to.
    pub tally: Tally,
}

/// Decides one message after the other in a room of its own.
pub fn decide_run<'m>(
    examiner: &Examiner<'_>,
    render: &dyn Render,
    options: &ReadOptions,
    room: &mut Room,
    messages: impl Iterator<Item = Message<'m>>,
) -> Answers {
    // Room for about as much as the run before: a buffer that grows is copied.
    let mut answers = Answers { bytes: Vec::with_capacity(room.answer_bytes()), ..Answers::default() };
    for message in messages {
        decide(examiner, render, options, room, &message, &mut answers);
        answers.ends.push(answers.bytes.len());
    }
    room.note_answer_bytes(answers.bytes.len());
    answers
}

/// Decides messages in parallel, on the pool of the caller; the answers keep the order.
pub fn decide_parallel(
    examiner: &Examiner<'_>,
    render: &dyn Render,
    options: &ReadOptions,
    messages: &[Message<'_>],
    per_task: usize,
) -> Vec<Answers> {
    messages
        .par_chunks(per_task.max(1))
        .map_init(Room::default, |room, run| {
            let run = run.iter().map(|m| Message { source: m.source, content: m.content });
            decide_run(examiner, render, options, room, run)
        })
        .collect()
}

fn decide(
    examiner: &Examiner<'_>,
    render: &dyn Render,
    options: &ReadOptions,
    room: &mut Room,
    message: &Message<'_>,
    answers: &mut Answers,
) {
    let out = &mut answers.bytes;
    let bytes = match message.content {
        Ok(bytes) => bytes,
        Err(finding) => {
            answers.tally.rejected += 1;
            let rejection = Rejection { format: None, findings: vec![finding.clone()] };
            return render.rejected(out, message.source, &[], &rejection);
        }
    };
    answers.tally.bytes += bytes.len() as u64;
    let reading = match read(bytes, options) {
        Ok(reading) => reading,
        Err(rejection) => {
            answers.tally.rejected += 1;
            return render.rejected(out, message.source, bytes, &rejection);
        }
    };
    if render.wants_trace() {
        let mut trace: Vec<TraceEntry> = Vec::new();
        let examination = examiner.examine(&reading, room, &mut trace);
        answers.tally.count(examiner, &examination);
        render.decided(out, message.source, bytes, &examination, Some(&trace));
    } else {
        let examination = examiner.examine(&reading, room, &mut NoTrace);
        answers.tally.count(examiner, &examination);
        render.decided(out, message.source, bytes, &examination, None);
    }
}
