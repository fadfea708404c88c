//! The national declaration (tờ khai hải quan): the *Motcua national declaration profile*.
//!
//! Viet Nam's customs system VNACCS has its own transport and no public XML. This profile is
//! Motcua's own: the fields of the VNACCS messages IDA (import) and EDA (export), by their VNACCS
//! ids, in an envelope shaped like that of the single window ([`super::vnsw`]). Elements have no
//! namespace and no attributes, and their order does not matter.
//!
//! ```xml
//! <Envelope>
//!   <Header>
//!     <Reference><version>01</version><messageId>…</messageId></Reference>
//!     <From><name>…</name><identity>0301234567</identity><countryCode>VN</countryCode>…</From>
//!     <To><name>…</name><identity>…</identity><countryCode>VN</countryCode>…</To>
//!     <Subject>
//!       <documentType>IDA</documentType><type>10</type><function>01</function>
//!       <reference>…</reference><documentYear>2026</documentYear>
//!       <preReference>…</preReference><sendDate>2026-07-20 09:15:00</sendDate>
//!     </Subject>
//!   </Header>
//!   <Body><Content>
//!     <ImportDeclaration>
//!       <Registration><Number>107012345678</Number><Date>2026-07-20 09:15:00</Date></Registration>
//!       <ICB>A11</ICB> …
//!       <GoodsList><Goods><LineNo>1</LineNo><CMD>03061721</CMD> … </Goods></GoodsList>
//!     </ImportDeclaration>
//!   </Content></Body>
//! </Envelope>
//! ```
//!
//! | element | content | becomes |
//! |---|---|---|
//! | `Header/Subject/documentType` | `IDA` or `EDA` | direction |
//! | `Header/Subject/type`, `function` | `10`; `01` first, `02` sent again before registration | |
//! | `Header/Subject/reference` | up to 35 characters | reference |
//! | `Header/From` | who files: name, identity (tax code), countryCode | declarant |
//! | `Header/To/countryCode` | ISO 3166-1 | responsible country |
//! | `Body/Content/ImportDeclaration`, `ExportDeclaration` | the declaration; fits `documentType` | |
//! | `Registration` | absent before the official registration (IDC, EDC) | |
//! | `Registration/Number` | 12 digits | number |
//! | `Registration/Date` | a day, with a time or without | date, time |
//! | `Registration/Office` | customs office | office, where `CH` is absent |
//! | every header field of IDA, EDA | by its VNACCS id: `ICB`, `CCC`, `IMC` … | see below |
//! | `PermitList/Permit/SS`, `SN` | type and number of a permit; any number of them | documents |
//! | `SS1`…`SS5`, `SN1`…`SN5` | the same, flat | documents |
//! | `FactList/Fact/Name`, `Value` | a fact stated outright, as the pack names it | statements of kind `FCT` |
//! | `GoodsList/Goods` | a line; VNACCS has at most 50 | lines |
//! | `Goods/LineNo` | its number from 1, unique | line number |
//! | `Goods/CMD2` | of a preferential line (chapter 98): its code of chapters 1 to 97 | second HS code |
//! | every line field of IDA, EDA | by its VNACCS id | see below |
//! | `Goods/PermitList`, `Goods/FactList` | as above, of the line | documents, statements of the line |
//!
//! | VNACCS field | becomes |
//! |---|---|
//! | `ICB`, `ECB` | regime (mã loại hình) |
//! | `CH`, `CCC`, `MTC`, `SKB` | office, cargo class, mode of transport, person or organisation |
//! | `IMC`, `IMN`; `EPC`, `EPN`, `EPO` (import); `EPC`, `EPN`; `CGC`, `CGN`, `CGK` (export) | the parties |
//! | `ICC`, `ECC` | the declarant's user code, where the envelope names no one |
//! | `PSC` (import), `DSC` (export) | country of export, of destination: the first two letters of the location |
//! | `CGA`, `CAT`, `CAC`, `CAS` (export) | the consignee's address |
//! | `SYM` (export) | day of departure |
//! | `DSC` (export) | place of unloading, for want of a field of its own |
//! | `GW`, `GWT` | gross mass |
//! | `IP3`, `IP4` | invoice total |
//! | `OL1`…`OL5` | statements of kind `OL` |
//! | `N4` | statement `N4`: result of inspection before declaration |
//! | `BP` | reason for release before the permit |
//! | `NT2` | notes |
//! | `CMD`, `CMN`, `OR` | HS code, description, origin |
//! | `QN1`, `QT1` | quantity; `QN2`, `QT2` where the first is absent; the one in `KGM` is the net mass |
//! | `BPR`, `UPC` | invoice value in the currency of the unit price, else of the invoice |
//! | `DPR`, `BPC` | customs value |
//! | `KWS` | statement `KWS`: tariff quota classification |
//!
//! What follows the declaration is shaped like the same message of the single window's procedures.
//! [`read`](crate::message::read) refuses it, [`receive`](crate::message::receive) takes it:
//!
//! | type | function | from | message | `Content` |
//! |---|---|---|---|---|
//! | 10 | 01 | declarant | the declaration | `ImportDeclaration`, `ExportDeclaration` |
//! | 10 | 02 | declarant | sent again before registration: takes the place of the former | the same |
//! | 14 | 08 | declarant | changed after acceptance | `RequestEdit`: `RequestDate`, `Reason`, the declaration whole with its `Registration/Number` |
//! | 11 | 04 | declarant | cancelled before acceptance | `RequestCancel`: `RequestDate`, `Number`, `Reason`, none of them mandatory: `reference` says which |
//! | 16 | 11 | declarant | to be cancelled after acceptance | `RequestCancel`: `RequestDate`, `Number`, `Reason` |
//! | any | 99 | either | a receipt | `ReceiveDate` |
//! | any | 00 | either | a list of errors | `ErrorList` |
//!
//! | 30 | see below | customs | what was decided | `DeclarationNotice` |
//!
//! A reason or number that is missing is an error `FIELD_MISSING`. Any other type is a letter.
//!
//! Type 30 is the notice of customs ([`Notice`](crate::message::answer::Notice)). Its functions
//! are those of the WCO responses: 01 accepted, 02 registered, 03 refused, 05 the goods are to
//! be examined, 06 documents are to be presented, 07 changed, 08 released, 09 cleared, 10
//! cancelled, 11 answer to a request; and two of the profile's own: 04 held, 12 to storage.
//!
//! | element of `DeclarationNotice` | content |
//! |---|---|
//! | `DeclarationNo`, `Version`, `AcceptanceDate` | number, version and acceptance of the declaration |
//! | `Granted` | with function 11: `1` granted, `0` not |
//! | `Decision`, `DecisionDate` | the decision on the whole, and when |
//! | `Channel`, `LawEdition`, `Reason` | channel; edition of the law that decided; why, in words |
//! | `LineList/Line`: `LineNo`, `CMD`, `LineDecision` | the decision on each line |
//! | `…/RequirementList/Requirement`: `Rule`, `Article`…, `Agency`, `Status`, `Explanation` | its reasons |
//! | `TaskList/Task`: `Id`, `Agency`, `Procedure`, `Due`, `Explanation` | what is open, and by when |
//! | `FaultList/Fault`: `ErrorCode`, `FindingCode`, `LineNo`, `Field`, `Explanation` | what was wrong in the message |
//!
//! The other fields are checked and not kept. A mandatory field of VNACCS that is missing is an
//! error `FIELD_MISSING`; what is too long, has signs that its field may not have, is unknown or
//! stands twice is a departure: a warning in a lenient reading, refused in a strict one.
//! Numbers have a decimal point. A day is written `yyyy-MM-dd` or, as in VNACCS, `ddMMyyyy`;
//! eight digits are never read as `yyyyMMdd`.

