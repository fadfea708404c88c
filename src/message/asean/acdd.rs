//! The ASEAN Customs Declaration Document, its cancellation and the response of customs, as messages
//! of the WCO Data Model.
//!
//! A document is written as an import declared beforehand in the exporting country's name, so that
//! [`read`](crate::message::read) takes it as advance information to be screened.

use super::boxes::{Boxes, Value};
use super::mapping::Mapping;
use super::typed::Taking;
use super::{read, write};
use crate::message::{Limits, Rejection, refused};
use crate::trade::{
    Acdd, AcddCancellation, AcddConsignee, AcddItem, AcddKey, AcddMessage, AcddOutcome, AcddParty, AcddResponse,
    Finding, FindingCode, HsCode,
};

/// `FunctionCode` and `TypeCode` of a document: an original, an import declared beforehand.
const ORIGINAL: (&str, &str) = ("9", "IMD");
/// Those of a cancellation: an additional message that makes invalid.
const CANCELLED: (&str, &str) = ("13", "INV");
/// Digits of a code of the ASEAN Harmonised Tariff Nomenclature.
const AHTN_DIGITS: u8 = 8;

/// Reads an ACDD or its cancellation, with what is odd in it.
///
/// # Errors
/// A [`Rejection`] with everything that is wrong: an element that is missing (all are mandatory), a
/// content that is not of its kind, what the hardened reader refuses.
pub fn read_acdd(bytes: &[u8], mapping: &Mapping, limits: Limits) -> Result<(AcddMessage, Vec<Finding>), Rejection> {
    let read = read::read(bytes, mapping, limits).map_err(refused)?;
    Taking::new(mapping, read.findings, limits.findings).whole(&read.boxes, message)
}

/// Writes an ACDD or its cancellation.
pub fn write_acdd(message: &AcddMessage, mapping: &Mapping) -> String {
    let boxes = match message {
        AcddMessage::New(acdd) => boxes(acdd),
        AcddMessage::Cancellation(cancellation) => cancelled(cancellation),
    };
    write::write(&boxes, mapping)
}

/// Reads what customs of the importing country says of an ACDD, with what is odd in it.
///
/// # Errors
/// A [`Rejection`] with everything that is wrong.
pub fn read_acdd_response(
    bytes: &[u8],
    mapping: &Mapping,
    limits: Limits,
) -> Result<(AcddResponse, Vec<Finding>), Rejection> {
    let read = read::read(bytes, mapping, limits).map_err(refused)?;
    Taking::new(mapping, read.findings, limits.findings).whole(&read.boxes, response)
}

/// Writes what customs of the importing country says of an ACDD.
pub fn write_acdd_response(response: &AcddResponse, mapping: &Mapping) -> String {
    let mut boxes = Boxes::default();
    boxes.put_text("id", Some(&response.id));
    boxes.put("date", Some(Value::Date(response.date)));
    boxes.put("from", Some(Value::Country(response.from)));
    boxes.put_text("outcome", Some(response.outcome.code()));
    boxes.put_text("about.number", Some(&response.about.number));
    boxes.put("about.country", Some(Value::Country(response.about.country)));
    boxes.put_text("declaration", response.declaration.as_deref());
    boxes.put_text("reason", response.reason.as_deref());
    write::write(&boxes, mapping)
}

fn message(taking: &mut Taking<'_>, boxes: &Boxes<'_>) -> Option<AcddMessage> {
    let function = boxes.text("function");
    let function = taking.required(boxes, "function", "what the message does", function)?;
    let kind = boxes.text("type");
    match (function.as_str(), kind.as_deref()) {
        (function, _) if function == ORIGINAL.0 => acdd(taking, boxes).map(AcddMessage::New),
        (function, Some(kind)) if (function, kind) == CANCELLED => {
            cancellation(taking, boxes).map(AcddMessage::Cancellation)
        }
        (function, kind) => {
            let message = format!(
                "function `{function}` with type `{}`; an ACDD has the function 9, its cancellation 13 with the type INV",
                kind.unwrap_or_default()
            );
            taking.tell(Finding::error(FindingCode::OtherKind, message).at(boxes.offset_of("function")));
            None
        }
    }
}

