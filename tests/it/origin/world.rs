//! A certificate and a declaration to be judged, written as values that a case can change.

use std::collections::BTreeMap;

use jiff::civil::Date;
use motcua::law::Agreement;
use motcua::origin::{
    Asking, CertificateIndex, CertificateLedger, Claims, ForceMajeure, Known, LinePreference, LineRates, OriginFinding,
    Presentation, QuantityAccount, Standing, check, claims, overdrawn_originals, preference,
};
use motcua::trade::{
    CountryCode, Declaration, Direction, DocumentRef, Format, GoodsItem, HsCode, Measured, Money, OriginCertificate,
    Quantity, UnitCode, UnitConversions,
};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct World {
    pub(super) certificate: OriginCertificate,
    pub(super) presentation: PresentationSource,
    pub(super) declaration: DeclarationSource,
    #[serde(default)]
    pub(super) standing: Standing,
    #[serde(default)]
    pub(super) rejected_items: Vec<u32>,
    /// What others have used, by item.
    #[serde(default)]
    pub(super) used: BTreeMap<u32, String>,
    /// The quantity of original proofs, by number.
    #[serde(default)]
    pub(super) originals: BTreeMap<String, String>,
    /// A country that has a certificate of the same number.
    pub(super) twin: Option<CountryCode>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PresentationSource {
    day: Date,
    country: CountryCode,
    imported: Option<Date>,
    copied: Option<Date>,
    force_majeure: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeclarationSource {
    format: String,
    date: Option<Date>,
    importer_id: Option<String>,
    importer_name: Option<String>,
    exporter_name: Option<String>,
    export_country: Option<CountryCode>,
    transport_mode: Option<String>,
    notes: Option<String>,
    invoice: Option<String>,
    #[serde(default)]
    documents: Vec<DocumentSource>,
    pub(super) lines: Vec<LineSource>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DocumentSource {
    code: String,
    number: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LineSource {
    number: u32,
    hs: Option<String>,
    #[serde(default)]
    description: String,
    origin: Option<CountryCode>,
    quantity: Option<String>,
    net_mass: Option<String>,
    gross_mass: Option<String>,
    #[serde(default)]
    documents: Vec<DocumentSource>,
}

/// The value of `rules/asean/cases/base.toml`.
pub(super) fn base() -> Value {
    toml::from_str(include_str!("../../../rules/asean/cases/base.toml")).unwrap()
}

/// Puts a value in the place of another.
pub(super) fn set(world: &mut Value, path: &str, value: Value) {
    let (parent, key) = path.rsplit_once('/').unwrap();
    let parent = world.pointer_mut(parent).unwrap_or_else(|| panic!("`{path}`: nothing is there"));
    match parent {
        Value::Array(list) => list[key.parse::<usize>().unwrap()] = value,
        Value::Object(table) => {
            table.insert(key.to_owned(), value);
        }
        _ => panic!("`{path}`: no table"),
    }
}

/// Takes a value away.
pub(super) fn drop_value(world: &mut Value, path: &str) {
    let (parent, key) = path.rsplit_once('/').unwrap();
    match world.pointer_mut(parent).unwrap_or_else(|| panic!("`{path}`: nothing is there")) {
        Value::Array(list) => {
            list.remove(key.parse().unwrap());
        }
        Value::Object(table) => {
            table.remove(key);
        }
        _ => panic!("`{path}`: no table"),
    }
}

pub(super) fn world(value: &Value) -> World {
    World::deserialize(value).unwrap_or_else(|error| panic!("{error}: {value}"))
}

pub(super) fn units() -> &'static UnitConversions {
    motcua::embedded::pack().unit_table()
}

pub(super) fn measured(text: &str) -> Measured {
    let (amount, unit) = text.split_once(' ').unwrap();
    Measured { amount: amount.parse().unwrap(), unit: Some(UnitCode::parse(unit).unwrap()) }
}

fn quantity(text: Option<&String>) -> Option<Quantity> {
    text.map(|text| measured(text)).map(|measured| Quantity { amount: measured.amount, unit: measured.unit })
}

fn documents(sources: &[DocumentSource]) -> Vec<DocumentRef<'_>> {
    let document =
        |d: &DocumentSource| DocumentRef { code: d.code.clone().into(), number: d.number.clone().into(), status: None };
    sources.iter().map(document).collect()
}

impl World {
    pub(super) fn presentation(&self) -> Presentation {
        let source = &self.presentation;
        Presentation {
            country: source.country,
            day: source.day,
            imported: source.imported,
            copied: source.copied,
            force_majeure: match source.force_majeure.as_deref() {
                Some("claimed") => ForceMajeure::Claimed,
                Some("accepted") => ForceMajeure::Accepted,
                _ => ForceMajeure::NotStated,
            },
        }
    }

    pub(super) fn declaration(&self) -> Declaration<'_> {
        let source = &self.declaration;
        let format = match source.format.as_str() {
            "wco" => Format::WcoDeclaration,
            "vnaccs" => Format::VnDeclaration,
            "asycuda" => Format::AsycudaSad,
            other => panic!("`{other}`: no family"),
        };
        let mut declaration = Declaration::new(format);
        declaration.direction = Some(Direction::Import);
        declaration.date = source.date;
        declaration.importer.id = source.importer_id.as_deref().map(Into::into);
        declaration.importer.name = source.importer_name.as_deref().map(Into::into);
        declaration.exporter.name = source.exporter_name.as_deref().map(Into::into);
        declaration.export_country = source.export_country;
        declaration.transport_mode = source.transport_mode.as_deref().map(Into::into);
        declaration.notes = source.notes.as_deref().map(Into::into);
        declaration.invoice = source.invoice.as_deref().map(|text| {
            let (amount, currency) = text.split_once(' ').unwrap();
            let currency = Some(motcua::trade::CurrencyCode::parse(currency).unwrap());
            Money { amount: amount.parse().unwrap(), currency }
        });
        declaration.documents = documents(&source.documents);
        declaration.items = source.lines.iter().map(LineSource::goods).collect();
        declaration
    }

    /// The preference of each line.
    pub(super) fn preferences(&self, agreement: &Agreement) -> Vec<LinePreference> {
        self.preferences_of(&self.declaration(), agreement)
    }

    pub(super) fn preferences_of(&self, declaration: &Declaration<'_>, agreement: &Agreement) -> Vec<LinePreference> {
        let twin = self.twin.map(|country| OriginCertificate { issuing_country: country, ..self.certificate.clone() });
        let mut index = CertificateIndex::default();
        let all: Vec<&OriginCertificate> = [&self.certificate].into_iter().chain(twin.as_ref()).collect();
        for certificate in &all {
            index.insert(certificate, &agreement.tolerances);
        }
        let claims: Claims = claims(declaration, agreement, Some(&index));
        let slots = claims.quoted.iter().flat_map(|claim| index.quoted(&claim.reference));
        let mut quoted: Vec<usize> = slots.map(|slot| slot.0 as usize).collect();
        quoted.sort_unstable();
        quoted.dedup();
        let ledger = self.ledger();
        let further = self.further(agreement);
        let known: Vec<Known<'_>> = quoted
            .into_iter()
            .map(|at| Known {
                certificate: all[at],
                standing: &self.standing,
                rejected_items: &self.rejected_items,
                ledger: Some(&ledger),
                further: &further,
            })
            .collect();
        let pack = motcua::embedded::pack();
        let day = motcua::law::Day::of(self.presentation.day);
        let rates = |hs: HsCode| LineRates::of(pack.tariff_line(day, hs));
        preference(&Asking {
            agreement,
            declaration,
            presentation: &self.presentation(),
            claims: &claims,
            known: &known,
            consignment_value: None,
            units: units(),
            rates: &rates,
        })
    }

    pub(super) fn ledger(&self) -> CertificateLedger {
        let mut ledger = CertificateLedger::open(&self.certificate, units());
        for (item, used) in &self.used {
            let account = ledger.items.get_mut(item).unwrap();
            let event = account.draw("another declaration", measured(used), units()).unwrap().unwrap();
            account.apply(&event);
        }
        ledger
    }

    fn further(&self, agreement: &Agreement) -> Vec<OriginFinding> {
        let open = |text: &String| QuantityAccount::open(Some(measured(text)), units());
        let accounts: BTreeMap<&str, QuantityAccount> =
            self.originals.iter().map(|(name, text)| (name.as_str(), open(text))).collect();
        overdrawn_originals(
            &self.certificate,
            &|original| accounts.get(original.reference.as_str()),
            &|item| format!("this/{item}"),
            units(),
            agreement,
        )
    }

    /// Everything that is found, by the checks alone and for the lines.
    pub(super) fn findings(&self, agreement: &Agreement) -> Vec<OriginFinding> {
        let mut found = check(&self.certificate, &self.presentation(), agreement);
        found.extend(self.preferences(agreement).into_iter().flat_map(|line| line.reasons));
        found
    }
}

impl LineSource {
    fn goods(&self) -> GoodsItem<'_> {
        GoodsItem {
            number: self.number,
            hs: self.hs.as_deref().map(|hs| HsCode::parse(hs).unwrap()),
            description: self.description.as_str().into(),
            origin: self.origin,
            quantity: quantity(self.quantity.as_ref()),
            net_mass: quantity(self.net_mass.as_ref()),
            gross_mass: quantity(self.gross_mass.as_ref()),
            documents: documents(&self.documents),
            ..GoodsItem::default()
        }
    }
}

pub(super) fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}
