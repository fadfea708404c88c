//! The steps themselves.

use smallvec::SmallVec;

use super::ask::Asked;
use super::evaluate::{Line, Stated, Trigger};
use super::evidence::{CarriedList, Holder};
use super::lists::Lists;
use super::record::Records;
use super::requirement::{LineScreening, Match, Screening};
use super::settled::Settled;
use super::tables::{Family, FirstLook, concerns, covered_from, family};
use super::trace::{Outcome, Trace, TraceEntry};
use crate::law::{Day, FactId, FactKind, FactMask, Order, Pack, ReadField, SetId};
use crate::trade::{
    Certainty, Declaration, DeclaredProcedure, Direction, Finding, Format, GoodsItem, HsCode, Statement,
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
    /// What is known beside the declaration.
    pub records: &'q Records,
}

/// A pack with the tables that screening looks into.
#[derive(Debug)]
pub struct Screener<'p> {
    pub(super) pack: &'p Pack,
    /// For each format family: what codes of documents and other fields mean.
    families: Vec<Family<'p>>,
    /// For each rule: what must be there before one of its exemptions can be true.
    pub(super) exemption_triggers: Vec<Trigger>,
    /// For each direction and chapter the day from which every measure is covered.
    covered_from: [[Day; 100]; 2],
    /// For each fact its bits.
    pub(super) fact_bits: Vec<FactMask>,
    /// For each candidate what decides most often, close together.
    pub(super) first_looks: Vec<FirstLook>,
    /// The pack has rules that prevail over others.
    some_prevail: bool,
    lists: Lists<'p>,
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
        let some_prevail = pack.precedences.iter().any(|precedence| precedence.order == Order::Prevails);
        let covered_from = covered_from(pack);
        Self {
            pack,
            families,
            exemption_triggers,
            covered_from,
            fact_bits,
            first_looks,
            some_prevail,
            lists: Lists::new(pack),
        }
    }

    /// The pack.
    pub fn pack(&self) -> &'p Pack {
        self.pack
    }

    /// Adds codes that are not on the pack's lists to `findings`, each with its place.
    pub fn check_lists(
        &self,
        declaration: &Declaration<'_>,
        direction: Option<Direction>,
        findings: &mut Vec<Finding>,
    ) {
        self.lists.check(declaration, direction, findings);
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
        screening.direction = Some(question.direction);
        let declaration = question.declaration;
        let family = self.family(declaration.format);
        let national = self.is_national(declaration);
        let base = self.base(question, family);
        let edition = self.pack.edition_bit(question.day);
        let Some(first) = declaration.items.first() else { return };
        let mut line = self.line(question, first, &base);
        let mut own = CarriedList::new();
        // A dossier filed earlier may keep a rule that has ended: then all have to be looked at.
        let filed = question.records.say_when_filed(declaration.name(), line.importer());
        let all = T::LISTENS || filed;
        for (position, item) in declaration.items.iter().enumerate() {
            let from = screening.requirements.len();
            let found = self.classify(item, national, edition);
            if let Some((set, hs)) = found.set {
                let active = self.pack.index.active(set, question.direction, question.day);
                let bound = active.bound_to(item.origin);
                if all || !active.general.is_empty() || !bound.is_empty() {
                    let carried = self.enter(&mut line, &mut own, (question, item, hs), &base, family);
                    let mut asked = Asked { screener: self, question, found: &found, position, carried, filed };
                    let elements = if all { [self.pack.index.all(set), &[]] } else { [active.general, bound] };
                    for element in elements.into_iter().flatten() {
                        asked.element(*element, &mut line, screening, trace);
                    }
                    if self.some_prevail && screening.requirements.len() > from + 1 {
                        self.displace((question.day, position, from), screening, trace);
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

    /// Drops the requirements of a line, from a position on, over which another of them prevails.
    fn displace<T: Trace>(&self, (day, line, from): (Day, usize, usize), screening: &mut Screening, trace: &mut T) {
        for precedence in self.pack.precedences.iter().filter(|p| p.order == Order::Prevails && p.valid.contains(day)) {
            let of_line = &screening.requirements[from..];
            if !of_line.iter().any(|r| r.rule == precedence.rule && r.certainty != Certainty::Conditional) {
                continue;
            }
            let mut at = from;
            while at < screening.requirements.len() {
                if screening.requirements[at].rule != precedence.over {
                    at += 1;
                    continue;
                }
                let candidate = screening.requirements.remove(at).candidate;
                if T::LISTENS {
                    let outcome = Outcome::Displaced(precedence.rule, precedence.legal_basis.clone());
                    trace.step(TraceEntry { line, candidate, outcome, phrases: Vec::new() });
                }
            }
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

    pub(super) fn family(&self, format: Format) -> &Family<'p> {
        let at = FAMILIES.iter().position(|f| *f == format).unwrap_or(0);
        &self.families[at]
    }

    /// Step 1.
    fn classify(&self, item: &GoodsItem<'_>, national: bool, edition: u8) -> Found {
        let unknown = Found { matched: Match::Unknown, set: None, lacks_general_code: false };
        let Some(declared) = item.hs else { return unknown };
        let national = national || item.hs_is_national;
        let preferential = national && Some(declared.chapter()) == self.pack.preferential_chapter;
        let general = item.hs_general.filter(|general| Some(general.chapter()) != self.pack.preferential_chapter);
        let asked = match (preferential, general) {
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
                    lacks_general_code: preferential && general.is_none(),
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
    pub(super) fn base<'l>(&self, question: &Question<'l, '_>, family: &Family<'p>) -> Base<'l> {
        let declaration = question.declaration;
        let direction = Some(question.direction);
        let mut base = Base {
            yes: FactMask::EMPTY,
            no: FactMask::EMPTY,
            scoped: SmallVec::new(),
            settled: Settled::NOTHING,
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
        self.settle(&declaration.statements, &mut base.settled, &mut base.scoped);
        base
    }

    /// The room in which one line after the other is asked about.
    pub(super) fn line<'l, 'a>(
        &'l self,
        question: &Question<'l, 'a>,
        item: &'l GoodsItem<'a>,
        base: &Base<'l>,
    ) -> Line<'l, 'a> {
        Line {
            pack: self.pack,
            fact_bits: &self.fact_bits,
            declaration: question.declaration,
            direction: question.direction,
            item,
            hs: None,
            regime: None,
            origin: None,
            yes: base.yes,
            no: base.no,
            scoped: base.scoped.clone(),
            settled_facts: base.settled,
            searched: false,
        }
    }

    /// Goes on to a line: what is known of it, and its documents with those of the declaration.
    pub(super) fn enter<'c, 'l, 'a>(
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
        let carried = if item.documents.is_empty() {
            &base.carried
        } else {
            own.clone_from(&base.carried);
            family.documents(&item.documents, Holder::Line, &mut line.yes, &mut line.no, own);
            own
        };
        line.settled_facts = base.settled;
        self.settle(&item.statements, &mut line.settled_facts, &mut line.scoped);
        line.settled_facts.outweigh(&mut line.yes, &mut line.no);
        carried
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
        for statement in statements.iter().filter(|statement| !statement.settled) {
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

/// Reads `fact=value`: sets bits, or gives back a scoped fact.
pub(super) fn stated_fact<'l>(
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
    if pack.facts[fact.index()].kind == FactKind::Text {
        return None;
    }
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
pub(super) struct Found {
    pub(super) matched: Match,
    set: Option<(SetId, HsCode)>,
    lacks_general_code: bool,
}

pub(super) struct Base<'l> {
    yes: FactMask,
    no: FactMask,
    scoped: SmallVec<[Stated<'l>; 2]>,
    settled: Settled,
    regime: Option<u8>,
    carried: CarriedList,
}

/// A position as an index of 32 bits.
pub(super) fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
