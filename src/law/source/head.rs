//! `pack.toml`: what the pack is, its tariff editions and its coverage.

use super::defect::{At, Defects, Place};
use super::folder::Folder;
use super::table::{Table, one_of, read_toml};
use super::values::{self, Period};
use crate::law::day::Day;
use crate::law::pack::{CalendarRules, EndOnDayOff};
use crate::trade::{CountryCode, CurrencyCode};

/// `pack.toml`.
#[derive(Debug)]
pub(crate) struct Head {
    /// The country.
    pub(crate) country: Option<At<CountryCode>>,
    /// The edition that answers name.
    pub(crate) edition: String,
    /// Vietnamese name.
    pub(crate) name_vi: String,
    /// English name.
    pub(crate) name_en: String,
    /// The currency of values.
    pub(crate) currency: Option<At<CurrencyCode>>,
    /// IANA time zone.
    pub(crate) time_zone: String,
    /// Minutes from midnight.
    pub(crate) office_hours: Vec<(u16, u16)>,
    /// How time is counted.
    pub(crate) calendar: CalendarRules,
    /// The chapter of preferential lines.
    pub(crate) preferential_chapter: Option<u8>,
    /// The agency that is customs itself.
    pub(crate) customs_agency: Option<At<String>>,
    /// Digits of a full national code.
    pub(crate) code_digits: u8,
    /// Editions of the tariff.
    pub(crate) tariffs: Vec<TariffSource>,
    /// From when measures are known in full.
    pub(crate) coverage: Vec<CoverageSource>,
}

/// A `[[tariff]]`.
#[derive(Debug)]
pub(crate) struct TariffSource {
    /// Its name.
    pub(crate) edition: String,
    /// Its file.
    pub(crate) file: Option<At<String>>,
    /// Its days.
    pub(crate) period: Period,
}

/// A `[[coverage]]`.
#[derive(Debug)]
pub(crate) struct CoverageSource {
    /// The measure's key.
    pub(crate) measure: Option<At<String>>,
    /// The ministry's code.
    pub(crate) ministry: Option<At<String>>,
    /// Concerns imports.
    pub(crate) import: bool,
    /// Concerns exports.
    pub(crate) export: bool,
    /// A bit for each chapter; zero: all.
    pub(crate) chapters: u128,
    /// The first day covered.
    pub(crate) from: Day,
    /// Why.
    pub(crate) basis: String,
}

/// The bits of a tariff edition in the index.
const TARIFFS_MAX: usize = 8;

/// Reads `pack.toml`.
pub(crate) fn read(folder: &Folder, to: &mut Defects) -> Option<Head> {
    let Some(file) = folder.file("pack.toml") else {
        let file = to.file("pack.toml");
        to.error_with(
            Place { file, line: 0, column: 0 },
            "missing_file",
            "`pack.toml` is missing",
            Some("a pack is a folder with a pack.toml, see rules/FORMAT.md".to_owned()),
        );
        return None;
    };
    let mut head = None;
    read_toml(file, to, &mut |table, to| head = Some(pack(table, to)));
    head
}

fn pack(mut table: Table<'_>, to: &mut Defects) -> Head {
    let place = table.place();
    let country = table.filled("country", to).and_then(|text| values::code(&text, CountryCode::parse, to));
    let currency = table.filled("currency", to).and_then(|text| values::code(&text, CurrencyCode::parse, to));
    let head = Head {
        country,
        edition: table.filled("edition", to).map(|text| text.value).unwrap_or_default(),
        name_vi: table.text_or_empty("name_vi", to),
        name_en: table.text_or_empty("name_en", to),
        currency,
        time_zone: time_zone(&mut table, to),
        office_hours: office_hours(&mut table, to),
        calendar: calendar(&mut table, to),
        preferential_chapter: table.optional("preferential_chapter", to).and_then(|text| chapter(&text, to)),
        customs_agency: table.optional("customs_agency", to),
        code_digits: code_digits(&mut table, to),
        tariffs: table.tables("tariff", to).into_iter().map(|inner| tariff(inner, to)).collect(),
        coverage: table.tables("coverage", to).into_iter().map(|inner| coverage(inner, to)).collect(),
    };
    if head.tariffs.is_empty() {
        to.error(place, "missing_key", "a pack needs at least one `[[tariff]]`");
    }
    for surplus in head.tariffs.iter().skip(TARIFFS_MAX) {
        to.error(surplus.period.place, "limit_tariffs", format!("more than {TARIFFS_MAX} editions of the tariff"));
    }
    let mut sorted: Vec<&TariffSource> = head.tariffs.iter().collect();
    sorted.sort_by_key(|edition| edition.period.days.from);
    for pair in sorted.windows(2) {
        if pair[0].period.days.to >= pair[1].period.days.from {
            let message = format!("editions `{}` and `{}` of the tariff overlap", pair[0].edition, pair[1].edition);
            to.error(pair[1].period.place, "overlapping_intervals", message);
        }
    }
    table.finish(to);
    head
}

