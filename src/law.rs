//! The law as data: loading a pack, checking it, and the compiled form that screening reads.
//!
//! A pack is a folder that a lawyer can review (`rules/FORMAT.md`). [`source`] reads the folder
//! and reports every defect with its place; [`compile`] turns it into a [`Pack`]: every code of
//! the tariff maps to a set of candidates, every dated set is cut into segments, every condition
//! becomes a few bit tests. This module knows nothing of a declaration's life.

mod compile;
mod condition;
mod day;
mod index;
mod pack;
mod phrases;
mod source;

pub use condition::{Condition, FactMask, NumberField, Tri};
pub use day::{Day, Interval};
pub use index::{Element, HsIndex, Presumed};
pub use pack::{
    Agency, AgencyId, Candidate, CandidateId, CodeName, Coverage, Deadline, DocumentType,
    DocumentTypeId, EvidenceKind, Exclusion, ExclusionId, Exemption, ExemptionId, Fact, FactId,
    FactKind, FactReading, Holiday, LegalBasis, MappedProcedure, Measure, MeasureId, Ministry,
    MinistryId, Office, Pack, Procedure, ProcedureId, ProcedureKind, ReadField, Regime, Rule,
    RuleDirection, RuleId, Sourced, TariffEdition, TariffLine, UnusedRule,
};
pub use phrases::Phrases;
pub use source::{Defect, LoadError, load_dir};
