//! The law as data: loading a pack, checking it, and the compiled form that screening reads.
//!
//! A pack is a folder that a lawyer can review (`rules/FORMAT.md`). `source` reads the folder
//! and reports every defect with its place; `compile` turns it into a [`Pack`]: every code of
//! the tariff maps to a set of candidates, every dated set is cut into segments, every condition
//! becomes a few bit tests. This module knows nothing of a declaration's life.

mod agreement;
mod bodies;
mod case;
mod compile;
mod condition;
mod day;
mod index;
pub mod life_cycle;
mod lint;
mod methods;
mod notices;
mod pack;
mod phrases;
mod risk;
mod source;
mod stated;

pub use agreement::{
    Agreement, BoxName, Check, CheckFile, CheckId, Effect, FobRule, FobWhen, Limit, LimitId, LimitUnit, Member,
    NotChecked, NoteWords, Quoting, RequiredBox, Threshold, ThresholdId, Tolerances, Waiver,
};
pub use bodies::{Agency, Authority, BodyName, Ministry};
pub use case::{Case, Expectation, missing_cases};
pub use compile::PackBytesError;
pub use condition::{Comparison, Condition, FactMask, NumberField, Tri};
pub use day::{Day, Interval};
pub use index::{Active, Element, HsIndex, Placement, Presumed, SetId};
pub use methods::{Identity, MethodRegime, MethodState, RecordEvent, Transition, Trigger};
pub use notices::{Lead, Meeting, Order, Precedence, Reach, Warning};
pub use pack::{
    AgencyId, CalendarRules, Candidate, CandidateId, CodeName, Coverage, Deadline, DeadlineUnit, DocumentType,
    DocumentTypeId, EndOnDayOff, EvidenceKind, Exclusion, ExclusionId, Exemption, ExemptionId, Fact, FactId, FactKind,
    FactReading, Holiday, LegalBasis, MappedProcedure, Measure, MeasureId, MethodRegimeId, MinistryId, Office, Pack,
    Procedure, ProcedureId, ProcedureKind, ReadField, Regime, Rule, RuleDirection, RuleId, Sourced, TariffEdition,
    TariffLine, Unit, UnusedRule, WarningId,
};
pub use phrases::Phrases;
pub use risk::{Failures, RiskProfile};
pub(crate) use source::did_you_mean;
pub use source::{
    Defect, LintReport, LoadError, Loaded, inspect_dir, inspect_files, lint_dir, load_agreement_dir,
    load_agreement_files, load_dir,
};
