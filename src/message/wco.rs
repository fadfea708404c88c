//! WCO Data Model declarations.
//!
//! Read is any `Declaration` in a namespace `urn:wco:datamodel:WCO:DEC…`: bare, inside
//! `MetaData`, or inside a service's request wrapper. Within it elements count by their names;
//! their order does not matter, and what the screening has no use for is read over. National
//! code lists of the sender are kept as sent.
//!
//! | element | becomes |
//! |---|---|
//! | `ID` / `FunctionalReferenceID` | number / reference |
//! | `TypeCode` (`IM…`, `EX…`, `CO…`) | direction; `CO` by the procedure of the first line |
//! | `AcceptanceDateTime` | date, and time where stated |
//! | `GovernmentAgencyGoodsItem` | a line |
//! | `Commodity/Classification` of type `TSP`, else `SRZ`, `HS` or untyped; `AHTN` is national | HS code |
//! | `GovernmentProcedure/CurrentCode`, `PreviousCode` | procedure; a regime (`A11`) is taken as such |
//! | `AdditionalDocument` | document, code = category + type |
//! | `AdditionalInformation` | statement |

mod more;

use super::fields::Fields;
use super::incoming::{Content, Head};
use super::xml::{Fatal, Tag};
use crate::trade::{
    CountryCode, Declaration, DeclaredProcedure, Direction, DocumentRef, Finding, FindingCode, Format, GoodsItem,
    Party, RegimeCode, Statement, Text,
};
use more::{ADDITIONAL, More};

/// What every namespace of the family begins with.
const FAMILY: &str = "urn:wco:datamodel";
pub(super) const DECLARATION: &str = "urn:wco:datamodel:WCO:DEC";
const METADATA: &str = "urn:wco:datamodel:WCO:DocumentMetaData";
const RESPONSE: &str = "urn:wco:datamodel:WCO:RES";

/// The wrapper of a service in which cancellations come.
const CANCEL: &str = "cancelDeclarationRequest";

/// Whether a root belongs to the family; `Err` names another kind of message.
pub(super) fn recognise(local: &str, uri: &str) -> Option<Result<super::Kind, &'static str>> {
    match local {
        _ if local.ends_with("MetaData") && (uri.is_empty() || is(uri, FAMILY)) => Some(Ok(super::Kind::Wco)),
        "Declaration" if is(uri, DECLARATION) => Some(Ok(super::Kind::Wco)),
        "submitDeclarationRequest" => Some(Ok(super::Kind::Wco)),
        CANCEL => Some(Err("a cancellation request")),
        "Response" if uri.is_empty() || is(uri, RESPONSE) => Some(Err("a response of customs")),
        "inventoryLinkingMovementRequest" => Some(Err("a movement request")),
        "inventoryLinkingMovementResponse" => Some(Err("a movement response")),
        "inventoryLinkingMovementTotalsResponse" => Some(Err("a movement totals response")),
        "inventoryLinkingConsolidationRequest" => Some(Err("a consolidation request")),
        "inventoryLinkingControlResponse" => Some(Err("an inventory control response")),
        "inventoryLinkingQueryRequest" => Some(Err("an inventory query")),
        "inventoryLinkingQueryResponse" => Some(Err("an answer to an inventory query")),
        "inventoryLinkingImportsGoodsArrival" => Some(Err("a goods arrival notice")),
        "InventoryLinkingImportsValidateMovementRequest" => Some(Err("a movement validation request")),
        "InventoryLinkingImportsValidateMovementResponse" => Some(Err("a movement validation response")),
        "InventoryLinkingImportsInboundRequest" | "InventoryLinkingExportsInboundRequest" => {
            Some(Err("an inventory linking request"))
        }
        "FileUploadRequest" | "FileUploadResponse" | "Root" if uri.contains("fileUpload") => {
            Some(Err("a file upload message"))
        }
        _ => None,
    }
}

/// Whether a namespace begins so. Some senders lose the colons of the URI on the way; theirs is
/// recognised all the same.
fn is(uri: &str, expected: &str) -> bool {
    uri.starts_with(expected) || (!uri.contains(':') && uri.starts_with(expected.replace(':', "").as_str()))
}

/// Whether a root that is no declaration may hold another message that is received.
pub(super) fn is_received(local: &str) -> bool {
    local == CANCEL
}

