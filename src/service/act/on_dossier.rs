//! Acts on a dossier, and what follows for the declaration that it serves.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::super::desk::{ActError, Desk};
use super::super::examine::{name_of, registers};
use super::check_seen;
use super::on_task::LineResult;
use super::permits::reckoned;
use crate::approval::dossier::{DossierState, allowed, way_to};
use crate::clearance::case::declaration::{Command as DeclarationCommand, DecidedBy, Declaration, Disputed};
use crate::clearance::case::dossier::{Command, Dossier, Goods, Heard, Rectifying};
use crate::clearance::case::{Author, CaseId, MessageRef, Refused, RefusedReason};
use crate::law::life_cycle::{Act as Meaning, LifeCycle, MessageCode, Outcome, Sender};
use crate::law::{EvidenceKind, Pack, ProcedureKind};
use crate::records::{EvidenceEntry, HistoryEntry};

/// Characters of a paper's number at most.
const NUMBER_MAX: usize = 100;

/// Whether a text can be a paper's number.
fn is_number(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= NUMBER_MAX && !text.chars().any(char::is_control)
}

/// What is given with an act: the paper's own words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    /// The number of the permit, certificate or result; none: one is made.
    pub number: Option<String>,
    /// Its last day.
    pub valid_to: Option<jiff::civil::Date>,
    /// How much it covers, and in which unit.
    pub quantity: Option<(String, String)>,
    /// The codes of the goods that it names; empty: all that were applied for.
    pub hs: Vec<String>,
    /// The number of what it takes the place of.
    pub replaces: Option<String>,
    /// The result on each line of the task; empty: the same on all.
    pub lines: Vec<LineResult>,
}

impl Given {
    /// Whether it can be given on a day: it has not ended before, and its quantity is one.
    pub(super) fn can_be_given(&self, day: jiff::civil::Date, pack: &Pack) -> Result<(), Refused> {
        if let Some((quantity, unit)) = &self.quantity {
            reckoned(quantity, unit, pack)?;
        }
        for (field, number) in [("number", &self.number), ("replaces", &self.replaces)] {
            if number.as_deref().is_some_and(|number| !is_number(number)) {
                let message = format!(
                    "`{field}` is the number of a paper: 1 to {NUMBER_MAX} characters, not all of them spaces, none a control character"
                );
                return Err(Refused::because(RefusedReason::Invalid, message));
            }
        }
        let Some(last) = self.valid_to.filter(|last| *last < day) else { return Ok(()) };
        let message = format!("`valid_to`: what is given on {day} cannot have ended on {last}");
        Err(Refused::because(RefusedReason::Invalid, message))
    }
}

/// What is asked of a dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DossierAct {
    /// Take it up.
    Claim,
    /// Lay it down.
    Release,
    /// A message of its life cycle by type and function.
    Message {
        /// The type and function.
        code: MessageCode,
        /// Which case its content says it is.
        variant: Option<String>,
        /// Who sends it.
        sender: Sender,
        /// The message.
        message: Option<MessageRef>,
        /// What it says.
        note: String,
        /// What is given.
        given: Given,
    },
    /// The same by its meaning.
    Do {
        /// The meaning.
        act: Meaning,
        /// What it says.
        note: String,
        /// What is given.
        given: Given,
        /// Where it was done on paper or elsewhere: what it rests on, and when it was done.
        paper: Option<(String, Timestamp)>,
    },
}

impl DossierAct {
    /// Whether it was done on paper or elsewhere and is entered now.
    pub fn is_on_paper(&self) -> bool {
        matches!(self, Self::Do { paper: Some(_), .. })
    }
}

