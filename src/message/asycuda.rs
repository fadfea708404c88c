//! The single administrative document of ASYCUDA World, which Cambodia, Laos and many others use.
//!
//! The root is `ASYCUDA`, without namespace. There is no published schema: elements count by
//! their names, in any order, and what is not known is read over. A value is absent where its
//! element is missing, empty or holds `<null/>`. Exporters of the format pad: entries and items
//! without content are read over. Names keep the spelling of the format (`Suppplementary_unit…`).
//!
//! | element | becomes |
//! |---|---|
//! | `Identification/Registration` | number: serial and number; date |
//! | `Declarant/Reference` | reference |
//! | `Identification/Type/Type_of_declaration` (`IM…`, `EX…`), else `Property/Sad_flow` (`I`, `E`) | direction |
//! | `Office_segment/Customs_clearance_office_code` | office |
//! | `Traders/Consignee`, `Exporter`; `Declarant` | the parties |
//! | `Country/Export`, `Destination` | countries |
//! | `Border_information/Mode` | mode of transport |
//! | `Valuation/Gs_Invoice` | invoice total |
//! | `Item` | a line, numbered in order |
//! | `HScode/Commodity_code`, with `Precision_1` behind it | HS code |
//! | `Extended_customs_procedure` (`4000`) | procedure: requested 40, previous 0 |
//! | `National_customs_procedure` | additional procedure |
//! | `Description_of_goods`, `Commercial_Description` | description |
//! | `Country_of_origin_code` | origin |
//! | `Statistical_value`, else `Total_CIF_itm` | customs value, in the national currency (not named) |
//! | `Item_Invoice`, else `Item_price` | invoice value |
//! | `Gross_weight_itm`, `Net_weight_itm` | masses, in `KGM` |
//! | `Supplementary_unit` | quantity: the first that has one |
//! | `Attached_documents` | documents |
//! | `Licence_number` | document `LICENCE` |
//! | `Quota_code`, `Preference_code` | statements |
//!
//! Days are written `M/D/YY` or `M/D/YYYY`; two digits of a year mean 2000 and later.

mod item;

use jiff::civil::Date;

use super::Reading;
use super::fields::Fields;
use super::incoming::{Address, Content, Family, Head, Subject};
use super::xml::{Fatal, Tag};
use crate::trade::{Declaration, Direction, Finding, FindingCode, Format, Money, Party, Text};

/// Receives the message whose root is open. It has no id, and nothing but a declaration is sent.
pub(super) fn receive<'a>(
    fields: &mut Fields<'a>,
    bytes: &'a [u8],
    head: &mut Option<Head<'a>>,
) -> Result<Content<'a>, Fatal> {
    let known = head.insert(Head::of(Family::Asycuda));
    let declaration = read(fields)?;
    let declarant = &declaration.declarant;
    known.from = Address {
        name: declarant.name.clone().unwrap_or_default(),
        identity: declarant.id.clone().unwrap_or_default(),
        ..Address::default()
    };
    known.subject = Subject { reference: declaration.reference.clone().unwrap_or_default(), ..Subject::default() };
    Ok(Content::Declaration(Reading { declaration, findings: Vec::new(), bytes }))
}

/// Reads the message whose root is open.
pub(super) fn read<'a>(fields: &mut Fields<'a>) -> Result<Declaration<'a>, Fatal> {
    let begin = fields.xml.position();
    let limits = *fields.xml.limits();
    let mut declaration = Declaration::new(Format::AsycudaSad);
    let mut parts = Parts::default();
    while let Some(tag) = fields.xml.child()? {
        match tag.local() {
            "Property" => walk(fields, &mut |fields, tag| {
                if tag.local() == "Sad_flow" {
                    parts.flow = fields.text()?.map(|text| (text, tag.offset));
                    return Ok(true);
                }
                Ok(false)
            })?,
            "Identification" => identification(fields, &mut declaration, &mut parts)?,
            "Traders" => traders(fields, &mut declaration)?,
            "Declarant" => declarant(fields, &mut declaration)?,
            "General_information" => countries(fields, &mut declaration)?,
            "Transport" => transport(fields, &mut declaration)?,
            "Valuation" => valuation(fields, &mut declaration)?,
            "Item" => {
                let next = u32::try_from(declaration.items.len() + 1).unwrap_or(u32::MAX);
                if let Some(item) = item::read(fields, next, &tag)? {
                    fields.room(declaration.items.len(), "items", limits.goods_lines, tag.offset)?;
                    declaration.items.push(item);
                }
            }
            _ => fields.xml.skip()?,
        }
    }
    direction(fields, &mut declaration, &parts, begin);
    if declaration.items.is_empty() {
        fields.refuse(
            Finding::error(
                FindingCode::NoGoods,
                "the declaration has no goods; at least one `Item` with a `Commodity_code` was expected",
            )
            .at(begin)
            .field("ASYCUDA/Item"),
        );
    }
    Ok(declaration)
}

