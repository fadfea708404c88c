//! Why, and why not, as sentences: all templates of explanations in one place, in Vietnamese and
//! English.

mod dropped;
mod evidence;
mod failed;
mod joint;
mod lifted;

use super::examine::Reason;
use crate::law::{
    Candidate, Comparison, Condition, Day, Fact, FactMask, Interval, NumberField, Pack, Presumed, Rule, RuleId, Sourced,
};
use crate::screening::{Outcome, Requirement, TraceEntry, Unsettled};
use crate::trade::{Declaration, Finding};

pub use self::dropped::{dropped, nearest_basis};
pub use self::evidence::not_served;
pub use self::joint::{joint, joint_of_several};
pub use self::lifted::{asked_by_warning, method_word, not_exempt};

/// The language of sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    /// Vietnamese.
    Vi,
    /// English.
    En,
}

/// How much an answer explains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Nothing.
    None,
    /// Why what applies does.
    Why,
    /// And why what nearly applied does not.
    WhyNot,
}

impl Lang {
    /// One of two texts.
    pub fn pick<'t>(self, vi: &'t str, en: &'t str) -> &'t str {
        match self {
            Self::Vi => vi,
            Self::En => en,
        }
    }
}

/// The legal basis of a rule on a day, in one line.
pub fn basis(rule: &Rule, day: Day) -> String {
    let texts: Vec<&str> = rule.legal_basis.iter().filter(|b| b.valid.contains(day)).map(|b| b.text.as_str()).collect();
    texts.join("; ")
}

/// That a rule applies, with its article and how well it is sourced.
pub fn applies(pack: &Pack, rule: RuleId, day: Day, lang: Lang) -> String {
    let rule = pack.rule(rule);
    let basis = basis(rule, day);
    let sourced = grade(rule.sourced, lang);
    match lang {
        Lang::Vi => format!("áp dụng: {} ({basis}; mức dẫn chứng: {sourced})", rule.title_vi),
        Lang::En => format!("applies: {} ({basis}; evidence: {sourced})", rule.title_en),
    }
}

/// A step that shaped a requirement.
pub fn sentence(pack: &Pack, entry: &TraceEntry, requirement: &Requirement, day: Day, lang: Lang) -> String {
    let candidate = pack.candidate(entry.candidate);
    match &entry.outcome {
        Outcome::Meant(condition) => {
            let condition = words(pack, condition, lang);
            match lang {
                Lang::Vi => format!("đúng đối tượng: {condition}{}", found_in(&entry.phrases, lang)),
                Lang::En => format!("the goods are those meant: {condition}{}", found_in(&entry.phrases, lang)),
            }
        }
        Outcome::Unsettled(condition) => unsettled(pack, candidate, condition, requirement, lang),
        Outcome::Exempt(id) => lifted::exempt(&pack.exemptions[id.index()], lang),
        Outcome::NotExempt(id, failure) => lifted::not_exempt(pack, &pack.exemptions[id.index()], failure, lang),
        Outcome::Warned(warned, id) => {
            lifted::warned(pack, warned.warning, warned.certain, &pack.exemptions[id.index()], lang)
        }
        Outcome::Method(method) => lifted::method(pack, *method, lang),
        Outcome::Evidence => evidence::found(requirement, lang).to_owned(),
        Outcome::NotServed(record, mismatch) => not_served(record, *mismatch, lang),
        _ => dropped(pack, entry, day, lang),
    }
}

