//! The test that fails, and what the declaration says instead, as a sentence.

use rust_decimal::Decimal;

use super::{Lang, fact_values, words};
use crate::law::{Comparison, Condition, FactMask, NumberField, Pack};
use crate::screening::{Failure, Found};
use crate::trade::{CountryCode, CurrencyCode};

/// How many open alternatives a sentence names.
const OPEN_TOLD: usize = 2;

/// What asks for the test that fails.
#[derive(Debug, Clone, Copy)]
pub(super) enum Asks<'a> {
    /// An article of an exemption.
    Article(&'a str),
    /// The scope of a rule.
    Scope,
    /// The goods that a list means.
    Goods,
}

impl Asks<'_> {
    /// What leads in the values that are asked for; `wanted` is false where they are those that
    /// must not be.
    fn values(self, wanted: bool, lang: Lang) -> String {
        match (self, wanted, lang) {
            (Self::Article(article), true, Lang::Vi) => format!("{article} yêu cầu"),
            (Self::Article(article), true, Lang::En) => format!("{article} asks for"),
            (Self::Article(article), false, Lang::Vi) => format!("{article} yêu cầu khác"),
            (Self::Article(article), false, Lang::En) => format!("{article} asks for other than"),
            (Self::Scope, true, Lang::Vi) => "chỉ áp dụng cho".to_owned(),
            (Self::Scope, true, Lang::En) => "it applies to".to_owned(),
            (Self::Scope, false, Lang::Vi) => "không áp dụng cho".to_owned(),
            (Self::Scope, false, Lang::En) => "it does not apply to".to_owned(),
            (Self::Goods, true, Lang::Vi) => "cần".to_owned(),
            (Self::Goods, true, Lang::En) => "needed is".to_owned(),
            (Self::Goods, false, Lang::Vi) => "cần khác".to_owned(),
            (Self::Goods, false, Lang::En) => "needed is other than".to_owned(),
        }
    }
}

/// The test that fails, with what the line says instead; then the alternatives that nobody
/// stated.
pub(super) fn failed(pack: &Pack, failure: &Failure, asks: Asks<'_>, lang: Lang) -> String {
    // A list whose entries go by regime or origin speaks of where it applies, not of the goods.
    let asks = match (asks, &failure.found) {
        (Asks::Goods, Found::Regime(_) | Found::Origin(_)) => Asks::Scope,
        _ => asks,
    };
    let mut sentence = match (&failure.test, &failure.found) {
        (Condition::Number { .. }, _) => number_failed(pack, failure, asks, lang),
        (Condition::Regime(mask), Found::Regime(regime)) => {
            let code = pack.regimes.get(usize::from(*regime)).map_or("", |regime| regime.code.as_str());
            let wanted = regimes(pack, *mask);
            instead(lang.pick("loại hình là", "the regime is"), code, &wanted, (failure, asks), lang)
        }
        (Condition::Origin(origins), Found::Origin(origin)) => {
            let wanted: Vec<&str> = origins.iter().map(CountryCode::as_str).collect();
            let name = lang.pick("xuất xứ là", "the origin is");
            instead(name, origin.as_str(), &wanted.join("|"), (failure, asks), lang)
        }
        (Condition::Hs(prefixes), Found::Code(code)) => {
            let wanted: Vec<String> = prefixes.iter().map(ToString::to_string).collect();
            let name = lang.pick("mã HS là", "the code is");
            instead(name, &code.to_string(), &wanted.join("|"), (failure, asks), lang)
        }
        (Condition::Fact { fact, any_of }, Found::Values(stated)) => {
            let known = &pack.facts[fact.index()];
            let name = match lang {
                Lang::Vi => format!("{}: khai là", known.title_vi),
                Lang::En => format!("{}: stated is", known.title_en),
            };
            let values = |mask: &FactMask| fact_values(known, mask).join("|");
            instead(&name, &values(stated), &values(any_of), (failure, asks), lang)
        }
        _ => in_words(pack, failure, asks, lang),
    };
    let stated = failure.found != Found::Nothing;
    let mut told: Vec<String> = Vec::new();
    for open in &failure.open {
        let test = format!("{}{}", negation(open, lang), words(pack, &open.test, lang));
        if told.len() < OPEN_TOLD && open.test != failure.test && !told.contains(&test) {
            told.push(test);
        }
    }
    if !told.is_empty() {
        let lead = if stated {
            lang.pick("; chưa nêu: ", "; not stated: ")
        } else {
            lang.pick("; cũng chưa nêu: ", "; nor: ")
        };
        sentence.push_str(lead);
        sentence.push_str(&told.join(lang.pick(" hoặc ", " or ")));
    }
    sentence
}

/// The codes of regimes.
fn regimes(pack: &Pack, mask: u64) -> String {
    let named = pack.regimes.iter().zip(0u32..).filter(|(_, at)| mask.checked_shr(*at).unwrap_or(0) & 1 != 0);
    named.map(|(regime, _)| regime.code.as_str()).collect::<Vec<_>>().join("|")
}

