//! The goods lines of an application.

use rust_decimal::Decimal;

use crate::message::fields::Fields;
use crate::message::vnsw::check::{self, Seen};
use crate::message::vnsw::leaves::Verdict;
use crate::message::vnsw::schema::{Kind, Node};
use crate::message::xml::{Fatal, Tag};
use crate::trade::{
    Declaration, DocumentRef, Finding, FindingCode, GoodsItem, HsCode, Money, Quantity, Statement, Text, UnitCode,
};

/// Whether an element is a goods line.
pub(super) fn is_line(name: &str) -> bool {
    matches!(name, "Goods" | "Animal" | "AnimalProduct" | "Product" | "BoneMeal")
}

/// What a line states before it is put together.
#[derive(Debug, Default)]
struct Parts<'a> {
    item: GoodsItem<'a>,
    name_rank: u8,
    bad_hs: bool,
    amount: Option<Decimal>,
    unit: Option<UnitCode>,
    heads: Option<Decimal>,
    net: Option<Decimal>,
    net_unit: Option<UnitCode>,
    gross: Option<Decimal>,
    gross_unit: Option<UnitCode>,
    purpose: Option<(bool, Text<'a>)>,
}

/// Reads the line whose element `own` is open; gives back what a letter says of it.
pub(super) fn read<'a>(
    fields: &mut Fields<'a>,
    declaration: &mut Declaration<'a>,
    node: Option<&Node>,
    own: &Tag<'_>,
) -> Result<Verdict<'a>, Fatal> {
    let limits = *fields.xml.limits();
    fields.room(declaration.items.len(), "goods lines", limits.goods_lines, own.offset)?;
    let number = u32::try_from(declaration.items.len() + 1).unwrap_or(u32::MAX);
    fields.goods_line = Some(number);
    let mut parts = Parts { item: GoodsItem { number, ..GoodsItem::default() }, ..Parts::default() };
    let mut verdict = Verdict::default();
    let mut seen = Seen::of(node);
    while let Some(tag) = fields.xml.child()? {
        let node = seen.child(fields, &tag);
        if node.is_some_and(|node| node.kind == Kind::Complex) || check::is_nil(&tag) {
            fields.xml.skip()?;
            continue;
        }
        let text = check::text(fields, node, &tag)?;
        if !text.is_empty() {
            let known = node.is_some_and(|node| matches!(node.kind, Kind::Whole | Kind::Decimal));
            verdict.leaf(tag.local(), &text);
            parts.leaf(fields, declaration, &tag, text, known)?;
        }
    }
    seen.close(fields, own);
    let item = parts.finish();
    if item.0.hs.is_none() && !item.1 {
        let finding = Finding::warning(FindingCode::Missing, "the line states no HS code; it cannot be screened")
            .at(own.offset)
            .field(fields.path_of(&format!("{}/HSCode", own.local())));
        fields.report(finding);
    }
    fields.goods_line = None;
    declaration.items.push(item.0);
    Ok(verdict)
}