fn unsettled(
    pack: &Pack,
    candidate: &Candidate,
    condition: &Condition,
    requirement: &Requirement,
    lang: Lang,
) -> String {
    let meanwhile = match (requirement.presumed, lang) {
        (Presumed::True, Lang::Vi) => "trong khi chưa rõ thì coi như thuộc diện",
        (Presumed::True, Lang::En) => "until shown otherwise it counts as required",
        (Presumed::Ask, Lang::Vi) => "giữ lại đến khi làm rõ",
        (Presumed::Ask, Lang::En) => "held until settled",
        (Presumed::False, Lang::Vi) => "trong khi chưa rõ thì không giữ hàng",
        (Presumed::False, Lang::En) => "meanwhile it is shown and holds nothing",
        (Presumed::None, Lang::Vi) => "thông tin báo trước",
        (Presumed::None, Lang::En) => "advance information",
    };
    let hangs_on = words(pack, condition, lang);
    let note = if candidate.note.is_empty() { String::new() } else { format!(" ({})", candidate.note) };
    let question = requirement.unsettled.map(|unsettled| question(pack, unsettled, lang));
    let question = question.filter(|q| !q.is_empty()).map(|q| format!(": {q}")).unwrap_or_default();
    match lang {
        Lang::Vi => format!("tờ khai chưa nêu: {hangs_on}{note}{question}; {meanwhile}"),
        Lang::En => format!("the declaration does not say: {hangs_on}{note}{question}; {meanwhile}"),
    }
}

/// Why a line is held beside its requirements.
pub fn reason(pack: &Pack, reason: Reason, findings: &[Finding], lang: Lang) -> String {
    match reason {
        Reason::Finding(at) => {
            let finding = findings.get(at as usize);
            let message = finding.map_or("", |f| f.message.as_str());
            let code = finding.map_or("DIRECTION_UNKNOWN", |f| f.code.as_str());
            match lang {
                Lang::Vi => format!("có lỗi cần sửa trước: {code}: {message}"),
                Lang::En => format!("an error has to be put right first: {code}: {message}"),
            }
        }
        Reason::Uncovered(at) => {
            let Some(coverage) = pack.coverage.get(usize::from(at)) else { return String::new() };
            let measure = &pack.measures[coverage.measure.index()];
            match lang {
                Lang::Vi => format!(
                    "bộ quy tắc chỉ đầy đủ về {} từ {}: trước ngày đó không thể kết luận là không phải kiểm tra ({})",
                    measure.title_vi, coverage.from, coverage.basis
                ),
                Lang::En => format!(
                    "the pack covers {} only from {}: before that day its silence says nothing ({})",
                    measure.title_en, coverage.from, coverage.basis
                ),
            }
        }
        Reason::Unmatched => lang
            .pick("không có mã hàng nào trong biểu thuế để đối chiếu", "no code of the tariff to screen the line by")
            .to_owned(),
        Reason::ReleaseAsked => lang
            .pick(
                "đề nghị giải phóng hàng: thuế hoặc trị giá chưa xác định",
                "release is asked for: duty or value is still open",
            )
            .to_owned(),
    }
}

fn found_in(phrases: &[String], lang: Lang) -> String {
    if phrases.is_empty() {
        return String::new();
    }
    let list: Vec<String> = phrases.iter().map(|p| format!("“{p}”")).collect();
    match lang {
        Lang::Vi => format!("; mô tả hàng ghi {}", list.join(", ")),
        Lang::En => format!("; the description says {}", list.join(", ")),
    }
}

/// How well something is sourced, in a word.
pub fn grade(sourced: Sourced, lang: Lang) -> &'static str {
    match sourced {
        Sourced::Sourced => lang.pick("có nguồn", sourced.as_str()),
        Sourced::Partly => lang.pick("một phần", sourced.as_str()),
        Sourced::GeneralKnowledge => lang.pick("kiến thức chung", sourced.as_str()),
    }
}

/// Days in words; an open end is not told.
fn span(days: Interval, lang: Lang) -> String {
    let (from, to) = (days.from, days.to);
    match (from == Day::MIN, to == Day::MAX, lang) {
        (_, true, Lang::Vi) => format!("từ {from}"),
        (_, true, Lang::En) => format!("from {from}"),
        (true, false, Lang::Vi) => format!("đến {to}"),
        (true, false, Lang::En) => format!("to {to}"),
        (false, false, Lang::Vi) => format!("{from} đến {to}"),
        (false, false, Lang::En) => format!("{from} to {to}"),
    }
}

/// The name of what a requirement hangs on: a fact's key, `regime` or `origin`.
pub fn key(pack: &Pack, unsettled: Unsettled) -> &str {
    match unsettled {
        Unsettled::Fact(fact) => &pack.facts[fact.index()].key,
        Unsettled::Regime => Declaration::REGIME,
        Unsettled::Origin => Declaration::ORIGIN,
    }
}

