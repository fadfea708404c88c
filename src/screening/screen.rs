//! The steps themselves.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::evaluate::{Line, Stated, Trigger};
use super::evidence::{Carried, CarriedList, EvidenceRef, Holder, Known};
use super::requirement::{LineScreening, Match, Requirement, Screening};
use super::trace::{Outcome, Trace, TraceEntry};
use crate::law::{
    Candidate, Condition, Coverage, Day, Element, EvidenceKind, FactId, FactKind, FactMask, Interval, Pack, Presumed,
    ProcedureKind, ReadField, Rule, RuleId, SetId, Tri,
};
use crate::trade::{
    Certainty, Declaration, DeclaredProcedure, Direction, DocumentRef, Format, GoodsItem, HsCode, Statement, Status,
    Text,
};

/// What is asked: a declaration under the law of a day.
#[derive(Debug, Clone, Copy)]
pub struct Question<'q, 'a> {
    /// The declaration.
    pub declaration: &'q Declaration<'a>,
    /// The day whose law is asked about.
    pub day: Day,
    /// Which way the goods go.
    pub direction: Direction,
}

/// A pack with the tables that screening looks into.
#[derive(Debug)]
pub struct Screener<'p> {
    pack: &'p Pack,
    /// For each format family: what codes of documents and other fields mean.
    families: Vec<Family<'p>>,
    /// For each rule: what must be there before one of its exemptions can be true.
    exemption_triggers: Vec<Trigger>,
    /// For each direction and chapter the day from which every measure is covered.
    covered_from: [[Day; 100]; 2],
    /// For each fact its bits.
    fact_bits: Vec<FactMask>,
    /// For each candidate what decides most often, close together.
    first_looks: Vec<FirstLook>,
}

/// What is asked of a candidate first: its days, and whether there is anything else to ask.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "four questions, each answered by itself")]
struct FirstLook {
    rule: RuleId,
    /// From the first day in force to the last, gaps included.
    span: Interval,
    import: bool,
    export: bool,
    /// Its rule has gaps in force, a scope or origins.
    look_closer: bool,
    /// The goods are meant whatever they are.
    unconditional: bool,
}

impl FirstLook {
    fn of(pack: &Pack, candidate: &Candidate) -> Self {
        let rule = pack.rule(candidate.rule);
        let from = rule.in_force.iter().map(|i| i.from).min().unwrap_or(Day::MAX);
        let to = rule.in_force.iter().map(|i| i.to).max().unwrap_or(Day::MIN);
        Self {
            rule: candidate.rule,
            span: Interval { from, to },
            import: rule.direction.reaches(Direction::Import),
            export: rule.direction.reaches(Direction::Export),
            look_closer: rule.in_force.len() != 1 || rule.scope != Condition::Always || !rule.origins.is_empty(),
            unconditional: candidate.condition == Condition::Always,
        }
    }

    fn reaches(&self, direction: Direction) -> bool {
        match direction {
            Direction::Import => self.import,
            Direction::Export => self.export,
        }
    }
}

#[derive(Debug)]
struct Family<'p> {
    documents: FxHashMap<&'p str, Known>,
    /// For each field the codes that settle something.
    fields: FxHashMap<ReadField, FxHashMap<&'p str, (FactMask, FactMask)>>,
    /// For each regime of the pack what it settles.
    regimes: Vec<(FactMask, FactMask)>,
}

const FAMILIES: [Format; 5] =
    [Format::WcoDeclaration, Format::VnDeclaration, Format::VnswApplication, Format::AsycudaSad, Format::Query];

impl<'p> Screener<'p> {
    /// Makes the tables of a pack.
    pub fn new(pack: &'p Pack) -> Self {
        let exemption_triggers = pack
            .rules
            .iter()
            .map(|rule| {
                rule.exemptions
                    .iter()
                    .map(|id| Trigger::of(&pack.exemptions[id.index()].condition))
                    .fold(Trigger::NOTHING, Trigger::or)
            })
            .collect();
        let families = FAMILIES.iter().map(|format| family(pack, format.family())).collect();
        let fact_bits =
            (0..pack.facts.len()).map(|at| pack.fact_bits(FactId(u16::try_from(at).unwrap_or(u16::MAX)))).collect();
        let first_looks = pack.candidates.iter().map(|candidate| FirstLook::of(pack, candidate)).collect();
        Self { pack, families, exemption_triggers, covered_from: covered_from(pack), fact_bits, first_looks }
    }

