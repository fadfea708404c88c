//! Step 10: the documents a declaration carries, and what they satisfy.

use smallvec::SmallVec;

use super::record::Finding;
use crate::law::{DocumentTypeId, EvidenceKind, FactMask, ProcedureId};
use crate::trade::{Declaration, DocumentRef, GoodsItem};

/// Where a document stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// At the declaration: it holds for every line.
    Declaration,
    /// At the line.
    Line,
    /// Among the records of what agencies have given.
    Record,
}

/// A document that satisfies a requirement, or shows that it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EvidenceRef {
    /// Where it stands.
    pub holder: Holder,
    /// Its position there.
    pub index: u32,
    /// What it shows.
    pub kind: EvidenceKind,
    /// What came of it.
    pub finding: Finding,
}

impl EvidenceRef {
    /// The document itself, where the declaration carries it.
    pub fn document<'d, 'a>(
        &self,
        declaration: &'d Declaration<'a>,
        item: &'d GoodsItem<'a>,
    ) -> Option<&'d DocumentRef<'a>> {
        let documents = match self.holder {
            Holder::Declaration => &declaration.documents,
            Holder::Line => &item.documents,
            Holder::Record => return None,
        };
        documents.get(self.index as usize)
    }
}

/// What the pack knows about a code found in a message's document list.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Known {
    /// The document types with this code.
    pub(super) document: Option<DocumentTypeId>,
    /// The procedure with this code.
    pub(super) procedure: Option<ProcedureId>,
    /// The facts it settles.
    pub(super) yes: FactMask,
    pub(super) no: FactMask,
}

/// A document that may satisfy something.
#[derive(Debug, Clone, Copy)]
pub(super) struct Carried {
    pub(super) holder: Holder,
    pub(super) index: u32,
    pub(super) document: Option<DocumentTypeId>,
    pub(super) procedure: Option<ProcedureId>,
}

/// The documents of a line that may satisfy something.
pub(super) type CarriedList = SmallVec<[Carried; 8]>;