mod line;
mod request;
mod table;

pub(super) use request::{Message, receive};

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::fields::{DayAndTime, Fields, parse_day_and_time};
use super::vnsw::Header;
use super::xml::{Fatal, Tag};
use crate::trade::{
    CountryCode, CurrencyCode, Declaration, DeclaredProcedure, Direction, DocumentRef, Finding, FindingCode, Format,
    GoodsItem, Money, Quantity, RegimeCode, Statement, Text, UnitCode,
};
use table::{Content, Field, Level, Marks, Role, Table};

/// The lines that VNACCS has room for.
const LINES: usize = 50;

/// Which national declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// IDA.
    Import,
    /// EDA.
    Export,
}

impl Kind {
    fn parse(document_type: &str) -> Option<Self> {
        match document_type {
            "IDA" => Some(Self::Import),
            "EDA" => Some(Self::Export),
            _ => None,
        }
    }

    /// The element that holds the declaration.
    fn element(self) -> &'static str {
        match self {
            Self::Import => "ImportDeclaration",
            Self::Export => "ExportDeclaration",
        }
    }
}

/// Which declaration and which message of its life; nothing where the document type is another.
pub(super) fn message(document_type: &str, kind: &str, function: &str) -> Option<(Kind, Message)> {
    Kind::parse(document_type).map(|declaration| (declaration, request::of(kind, function)))
}

