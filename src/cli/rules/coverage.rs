//! `motcua rules coverage`

use std::borrow::Cow;
use std::io::{self, Write};

use clap::Args;
use jiff::civil::Date;

use super::columns::{Column, columns};
use super::{LawArgs, RulesFormat, pick, refused};
use crate::clearance::explain::Lang;
use crate::cli::{EXIT_OK, today, zone};
use crate::embedded;
use crate::law::{Day, lint_dir, load_dir};
use crate::report::coverage::{CodeChecks, CoverageReport, DirectionCoverage, Grades, Times, coverage as look_through};

/// What `rules coverage` is asked.
#[derive(Debug, Args)]
pub(super) struct CoverageArgs {
    #[command(flatten)]
    law: LawArgs,
    /// The day whose law is asked about (default: today)
    #[arg(long, value_name = "DATE")]
    on: Option<Date>,
    /// Name every code with several checks and every code without a rule, not just the first
    #[arg(long)]
    codes: bool,
    /// How to write the report
    #[arg(long, value_enum, default_value_t = RulesFormat::Table)]
    format: RulesFormat,
}

/// Says what a pack covers and lacks.
///
/// # Errors
/// Only where `out` or `err` cannot be written to.
pub(super) fn coverage(args: &CoverageArgs, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<u8> {
    let (pack, cases, lint) = match &args.law.rules {
        None => (Cow::Borrowed(embedded::pack()), embedded::cases(), embedded::lint_report()),
        Some(path) => match load_dir(path).and_then(|loaded| Ok((loaded, lint_dir(path)?))) {
            Ok((loaded, lint)) => (Cow::Owned(loaded.pack), loaded.cases, lint),
            Err(error) => return refused(&error, err),
        },
    };
    let day = Day::of(args.on.unwrap_or_else(|| today(&zone(&pack))));
    let report = look_through(&pack, &lint, &cases, day, args.codes);
    match args.format {
        RulesFormat::Json => {
            serde_json::to_writer_pretty(&mut *out, &report).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        RulesFormat::Table => table(&report, args.law.lang(), out)?,
    }
    Ok(EXIT_OK)
}

fn table(report: &CoverageReport, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{} {}  {}  {}", report.country, report.edition, pick(lang, "ngày", "on"), report.day)?;
    for direction in &report.directions {
        of_direction(direction, lang, out)?;
    }
    without_code(report, lang, out)?;
    cases(report, lang, out)?;
    evidence(report, lang, out)
}

fn of_direction(direction: &DirectionCoverage, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let DirectionCoverage { codes, without_rule, .. } = direction;
    let way = match (direction.direction, lang) {
        ("import", Lang::Vi) => "NHẬP KHẨU",
        (_, Lang::Vi) => "XUẤT KHẨU",
        ("import", Lang::En) => "IMPORT",
        (_, Lang::En) => "EXPORT",
    };
    match lang {
        Lang::Vi => writeln!(out, "\n{way}: {codes} mã, {without_rule} mã không có quy định nào")?,
        Lang::En => writeln!(out, "\n{way}: {codes} codes, {without_rule} without a rule")?,
    }
    let head = match lang {
        Lang::Vi => ["bộ", "mã", "1 kiểm tra", "2", "3", "4+", "2+ kiểm tra chuyên ngành"],
        Lang::En => ["ministry", "codes", "1 check", "2", "3", "4+", "2+ inspections"],
    };
    let mut rows = vec![head.map(str::to_owned)];
    rows.extend(direction.ministries.iter().map(|ministry| {
        [
            ministry.ministry.clone(),
            ministry.codes.to_string(),
            between(&ministry.checks, 1, 1),
            between(&ministry.checks, 2, 2),
            between(&ministry.checks, 3, 3),
            between(&ministry.checks, 4, usize::MAX),
            between(&ministry.inspections, 2, usize::MAX),
        ]
    }));
    let number = Column::Right;
    columns([Column::Left, number, number, number, number, number, number], &rows, "  ", out)?;
    for ministry in &direction.ministries {
        if let Some(first) = ministry.most.first() {
            writeln!(out, "  {}", on_code(&ministry.ministry, first))?;
        }
    }
    let several: Vec<String> = direction
        .ministries_on_a_code
        .iter()
        .filter(|times| times.times > 1)
        .map(|Times { times, codes }| match lang {
            Lang::Vi => format!("{codes} mã có {times} bộ"),
            Lang::En => format!("{codes} codes with {times} ministries"),
        })
        .collect();
    if !several.is_empty() {
        writeln!(out, "\n  {}: {}", pick(lang, "nhiều bộ cùng một mã", "ministries that meet"), several.join(", "))?;
        for code in &direction.most {
            writeln!(out, "  {}", on_code(&code.ministries.join(" "), code))?;
        }
    }
    let chapters: Vec<String> = direction
        .chapters
        .iter()
        .map(|chapter| format!("{} {}/{}", chapter.chapter, chapter.without_rule, chapter.codes))
        .collect();
    let title = pick(lang, "mã không có quy định, theo chương", "codes without a rule, by chapter");
    writeln!(out, "\n  {title}:")?;
    for row in chapters.chunks(8) {
        writeln!(out, "    {}", row.join("   "))?;
    }
    Ok(())
}

fn between(times: &[Times], from: usize, to: usize) -> String {
    let codes: usize = times.iter().filter(|t| (from..=to).contains(&t.times)).map(|t| t.codes).sum();
    codes.to_string()
}

fn on_code(who: &str, code: &CodeChecks) -> String {
    format!("{}  {who}  {}: {}", code.hs, code.checks, code.rules.join(", "))
}

fn without_code(report: &CoverageReport, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let goods = &report.goods_without_code;
    match lang {
        Lang::Vi => writeln!(
            out,
            "\nhàng trong danh mục không có mã: {} quy định, {} dòng danh mục",
            goods.rules.len(),
            goods.entries.len()
        )?,
        Lang::En => writeln!(
            out,
            "\nlisted goods without a code: {} rules, {} entries of lists",
            goods.rules.len(),
            goods.entries.len()
        )?,
    }
    for rule in &goods.rules {
        writeln!(out, "  {}: {}", rule.rule, rule.reason)?;
    }
    for entry in &goods.entries {
        writeln!(out, "  {}:{}: {}", entry.file, entry.line, entry.message)?;
    }
    Ok(())
}

fn cases(report: &CoverageReport, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let cases = &report.cases;
    let lists = [
        (pick(lang, "không có ví dụ được áp dụng", "without a case that meets them"), &cases.without_positive),
        (pick(lang, "không có ví dụ không áp dụng", "without a case that does not"), &cases.without_negative),
    ];
    writeln!(out, "\n{} {}", cases.rules, pick(lang, "quy định", "rules"))?;
    for (title, list) in lists {
        writeln!(out, "  {}: {}", title, list.len())?;
        // Where all lack one there is nothing to choose from.
        if list.len() < cases.rules {
            for rule in list {
                writeln!(out, "    {rule}")?;
            }
        }
    }
    Ok(())
}

fn evidence(report: &CoverageReport, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let evidence = &report.evidence;
    let head = match lang {
        Lang::Vi => ["mức dẫn chứng", "có nguồn", "một phần", "hiểu biết chung"],
        Lang::En => ["evidence", "sourced", "partly", "general knowledge"],
    };
    let row = |name: &str, grades: &Grades| {
        [name.to_owned(), grades.sourced.to_string(), grades.partly.to_string(), grades.general_knowledge.to_string()]
    };
    let mut rows = vec![head.map(str::to_owned), row(pick(lang, "quy định", "rules"), &evidence.rules)];
    rows.extend(evidence.ministries.iter().map(|ministry| row(&format!("  {}", ministry.ministry), &ministry.grades)));
    rows.push(row(pick(lang, "miễn trừ", "exemptions"), &evidence.exemptions));
    writeln!(out)?;
    columns([Column::Left, Column::Right, Column::Right, Column::Right], &rows, "", out)?;
    let dates = &evidence.dates;
    match lang {
        Lang::Vi => {
            writeln!(out, "ngày: {} chỉ biết năm, {} chưa kiểm chứng", dates.by_year.len(), dates.unverified.len())
        }
        Lang::En => writeln!(
            out,
            "dates: {} known only by their year, {} not verified",
            dates.by_year.len(),
            dates.unverified.len()
        ),
    }
}