/// A message while it is read.
#[derive(Debug)]
struct Message<'a> {
    declaration: Declaration<'a>,
    /// Where the declaration begins; it has been found then.
    found: Option<usize>,
    /// What the message says beside the declaration, where that is wanted.
    more: Option<More<'a>>,
}

impl<'a> Message<'a> {
    fn new(more: Option<More<'a>>) -> Self {
        Self { declaration: Declaration::new(Format::WcoDeclaration), found: None, more }
    }

    fn read(&mut self, fields: &mut Fields<'a>, root: &Tag<'_>) -> Result<(), Fatal> {
        if root.local() == "Declaration" {
            return read_declaration(fields, self, root.offset);
        }
        if !fields.xml.uri(root.namespace).contains(':') && !fields.xml.uri(root.namespace).is_empty() {
            fields.deviation("the namespaces have lost their colons on the way".to_owned(), root.offset);
        }
        wrapper(fields, self)?;
        if self.found.is_none() {
            return Err(Box::new(
                Finding::error(
                    FindingCode::Missing,
                    format!("no `Declaration` in a namespace `{DECLARATION}…` within `{}`", root.local()),
                )
                .at(root.offset)
                .field(root.local()),
            ));
        }
        Ok(())
    }
}

/// Reads the declaration whose root is open.
pub(super) fn read<'a>(fields: &mut Fields<'a>, root: &Tag<'_>) -> Result<Declaration<'a>, Fatal> {
    let mut message = Message::new(None);
    message.read(fields, root)?;
    Ok(message.declaration)
}

/// Receives the message whose root is open; see [`more`]. `head` stands even where the message
/// is refused.
pub(super) fn receive<'a>(
    fields: &mut Fields<'a>,
    root: &Tag<'_>,
    bytes: &'a [u8],
    head: &mut Option<Head<'a>>,
) -> Result<Content<'a>, Fatal> {
    let mut message = Message::new(Some(More::default()));
    let read = message.read(fields, root);
    let Message { declaration, found, more } = message;
    let more = more.unwrap_or_default();
    *head = Some(more.head(&declaration));
    read?;
    Ok(more.content(fields, declaration, found.unwrap_or(root.offset), bytes))
}

/// Reads through `MetaData` and request wrappers to the declaration.
fn wrapper<'a>(fields: &mut Fields<'a>, message: &mut Message<'a>) -> Result<(), Fatal> {
    while let Some(tag) = fields.xml.child()? {
        let uri_is = |expected| is(fields.xml.uri(tag.namespace), expected);
        match tag.local() {
            "Declaration" if uri_is(DECLARATION) => {
                if message.found.is_some() {
                    fields.refuse(
                        Finding::error(
                            FindingCode::Repeated,
                            "a second `Declaration` in one message; send each by itself",
                        )
                        .at(tag.offset)
                        .field(fields.xml.path()),
                    );
                    fields.xml.skip()?;
                } else {
                    read_declaration(fields, message, tag.offset)?;
                }
            }
            "Response" if fields.xml.uri(tag.namespace).is_empty() || uri_is(RESPONSE) => {
                return Err(Box::new(
                    Finding::error(FindingCode::OtherKind, "a response of customs is not a declaration")
                        .at(tag.offset)
                        .field(fields.xml.path()),
                ));
            }
            "ResponsibleCountryCode" | "mdResponsibleCountryCode" => {
                let country = fields.country(&tag)?;
                let known = &mut message.declaration.responsible_country;
                if known.is_some() && country != *known {
                    fields.again("ResponsibleCountryCode", tag.offset);
                }
                *known = known.or(country);
            }
            "MetaData" | "mdMetaData" if uri_is(METADATA) || uri_is(DECLARATION) => wrapper(fields, message)?,
            "requestDetail" => wrapper(fields, message)?,
            _ => fields.xml.skip()?,
        }
    }
    Ok(())
}

