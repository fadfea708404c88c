//! What came of documents and records, as sentences.

use super::failed::number;
use super::{Lang, span};
use crate::screening::{EvidenceRecord, Mismatch, Requirement};
use crate::trade::Status;

/// What documents and records do to a requirement.
pub(super) fn found(requirement: &Requirement, lang: Lang) -> &'static str {
    match requirement.status {
        Status::Met => lang.pick("đã có chứng từ hoặc kết quả đáp ứng", "met by a document or result"),
        Status::Failed => lang.pick(
            "kết quả kiểm tra không đạt, hoặc bị từ chối cấp",
            "the inspection was failed, or the permit refused",
        ),
        _ => lang.pick("đã đăng ký, chưa có kết quả", "asked for, no result yet"),
    }
}

/// That a record on file does not serve, and why.
pub fn not_served(record: &EvidenceRecord, mismatch: Mismatch, lang: Lang) -> String {
    let why = match mismatch {
        Mismatch::Days => match lang {
            Lang::Vi => format!("chỉ có hiệu lực {}", span(record.valid, lang)),
            Lang::En => format!("valid {} only", span(record.valid, lang)),
        },
        Mismatch::Code => {
            let codes: Vec<String> = record.hs.iter().map(ToString::to_string).collect();
            format!("{} {}", lang.pick("chỉ dùng cho mã HS", "it is for the codes"), codes.join("|"))
        }
        Mismatch::Origin => {
            let origin = record.origin.map(|origin| origin.to_string()).unwrap_or_default();
            format!("{} {origin}", lang.pick("chỉ dùng cho hàng xuất xứ", "it is for goods of origin"))
        }
        Mismatch::Lines => {
            let lines: Vec<String> = record.lines.iter().map(ToString::to_string).collect();
            format!("{} {}", lang.pick("chỉ dùng cho dòng hàng", "it is for the lines"), lines.join(", "))
        }
        Mismatch::Holder => lang.pick("cấp cho người khác", "it was given to another trader").to_owned(),
        Mismatch::NoDeclaration => lang
            .pick("kết quả không đạt nhưng không nêu tờ khai nào", "it tells of a failure and names no declaration")
            .to_owned(),
        Mismatch::Unit => {
            let unit = record.unit.map(|unit| format!(" {unit}")).unwrap_or_default();
            match (record.unit, lang) {
                (Some(_), Lang::Vi) => format!("lượng của dòng hàng không quy đổi được ra đơn vị{unit}"),
                (Some(_), Lang::En) => format!("the quantity of the line does not convert into{unit}"),
                (None, Lang::Vi) => "lượng được cấp không nêu đơn vị, không đối chiếu được với dòng hàng".to_owned(),
                (None, Lang::En) => "its quantity has no unit to compare with that of the line".to_owned(),
            }
        }
        Mismatch::Quantity { left, needed, unit } => {
            let unit = unit.map(|unit| format!(" {unit}")).unwrap_or_default();
            let (left, needed) = (number(left, lang), number(needed, lang));
            match lang {
                Lang::Vi => format!("còn lại {left}{unit}, cần {needed}{unit}"),
                Lang::En => format!("{left}{unit} are left, {needed}{unit} are needed"),
            }
        }
    };
    let code = record.code.as_deref().map(|code| format!("{code} ")).unwrap_or_default();
    match lang {
        Lang::Vi => format!("chứng từ {code}{} không dùng được: {why}", record.id),
        Lang::En => format!("document {code}{} does not serve: {why}", record.id),
    }
}
