//! `motcua rules show`

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::super::{EXIT_OK, EXIT_USAGE};
use super::words::{condition, days, days_json, presumed, presumed_word};
use super::{RulesFormat, ShowArgs, pack, pick};
use crate::clearance::explain::Lang;
use crate::law::{BodyName, CandidateId, Coverage, ExclusionId, Interval, Pack, Presumed, Rule, RuleId, did_you_mean};

/// Codes of a rule that share candidate, presumption and negative list.
type Goods = BTreeMap<(CandidateId, Presumed, Option<ExclusionId>), Vec<u32>>;

/// Shows one rule.
///
/// # Errors
/// Only where `out` or `err` cannot be written to.
pub(super) fn show(args: &ShowArgs, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<u8> {
    let lang = args.law.lang();
    let pack = match pack(args.law.rules.as_deref(), err)? {
        Ok(pack) => pack,
        Err(code) => return Ok(code),
    };
    if let Some(at) = pack.rules.iter().position(|rule| rule.id == args.id) {
        let goods = goods(&pack, RuleId(u32::try_from(at).unwrap_or(u32::MAX)));
        match args.format {
            RulesFormat::Table => table(&pack, &pack.rules[at], &goods, lang, out)?,
            RulesFormat::Json => write_json(&as_json(&pack, &pack.rules[at], &goods, lang), out)?,
        }
        return Ok(EXIT_OK);
    }
    if let Some(unused) = pack.unused_rules.iter().find(|rule| rule.id == args.id) {
        match args.format {
            RulesFormat::Table => {
                writeln!(out, "{}\n{}\n\napplies to nothing: {}", unused.id, unused.title_en, unused.reason)?;
            }
            RulesFormat::Json => write_json(
                &json!({ "rule": unused.id, "title_en": unused.title_en, "usable": false, "reason": unused.reason }),
                out,
            )?,
        }
        return Ok(EXIT_OK);
    }
    let ids = pack.rules.iter().map(|rule| &rule.id).chain(pack.unused_rules.iter().map(|rule| &rule.id));
    writeln!(err, "error: unknown rule `{}`", args.id)?;
    let hint = did_you_mean(&args.id, ids.map(String::as_str));
    writeln!(err, "\nhint: {}", hint.unwrap_or_else(|| "`motcua rules list` names them all".to_owned()))?;
    Ok(EXIT_USAGE)
}

fn write_json(value: &Value, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value).map_err(io::Error::from)?;
    writeln!(out)
}

fn goods(pack: &Pack, rule: RuleId) -> Goods {
    let mut goods = Goods::new();
    for (code, set) in pack.index.codes() {
        for element in pack.index.all(set).iter().filter(|e| pack.candidate(e.candidate).rule == rule) {
            goods.entry((element.candidate, element.presumed, element.exclusion)).or_default().push(code);
        }
    }
    goods
}

fn coverage<'p>(pack: &'p Pack, rule: &'p Rule) -> impl Iterator<Item = &'p Coverage> {
    pack.coverage
        .iter()
        .filter(|row| row.measure == rule.measure && row.ministry.is_none_or(|ministry| ministry == rule.ministry))
}

fn chapters(row: &Coverage) -> Vec<String> {
    (1..100u8).filter(|chapter| row.chapters & (1 << chapter) != 0).map(|chapter| format!("{chapter:02}")).collect()
}