fn read_declaration<'a>(fields: &mut Fields<'a>, message: &mut Message<'a>, own: usize) -> Result<(), Fatal> {
    let limits = *fields.xml.limits();
    let Message { declaration, found, more } = message;
    *found = Some(own);
    if let Some(more) = more {
        more.look_ahead(fields.xml.clone())?;
    }
    let partial = more.as_ref().is_some_and(More::is_partial);
    let mut type_code: Option<(Text<'a>, usize)> = None;
    while let Some(tag) = fields.xml.child()? {
        if let Some(more) = more
            && more.element(fields, &tag)?
        {
            continue;
        }
        match tag.local() {
            "FunctionCode" => {
                let code = fields.xml.text()?;
                if code == ADDITIONAL {
                    return Err(Box::new(Finding::error(
                        FindingCode::OtherKind,
                        "an additional message (amendment, cancellation or presentation, `FunctionCode` 13) is not a declaration",
                    )
                    .at(tag.offset)
                    .field(format!("{}/FunctionCode", fields.xml.path()))));
                }
            }
            "ID" => declaration.number = fields.text()?,
            "FunctionalReferenceID" => declaration.reference = fields.text()?,
            "TypeCode" => {
                let code = fields.text()?.map(|code| (code, tag.offset));
                if type_code.is_some() && code.as_ref().map(|c| &c.0) != type_code.as_ref().map(|c| &c.0) {
                    fields.again("TypeCode", tag.offset);
                }
                type_code = type_code.or(code);
            }
            "AcceptanceDateTime" => accepted(fields, declaration)?,
            "DeclarationOfficeID" => {
                declaration.places.office = tag.offset;
                declaration.office = fields.text()?;
            }
            "InvoiceAmount" => {
                declaration.places.invoice = tag.offset;
                declaration.invoice = fields.money(&tag)?;
            }
            "TotalGrossMassMeasure" => declaration.gross_mass = fields.quantity(&tag)?,
            "Declarant" => party(fields, &mut declaration.declarant)?,
            "Exporter" => party(fields, &mut declaration.exporter)?,
            "BorderTransportMeans" => {
                while let Some(inner) = fields.xml.child()? {
                    match inner.local() {
                        "ModeCode" => declaration.transport_mode = fields.text()?,
                        _ => fields.xml.skip()?,
                    }
                }
            }
            "AdditionalDocument" => {
                fields.room(declaration.documents.len(), "documents", limits.repeats, tag.offset)?;
                let document = document(fields)?;
                declaration.documents.push(document);
            }
            "AdditionalInformation" => {
                fields.room(declaration.statements.len(), "statements", limits.repeats, tag.offset)?;
                let statement = statement(fields)?;
                declaration.statements.push(statement);
            }
            "GoodsShipment" => shipment(fields, declaration, partial)?,
            _ => fields.xml.skip()?,
        }
    }
    if partial {
        return Ok(());
    }
    if declaration.items.is_empty() {
        fields.refuse(
            Finding::error(
                FindingCode::NoGoods,
                "the declaration has no goods; at least one `GoodsShipment/GovernmentAgencyGoodsItem` was expected",
            )
            .at(own)
            .field(fields.path_of("Declaration/GoodsShipment/GovernmentAgencyGoodsItem")),
        );
    }
    direction(fields, declaration, type_code.as_ref(), own);
    Ok(())
}

/// The time of acceptance, whose element is open.
fn accepted(fields: &mut Fields<'_>, declaration: &mut Declaration<'_>) -> Result<(), Fatal> {
    while let Some(inner) = fields.xml.child()? {
        if inner.local().ends_with("DateTimeString") || inner.local() == "DateTime" {
            let (date, time) = fields.day_and_time(&inner)?.unzip();
            let time = time.flatten();
            let differs =
                date != declaration.date || time.zip(declaration.time).is_some_and(|(one, other)| one != other);
            if declaration.date.is_some() && differs {
                fields.again(inner.local(), inner.offset);
            } else {
                declaration.date = declaration.date.or(date);
                declaration.time = declaration.time.or(time);
            }
        } else {
            fields.xml.skip()?;
        }
    }
    Ok(())
}

