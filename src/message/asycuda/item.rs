//! The items of the single administrative document.

use rust_decimal::Decimal;

use super::{invoice, walk};
use crate::message::fields::Fields;
use crate::message::xml::{Fatal, Tag};
use crate::trade::{
    DeclaredProcedure, DocumentRef, FindingCode, GoodsItem, HsCode, Money, Quantity, Statement, Text, UnitCode,
};

/// Reads the `Item` that is open; a padded one, without code and description, is none.
pub(super) fn read<'a>(fields: &mut Fields<'a>, next: u32, own: &Tag<'_>) -> Result<Option<GoodsItem<'a>>, Fatal> {
    let limits = *fields.xml.limits();
    let mut item = GoodsItem { number: next, ..GoodsItem::default() };
    let mut price = None;
    let mut code_stated = false;
    fields.goods_line = Some(next);
    while let Some(section) = fields.xml.child()? {
        match section.local() {
            "Tarification" => price = tarification(fields, &mut item, &mut code_stated)?,
            "Goods_description" => description(fields, &mut item)?,
            "Valuation_item" => valuation(fields, &mut item)?,
            "Licence_number" => {
                if let Some(number) = fields.text()? {
                    let code = Text::Borrowed("LICENCE");
                    item.documents.push(DocumentRef { code, number, status: None });
                }
            }
            "Attached_documents" => {
                fields.room(item.documents.len(), "documents of an item", limits.repeats, section.offset)?;
                let document = document(fields)?;
                if document != DocumentRef::default() {
                    item.documents.push(document);
                }
            }
            _ => fields.xml.skip()?,
        }
    }
    let blank = !code_stated && item.description.is_empty();
    if !blank && !code_stated {
        let path = format!("{}/Tarification/HScode/Commodity_code", own.local());
        fields.bad(FindingCode::Missing, &path, own.offset, "the item has no `Commodity_code`".to_owned());
    }
    fields.goods_line = None;
    if item.invoice_value.is_none() {
        item.invoice_value = price.map(|amount| Money { amount, currency: None });
    }
    Ok((!blank).then_some(item))
}

/// The format states masses without a unit: they are kilograms.
pub(super) fn kilograms(amount: Decimal) -> Quantity {
    Quantity { amount, unit: UnitCode::parse("KGM").ok() }
}

/// Reads `Tarification`; the price of the item.
fn tarification<'a>(
    fields: &mut Fields<'a>,
    item: &mut GoodsItem<'a>,
    code_stated: &mut bool,
) -> Result<Option<Decimal>, Fatal> {
    let mut price = None;
    while let Some(tag) = fields.xml.child()? {
        match tag.local() {
            "HScode" => classification(fields, item, code_stated)?,
            "Extended_customs_procedure" => {
                if let Some(text) = fields.text()? {
                    item.places.procedure = tag.offset;
                    item.procedure = procedure(fields, &text, &tag);
                }
            }
            "National_customs_procedure" => item.additional_procedures.extend(fields.text()?),
            "Item_price" => price = fields.amount(&tag)?,
            "Supplementary_unit" => {
                let (mut amount, mut unit) = (None, None);
                while let Some(tag) = fields.xml.child()? {
                    match tag.local() {
                        "Suppplementary_unit_code" => unit = fields.unit(&tag)?,
                        "Suppplementary_unit_quantity" => amount = fields.amount(&tag)?,
                        _ => fields.xml.skip()?,
                    }
                }
                // Blank entries pad the list; an entry without unit has a quantity of zero.
                let quantity = amount.filter(|amount| unit.is_some() || !amount.is_zero());
                item.quantity = item.quantity.or(quantity.map(|amount| Quantity { amount, unit }));
            }
            "Quota_code" => item.statements.extend(stated("Quota_code", fields.text()?)),
            "Preference_code" => item.statements.extend(stated("Preference_code", fields.text()?)),
            _ => fields.xml.skip()?,
        }
    }
    Ok(price)
}

