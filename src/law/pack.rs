//! The compiled pack: what screening, approval and the commands read.

use serde::{Deserialize, Serialize};

use super::bodies::{Agency, BodyName, Ministry};
use super::condition::Condition;
use super::day::{Day, Interval};
use super::index::HsIndex;
use super::life_cycle::LifeCycle;
use super::methods::MethodRegime;
use super::notices::{Lead, Precedence, Warning};
use super::phrases::Phrases;
use super::risk::RiskProfile;
use crate::trade::{CountryCode, CurrencyCode, Direction, HsCode, RegimeCode, Stage, UnitCode, UnitConversions};

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident($inner:ty)),+ $(,)?) => {
        $(
            $(#[$meta])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
            pub struct $name(pub $inner);

            impl $name {
                /// The position in the pack's table.
                pub fn index(self) -> usize {
                    self.0 as usize
                }
            }
        )+
    };
}

ids!(
    /// A ministry of the pack.
    MinistryId(u16),
    /// An agency of the pack.
    AgencyId(u16),
    /// A measure of the pack.
    MeasureId(u16),
    /// A procedure of the pack.
    ProcedureId(u16),
    /// A rule of the pack.
    RuleId(u32),
    /// A rule applied to one group of its goods.
    CandidateId(u32),
    /// A fact of the pack.
    FactId(u16),
    /// An exemption of the pack.
    ExemptionId(u16),
    /// An exclusion (negative list) of the pack.
    ExclusionId(u16),
    /// A document type of the pack.
    DocumentTypeId(u16),
    /// A regime of inspection methods of the pack.
    MethodRegimeId(u16),
    /// A published warning of the pack.
    WarningId(u16),
);

/// A kind of measure (biện pháp): quarantine, quality inspection, import permit …
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Measure {
    /// Its key.
    pub key: String,
    /// Vietnamese title.
    pub title_vi: String,
    /// English title.
    pub title_en: String,
    /// A specialized inspection, which a negative list may reach.
    pub inspection: bool,
}

/// What kind of procedure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProcedureKind {
    /// A registration: the result comes by another procedure.
    Registration,
    /// Ends in a certificate or notice of result.
    Certificate,
    /// Ends in a permit.
    Permit,
    /// Ends in another approval.
    Approval,
    /// Something else, or not known.
    Other,
}

/// An administrative procedure of the single window (thủ tục hành chính).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Procedure {
    /// Its VNSW code.
    pub code: String,
    /// Vietnamese title; may be unknown.
    pub title_vi: String,
    /// English title; may be unknown.
    pub title_en: String,
    /// The ministry that handles it.
    pub ministry: MinistryId,
    /// The agency that handles its dossiers, where no rule says so.
    pub agency: Option<AgencyId>,
    /// Its kind.
    pub kind: ProcedureKind,
    /// The procedure that follows a registration.
    pub followed_by: Option<ProcedureId>,
    /// The days on which it can be asked for.
    pub valid: Interval,
    /// What took its place when its days ended.
    pub successor: Option<ProcedureId>,
}

/// A customs regime (mã loại hình).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Regime {
    /// Its code.
    pub code: RegimeCode,
    /// Vietnamese name.
    pub name_vi: String,
    /// English name.
    pub name_en: String,
    /// The direction it belongs to.
    pub direction: Direction,
    /// Its group.
    pub group: String,
}

/// A WCO/EU procedure code mapped to a regime of the pack's country.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct MappedProcedure {
    /// Requested procedure, two digits.
    pub requested: u8,
    /// Previous procedure, two digits; `None`: any.
    pub previous: Option<u8>,
    /// The direction of the goods under it.
    pub direction: Direction,
    /// Position of the regime in [`Pack::regimes`].
    pub regime: u8,
}

/// A customs office.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Office {
    /// Its code.
    pub code: String,
    /// Its names, in the order of their days.
    pub names: Vec<BodyName>,
}

/// A code of a list with its name.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CodeName {
    /// The code.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// A unit of quantity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Its code.
    pub code: UnitCode,
    /// Its name.
    pub name: String,
    /// Decimals that its amounts are usually written with.
    pub decimals: u8,
    /// What it measures (`mass`, `count` …); `None`: it converts into no other unit.
    pub dimension: Option<String>,
}