    /// The pack.
    pub fn pack(&self) -> &'p Pack {
        self.pack
    }

    /// The direction of a declaration that does not say it: that of the first line's procedure.
    pub fn direction(&self, declaration: &Declaration<'_>) -> Option<Direction> {
        declaration.direction.or_else(|| {
            let by_line = declaration.items.iter().filter_map(|item| item.procedure);
            let regime = declaration.procedure.into_iter().chain(by_line).find_map(|p| self.regime_of(p, None))?;
            Some(self.pack.regimes[usize::from(regime)].direction)
        })
    }

    /// Whether a declaration is the pack's country's own, so that its codes count to the last digit.
    pub fn is_national(&self, declaration: &Declaration<'_>) -> bool {
        declaration.responsible_country == Some(self.pack.country)
    }

    fn regime_of(&self, procedure: DeclaredProcedure, direction: Option<Direction>) -> Option<u8> {
        match procedure {
            DeclaredProcedure::National(code) => self.pack.regime(code),
            DeclaredProcedure::Requested { requested, previous } => {
                self.pack.mapped(requested, previous, direction).map(|mapped| mapped.regime)
            }
        }
    }

    /// Screens a declaration into `screening`, which is cleared first.
    pub fn screen<T: Trace>(&self, question: &Question<'_, '_>, screening: &mut Screening, trace: &mut T) {
        screening.clear();
        let declaration = question.declaration;
        let family = self.family(declaration.format);
        let national = self.is_national(declaration);
        let base = self.base(question, family);
        let edition = self.pack.edition_bit(question.day);
        let Some(first) = declaration.items.first() else { return };
        let mut line = self.line(question, first, &base);
        let mut own = CarriedList::new();
        for (position, item) in declaration.items.iter().enumerate() {
            let from = screening.requirements.len();
            let found = self.classify(item, national, edition);
            if let Some((set, hs)) = found.set {
                let active = self.pack.index.active(set, question.direction, question.day);
                let bound = active.bound_to(item.origin);
                if T::LISTENS || !active.general.is_empty() || !bound.is_empty() {
                    let carried = self.enter(&mut line, &mut own, (question, item, hs), &base, family);
                    let mut asked = Asked { screener: self, question, found: &found, position, carried };
                    let elements = if T::LISTENS { [self.pack.index.all(set), &[]] } else { [active.general, bound] };
                    for element in elements.into_iter().flatten() {
                        asked.element(*element, &mut line, screening, trace);
                    }
                }
            }
            screening.lines.push(LineScreening {
                number: item.number,
                hs: item.hs,
                matched: found.matched,
                requirements: (index(from), index(screening.requirements.len())),
                uncovered: self.uncovered(question, &found),
                lacks_general_code: found.lacks_general_code,
            });
        }
    }

    /// Finds the codes alone, where nobody can tell which way the goods go.
    pub fn classify_only(&self, declaration: &Declaration<'_>, day: Day, screening: &mut Screening) {
        screening.clear();
        let national = self.is_national(declaration);
        let edition = self.pack.edition_bit(day);
        for item in &declaration.items {
            let found = self.classify(item, national, edition);
            screening.lines.push(LineScreening {
                number: item.number,
                hs: item.hs,
                matched: found.matched,
                requirements: (0, 0),
                uncovered: None,
                lacks_general_code: found.lacks_general_code,
            });
        }
    }

    fn family(&self, format: Format) -> &Family<'p> {
        let at = FAMILIES.iter().position(|f| *f == format).unwrap_or(0);
        &self.families[at]
    }

    /// Step 1.
    fn classify(&self, item: &GoodsItem<'_>, national: bool, edition: u8) -> Found {
        let unknown = Found { matched: Match::Unknown, set: None, lacks_general_code: false };
        let Some(declared) = item.hs else { return unknown };
        let national = national || item.hs_is_national;
        let preferential = national && Some(declared.chapter()) == self.pack.preferential_chapter;
        let asked = match (preferential, item.hs_general) {
            (true, Some(general)) => general,
            _ => declared,
        };
        if national && asked.digits() >= self.pack.code_digits {
            let known = |hs| self.pack.index.code(hs).filter(|(_, editions)| editions & edition != 0);
            if preferential && known(declared).is_none() {
                return unknown;
            }
            return match known(asked) {
                Some((set, _)) => Found {
                    matched: Match::Tariff,
                    set: Some((set, asked)),
                    lacks_general_code: preferential && item.hs_general.is_none(),
                },
                None => unknown,
            };
        }
        if asked.digits() < 6 {
            return unknown;
        }
        match self.pack.index.subheading(asked) {
            Some(set) => Found { matched: Match::Heading, set: Some((set, asked)), lacks_general_code: false },
            None => unknown,
        }
    }

    /// The coverage entry that begins after the day and reaches the line.
    fn uncovered(&self, question: &Question<'_, '_>, found: &Found) -> Option<u16> {
        let (_, hs) = found.set?;
        if question.day >= self.covered_from[question.direction as usize][usize::from(hs.chapter())] {
            return None;
        }
        let at = self.pack.coverage.iter().position(|coverage| {
            coverage.from > question.day
                && match question.direction {
                    Direction::Import => coverage.import,
                    Direction::Export => coverage.export,
                }
                && concerns(coverage, hs.chapter())
        })?;
        u16::try_from(at).ok()
    }

    /// What holds for every line.
    fn base<'l>(&self, question: &Question<'l, '_>, family: &Family<'p>) -> Base<'l> {
        let declaration = question.declaration;
        let direction = Some(question.direction);
        let mut base = Base {
            yes: FactMask::EMPTY,
            no: FactMask::EMPTY,
            scoped: SmallVec::new(),
            regime: declaration.procedure.and_then(|procedure| self.regime_of(procedure, direction)),
            carried: CarriedList::new(),
        };
        let fields = [
            (ReadField::CargoClass, &declaration.cargo_class),
            (ReadField::TraderClass, &declaration.trader_class),
            (ReadField::TransportMode, &declaration.transport_mode),
        ];
        for (field, value) in fields {
            if let Some(value) = value {
                family.read(field, value, &mut base.yes, &mut base.no);
            }
        }
        for code in &declaration.additional_procedures {
            family.read(ReadField::AdditionalProcedure, code, &mut base.yes, &mut base.no);
        }
        family.documents(&declaration.documents, Holder::Declaration, &mut base.yes, &mut base.no, &mut base.carried);
        self.statements(&declaration.statements, family, &mut base.yes, &mut base.no, &mut base.scoped);
        base
    }

    /// The room in which one line after the other is asked about.
    fn line<'l, 'a>(&'l self, question: &Question<'l, 'a>, item: &'l GoodsItem<'a>, base: &Base<'l>) -> Line<'l, 'a> {
        Line {
            pack: self.pack,
            fact_bits: &self.fact_bits,
            declaration: question.declaration,
            item,
            hs: None,
            regime: None,
            origin: None,
            yes: base.yes,
            no: base.no,
            scoped: base.scoped.clone(),
            searched: false,
        }
    }

    /// Goes on to a line: what is known of it, and its documents with those of the declaration.
    fn enter<'c, 'l, 'a>(
        &self,
        line: &mut Line<'l, 'a>,
        own: &'c mut CarriedList,
        (question, item, hs): (&Question<'l, 'a>, &'l GoodsItem<'a>, HsCode),
        base: &'c Base<'l>,
        family: &Family<'p>,
    ) -> &'c CarriedList {
        line.item = item;
        line.hs = Some(hs);
        line.origin = item.origin;
        line.regime = item.procedure.and_then(|p| self.regime_of(p, Some(question.direction))).or(base.regime);
        line.yes = base.yes;
        line.no = base.no;
        line.searched = false;
        if !line.scoped.is_empty() || !base.scoped.is_empty() {
            line.scoped.clone_from(&base.scoped);
        }
        if let Some((yes, no)) = line.regime.and_then(|regime| family.regimes.get(usize::from(regime))) {
            line.yes.add(yes);
            line.no.add(no);
        }
        for code in &item.additional_procedures {
            family.read(ReadField::AdditionalProcedure, code, &mut line.yes, &mut line.no);
        }
        self.statements(&item.statements, family, &mut line.yes, &mut line.no, &mut line.scoped);
        if item.documents.is_empty() {
            return &base.carried;
        }
        own.clone_from(&base.carried);
        family.documents(&item.documents, Holder::Line, &mut line.yes, &mut line.no, own);
        own
    }

    /// Facts stated outright, and coded statements that settle one.
    fn statements<'l>(
        &self,
        statements: &'l [Statement<'_>],
        family: &Family<'p>,
        yes: &mut FactMask,
        no: &mut FactMask,
        scoped: &mut SmallVec<[Stated<'l>; 2]>,
    ) {
        for statement in statements {
            if statement.kind.as_deref() == Some(Statement::FACT_KIND) {
                if let Some(stated) = stated_fact(self.pack, statement, yes, no) {
                    scoped.push(stated);
                }
            } else {
                family.read(ReadField::Statement, &statement.code, yes, no);
            }
        }
    }
}

