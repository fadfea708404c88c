//! An export declaration as an ACDD.

use jiff::civil::Date;

use super::{Acdd, AcddConsignee, AcddItem, AcddParty};
use crate::trade::{CountryCode, Declaration, Direction, GoodsItem, Party};

/// The data elements, by their numbers in Singapore Customs' list; and the importing country, which
/// is none of them, but without which nobody can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AcddElement {
    /// 1.
    ExporterId,
    /// 2.
    ExporterName,
    /// 3.
    ConsigneeName,
    /// 4.
    ConsigneeAddress,
    /// 5.
    AgentId,
    /// 6.
    AgentName,
    /// 7.
    Departure,
    /// 8.
    ItemHs,
    /// 9.
    ItemQuantity,
    /// 10.
    ItemUnit,
    /// 11.
    ItemOrigin,
    /// 12.
    TransportMode,
    /// 13.
    DischargePort,
    /// 14.
    ItemNumber,
    /// 15.
    DeclarationNumber,
    /// The country that the goods go to.
    ImportingCountry,
}

impl AcddElement {
    /// Its number; none for the importing country.
    pub fn number(self) -> Option<u8> {
        (self != Self::ImportingCountry).then_some(self as u8 + 1)
    }

    /// Its name, for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::ExporterId => "the exporter's identifier",
            Self::ExporterName => "the exporter's name",
            Self::ConsigneeName => "the consignee's name",
            Self::ConsigneeAddress => "the consignee's address",
            Self::AgentId => "the declaring agent's identifier",
            Self::AgentName => "the declaring agent's name",
            Self::Departure => "the day of departure",
            Self::ItemHs => "the item's HS code, of six or eight digits",
            Self::ItemQuantity => "the item's HS quantity",
            Self::ItemUnit => "the unit of the item's HS quantity",
            Self::ItemOrigin => "the item's country of origin",
            Self::TransportMode => "the mode of transport out of the country",
            Self::DischargePort => "the port of discharge",
            Self::ItemNumber => "the item's serial number",
            Self::DeclarationNumber => "the number of an export declaration",
            Self::ImportingCountry => "the importing country",
        }
    }
}

/// An element that a declaration does not state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AcddMissing {
    /// Which.
    pub element: AcddElement,
    /// Of which line; `None`: of the declaration.
    pub line: Option<u32>,
}

impl std::fmt::Display for AcddMissing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        write!(f, "{} is missing", self.element.name())?;
        match self.element.number() {
            Some(number) => write!(f, " (element {number})"),
            None => Ok(()),
        }
    }
}

/// What is known beside the declaration. What the exporter adds stands in for what the declaration
/// does not state; where it states something, that counts.
#[derive(Debug, Clone, Copy, Default)]
pub struct AcddSupplement<'s> {
    /// What the declaration's codes for the mode of transport are in UN/ECE Recommendation 19; a code
    /// that is not there counts as not stated.
    pub transport_modes: &'s [(String, String)],
    /// The consignee's address.
    pub consignee_address: Option<&'s str>,
    /// The day of departure.
    pub departure: Option<Date>,
    /// The port of discharge.
    pub discharge_port: Option<&'s str>,
    /// The origin of the lines that state none: an export declaration of VNACCS has no field for it.
    pub origin: Option<CountryCode>,
}

impl Acdd {
    /// Makes it from an accepted export declaration of the customs of `from`. Whether the declaration
    /// was accepted is the caller's to know. Who filed is the declaring agent, also where that is the
    /// exporter.
    ///
    /// # Errors
    /// Every element that is missing, in the order of the list, those of lines after the others.
    pub fn of(
        declaration: &Declaration<'_>,
        from: CountryCode,
        supplement: &AcddSupplement<'_>,
    ) -> Result<Self, Vec<AcddMissing>> {
        let mut missing = Missing::default();
        let exporter = party(&declaration.exporter, (AcddElement::ExporterId, AcddElement::ExporterName), &mut missing);
        let consignee = &declaration.importer;
        let consignee_name = missing.stated(consignee.name.as_deref(), AcddElement::ConsigneeName);
        let address = consignee.address.as_deref().or(supplement.consignee_address);
        let address = missing.stated(address, AcddElement::ConsigneeAddress);
        let agent = party(&declaration.declarant, (AcddElement::AgentId, AcddElement::AgentName), &mut missing);
        let departure = declaration.departure.or(supplement.departure);
        let departure = missing.unless(departure, AcddElement::Departure, None);
        let mode = declaration.transport_mode.as_deref().map(str::trim);
        let known = supplement.transport_modes.iter().find(|(own, _)| Some(own.as_str()) == mode);
        let transport_mode = missing.stated(known.map(|(_, mode)| mode.as_str()), AcddElement::TransportMode);
        let port = declaration.unloading_place.as_deref().or(supplement.discharge_port);
        let discharge_port = missing.stated(port, AcddElement::DischargePort);
        let number = declaration.number.as_deref().filter(|_| declaration.direction == Some(Direction::Export));
        let number = missing.stated(number, AcddElement::DeclarationNumber);
        let to = declaration.destination_country.or(consignee.country);
        let to = missing.unless(to, AcddElement::ImportingCountry, None);
        if declaration.items.is_empty() {
            missing.unless(None::<()>, AcddElement::ItemNumber, None);
        }
        let items: Vec<_> = declaration.items.iter().map(|line| item(line, supplement, &mut missing)).collect();
        let whole = || {
            Some(Self {
                number: number?,
                from,
                to: to?,
                exporter: exporter?,
                consignee: AcddConsignee { name: consignee_name?, address: address? },
                agent: agent?,
                departure: departure?,
                transport_mode: transport_mode?,
                discharge_port: discharge_port?,
                items: items.into_iter().collect::<Option<_>>()?,
            })
        };
        match whole() {
            Some(acdd) if missing.0.is_empty() => Ok(acdd),
            _ => Err(missing.0),
        }
    }
}

fn party(stated: &Party<'_>, (id, name): (AcddElement, AcddElement), missing: &mut Missing) -> Option<AcddParty> {
    let id = missing.stated(stated.id.as_deref(), id);
    let name = missing.stated(stated.name.as_deref(), name);
    Some(AcddParty { id: id?, name: name? })
}

fn item(line: &GoodsItem<'_>, supplement: &AcddSupplement<'_>, missing: &mut Missing) -> Option<AcddItem> {
    let number = Some(line.number);
    let hs = line.hs.filter(|hs| hs.digits() >= 6);
    let hs = missing.unless(hs, AcddElement::ItemHs, number);
    let quantity = missing.unless(line.quantity, AcddElement::ItemQuantity, number);
    let unit = missing.unless(line.quantity.and_then(|quantity| quantity.unit), AcddElement::ItemUnit, number);
    let origin = missing.unless(line.origin.or(supplement.origin), AcddElement::ItemOrigin, number);
    Some(AcddItem { number: line.number, hs: hs?, quantity: quantity?.amount, unit: unit?, origin: origin? })
}

#[derive(Debug, Default)]
struct Missing(Vec<AcddMissing>);

impl Missing {
    /// A text that says something.
    fn stated(&mut self, text: Option<&str>, element: AcddElement) -> Option<String> {
        let text = text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        self.unless(text, element, None)
    }

    fn unless<T>(&mut self, value: Option<T>, element: AcddElement, line: Option<u32>) -> Option<T> {
        if value.is_none() {
            self.0.push(AcddMissing { element, line });
        }
        value
    }
}
