//! One declaration before it is written.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::population::{Good, GoodKind, Partner, Population, Trader};
use super::random::Random;
use super::words::{self, CURRENCIES, PLACES};
use super::{Generator, Mistake};
use crate::trade::RegimeCode;

/// Declarations with a mistake, of a thousand.
const MISTAKES: u64 = 20;

/// What a declaration will say.
#[derive(Debug)]
pub(super) struct Draft<'g> {
    pub(super) index: u64,
    pub(super) import: bool,
    /// It has been registered: it has customs' number and day.
    pub(super) registered: bool,
    pub(super) day: Date,
    /// Second of the day.
    pub(super) second: u64,
    pub(super) regime: RegimeCode,
    pub(super) trader: &'g Trader,
    pub(super) partner: &'g Partner,
    pub(super) office: &'g str,
    /// Position in [`CURRENCIES`].
    pub(super) currency: usize,
    pub(super) packages: u64,
    /// 1 air, 2 sea, 4 road.
    pub(super) transport: &'static str,
    pub(super) lines: Vec<Line<'g>>,
    pub(super) mistake: Option<Mistake>,
}

/// What a line will say.
#[derive(Debug)]
pub(super) struct Line<'g> {
    pub(super) number: u64,
    pub(super) good: &'g Good<'g>,
    /// The code, where it is not that of the goods.
    pub(super) wrong_code: Option<String>,
    /// The country of origin; `None` where it is left out.
    pub(super) origin: Option<&'static str>,
    pub(super) negative: bool,
    /// In thousandths.
    pub(super) quantity: u64,
    /// In hundredths of the currency.
    pub(super) price: u64,
    pub(super) brand: Option<&'static str>,
    pub(super) model: u64,
    pub(super) use_phrase: &'static str,
    pub(super) state_phrase: &'static str,
    /// Type and number of a permit.
    pub(super) permit: Option<(&'g str, u64)>,
}

impl Line<'_> {
    /// Invoice value in hundredths.
    pub(super) fn value(&self) -> u64 {
        self.price * self.quantity / 1000
    }
}

impl Draft<'_> {
    /// Invoice total in hundredths; what is written below zero is not counted.
    pub(super) fn total(&self) -> u64 {
        self.lines.iter().map(Line::value).sum()
    }

    /// Customs' number: 12 digits.
    pub(super) fn number(&self) -> u64 {
        let first = if self.import { 1 } else { 3 };
        first * 100_000_000_000 + (self.index + 1) % 1_000_000_000 * 10
    }

    /// Gross mass in kilograms.
    pub(super) fn gross(&self) -> u64 {
        let net: u64 =
            self.lines.iter().map(|line| if line.good.unit == "KGM" { line.quantity / 1000 } else { 5 }).sum();
        (net + net / 20 + 1).min(99_999_999)
    }
}

impl Generator<'_> {
    /// Draws declaration `index`.
    pub(super) fn draft(&self, index: u64) -> Draft<'_> {
        self.drawn(index, true)
    }

    /// The same; `spoiled`: with the mistake that is drawn for it, else put right.
    pub(super) fn drawn(&self, index: u64, spoiled: bool) -> Draft<'_> {
        let random = &mut Random::of(self.plan.seed, 3, index);
        let population = &self.population;
        // Some traders declare much more than others.
        let trader = &population.traders[random.early_index(population.traders.len())];
        let import = random.chance(trader.imports);
        let partner = &trader.partners[random.index(trader.partners.len())];
        let place = &PLACES[partner.place];
        let office = trader.offices[usize::from(random.chance(200))];
        let offset = i64::try_from(random.below(self.days)).unwrap_or(0);
        let day = working_day(self.plan.from, offset);
        let second = random.between(7 * 3600 + 1800, 17 * 3600 + 1800);
        let regime = population.regime(random, trader, import);
        let currency = if random.chance(250) { place.currency } else { 0 };
        let mut mistake = random.chance(MISTAKES).then(|| mistake(random, import));
        let drawn = line_count(random);
        let count = self.plan.lines.map_or(drawn, u64::from);
        if mistake == Some(Mistake::DuplicateLine) && count < 2 {
            mistake = Some(Mistake::NegativeValue);
        }
        let mut lines: Vec<Line<'_>> =
            (1..=count).map(|number| line(random, population, trader, number, import, place.country)).collect();
        if let Some(mistake) = mistake {
            let at = random.index(lines.len());
            if spoiled {
                spoil(&mut lines, at, mistake, population);
            }
        }
        Draft {
            index,
            import,
            registered: !random.chance(30),
            day,
            second,
            regime,
            trader,
            partner,
            office: if spoiled && mistake == Some(Mistake::UnknownOffice) {
                "99ZZ"
            } else {
                &population.offices[office]
            },
            currency: if CURRENCIES.len() > currency { currency } else { 0 },
            packages: random.spread(0, 10),
            transport: random.pick(&["2", "2", "2", "1", "4"]),
            lines,
            mistake,
        }
    }
}