/// The question that settles a requirement.
pub fn question(pack: &Pack, unsettled: Unsettled, lang: Lang) -> &str {
    match unsettled {
        Unsettled::Fact(fact) => {
            let fact = &pack.facts[fact.index()];
            lang.pick(&fact.ask_vi, &fact.ask_en)
        }
        Unsettled::Regime => lang.pick("Hàng khai theo loại hình nào?", "Under which regime are the goods declared?"),
        Unsettled::Origin => lang.pick("Hàng có xuất xứ từ nước nào?", "Which country do the goods originate in?"),
    }
}

/// A condition in words.
pub fn words(pack: &Pack, condition: &Condition, lang: Lang) -> String {
    match condition {
        Condition::Always => lang.pick("mọi trường hợp", "every case").to_owned(),
        Condition::Fact { fact, any_of } => {
            let known = &pack.facts[fact.index()];
            let title = lang.pick(&known.title_vi, &known.title_en);
            let values = fact_values(known, any_of);
            if values.is_empty() { title.to_owned() } else { format!("{title} = {}", values.join("|")) }
        }
        Condition::Scoped(fact) => {
            let known = &pack.facts[fact.index()];
            lang.pick(&known.title_vi, &known.title_en).to_owned()
        }
        Condition::Regime(mask) => {
            let codes: Vec<&str> = pack
                .regimes
                .iter()
                .enumerate()
                .filter(|(at, _)| mask & (1 << at) != 0)
                .map(|(_, regime)| regime.code.as_str())
                .collect();
            format!("{} {}", lang.pick("loại hình", "the regime is"), codes.join("|"))
        }
        Condition::Origin(origins) => {
            let codes: Vec<&str> = origins.iter().map(crate::trade::CountryCode::as_str).collect();
            format!("{} {}", lang.pick("xuất xứ", "the origin is"), codes.join("|"))
        }
        Condition::Hs(prefixes) => {
            let codes: Vec<String> = prefixes.iter().map(ToString::to_string).collect();
            format!("{} {}", lang.pick("mã HS thuộc", "the code lies in"), codes.join("|"))
        }
        Condition::Number { field, comparison, threshold, currency } => {
            let name = match field {
                NumberField::CustomsValue => lang.pick("trị giá hải quan", "the customs value"),
                NumberField::NetWeightKg => lang.pick("khối lượng tịnh (kg)", "the net mass (kg)"),
                NumberField::Quantity => lang.pick("số lượng", "the quantity"),
            };
            let sign = match comparison {
                Comparison::Le => "≤",
                Comparison::Lt => "<",
                Comparison::Ge => "≥",
                Comparison::Gt => ">",
            };
            let currency = currency.map(|c| format!(" {c}")).unwrap_or_default();
            format!("{name} {sign} {threshold}{currency}")
        }
        Condition::SameParty => {
            lang.pick("người nhập khẩu là người xuất khẩu", "importer and exporter are the same").to_owned()
        }
        Condition::All(parts) => join(pack, parts, lang.pick(" và ", " and "), lang),
        Condition::Any(parts) => join(pack, parts, lang.pick(" hoặc ", " or "), lang),
        Condition::Not(part) => {
            format!("{} ({})", lang.pick("không phải", "not"), words(pack, part, lang))
        }
        Condition::Never(why) => format!("{} ({why})", lang.pick("không thể kết luận", "cannot be told")),
    }
}

/// The values of a choice whose bits are set.
fn fact_values<'p>(known: &'p Fact, bits: &FactMask) -> Vec<&'p str> {
    let values = (known.first_atom..).zip(&known.values).filter(|(atom, _)| bits.has(*atom));
    values.map(|(_, value)| value.as_str()).collect()
}

fn join(pack: &Pack, parts: &[Condition], with: &str, lang: Lang) -> String {
    let parts: Vec<String> = parts.iter().map(|part| words(pack, part, lang)).collect();
    parts.join(with)
}