/// A day off, or a Saturday worked in exchange.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Holiday {
    /// The day.
    pub day: Day,
    /// Worked although it would be a day off.
    pub working: bool,
    /// Published; else an estimate, and nothing is known yet of days worked in exchange.
    pub certain: bool,
    /// Vietnamese name.
    pub name_vi: String,
}

/// What becomes of a limit in calendar days that ends on a day off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndOnDayOff {
    /// It ends with the next working day.
    NextWorkingDay,
    /// It ends on that day all the same.
    SameDay,
}

/// How time is counted, beside the holidays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarRules {
    /// The days of the week that are off: bit 0 is Monday.
    pub weekend: u8,
    /// A limit in calendar days that ends on a day off.
    pub end_on_day_off: EndOnDayOff,
    /// The act that says so; empty: not stated.
    pub basis: String,
}

/// An edition of the tariff.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TariffEdition {
    /// Its name.
    pub name: String,
    /// The days it is in force.
    pub valid: Interval,
    /// Its lines, sorted by code.
    pub lines: Vec<TariffLine>,
}

/// A line of the tariff.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TariffLine {
    /// Its code.
    pub hs: HsCode,
    /// Vietnamese text.
    pub description_vi: String,
    /// Most-favoured-nation duty as printed; `None`: not known.
    pub duty_mfn: Option<String>,
    /// ATIGA duty as printed; `None`: not known.
    pub duty_atiga: Option<String>,
    /// Unit as printed.
    pub unit: String,
}

/// What a fact's value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactKind {
    /// True or false.
    Bool,
    /// One or more of a list of values.
    Choice,
    /// True or false, asked for each rule by itself.
    Scoped,
    /// Free words that name the goods (maker, brand …): no rule hangs on them, records and
    /// warnings do.
    Text,
}

/// Something a rule may hang on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fact {
    /// Its key.
    pub key: String,
    /// What its values look like.
    pub kind: FactKind,
    /// Vietnamese title.
    pub title_vi: String,
    /// English title.
    pub title_en: String,
    /// The question put to the trader, Vietnamese.
    pub ask_vi: String,
    /// The question put to the trader, English.
    pub ask_en: String,
    /// The values of a choice.
    pub values: Vec<String>,
    /// The first bit of this fact in a [`super::FactMask`]; a choice has a bit for each value, a
    /// scoped fact none.
    pub first_atom: u16,
}

/// A field of a message that settles a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadField {
    /// The code of a document.
    Document,
    /// The code of a statement.
    Statement,
    /// The cargo classification.
    CargoClass,
    /// An additional procedure code.
    AdditionalProcedure,
    /// The regime of the line.
    Regime,
    /// The mode of transport.
    TransportMode,
    /// Person or organisation.
    TraderClass,
}

/// Where a fact is read in a message.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FactReading {
    /// The message family it is read in (`wco`, `vnaccs`, `vnsw`, `asycuda`); empty: any.
    pub format: String,
    /// The field.
    pub field: ReadField,
    /// The code found there.
    pub code: String,
    /// The bits that it settles as true and as false.
    pub yes: super::FactMask,
    /// See `yes`.
    pub no: super::FactMask,
}

/// What a document shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// A permit.
    Permit,
    /// A certificate.
    Certificate,
    /// A notice of result.
    Result,
    /// A registration: asked for, not answered.
    Registration,
    /// A notice of exemption.
    ExemptionNotice,
    /// An accepted conformity result.
    Conformity,
    /// Something that satisfies nothing by itself.
    Other,
}

impl EvidenceKind {
    /// The word that answers write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Permit => "permit",
            Self::Certificate => "certificate",
            Self::Result => "result",
            Self::Registration => "registration",
            Self::ExemptionNotice => "exemption_notice",
            Self::Conformity => "conformity",
            Self::Other => "other",
        }
    }
}

/// A document type code of a message format.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DocumentType {
    /// The code.
    pub code: String,
    /// The family it belongs to; empty: any.
    pub format: String,
    /// What such a document shows.
    pub kind: EvidenceKind,
    /// Vietnamese title.
    pub title_vi: String,
    /// English title.
    pub title_en: String,
    /// The measures it can satisfy; empty: those whose rules name it.
    pub measures: Vec<MeasureId>,
}

