//! What lifts a requirement or nearly does, and how strictly goods are looked at, as sentences.

use rust_decimal::Decimal;

use super::{Lang, words};
use crate::approval::Joint;
use crate::law::{
    AgencyId, Comparison, Condition, Day, Exemption, MethodRegime, NumberField, Pack, Trigger, WarningId,
};
use crate::screening::{Draw, Failure, Found, Method};
use crate::trade::{CurrencyCode, InspectionMethod};

/// That an exemption lifts a requirement.
pub(super) fn exempt(exemption: &Exemption, lang: Lang) -> String {
    let (article, sourced) = (&exemption.legal_basis, exemption.sourced.as_str());
    match lang {
        Lang::Vi => format!("được miễn: {} ({article}; mức dẫn chứng: {sourced})", exemption.title_vi),
        Lang::En => format!("exempt: {} ({article}; evidence: {sourced})", exemption.title_en),
    }
}

/// That an exemption does not, and the first thing that is in its way.
pub fn not_exempt(pack: &Pack, exemption: &Exemption, failure: &Failure, lang: Lang) -> String {
    let (article, sourced) = (&exemption.legal_basis, exemption.sourced.as_str());
    let why = failed(pack, failure, article, lang);
    match lang {
        Lang::Vi => format!("không được miễn: {why} ({}; mức dẫn chứng: {sourced})", exemption.title_vi),
        Lang::En => format!("not exempt: {why} ({}; evidence: {sourced})", exemption.title_en),
    }
}

/// That a warning cancels an exemption.
pub(super) fn warned(pack: &Pack, id: WarningId, certain: bool, exemption: &Exemption, lang: Lang) -> String {
    let warning = &pack.warnings[id.index()];
    let (article, basis) = (&exemption.legal_basis, &warning.legal_basis);
    match (lang, certain) {
        (Lang::Vi, true) => {
            format!("không được miễn theo {article}: đang có cảnh báo “{}” ({basis})", warning.title_vi)
        }
        (Lang::En, true) => {
            format!("not exempt under {article}: the warning “{}” stands ({basis})", warning.title_en)
        }
        (Lang::Vi, false) => format!(
            "chưa thể miễn theo {article}: cảnh báo “{}” có thể liên quan, tờ khai chưa nêu đủ ({basis})",
            warning.title_vi
        ),
        (Lang::En, false) => format!(
            "not exempt under {article} as long as the declaration does not say what the warning “{}” goes by ({basis})",
            warning.title_en
        ),
    }
}

/// That checks meet on a line, who leads, and that one visit is enough.
pub fn joint(pack: &Pack, joint: &Joint<'_>, day: Day, lang: Lang) -> String {
    let name = |agency: AgencyId| {
        let name = pack.authority_on(agency, day).agency_name;
        lang.pick(&name.name_vi, &name.name_en).to_owned()
    };
    let all: Vec<String> = joint.agencies.iter().map(|agency| name(*agency)).collect();
    let all = all.join(", ");
    let count = joint.rules.len();
    let Some(lead) = &joint.lead else {
        return match lang {
            Lang::Vi => format!(
                "{count} yêu cầu kiểm tra cùng gặp trên dòng hàng ({all}): đề nghị kiểm tra phối hợp một lần; bộ quy tắc chưa có văn bản nào nêu cơ quan chủ trì"
            ),
            Lang::En => format!(
                "{count} inspections meet on this line ({all}): one joint inspection is offered; the pack knows no act that says who leads"
            ),
        };
    };
    let ministry = pack.ministries[lead.ministry.index()].name_on(day);
    let leader = lead.agency.map_or_else(|| lang.pick(&ministry.name_vi, &ministry.name_en).to_owned(), name);
    match (lead.by, lang) {
        (Some(act), Lang::Vi) => format!(
            "{count} yêu cầu kiểm tra cùng gặp trên dòng hàng ({all}): {leader} chủ trì ({}); đề nghị kiểm tra phối hợp một lần",
            act.legal_basis
        ),
        (Some(act), Lang::En) => format!(
            "{count} inspections meet on this line ({all}): {leader} leads ({}); one joint inspection is offered",
            act.legal_basis
        ),
        (None, Lang::Vi) => format!("{count} yêu cầu kiểm tra của một cơ quan ({leader}): đề nghị kiểm tra một lần"),
        (None, Lang::En) => format!("{count} inspections of one agency ({leader}): one visit is offered"),
    }
}