fn stated<'a>(code: &'static str, text: Option<Text<'a>>) -> Option<Statement<'a>> {
    text.map(|text| Statement { code: Text::Borrowed(code), kind: None, text: Some(text), settled: false })
}

/// The commodity code has up to eight digits; national digits follow in `Precision_1`. Where the
/// commodity code stops at an odd place the first digits of the precision complete it.
fn classification(fields: &mut Fields<'_>, item: &mut GoodsItem<'_>, code_stated: &mut bool) -> Result<(), Fatal> {
    let (mut code, mut precision) = (None, None);
    while let Some(tag) = fields.xml.child()? {
        match tag.local() {
            "Commodity_code" => code = fields.text()?.map(|text| (text, tag)),
            "Precision_1" => precision = fields.text()?,
            _ => fields.xml.skip()?,
        }
    }
    let Some((text, tag)) = code else { return Ok(()) };
    *code_stated = true;
    item.places.code = tag.offset;
    let whole = || precision.map(|precision| [text.as_ref(), precision.as_ref()].concat());
    item.hs =
        HsCode::parse(&text).ok().or_else(|| HsCode::parse(&whole()?).ok()).or_else(|| fields.hs_code(&text, &tag));
    Ok(())
}

fn procedure(fields: &mut Fields<'_>, text: &str, tag: &Tag<'_>) -> Option<DeclaredProcedure> {
    let digits =
        (text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse::<u16>().ok()).flatten();
    let Some(digits) = digits else {
        let message = format!("`{text}` is no procedure; four digits such as `4000` were expected");
        fields.bad(FindingCode::UnknownRegime, tag.local(), tag.offset, message);
        return None;
    };
    Some(DeclaredProcedure::Requested {
        requested: u8::try_from(digits / 100).unwrap_or(0),
        previous: u8::try_from(digits % 100).unwrap_or(0),
    })
}

fn description<'a>(fields: &mut Fields<'a>, item: &mut GoodsItem<'a>) -> Result<(), Fatal> {
    let (mut tariff, mut commercial) = (None, None);
    while let Some(tag) = fields.xml.child()? {
        match tag.local() {
            "Country_of_origin_code" => {
                item.places.origin = tag.offset;
                item.origin = fields.country(&tag)?;
            }
            "Description_of_goods" => tariff = fields.text()?,
            "Commercial_Description" => commercial = fields.text()?,
            _ => fields.xml.skip()?,
        }
    }
    item.description = match (tariff, commercial) {
        (Some(tariff), Some(commercial)) if tariff != commercial => Text::Owned(format!("{tariff}; {commercial}")),
        (tariff, commercial) => tariff.or(commercial).unwrap_or_default(),
    };
    Ok(())
}

fn valuation(fields: &mut Fields<'_>, item: &mut GoodsItem<'_>) -> Result<(), Fatal> {
    let (mut statistical, mut cif) = (None, None);
    while let Some(tag) = fields.xml.child()? {
        match tag.local() {
            "Weight_itm" => walk(fields, &mut |fields, tag| {
                match tag.local() {
                    "Gross_weight_itm" => item.gross_mass = fields.amount(tag)?.map(kilograms),
                    "Net_weight_itm" => item.net_mass = fields.amount(tag)?.map(kilograms),
                    _ => return Ok(false),
                }
                Ok(true)
            })?,
            "Item_Invoice" => item.invoice_value = invoice(fields)?,
            "Total_CIF_itm" => cif = fields.amount(&tag)?,
            "Statistical_value" => statistical = fields.amount(&tag)?,
            _ => fields.xml.skip()?,
        }
    }
    item.customs_value = statistical.or(cif).map(|amount| Money { amount, currency: None });
    Ok(())
}

fn document<'a>(fields: &mut Fields<'a>) -> Result<DocumentRef<'a>, Fatal> {
    let mut document = DocumentRef::default();
    while let Some(tag) = fields.xml.child()? {
        match tag.local() {
            "Attached_document_code" => document.code = fields.xml.text()?,
            "Attached_document_reference" => document.number = fields.xml.text()?,
            _ => fields.xml.skip()?,
        }
    }
    Ok(document)
}