/// An exemption of the law.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Exemption {
    /// Its key.
    pub key: String,
    /// Vietnamese title.
    pub title_vi: String,
    /// English title.
    pub title_en: String,
    /// Its days.
    pub valid: Interval,
    /// The article.
    pub legal_basis: String,
    /// A published warning cancels it.
    pub overridden_by_warning: bool,
    /// How well it is sourced.
    pub sourced: Sourced,
    /// When it applies.
    pub condition: Condition,
}

/// An act that takes codes out of earlier lists.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Exclusion {
    /// Its key.
    pub id: String,
    /// Its days.
    pub valid: Interval,
    /// The act.
    pub legal_basis: String,
}

/// From when the pack knows a measure in full.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Coverage {
    /// The measure.
    pub measure: MeasureId,
    /// Only for this ministry.
    pub ministry: Option<MinistryId>,
    /// Concerns imports.
    pub import: bool,
    /// Concerns exports.
    pub export: bool,
    /// Only these chapters, as a bit for each; zero: all.
    pub chapters: u128,
    /// The first day covered.
    pub from: Day,
    /// Why.
    pub basis: String,
}

/// How well a statement of the pack is sourced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sourced {
    /// Read in the act or an official list.
    Sourced,
    /// Its list is; agency, parent law or stage may not be.
    Partly,
    /// General knowledge, not read in a source.
    GeneralKnowledge,
}

impl Sourced {
    /// The word that answers write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sourced => "sourced",
            Self::Partly => "partly",
            Self::GeneralKnowledge => "general_knowledge",
        }
    }
}

/// A citation with the days on which it is the basis.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LegalBasis {
    /// Document and article.
    pub text: String,
    /// Its days.
    pub valid: Interval,
}

/// In what a time limit is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadlineUnit {
    /// Days worked.
    WorkingDays,
    /// Days of the calendar.
    Days,
    /// Hours within office hours.
    WorkingHours,
    /// Hours by the clock.
    Hours,
}

impl DeadlineUnit {
    /// Every unit.
    pub const ALL: &[Self] = &[Self::WorkingDays, Self::Days, Self::WorkingHours, Self::Hours];

    /// The word of the pack and of answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WorkingDays => "working_days",
            Self::Days => "days",
            Self::WorkingHours => "working_hours",
            Self::Hours => "hours",
        }
    }
}

/// A time limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Deadline {
    /// As printed: a number, a range or `automatic`.
    pub text: String,
    /// The upper end; `None`: automatic.
    pub value: Option<u32>,
    /// In what it is counted.
    pub unit: DeadlineUnit,
    /// The procedure that it limits; `None`: the one that ends the requirement.
    pub procedure: Option<ProcedureId>,
    /// The article.
    pub source: String,
    /// Its days.
    pub valid: Interval,
}

/// The directions a rule reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleDirection {
    /// Imports.
    Import,
    /// Exports.
    Export,
    /// Both.
    Both,
}

impl RuleDirection {
    /// Whether it reaches goods going that way.
    pub fn reaches(self, direction: Direction) -> bool {
        matches!(
            (self, direction),
            (Self::Both, _) | (Self::Import, Direction::Import) | (Self::Export, Direction::Export)
        )
    }
}