/// Import, export, or by the procedure of the first line.
fn direction(
    fields: &mut Fields<'_>,
    declaration: &mut Declaration<'_>,
    type_code: Option<&(Text<'_>, usize)>,
    offset: usize,
) {
    let kind = type_code.and_then(|(code, _)| code.get(..2));
    declaration.direction = match kind {
        Some("IM") => Some(Direction::Import),
        Some("EX") => Some(Direction::Export),
        _ => None,
    };
    if declaration.direction.is_none() && kind != Some("CO") {
        let (message, at) = match type_code {
            Some((code, at)) => (format!("`{code}` is no declaration type; `IM…`, `EX…` or `CO…` was expected"), *at),
            None => ("no declaration type; `IM…`, `EX…` or `CO…` was expected".to_owned(), offset),
        };
        fields.report(
            Finding::error(FindingCode::UnknownDirection, message).at(at).field(fields.path_of("Declaration/TypeCode")),
        );
    }
}

fn shipment<'a>(fields: &mut Fields<'a>, declaration: &mut Declaration<'a>, partial: bool) -> Result<(), Fatal> {
    let limits = *fields.xml.limits();
    let mut highest = declaration.items.iter().map(|item| item.number).max().unwrap_or(0);
    while let Some(tag) = fields.xml.child()? {
        match tag.local() {
            "GovernmentAgencyGoodsItem" => {
                fields.room(declaration.items.len(), "goods lines", limits.goods_lines, tag.offset)?;
                let next = u32::try_from(declaration.items.len() + 1).unwrap_or(u32::MAX);
                let count = declaration.items.len();
                declaration.items.push(GoodsItem { number: next, ..GoodsItem::default() });
                let (before, item) = declaration.items.split_at_mut(count);
                let numbered_at = goods_item(fields, &mut item[0], &tag, partial)?;
                let number = item[0].number;
                if number <= highest && before.iter().any(|other| other.number == number) {
                    let name = "GovernmentAgencyGoodsItem/SequenceNumeric";
                    fields.goods_line = Some(number);
                    fields.bad(
                        FindingCode::DuplicateLine,
                        name,
                        numbered_at,
                        format!("two lines have the number {number}"),
                    );
                    fields.goods_line = None;
                }
                highest = highest.max(number);
            }
            "Importer" => party(fields, &mut declaration.importer)?,
            "Consignment" => consignment(fields, declaration)?,
            "Exporter" if declaration.exporter == Party::default() => party(fields, &mut declaration.exporter)?,
            "Consignee" if declaration.importer == Party::default() => party(fields, &mut declaration.importer)?,
            "ExportCountry" => declaration.export_country = country_of(fields, &mut declaration.places.export_country)?,
            "Destination" => {
                declaration.destination_country = country_of(fields, &mut declaration.places.destination_country)?;
            }
            "AdditionalDocument" => {
                fields.room(declaration.documents.len(), "documents", limits.repeats, tag.offset)?;
                let document = document(fields)?;
                declaration.documents.push(document);
            }
            _ => fields.xml.skip()?,
        }
    }
    Ok(())
}

/// Where a consignment goes, and when it leaves.
fn consignment<'a>(fields: &mut Fields<'a>, declaration: &mut Declaration<'a>) -> Result<(), Fatal> {
    while let Some(tag) = fields.xml.child()? {
        match tag.local() {
            "DepartureDateTime" => {
                while let Some(inner) = fields.xml.child()? {
                    match inner.local() {
                        "DateTimeString" | "DateTime" => {
                            // Nothing is decided by it: one that cannot be read is none.
                            let before = std::mem::replace(&mut fields.quiet, true);
                            declaration.departure = fields.day_and_time(&inner)?.map(|(day, _)| day);
                            fields.quiet = before;
                        }
                        _ => fields.xml.skip()?,
                    }
                }
            }
            "UnloadingLocation" => {
                while let Some(inner) = fields.xml.child()? {
                    match inner.local() {
                        "ID" => declaration.unloading_place = fields.text()?,
                        _ => fields.xml.skip()?,
                    }
                }
            }
            _ => fields.xml.skip()?,
        }
    }
    Ok(())
}

