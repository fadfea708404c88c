//! The code lists: ministries, agencies, regimes, offices, holidays, tariff and the rest.

use rust_decimal::Decimal;

use super::defect::{At, Defects, Place};
use super::folder::Folder;
use super::sheet::{Row, read_csv};
use super::table::one_of;
use super::values;
use crate::law::day::{Day, Interval};
use crate::law::pack::{CodeName, EvidenceKind, TariffLine};
use crate::trade::{Direction, HsCode, RegimeCode, UnitCode};

/// A row of `ministries.csv`, `agencies.csv` or `offices.csv`: one name of a body. A body whose name or
/// owner changed has a row for each of its times.
#[derive(Debug)]
pub(crate) struct Body {
    /// Its code.
    pub(crate) code: At<String>,
    /// The ministry above an agency.
    pub(crate) ministry: Option<At<String>>,
    /// Vietnamese name.
    pub(crate) name_vi: String,
    /// English name.
    pub(crate) name_en: String,
    /// The days of this name.
    pub(crate) valid: Interval,
    /// Who took over.
    pub(crate) successor: Option<At<String>>,
}

/// A row of `regimes.csv`.
#[derive(Debug)]
pub(crate) struct RegimeRow {
    /// Its code.
    pub(crate) code: At<RegimeCode>,
    /// Vietnamese name.
    pub(crate) name_vi: String,
    /// English name.
    pub(crate) name_en: String,
    /// Its direction.
    pub(crate) direction: Direction,
    /// Its group.
    pub(crate) group: String,
}

/// A row of `procedure_map.csv`.
#[derive(Debug)]
pub(crate) struct MapRow {
    /// Where it stands.
    pub(crate) place: Place,
    /// Requested procedure.
    pub(crate) requested: u8,
    /// Previous procedure; `None`: any.
    pub(crate) previous: Option<u8>,
    /// The direction of the goods.
    pub(crate) direction: Direction,
    /// The regime's code.
    pub(crate) regime: At<RegimeCode>,
}

/// A row of `documents.csv`.
#[derive(Debug)]
pub(crate) struct DocumentRow {
    /// Its code.
    pub(crate) code: At<String>,
    /// The family; empty: any.
    pub(crate) format: &'static str,
    /// What it shows.
    pub(crate) kind: EvidenceKind,
    /// Vietnamese title.
    pub(crate) title_vi: String,
    /// English title.
    pub(crate) title_en: String,
    /// Measures it can satisfy.
    pub(crate) measures: Vec<At<String>>,
}

/// A row of `holidays.csv`.
#[derive(Debug)]
pub(crate) struct HolidayRow {
    /// The day.
    pub(crate) day: Day,
    /// Worked although it would be a day off.
    pub(crate) working: bool,
    /// Published, no estimate.
    pub(crate) certain: bool,
    /// Vietnamese name.
    pub(crate) name_vi: String,
    /// Where it stands.
    pub(crate) place: Place,
}

/// A row of a list of codes and names.
#[derive(Debug)]
pub(crate) struct NameRow {
    /// The code and its name.
    pub(crate) name: CodeName,
    /// Where it stands.
    pub(crate) place: Place,
}

/// A row of `units.csv`.
#[derive(Debug)]
pub(crate) struct UnitRow {
    /// The unit.
    pub(crate) code: At<UnitCode>,
    /// Its name.
    pub(crate) name: String,
    /// Decimals that its amounts are usually written with.
    pub(crate) decimals: u8,
    /// What it measures, the unit that it is counted in, and how many of that one it is.
    pub(crate) measured: Option<(At<String>, At<UnitCode>, At<Decimal>)>,
}

/// A row of a tariff.
#[derive(Debug)]
pub(crate) struct TariffRow {
    /// The line.
    pub(crate) line: TariffLine,
    /// Where it stands.
    pub(crate) place: Place,
}

const DIRECTIONS: [(&str, Direction); 2] = [("import", Direction::Import), ("export", Direction::Export)];

