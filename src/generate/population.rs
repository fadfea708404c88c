//! The goods and traders that declarations are drawn from.

use super::GenerateError;
use super::random::Random;
use super::text::escaped;
use super::words::{self, PLACES};
use crate::law::{EvidenceKind, Pack, RuleDirection, TariffLine};
use crate::trade::{Direction, RegimeCode, Stage};

/// How many traders there are.
const TRADERS: u64 = 2_000;

/// Everything that does not change from one declaration to the next.
#[derive(Debug)]
pub(super) struct Population<'p> {
    pub(super) country: String,
    pub(super) currency: String,
    pub(super) goods: Vec<Good<'p>>,
    pub(super) traders: Vec<Trader>,
    pub(super) offices: Vec<String>,
    import_regimes: Vec<(Group, Vec<RegimeCode>)>,
    export_regimes: Vec<(Group, Vec<RegimeCode>)>,
}

/// A code of the tariff as goods.
#[derive(Debug)]
pub(super) struct Good<'p> {
    /// Eight digits.
    pub(super) code: String,
    /// The goods in words, escaped.
    pub(super) text: String,
    /// The unit of its quantities.
    pub(super) unit: &'static str,
    pub(super) kind: GoodKind,
    /// Price of a unit, in cents, powers of two around which it lies.
    pub(super) price: (u64, u64),
    /// Documents that satisfy the rules on its imports and exports.
    pub(super) import_permits: Vec<&'p str>,
    pub(super) export_permits: Vec<&'p str>,
}

/// What goods are, as far as their descriptions differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GoodKind {
    Food,
    Machine,
    Other,
}

/// What a trader does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Business {
    Trade,
    Production,
    Processing,
}

/// Groups of regimes, as the pack names them.
type Group = String;

/// A trader of the pack's country.
#[derive(Debug)]
pub(super) struct Trader {
    pub(super) tax_code: String,
    /// Escaped.
    pub(super) name: String,
    /// Escaped.
    pub(super) town: &'static str,
    /// A person or an organisation of the country (VNACCS `SKB`).
    pub(super) class: &'static str,
    business: Business,
    /// Imports of a thousand declarations.
    pub(super) imports: u64,
    /// Goods by position.
    pub(super) basket: Vec<usize>,
    pub(super) partners: Vec<Partner>,
    /// Offices by position.
    pub(super) offices: [usize; 2],
}

/// A foreign partner.
#[derive(Debug)]
pub(super) struct Partner {
    /// Escaped.
    pub(super) name: String,
    /// Its country, as a position in [`PLACES`].
    pub(super) place: usize,
}

impl<'p> Population<'p> {
    /// Makes the population of a seed.
    pub(super) fn new(pack: &'p Pack, seed: u64) -> Result<Self, GenerateError> {
        let goods = goods(pack);
        let offices: Vec<String> = pack.offices.iter().map(|office| escaped(&office.code)).collect();
        let (import_regimes, export_regimes) = (regimes(pack, Direction::Import), regimes(pack, Direction::Export));
        for (empty, what) in [
            (goods.is_empty(), "tariff"),
            (offices.is_empty(), "customs offices"),
            (import_regimes.is_empty(), "regimes for imports"),
            (export_regimes.is_empty(), "regimes for exports"),
        ] {
            if empty {
                return Err(GenerateError::Pack { what });
            }
        }
        let traders = (0..TRADERS).map(|number| trader(seed, number, &goods, offices.len())).collect();
        Ok(Self {
            country: pack.country.to_string(),
            currency: pack.currency.to_string(),
            goods,
            traders,
            offices,
            import_regimes,
            export_regimes,
        })
    }

    /// A regime that a trader would use.
    pub(super) fn regime(&self, random: &mut Random, trader: &Trader, import: bool) -> RegimeCode {
        let groups = if import { &self.import_regimes } else { &self.export_regimes };
        let weights = groups.iter().map(|(group, _)| weight(trader.business, group));
        let (_, regimes) = &groups[random.weighted(weights)];
        // Of three draws the earliest: the first regime of a group is the common one.
        regimes[random.early_index(regimes.len()).min(random.index(regimes.len()))]
    }

    /// Whether the tariff has a code.
    pub(super) fn knows(&self, code: &str) -> bool {
        self.goods.binary_search_by(|good| good.code.as_str().cmp(code)).is_ok()
    }
}

/// How often a business uses a group of regimes.
fn weight(business: Business, group: &str) -> u64 {
    match (business, group) {
        (Business::Trade, "commercial") => 900,
        (Business::Production, "commercial") => 400,
        (Business::Production, "export_production") => 450,
        (Business::Production, "epe") => 120,
        (Business::Processing, "processing") => 800,
        (Business::Processing, "commercial") => 150,
        (_, "temporary") => 20,
        (_, "non_commercial") => 15,
        _ => 3,
    }
}

fn regimes(pack: &Pack, direction: Direction) -> Vec<(Group, Vec<RegimeCode>)> {
    let mut groups: Vec<(Group, Vec<RegimeCode>)> = Vec::new();
    for regime in pack.regimes.iter().filter(|regime| regime.direction == direction) {
        match groups.iter_mut().find(|(group, _)| *group == regime.group) {
            Some((_, regimes)) => regimes.push(regime.code),
            None => groups.push((regime.group.clone(), vec![regime.code])),
        }
    }
    groups
}

