//! Conditions and days in words.

use super::pick;
use crate::clearance::explain::Lang;
use crate::law::{Comparison, Condition, Day, FactKind, Interval, NumberField, Pack, Presumed};

/// An interval of days; empty where both ends are open.
pub(super) fn days(interval: Interval, lang: Lang) -> String {
    let Interval { from, to } = interval;
    let (begins, ends) = (pick(lang, "từ", "from"), pick(lang, "đến", "to"));
    match (from == Day::MIN, to == Day::MAX) {
        (true, true) => String::new(),
        (true, false) => format!("{ends} {to}"),
        (false, true) => format!("{begins} {from}"),
        (false, false) => format!("{begins} {from} {ends} {to}"),
    }
}

/// An interval of days for programs: open ends are null.
pub(super) fn days_json(interval: Interval) -> serde_json::Value {
    let from = (interval.from != Day::MIN).then(|| interval.from.to_string());
    let to = (interval.to != Day::MAX).then(|| interval.to.to_string());
    serde_json::json!({ "from": from, "to": to })
}

/// What follows while the fact is unknown.
pub(super) fn presumed(presumed: Presumed, lang: Lang) -> &'static str {
    match (presumed, lang) {
        (Presumed::None, Lang::En) => "the whole code is meant",
        (Presumed::None, Lang::Vi) => "cả mã",
        (Presumed::True, Lang::En) => "presumed to apply until shown otherwise",
        (Presumed::True, Lang::Vi) => "coi là phải áp dụng cho đến khi chứng minh ngược lại",
        (Presumed::False, Lang::En) => "shown, holds nothing until stated",
        (Presumed::False, Lang::Vi) => "chỉ thông báo, không giữ hàng khi chưa khai",
        (Presumed::Ask, Lang::En) => "holds until the fact is settled",
        (Presumed::Ask, Lang::Vi) => "giữ hàng cho đến khi làm rõ",
    }
}

/// The word of a presumption in JSON; `None` for the whole code.
pub(super) fn presumed_word(presumed: Presumed) -> Option<&'static str> {
    match presumed {
        Presumed::None => None,
        Presumed::True => Some("true"),
        Presumed::False => Some("false"),
        Presumed::Ask => Some("ask"),
    }
}

/// A condition in words.
pub(super) fn condition(pack: &Pack, of: &Condition, lang: Lang) -> String {
    let vi = lang == Lang::Vi;
    match of {
        Condition::Always => if vi { "mọi trường hợp" } else { "always" }.to_owned(),
        Condition::Fact { fact, any_of } => {
            let fact = &pack.facts[fact.index()];
            let title = pick(lang, &fact.title_vi, &fact.title_en);
            if fact.kind != FactKind::Choice {
                return title.to_owned();
            }
            let values: Vec<&str> = (fact.first_atom..)
                .zip(&fact.values)
                .filter(|(atom, _)| any_of.has(*atom))
                .map(|(_, value)| value.as_str())
                .collect();
            format!("{title}: {}", values.join(if vi { " hoặc " } else { " or " }))
        }
        Condition::Scoped(fact) => {
            let fact = &pack.facts[fact.index()];
            pick(lang, &fact.title_vi, &fact.title_en).to_owned()
        }
        Condition::Regime(bits) => {
            let codes: Vec<&str> = pack
                .regimes
                .iter()
                .enumerate()
                .filter(|(at, _)| bits & (1 << at) != 0)
                .map(|(_, regime)| regime.code.as_str())
                .collect();
            format!("{} {}", if vi { "loại hình" } else { "regime" }, codes.join(", "))
        }
        Condition::Origin(origins) => {
            format!("{} {}", if vi { "xuất xứ" } else { "origin" }, joined(origins))
        }
        Condition::Hs(codes) => format!("{} {}", if vi { "mã" } else { "code" }, joined(codes)),
        Condition::Number { field, comparison, threshold, currency } => {
            let field = match (field, vi) {
                (NumberField::CustomsValue, true) => "trị giá hải quan",
                (NumberField::CustomsValue, false) => "customs value",
                (NumberField::NetWeightKg, true) => "khối lượng tịnh (kg)",
                (NumberField::NetWeightKg, false) => "net weight (kg)",
                (NumberField::Quantity, true) => "số lượng",
                (NumberField::Quantity, false) => "quantity",
            };
            let sign = match comparison {
                Comparison::Le => "≤",
                Comparison::Lt => "<",
                Comparison::Ge => "≥",
                Comparison::Gt => ">",
            };
            let currency = currency.map(|code| format!(" {code}")).unwrap_or_default();
            format!("{field} {sign} {threshold}{currency}")
        }
        Condition::SameParty => {
            if vi { "người xuất khẩu là người nhập khẩu" } else { "importer and exporter are the same" }.to_owned()
        }
        Condition::All(inner) => several(pack, inner, lang, if vi { " và " } else { " and " }),
        Condition::Any(inner) => several(pack, inner, lang, if vi { " hoặc " } else { " or " }),
        Condition::Not(inner) => {
            format!("{} ({})", if vi { "không" } else { "not" }, condition(pack, inner, lang))
        }
        Condition::Never(text) => {
            format!("{}: {text}", if vi { "không áp dụng được" } else { "cannot be applied" })
        }
    }
}

fn several(pack: &Pack, inner: &[Condition], lang: Lang, word: &str) -> String {
    let parts: Vec<String> = inner
        .iter()
        .map(|one| {
            let text = condition(pack, one, lang);
            if matches!(one, Condition::All(_) | Condition::Any(_)) { format!("({text})") } else { text }
        })
        .collect();
    parts.join(word)
}

fn joined(codes: &[impl std::fmt::Display]) -> String {
    codes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