/// What several elements state together.
#[derive(Debug, Default)]
struct Parts<'a> {
    kind: Option<(Text<'a>, usize)>,
    flow: Option<(Text<'a>, usize)>,
}

/// Opens every element within the open one, in depth. `visit` says whether it has read the
/// element to its end; otherwise the walk goes into it.
fn walk<'a>(
    fields: &mut Fields<'a>,
    visit: &mut dyn FnMut(&mut Fields<'a>, &Tag<'a>) -> Result<bool, Fatal>,
) -> Result<(), Fatal> {
    while let Some(tag) = fields.xml.child()? {
        if !visit(fields, &tag)? {
            walk(fields, visit)?;
        }
    }
    Ok(())
}

fn identification<'a>(
    fields: &mut Fields<'a>,
    declaration: &mut Declaration<'a>,
    parts: &mut Parts<'a>,
) -> Result<(), Fatal> {
    while let Some(section) = fields.xml.child()? {
        match section.local() {
            "Office_segment" => {
                while let Some(tag) = fields.xml.child()? {
                    match tag.local() {
                        "Customs_clearance_office_code" => declaration.office = fields.text()?,
                        _ => fields.xml.skip()?,
                    }
                }
            }
            "Type" => {
                while let Some(tag) = fields.xml.child()? {
                    match tag.local() {
                        "Type_of_declaration" => parts.kind = fields.text()?.map(|text| (text, tag.offset)),
                        _ => fields.xml.skip()?,
                    }
                }
            }
            "Registration" => {
                let (mut serial, mut number) = (None, None);
                while let Some(tag) = fields.xml.child()? {
                    match tag.local() {
                        "Serial_number" => serial = fields.text()?,
                        "Number" => number = fields.text()?,
                        "Date" => declaration.date = date(fields, &tag)?,
                        _ => fields.xml.skip()?,
                    }
                }
                declaration.number = number.map(|number| joined(serial, number));
            }
            _ => fields.xml.skip()?,
        }
    }
    Ok(())
}

fn joined<'a>(before: Option<Text<'a>>, after: Text<'a>) -> Text<'a> {
    match before {
        Some(before) => Text::Owned([before.as_ref(), after.as_ref()].concat()),
        None => after,
    }
}

fn traders<'a>(fields: &mut Fields<'a>, declaration: &mut Declaration<'a>) -> Result<(), Fatal> {
    while let Some(section) = fields.xml.child()? {
        match section.local() {
            "Exporter" => party(fields, &mut declaration.exporter)?,
            "Consignee" => party(fields, &mut declaration.importer)?,
            _ => fields.xml.skip()?,
        }
    }
    Ok(())
}

fn party<'a>(fields: &mut Fields<'a>, party: &mut Party<'a>) -> Result<(), Fatal> {
    while let Some(tag) = fields.xml.child()? {
        match tag.local() {
            "Exporter_code" | "Consignee_code" => party.id = fields.text()?,
            "Exporter_name" | "Consignee_name" => party.name = fields.text()?,
            _ => fields.xml.skip()?,
        }
    }
    Ok(())
}

fn declarant<'a>(fields: &mut Fields<'a>, declaration: &mut Declaration<'a>) -> Result<(), Fatal> {
    while let Some(tag) = fields.xml.child()? {
        match tag.local() {
            "Declarant_code" => declaration.declarant.id = fields.text()?,
            "Declarant_name" => declaration.declarant.name = fields.text()?,
            "Reference" => {
                while let Some(tag) = fields.xml.child()? {
                    match tag.local() {
                        "Number" => declaration.reference = fields.text()?,
                        _ => fields.xml.skip()?,
                    }
                }
            }
            _ => fields.xml.skip()?,
        }
    }
    Ok(())
}

