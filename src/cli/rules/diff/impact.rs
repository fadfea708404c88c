//! What the second pack does to declarations, for reading.

use std::io::{self, Write};

use crate::clearance::explain::Lang;
use crate::cli::rules::columns::{Column, columns};
use crate::report::impact::{DecisionRow, ImpactReport, Shift};

const WORD: Column = Column::Left;
const NUMBER: Column = Column::Right;

/// Writes what the second pack does to declarations.
pub(super) fn table(report: &ImpactReport, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n{}", heading(report, lang))?;
    writeln!(out, "{}", checks(report, lang))?;
    writeln!(out, "{}", days(report, lang))?;
    let shifts = |names: &mut dyn Iterator<Item = (String, Shift)>| -> Vec<[String; 7]> {
        let head = shift_head(lang).map(str::to_owned);
        std::iter::once(head).chain(names.map(|(name, shift)| shift_row(name, &shift))).collect()
    };
    let kinds = [WORD, NUMBER, NUMBER, NUMBER, NUMBER, NUMBER, NUMBER];
    for (title, rows) in [
        (
            lang.pick("Theo bộ", "By ministry"),
            shifts(&mut report.ministries.iter().map(|row| (row.name.clone(), row.shift))),
        ),
        (
            lang.pick("Theo biện pháp", "By measure"),
            shifts(&mut report.measures.iter().map(|row| (row.name.clone(), row.shift))),
        ),
        (
            lang.pick("Theo kiểm tra", "By check"),
            shifts(
                &mut report
                    .checks
                    .iter()
                    .map(|row| (format!("{} {} {}", row.ministry, row.measure, row.stage), row.shift)),
            ),
        ),
    ] {
        if rows.len() > 1 {
            writeln!(out, "\n{title}")?;
            columns(kinds, &rows, "  ", out)?;
        }
    }
    sizes(report, lang, out)?;
    for (title, rows) in [
        (lang.pick("Quyết định theo tờ khai", "Decisions on declarations"), &report.decisions.declarations),
        (lang.pick("Quyết định theo dòng hàng", "Decisions on lines"), &report.decisions.lines),
    ] {
        decisions(title, rows, out)?;
    }
    most(report, lang, out)?;
    if !report.rejected_inputs.is_empty() {
        writeln!(out, "\n{}", lang.pick("Không đọc được", "Rejected"))?;
    }
    for refused in &report.rejected_inputs {
        writeln!(out, "  {}: {}: {}", refused.source, refused.code, refused.message)?;
    }
    Ok(())
}

fn heading(report: &ImpactReport, lang: Lang) -> String {
    let ImpactReport { declarations, lines, rejected, declarations_affected: affected, .. } = report;
    match lang {
        Lang::Vi => {
            format!(
                "{declarations} tờ khai, {lines} dòng hàng: {affected} tờ khai thay đổi · {rejected} không đọc được"
            )
        }
        Lang::En => {
            format!("{declarations} declarations, {lines} lines: {affected} declarations change · {rejected} rejected")
        }
    }
}

fn checks(report: &ImpactReport, lang: Lang) -> String {
    let (gained, lost) = (report.all.gained, report.all.lost);
    let otherwise = report.lines_decided_otherwise;
    match lang {
        Lang::Vi => format!(
            "thêm {} kiểm tra trên {} dòng, bớt {} trên {} dòng; {otherwise} dòng đổi quyết định",
            gained.checks, gained.lines, lost.checks, lost.lines
        ),
        Lang::En => format!(
            "{} checks gained on {} lines, {} lost on {} lines; {otherwise} lines decided otherwise",
            gained.checks, gained.lines, lost.checks, lost.lines
        ),
    }
}

