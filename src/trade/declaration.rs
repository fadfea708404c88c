//! The declaration (tờ khai hải quan) and its lines.

use std::borrow::Cow;

use jiff::civil::{Date, Time};
use rust_decimal::Decimal;

use super::{CountryCode, CurrencyCode, Direction, DocumentRef, HsCode, RegimeCode, Statement, UnitCode};

/// Text of a message: borrowed from it wherever it holds no entity.
pub type Text<'a> = Cow<'a, str>;

/// The format a message came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// A WCO Data Model declaration (`urn:wco:datamodel:WCO:DEC…`).
    WcoDeclaration,
    /// The national declaration: VNACCS fields in Motcua's own envelope profile.
    VnDeclaration,
    /// An application message (type 10) of the Vietnam National Single Window.
    VnswApplication,
    /// An ASYCUDA World single administrative document.
    AsycudaSad,
    /// A line asked about on the command line or over HTTP.
    Query,
}

impl Format {
    /// The name that the answers write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WcoDeclaration => "wco-declaration",
            Self::VnDeclaration => "vn-declaration",
            Self::VnswApplication => "vnsw-application",
            Self::AsycudaSad => "asycuda-sad",
            Self::Query => "query",
        }
    }

    /// The short name by which a pack's facts say where they are read.
    pub fn family(self) -> &'static str {
        match self {
            Self::WcoDeclaration => "wco",
            Self::VnDeclaration => "vnaccs",
            Self::VnswApplication => "vnsw",
            Self::AsycudaSad => "asycuda",
            Self::Query => "query",
        }
    }
}

/// An amount of money.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Money {
    /// The amount, with the scale it was written in.
    pub amount: Decimal,
    /// Its currency, where stated.
    pub currency: Option<CurrencyCode>,
}

/// A quantity in a unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantity {
    /// How much, with the scale it was written in.
    pub amount: Decimal,
    /// Its unit, where stated.
    pub unit: Option<UnitCode>,
}

/// A trader, broker or other party.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Party<'a> {
    /// Tax code, EORI or other identifier.
    pub id: Option<Text<'a>>,
    /// Name as written.
    pub name: Option<Text<'a>>,
    /// Its address in one text, where the reader keeps it: that of the consignee.
    pub address: Option<Text<'a>>,
    /// The country of its address.
    pub country: Option<CountryCode>,
}

/// The customs procedure as the sender codes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeclaredProcedure {
    /// A regime of the pack's country (`A11`).
    National(RegimeCode),
    /// A WCO/EU procedure code: requested and previous, each two digits as a number (`4000` is 40 and 0).
    Requested {
        /// The procedure asked for.
        requested: u8,
        /// The procedure before.
        previous: u8,
    },
}

/// Where fields of a declaration stand in the message, in bytes from its start; 0: not known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Places {
    /// The customs office.
    pub office: usize,
    /// The procedure or regime.
    pub procedure: usize,
    /// The country of export.
    pub export_country: usize,
    /// The country of destination.
    pub destination_country: usize,
    /// The invoice total.
    pub invoice: usize,
}

