//! Certificates as an authority of a partner issues them, drawn from the pack's tariff.

use jiff::ToSpan as _;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::law::Pack;
use crate::trade::{
    Attestation, Carriage, CountryCode, Declaration, Direction, HsCode, InvoiceRef, Measured, OriginCertificate,
    OriginFlags, OriginItem, OriginParty, Packages, UnitCode,
};

/// Who sends and who receives.
const EXPORTERS: [&str; 5] = [
    "Andaman Seafood Co., Ltd.",
    "Chao Phraya Foods PLC",
    "Malacca Trading Sdn. Bhd.",
    "Eastern Plastics Co., Ltd.",
    "Lotus Textiles Ltd.",
];
const CONSIGNEES: [&str; 4] =
    ["Công ty TNHH Hải Vân", "Công ty CP Thực phẩm Sao Biển", "Công ty TNHH Minh Phát", "Công ty CP Nhựa Đông Á"];

/// Certificates of a country for goods to another.
#[derive(Debug)]
pub struct Certificates {
    from: CountryCode,
    to: CountryCode,
    goods: Vec<(HsCode, String)>,
}

impl Certificates {
    /// Draws from the goods of a pack's tariff; none where it has none.
    pub fn new(pack: &Pack, from: CountryCode, to: CountryCode) -> Option<Self> {
        let lines = pack.tariffs.last().map(|tariff| tariff.lines.as_slice()).unwrap_or_default();
        let known = lines.iter().filter(|line| line.duty_mfn.is_some());
        let goods: Vec<_> = known.step_by(37).map(|line| (line.hs, line.description_vi.clone())).collect();
        (!goods.is_empty()).then_some(Self { from, to, goods })
    }

    /// A certificate by its number: always the same.
    pub fn draw(&self, number: u64, day: Date) -> OriginCertificate {
        let pick = |at: u64, of: usize| usize::try_from(at % of.max(1) as u64).unwrap_or(0);
        let shipped = day.checked_sub(i64::try_from(number % 5).unwrap_or(0).days()).unwrap_or(day);
        let kilograms = UnitCode::parse("KGM").ok();
        let items = (1..=u32::try_from(1 + number % 3).unwrap_or(1)).map(|item| {
            // INVARIANT: there are goods.
            let (hs, description) = self.goods[pick(number * 7 + u64::from(item), self.goods.len())].clone();
            let quantity = Decimal::from(500 + (number * 13 + u64::from(item) * 29) % 20_000);
            OriginItem {
                number: item,
                marks: Some(format!("{}-{number}", self.from)),
                packages: Some(Packages { count: Decimal::from(10 + number % 90), kind: Some("CT".to_owned()) }),
                description,
                quantity: Some(Measured { amount: quantity, unit: kilograms }),
                original: None,
                hs,
                criterion: ["WO", "CTH", "40%", "CTSH + 35%"][pick(number, 4)].to_owned(),
                gross_weight: Some(Measured { amount: quantity + quantity / Decimal::from(20), unit: kilograms }),
                fob: None,
                invoice: Some(InvoiceRef {
                    number: format!("INV-{}-{number}", self.from),
                    date: Some(shipped),
                    issuer: None,
                }),
            }
        });
        let party = |names: &[&str], country: CountryCode| OriginParty {
            id: None,
            name: Some(names[pick(number, names.len())].to_owned()),
            address: None,
            country: Some(country),
        };
        let attested = |by: &str| Attestation {
            place: None,
            date: shipped,
            authority: Some(format!("{}-{by}", self.from)),
            signatory: None,
        };
        OriginCertificate {
            form: "D".to_owned(),
            reference: format!("D{}-{}-{number:06}", day.year(), self.from),
            issuing_country: self.from,
            exporter: party(&EXPORTERS, self.from),
            consignee: party(&CONSIGNEES, self.to),
            exhibition: None,
            carriage: Carriage {
                mode: Some("1".to_owned()),
                departure: Some(shipped),
                vessel: Some(format!("MV {}", 100 + number % 900)),
                ..Carriage::default()
            },
            items: items.collect(),
            production_country: self.from,
            importing_country: self.to,
            declared: attested("EXP"),
            certified: attested("IA"),
            certified_true_copy: false,
            flags: OriginFlags::default(),
        }
    }
}

/// A certificate for the goods of a declaration that come from a country, or go there; none where it
/// has no such goods.
pub fn for_declaration(
    declaration: &Declaration<'_>,
    (from, to): (CountryCode, CountryCode),
    reference: &str,
    day: Date,
) -> Option<OriginCertificate> {
    let import = declaration.direction == Some(Direction::Import);
    let goods = declaration.items.iter().filter(|item| !import || item.origin == Some(from));
    let items: Vec<OriginItem> = goods
        .filter_map(|item| {
            let hs = item.hs.filter(|hs| hs.digits() >= 6)?;
            let measured = |of: &crate::trade::Quantity| Measured { amount: of.amount, unit: of.unit };
            Some(OriginItem {
                number: item.number,
                marks: None,
                packages: None,
                description: item.description.to_string(),
                quantity: item.quantity.as_ref().map(measured),
                original: None,
                hs,
                criterion: "CTH".to_owned(),
                gross_weight: item.net_mass.as_ref().map(measured),
                fob: None,
                invoice: None,
            })
        })
        .collect();
    let party = |party: &crate::trade::Party<'_>, country| OriginParty {
        id: None,
        name: party.name.as_deref().map(str::to_owned),
        address: None,
        country: Some(country),
    };
    let attested =
        |by: &str| Attestation { place: None, date: day, authority: Some(format!("{from}-{by}")), signatory: None };
    (!items.is_empty()).then(|| OriginCertificate {
        form: "D".to_owned(),
        reference: reference.to_owned(),
        issuing_country: from,
        exporter: party(&declaration.exporter, from),
        consignee: party(&declaration.importer, to),
        exhibition: None,
        carriage: Carriage { departure: Some(day), ..Carriage::default() },
        items,
        production_country: from,
        importing_country: to,
        declared: attested("EXP"),
        certified: attested("IA"),
        certified_true_copy: false,
        flags: OriginFlags::default(),
    })
}
