//! From a read message to a decided declaration.

use std::borrow::Cow;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::channel::{ChannelChoice, by_decision};
use super::decision::decide_requirement;
use crate::approval::{Calendar, Filing, Moment, Outlook, Outset, Schedule, Tasks, weight};
use crate::law::{Day, EvidenceKind};
use crate::message::{Reading, paths_at};
use crate::screening::{
    Draw, EvidenceFinding, Holder, Match, Question, Records, Screener, Screening, Trace, check_facts,
};
use crate::trade::{Decision, Declaration, Direction, Finding, FindingCode, Format, Severity, Status};

/// Where the day of the law comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateSource {
    /// The declaration's own acceptance or registration.
    Document,
    /// The day given for declarations without one.
    AsOf,
    /// The day of receipt.
    Received,
    /// The day asked about, whatever the document says.
    LawDate,
}

impl DateSource {
    /// The word that answers write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::AsOf => "as_of",
            Self::Received => "received",
            Self::LawDate => "law_date",
        }
    }
}

/// Which day's law decides.
#[derive(Debug, Clone, Copy)]
pub struct LawDay {
    /// The day of receipt.
    pub received: Date,
    /// The day for declarations without one.
    pub as_of: Option<Date>,
    /// The day asked about, whatever the document says.
    pub law_date: Option<Date>,
}

impl LawDay {
    /// The day for a declaration with its own day `document`.
    pub fn of(&self, document: Option<Date>) -> (Date, DateSource) {
        match (self.law_date, document, self.as_of) {
            (Some(day), _, _) => (day, DateSource::LawDate),
            (None, Some(day), _) => (day, DateSource::Document),
            (None, None, Some(day)) => (day, DateSource::AsOf),
            (None, None, None) => (self.received, DateSource::Received),
        }
    }
}

/// Why a line is held beside its requirements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// An entry of the declaration's `errors`, by its position.
    Finding(u32),
    /// The pack does not cover a measure on this day: the position of its coverage entry.
    Uncovered(u16),
    /// Nothing in the tariff answers to the line's code.
    Unmatched,
    /// Duty or value is still open.
    ReleaseAsked,
}

/// The decision on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineDecision {
    /// What may be done with it.
    pub decision: Decision,
    /// What decides beside its requirements.
    pub reason: Option<Reason>,
}

/// Findings of one declaration that an answer tells; it then says how many more there are.
pub(super) const FINDINGS_TOLD: usize = 200;

/// The room that one declaration after the other is examined in.
#[derive(Debug, Default)]
pub struct Room {
    screening: Screening,
    tasks: Tasks,
    schedule: Schedule,
    /// What is known of the tasks' dossiers; empty: nothing.
    filings: Vec<Filing>,
    lines: Vec<LineDecision>,
    findings: Vec<Finding>,
    /// The findings that hold a line: the line's number and the finding, sorted.
    holding: Vec<(Option<u32>, u32)>,
    /// Bytes of the answers of a run, of late.
    answer_bytes: usize,
}

impl Room {
    /// Bytes that the answers of a run may take, by those before.
    pub(super) fn answer_bytes(&self) -> usize {
        self.answer_bytes.min(1 << 20)
    }

    /// Takes note of the bytes that the answers of a run took.
    pub(super) fn note_answer_bytes(&mut self, bytes: usize) {
        self.answer_bytes = bytes + bytes / 8;
    }
}

/// A decided declaration.
#[derive(Debug)]
pub struct Examination<'e, 'a> {
    /// The declaration.
    pub declaration: &'e Declaration<'a>,
    /// The day whose law decided, and where it comes from.
    pub day: Date,
    /// See `day`.
    pub date_source: DateSource,
    /// Which way the goods go; `None` where that cannot be told.
    pub direction: Option<Direction>,
    /// Not the pack's country's own message: advance information, clears nothing.
    pub advisory: bool,
    /// The most severe decision of its lines.
    pub decision: Decision,
    /// How closely customs looks; `None`: the message clears nothing, or is no declaration.
    pub channel: Option<ChannelChoice>,
    /// The decision on each line.
    pub lines: &'e [LineDecision],
    /// What the law puts on the lines.
    pub screening: &'e Screening,
    /// What has to be done.
    pub tasks: &'e Tasks,
    /// Until when, and what clearance waits for.
    pub schedule: &'e Schedule,
    /// The calendar that the times are counted on.
    pub calendar: &'e Calendar,
    /// What is wrong in the message.
    pub findings: &'e [Finding],
    /// What is known beside it.
    pub records: &'e Records,
}