fn as_json(pack: &Pack, rule: &Rule, goods: &Goods, lang: Lang) -> Value {
    let groups: Vec<Value> = goods
        .iter()
        .map(|((candidate, presumed, exclusion), codes)| {
            let candidate = pack.candidate(*candidate);
            json!({
                "note": candidate.note,
                "condition": condition(pack, &candidate.condition, lang),
                "presumed": presumed_word(*presumed),
                "excluded_by": exclusion.map(|id| pack.exclusions[id.index()].id.as_str()),
                "codes": codes.iter().map(|code| format!("{code:08}")).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "rule": rule.id,
        "title_vi": rule.title_vi,
        "title_en": rule.title_en,
        "usable": true,
        "ministry": pack.ministries[rule.ministry.index()].code,
        "agency": pack.agencies[rule.agency.index()].code,
        "measure": pack.measures[rule.measure.index()].key,
        "stage": rule.stage.as_str(),
        "direction": rule.direction,
        "sourced": rule.sourced.as_str(),
        "note": rule.note,
        "in_force": rule.in_force.iter().map(|days| days_json(*days)).collect::<Vec<_>>(),
        "legal_basis": rule.legal_basis.iter()
            .map(|basis| json!({ "text": basis.text, "valid": days_json(basis.valid) })).collect::<Vec<_>>(),
        "scope": condition(pack, &rule.scope, lang),
        "origins": rule.origins,
        "procedures": rule.procedures.iter().map(|id| pack.procedures[id.index()].code.as_str()).collect::<Vec<_>>(),
        "evidence": rule.evidence.iter().map(|id| pack.documents[id.index()].code.as_str()).collect::<Vec<_>>(),
        "export_procedures": rule.export_procedures.as_ref().map(|ids| {
            ids.iter().map(|id| pack.procedures[id.index()].code.as_str()).collect::<Vec<_>>()
        }),
        "storage_allowed": rule.storage_allowed.as_ref().map(|(article, _)| article),
        "keeps_earlier_dossiers": rule.keeps_earlier_dossiers,
        "deadlines": rule.deadlines.iter().map(|deadline| json!({
            "value": deadline.text, "unit": deadline.unit, "source": deadline.source, "valid": days_json(deadline.valid),
            "procedure": deadline.procedure.map(|id| pack.procedures[id.index()].code.as_str()),
        })).collect::<Vec<_>>(),
        "exemptions": rule.exemptions.iter().map(|id| {
            let exemption = &pack.exemptions[id.index()];
            json!({
                "key": exemption.key,
                "legal_basis": exemption.legal_basis,
                "condition": condition(pack, &exemption.condition, lang),
                "valid": days_json(exemption.valid),
            })
        }).collect::<Vec<_>>(),
        "methods": rule.methods.iter().map(|(id, valid)| json!({
            "regime": pack.methods[id.index()].key, "valid": days_json(*valid),
        })).collect::<Vec<_>>(),
        "after": rule.after.iter().map(|id| pack.measures[id.index()].key.as_str()).collect::<Vec<_>>(),
        "superseded_by": rule.superseded_by,
        "coverage": coverage(pack, rule).map(|row| json!({
            "from": row.from.to_string(), "import": row.import, "export": row.export,
            "chapters": chapters(row), "basis": row.basis,
        })).collect::<Vec<_>>(),
        "code_count": goods.values().map(Vec::len).sum::<usize>(),
        "goods": groups,
    })
}

/// Label and lines of one part of the table.
type Part = (&'static str, &'static str, Vec<String>);

/// A code with the name of the language.
fn named(code: &str, vi: &str, en: &str, lang: Lang) -> String {
    format!("{code}  {}", pick(lang, vi, en))
}

/// A text with its days, where it has any.
fn dated(text: &str, valid: Interval, lang: Lang) -> String {
    match days(valid, lang).as_str() {
        "" => text.to_owned(),
        days => format!("{text}  ({days})"),
    }
}

/// Who decides, when, on which basis.
fn basis(pack: &Pack, rule: &Rule, lang: Lang) -> Vec<Part> {
    let ministry = &pack.ministries[rule.ministry.index()];
    let agency = &pack.agencies[rule.agency.index()];
    let measure = &pack.measures[rule.measure.index()];
    vec![
        ("bộ", "ministry", body(&ministry.code, &ministry.names, lang)),
        ("cơ quan", "agency", body(&agency.code, &agency.names, lang)),
        ("biện pháp", "measure", vec![named(&measure.key, &measure.title_vi, &measure.title_en, lang)]),
        ("giai đoạn", "stage", vec![rule.stage.as_str().to_owned()]),
        ("chiều", "direction", vec![format!("{:?}", rule.direction).to_lowercase()]),
        ("hiệu lực", "in force", rule.in_force.iter().map(|interval| days(*interval, lang)).collect()),
        ("căn cứ", "legal basis", rule.legal_basis.iter().map(|basis| dated(&basis.text, basis.valid, lang)).collect()),
        ("phạm vi", "scope", scope(pack, rule, lang)),
    ]
}

/// What it requires, and of whom it does not.
fn requirements(pack: &Pack, rule: &Rule, lang: Lang) -> Vec<Part> {
    vec![
        (
            "thủ tục",
            "procedures",
            rule.procedures
                .iter()
                .map(|id| &pack.procedures[id.index()])
                .map(|procedure| named(&procedure.code, &procedure.title_vi, &procedure.title_en, lang))
                .collect(),
        ),
        (
            "chứng từ",
            "evidence",
            rule.evidence
                .iter()
                .map(|id| &pack.documents[id.index()])
                .map(|document| {
                    named(&document.code, &document.title_vi, &document.title_en, lang)
                        + "  ["
                        + document.kind.as_str()
                        + "]"
                })
                .collect(),
        ),
        (
            "bảo quản",
            "storage",
            rule.storage_allowed.iter().map(|(article, valid)| dated(article, *valid, lang)).collect(),
        ),
        (
            "thời hạn",
            "deadline",
            rule.deadlines
                .iter()
                .map(|limit| {
                    let only = limit.procedure.map(|id| format!(" ({})", pack.procedures[id.index()].code));
                    let words =
                        format!("{} {}{}  {}", limit.text, limit.unit.as_str(), only.unwrap_or_default(), limit.source);
                    dated(&words, limit.valid, lang)
                })
                .collect(),
        ),
        (
            "miễn",
            "exemptions",
            rule.exemptions
                .iter()
                .map(|id| &pack.exemptions[id.index()])
                .map(|exemption| {
                    let when = condition(pack, &exemption.condition, lang);
                    dated(&format!("{}  {}: {when}", exemption.key, exemption.legal_basis), exemption.valid, lang)
                })
                .collect(),
        ),
    ]
}

/// How it stands to others, and how well it is known.
fn surroundings(pack: &Pack, rule: &Rule, lang: Lang) -> Vec<Part> {
    vec![
        ("phương thức", "methods", methods(pack, rule, lang)),
        ("sau", "after", rule.after.iter().map(|id| pack.measures[id.index()].key.clone()).collect()),
        ("thay bằng", "superseded by", rule.superseded_by.clone()),
        ("nguồn", "grade", vec![rule.sourced.as_str().to_owned()]),
        ("đầy đủ từ", "coverage", coverage(pack, rule).map(covered).collect()),
        ("ghi chú", "note", Some(rule.note.clone()).filter(|note| !note.is_empty()).into_iter().collect()),
    ]
}

/// A body under each of its names.
fn body(code: &str, names: &[BodyName], lang: Lang) -> Vec<String> {
    names.iter().map(|name| dated(&named(code, &name.name_vi, &name.name_en, lang), name.valid, lang)).collect()
}

fn methods(pack: &Pack, rule: &Rule, lang: Lang) -> Vec<String> {
    let regimes = rule.methods.iter().map(|(id, valid)| (&pack.methods[id.index()], *valid));
    regimes
        .map(|(regime, valid)| dated(&named(&regime.key, &regime.title_vi, &regime.title_en, lang), valid, lang))
        .collect()
}

fn scope(pack: &Pack, rule: &Rule, lang: Lang) -> Vec<String> {
    let mut lines = Vec::new();
    if rule.scope != crate::law::Condition::Always {
        lines.push(condition(pack, &rule.scope, lang));
    }
    if !rule.origins.is_empty() {
        lines.push(condition(pack, &crate::law::Condition::Origin(rule.origins.clone()), lang));
    }
    lines
}

fn covered(row: &Coverage) -> String {
    let directions = match (row.import, row.export) {
        (true, true) => "import, export",
        (true, false) => "import",
        _ => "export",
    };
    let chapters = chapters(row);
    let chapters = if chapters.is_empty() { "all".to_owned() } else { chapters.join(" ") };
    format!("from {}, {directions}, chapters {chapters}: {}", row.from, row.basis)
}

fn counted(codes: usize, lang: Lang) -> String {
    format!("{codes} {}", pick(lang, "mã", if codes == 1 { "code" } else { "codes" }))
}

fn table(pack: &Pack, rule: &Rule, goods: &Goods, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    use unicode_width::UnicodeWidthStr;
    let mut parts = basis(pack, rule, lang);
    parts.extend(requirements(pack, rule, lang));
    parts.extend(surroundings(pack, rule, lang));
    writeln!(out, "{}\n{}\n", rule.id, pick(lang, &rule.title_vi, &rule.title_en))?;
    for (vi, en, lines) in &parts {
        let label = pick(lang, vi, en);
        for (at, line) in lines.iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            writeln!(out, "  {label}{}{line}", " ".repeat(15usize.saturating_sub(label.width())))?;
        }
    }
    let count: usize = goods.values().map(Vec::len).sum();
    writeln!(out, "\n{}", counted(count, lang))?;
    for ((candidate, assumed, exclusion), codes) in goods {
        let candidate = pack.candidate(*candidate);
        writeln!(out)?;
        if !candidate.note.is_empty() {
            writeln!(out, "  “{}”", candidate.note)?;
        }
        let when = condition(pack, &candidate.condition, lang);
        writeln!(out, "  {when}; {}; {}", presumed(*assumed, lang), counted(codes.len(), lang))?;
        if let Some(exclusion) = exclusion.map(|id| &pack.exclusions[id.index()]) {
            let taken = pick(lang, "loại khỏi danh mục bởi", "taken out by");
            writeln!(out, "  {taken} {} ({}), {}", exclusion.id, exclusion.legal_basis, days(exclusion.valid, lang))?;
        }
        for row in codes.chunks(10) {
            let row: Vec<String> = row.iter().map(|code| format!("{code:08}")).collect();
            writeln!(out, "    {}", row.join(" "))?;
        }
    }
    Ok(())
}