/// Whether a document type belongs to the national declaration; `Err` says which other message
/// it is.
pub(super) fn recognise(document_type: &str, kind: &str, function: &str) -> Option<Result<Kind, String>> {
    let Some(declaration) = Kind::parse(document_type) else {
        let what = match document_type {
            "IDA01" | "EDA01" => "an amendment after registration",
            "IDB" | "EDB" => "a recall of pre-registered data",
            "IDC" | "EDC" => "an official registration without the declaration's data",
            "IDD" | "EDD" => "a recall of registered data",
            "IDE" | "EDE" => "an official registration of an amendment",
            "MIC" | "MEC" | "MID" | "MED" | "MIE" | "MEE" => "a declaration of low-value goods",
            _ => return None,
        };
        return Some(Err(format!("`{document_type}` ({what}) is not read; a declaration is `IDA` or `EDA`")));
    };
    Some(match request::of(kind, function) {
        Message::First | Message::Again => Ok(declaration),
        _ => Err(format!(
            "`{document_type}` with type `{kind}` and function `{function}` is not a declaration; it has type 10 and function 01, or 02 where it is sent again"
        )),
    })
}

/// Reads the declaration within `Content`, which is open.
pub(super) fn read<'a>(
    fields: &mut Fields<'a>,
    header: &Header<'a>,
    kind: Kind,
    content: usize,
) -> Result<Declaration<'a>, Fatal> {
    let mut declaration = begun(header, kind);
    let expected = kind.element();
    let mut found = false;
    while let Some(tag) = fields.xml.child()? {
        if tag.local() == expected && !found {
            found = true;
            element(fields, &mut declaration, kind, &tag)?;
        } else {
            let message = format!(
                "`{}` in a message `{}`; one `{expected}` was expected",
                tag.local(),
                header.document_type.text
            );
            let finding = Finding::error(FindingCode::OtherKind, message).at(tag.offset).field(fields.xml.path());
            fields.refuse(finding);
            fields.xml.skip()?;
        }
    }
    if !found && !fields.is_refused() {
        fields.refuse(
            Finding::error(
                FindingCode::Missing,
                "`Content` has no declaration; `ImportDeclaration` or `ExportDeclaration` was expected",
            )
            .at(content)
            .field("Envelope/Body/Content"),
        );
    }
    Ok(declaration)
}

