//! `motcua rules list`

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::super::{EXIT_OK, EXIT_USAGE};
use super::words::days;
use super::{ListArgs, RulesFormat, pack, pick};
use crate::clearance::explain::Lang;
use crate::law::{Day, Pack, Rule, did_you_mean};

/// Lists the rules of a pack.
///
/// # Errors
/// Only where `out` or `err` cannot be written to.
pub(super) fn list(args: &ListArgs, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<u8> {
    let pack = match pack(args.law.rules.as_deref(), err)? {
        Ok(pack) => pack,
        Err(code) => return Ok(code),
    };
    let ministries: Vec<&str> = pack.ministries.iter().map(|ministry| ministry.code.as_str()).collect();
    let measures: Vec<&str> = pack.measures.iter().map(|measure| measure.key.as_str()).collect();
    for (what, asked, known) in [("ministry", &args.ministry, &ministries), ("measure", &args.measure, &measures)] {
        if let Some(asked) = asked
            && !known.iter().any(|known| known.eq_ignore_ascii_case(asked))
        {
            let hint = did_you_mean(asked, known.iter().copied());
            writeln!(err, "error: unknown {what} `{asked}`")?;
            writeln!(err, "\nhint: {}", hint.unwrap_or_else(|| format!("one of: {}", known.join(", "))))?;
            return Ok(EXIT_USAGE);
        }
    }
    let on = args.on.map(Day::of);
    let same = |asked: &Option<String>, code: &str| asked.as_ref().is_none_or(|asked| asked.eq_ignore_ascii_case(code));
    let rules: Vec<&Rule> = pack
        .rules
        .iter()
        .filter(|rule| same(&args.ministry, &pack.ministries[rule.ministry.index()].code))
        .filter(|rule| same(&args.measure, &pack.measures[rule.measure.index()].key))
        .filter(|rule| on.is_none_or(|day| rule.in_force_on(day)))
        .collect();
    match args.format {
        RulesFormat::Json => json(&pack, &rules, out)?,
        RulesFormat::Table => {
            table(&pack, &rules, args.law.lang(), out)?;
            if args.ministry.is_none() && args.measure.is_none() && on.is_none() && !pack.unused_rules.is_empty() {
                writeln!(err, "{} further rules have no goods list: see `motcua rules lint`", pack.unused_rules.len())?;
            }
        }
    }
    Ok(EXIT_OK)
}

fn json(pack: &Pack, rules: &[&Rule], out: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<serde_json::Value> = rules
        .iter()
        .map(|rule| {
            serde_json::json!({
                "rule": rule.id,
                "title_vi": rule.title_vi,
                "title_en": rule.title_en,
                "ministry": pack.ministries[rule.ministry.index()].code,
                "agency": pack.agencies[rule.agency.index()].code,
                "measure": pack.measures[rule.measure.index()].key,
                "stage": rule.stage.as_str(),
                "direction": rule.direction,
                "sourced": rule.sourced.as_str(),
                "in_force": rule.in_force.iter().map(|days| super::words::days_json(*days)).collect::<Vec<_>>(),
            })
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &rows).map_err(io::Error::from)?;
    writeln!(out)
}

fn table(pack: &Pack, rules: &[&Rule], lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let mut rows = vec![["rule", "ministry", "measure", "stage", "in force", "title"].map(str::to_owned)];
    rows.extend(rules.iter().map(|rule| {
        [
            rule.id.clone(),
            pack.ministries[rule.ministry.index()].code.clone(),
            pack.measures[rule.measure.index()].key.clone(),
            rule.stage.as_str().to_owned(),
            rule.in_force.iter().map(|interval| days(*interval, lang)).collect::<Vec<_>>().join(", "),
            pick(lang, &rule.title_vi, &rule.title_en).to_owned(),
        ]
    }));
    let widths: Vec<usize> = (0..6).map(|at| rows.iter().map(|row| row[at].width()).max().unwrap_or(0)).collect();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat(width - cell.width() + 2));
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}
