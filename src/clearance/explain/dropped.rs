//! Why a rule that nearly applied does not, as sentences.

use super::failed::{Asks, failed};
use super::{Lang, basis, found_in, span};
use crate::law::{Day, Pack, Precedence, Rule};
use crate::screening::{Outcome, TraceEntry};

/// The legal basis of a rule on a day; where it is not in force then, on the nearest day on which
/// it is.
pub fn nearest_basis(rule: &Rule, day: Day) -> String {
    let before = rule.in_force.iter().map(|days| days.to).filter(|to| *to < day).max();
    let after = rule.in_force.iter().map(|days| days.from).filter(|from| *from > day).min();
    let nearest = match (before, after) {
        _ if rule.in_force_on(day) => day,
        (Some(before), Some(after)) if days_between(day, after) < days_between(before, day) => after,
        (Some(before), _) => before,
        (None, Some(after)) => after,
        (None, None) => day,
    };
    basis(rule, nearest)
}

/// How many days lie between two; many where one of them is an open end.
fn days_between(from: Day, to: Day) -> i32 {
    let days = |from: jiff::civil::Date, to| from.until(to).ok().map(|span| span.get_days());
    from.date().zip(to.date()).and_then(|(from, to)| days(from, to)).unwrap_or(i32::MAX)
}

/// Why a rule that nearly applied does not.
pub fn dropped(pack: &Pack, entry: &TraceEntry, day: Day, lang: Lang) -> String {
    let candidate = pack.candidate(entry.candidate);
    let rule = pack.rule(candidate.rule);
    match &entry.outcome {
        // The rule is in force, the entry of its list is not.
        Outcome::NotInForce if rule.in_force_on(day) => {
            let days = span(candidate.valid, lang);
            match lang {
                Lang::Vi => format!("mục hàng này trong danh mục không áp dụng ngày {day} (áp dụng {days})"),
                Lang::En => format!("the entry of the list does not apply on {day} (it applies {days})"),
            }
        }
        Outcome::NotInForce => {
            let days: Vec<String> = rule.in_force.iter().map(|days| span(*days, lang)).collect();
            let days = days.join(", ");
            match lang {
                Lang::Vi => format!("không có hiệu lực ngày {day} (hiệu lực {days})"),
                Lang::En => format!("not in force on {day} (in force {days})"),
            }
        }
        Outcome::EarlierDossier(filed) => {
            let article = rule.keeps_earlier_dossiers.as_deref().unwrap_or_default();
            match lang {
                Lang::Vi => format!("hồ sơ nộp ngày {filed} theo quy định của ngày đó ({article})"),
                Lang::En => format!("a dossier filed on {filed} keeps the law of that day ({article})"),
            }
        }
        Outcome::OtherDirection => {
            lang.pick("văn bản áp dụng cho chiều ngược lại", "the rule is for the other direction").to_owned()
        }
        Outcome::OutOfScope(failure) => failed(pack, failure, Asks::Scope, lang),
        Outcome::Excluded(id) => {
            let exclusion = &pack.exclusions[id.index()];
            match lang {
                Lang::Vi => format!("đã được đưa ra khỏi danh mục theo {}", exclusion.legal_basis),
                Lang::En => format!("taken out of the list by {}", exclusion.legal_basis),
            }
        }
        Outcome::Displaced(by, basis) => {
            let stated = |p: &&Precedence| (p.rule, p.over) == (*by, candidate.rule) && p.valid.contains(day);
            let stated = pack.precedences.iter().find(stated);
            let why = stated.map(|p| format!("; {}", lang.pick(&p.why_vi, &p.why_en))).unwrap_or_default();
            let by = pack.rule(*by);
            match lang {
                Lang::Vi => format!("nhường cho {} ({}): {basis}{why}", by.title_vi, by.id),
                Lang::En => format!("gives way to {} ({}): {basis}{why}", by.title_en, by.id),
            }
        }
        Outcome::NotMeant(failure) => {
            let why = failed(pack, failure, Asks::Goods, lang);
            let note = if candidate.note.is_empty() { String::new() } else { format!(" ({})", candidate.note) };
            format!("{why}{note}{}", found_in(&entry.phrases, lang))
        }
        _ => String::new(),
    }
}