/// A declaration of which the header is known.
fn begun<'a>(header: &Header<'a>, kind: Kind) -> Declaration<'a> {
    let mut declaration = Declaration::new(Format::VnDeclaration);
    declaration.reference.clone_from(&header.reference);
    declaration.responsible_country = header.country();
    declaration.direction = Some(match kind {
        Kind::Import => Direction::Import,
        Kind::Export => Direction::Export,
    });
    let some = |text: &Text<'a>| (!text.is_empty()).then(|| text.clone());
    declaration.declarant.id = some(&header.from.identity);
    declaration.declarant.name = some(&header.from.name);
    declaration.declarant.country = header.from_country;
    declaration
}

/// Reads the element `own` of a declaration, which is open.
fn element<'a>(
    fields: &mut Fields<'a>,
    declaration: &mut Declaration<'a>,
    kind: Kind,
    own: &Tag<'_>,
) -> Result<(), Fatal> {
    Reader { declaration, table: Table::of(kind), parts: Parts::default(), highest: 0 }.read(fields, own)
}

/// Reads the number of a declaration.
fn number<'a>(fields: &mut Fields<'a>, tag: &Tag<'_>) -> Result<Option<Text<'a>>, Fatal> {
    let Some(text) = fields.text()? else { return Ok(None) };
    if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(Some(text));
    }
    let message = format!("`{text}` is no declaration number; 12 digits were expected");
    fields.bad(FindingCode::BadNumber, "Number", tag.offset, message);
    Ok(None)
}

/// The walk over a declaration.
#[derive(Debug)]
struct Reader<'d, 'a> {
    declaration: &'d mut Declaration<'a>,
    table: &'static Table,
    parts: Parts<'a>,
    /// The highest line number so far.
    highest: u32,
}

/// What several fields state together.
#[derive(Debug, Default)]
struct Parts<'a> {
    gross: Option<Decimal>,
    gross_unit: Option<UnitCode>,
    invoice: Option<Decimal>,
    currency: Option<CurrencyCode>,
    permits: Permits<'a>,
    registered: bool,
    registered_at: Option<Text<'a>>,
}

/// Permits by number of their fields: type and number.
#[derive(Debug, Default)]
struct Permits<'a>([(Option<Text<'a>>, Option<Text<'a>>); 5]);