/// How strictly goods are looked at, and what led there.
pub(super) fn method(pack: &Pack, method: Method, lang: Lang) -> String {
    let regime = &pack.methods[method.regime.index()];
    let Some(state) = regime.states.get(usize::from(method.standing.state)) else { return String::new() };
    let name = method_word(method.method, lang);
    let what = lang.pick(&state.what_vi, &state.what_en);
    let cause = cause(pack, regime, method, lang);
    let draw = match (method.drawn, lang) {
        (None, _) => "",
        (Some(Draw::Drawn), Lang::Vi) => "; lô hàng này được chọn để kiểm tra",
        (Some(Draw::Drawn), Lang::En) => "; this consignment is drawn",
        (Some(Draw::LetThrough), Lang::Vi) => "; lô hàng này không được chọn",
        (Some(Draw::LetThrough), Lang::En) => "; this consignment is not drawn",
        (Some(Draw::NoKey), Lang::Vi) => "; chưa cấu hình khóa lấy mẫu nên không thể chọn",
        (Some(Draw::NoKey), Lang::En) => "; no key of the draw is configured, so nobody can say",
    };
    let basis = &state.legal_basis;
    match lang {
        Lang::Vi => format!("phương thức kiểm tra: {name}, {what} ({basis}){cause}{draw}"),
        Lang::En => format!("inspection method: {name}, {what} ({basis}){cause}{draw}"),
    }
}

fn cause(pack: &Pack, regime: &MethodRegime, method: Method, lang: Lang) -> String {
    let by = method.standing.by.and_then(|by| regime.transitions.get(usize::from(by)));
    let Some(by) = by else {
        let initial = method.standing.state == 0;
        return match (initial, lang) {
            (true, Lang::Vi) => "; hồ sơ nhập khẩu chưa có gì làm thay đổi",
            (true, Lang::En) => "; nothing in the importer's record changes it",
            (false, Lang::Vi) => "; do đang có cảnh báo",
            (false, Lang::En) => "; because a warning stands",
        }
        .to_owned();
    };
    let why = match (&by.trigger, lang) {
        (Trigger::Passes { count, within_months: None }, Lang::Vi) => format!("{count} lần đạt liên tiếp"),
        (Trigger::Passes { count, within_months: None }, Lang::En) => match count {
            1 => "a pass".to_owned(),
            _ => format!("{count} passes in a row"),
        },
        (Trigger::Passes { count, within_months: Some(months) }, Lang::Vi) => {
            format!("{count} lần đạt liên tiếp trong {months} tháng")
        }
        (Trigger::Passes { count, within_months: Some(months) }, Lang::En) => {
            format!("{count} passes in a row within {months} months")
        }
        (Trigger::Event(event), _) => event.as_str().replace('_', " "),
        (Trigger::Warning, Lang::Vi) => "có cảnh báo".to_owned(),
        (Trigger::Warning, Lang::En) => "a warning".to_owned(),
        (Trigger::WarningEnded, Lang::Vi) => "cảnh báo đã chấm dứt".to_owned(),
        (Trigger::WarningEnded, Lang::En) => "the end of a warning".to_owned(),
        (Trigger::Elapsed { months }, Lang::Vi) => format!("đã hết {months} tháng"),
        (Trigger::Elapsed { months }, Lang::En) => format!("{months} months are over"),
        (Trigger::Holds(condition), _) => words(pack, condition, lang),
    };
    let (basis, sourced) = (&by.legal_basis, by.sourced.as_str());
    match lang {
        Lang::Vi => format!("; do {why} ({basis}; mức dẫn chứng: {sourced})"),
        Lang::En => format!("; by {why} ({basis}; evidence: {sourced})"),
    }
}