fn days(report: &ImpactReport, lang: Lang) -> String {
    let days = &report.working_days;
    let mean = days.mean_saved.map_or_else(|| "–".to_owned(), |mean| mean.to_string());
    let [a, b] = days.unknown;
    match lang {
        Lang::Vi => format!(
            "ngày làm việc đến khi thông quan: {} → {}; bớt {} trên {} tờ khai, thêm {} trên {}; bình quân bớt {mean} \
             mỗi tờ khai thay đổi\n(mỗi cơ quan dùng hết thời hạn; không tính được cho {a} → {b} tờ khai: có việc chưa rõ thời hạn, hoặc còn vướng việc khác)",
            days.a, days.b, days.saved, days.faster, days.added, days.slower
        ),
        Lang::En => format!(
            "working days to clearance: {} → {}; {} saved on {} declarations, {} added on {}; on average {mean} saved \
             for each that changes\n(every agency takes its whole limit; not known for {a} → {b} \
             declarations: a limit is missing, or something else holds them)",
            days.a, days.b, days.saved, days.faster, days.added, days.slower
        ),
    }
}

fn shift_head(lang: Lang) -> [&'static str; 7] {
    match lang {
        Lang::Vi => ["", "dòng thêm", "dòng bớt", "tờ khai thêm", "tờ khai bớt", "ngày bớt", "ngày thêm"],
        Lang::En => [
            "",
            "lines gaining",
            "lines losing",
            "declarations gaining",
            "declarations losing",
            "days saved",
            "days added",
        ],
    }
}

fn shift_row(name: String, shift: &Shift) -> [String; 7] {
    [
        name,
        shift.gained.lines.to_string(),
        shift.lost.lines.to_string(),
        shift.gained.declarations.to_string(),
        shift.lost.declarations.to_string(),
        shift.working_days_saved.to_string(),
        shift.working_days_added.to_string(),
    ]
}

fn sizes(report: &ImpactReport, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let head = match lang {
        Lang::Vi => [
            "tờ khai mỗi nhà",
            "nhà nhập khẩu",
            "tờ khai",
            "thay đổi",
            "dòng thêm",
            "dòng bớt",
            "ngày bớt",
            "ngày thêm",
        ],
        Lang::En => [
            "declarations each",
            "importers",
            "declarations",
            "affected",
            "lines gaining",
            "lines losing",
            "days saved",
            "days added",
        ],
    };
    let mut rows = vec![head.map(str::to_owned)];
    rows.extend(report.importer_sizes.iter().map(|row| {
        let burden = &row.burden;
        [
            row.size.clone(),
            row.importers.map_or_else(|| "–".to_owned(), |count| count.to_string()),
            burden.declarations.to_string(),
            burden.affected.to_string(),
            burden.lines_gaining.to_string(),
            burden.lines_losing.to_string(),
            burden.working_days_saved.to_string(),
            burden.working_days_added.to_string(),
        ]
    }));
    writeln!(out, "\n{}", lang.pick("Theo quy mô nhà nhập khẩu", "By importer size"))?;
    columns([WORD, NUMBER, NUMBER, NUMBER, NUMBER, NUMBER, NUMBER, NUMBER], &rows, "  ", out)
}

fn decisions(title: &str, rows: &[DecisionRow], out: &mut dyn Write) -> io::Result<()> {
    let cells = rows.iter().map(|row| [format!("{} → {}", row.from, row.to), row.count.to_string()]);
    let cells: Vec<[String; 2]> = cells.collect();
    writeln!(out, "\n{title}")?;
    columns([WORD, NUMBER], &cells, "  ", out)
}

fn told(days: Option<u32>) -> String {
    days.map_or_else(|| "?".to_owned(), |days| days.to_string())
}

fn most(report: &ImpactReport, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    if report.most_affected.is_empty() {
        return Ok(());
    }
    let head = match lang {
        Lang::Vi => ["ngày", "thêm", "bớt", "quyết định", "nguồn", "tờ khai"],
        Lang::En => ["days", "gained", "lost", "decision", "source", "declaration"],
    };
    let mut rows = vec![head.map(str::to_owned)];
    rows.extend(report.most_affected.iter().map(|one| {
        [
            format!("{} → {}", told(one.working_days.0), told(one.working_days.1)),
            one.gained.to_string(),
            one.lost.to_string(),
            format!("{} → {}", one.from.as_str(), one.to.as_str()),
            one.source.clone(),
            one.declaration.clone().unwrap_or_default(),
        ]
    }));
    writeln!(out, "\n{}", lang.pick("Tờ khai thay đổi nhiều nhất", "Declarations most affected"))?;
    columns([WORD, NUMBER, NUMBER, WORD, WORD, WORD], &rows, "  ", out)
}