impl<'a> Reader<'_, 'a> {
    fn read(mut self, fields: &mut Fields<'a>, own: &Tag<'_>) -> Result<(), Fatal> {
        let mut marks = Marks::default();
        while let Some(tag) = fields.xml.child()? {
            let known = self.table.header.field(tag.local());
            match known {
                Some((at, field)) => {
                    let text = fields.xml.text()?;
                    if text.is_empty() {
                        continue;
                    }
                    if marks.mark(at) {
                        repeated(fields, &tag, field.role != Role::Judged);
                    } else {
                        self.field(fields, field, &tag, text);
                    }
                }
                None => self.part(fields, &tag)?,
            }
        }
        missing(fields, &self.table.header, &marks, own);
        self.finish(fields, own);
        Ok(())
    }

    /// A part that is no VNACCS field.
    fn part(&mut self, fields: &mut Fields<'a>, tag: &Tag<'_>) -> Result<(), Fatal> {
        match tag.local() {
            "Registration" if self.parts.registered => {
                fields.xml.skip()?;
                repeated(fields, tag, true);
                Ok(())
            }
            "Registration" => self.registration(fields),
            "GoodsList" => self.goods(fields),
            "PermitList" => permits(fields, &mut self.declaration.documents),
            "FactList" => facts(fields, &mut self.declaration.statements),
            _ => unknown(fields, tag),
        }
    }

    fn registration(&mut self, fields: &mut Fields<'a>) -> Result<(), Fatal> {
        self.parts.registered = true;
        while let Some(tag) = fields.xml.child()? {
            match tag.local() {
                "Number" => self.declaration.number = number(fields, &tag)?.or(self.declaration.number.take()),
                "Date" => {
                    let read = fields.text()?.and_then(|text| day(fields, &text, &tag));
                    self.declaration.date = read.map(|(date, _)| date);
                    self.declaration.time = read.and_then(|(_, time)| time);
                }
                "Office" => self.parts.registered_at = fields.text()?,
                _ => unknown(fields, &tag)?,
            }
        }
        Ok(())
    }

    fn goods(&mut self, fields: &mut Fields<'a>) -> Result<(), Fatal> {
        let limit = fields.xml.limits().goods_lines;
        while let Some(tag) = fields.xml.child()? {
            if tag.local() != "Goods" {
                unknown(fields, &tag)?;
                continue;
            }
            let count = self.declaration.items.len();
            fields.room(count, "goods lines", limit, tag.offset)?;
            if count == LINES {
                fields.deviation(
                    format!("more than {LINES} lines; a larger consignment is split into several declarations"),
                    tag.offset,
                );
            }
            let next = u32::try_from(count + 1).unwrap_or(u32::MAX);
            self.declaration.items.push(GoodsItem::default());
            let (before, item) = self.declaration.items.split_at_mut(count);
            let numbered_at = line::read(fields, &self.table.line, next, &tag, &mut item[0])?;
            let number = item[0].number;
            if number <= self.highest && before.iter().any(|other| other.number == number) {
                fields.goods_line = Some(number);
                let message = format!("two lines have the number {number}");
                fields.bad(FindingCode::DuplicateLine, "Goods/LineNo", numbered_at, message);
                fields.goods_line = None;
            }
            self.highest = self.highest.max(number);
        }
        Ok(())
    }

    /// A VNACCS field of the declaration.
    fn field(&mut self, fields: &mut Fields<'a>, field: &Field, tag: &Tag<'_>, text: Text<'a>) {
        check(fields, field, tag, &text);
        let declaration = &mut *self.declaration;
        match field.role {
            Role::Regime => match RegimeCode::parse(&text) {
                Ok(regime) => {
                    declaration.procedure = Some(DeclaredProcedure::National(regime));
                    declaration.places.procedure = tag.offset;
                }
                Err(error) => fields.bad(
                    FindingCode::UnknownRegime,
                    field.id,
                    tag.offset,
                    format!("`{text}` is no regime: {error}"),
                ),
            },
            Role::Office => {
                declaration.office = Some(text);
                declaration.places.office = tag.offset;
            }
            Role::CargoClass => declaration.cargo_class = Some(text),
            Role::TransportMode => declaration.transport_mode = Some(text),
            Role::TraderClass => declaration.trader_class = Some(text),
            Role::ImporterId => declaration.importer.id = Some(text),
            Role::ImporterName => declaration.importer.name = Some(text),
            Role::ImporterAddress => {
                let address = &mut declaration.importer.address;
                *address = Some(match address.take() {
                    Some(before) => Text::Owned(format!("{before}, {text}")),
                    None => text,
                });
            }
            Role::Departure => declaration.departure = day(fields, &text, tag).map(|(day, _)| day),
            Role::ImporterCountry => declaration.importer.country = fields.country_code(&text, tag),
            Role::ExporterId => declaration.exporter.id = Some(text),
            Role::ExporterName => declaration.exporter.name = Some(text),
            Role::ExporterCountry => declaration.exporter.country = fields.country_code(&text, tag),
            Role::Declarant if declaration.declarant.id.is_none() => declaration.declarant.id = Some(text),
            Role::ExportLocation => {
                declaration.export_country = location(fields, &text, tag);
                declaration.places.export_country = tag.offset;
            }
            Role::DestinationLocation => {
                declaration.destination_country = location(fields, &text, tag);
                declaration.places.destination_country = tag.offset;
                declaration.unloading_place = Some(text);
            }
            Role::Number if declaration.number.is_none() => declaration.number = Some(text),
            Role::GrossMass => self.parts.gross = fields.decimal(&text, tag),
            Role::GrossMassUnit => self.parts.gross_unit = fields.unit_code(&text, tag),
            Role::InvoiceCurrency => {
                self.parts.currency = fields.currency_code(&text, tag);
                declaration.places.invoice = tag.offset;
            }
            Role::InvoiceTotal => self.parts.invoice = fields.decimal(&text, tag),
            Role::ReleaseReason => declaration.release_reason = Some(text),
            Role::Notes => declaration.notes = Some(text),
            Role::Inspected => declaration.statements.push(stated("N4", text)),
            Role::OtherLaw => declaration.statements.push(other_law(text)),
            Role::PermitKind(slot) => self.parts.permits.0[usize::from(slot)].0 = Some(text),
            Role::PermitNumber(slot) => self.parts.permits.0[usize::from(slot)].1 = Some(text),
            _ => {}
        }
    }

    /// Puts together what several fields stated.
    fn finish(self, fields: &mut Fields<'a>, own: &Tag<'_>) {
        let declaration = self.declaration;
        declaration.gross_mass = self.parts.gross.map(|amount| Quantity { amount, unit: self.parts.gross_unit });
        declaration.invoice = self.parts.invoice.map(|amount| Money { amount, currency: self.parts.currency });
        declaration.documents.extend(self.parts.permits.documents());
        if declaration.office.is_none() {
            declaration.office = self.parts.registered_at;
        }
        for item in &mut declaration.items {
            if let Some(value) = &mut item.invoice_value {
                value.currency = value.currency.or(self.parts.currency);
            }
        }
        if declaration.items.is_empty() {
            let path = fields.path_of(own.local());
            fields.refuse(
                Finding::error(
                    FindingCode::NoGoods,
                    "the declaration has no goods; at least one `GoodsList/Goods` was expected",
                )
                .at(own.offset)
                .field(format!("{path}/GoodsList/Goods")),
            );
        }
    }
}