fn time_zone(table: &mut Table<'_>, to: &mut Defects) -> String {
    let Some(text) = table.filled("time_zone", to) else {
        return String::new();
    };
    if jiff::tz::TimeZone::get(&text.value).is_err() {
        to.error(text.place, "unknown_time_zone", format!("unknown time zone `{}`", text.value));
    }
    text.value
}

fn code_digits(table: &mut Table<'_>, to: &mut Defects) -> u8 {
    let Some(digits) = table.number("code_digits", to) else {
        return 8;
    };
    if let Ok(value @ (6 | 8)) = u8::try_from(digits.value) {
        return value;
    }
    to.error(digits.place, "bad_number", "`code_digits` is 6 or 8: further digits are not kept");
    8
}

fn office_hours(table: &mut Table<'_>, to: &mut Defects) -> Vec<(u16, u16)> {
    let mut hours: Vec<(u16, u16)> = Vec::new();
    for mut span in table.tables("office_hours", to) {
        let from = span.filled("from", to).and_then(|text| minutes(&text, to));
        let last = span.filled("to", to).and_then(|text| minutes(&text, to));
        if let (Some(from), Some(last)) = (from, last) {
            if last <= from || hours.last().is_some_and(|before| from < before.1) {
                to.error(span.place(), "interval_backwards", "office hours must follow each other and not be empty");
            }
            hours.push((from, last));
        }
        span.finish(to);
    }
    hours
}

/// `[calendar]`: Saturday and Sunday are off and a limit ends with a working day, where nothing
/// else is said.
fn calendar(table: &mut Table<'_>, to: &mut Defects) -> CalendarRules {
    const DAYS: [(&str, u8); 7] = [
        ("monday", 1),
        ("tuesday", 2),
        ("wednesday", 4),
        ("thursday", 8),
        ("friday", 16),
        ("saturday", 32),
        ("sunday", 64),
    ];
    let ends = [("next_working_day", EndOnDayOff::NextWorkingDay), ("same_day", EndOnDayOff::SameDay)];
    let mut rules =
        CalendarRules { weekend: 32 | 64, end_on_day_off: EndOnDayOff::NextWorkingDay, basis: String::new() };
    let Some(mut inner) = table.table("calendar", to) else {
        return rules;
    };
    if inner.has("weekend") {
        let days = inner.texts("weekend", to);
        rules.weekend = days.iter().filter_map(|text| one_of(text, "weekend", &DAYS, to)).fold(0, |w, d| w | d.value);
        if rules.weekend == 127 {
            to.error(inner.place(), "no_working_day", "`weekend` has all seven days: no limit would ever end");
        }
    }
    if inner.has("end_on_day_off") {
        rules.end_on_day_off = inner.word("end_on_day_off", &ends, to).map_or(rules.end_on_day_off, |word| word.value);
    }
    rules.basis = inner.text_or_empty("basis", to);
    inner.finish(to);
    rules
}

fn minutes(text: &At<String>, to: &mut Defects) -> Option<u16> {
    let parsed = text.value.split_once(':').and_then(|(hours, minutes)| {
        let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
        (minutes < 60 && hours * 60 + minutes <= 24 * 60).then_some(hours * 60 + minutes)
    });
    if parsed.is_none() || text.value.len() != 5 {
        to.error(text.place, "bad_time", format!("`{}` is no time of the day, such as `08:00`", text.value));
        return None;
    }
    parsed
}

fn chapter(text: &At<String>, to: &mut Defects) -> Option<u8> {
    let chapter = (text.value.len() == 2).then(|| text.value.parse().ok()).flatten().filter(|c| (1..=99).contains(c));
    if chapter.is_none() {
        to.error(text.place, "bad_chapter", format!("`{}` is no chapter of two digits", text.value));
    }
    chapter
}

fn tariff(mut table: Table<'_>, to: &mut Defects) -> TariffSource {
    let tariff = TariffSource {
        edition: table.filled("edition", to).map(|text| text.value).unwrap_or_default(),
        file: table.filled("file", to),
        period: values::period(&mut table, to),
    };
    table.finish(to);
    tariff
}

fn coverage(mut table: Table<'_>, to: &mut Defects) -> CoverageSource {
    let measure = table.filled("measure", to);
    let ministry = table.optional("ministry", to);
    let directions: Vec<At<bool>> = table
        .texts("directions", to)
        .iter()
        .filter_map(|text| one_of(text, "directions", &[("import", true), ("export", false)], to))
        .collect();
    if directions.is_empty() {
        to.error(table.place(), "empty_value", "`directions` is empty");
    }
    let chapters = table
        .texts("chapters", to)
        .iter()
        .filter_map(|text| chapter(text, to))
        .fold(0u128, |bits, chapter| bits | 1 << chapter);
    let from = table.filled("from", to).and_then(|text| values::day(&text, to));
    let coverage = CoverageSource {
        measure,
        ministry,
        import: directions.iter().any(|direction| direction.value),
        export: directions.iter().any(|direction| !direction.value),
        chapters,
        from: from.unwrap_or(Day::MIN),
        basis: table.text_or_empty("basis", to),
    };
    table.finish(to);
    coverage
}