/// Whether a coverage entry concerns a chapter.
fn concerns(coverage: &Coverage, chapter: u8) -> bool {
    coverage.chapters == 0 || coverage.chapters & (1 << chapter) != 0
}

/// See [`Screener`].
fn covered_from(pack: &Pack) -> [[Day; 100]; 2] {
    let latest = |direction: Direction, chapter: u8| {
        let entries = pack.coverage.iter().filter(|coverage| match direction {
            Direction::Import => coverage.import,
            Direction::Export => coverage.export,
        });
        entries.filter(|coverage| concerns(coverage, chapter)).map(|c| c.from).max().unwrap_or(Day::MIN)
    };
    let mut days = [[Day::MIN; 100]; 2];
    for direction in [Direction::Import, Direction::Export] {
        for chapter in 0..100u8 {
            days[direction as usize][usize::from(chapter)] = latest(direction, chapter);
        }
    }
    days
}

/// Reads `fact=value`: sets bits, or gives back a scoped fact.
fn stated_fact<'l>(
    pack: &Pack,
    statement: &'l Statement<'_>,
    yes: &mut FactMask,
    no: &mut FactMask,
) -> Option<Stated<'l>> {
    let (key, rule) = match statement.code.split_once('@') {
        Some((key, rule)) => (key, Some(rule)),
        None => (statement.code.as_ref(), None),
    };
    let fact = pack.fact(key)?;
    let value = statement.text.as_deref().unwrap_or("true");
    if pack.facts[fact.index()].kind == FactKind::Scoped {
        return matches!(value, "true" | "false").then_some(Stated { fact, rule, value: value == "true" });
    }
    match pack.fact_value(fact, value)? {
        (atom, true) => yes.set(atom),
        (atom, false) => no.set(atom),
    }
    None
}

