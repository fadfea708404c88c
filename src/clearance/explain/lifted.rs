//! What lifts a requirement or nearly does, and how strictly goods are looked at, as sentences.

use super::failed::{Asks, failed};
use super::{Lang, grade, words};
use crate::law::{Exemption, Identity, MethodRegime, Pack, RecordEvent, Trigger, WarningId};
use crate::screening::{Draw, Failure, Method, Requirement, Unsettled};
use crate::trade::{Declaration, GoodsItem, InspectionMethod, Statement, Status};

/// That an exemption lifts a requirement.
pub(super) fn exempt(exemption: &Exemption, lang: Lang) -> String {
    let (article, sourced) = (&exemption.legal_basis, grade(exemption.sourced, lang));
    match lang {
        Lang::Vi => format!("được miễn: {} ({article}; mức dẫn chứng: {sourced})", exemption.title_vi),
        Lang::En => format!("exempt: {} ({article}; evidence: {sourced})", exemption.title_en),
    }
}

/// That an exemption does not, and the first thing that is in its way.
pub fn not_exempt(pack: &Pack, exemption: &Exemption, failure: &Failure, lang: Lang) -> String {
    let (article, sourced) = (&exemption.legal_basis, grade(exemption.sourced, lang));
    let why = failed(pack, failure, Asks::Article(article), lang);
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

/// What a warning that may meet the line waits for: the origin or the maker, whichever it names
/// and the declaration does not. `None` where the warning certainly meets the line, or where the
/// requirement is no longer open.
pub fn asked_by_warning(
    pack: &Pack,
    requirement: &Requirement,
    declaration: &Declaration<'_>,
    item: &GoodsItem<'_>,
) -> Option<Unsettled> {
    let open = matches!(requirement.status, Status::Required | Status::Pending);
    let warned = requirement.warned.filter(|warned| open && !warned.certain)?;
    let warning = &pack.warnings[warned.warning.index()];
    if !warning.origins.is_empty() && item.origin.is_none() {
        return Some(Unsettled::Origin);
    }
    let (word, _) = Identity::WORDS.iter().find(|(_, identity)| *identity == Identity::Maker)?;
    let says = |statement: &Statement<'_>| {
        statement.kind.as_deref() == Some(Statement::FACT_KIND)
            && statement.code == *word
            && statement.text.as_deref().is_some_and(|text| !text.trim().is_empty())
    };
    let stated = item.statements.iter().chain(&declaration.statements).any(says);
    if warning.makers.is_empty() || stated { None } else { pack.fact(word).map(Unsettled::Fact) }
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
            (true, Lang::Vi) => "; quá trình chấp hành của người nhập khẩu không có gì làm thay đổi",
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
        (Trigger::Event(event), _) => event_words(*event, lang).to_owned(),
        (Trigger::Warning, Lang::Vi) => "có cảnh báo".to_owned(),
        (Trigger::Warning, Lang::En) => "a warning".to_owned(),
        (Trigger::WarningEnded, Lang::Vi) => "cảnh báo đã chấm dứt".to_owned(),
        (Trigger::WarningEnded, Lang::En) => "the end of a warning".to_owned(),
        (Trigger::Elapsed { months }, Lang::Vi) => format!("đã hết {months} tháng"),
        (Trigger::Elapsed { months }, Lang::En) => format!("{months} months are over"),
        (Trigger::Holds(condition), _) => words(pack, condition, lang),
    };
    let (basis, sourced) = (&by.legal_basis, grade(by.sourced, lang));
    match lang {
        Lang::Vi => format!("; do {why} ({basis}; mức dẫn chứng: {sourced})"),
        Lang::En => format!("; by {why} ({basis}; evidence: {sourced})"),
    }
}

/// An event of the importer's record in words.
fn event_words(event: RecordEvent, lang: Lang) -> &'static str {
    match event {
        RecordEvent::Pass => lang.pick("lần kiểm tra trước đạt", "a passed inspection"),
        RecordEvent::Fail => lang.pick("lần kiểm tra trước không đạt", "a failed inspection"),
        RecordEvent::MarketFail => lang.pick("hậu kiểm trên thị trường không đạt", "a failed check on the market"),
        RecordEvent::ComplaintUpheld => lang.pick("khiếu nại được xác nhận", "an upheld complaint"),
        RecordEvent::ReportMissed => lang.pick("không nộp báo cáo", "a report that was not made"),
        RecordEvent::ReducedGranted => lang.pick("được cho phép kiểm tra giảm", "a grant of reduced inspection"),
        RecordEvent::ExemptionGranted => lang.pick("được cho phép miễn kiểm tra", "a grant of exemption"),
        RecordEvent::Revoked => {
            lang.pick("văn bản cho phép bị thu hồi hoặc hết thời hạn", "the revocation or the end of what was granted")
        }
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