/// The codes of the latest tariff that declarations can be drawn from, in order. The preferential
/// chapter is left out: its lines need a second code.
fn goods(pack: &Pack) -> Vec<Good<'_>> {
    let Some(edition) = pack.tariffs.last() else { return Vec::new() };
    let mut specific: Option<&TariffLine> = None;
    let mut goods = Vec::with_capacity(edition.lines.len());
    for line in &edition.lines {
        if line.hs.digits() != 8 || Some(line.hs.chapter()) == pack.preferential_chapter {
            continue;
        }
        if !is_other(line) {
            specific = Some(line);
        }
        let named = specific.filter(|named| named.hs.truncated(4) == line.hs.truncated(4)).unwrap_or(line);
        goods.push(good(pack, line, named));
    }
    goods
}

/// "Other": a text that names nothing by itself.
fn is_other(line: &TariffLine) -> bool {
    line.description_vi.chars().count() < 12
}

/// A text of at most 200 characters, cut between words.
fn shortened(text: &str) -> &str {
    let Some((end, _)) = text.char_indices().nth(200) else { return text.trim_end() };
    let cut = &text[..end];
    cut.rfind(' ').map_or(cut, |at| cut[..at].trim_end_matches([' ', ',', ';']))
}

fn good<'p>(pack: &'p Pack, line: &TariffLine, named: &TariffLine) -> Good<'p> {
    let chapter = line.hs.chapter();
    let kind = match chapter {
        2..=4 | 7..=12 | 15..=22 => GoodKind::Food,
        84..=91 => GoodKind::Machine,
        _ => GoodKind::Other,
    };
    let short = shortened(&named.description_vi);
    let text = if std::ptr::eq(line, named) { short.to_owned() } else { format!("{short}, loại khác") };
    let printed = line.unit.split('/').next().unwrap_or_default().trim();
    let unit = words::UNITS
        .iter()
        .find(|(name, code)| *name == printed && pack.units.iter().any(|unit| unit.code.as_str() == *code))
        .map_or(if chapter < 84 { "KGM" } else { "PCE" }, |(_, code)| code);
    // The price of a code is its own, whoever trades it.
    let mut random = Random::of(0, 1, u64::from(line.hs.padded()));
    let low = match (unit, kind) {
        ("KGM", _) => random.between(5, 10),
        (_, GoodKind::Machine) => random.between(8, 16),
        _ => random.between(6, 12),
    };
    Good {
        code: line.hs.to_string(),
        text: escaped(&text),
        unit,
        kind,
        price: (low, low + 1),
        import_permits: permits(pack, line, Direction::Import),
        export_permits: permits(pack, line, Direction::Export),
    }
}

/// Document types that satisfy rules on a code, up to four.
fn permits<'p>(pack: &'p Pack, line: &TariffLine, direction: Direction) -> Vec<&'p str> {
    let mut codes: Vec<&str> = Vec::new();
    let Some((set, _)) = pack.index.code(line.hs) else { return codes };
    for element in pack.index.all(set) {
        let rule = pack.rule(pack.candidate(element.candidate).rule);
        if !RuleDirection::reaches(rule.direction, direction) || matches!(rule.stage, Stage::Notice | Stage::Prohibited)
        {
            continue;
        }
        let named = rule.evidence.iter().map(|id| &pack.documents[id.index()]);
        let by_measure = pack.documents.iter().filter(|document| document.measures.contains(&rule.measure));
        for document in named.chain(by_measure) {
            // The field for the type of a permit has four characters.
            let fits = document.code.len() <= 4 && document.format.is_empty() && document.kind != EvidenceKind::Other;
            if fits && codes.len() < 4 && !codes.contains(&document.code.as_str()) {
                codes.push(&document.code);
            }
        }
    }
    codes
}

fn trader(seed: u64, number: u64, goods: &[Good<'_>], offices: usize) -> Trader {
    let mut random = Random::of(seed, 2, number);
    let business = match random.below(100) {
        0..65 => Business::Trade,
        65..90 => Business::Production,
        _ => Business::Processing,
    };
    let name = format!(
        "{} {} {} {}",
        random.pick(words::COMPANY_KINDS),
        random.pick(words::TRADES),
        random.pick(words::NAMES),
        1 + number / 7
    );
    // A line of business: codes near each other in one to three places of the tariff.
    let mut basket = Vec::new();
    for _ in 0..=random.early_index(3) {
        let middle = random.index(goods.len());
        for _ in 0..random.between(2, 8) {
            let at = (middle + random.index(40)).min(goods.len() - 1);
            if !basket.contains(&at) {
                basket.push(at);
            }
        }
    }
    let partners = (0..random.between(1, 5))
        .map(|_| Partner {
            name: escaped(&format!("{} {}", random.pick(words::PARTNER_NAMES), random.pick(words::PARTNER_KINDS))),
            place: random.weighted(PLACES.iter().map(|place| place.weight)),
        })
        .collect();
    Trader {
        tax_code: tax_code(100_000_000 + random.below(500_000_000)),
        name: escaped(&name),
        town: random.pick(words::TOWNS),
        class: if random.chance(20) { "1" } else { "4" },
        business,
        imports: random.pick(&[1000, 1000, 900, 800, 500, 200, 0]),
        basket,
        partners,
        offices: [random.index(offices), random.index(offices)],
    }
}

/// Ten digits, the last a check on the nine before.
fn tax_code(nine: u64) -> String {
    let digits = format!("{nine:09}");
    let weights = [31, 29, 23, 19, 17, 13, 7, 5, 3];
    let sum: u64 = digits.bytes().zip(weights).map(|(digit, weight)| u64::from(digit - b'0') * weight).sum();
    let check = 10 - sum % 11;
    // Where the check would be ten, the number is not given out.
    if check == 10 { tax_code(nine + 1) } else { format!("{digits}{check}") }
}