impl<'a> Permits<'a> {
    fn documents(self) -> impl Iterator<Item = DocumentRef<'a>> {
        self.0.into_iter().filter(|slot| *slot != (None, None)).map(|(code, number)| DocumentRef {
            code: code.unwrap_or_default(),
            number: number.unwrap_or_default(),
            status: None,
        })
    }
}

/// Judges a field by its length and signs. Numbers and days that are kept are read by their own
/// readers; those that are not are judged here.
fn check(fields: &mut Fields<'_>, field: &Field, tag: &Tag<'_>, text: &str) {
    let length = || text.chars().count();
    if field.role.has_reader() && field.content != Content::Number {
        return;
    }
    if text.len() > field.length && field.content != Content::Day && length() > field.length {
        let message = format!("{} characters; `{}` ({}) has {} at most", length(), field.id, field.name, field.length);
        fields.departure(FindingCode::Deviation, field.id, tag.offset, message);
    }
    match field.content {
        Content::Words => {}
        Content::Code => {
            if !text.is_ascii() {
                let message =
                    format!("`{text}`: `{}` ({}) has letters, digits and signs of ASCII", field.id, field.name);
                fields.departure(FindingCode::Deviation, field.id, tag.offset, message);
            }
        }
        Content::Digits => {
            if !text.bytes().all(|b| b.is_ascii_digit()) {
                let message =
                    format!("`{text}` is not a whole number; `{}` ({}) has digits alone", field.id, field.name);
                fields.bad(FindingCode::BadNumber, field.id, tag.offset, message);
            }
        }
        Content::Number => {
            if !field.role.has_reader() {
                fields.decimal(text, tag);
            }
        }
        Content::Day => {
            day(fields, text, tag);
        }
    }
}

/// A day: `yyyy-MM-dd` with a time or without, or `ddMMyyyy`.
fn day(fields: &mut Fields<'_>, text: &str, tag: &Tag<'_>) -> Option<DayAndTime> {
    let read = if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        let part = |from, to| text.get(from..to).and_then(|digits: &str| digits.parse().ok());
        let year = text.get(4..).and_then(|digits| digits.parse().ok());
        match (year, part(2, 4), part(0, 2)) {
            (Some(year), Some(month), Some(day)) => Date::new(year, month, day).ok().map(|date| (date, None)),
            _ => None,
        }
    } else if text.contains('-') {
        parse_day_and_time(text, fields.zone())
    } else {
        None
    };
    if read.is_none() {
        fields.bad_date(text, tag.local(), tag.offset, "`2026-11-24`, `2026-11-24 08:30:00` or `24112026`");
    }
    read
}