/// One rule: one annex or list of one act.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Rule {
    /// Its id.
    pub id: String,
    /// Vietnamese title.
    pub title_vi: String,
    /// English title.
    pub title_en: String,
    /// The ministry.
    pub ministry: MinistryId,
    /// The agency.
    pub agency: AgencyId,
    /// The measure.
    pub measure: MeasureId,
    /// When it has to be met.
    pub stage: Stage,
    /// The directions it reaches.
    pub direction: RuleDirection,
    /// How well it is sourced.
    pub sourced: Sourced,
    /// Remarks in words.
    pub note: String,
    /// The days it is in force, in order.
    pub in_force: Vec<Interval>,
    /// Citations, in order.
    pub legal_basis: Vec<LegalBasis>,
    /// Where it applies at all; [`Condition::Always`] where it says nothing. Origins of the scope
    /// are in `origins`.
    pub scope: Condition,
    /// Only goods of these origins; empty: any.
    pub origins: Vec<CountryCode>,
    /// Procedures: alternatives, or a registration and what follows it.
    pub procedures: Vec<ProcedureId>,
    /// Document types that satisfy it, beside the procedures' own codes.
    pub evidence: Vec<DocumentTypeId>,
    /// Procedures of goods that leave, where they are others.
    pub export_procedures: Option<Vec<ProcedureId>>,
    /// The article that lets goods go to storage while the result is pending, and its days.
    pub storage_allowed: Option<(String, Interval)>,
    /// The article by which dossiers filed earlier keep the law of the day they were filed on.
    pub keeps_earlier_dossiers: Option<String>,
    /// Time limits.
    pub deadlines: Vec<Deadline>,
    /// Exemptions that it knows.
    pub exemptions: Vec<ExemptionId>,
    /// Regimes of inspection methods, each with its days.
    pub methods: Vec<(MethodRegimeId, Interval)>,
    /// Measures that come first on the same line.
    pub after: Vec<MeasureId>,
    /// Successors.
    pub superseded_by: Vec<String>,
}

impl Rule {
    /// The procedures of goods that go one way.
    pub fn procedures(&self, direction: Direction) -> &[ProcedureId] {
        match (&self.export_procedures, direction) {
            (Some(procedures), Direction::Export) => procedures,
            _ => &self.procedures,
        }
    }

    /// The article that lets goods go to storage on `day` while the result is pending.
    pub fn storage_on(&self, day: Day) -> Option<&str> {
        self.storage_allowed.as_ref().filter(|(_, valid)| valid.contains(day)).map(|(article, _)| article.as_str())
    }

    /// The regime of inspection methods on `day`.
    pub fn method_on(&self, day: Day) -> Option<MethodRegimeId> {
        self.methods.iter().find(|(_, valid)| valid.contains(day)).map(|(id, _)| *id)
    }

    /// Whether it is in force on `day`.
    pub fn in_force_on(&self, day: Day) -> bool {
        self.in_force.iter().any(|interval| interval.contains(day))
    }
}

/// A rule without a goods list: kept for the record, applied to nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UnusedRule {
    /// Its id.
    pub id: String,
    /// English title.
    pub title_en: String,
    /// Why it cannot be used.
    pub reason: String,
}

/// A rule applied to one group of its goods: the entries of its list that share a note.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Candidate {
    /// The rule.
    pub rule: RuleId,
    /// The note that narrows the entries; empty: none.
    pub note: String,
    /// What the goods must be; [`Condition::Always`] where the whole code is meant.
    pub condition: Condition,
    /// The days of its entries in the list, within those of the rule.
    pub valid: Interval,
}