fn acdd(taking: &mut Taking<'_>, boxes: &Boxes<'_>) -> Option<Acdd> {
    let number = text(taking, boxes, "number", "the number of the export declaration (element 15)");
    let from = country(taking, boxes, "from", "the exporting country");
    let to = country(taking, boxes, "to", "the importing country");
    let exporter_id = text(taking, boxes, "exporter.id", "the exporter's identifier (element 1)");
    let exporter_name = text(taking, boxes, "exporter.name", "the exporter's name (element 2)");
    let name = text(taking, boxes, "consignee.name", "the consignee's name (element 3)");
    let address = text(taking, boxes, "consignee.address", "the consignee's address (element 4)");
    let agent_id = text(taking, boxes, "agent.id", "the declaring agent's identifier (element 5)");
    let agent_name = text(taking, boxes, "agent.name", "the declaring agent's name (element 6)");
    let departure = boxes.date("departure");
    let departure = taking.required(boxes, "departure", "the day of departure (element 7)", departure);
    let transport_mode = text(taking, boxes, "transport_mode", "the mode of transport (element 12)");
    let discharge_port = text(taking, boxes, "discharge_port", "the port of discharge (element 13)");
    let items: Vec<Option<AcddItem>> = boxes.group("items").iter().map(|boxes| item(taking, boxes)).collect();
    if items.is_empty() {
        taking.required(boxes, "items", "an item (elements 8 to 11 and 14)", None::<()>);
    }
    let items: Option<Vec<AcddItem>> = items.into_iter().collect();
    if let Some(items) = &items {
        taking.numbered_once(boxes, items.iter().map(|item| item.number));
    }
    Some(Acdd {
        number: number?,
        from: from?,
        to: to?,
        exporter: AcddParty { id: exporter_id?, name: exporter_name? },
        consignee: AcddConsignee { name: name?, address: address? },
        agent: AcddParty { id: agent_id?, name: agent_name? },
        departure: departure?,
        transport_mode: transport_mode?,
        discharge_port: discharge_port?,
        items: items?,
    })
}

fn item(taking: &mut Taking<'_>, boxes: &Boxes<'_>) -> Option<AcddItem> {
    let number = boxes.whole("items.number");
    let number = taking.required(boxes, "items.number", "the item's serial number (element 14)", number);
    let (ahtn, six) = (boxes.hs("items.ahtn"), boxes.hs("items.hs"));
    let field = if ahtn.is_some() { "items.ahtn" } else { "items.hs" };
    let hs = taking.required(boxes, field, "the item's HS code (element 8)", ahtn.or(six));
    if let Some(hs) = hs
        && hs.digits() < 6
    {
        let message = format!("`{hs}` has {} digits; six (HS) or eight (AHTN) are expected", hs.digits());
        taking.tell(Finding::error(FindingCode::BadHs, message).at(boxes.offset_of(field)));
    }
    if let (Some(ahtn), Some(six)) = (ahtn, six)
        && !six.truncated(6).is_prefix_of(ahtn)
    {
        let message = format!("`{ahtn}` (AHTN) does not lie within `{six}` (HS)");
        taking.tell(Finding::error(FindingCode::BadHs, message).at(boxes.offset_of("items.hs")));
    }
    let quantity = boxes.measured("items.quantity");
    let quantity = taking.required(boxes, "items.quantity.amount", "the item's quantity (element 9)", quantity);
    let unit = boxes.unit("items.quantity.unit");
    let unit = taking.required(boxes, "items.quantity.unit", "the unit of the item's quantity (element 10)", unit);
    let origin = country(taking, boxes, "items.origin", "the item's country of origin (element 11)");
    Some(AcddItem { number: number?, hs: hs?, quantity: quantity?.amount, unit: unit?, origin: origin? })
}

fn cancellation(taking: &mut Taking<'_>, boxes: &Boxes<'_>) -> Option<AcddCancellation> {
    let number = text(taking, boxes, "number", "the number of the export declaration (element 15)");
    let from = country(taking, boxes, "from", "the exporting country");
    let to = country(taking, boxes, "to", "the importing country");
    let about = AcddKey { country: from?, number: number? };
    Some(AcddCancellation { about, to: to?, reason: boxes.text("reason") })
}