/// The country of a UN/LOCODE.
fn location(fields: &mut Fields<'_>, text: &str, tag: &Tag<'_>) -> Option<CountryCode> {
    let country = text.get(..2).and_then(|letters| CountryCode::parse(letters).ok());
    if country.is_none() {
        let message =
            format!("`{text}` is no UN/LOCODE; two letters of the country and three of the place were expected");
        fields.bad(FindingCode::UnknownCountry, tag.local(), tag.offset, message);
    }
    country
}

fn stated<'a>(code: &'static str, text: Text<'a>) -> Statement<'a> {
    Statement { code: Text::Borrowed(code), kind: None, text: Some(text), settled: false }
}

fn other_law(code: Text<'_>) -> Statement<'_> {
    Statement { code, kind: Some(Text::Borrowed("OL")), text: None, settled: false }
}

/// Reports a field that stands again: an error where its value is kept, since nobody can tell
/// which counts.
fn repeated(fields: &mut Fields<'_>, tag: &Tag<'_>, kept: bool) {
    if kept {
        let message = format!("a second `{}`; it may stand once, and nobody can tell which counts", tag.local());
        fields.bad(FindingCode::Repeated, tag.local(), tag.offset, message);
    } else {
        let message = format!("a second `{}`; one at most was expected", tag.local());
        fields.departure(FindingCode::Repeated, tag.local(), tag.offset, message);
    }
}

fn unknown(fields: &mut Fields<'_>, tag: &Tag<'_>) -> Result<(), Fatal> {
    fields.deviation(format!("`{}` is no element of the national declaration here", tag.local()), tag.offset);
    fields.xml.skip()
}

/// Reports the mandatory fields that have not been seen in the element `own`, which is closed.
fn missing(fields: &mut Fields<'_>, level: &Level, marks: &Marks, own: &Tag<'_>) {
    for field in level.missing(marks) {
        let message = format!("`{}` ({}) is missing", field.id, field.name);
        fields.bad(FindingCode::Missing, &format!("{}/{}", own.local(), field.id), own.offset, message);
    }
}

/// Reads `PermitList`, which is open.
fn permits<'a>(fields: &mut Fields<'a>, documents: &mut Vec<DocumentRef<'a>>) -> Result<(), Fatal> {
    let limit = fields.xml.limits().repeats;
    while let Some(tag) = fields.xml.child()? {
        if tag.local() != "Permit" {
            unknown(fields, &tag)?;
            continue;
        }
        fields.room(documents.len(), "permits", limit, tag.offset)?;
        let mut document = DocumentRef::default();
        while let Some(tag) = fields.xml.child()? {
            match tag.local() {
                "SS" => document.code = fields.xml.text()?,
                "SN" => document.number = fields.xml.text()?,
                _ => unknown(fields, &tag)?,
            }
        }
        documents.push(document);
    }
    Ok(())
}

/// Reads `FactList`, which is open.
fn facts<'a>(fields: &mut Fields<'a>, statements: &mut Vec<Statement<'a>>) -> Result<(), Fatal> {
    let limit = fields.xml.limits().repeats;
    while let Some(tag) = fields.xml.child()? {
        if tag.local() != "Fact" {
            unknown(fields, &tag)?;
            continue;
        }
        fields.room(statements.len(), "facts", limit, tag.offset)?;
        let kind = Some(Text::Borrowed(Statement::FACT_KIND));
        let mut statement = Statement { kind, ..Statement::default() };
        while let Some(tag) = fields.xml.child()? {
            match tag.local() {
                "Name" => statement.code = fields.xml.text()?,
                "Value" => statement.text = fields.text()?,
                _ => unknown(fields, &tag)?,
            }
        }
        statements.push(statement);
    }
    Ok(())
}