/// The compiled pack.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pack {
    /// The country whose law this is.
    pub country: CountryCode,
    /// The edition that answers name.
    pub edition: String,
    /// SHA-256 over the pack's files, as `sha256:…`.
    pub digest: String,
    /// English name.
    pub name_en: String,
    /// Vietnamese name.
    pub name_vi: String,
    /// The currency of values.
    pub currency: CurrencyCode,
    /// IANA time zone.
    pub time_zone: String,
    /// Office hours, minutes from midnight.
    pub office_hours: Vec<(u16, u16)>,
    /// The country's own list of preferential lines.
    pub preferential_chapter: Option<u8>,
    /// The agency that is customs itself: who settles facts.
    pub customs_agency: Option<AgencyId>,
    /// Digits of a full national code.
    pub code_digits: u8,
    /// Ministries.
    pub ministries: Vec<Ministry>,
    /// Agencies.
    pub agencies: Vec<Agency>,
    /// Measures.
    pub measures: Vec<Measure>,
    /// Procedures, sorted by code.
    pub procedures: Vec<Procedure>,
    /// How dossiers of procedures live, sorted by procedure; first, if there is one, that of all
    /// procedures without one of their own.
    pub life_cycles: Vec<LifeCycle>,
    /// Regimes: at most 64.
    pub regimes: Vec<Regime>,
    /// WCO/EU procedure codes; the more special rows first.
    pub procedure_map: Vec<MappedProcedure>,
    /// Customs offices, sorted by code.
    pub offices: Vec<Office>,
    /// Countries, sorted by code.
    pub countries: Vec<CodeName>,
    /// Currencies, sorted by code.
    pub currencies: Vec<CodeName>,
    /// Customs units, sorted by code.
    pub units: Vec<Unit>,
    /// What units are worth in each other: [`Pack::unit_table`].
    pub(super) conversions: UnitConversions,
    /// Ports, border gates and places, sorted by code.
    pub locations: Vec<CodeName>,
    /// Holidays, sorted by day.
    pub holidays: Vec<Holiday>,
    /// How time is counted.
    pub calendar: CalendarRules,
    /// Editions of the tariff, sorted by day.
    pub tariffs: Vec<TariffEdition>,
    /// Facts.
    pub facts: Vec<Fact>,
    /// Where facts are read.
    pub readings: Vec<FactReading>,
    /// Set phrases.
    pub phrases: Phrases,
    /// Document types, sorted by code.
    pub documents: Vec<DocumentType>,
    /// Exemptions.
    pub exemptions: Vec<Exemption>,
    /// Exclusions.
    pub exclusions: Vec<Exclusion>,
    /// Coverage.
    pub coverage: Vec<Coverage>,
    /// Regimes of inspection methods.
    pub methods: Vec<MethodRegime>,
    /// Published warnings.
    pub warnings: Vec<Warning>,
    /// The order of rules that can meet.
    pub precedences: Vec<Precedence>,
    /// Who leads where checks meet.
    pub leads: Vec<Lead>,
    /// Risk profiles, in the order of the file: the first that fits counts.
    pub risk: Vec<RiskProfile>,
    /// Rules that have goods.
    pub rules: Vec<Rule>,
    /// Rules that have none.
    pub unused_rules: Vec<UnusedRule>,
    /// Rules by group of goods.
    pub candidates: Vec<Candidate>,
    /// Codes to candidates.
    pub index: HsIndex,
}

impl Pack {
    /// What units are worth in each other.
    pub fn unit_table(&self) -> &UnitConversions {
        &self.conversions
    }

    /// The rule of an id.
    pub fn rule(&self, id: RuleId) -> &Rule {
        &self.rules[id.index()]
    }

    /// The candidate of an id.
    pub fn candidate(&self, id: CandidateId) -> &Candidate {
        &self.candidates[id.index()]
    }

    /// The tariff edition of a day, and whether the day lies outside every edition (the nearest
    /// serves then).
    pub fn tariff_on(&self, day: Day) -> Option<(&TariffEdition, bool)> {
        let at = self.edition_on(day)?;
        let edition = &self.tariffs[at];
        Some((edition, !edition.valid.contains(day)))
    }

    /// The bit of the tariff edition of a day in what [`HsIndex::code`] gives.
    pub fn edition_bit(&self, day: Day) -> u8 {
        let at = self.edition_on(day).and_then(|at| u32::try_from(at).ok());
        at.and_then(|at| 1u8.checked_shl(at)).unwrap_or(0)
    }

    /// The position of the edition that serves on a day: the last that began by then, else the first.
    fn edition_on(&self, day: Day) -> Option<usize> {
        let begun = self.tariffs.iter().rposition(|edition| edition.valid.from <= day);
        begun.or_else(|| (!self.tariffs.is_empty()).then_some(0))
    }

    /// The bits of a fact: one for each of its values, none for a scoped fact.
    pub fn fact_bits(&self, fact: FactId) -> super::FactMask {
        let fact = &self.facts[fact.index()];
        let count = match fact.kind {
            FactKind::Bool => 1,
            FactKind::Choice => u16::try_from(fact.values.len()).unwrap_or(0),
            FactKind::Scoped | FactKind::Text => 0,
        };
        let mut bits = super::FactMask::EMPTY;
        for atom in fact.first_atom..fact.first_atom.saturating_add(count) {
            bits.set(atom);
        }
        bits
    }