/// The message families that a pack can name; `any` is all of them.
pub(crate) const FORMATS: [(&str, &str); 5] =
    [("any", ""), ("wco", "wco"), ("vnaccs", "vnaccs"), ("vnsw", "vnsw"), ("asycuda", "asycuda")];

/// Reads a list that every pack has.
fn required<T>(
    folder: &Folder,
    path: &str,
    columns: &[&'static str],
    to: &mut Defects,
    read: &dyn Fn(&Row<'_>, &mut Defects) -> Option<T>,
) -> Vec<T> {
    let mut rows = Vec::new();
    if let Some(file) = folder.file(path) {
        read_csv(file, columns, to, &mut |row, to| {
            rows.extend(read(&row, to));
        });
    } else {
        let file = to.file(path);
        to.error(Place { file, line: 0, column: 0 }, "missing_file", format!("`{path}` is missing"));
    }
    rows
}

/// `ministries.csv`
pub(crate) fn ministries(folder: &Folder, to: &mut Defects) -> Vec<Body> {
    let columns = ["code", "name_vi", "name_en", "aliases", "valid_from", "valid_to", "successor", "source"];
    required(folder, "ministries.csv", &columns, to, &|row, to| {
        Some(Body {
            code: row.filled(0, to)?,
            ministry: None,
            name_vi: row.field(1).to_owned(),
            name_en: row.field(2).to_owned(),
            valid: values::interval(row.optional(4).as_ref(), row.optional(5).as_ref(), to),
            successor: row.optional(6),
        })
    })
}

/// `agencies.csv`
pub(crate) fn agencies(folder: &Folder, to: &mut Defects) -> Vec<Body> {
    let columns = ["code", "ministry", "name_vi", "name_en", "valid_from", "valid_to", "successor", "note", "source"];
    required(folder, "agencies.csv", &columns, to, &|row, to| {
        Some(Body {
            code: row.filled(0, to)?,
            ministry: Some(row.filled(1, to)?),
            name_vi: row.field(2).to_owned(),
            name_en: row.field(3).to_owned(),
            valid: values::interval(row.optional(4).as_ref(), row.optional(5).as_ref(), to),
            successor: row.optional(6),
        })
    })
}

/// `regimes.csv`
pub(crate) fn regimes(folder: &Folder, to: &mut Defects) -> Vec<RegimeRow> {
    let columns =
        ["code", "name_vi", "name_en", "direction", "group", "temporary", "export_production", "legal_basis", "source"];
    required(folder, "regimes.csv", &columns, to, &|row, to| {
        let code = values::code(&row.at(0), RegimeCode::parse, to);
        let direction = one_of(&row.at(3), row.column(3), &DIRECTIONS, to);
        for at in [5, 6] {
            one_of(&row.at(at), row.column(at), &[("0", ()), ("1", ())], to);
        }
        Some(RegimeRow {
            code: code?,
            name_vi: row.field(1).to_owned(),
            name_en: row.field(2).to_owned(),
            direction: direction?.value,
            group: row.field(4).to_owned(),
        })
    })
}

/// `procedure_map.csv`
pub(crate) fn procedure_map(folder: &Folder, to: &mut Defects) -> Vec<MapRow> {
    let columns = ["requested", "previous", "direction", "regime", "note"];
    required(folder, "procedure_map.csv", &columns, to, &|row, to| {
        let requested = two_digits(&row.at(0), to);
        let previous = match row.field(1) {
            "*" => Some(None),
            _ => two_digits(&row.at(1), to).map(Some),
        };
        let direction = one_of(&row.at(2), row.column(2), &DIRECTIONS, to);
        let regime = values::code(&row.at(3), RegimeCode::parse, to);
        Some(MapRow {
            place: row.place(0),
            requested: requested?,
            previous: previous?,
            direction: direction?.value,
            regime: regime?,
        })
    })
}

fn two_digits(text: &At<String>, to: &mut Defects) -> Option<u8> {
    let plain = text.value.len() == 2 && text.value.bytes().all(|byte| byte.is_ascii_digit());
    if !plain {
        to.error(text.place, "bad_code", format!("`{}` is no procedure of two digits", text.value));
        return None;
    }
    text.value.parse().ok()
}

/// A list of codes with names: the columns of both say which.
fn names(
    folder: &Folder,
    path: &str,
    columns: &[&'static str],
    (code, name, fallback): (usize, usize, usize),
    to: &mut Defects,
) -> Vec<NameRow> {
    required(folder, path, columns, to, &|row, to| {
        let code = row.filled(code, to)?;
        let named = if row.field(name).is_empty() { fallback } else { name };
        Some(NameRow { name: CodeName { code: code.value, name: row.field(named).to_owned() }, place: code.place })
    })
}

/// `offices.csv`
pub(crate) fn offices(folder: &Folder, to: &mut Defects) -> Vec<Body> {
    let columns = ["code", "name_vi", "parent_code", "parent_name_vi", "naming", "valid_from", "valid_to", "source"];
    required(folder, "offices.csv", &columns, to, &|row, to| {
        Some(Body {
            code: row.filled(0, to)?,
            ministry: None,
            name_vi: row.field(1).to_owned(),
            name_en: String::new(),
            valid: values::interval(row.optional(5).as_ref(), row.optional(6).as_ref(), to),
            successor: None,
        })
    })
}

/// `locations.csv`
pub(crate) fn locations(folder: &Folder, to: &mut Defects) -> Vec<NameRow> {
    names(folder, "locations.csv", &["code", "name", "name_vi", "kind", "source"], (0, 2, 1), to)
}

/// `countries.csv`
pub(crate) fn countries(folder: &Folder, to: &mut Defects) -> Vec<NameRow> {
    let columns = ["alpha2", "alpha3", "numeric", "name_en", "name_vi", "source"];
    names(folder, "countries.csv", &columns, (0, 3, 4), to)
}

/// `currencies.csv`
pub(crate) fn currencies(folder: &Folder, to: &mut Defects) -> Vec<NameRow> {
    names(folder, "currencies.csv", &["code", "numeric", "name_en", "source"], (0, 2, 2), to)
}

/// `units.csv`
pub(crate) fn units(folder: &Folder, to: &mut Defects) -> Vec<UnitRow> {
    let columns = ["code", "name_vi", "name_en", "decimals", "dimension", "base", "factor", "source"];
    required(folder, "units.csv", &columns, to, &|row, to| {
        let code = values::code(&row.at(0), UnitCode::parse, to);
        let decimals = row.field(3).parse::<u8>().ok().filter(|count| *count <= DECIMALS_MAX);
        if decimals.is_none() {
            let message = format!("`{}` is no number of decimals", row.field(3));
            to.error_with(row.place(3), "bad_number", message, Some(format!("write 0 to {DECIMALS_MAX}")));
        }
        let measured = measured(row, to);
        let name = if row.field(1).is_empty() { row.field(2) } else { row.field(1) };
        Some(UnitRow { code: code?, name: name.to_owned(), decimals: decimals.unwrap_or(0), measured })
    })
}

/// More decimals than amounts in any unit are written with.
const DECIMALS_MAX: u8 = 9;

/// `dimension`, `base` and `factor` of a unit: all three, or none where it converts into no other.
fn measured(row: &Row<'_>, to: &mut Defects) -> Option<(At<String>, At<UnitCode>, At<Decimal>)> {
    if [4, 5, 6].iter().all(|at| row.field(*at).is_empty()) {
        return None;
    }
    let dimension = row.filled(4, to);
    let base = row.filled(5, to).and_then(|base| values::code(&base, UnitCode::parse, to));
    let factor = row.filled(6, to).and_then(|text| {
        let value = Decimal::from_str_exact(&text.value).ok();
        if value.is_none() {
            let help = "write digits with a point: `0.001`".to_owned();
            to.error_with(text.place, "bad_number", format!("`{}` is no factor", text.value), Some(help));
        }
        Some(At { value: value?, place: text.place })
    });
    Some((dimension?, base?, factor?))
}

/// `holidays.csv`
pub(crate) fn holidays(folder: &Folder, to: &mut Defects) -> Vec<HolidayRow> {
    let columns = ["date", "name_vi", "name_en", "kind", "certainty", "source"];
    required(folder, "holidays.csv", &columns, to, &|row, to| {
        let day = values::day(&row.at(0), to);
        let kinds = [("holiday", false), ("makeup_working_day", true)];
        let working = one_of(&row.at(3), row.column(3), &kinds, to);
        let certainties = [("published", true), ("estimated_lunar_no_government_swap_yet", false)];
        let certain = one_of(&row.at(4), row.column(4), &certainties, to);
        let (day, working, certain) = (day?, working?.value, certain?.value);
        Some(HolidayRow { day, working, certain, name_vi: row.field(1).to_owned(), place: row.place(0) })
    })
}

/// `documents.csv`
pub(crate) fn documents(folder: &Folder, to: &mut Defects) -> Vec<DocumentRow> {
    let columns = ["code", "format", "kind", "title_vi", "title_en", "measures", "note"];
    required(folder, "documents.csv", &columns, to, &|row, to| {
        let code = row.filled(0, to);
        let format = one_of(&row.at(1), row.column(1), &FORMATS, to);
        let kind = one_of(&row.at(2), row.column(2), &EVIDENCE_KINDS, to);
        let measures = row.field(5).split(';').map(str::trim).filter(|measure| !measure.is_empty());
        let place = row.place(5);
        Some(DocumentRow {
            measures: measures.map(|measure| At { value: measure.to_owned(), place }).collect(),
            code: code?,
            format: format?.value,
            kind: kind?.value,
            title_vi: row.field(3).to_owned(),
            title_en: row.field(4).to_owned(),
        })
    })
}

/// The kinds of evidence, as a pack writes them.
pub(crate) const EVIDENCE_KINDS: [(&str, EvidenceKind); 7] = [
    ("permit", EvidenceKind::Permit),
    ("certificate", EvidenceKind::Certificate),
    ("result", EvidenceKind::Result),
    ("registration", EvidenceKind::Registration),
    ("exemption_notice", EvidenceKind::ExemptionNotice),
    ("conformity", EvidenceKind::Conformity),
    ("other", EvidenceKind::Other),
];

/// A tariff file.
pub(crate) fn tariff(folder: &Folder, path: &At<String>, to: &mut Defects) -> Vec<TariffRow> {
    let columns = [
        "hs",
        "description_vi",
        "indent",
        "description_en_hs6",
        "unit",
        "duty_ordinary",
        "duty_mfn",
        "duty_atiga",
        "duty_acfta",
        "duty_evfta",
        "duty_cptpp",
        "export_duty",
        "vat",
        "rates_known",
    ];
    let mut rows = Vec::new();
    let Some(file) = folder.file(&path.value) else {
        to.error(path.place, "unknown_file", format!("there is no file `{}`", path.value));
        return rows;
    };
    read_csv(file, &columns, to, &mut |row, to| {
        let Some(hs) = national(&row.at(0), to) else {
            return;
        };
        let rate = |at: usize| Some(row.field(at).to_owned()).filter(|rate| !rate.is_empty());
        let line = TariffLine {
            hs,
            description_vi: row.field(1).to_owned(),
            duty_mfn: rate(6),
            duty_atiga: rate(7),
            unit: row.field(4).to_owned(),
        };
        rows.push(TariffRow { line, place: row.place(0) });
    });
    rows
}

fn national(text: &At<String>, to: &mut Defects) -> Option<HsCode> {
    let code = values::hs(text, to)?;
    if code.digits() != 8 {
        to.error(text.place, "bad_hs", format!("`{}`: a line of the tariff has eight digits", text.value));
        return None;
    }
    Some(code)
}