/// A day from the first one on; Sundays fall on the Saturday before.
fn working_day(from: Date, offset: i64) -> Date {
    let day = from.checked_add(offset.days()).unwrap_or(from);
    if day.weekday() == Weekday::Sunday && day > from { day.yesterday().unwrap_or(day) } else { day }
}

/// One to fifty lines, five in the mean.
fn line_count(random: &mut Random) -> u64 {
    match random.below(100) {
        0..35 => 1,
        35..60 => random.between(2, 3),
        60..80 => random.between(4, 6),
        80..92 => random.between(7, 12),
        92..98 => random.between(13, 25),
        _ => random.between(26, 50),
    }
}

fn mistake(random: &mut Random, import: bool) -> Mistake {
    let all = [
        Mistake::UnknownCode,
        Mistake::BadCode,
        Mistake::NegativeValue,
        Mistake::UnknownOffice,
        Mistake::DuplicateLine,
        Mistake::MissingOrigin,
    ];
    // The national export declaration has no origin.
    let known = if import { all.len() } else { all.len() - 1 };
    all[random.index(known)]
}

fn line<'g>(
    random: &mut Random,
    population: &'g Population<'_>,
    trader: &Trader,
    number: u64,
    import: bool,
    from: &'static str,
) -> Line<'g> {
    let good = &population.goods[trader.basket[random.early_index(trader.basket.len())]];
    let quantity = match good.unit {
        "KGM" => random.spread(5, 14) * 1000 + if random.chance(300) { random.below(100) * 10 } else { 0 },
        _ => random.spread(0, 11) * 1000,
    };
    // Goods of a partner's country mostly come from there.
    let origin = if random.chance(850) {
        from
    } else {
        PLACES[random.weighted(PLACES.iter().map(|place| place.weight))].country
    };
    let used = good.kind == GoodKind::Machine && random.chance(30);
    let (use_phrase, state_phrase) = match good.kind {
        GoodKind::Food => (random.pick(words::FOOD_USES), random.pick(words::FOOD_PACKS)),
        _ if used => (random.pick(words::OTHER_USES), words::USED),
        _ if random.chance(850) => (random.pick(words::OTHER_USES), words::NEW),
        _ => (random.pick(words::OTHER_USES), ""),
    };
    let permits = if import { &good.import_permits } else { &good.export_permits };
    let permit = (!permits.is_empty() && random.chance(350)).then(|| (random.pick(permits), random.between(1, 9_999)));
    Line {
        number,
        good,
        wrong_code: None,
        origin: Some(origin),
        negative: false,
        quantity,
        price: random.spread(good.price.0, good.price.1),
        brand: random.chance(400).then(|| random.pick(words::BRANDS)),
        model: random.between(100, 9_999),
        use_phrase,
        state_phrase,
        permit,
    }
}

/// Makes the mistake in a line.
fn spoil(lines: &mut [Line<'_>], at: usize, mistake: Mistake, population: &Population<'_>) {
    let first = lines[0].number;
    let line = &mut lines[at];
    match mistake {
        Mistake::UnknownCode => {
            // A code next to the right one that the tariff does not have.
            let heading = &line.good.code[..6];
            line.wrong_code =
                (0..100).rev().map(|end| format!("{heading}{end:02}")).find(|code| !population.knows(code));
        }
        Mistake::BadCode => line.wrong_code = Some(format!("{}X", &line.good.code[..7])),
        Mistake::NegativeValue => line.negative = true,
        Mistake::MissingOrigin => line.origin = None,
        Mistake::UnknownOffice => {}
        Mistake::DuplicateLine => {
            if let Some(last) = lines.last_mut() {
                last.number = first;
            }
        }
    }
}