    /// What a stated value of a fact settles: its bit, and whether as true. A choice takes
    /// `!value` for "not this one"; a scoped fact has no bit and gives none.
    pub fn fact_value(&self, fact: FactId, value: &str) -> Option<(u16, bool)> {
        let fact = &self.facts[fact.index()];
        match fact.kind {
            FactKind::Bool => match value {
                "true" => Some((fact.first_atom, true)),
                "false" => Some((fact.first_atom, false)),
                _ => None,
            },
            FactKind::Choice => {
                let (name, is) = value.strip_prefix('!').map_or((value, true), |name| (name, false));
                let at = fact.values.iter().position(|known| known == name)?;
                Some((fact.first_atom + u16::try_from(at).ok()?, is))
            }
            FactKind::Scoped | FactKind::Text => None,
        }
    }

    /// The regime of a code, as its position in [`Pack::regimes`].
    pub fn regime(&self, code: RegimeCode) -> Option<u8> {
        let at = self.regimes.iter().position(|r| r.code == code)?;
        u8::try_from(at).ok()
    }

    /// The regime that a WCO/EU procedure code stands for; where codes serve both directions,
    /// that of `direction` counts.
    pub fn mapped(&self, requested: u8, previous: u8, direction: Option<Direction>) -> Option<&MappedProcedure> {
        self.procedure_map.iter().find(|m| {
            m.requested == requested
                && m.previous.is_none_or(|p| p == previous)
                && direction.is_none_or(|d| d == m.direction)
        })
    }

    /// The codes of the procedures of a rule for goods that go one way, on a day.
    pub fn procedure_codes(&self, rule: &Rule, direction: Option<Direction>, day: Day) -> Vec<&str> {
        let of_way = rule.procedures(direction.unwrap_or(Direction::Import)).iter();
        of_way.map(|id| self.procedures[self.procedure_on(*id, day).index()].code.as_str()).collect()
    }

    /// The procedure of a VNSW code.
    pub fn procedure(&self, code: &str) -> Option<ProcedureId> {
        let at = self.procedures.binary_search_by(|p| p.code.as_str().cmp(code)).ok()?;
        u16::try_from(at).ok().map(ProcedureId)
    }

    /// The procedure that serves for `procedure` on a day: itself while it can be asked for,
    /// then its successor.
    pub fn procedure_on(&self, procedure: ProcedureId, day: Day) -> ProcedureId {
        let mut at = procedure;
        // A chain that never ends is no chain: lint names circles.
        for _ in 0..self.procedures.len() {
            let known = &self.procedures[at.index()];
            match known.successor {
                Some(next) if known.valid.to < day => at = next,
                _ => break,
            }
        }
        at
    }

    /// How dossiers of a procedure live, where the pack says so of this procedure.
    pub fn life_cycle(&self, procedure: ProcedureId) -> Option<&LifeCycle> {
        let at = self.life_cycles.binary_search_by_key(&Some(procedure), |cycle| cycle.procedure).ok()?;
        self.life_cycles.get(at)
    }

    /// How dossiers live under a procedure, or under none: by the procedure's own life cycle, else
    /// by the one that the pack has for all others.
    pub fn life_cycle_of(&self, procedure: Option<ProcedureId>) -> Option<&LifeCycle> {
        let own = procedure.and_then(|procedure| self.life_cycle(procedure));
        own.or_else(|| self.life_cycles.first().filter(|cycle| cycle.procedure.is_none()))
    }

    /// What kind of procedure a dossier is under; where it is under none, what its stage says.
    pub fn procedure_kind(&self, procedure: Option<ProcedureId>, stage: Stage) -> ProcedureKind {
        match (procedure.and_then(|id| self.procedures.get(id.index())), stage) {
            (Some(procedure), _) => procedure.kind,
            (None, Stage::PermitBeforeImport | Stage::PermitBeforeExport) => ProcedureKind::Permit,
            (None, _) => ProcedureKind::Certificate,
        }
    }

    /// The fact of a key.
    pub fn fact(&self, key: &str) -> Option<FactId> {
        let at = self.facts.iter().position(|f| f.key == key)?;
        u16::try_from(at).ok().map(FactId)
    }

    /// The tariff line of a code in an edition.
    pub fn tariff_line(&self, day: Day, hs: HsCode) -> Option<&TariffLine> {
        let (edition, _) = self.tariff_on(day)?;
        let at = edition.lines.binary_search_by(|line| line.hs.cmp(&hs)).ok()?;
        edition.lines.get(at)
    }
}