/// Places are all equal: two messages that say the same are the same declaration.
impl PartialEq for Places {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// See [`Places`].
impl PartialEq for ItemPlaces {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// Where fields of a line stand in the message, in bytes from its start; 0: not known.
#[derive(Debug, Clone, Copy, Default)]
pub struct ItemPlaces {
    /// The line itself.
    pub item: usize,
    /// The HS code.
    pub code: usize,
    /// The country of origin.
    pub origin: usize,
    /// The procedure or regime.
    pub procedure: usize,
    /// The customs value.
    pub customs_value: usize,
    /// The invoice value.
    pub invoice_value: usize,
}

/// A declaration as read, whatever message carried it.
///
/// Fields that the message does not state are `None` or empty; nothing is made up.
#[derive(Debug, Clone, PartialEq)]
pub struct Declaration<'a> {
    /// The format it came in.
    pub format: Format,
    /// Customs' own number, where it has one (MRN; số tờ khai of 12 digits).
    pub number: Option<Text<'a>>,
    /// The sender's reference (LRN; `FunctionalReferenceID`; số hồ sơ).
    pub reference: Option<Text<'a>>,
    /// Which way the goods go.
    pub direction: Option<Direction>,
    /// The day of acceptance or registration by customs.
    pub date: Option<Date>,
    /// The time of that day, on the clock of the pack's zone, where it is stated.
    pub time: Option<Time>,
    /// The country whose customs the message was made for.
    pub responsible_country: Option<CountryCode>,
    /// The procedure of a permit dossier (VNSW procedure code), where it is one.
    pub dossier_procedure: Option<Text<'a>>,
    /// The regime of the whole declaration, where it is not stated by line.
    pub procedure: Option<DeclaredProcedure>,
    /// Additional procedure codes of the whole declaration.
    pub additional_procedures: Vec<Text<'a>>,
    /// The customs office asked (mã chi cục).
    pub office: Option<Text<'a>>,
    /// What kind of cargo (VNACCS `CCC`).
    pub cargo_class: Option<Text<'a>>,
    /// Whether the trader is a person or an organisation (VNACCS `SKB`).
    pub trader_class: Option<Text<'a>>,
    /// The mode of transport at the border, as coded by the sender.
    pub transport_mode: Option<Text<'a>>,
    /// Why release before the permit is asked for (VNACCS `BP`).
    pub release_reason: Option<Text<'a>>,
    /// The importer (consignee).
    pub importer: Party<'a>,
    /// The exporter (consignor).
    pub exporter: Party<'a>,
    /// Who files.
    pub declarant: Party<'a>,
    /// The country the goods leave.
    pub export_country: Option<CountryCode>,
    /// The country the goods go to.
    pub destination_country: Option<CountryCode>,
    /// The day on which they leave, as planned (VNACCS `SYM`; WCO `DepartureDateTime`).
    pub departure: Option<Date>,
    /// Where they are unloaded, as UN/LOCODE as a rule (WCO `UnloadingLocation`); of an export of
    /// VNACCS, which has no such field, its final destination (`DSC`).
    pub unloading_place: Option<Text<'a>>,
    /// The invoice total.
    pub invoice: Option<Money>,
    /// Gross mass of the consignment.
    pub gross_mass: Option<Quantity>,
    /// Documents that hold for every line.
    pub documents: Vec<DocumentRef<'a>>,
    /// Statements that hold for every line.
    pub statements: Vec<Statement<'a>>,
    /// Notes in free words (VNACCS `NT2`).
    pub notes: Option<Text<'a>>,
    /// The lines, in the order of the message.
    pub items: Vec<GoodsItem<'a>>,
    /// Where its fields stand in the message.
    pub places: Places,
}

impl Declaration<'_> {
    /// An empty declaration of a format.
    pub fn new(format: Format) -> Self {
        Self {
            format,
            number: None,
            reference: None,
            direction: None,
            date: None,
            time: None,
            responsible_country: None,
            dossier_procedure: None,
            procedure: None,
            additional_procedures: Vec::new(),
            office: None,
            cargo_class: None,
            trader_class: None,
            transport_mode: None,
            release_reason: None,
            importer: Party::default(),
            exporter: Party::default(),
            declarant: Party::default(),
            export_country: None,
            destination_country: None,
            departure: None,
            unloading_place: None,
            invoice: None,
            gross_mass: None,
            documents: Vec::new(),
            statements: Vec::new(),
            notes: None,
            items: Vec::new(),
            places: Places::default(),
        }
    }

    /// Customs' number if there is one, else the sender's reference.
    pub fn name(&self) -> Option<&str> {
        self.number.as_deref().or(self.reference.as_deref())
    }
}

/// One line of goods (dòng hàng; WCO `GovernmentAgencyGoodsItem`).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GoodsItem<'a> {
    /// Its number in the declaration.
    pub number: u32,
    /// The code that counts for customs, as far as it could be read.
    pub hs: Option<HsCode>,
    /// The code is of the pack's country's nomenclature although the message is not its own (an AHTN code meant for it).
    pub hs_is_national: bool,
    /// A second code that counts: beside a preferential line (chapter 98) its code of chapters 1
    /// to 97.
    pub hs_general: Option<HsCode>,
    /// The second code has the same rank as the first and says something else.
    pub hs_contradicts: bool,
    /// The goods in words.
    pub description: Text<'a>,
    /// The country of origin.
    pub origin: Option<CountryCode>,
    /// The regime of this line, where it is stated by line.
    pub procedure: Option<DeclaredProcedure>,
    /// Additional procedure codes.
    pub additional_procedures: Vec<Text<'a>>,
    /// Customs value of the line.
    pub customs_value: Option<Money>,
    /// Invoice value of the line.
    pub invoice_value: Option<Money>,
    /// Net mass.
    pub net_mass: Option<Quantity>,
    /// Gross mass.
    pub gross_mass: Option<Quantity>,
    /// Quantity in the supplementary or first statistical unit.
    pub quantity: Option<Quantity>,
    /// Purpose of use, in the sender's words.
    pub purpose: Option<Text<'a>>,
    /// Its documents.
    pub documents: Vec<DocumentRef<'a>>,
    /// Its statements.
    pub statements: Vec<Statement<'a>>,
    /// Where its fields stand in the message.
    pub places: ItemPlaces,
}