/// How the code was found.
struct Found {
    matched: Match,
    set: Option<(SetId, HsCode)>,
    lacks_general_code: bool,
}

struct Base<'l> {
    yes: FactMask,
    no: FactMask,
    scoped: SmallVec<[Stated<'l>; 2]>,
    regime: Option<u8>,
    carried: CarriedList,
}

/// One line being asked about.
struct Asked<'s, 'p, 'a> {
    screener: &'s Screener<'p>,
    question: &'s Question<'s, 'a>,
    found: &'s Found,
    position: usize,
    carried: &'s CarriedList,
}

impl Asked<'_, '_, '_> {
    /// Steps 3 to 7 and 10 for one candidate.
    fn element<T: Trace>(
        &mut self,
        element: Element,
        line: &mut Line<'_, '_>,
        screening: &mut Screening,
        trace: &mut T,
    ) {
        let pack = self.screener.pack;
        let look = &self.screener.first_looks[element.candidate.index()];
        let candidate = || pack.candidate(element.candidate);
        let rule = || pack.rule(look.rule);
        // Outcomes are put together only where somebody listens.
        let mut told = |outcome: &dyn Fn() -> Outcome, line: &Line<'_, '_>| {
            if T::LISTENS {
                let outcome = outcome();
                let phrases = outcome.condition().map_or_else(Vec::new, |condition| phrases_for(line, condition));
                trace.step(TraceEntry { line: self.position, candidate: element.candidate, outcome, phrases });
            }
        };
        if !look.reaches(self.question.direction) {
            return told(&|| Outcome::OtherDirection, line);
        }
        let day = self.question.day;
        if !look.span.contains(day) || (look.look_closer && !rule().in_force_on(day)) {
            return told(&|| Outcome::NotInForce, line);
        }
        let scope = if look.look_closer { scope(rule(), line) } else { Tri::True };
        if scope == Tri::False {
            return told(&|| Outcome::OutOfScope(rule().scope.clone()), line);
        }
        if let Some(exclusion) = element.exclusion
            && pack.exclusions[exclusion.index()].valid.contains(day)
        {
            return told(&|| Outcome::Excluded(exclusion), line);
        }
        let meant = if look.unconditional { Tri::True } else { line.holds(&candidate().condition, &rule().id) };
        if meant == Tri::False {
            return told(&|| Outcome::NotMeant(candidate().condition.clone()), line);
        }
        let mut requirement = Requirement::of(look.rule, element);
        if scope.and(meant) == Tri::Unknown {
            requirement.certainty = Certainty::Conditional;
            // The presumption of a list speaks of the goods; where it is the scope that hangs, it is asked.
            requirement.presumed = match (meant, element.presumed) {
                (Tri::Unknown, Presumed::None) | (Tri::True, _) => Presumed::Ask,
                (_, presumed) => presumed,
            };
            requirement.unsettled = line
                .unsettled(&candidate().condition, &rule().id)
                .or_else(|| line.unsettled(&rule().scope, &rule().id));
            told(&|| Outcome::Unsettled(candidate().condition.clone()), line);
        } else if !look.unconditional {
            told(&|| Outcome::Meant(candidate().condition.clone()), line);
        }
        if self.found.matched == Match::Heading {
            requirement.certainty = Certainty::Possible;
            requirement.presumed = Presumed::None;
        }
        self.exempt(line, &mut requirement);
        if let Some(exemption) = requirement.exemption {
            told(&|| Outcome::Exempt(exemption), line);
        } else {
            self.satisfy(&mut requirement, screening);
            if requirement.evidence.0 != requirement.evidence.1 {
                told(&|| Outcome::Evidence, line);
            }
        }
        screening.requirements.push(requirement);
    }

    /// Step 7: the first exemption of the rule that certainly holds.
    fn exempt(&self, line: &mut Line<'_, '_>, requirement: &mut Requirement) {
        let trigger = &self.screener.exemption_triggers[requirement.rule.index()];
        if !trigger.anything {
            if !line.searched && line.pack.phrases.settles().meets(&trigger.facts) {
                line.search();
            }
            let regime = line.regime.is_some_and(|regime| trigger.regimes & (1 << regime) != 0);
            if !regime && !line.yes.meets(&trigger.facts) {
                return;
            }
        }
        let pack = self.screener.pack;
        let rule = pack.rule(requirement.rule);
        for id in &rule.exemptions {
            let exemption = &pack.exemptions[id.index()];
            if exemption.valid.contains(self.question.day) && line.holds(&exemption.condition, &rule.id) == Tri::True {
                requirement.status = Status::Exempt;
                requirement.exemption = Some(*id);
                return;
            }
        }
    }

    /// Step 10: the documents that the declaration carries.
    fn satisfy(&self, requirement: &mut Requirement, screening: &mut Screening) {
        if self.carried.is_empty() {
            return;
        }
        let pack = self.screener.pack;
        let rule = pack.rule(requirement.rule);
        let from = screening.evidence.len();
        for carried in self.carried {
            let by_type = carried
                .document
                .filter(|document| rule.evidence.contains(document))
                .map(|document| pack.documents[document.index()].kind);
            let by_procedure = carried.procedure.filter(|p| rule.procedures.contains(p)).map(|p| {
                match pack.procedures[p.index()].kind {
                    ProcedureKind::Registration => EvidenceKind::Registration,
                    ProcedureKind::Permit => EvidenceKind::Permit,
                    _ => EvidenceKind::Certificate,
                }
            });
            let Some(kind) = by_type.or(by_procedure) else { continue };
            match kind {
                EvidenceKind::Other => continue,
                EvidenceKind::Registration if requirement.status == Status::Required => {
                    requirement.status = Status::Pending;
                }
                EvidenceKind::Registration => {}
                _ => requirement.status = Status::Met,
            }
            screening.evidence.push(EvidenceRef { holder: carried.holder, index: carried.index, kind });
        }
        requirement.evidence = (index(from), index(screening.evidence.len()));
    }
}