impl Desk<'_> {
    pub(super) async fn on_dossier(
        &mut self,
        case: CaseId,
        act: &DossierAct,
        seen: Option<u64>,
        by: &Author,
    ) -> Result<CaseId, ActError> {
        let Some(dossier) = self.dossier(case).await?.cloned() else {
            return Err(Refused::because(RefusedReason::Unknown, "there is no such dossier").into());
        };
        check_seen(seen, dossier.head)?;
        if act.is_on_paper()
            && let Some((declaration, task, _)) = &dossier.link
            && let Some(declaration) = self.declaration(*declaration).await?.cloned()
        {
            self.on_paper(&declaration, task, act, by).await?;
            return Ok(case);
        }
        self.do_dossier(case, act, by).await?;
        Ok(case)
    }

    /// Does an act on a dossier, whatever was seen of it.
    pub(super) async fn do_dossier(&mut self, case: CaseId, act: &DossierAct, by: &Author) -> Result<(), ActError> {
        let Some(dossier) = self.dossier(case).await?.cloned() else {
            return Err(Refused::because(RefusedReason::Unknown, "there is no such dossier").into());
        };
        match act {
            DossierAct::Claim => self.dossier_command(case, &Command::Claim, by).await.map(drop)?,
            DossierAct::Release => self.dossier_command(case, &Command::Release, by).await.map(drop)?,
            DossierAct::Message { code, variant, sender, message, note, given } => {
                let heard = Heard {
                    code: Some(*code),
                    act: None,
                    variant: variant.clone(),
                    sender: *sender,
                    implied: false,
                    done: None,
                    paper: None,
                    message: message.clone(),
                    note: note.clone(),
                    evidence: Vec::new(),
                    history: Vec::new(),
                    revokes: given.replaces.clone(),
                };
                self.hear(dossier, heard, given, by).await?;
            }
            DossierAct::Do { act, note, given, paper } => {
                let paper = paper.as_ref();
                let day = self.edition.day_of(paper.map_or(self.now, |(_, done)| *done));
                given.can_be_given(day, self.edition.pack)?;
                self.reach(case, *act, paper, by).await?;
                let Some(dossier) = self.dossier(case).await?.cloned() else { return Ok(()) };
                let heard = Heard {
                    code: None,
                    act: Some(*act),
                    variant: None,
                    sender: act.sender(),
                    implied: false,
                    done: paper.map(|(_, done)| *done),
                    paper: paper.map(|(source, _)| source.clone()),
                    message: None,
                    note: note.clone(),
                    evidence: Vec::new(),
                    history: Vec::new(),
                    revokes: given.replaces.clone().filter(|_| *act == Meaning::Revoke),
                };
                self.hear(dossier, heard, given, by).await?;
            }
        }
        self.heard_of(case, by).await
    }

    /// Takes the steps that lie before an act.
    async fn reach(
        &mut self,
        case: CaseId,
        act: Meaning,
        paper: Option<&(String, Timestamp)>,
        by: &Author,
    ) -> Result<(), ActError> {
        let edition = std::sync::Arc::clone(&self.edition);
        let Some(dossier) = self.dossier(case).await? else { return Ok(()) };
        let Some(cycle) = edition.cycle(dossier.procedure.as_deref()) else { return Ok(()) };
        let way = state_of(dossier, cycle).and_then(|state| way_to(cycle, &state, act)).unwrap_or_default();
        // The last one is the act itself.
        for step in way.iter().take(way.len().saturating_sub(1)) {
            let Some(dossier) = self.dossier(case).await?.cloned() else { return Ok(()) };
            let heard = Heard {
                code: None,
                act: Some(step.act),
                variant: None,
                sender: step.sender,
                implied: true,
                done: paper.map(|(_, done)| *done),
                paper: paper.map(|(source, _)| source.clone()),
                message: None,
                note: String::new(),
                evidence: Vec::new(),
                history: Vec::new(),
                revokes: None,
            };
            self.hear(dossier, heard, &Given::default(), by).await?;
        }
        Ok(())
    }

    /// Hears a message, gives what it gives, and decides the declaration again that it serves.
    pub(super) async fn hear(
        &mut self,
        dossier: Dossier,
        mut heard: Heard,
        given: &Given,
        by: &Author,
    ) -> Result<(), ActError> {
        let declaration = match &dossier.link {
            Some((declaration, ..)) => self.declaration(*declaration).await?.cloned(),
            None => None,
        };
        let edition = std::sync::Arc::clone(&self.edition);
        let kind = edition.kind_of(dossier.procedure.as_deref());
        let meant = edition.cycle(dossier.procedure.as_deref()).and_then(|cycle| {
            let state = state_of(&dossier, cycle)?;
            allowed(cycle, &state).find(|transition| match heard.code {
                Some(code) => transition.sender == heard.sender && transition.message.matches(code),
                None => heard.act == Some(transition.act),
            })
        });
        let anew = meant.filter(|transition| transition.act == Meaning::Edit).map(|_| given_anew(given, &dossier));
        let given = anew.as_ref().unwrap_or(given);
        if let Some(gives) = meant.and_then(|transition| transition.gives(kind)) {
            match gives.outcome {
                Outcome::Pass | Outcome::Fail => {
                    if let (Outcome::Pass, Some(declaration)) = (gives.outcome, &declaration) {
                        self.registered_first(&dossier, declaration)?;
                    }
                    let (pack, kind) = (edition.pack, gives.kind);
                    let paper = Paper { dossier: &dossier, declaration: declaration.as_ref(), given, kind, pack };
                    let today = edition.day_of(heard.done.unwrap_or(self.now));
                    heard.evidence = paper.evidence(gives.outcome == Outcome::Pass)?;
                    heard.history = paper.history(gives.outcome == Outcome::Pass, today);
                }
                Outcome::Withdrawn => {}
            }
        }
        let gives = !heard.evidence.is_empty();
        let numbers: BTreeSet<String> = heard.evidence.iter().filter_map(|entry| entry.id.clone()).collect();
        self.dossier_command(dossier.id, &Command::Hear(Box::new(heard)), by).await?;
        self.evidence_changed(dossier, (numbers, gives), declaration, by).await
    }

    /// Whether the registration that comes before a dossier's task is answered, where it was filed:
    /// what follows it is not given before.
    fn registered_first(&self, dossier: &Dossier, declaration: &Declaration) -> Result<(), Refused> {
        let key = dossier.link.as_ref().map(|(_, key, _)| key.as_str()).unwrap_or_default();
        let begun = declaration.begun_before(key);
        let open = begun.into_iter().find(|first| registers(&self.edition, first));
        open.map_or(Ok(()), |open| {
            Err(Refused::not_now(format!("it waits for {open}: the registration is not answered"), Vec::new()))
        })
    }

    /// What was entered afterwards takes the place of what a dossier gave.
    pub(super) async fn rectify(
        &mut self,
        dossier: Dossier,
        disputed: &Disputed,
        given: &Given,
        by: &Author,
    ) -> Result<(), ActError> {
        let declaration = match &dossier.link {
            Some((declaration, ..)) => self.declaration(*declaration).await?.cloned(),
            None => None,
        };
        let entry = &disputed.entry;
        let edition = std::sync::Arc::clone(&self.edition);
        let kind = edition.kind_of(dossier.procedure.as_deref());
        let gives = kind_given(kind, entry.act);
        let pack = edition.pack;
        let paper = gives.map(|kind| Paper { dossier: &dossier, declaration: declaration.as_ref(), given, kind, pack });
        let passes = entry.act != Meaning::Fail;
        let evidence = paper.as_ref().map_or_else(|| Ok(Vec::new()), |paper| paper.evidence(passes))?;
        let history = paper.map(|paper| paper.history(passes, edition.day_of(entry.done))).unwrap_or_default();
        let numbers: BTreeSet<String> = evidence.iter().filter_map(|entry| entry.id.clone()).collect();
        let rectifying = Rectifying {
            act: entry.act,
            done: entry.done,
            paper: crate::clearance::case::dossier::Paper { source: entry.source.clone(), entered: disputed.entered },
            note: entry.note.clone(),
            evidence,
            history,
        };
        self.dossier_command(dossier.id, &Command::Rectify(Box::new(rectifying)), by).await?;
        self.evidence_changed(dossier, (numbers, true), declaration, by).await
    }

    /// The declaration that a dossier serves follows what the dossier gave and took back; `dossier`
    /// is as it was before.
    async fn evidence_changed(
        &mut self,
        dossier: Dossier,
        (numbers, gives): (BTreeSet<String>, bool),
        declaration: Option<Declaration>,
        by: &Author,
    ) -> Result<(), ActError> {
        self.follow_papers(&dossier, by).await?;
        let before: BTreeSet<String> = dossier.live().filter_map(|issued| issued.evidence.id.clone()).collect();
        let Some(declaration) = declaration else { return Ok(()) };
        let now = self.dossier(dossier.id).await?.cloned();
        let live = now.iter().flat_map(Dossier::live);
        let after: BTreeSet<String> = live.filter_map(|issued| issued.evidence.id.clone()).collect();
        for number in numbers {
            let link = DeclarationCommand::LinkEvidence { from: dossier.id, number };
            self.command(declaration.id, &link, by).await?;
        }
        for number in before.difference(&after) {
            let reason = now.as_ref().and_then(|now| now.why_revoked(number)).map(str::to_owned);
            let unlink = DeclarationCommand::UnlinkEvidence { from: dossier.id, number: number.clone(), reason };
            self.command(declaration.id, &unlink, by).await?;
        }
        let cause = if before == after && !gives { DecidedBy::Clock } else { DecidedBy::Evidence };
        self.decide_again(declaration.id, cause, by).await
    }
}

