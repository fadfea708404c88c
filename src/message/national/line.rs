//! The lines of the national declaration.

use rust_decimal::Decimal;

use super::table::{Field, Level, Marks, Role};
use super::{check, facts, missing, other_law, permits, repeated, stated, unknown};
use crate::message::fields::Fields;
use crate::message::xml::{Fatal, Tag};
use crate::trade::{CurrencyCode, FindingCode, GoodsItem, Money, Quantity, Text, UnitCode};

/// The unit in which a quantity is a mass.
const KILOGRAM: &str = "KGM";

/// What several fields state together.
#[derive(Debug)]
struct Parts<'i, 'a> {
    item: &'i mut GoodsItem<'a>,
    first: Option<Decimal>,
    first_unit: Option<UnitCode>,
    second: Option<Decimal>,
    second_unit: Option<UnitCode>,
    invoice: Option<Decimal>,
    invoice_currency: Option<CurrencyCode>,
    customs: Option<Decimal>,
    customs_currency: Option<CurrencyCode>,
}

/// Reads the line whose element `own` is open into `item`; gives back where its number stands.
pub(super) fn read<'a>(
    fields: &mut Fields<'a>,
    level: &Level,
    next: u32,
    own: &Tag<'_>,
    item: &mut GoodsItem<'a>,
) -> Result<usize, Fatal> {
    fields.goods_line = Some(next);
    item.number = next;
    item.places.item = own.offset;
    let mut parts = Parts::of(item);
    let mut marks = Marks::default();
    let mut numbered: Option<usize> = None;
    while let Some(tag) = fields.xml.child()? {
        if let Some((at, field)) = level.field(tag.local()) {
            let text = fields.xml.text()?;
            if text.is_empty() {
                continue;
            }
            if marks.mark(at) {
                repeated(fields, &tag, field.role != Role::Judged);
            } else {
                parts.field(fields, field, &tag, text);
            }
            continue;
        }
        match tag.local() {
            "LineNo" => {
                if numbered.is_some() {
                    fields.xml.skip()?;
                    repeated(fields, &tag, true);
                    continue;
                }
                numbered = Some(tag.offset);
                if let Some(number) = fields.whole(&tag)? {
                    parts.item.number = number;
                    fields.goods_line = Some(number);
                }
            }
            "CMD2" => parts.item.hs_general = fields.hs(&tag)?,
            "PermitList" => permits(fields, &mut parts.item.documents)?,
            "FactList" => facts(fields, &mut parts.item.statements)?,
            _ => unknown(fields, &tag)?,
        }
    }
    missing(fields, level, &marks, own);
    if numbered.is_none() {
        fields.bad(
            FindingCode::Missing,
            "Goods/LineNo",
            own.offset,
            format!("`LineNo` is missing; the line is taken as number {next}"),
        );
    }
    fields.goods_line = None;
    parts.finish();
    Ok(numbered.unwrap_or(own.offset))
}

impl<'i, 'a> Parts<'i, 'a> {
    fn of(item: &'i mut GoodsItem<'a>) -> Self {
        Self {
            item,
            first: None,
            first_unit: None,
            second: None,
            second_unit: None,
            invoice: None,
            invoice_currency: None,
            customs: None,
            customs_currency: None,
        }
    }

    fn field(&mut self, fields: &mut Fields<'a>, field: &Field, tag: &Tag<'_>, text: Text<'a>) {
        check(fields, field, tag, &text);
        match field.role {
            Role::Code => {
                self.item.hs = fields.hs_code(&text, tag);
                self.item.places.code = tag.offset;
            }
            Role::Description => self.item.description = text,
            Role::Origin => {
                self.item.origin = fields.country_code(&text, tag);
                self.item.places.origin = tag.offset;
            }
            Role::FirstQuantity => self.first = fields.decimal(&text, tag),
            Role::FirstUnit => self.first_unit = fields.unit_code(&text, tag),
            Role::SecondQuantity => self.second = fields.decimal(&text, tag),
            Role::SecondUnit => self.second_unit = fields.unit_code(&text, tag),
            Role::InvoiceValue => self.invoice = fields.decimal(&text, tag),
            Role::UnitPriceCurrency => {
                self.invoice_currency = fields.currency_code(&text, tag);
                self.item.places.invoice_value = tag.offset;
            }
            Role::CustomsValue => self.customs = fields.decimal(&text, tag),
            Role::CustomsCurrency => {
                self.customs_currency = fields.currency_code(&text, tag);
                self.item.places.customs_value = tag.offset;
            }
            Role::QuotaClass => self.item.statements.push(stated("KWS", text)),
            Role::OtherLaw => self.item.statements.push(other_law(text)),
            _ => {}
        }
    }

    fn finish(self) {
        let item = self.item;
        let quantity = |amount: Option<Decimal>, unit| amount.map(|amount| Quantity { amount, unit });
        let first = quantity(self.first, self.first_unit);
        let second = quantity(self.second, self.second_unit);
        let mass = |quantity: &Quantity| quantity.unit.is_some_and(|unit| unit.as_str() == KILOGRAM);
        item.net_mass = second.filter(mass).or(first.filter(mass));
        item.quantity = first.or(second);
        let money = |amount: Option<Decimal>, currency| amount.map(|amount| Money { amount, currency });
        item.invoice_value = money(self.invoice, self.invoice_currency);
        item.customs_value = money(self.customs, self.customs_currency);
    }
}