/// Step 4: regime, origin and the rule's own conditions.
fn scope(rule: &Rule, line: &mut Line<'_, '_>) -> Tri {
    let origin = if rule.origins.is_empty() {
        Tri::True
    } else {
        line.origin.map_or(Tri::Unknown, |origin| Tri::from(rule.origins.contains(&origin)))
    };
    if origin == Tri::False { origin } else { origin.and(line.holds(&rule.scope, &rule.id)) }
}

/// The set phrases in the line's words that settle facts of a condition.
fn phrases_for(line: &Line<'_, '_>, condition: &Condition) -> Vec<String> {
    let mut wanted = FactMask::EMPTY;
    facts_of(condition, &mut |fact| wanted.add(&line.fact_bits[fact.index()]));
    let words = [Some(&line.item.description), line.item.purpose.as_ref(), line.declaration.notes.as_ref()];
    let found = words.into_iter().flatten().flat_map(|text: &Text<'_>| line.pack.phrases.found(text, &wanted));
    found.map(str::to_owned).collect()
}

/// Every fact that a condition names.
fn facts_of(condition: &Condition, visit: &mut dyn FnMut(FactId)) {
    match condition {
        Condition::Fact { fact, .. } | Condition::Scoped(fact) => visit(*fact),
        Condition::All(parts) | Condition::Any(parts) => {
            for part in parts {
                facts_of(part, visit);
            }
        }
        Condition::Not(part) => facts_of(part, visit),
        _ => {}
    }
}

impl Family<'_> {
    fn read(&self, field: ReadField, code: &str, yes: &mut FactMask, no: &mut FactMask) {
        if self.fields.is_empty() {
            return;
        }
        if let Some((y, n)) = self.fields.get(&field).and_then(|codes| codes.get(code)) {
            yes.add(y);
            no.add(n);
        }
    }

    fn documents(
        &self,
        documents: &[DocumentRef<'_>],
        holder: Holder,
        yes: &mut FactMask,
        no: &mut FactMask,
        carried: &mut CarriedList,
    ) {
        for (at, document) in documents.iter().enumerate() {
            let Some(known) = self.documents.get(document.code.as_ref()) else { continue };
            yes.add(&known.yes);
            no.add(&known.no);
            if (known.document.is_some() || known.procedure.is_some()) && !document.number.is_empty() {
                carried.push(Carried {
                    holder,
                    index: u16::try_from(at).unwrap_or(u16::MAX),
                    document: known.document,
                    procedure: known.procedure,
                });
            }
        }
    }
}

fn family<'p>(pack: &'p Pack, name: &'static str) -> Family<'p> {
    let mut documents: FxHashMap<&'p str, Known> = FxHashMap::default();
    for (at, document) in pack.documents.iter().enumerate() {
        if document.format.is_empty() || document.format == name {
            let id = u16::try_from(at).ok().map(crate::law::DocumentTypeId);
            documents.entry(&document.code).or_default().document = id;
        }
    }
    for (at, procedure) in pack.procedures.iter().enumerate() {
        let id = u16::try_from(at).ok().map(crate::law::ProcedureId);
        documents.entry(&procedure.code).or_default().procedure = id;
    }
    let mut fields: FxHashMap<ReadField, FxHashMap<&'p str, (FactMask, FactMask)>> = FxHashMap::default();
    for reading in &pack.readings {
        if !(reading.format.is_empty() || reading.format == "any" || reading.format == name) {
            continue;
        }
        if reading.field == ReadField::Document {
            let known = documents.entry(&reading.code).or_default();
            known.yes.add(&reading.yes);
            known.no.add(&reading.no);
        } else {
            let (yes, no) = fields.entry(reading.field).or_default().entry(reading.code.as_str()).or_default();
            yes.add(&reading.yes);
            no.add(&reading.no);
        }
    }
    let of_regimes = fields.get(&ReadField::Regime);
    let settled = |code: &str| of_regimes.and_then(|codes| codes.get(code)).copied().unwrap_or_default();
    let regimes = pack.regimes.iter().map(|regime| settled(regime.code.as_str())).collect();
    Family { documents, fields, regimes }
}

fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