/// A method in words.
pub fn method_word(method: InspectionMethod, lang: Lang) -> &'static str {
    match (method, lang) {
        (InspectionMethod::Waived, Lang::Vi) => "miễn kiểm tra",
        (InspectionMethod::Waived, Lang::En) => "waived",
        (InspectionMethod::Reduced, Lang::Vi) => "kiểm tra giảm",
        (InspectionMethod::Reduced, Lang::En) => "reduced",
        (InspectionMethod::Ordinary, Lang::Vi) => "kiểm tra thông thường",
        (InspectionMethod::Ordinary, Lang::En) => "ordinary",
        (InspectionMethod::Strict, Lang::Vi) => "kiểm tra chặt",
        (InspectionMethod::Strict, Lang::En) => "strict",
    }
}

/// The test that fails, with what the line says instead. `article` is where its threshold stands.
fn failed(pack: &Pack, failure: &Failure, article: &str, lang: Lang) -> String {
    let test = words(pack, &failure.test, lang);
    match (&failure.test, &failure.found) {
        (Condition::Number { field, comparison, threshold, currency }, Found::Number(found, _)) => {
            let (name, unit) = number_name(*field, *currency, lang);
            let (found, threshold) = (number(*found, lang), number(*threshold, lang));
            let how = match (comparison, failure.wanted, lang) {
                (Comparison::Le, true, Lang::Vi) | (Comparison::Gt, false, Lang::Vi) => "vượt quá",
                (Comparison::Le, true, Lang::En) | (Comparison::Gt, false, Lang::En) => "is over the",
                (Comparison::Lt, true, Lang::Vi) | (Comparison::Ge, false, Lang::Vi) => "không dưới",
                (Comparison::Lt, true, Lang::En) | (Comparison::Ge, false, Lang::En) => "is not under the",
                (Comparison::Ge, true, Lang::Vi) | (Comparison::Lt, false, Lang::Vi) => "chưa tới",
                (Comparison::Ge, true, Lang::En) | (Comparison::Lt, false, Lang::En) => "is under the",
                (Comparison::Gt, true, Lang::Vi) | (Comparison::Le, false, Lang::Vi) => "không vượt quá",
                (Comparison::Gt, true, Lang::En) | (Comparison::Le, false, Lang::En) => "is not over the",
            };
            let of = lang.pick("nêu tại", "of");
            format!("{name} {found}{unit} {how} {threshold}{unit} {of} {article}")
        }
        (Condition::Number { field, currency, .. }, Found::OtherCurrency(_, found)) => {
            let (name, unit) = number_name(*field, *currency, lang);
            let found = found.map_or_else(|| "?".to_owned(), |code| code.to_string());
            match lang {
                Lang::Vi => format!("{name} khai bằng {found}, mức nêu tại {article} bằng{unit}: không quy đổi"),
                Lang::En => format!("{name} is stated in {found}, the limit of {article} in{unit}: not converted"),
            }
        }
        (_, Found::Regime(regime)) => {
            let code = pack.regimes.get(usize::from(*regime)).map_or("", |regime| regime.code.as_str());
            match lang {
                Lang::Vi => format!("loại hình là {code}, {article} yêu cầu {}{test}", negation(failure, lang)),
                Lang::En => format!("the regime is {code}, {article} asks that {}{test}", negation(failure, lang)),
            }
        }
        (_, Found::Origin(origin)) => match lang {
            Lang::Vi => format!("xuất xứ là {origin}, {article} yêu cầu {}{test}", negation(failure, lang)),
            Lang::En => format!("the origin is {origin}, {article} asks that {}{test}", negation(failure, lang)),
        },
        (Condition::Never(_), _) => format!("{article}: {test}"),
        (_, Found::Nothing) => match lang {
            Lang::Vi => format!("tờ khai chưa nêu điều kiện của {article}: {}{test}", negation(failure, lang)),
            Lang::En => {
                format!("the declaration does not state what {article} asks for: {}{test}", negation(failure, lang))
            }
        },
        _ => match lang {
            Lang::Vi => format!("không đúng điều kiện của {article}: {}{test}", negation(failure, lang)),
            Lang::En => format!("what {article} asks for is not so: {}{test}", negation(failure, lang)),
        },
    }
}

fn negation(failure: &Failure, lang: Lang) -> &'static str {
    match (failure.wanted, lang) {
        (true, _) => "",
        (false, Lang::Vi) => "không phải ",
        (false, Lang::En) => "not ",
    }
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
fn number(number: Decimal, lang: Lang) -> String {
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