impl<'a> Parts<'a> {
    /// Takes a field of the line; `known` is a number that the schema has judged.
    fn leaf(
        &mut self,
        fields: &mut Fields<'a>,
        declaration: &mut Declaration<'a>,
        tag: &Tag<'_>,
        text: Text<'a>,
        known: bool,
    ) -> Result<(), Fatal> {
        let name = tag.local();
        let number = |fields: &mut Fields<'a>| {
            if known { check::silent_decimal(&text) } else { fields.decimal(&text, tag) }
        };
        match name {
            "HSCode" | "HSCodeOfGoods" => {
                self.item.hs = fields.hs_code(&text, tag);
                self.bad_hs = self.item.hs.is_none();
            }
            "CodeOfGoods" => self.item.hs = self.item.hs.or_else(|| full_code(&text)),
            "Quantity" | "QuantityOrWeight" | "QuantityOrVolumn" | "Number" | "ProductQuantity"
            | "BoneMealQuantity" => {
                self.amount = number(fields);
            }
            "AnimalQuantityFemale" | "AnimalQuantityMale" => {
                let heads = check::silent_decimal(&text);
                self.heads = match (self.heads, heads) {
                    (Some(one), Some(other)) => one.checked_add(other),
                    (one, other) => one.or(other),
                };
            }
            "QuantityUnitCode"
            | "QuantityOrWeightUnitCode"
            | "UnitCode"
            | "AnimalUnitCode"
            | "ProductQuantityUnitCode"
            | "BoneMealQuantityUnitCode"
            | "PackageUnitCode" => self.unit = unit(fields, &text, tag),
            "NetWeight" | "AnimalNetWeight" => self.net = number(fields),
            "NetWeightUnitCode" => self.net_unit = unit(fields, &text, tag),
            "GrossWeight" => self.gross = number(fields),
            "GrossWeightUnitCode" => self.gross_unit = unit(fields, &text, tag),
            "OriginationCode" | "OriginCountryCode" => self.item.origin = fields.country_code(&text, tag),
            "AnimalExporterStateCode" | "ProductExporterStateCode" | "BoneMealExporterStateCode" => {
                let country = fields.country_code(&text, tag);
                declaration.export_country = declaration.export_country.or(country);
            }
            "Shipmentvalue" | "ValueOfGoods" => {
                let amount = if name == "Shipmentvalue" { number(fields) } else { check::silent_decimal(&text) };
                self.item.invoice_value = amount.map(|amount| Money { amount, currency: None });
            }
            "CirculateNo" => self.item.documents.push(DocumentRef {
                code: Text::Borrowed("CirculateNo"),
                number: text,
                status: None,
            }),
            "NameSicenceOfGoods" | "ProductScienceName" | "Species" | "Breed" | "BreedVni" | "Preservation"
            | "CategoryOfGoods" | "Classification" | "NoteOfGoods" => {
                let limit = fields.xml.limits().repeats;
                fields.room(self.item.statements.len(), "statements of a line", limit, tag.offset)?;
                let code = Text::Owned(name.to_owned());
                self.item.statements.push(Statement { code, kind: None, text: Some(text), settled: false });
            }
            _ if super::is_purpose(name) => self.purpose = super::preferred(self.purpose.take(), name, text),
            _ => {
                let rank = name_rank(name);
                if rank > self.name_rank {
                    self.name_rank = rank;
                    self.item.description = text;
                }
            }
        }
        Ok(())
    }

    /// The line, and whether its code was wrong.
    fn finish(self) -> (GoodsItem<'a>, bool) {
        let mut item = self.item;
        let quantity = |amount: Option<Decimal>, unit| amount.map(|amount| Quantity { amount, unit });
        item.quantity = quantity(self.amount.or(self.heads), self.unit);
        item.net_mass = quantity(self.net, self.net_unit);
        item.gross_mass = quantity(self.gross, self.gross_unit);
        item.purpose = self.purpose.map(|(_, text)| text);
        (item, self.bad_hs)
    }
}

/// How well an element names the goods; the Vietnamese name counts before the other.
fn name_rank(name: &str) -> u8 {
    match name {
        "NameOfGoods" | "ProductNameVni" | "AnimalTypeVni" | "ProductBusinessName" | "AnimalName" | "BoneMealName" => 2,
        "ProductName" | "AnimalType" => 1,
        _ => 0,
    }
}

/// A goods code that is an HS code of eight digits. The field also carries codes of the
/// ministry's own catalogues, so what is none is no error.
fn full_code(text: &str) -> Option<HsCode> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (digits == 8).then(|| HsCode::parse(text).ok()).flatten()
}

/// A unit. The single window's own catalogue has units beside those of the standard: what is no
/// code is told, and the quantity is kept without it.
fn unit(fields: &mut Fields<'_>, text: &str, tag: &Tag<'_>) -> Option<UnitCode> {
    match UnitCode::parse(text) {
        Ok(unit) => Some(unit),
        Err(error) => {
            let finding = Finding::warning(FindingCode::BadUnit, format!("`{text}`: {error}"))
                .at(tag.offset)
                .field(fields.path_of(tag.local()));
            fields.report(finding);
            None
        }
    }
}
