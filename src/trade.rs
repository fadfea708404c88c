//! The words of the trade as types: what a declaration says, whatever message carried it.
//!
//! Nothing here knows XML, rules or storage. Text borrows from the message it was read from
//! (`Cow`), so that reading copies nothing that need not be copied. Names follow the WCO Data
//! Model; the Vietnamese terms stand beside them.

mod acdd;
mod code;
mod declaration;
mod document;
mod finding;
mod hs;
mod measure;
mod notice;
mod origin;
mod phyto;
mod query;
mod settle;
mod unit;

pub use acdd::{
    Acdd, AcddCancellation, AcddConsignee, AcddElement, AcddItem, AcddKey, AcddMessage, AcddMissing, AcddOutcome,
    AcddParty, AcddResponse, AcddSupplement,
};
pub use code::{CodeError, CountryCode, CurrencyCode, Direction, RegimeCode, UnitCode};
pub use declaration::{
    Declaration, DeclaredProcedure, Format, GoodsItem, ItemPlaces, Money, Party, Places, Quantity, Text,
};
pub use document::{DocumentRef, Statement};
pub use finding::{Finding, FindingCode, Severity};
pub use hs::{HsCode, HsCodeError};
pub use measure::{Certainty, Channel, Decision, InspectionMethod, Stage, Status};
pub use notice::{CertificateKey, CertificateNotice, ItemNotice, NoticeKind};
pub use origin::{
    Attestation, Carriage, ClassificationChange, Criterion, CriterionError, CriterionPart, InvoiceRef, Measured,
    OriginCertificate, OriginFlag, OriginFlags, OriginItem, OriginParty, OriginalProof, Packages, Priced,
};
pub use phyto::{
    PhytoCertificate, PhytoCharacteristic, PhytoClassification, PhytoClause, PhytoEquipment, PhytoItem, PhytoKey,
    PhytoKind, PhytoNote, PhytoOrigin, PhytoPlace, PhytoReference, PhytoReplacement, PhytoSignature, PhytoStatus,
    PhytoText, PhytoTransport, PhytoTreatment,
};
pub use query::LineQuery;
pub use settle::SettleError;
pub use unit::{ConvertError, UnitConversions, UnitTableError};