/// What is given anew takes the place of the one paper that was given, and keeps its number, unless
/// something else is stated.
fn given_anew(given: &Given, dossier: &Dossier) -> Given {
    let mut given = given.clone();
    let numbers: BTreeSet<&String> = dossier.live().filter_map(|issued| issued.evidence.id.as_ref()).collect();
    if let (None, 1, Some(number)) = (&given.replaces, numbers.len(), numbers.first()) {
        given.replaces = Some((*number).clone());
    }
    if given.number.is_none() {
        given.number.clone_from(&given.replaces);
    }
    given
}

/// The state of a dossier within its life cycle.
fn state_of(dossier: &Dossier, cycle: &LifeCycle) -> Option<DossierState> {
    let keys = dossier.states.iter().map(|(track, state)| (track.as_str(), state.as_str()));
    DossierState::from_keys(cycle, keys).ok()
}

/// What a result gives where no life cycle is asked.
fn kind_given(kind: ProcedureKind, act: Meaning) -> Option<EvidenceKind> {
    let gives = act.gives(kind)?;
    (gives.outcome != Outcome::Withdrawn).then_some(gives.kind)
}

/// A paper that is given.
struct Paper<'p> {
    dossier: &'p Dossier,
    declaration: Option<&'p Declaration>,
    given: &'p Given,
    kind: EvidenceKind,
    pack: &'p Pack,
}