fn response(taking: &mut Taking<'_>, boxes: &Boxes<'_>) -> Option<AcddResponse> {
    let id = text(taking, boxes, "id", "the response's own number");
    let date = boxes.date("date");
    let date = taking.required(boxes, "date", "the response's day", date);
    let from = country(taking, boxes, "from", "the importing country");
    let number = text(taking, boxes, "about.number", "the number of the export declaration (element 15)");
    let exporting = country(taking, boxes, "about.country", "the exporting country");
    let code = text(taking, boxes, "outcome", "what became of the document")?;
    let outcome = AcddOutcome::of_code(&code);
    if outcome.is_none() {
        let known = AcddOutcome::ALL.map(|outcome| format!("{} ({})", outcome.code(), outcome.as_str()));
        let message = format!("`{code}` is nothing that becomes of an ACDD; expected is one of {}", known.join(", "));
        taking.tell(Finding::error(FindingCode::Deviation, message).at(boxes.offset_of("outcome")));
    }
    Some(AcddResponse {
        id: id?,
        date: date?,
        from: from?,
        about: AcddKey { country: exporting?, number: number? },
        outcome: outcome?,
        declaration: boxes.text("declaration"),
        reason: boxes.text("reason"),
    })
}

fn text(taking: &mut Taking<'_>, boxes: &Boxes<'_>, field: &str, what: &str) -> Option<String> {
    taking.required(boxes, field, what, boxes.text(field))
}

fn country(taking: &mut Taking<'_>, boxes: &Boxes<'_>, field: &str, what: &str) -> Option<crate::trade::CountryCode> {
    taking.required(boxes, field, what, boxes.country(field))
}

fn boxes(acdd: &Acdd) -> Boxes<'_> {
    let mut boxes = Boxes::default();
    boxes.put_text("function", Some(ORIGINAL.0));
    boxes.put_text("type", Some(ORIGINAL.1));
    boxes.put_text("number", Some(&acdd.number));
    boxes.put("from", Some(Value::Country(acdd.from)));
    boxes.put("to", Some(Value::Country(acdd.to)));
    boxes.put_text("exporter.id", Some(&acdd.exporter.id));
    boxes.put_text("exporter.name", Some(&acdd.exporter.name));
    boxes.put_text("consignee.name", Some(&acdd.consignee.name));
    boxes.put_text("consignee.address", Some(&acdd.consignee.address));
    boxes.put_text("agent.id", Some(&acdd.agent.id));
    boxes.put_text("agent.name", Some(&acdd.agent.name));
    boxes.put("departure", Some(Value::Date(acdd.departure)));
    boxes.put_text("transport_mode", Some(&acdd.transport_mode));
    boxes.put_text("discharge_port", Some(&acdd.discharge_port));
    for item in &acdd.items {
        let mut line = Boxes::default();
        line.put("items.number", Some(Value::Whole(item.number)));
        line.put(field_of(item.hs), Some(Value::Hs(item.hs)));
        line.put("items.quantity.amount", Some(Value::Decimal(item.quantity)));
        line.put("items.quantity.unit", Some(Value::Unit(item.unit)));
        line.put("items.origin", Some(Value::Country(item.origin)));
        boxes.add("items", line);
    }
    boxes
}

/// Eight digits are the nomenclature that the members share, six what all the world does.
fn field_of(hs: HsCode) -> &'static str {
    if hs.digits() == AHTN_DIGITS { "items.ahtn" } else { "items.hs" }
}

fn cancelled(cancellation: &AcddCancellation) -> Boxes<'_> {
    let mut boxes = Boxes::default();
    boxes.put_text("function", Some(CANCELLED.0));
    boxes.put_text("type", Some(CANCELLED.1));
    boxes.put_text("number", Some(&cancellation.about.number));
    boxes.put("from", Some(Value::Country(cancellation.about.country)));
    boxes.put("to", Some(Value::Country(cancellation.to)));
    boxes.put_text("reason", cancellation.reason.as_deref());
    boxes
}