/// Decides declarations under a pack.
#[derive(Debug)]
pub struct Examiner<'p> {
    screener: &'p Screener<'p>,
    calendar: Cow<'p, Calendar>,
    law_day: LawDay,
    records: &'p Records,
}

impl<'p> Examiner<'p> {
    /// Decides under the screener's pack.
    pub fn new(screener: &'p Screener<'p>, law_day: LawDay) -> Self {
        let calendar = Cow::Owned(Calendar::new(screener.pack()));
        Self { screener, calendar, law_day, records: Records::none() }
    }

    /// The same on the calendar of the same pack, made before.
    pub fn on(screener: &'p Screener<'p>, calendar: &'p Calendar, law_day: LawDay) -> Self {
        Self { screener, calendar: Cow::Borrowed(calendar), law_day, records: Records::none() }
    }

    /// The same, knowing what went before: past results, permits and results that were given.
    #[must_use]
    pub fn knowing(mut self, records: &'p Records) -> Self {
        self.records = records;
        self
    }

    /// What it knows beside the declarations.
    pub fn records(&self) -> &'p Records {
        self.records
    }

    /// The screener.
    pub fn screener(&self) -> &'p Screener<'p> {
        self.screener
    }

    /// Decides a declaration. `trace` hears the steps of the screening.
    pub fn examine<'e, 'a, T: Trace>(
        &'e self,
        reading: &'e Reading<'a>,
        room: &'e mut Room,
        trace: &mut T,
    ) -> Examination<'e, 'a>
    where
        'p: 'e,
    {
        let declaration = &reading.declaration;
        let pack = self.screener.pack();
        let (date, date_source) = self.law_day.of(declaration.date);
        let day = Day::of(date);
        let national = self.screener.is_national(declaration);
        let direction = self.screener.direction(declaration);
        room.findings.clear();
        room.findings.extend(reading.findings.iter().cloned());
        if national {
            self.screener.check_lists(declaration, direction, &mut room.findings);
        }
        check_facts(pack, declaration, &mut room.findings);
        match direction {
            Some(direction) => {
                self.screener.screen(
                    &Question { declaration, day, direction, records: self.records },
                    &mut room.screening,
                    trace,
                );
            }
            None => self.screener.classify_only(declaration, day, &mut room.screening),
        }
        self.code_findings(declaration, day, direction, national, &room.screening, &mut room.findings);
        self.record_findings(declaration, &room.screening, &mut room.findings);
        name_fields(reading.bytes, &mut room.findings);
        room.tasks.plan(pack, &room.screening, day);
        // Without its regime nobody can tell what a declaration to the country itself is exempt from.
        let no_regime = declaration.format == Format::VnDeclaration && declaration.procedure.is_none();
        let counts = |finding: &Finding| holds(finding) || no_regime && finding.code == FindingCode::Missing;
        let findings = room.findings.iter().zip(0u32..).filter(|(finding, _)| counts(finding));
        room.holding.clear();
        room.holding.extend(findings.map(|(finding, at)| (finding.goods_line, at)));
        room.holding.sort_unstable();
        self.decide((declaration, day), direction, &room.screening, &room.holding, &mut room.lines);
        let decision = room.lines.iter().map(|line| line.decision).max().unwrap_or(Decision::Hold);
        let advisory = !national
            || declaration.format == Format::Query
                && room.screening.lines.iter().any(|line| line.matched == Match::Heading);
        let channel = self.channel((declaration, day), (direction, advisory), decision, room);
        // Tasks lead to clearance unless something else holds the goods, or nothing frees them.
        let clears = !advisory
            && direction.is_some()
            && !room.lines.is_empty()
            && room.holding.is_empty()
            && room.screening.lines.iter().all(|line| line.uncovered.is_none() && line.matched != Match::Unknown);
        let outlook = match decision {
            Decision::Refuse => Outlook::Refused,
            _ if clears => Outlook::Clearance,
            _ => Outlook::Held,
        };
        // The time belongs to the declaration's own day.
        let start = match declaration.time.filter(|_| date_source == DateSource::Document) {
            Some(time) => Moment::of(date.to_datetime(time)),
            None => self.calendar.opening(date),
        };
        self.filings(&room.screening, &room.tasks, &mut room.filings);
        room.schedule.compute(pack, &self.calendar, &room.tasks, Outset { start, outlook, filings: &room.filings });
        Examination {
            declaration,
            day: date,
            date_source,
            direction,
            advisory,
            decision,
            channel,
            lines: &room.lines,
            screening: &room.screening,
            tasks: &room.tasks,
            schedule: &room.schedule,
            calendar: self.calendar.as_ref(),
            findings: &room.findings,
            records: self.records,
        }
    }

    /// The channel of a declaration; a profile that could not be drawn for is told.
    fn channel(
        &self,
        (declaration, day): (&Declaration<'_>, Day),
        (direction, advisory): (Option<Direction>, bool),
        decision: Decision,
        room: &mut Room,
    ) -> Option<ChannelChoice> {
        if advisory || matches!(declaration.format, Format::VnswApplication | Format::Query) {
            return None;
        }
        let pack = self.screener.pack();
        let choice = by_decision(pack, decision, &room.screening, &room.tasks);
        let Some(direction) = direction else { return Some(choice) };
        let question = Question { declaration, day, direction, records: self.records };
        let fit = self.screener.risk(&question, choice.channel);
        if let Some(profile) = fit.undrawn.and_then(|at| pack.risk.get(usize::from(at))) {
            room.findings.push(Finding::warning(
                FindingCode::SampleKey,
                format!(
                    "risk profile `{}` draws a share, and no key of the draw is configured: it is not applied",
                    profile.key
                ),
            ));
        }
        Some(choice.with(pack, fit))
    }

    /// What records state of the dossiers behind the tasks: when they were filed, and when the
    /// agency's clock stood.
    fn filings(&self, screening: &Screening, tasks: &Tasks, filings: &mut Vec<Filing>) {
        filings.clear();
        let pending = screening.requirements.iter().enumerate().filter(|(_, r)| r.status == Status::Pending);
        for (at, requirement) in pending {
            let Some(last) = tasks.of_requirement(at) else { continue };
            for evidence in screening.evidence_of(requirement) {
                // A registration that is not answered is a task of its own, with its own clock.
                let unanswered = evidence.finding == EvidenceFinding::Pending;
                let registration = (evidence.kind == EvidenceKind::Registration && unanswered)
                    .then(|| tasks.registration_of(requirement.rule));
                let task = registration.flatten().unwrap_or(last);
                let runs = evidence.finding == EvidenceFinding::Pending || evidence.kind == EvidenceKind::Registration;
                let record = self.records.record(evidence.index).filter(|_| runs && evidence.holder == Holder::Record);
                if let Some(record) = record.filter(|record| record.filed.is_some() || !record.paused.is_empty()) {
                    if filings.is_empty() {
                        filings.resize(tasks.tasks.len(), Filing::default());
                    }
                    filings[usize::from(task)].add(&self.calendar, record.filed, &record.paused);
                }
            }
        }
    }

    /// What records could not say: contradictions that were left out, draws without a key.
    fn record_findings(&self, declaration: &Declaration<'_>, screening: &Screening, findings: &mut Vec<Finding>) {
        let parties =
            [&declaration.importer, &declaration.exporter].into_iter().filter_map(|party| party.id.as_deref());
        for left_out in self.records.left_out_of(declaration.name().into_iter().chain(parties)) {
            findings.push(Finding::warning(FindingCode::RecordLeftOut, left_out.to_string()));
        }
        for line in &screening.lines {
            let no_key = |method: crate::screening::Method| method.drawn == Some(Draw::NoKey);
            if screening.requirements_of(line).iter().any(|requirement| requirement.method.is_some_and(no_key)) {
                findings.push(
                    Finding::error(
                        FindingCode::SampleKey,
                        "reduced inspection draws a share of the consignments, and no key of the draw is configured",
                    )
                    .line(line.number),
                );
            }
        }
    }

    /// What is wrong with codes, direction and day under the pack's tariff.
    fn code_findings(
        &self,
        declaration: &Declaration<'_>,
        day: Day,
        direction: Option<Direction>,
        national: bool,
        screening: &Screening,
        findings: &mut Vec<Finding>,
    ) {
        let pack = self.screener.pack();
        if direction.is_none() && !findings.iter().any(|f| f.code == FindingCode::UnknownDirection) {
            findings.push(Finding::error(
                FindingCode::UnknownDirection,
                "neither import nor export: the procedures of the lines name no known regime",
            ));
        }
        if let Some((edition, true)) = pack.tariff_on(day) {
            findings.push(Finding::warning(
                FindingCode::TariffEdition,
                format!("no edition of the tariff is known for {day}; the nearest, {}, was used", edition.name),
            ));
        }
        for (line, item) in screening.lines.iter().zip(&declaration.items) {
            let Some(hs) = line.hs else { continue };
            let preferential = Some(hs.chapter()) == pack.preferential_chapter;
            let finding = if item.hs_contradicts && !preferential {
                Finding::error(
                    FindingCode::Repeated,
                    format!("a second code beside `{hs}` that says something else; a line has one"),
                )
            } else if line.lacks_general_code {
                Finding::error(
                    FindingCode::PreferentialHs,
                    format!("`{hs}` is a preferential line; its code of chapters 1 to 97 is needed beside it"),
                )
            } else if line.matched == Match::Unknown && hs.digits() < 6 {
                Finding::error(
                    FindingCode::UnknownHs,
                    format!(
                        "`{hs}` has {} digits; a goods line needs six at least, and all {} in a declaration to customs",
                        hs.digits(),
                        pack.code_digits
                    ),
                )
            } else if line.matched == Match::Unknown {
                Finding::error(FindingCode::UnknownHs, format!("`{hs}` is not in the tariff of {day}"))
            } else if national && line.matched == Match::Heading && declaration.format != Format::Query {
                Finding::error(
                    FindingCode::UnknownHs,
                    format!(
                        "`{hs}` has {} digits; a declaration to customs needs all {}",
                        hs.digits(),
                        pack.code_digits
                    ),
                )
            } else {
                continue;
            };
            let mut finding = finding.line(line.number);
            finding.offset = (item.places.code > 0).then_some(item.places.code);
            findings.push(finding);
        }
    }

    fn decide(
        &self,
        (declaration, day): (&Declaration<'_>, Day),
        direction: Option<Direction>,
        screening: &Screening,
        holding: &[(Option<u32>, u32)],
        decisions: &mut Vec<LineDecision>,
    ) {
        let pack = self.screener.pack();
        decisions.clear();
        // What belongs to no line stands first: it holds every line.
        let whole = holding.first().filter(|(line, _)| line.is_none()).map(|(_, at)| *at);
        for line in &screening.lines {
            let mut decision = Decision::Clear;
            let mut reason = None;
            for requirement in screening.requirements_of(line) {
                let rule = pack.rule(requirement.rule);
                decision = decision.max(decide_requirement(
                    rule.stage,
                    requirement.status,
                    weight(requirement, rule.stage),
                    rule.storage_on(day).is_some(),
                ));
            }
            let mut at_least = |floor: Decision, why: Reason| {
                if floor > decision {
                    decision = floor;
                    reason = Some(why);
                }
            };
            if let Some(coverage) = line.uncovered {
                at_least(Decision::Hold, Reason::Uncovered(coverage));
            }
            let own = || {
                let at = holding.partition_point(|(number, _)| *number < Some(line.number));
                holding.get(at).filter(|(number, _)| *number == Some(line.number)).map(|(_, at)| *at)
            };
            if let Some(at) = whole.or_else(own) {
                at_least(Decision::Hold, Reason::Finding(at));
            }
            if line.matched == Match::Unknown {
                at_least(Decision::Hold, Reason::Unmatched);
            }
            if direction.is_none() {
                at_least(Decision::Hold, Reason::Finding(u32::MAX));
            }
            if declaration.release_reason.is_some() {
                at_least(Decision::Release, Reason::ReleaseAsked);
            }
            decisions.push(LineDecision { decision, reason });
        }
    }
}

/// Names the fields of the findings that have a place but no path, as far as they are told.
fn name_fields(bytes: &[u8], findings: &mut [Finding]) {
    let told = findings.iter().take(FINDINGS_TOLD).enumerate();
    let mut places: Vec<(usize, usize)> =
        told.filter(|(_, f)| f.field.is_none()).filter_map(|(at, f)| Some((f.offset?, at))).collect();
    if places.is_empty() {
        return;
    }
    places.sort_unstable();
    let offsets: Vec<usize> = places.iter().map(|(offset, _)| *offset).collect();
    for ((_, at), path) in places.into_iter().zip(paths_at(bytes, &offsets)) {
        findings[at].field = (!path.is_empty()).then_some(path);
    }
}

/// Whether the law depends on what the finding says is wrong: the line is then at least held.
fn holds(finding: &Finding) -> bool {
    if finding.severity != Severity::Error {
        return false;
    }
    if finding.goods_line.is_some() {
        return finding.code != FindingCode::BadUnit;
    }
    matches!(
        finding.code,
        FindingCode::UnknownDirection
            | FindingCode::Repeated
            | FindingCode::UnknownRegime
            | FindingCode::UnknownFact
            | FindingCode::BadDate
            | FindingCode::Limit
    )
}