/// Reads a line into `item`, which has the number it has by its place; gives back where its
/// number stands. A `partial` one holds no more than what changes.
fn goods_item<'a>(
    fields: &mut Fields<'a>,
    item: &mut GoodsItem<'a>,
    own: &Tag<'_>,
    partial: bool,
) -> Result<usize, Fatal> {
    let limits = *fields.xml.limits();
    let mut numbered_at = own.offset;
    let mut classified = false;
    let mut commodities = 0;
    fields.goods_line = Some(item.number);
    item.places.item = own.offset;
    while let Some(tag) = fields.xml.child()? {
        match tag.local() {
            "SequenceNumeric" => {
                numbered_at = tag.offset;
                if let Some(number) = fields.whole(&tag)? {
                    item.number = number;
                    fields.goods_line = Some(number);
                }
            }
            "Commodity" => {
                if commodities > 0 {
                    fields.again("Commodity", tag.offset);
                }
                commodities += 1;
                classified |= commodity(fields, item)?;
            }
            "GovernmentProcedure" => procedure(fields, item)?,
            "Origin" => {
                let mut at = 0;
                let origin = country_of(fields, &mut at)?;
                if item.origin.is_none() {
                    item.origin = origin;
                    item.places.origin = at;
                }
            }
            "CustomsValueAmount" => {
                item.places.customs_value = tag.offset;
                item.customs_value = fields.money(&tag)?;
            }
            "StatisticalValueAmount" => {
                let value = fields.money(&tag)?;
                if item.customs_value.is_none() {
                    item.places.customs_value = tag.offset;
                    item.customs_value = value;
                }
            }
            "AdditionalDocument" => {
                fields.room(item.documents.len(), "documents of a line", limits.repeats, tag.offset)?;
                let document = document(fields)?;
                item.documents.push(document);
            }
            "AdditionalInformation" => {
                fields.room(item.statements.len(), "statements of a line", limits.repeats, tag.offset)?;
                let statement = statement(fields)?;
                item.statements.push(statement);
            }
            _ => fields.xml.skip()?,
        }
    }
    if !classified && !partial {
        let name = "GovernmentAgencyGoodsItem/Commodity/Classification";
        fields.bad(
            FindingCode::Missing,
            name,
            own.offset,
            "the line has no classification that counts; one of type `TSP`, `SRZ`, `HS` or without type was expected"
                .to_owned(),
        );
    }
    fields.goods_line = None;
    Ok(numbered_at)
}

/// How much a type of classification counts; the highest of a line is its code.
fn rank(kind: &str) -> u8 {
    match kind {
        "AHTN" => 4,
        "TSP" => 3,
        "SRZ" => 2,
        "HS" => 1,
        _ => 0,
    }
}

/// Reads `Commodity`; whether it has a classification that counts, right or wrong.
fn commodity<'a>(fields: &mut Fields<'a>, item: &mut GoodsItem<'a>) -> Result<bool, Fatal> {
    let mut best = 0;
    let mut classified = false;
    while let Some(tag) = fields.xml.child()? {
        match tag.local() {
            "Description" => item.description = fields.xml.text()?,
            "Classification" => classified |= classification(fields, item, &mut best)?,
            "GoodsMeasure" => {
                while let Some(inner) = fields.xml.child()? {
                    match inner.local() {
                        "GrossMassMeasure" => item.gross_mass = fields.quantity(&inner)?,
                        "NetNetWeightMeasure" => item.net_mass = fields.quantity(&inner)?,
                        "TariffQuantity" => item.quantity = fields.quantity(&inner)?,
                        _ => fields.xml.skip()?,
                    }
                }
            }
            "InvoiceLine" => {
                while let Some(inner) = fields.xml.child()? {
                    match inner.local() {
                        "ItemChargeAmount" => {
                            item.places.invoice_value = inner.offset;
                            item.invoice_value = fields.money(&inner)?;
                        }
                        _ => fields.xml.skip()?,
                    }
                }
            }
            _ => fields.xml.skip()?,
        }
    }
    Ok(classified)
}

/// One classification: its code and what kind of code it is, in whatever order. Whether it
/// counts.
fn classification<'a>(fields: &mut Fields<'a>, item: &mut GoodsItem<'a>, best: &mut u8) -> Result<bool, Fatal> {
    let mut code: Option<(Text<'a>, usize)> = None;
    let mut kind = None;
    while let Some(tag) = fields.xml.child()? {
        match tag.local() {
            "ID" => code = fields.text()?.map(|text| (text, tag.offset)),
            "IdentificationTypeCode" => kind = fields.text()?,
            _ => fields.xml.skip()?,
        }
    }
    let rank = match kind.as_deref() {
        None => 1,
        Some(kind) => rank(kind),
    };
    let Some((text, at)) = code else { return Ok(false) };
    if rank == 0 {
        return Ok(false);
    }
    let Some(hs) = fields.hs_named(&text, "Classification/ID", at) else { return Ok(true) };
    if let Some(first) = item.hs
        && rank <= *best
    {
        item.hs_contradicts |= rank == *best && hs != first;
        item.hs_general = item.hs_general.or(Some(hs));
        return Ok(true);
    }
    item.hs_general = item.hs.or(item.hs_general);
    item.hs = Some(hs);
    item.places.code = at;
    item.hs_is_national = kind.as_deref() == Some("AHTN");
    *best = rank;
    Ok(true)
}