fn countries<'a>(fields: &mut Fields<'a>, declaration: &mut Declaration<'a>) -> Result<(), Fatal> {
    walk(fields, &mut |fields, tag| {
        match tag.local() {
            "Export_country_code" => declaration.export_country = fields.country(tag)?,
            "Destination_country_code" => declaration.destination_country = fields.country(tag)?,
            _ => return Ok(false),
        }
        Ok(true)
    })
}

fn transport<'a>(fields: &mut Fields<'a>, declaration: &mut Declaration<'a>) -> Result<(), Fatal> {
    walk(fields, &mut |fields, tag| {
        if tag.local() == "Mode" {
            declaration.transport_mode = fields.text()?;
            return Ok(true);
        }
        Ok(false)
    })
}

fn valuation<'a>(fields: &mut Fields<'a>, declaration: &mut Declaration<'a>) -> Result<(), Fatal> {
    while let Some(section) = fields.xml.child()? {
        match section.local() {
            "Gs_Invoice" => declaration.invoice = invoice(fields)?,
            "Weight" => {
                while let Some(tag) = fields.xml.child()? {
                    match tag.local() {
                        "Gross_weight" => {
                            declaration.gross_mass = fields.amount(&tag)?.map(item::kilograms);
                        }
                        _ => fields.xml.skip()?,
                    }
                }
            }
            _ => fields.xml.skip()?,
        }
    }
    Ok(())
}

/// An amount in a foreign currency with its code; a blank entry is none.
fn invoice(fields: &mut Fields<'_>) -> Result<Option<Money>, Fatal> {
    let (mut amount, mut currency) = (None, None);
    while let Some(tag) = fields.xml.child()? {
        match tag.local() {
            "Amount_foreign_currency" => amount = fields.amount(&tag)?,
            "Currency_code" => currency = fields.currency(&tag)?,
            _ => fields.xml.skip()?,
        }
    }
    Ok(amount.map(|amount| Money { amount, currency }))
}

/// Import or export by the type of declaration, else by the flow.
fn direction(fields: &mut Fields<'_>, declaration: &mut Declaration<'_>, parts: &Parts<'_>, begin: usize) {
    let of = |text: &str| match text.get(..1) {
        Some("I" | "i") => Some(Direction::Import),
        Some("E" | "e") => Some(Direction::Export),
        _ => None,
    };
    let stated = |part: &Option<(Text<'_>, usize)>| part.as_ref().and_then(|(text, _)| of(text));
    declaration.direction = stated(&parts.kind).or_else(|| stated(&parts.flow));
    if declaration.direction.is_none() {
        let (message, at) = match parts.kind.as_ref().or(parts.flow.as_ref()) {
            Some((text, at)) => (format!("`{text}` is neither import nor export; `IM…` or `EX…` was expected"), *at),
            None => ("no type of declaration; `IM…` or `EX…` was expected".to_owned(), begin),
        };
        fields.report(
            Finding::error(FindingCode::UnknownDirection, message)
                .at(at)
                .field("ASYCUDA/Identification/Type/Type_of_declaration"),
        );
    }
}

/// A day as ASYCUDA writes it.
fn date(fields: &mut Fields<'_>, tag: &Tag<'_>) -> Result<Option<Date>, Fatal> {
    let Some(text) = fields.text()? else { return Ok(None) };
    let date = parse_date(&text);
    if date.is_none() {
        fields.bad_date(&text, tag.local(), tag.offset, "month, day and year such as `11/24/26`");
    }
    Ok(date)
}

fn parse_date(text: &str) -> Option<Date> {
    let mut parts = text.split('/');
    let (month, day, year) = (parts.next()?, parts.next()?, parts.next()?);
    let short = |part: &str| part.len() <= 2 && part.bytes().all(|b| b.is_ascii_digit());
    if parts.next().is_some() || !short(month) || !short(day) {
        return None;
    }
    let year = match (year.len(), year.bytes().all(|b| b.is_ascii_digit())) {
        (2, true) => 2000 + year.parse::<i16>().ok()?,
        (4, true) => year.parse().ok()?,
        _ => return None,
    };
    Date::new(year, month.parse().ok()?, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_the_month_first() {
        let day = |text| parse_date(text).map(|day| day.to_string());
        assert_eq!(day("11/19/25").as_deref(), Some("2025-11-19"));
        assert_eq!(day("1/2/2026").as_deref(), Some("2026-01-02"));
        for wrong in ["19/11/25", "2025-11-19", "11/19", "11/19/5", "", "1/2/3/4", "a/1/25"] {
            assert_eq!(day(wrong), None, "{wrong}");
        }
    }
}