/// That something is so, and what is asked for instead.
fn instead(name: &str, found: &str, wanted: &str, (failure, asks): (&Failure, Asks<'_>), lang: Lang) -> String {
    format!("{name} {found}, {} {wanted}", asks.values(failure.wanted, lang))
}

/// That a test is not stated, or not so.
fn in_words(pack: &Pack, failure: &Failure, asks: Asks<'_>, lang: Lang) -> String {
    let test = format!("{}{}", negation(failure, lang), words(pack, &failure.test, lang));
    match (&failure.test, &failure.found, asks, lang) {
        (Condition::Never(_), _, Asks::Article(article), _) => format!("{article}: {test}"),
        (Condition::Never(_), ..) => test,
        (_, Found::Nothing, Asks::Article(article), Lang::Vi) => {
            format!("tờ khai chưa nêu điều kiện của {article}: {test}")
        }
        (_, Found::Nothing, Asks::Article(article), Lang::En) => {
            format!("the declaration does not state what {article} asks for: {test}")
        }
        (_, Found::Nothing, _, Lang::Vi) => format!("tờ khai chưa nêu: {test}"),
        (_, Found::Nothing, _, Lang::En) => format!("the declaration does not say: {test}"),
        (_, _, Asks::Article(article), Lang::Vi) => format!("không đúng điều kiện của {article}: {test}"),
        (_, _, Asks::Article(article), Lang::En) => format!("what {article} asks for is not so: {test}"),
        (_, _, Asks::Scope, Lang::Vi) => format!("ngoài phạm vi: chỉ áp dụng khi {test}"),
        (_, _, Asks::Scope, Lang::En) => format!("out of scope: it applies only where {test}"),
        (_, _, Asks::Goods, Lang::Vi) => format!("không đúng đối tượng: cần {test}"),
        (_, _, Asks::Goods, Lang::En) => format!("not the goods meant: needed is {test}"),
    }
}

/// A number that is over its limit, under it, or in another currency.
fn number_failed(pack: &Pack, failure: &Failure, asks: Asks<'_>, lang: Lang) -> String {
    let Condition::Number { field, comparison, threshold, currency } = &failure.test else { return String::new() };
    let (name, unit) = number_name(*field, *currency, lang);
    match (&failure.found, asks) {
        (Found::Number(found, _), _) => {
            let (found, threshold) = (number(*found, lang), number(*threshold, lang));
            let how = match (comparison, failure.wanted, lang) {
                (Comparison::Le, true, Lang::Vi) | (Comparison::Gt, false, Lang::Vi) => "vượt quá",
                (Comparison::Le, true, Lang::En) | (Comparison::Gt, false, Lang::En) => "is over",
                (Comparison::Lt, true, Lang::Vi) | (Comparison::Ge, false, Lang::Vi) => "không dưới",
                (Comparison::Lt, true, Lang::En) | (Comparison::Ge, false, Lang::En) => "is not under",
                (Comparison::Ge, true, Lang::Vi) | (Comparison::Lt, false, Lang::Vi) => "chưa tới",
                (Comparison::Ge, true, Lang::En) | (Comparison::Lt, false, Lang::En) => "is under",
                (Comparison::Gt, true, Lang::Vi) | (Comparison::Le, false, Lang::Vi) => "không vượt quá",
                (Comparison::Gt, true, Lang::En) | (Comparison::Le, false, Lang::En) => "is not over",
            };
            match (asks, lang) {
                (Asks::Article(article), Lang::Vi) => {
                    format!("{name} {found}{unit} {how} {threshold}{unit} nêu tại {article}")
                }
                (Asks::Article(article), Lang::En) => {
                    format!("{name} {found}{unit} {how} the {threshold}{unit} of {article}")
                }
                (Asks::Scope | Asks::Goods, _) => format!("{name} {found}{unit} {how} {threshold}{unit}"),
            }
        }
        (Found::OtherCurrency(_, found), _) => {
            let found = found.map_or_else(|| "?".to_owned(), |code| code.to_string());
            match (asks, lang) {
                (Asks::Article(article), Lang::Vi) => {
                    format!("{name} khai bằng {found}, mức nêu tại {article} bằng{unit}: không quy đổi")
                }
                (Asks::Article(article), Lang::En) => {
                    format!("{name} is stated in {found}, the limit of {article} in{unit}: not converted")
                }
                (_, Lang::Vi) => format!("{name} khai bằng {found}, mức bằng{unit}: không quy đổi"),
                (_, Lang::En) => format!("{name} is stated in {found}, the limit in{unit}: not converted"),
            }
        }
        _ => in_words(pack, failure, asks, lang),
    }
}

fn negation(failure: &Failure, lang: Lang) -> &'static str {
    if failure.wanted { "" } else { lang.pick("không phải ", "not ") }
}

fn number_name(field: NumberField, currency: Option<CurrencyCode>, lang: Lang) -> (&'static str, String) {
    let unit = currency.map(|code| format!(" {code}")).unwrap_or_default();
    match field {
        NumberField::CustomsValue => (lang.pick("trị giá hải quan", "the customs value"), unit),
        NumberField::NetWeightKg => (lang.pick("khối lượng tịnh", "the net mass"), " kg".to_owned()),
        NumberField::Quantity => (lang.pick("số lượng", "the quantity"), String::new()),
    }
}

/// A number with its thousands set apart, as the language writes them.
pub(super) fn number(number: Decimal, lang: Lang) -> String {
    let text = number.normalize().to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let (thousands, point) = match lang {
        Lang::Vi => ('.', ','),
        Lang::En => (',', '.'),
    };
    let digits = whole.trim_start_matches('-');
    let mut out = String::from(if whole.starts_with('-') { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            out.push(thousands);
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push(point);
        out.push_str(fraction);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_language_does() {
        let value = Decimal::from_str_exact("4200000.50").unwrap();
        assert_eq!(number(value, Lang::En), "4,200,000.5");
        assert_eq!(number(value, Lang::Vi), "4.200.000,5");
        assert_eq!(number(Decimal::from(999), Lang::En), "999");
    }
}
