//! What two packs say differently, for reading.

use std::io::{self, Write};

use serde_json::Value;

use crate::clearance::explain::Lang;
use crate::cli::rules::pick;
use crate::report::diff::{FieldChange, OneSidedRule, PackDiff, Record, RuleChange, TableDiff};

/// Codes and records that a table names before it only counts.
const NAMED: usize = 12;

/// Writes what two packs say differently.
pub(super) fn table(diff: &PackDiff, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    for (name, pack) in [("A", &diff.a), ("B", &diff.b)] {
        writeln!(out, "{name}  {} {}  {}", pack.country, pack.edition, pack.digest)?;
    }
    if diff.same {
        return writeln!(out, "\n{}", pick(lang, "hai bộ quy định giống nhau", "the packs say the same"));
    }
    let rules = &diff.rules;
    let words = [("bỏ", "removed", "-", &rules.removed), ("thêm", "added", "+", &rules.added)];
    writeln!(
        out,
        "\n{}",
        match lang {
            Lang::Vi =>
                format!("quy định: thêm {}, bỏ {}, sửa {}", rules.added.len(), rules.removed.len(), rules.changed.len()),
            Lang::En => format!(
                "rules: {} added, {} removed, {} changed",
                rules.added.len(),
                rules.removed.len(),
                rules.changed.len()
            ),
        }
    )?;
    for (vi, en, sign, list) in words {
        for rule in list {
            one_sided(rule, sign, pick(lang, vi, en), lang, out)?;
        }
    }
    for rule in &rules.changed {
        changed(rule, lang, out)?;
    }
    for (name, table) in &diff.tables {
        other_table(name, table, out)?;
    }
    Ok(())
}

fn one_sided(rule: &OneSidedRule, sign: &str, word: &str, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let text = |field: &str| rule.record[field].as_str().unwrap_or_default();
    writeln!(out, "\n{sign} {}  ({word})", rule.rule)?;
    writeln!(out, "    {}", pick(lang, text("title_vi"), text("title_en")))?;
    writeln!(out, "    {} · {} · {} · {}", text("ministry"), text("measure"), text("stage"), text("direction"))?;
    writeln!(out, "    {}", shown(&rule.record["in_force"]))?;
    codes(sign, &rule.codes, out)
}

fn changed(rule: &RuleChange, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n~ {}  ({})", rule.rule, pick(lang, "sửa", "changed"))?;
    for change in &rule.fields {
        field(change, "    ", out)?;
    }
    for (sign, list) in [("-", &rule.codes.lost), ("+", &rule.codes.gained)] {
        codes(sign, list, out)?;
    }
    for change in &rule.codes.changed {
        codes("~", &change.codes, out)?;
        for change in &change.fields {
            field(change, "        ", out)?;
        }
    }
    Ok(())
}

fn codes(sign: &str, list: &[String], out: &mut dyn Write) -> io::Result<()> {
    if list.is_empty() {
        return Ok(());
    }
    let more = if list.len() > NAMED { " …" } else { "" };
    let first: Vec<&str> = list.iter().take(NAMED).map(String::as_str).collect();
    writeln!(out, "    {sign} {} HS: {}{more}", list.len(), first.join(" "))
}

fn field(change: &FieldChange, indent: &str, out: &mut dyn Write) -> io::Result<()> {
    if let (Value::Array(from), Value::Array(to)) = (&change.from, &change.to) {
        writeln!(out, "{indent}{}:", change.field)?;
        for (sign, list, other) in [("-", from, to), ("+", to, from)] {
            for one in list.iter().filter(|one| !other.contains(one)) {
                writeln!(out, "{indent}  {sign} {}", shown(one))?;
            }
        }
        // The same elements in another order.
        if from.iter().all(|one| to.contains(one)) && to.iter().all(|one| from.contains(one)) {
            writeln!(out, "{indent}  {} → {}", shown(&change.from), shown(&change.to))?;
        }
        return Ok(());
    }
    writeln!(out, "{indent}{}: {} → {}", change.field, shown(&change.from), shown(&change.to))
}

fn other_table(name: &str, table: &TableDiff, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n{name}: +{} -{} ~{}", table.added.len(), table.removed.len(), table.changed.len())?;
    for (sign, list) in [("-", &table.removed), ("+", &table.added)] {
        for Record { key, .. } in list.iter().take(NAMED) {
            writeln!(out, "  {sign} {key}")?;
        }
        rest(list.len(), sign, out)?;
    }
    for change in table.changed.iter().take(NAMED) {
        writeln!(out, "  ~ {}", change.key)?;
        for change in &change.fields {
            field(change, "      ", out)?;
        }
    }
    rest(table.changed.len(), "~", out)
}

fn rest(count: usize, sign: &str, out: &mut dyn Write) -> io::Result<()> {
    if count > NAMED {
        writeln!(out, "  {sign} … {} (--format json)", count - NAMED)?;
    }
    Ok(())
}

/// A value as people write it.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) if text.is_empty() => "–".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(list) if list.is_empty() => "–".to_owned(),
        Value::Array(list) => list.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => {
            if let (Some(from), Some(to), 2) = (fields.get("from"), fields.get("to"), fields.len()) {
                return format!("{}..{}", open(from), open(to));
            }
            let said = fields.iter().filter(|(_, value)| !value.is_null());
            said.map(|(name, value)| format!("{name} {}", shown(value))).collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    }
}

fn open(end: &Value) -> &str {
    end.as_str().unwrap_or_default()
}