impl Paper<'_> {
    fn number(&self) -> String {
        self.given.number.clone().unwrap_or_else(|| {
            // Its own id, shortened: unique among those of the installation, and short enough to read out.
            let id = self.dossier.id.0.simple().to_string();
            format!("M{}-{}", id[20..].to_uppercase(), self.dossier.issued.len() + 1)
        })
    }

    /// Whether it says how an inspection came out.
    fn is_of_inspection(&self) -> bool {
        matches!(self.kind, EvidenceKind::Certificate | EvidenceKind::Result | EvidenceKind::Conformity)
    }

    /// What it says of goods that no declaration names yet: the goods that it names itself, or else
    /// those of the application; an inspection is of no more than was applied for.
    fn of_application(&self, entry: EvidenceEntry) -> EvidenceEntry {
        let named =
            |goods: &&Goods| self.given.hs.is_empty() || goods.hs.as_ref().is_some_and(|hs| self.given.hs.contains(hs));
        let goods: Vec<&Goods> = self.dossier.goods.iter().filter(named).collect();
        let codes = if self.given.hs.is_empty() {
            goods.iter().filter_map(|goods| goods.hs.clone()).collect()
        } else {
            self.given.hs.clone()
        };
        let hs: Vec<String> = codes.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        let counted = goods.iter().map(|goods| {
            let (quantity, unit) = (goods.quantity.as_deref()?, goods.unit.as_deref()?);
            Some((reckoned(quantity, unit, self.pack).ok()?.0, unit.to_owned()))
        });
        let counted: Option<Vec<_>> = if self.is_of_inspection() { counted.collect() } else { None };
        let applied_for = counted.and_then(together);
        let code = self.dossier.procedure.clone();
        match applied_for.filter(|_| entry.quantity.is_none()) {
            Some((quantity, unit)) => {
                EvidenceEntry { code, hs, quantity: Some(quantity.to_string()), unit: Some(unit), ..entry }
            }
            None => EvidenceEntry { code, hs, ..entry },
        }
    }

    /// What it says, for screening: about the task's rules and lines where it serves a declaration,
    /// else about the goods of the dossier.
    fn evidence(&self, passes: bool) -> Result<Vec<EvidenceEntry>, Refused> {
        let number = self.number();
        let entry = |passed: bool| EvidenceEntry {
            id: Some(number.clone()),
            kind: Some(if passed { self.kind } else { EvidenceKind::Result }.as_str().to_owned()),
            holder: self.dossier.holder.clone(),
            to: self.given.valid_to.map(|day| day.to_string()),
            outcome: Some(if passed { "pass" } else { "fail" }.to_owned()),
            quantity: self.given.quantity.as_ref().map(|(amount, _)| amount.clone()),
            unit: self.given.quantity.as_ref().map(|(_, unit)| unit.clone()),
            filed: None,
            replaces: self.given.replaces.clone(),
            ..EvidenceEntry::default()
        };
        let Some((declaration, (_, task, _))) = self.declaration.zip(self.dossier.link.as_ref()) else {
            return Ok(vec![self.of_application(entry(passes))]);
        };
        let rules = self.rules(declaration, task);
        let known: BTreeSet<u32> = rules.values().flatten().copied().collect();
        if let Some(unknown) = self.given.lines.iter().find(|result| !known.contains(&result.line)) {
            let lines: Vec<String> = known.iter().map(u32::to_string).collect();
            return Err(Refused::because(
                RefusedReason::Unknown,
                format!("line {} is not part of this task; its lines are {}", unknown.line, lines.join(", ")),
            ));
        }
        let mut told = BTreeSet::new();
        if let Some(twice) = self.given.lines.iter().find(|result| !told.insert(result.line)) {
            let message = format!("`lines` says two things of line {}: it passed or it failed", twice.line);
            return Err(Refused::because(RefusedReason::Invalid, message));
        }
        // Nothing is presumed of a line that is not named.
        let left_out: Vec<String> = known.difference(&told).map(u32::to_string).collect();
        if !told.is_empty() && !left_out.is_empty() {
            let message =
                format!("`lines` says nothing of line {}: a result says how each line came out", left_out.join(", "));
            return Err(Refused::because(RefusedReason::Invalid, message));
        }
        let name = name_of(declaration.id, &declaration.registration);
        let passed = |line: &u32| {
            let own = self.given.lines.iter().find(|result| result.line == *line);
            own.map_or(passes, |own| own.passed)
        };
        let mut found = Vec::new();
        for (rule, lines) in &rules {
            for outcome in [true, false] {
                let lines: Vec<String> =
                    lines.iter().filter(|line| passed(line) == outcome).map(u32::to_string).collect();
                if !lines.is_empty() {
                    let (rule, declaration) = (Some(rule.clone()), Some(name.clone()));
                    found.push(EvidenceEntry { rule, declaration, lines, ..entry(outcome) });
                }
            }
        }
        Ok(found)
    }

    /// The rules that a task is for; of one that is done, what it was settled or given for.
    fn rules(&self, declaration: &Declaration, task: &str) -> BTreeMap<String, BTreeSet<u32>> {
        let own = declaration.rules_of(task);
        if !own.is_empty() {
            return own;
        }
        if let Some(step) = declaration.settled_steps.get(task) {
            return step.rules.clone();
        }
        let mut rules: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
        for issued in &self.dossier.issued {
            if let Some(rule) = &issued.evidence.rule {
                let lines = issued.evidence.lines.iter().filter_map(|line| line.parse::<u32>().ok());
                rules.entry(rule.clone()).or_default().extend(lines);
            }
        }
        rules
    }

    /// What it adds to the importer's record: how each line of an inspection came out.
    fn history(&self, passes: bool, today: jiff::civil::Date) -> Vec<HistoryEntry> {
        let served = self.declaration.zip(self.dossier.link.as_ref()).filter(|_| self.is_of_inspection());
        let Some((declaration, (_, task, _))) = served else { return Vec::new() };
        let Some(importer) = &self.dossier.holder else { return Vec::new() };
        let rules = self.rules(declaration, task);
        let of_task: BTreeSet<u32> = match declaration.task(task) {
            Some(task) => task.lines.iter().copied().collect(),
            None => rules.values().flatten().copied().collect(),
        };
        let lines = declaration.decision.iter().flat_map(|decision| &decision.lines);
        let requirements = lines.clone().flat_map(|line| &line.requirements);
        let of_rule = requirements.clone().find(|requirement| rules.contains_key(&requirement.rule));
        let measure = declaration.task(task).map(|task| &task.measure).or(of_rule.map(|found| &found.measure));
        let Some(measure) = measure else { return Vec::new() };
        // Goods of one code are recorded once: they have passed where all of their lines have.
        let mut of_goods: BTreeMap<Option<&String>, bool> = BTreeMap::new();
        for line in lines.filter(|line| of_task.contains(&line.line)) {
            let own = self.given.lines.iter().find(|result| result.line == line.line);
            *of_goods.entry(line.hs.as_ref()).or_insert(true) &= own.map_or(passes, |own| own.passed);
        }
        let entry = |(hs, passed): (Option<&String>, bool)| HistoryEntry {
            importer: Some(importer.clone()),
            measure: Some(measure.clone()),
            event: Some(if passed { "pass" } else { "fail" }.to_owned()),
            date: Some(today.to_string()),
            consignment: Some(name_of(declaration.id, &declaration.registration)),
            hs: hs.cloned(),
            ..HistoryEntry::default()
        };
        of_goods.into_iter().map(entry).collect()
    }
}

/// Quantities as one, where they are counted in one unit.
pub(super) fn together(counted: Vec<(Decimal, String)>) -> Option<(Decimal, String)> {
    counted.into_iter().map(Some).reduce(|one, other| {
        let ((one, unit), (other, of_other)) = (one?, other?);
        (unit == of_other).then(|| one.checked_add(other)).flatten().map(|sum| (sum, unit))
    })?
}

/// The goods of an application, for the comparison with declarations.
pub(super) fn goods(reading: &crate::message::Reading<'_>) -> Vec<Goods> {
    let items = reading.declaration.items.iter();
    items
        .map(|item| {
            let quantity = item.quantity.or(item.net_mass);
            Goods {
                line: item.number,
                hs: item.hs.map(|hs| hs.to_string()),
                quantity: quantity.map(|quantity| quantity.amount.to_string()),
                unit: quantity.and_then(|quantity| quantity.unit).map(|unit| unit.to_string()),
                origin: item.origin.map(|origin| origin.to_string()),
            }
        })
        .collect()
}