fn procedure<'a>(fields: &mut Fields<'a>, item: &mut GoodsItem<'a>) -> Result<(), Fatal> {
    let (mut current, mut previous) = (None, None);
    let mut offset = 0;
    while let Some(tag) = fields.xml.child()? {
        match tag.local() {
            "CurrentCode" => {
                offset = tag.offset;
                current = fields.text()?;
            }
            "PreviousCode" => previous = fields.text()?,
            _ => fields.xml.skip()?,
        }
    }
    let Some(current) = current else { return Ok(()) };
    let two_digits = |text: &str| (text.len() == 2).then(|| text.parse::<u8>().ok()).flatten();
    let parsed = match two_digits(&current) {
        Some(requested) => Some(DeclaredProcedure::Requested {
            requested,
            previous: previous.as_deref().and_then(two_digits).unwrap_or(0),
        }),
        None => RegimeCode::parse(&current)
            .ok()
            .filter(|_| current.starts_with(|c: char| c.is_ascii_uppercase()))
            .map(DeclaredProcedure::National),
    };
    match parsed {
        Some(parsed) if item.procedure.is_none() => {
            item.procedure = Some(parsed);
            item.places.procedure = offset;
        }
        // Further procedures of a line are additional ones (WCO: `000`, `C07` …).
        _ if item.procedure.is_some() || current.len() == 3 => {
            fields.room(item.additional_procedures.len(), "procedures of a line", 99, offset)?;
            item.additional_procedures.push(current);
        }
        _ => fields.bad(
            FindingCode::UnknownRegime,
            "GovernmentProcedure/CurrentCode",
            offset,
            format!("`{current}` is no procedure; two digits such as `40`, or a regime such as `A11`, were expected"),
        ),
    }
    Ok(())
}

fn document<'a>(fields: &mut Fields<'a>) -> Result<DocumentRef<'a>, Fatal> {
    let mut document = DocumentRef::default();
    let (mut category, mut kind): (Text<'a>, Text<'a>) = (Text::default(), Text::default());
    while let Some(tag) = fields.xml.child()? {
        match tag.local() {
            "CategoryCode" => category = fields.xml.text()?,
            "TypeCode" => kind = fields.xml.text()?,
            "ID" => document.number = fields.xml.text()?,
            "LPCOExemptionCode" => document.status = fields.text()?,
            _ => fields.xml.skip()?,
        }
    }
    document.code = if category.is_empty() {
        kind
    } else if kind.is_empty() {
        category
    } else {
        Text::Owned([category.as_ref(), kind.as_ref()].concat())
    };
    Ok(document)
}

fn statement<'a>(fields: &mut Fields<'a>) -> Result<Statement<'a>, Fatal> {
    let mut statement = Statement::default();
    while let Some(tag) = fields.xml.child()? {
        match tag.local() {
            "StatementCode" => statement.code = fields.xml.text()?,
            "StatementTypeCode" => statement.kind = fields.text()?,
            "StatementDescription" => statement.text = fields.text()?,
            _ => fields.xml.skip()?,
        }
    }
    Ok(statement)
}

fn party<'a>(fields: &mut Fields<'a>, party: &mut Party<'a>) -> Result<(), Fatal> {
    while let Some(tag) = fields.xml.child()? {
        match tag.local() {
            "ID" => party.id = fields.text()?,
            "Name" => party.name = fields.text()?,
            "Address" => {
                while let Some(inner) = fields.xml.child()? {
                    match inner.local() {
                        "CountryCode" => party.country = fields.country(&inner)?,
                        "Line" => party.address = fields.text()?,
                        _ => fields.xml.skip()?,
                    }
                }
            }
            _ => fields.xml.skip()?,
        }
    }
    Ok(())
}

/// The country of an element that holds one, and where it stands: `Origin/CountryCode`,
/// `ExportCountry/ID`.
fn country_of(fields: &mut Fields<'_>, at: &mut usize) -> Result<Option<CountryCode>, Fatal> {
    let mut country = None;
    while let Some(tag) = fields.xml.child()? {
        match tag.local() {
            "CountryCode" | "ID" => {
                *at = tag.offset;
                country = fields.country(&tag)?;
            }
            _ => fields.xml.skip()?,
        }
    }
    Ok(country)
}
