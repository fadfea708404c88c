//! Letters of an agency that does not write them itself, to a trader whose dossier came in an
//! envelope.

use jiff::civil::Date;

use super::Sending;
use super::envelope::{begin, moment};
use super::xml::Writer;
use crate::message::incoming::{Head, Paper};
use crate::message::vnsw;
use crate::trade::Text;

/// The element of a letter whose schema is not known.
const ELEMENT: &str = "Result";

/// A letter of type `kind` and function `function` in answer to a dossier. Its element is the
/// one that the procedure's schema has for it; what stands in it has the single window's usual
/// names, in one order for all.
pub fn letter(head: &Head<'_>, sending: &Sending<'_>, kind: &str, function: &str, paper: &Paper<'_>) -> String {
    let mut writer = begin(Some(head), sending, Some(kind), function);
    let element = vnsw::element_of(&head.subject.document_type, kind, function).unwrap_or(ELEMENT);
    writer.open(element);
    if let Some(one) = element.strip_suffix("List") {
        writer.open(one);
    }
    let words = |text: &Option<Text<'_>>| text.as_deref().unwrap_or_default().to_owned();
    writer.optional("NSWFileCode", &words(&paper.file));
    writer.optional("CertificateNo", &words(&paper.number));
    result(&mut writer, &words(&paper.result), paper.passed);
    writer.optional("Reason", &words(&paper.reason));
    writer.optional("Note", &words(&paper.note));
    writer.optional("TotalFee", &paper.fee.map_or_else(String::new, |fee| fee.to_string()));
    writer.optional("InvoiceNumber", &words(&paper.invoice));
    writer.optional("CheckPlace", &words(&paper.check_place));
    writer.optional("CheckTimeFrom", &paper.check_from.map_or_else(String::new, moment));
    writer.optional("CheckTimeTo", &paper.check_to.map_or_else(String::new, moment));
    writer.optional("TotalQuantityOrWeight", &paper.quantity.map_or_else(String::new, |quantity| quantity.to_string()));
    writer.optional("TotalUnitCode", &words(&paper.unit));
    lines(&mut writer, paper);
    writer.optional("EffectiveDateFrom", &day(paper.valid_from));
    writer.optional("ExpireDate", &day(paper.valid_to));
    writer.optional("Department", &words(&paper.office));
    writer.optional("SignConfirmDate", &day(paper.issued));
    writer.optional("SignConfirmName", &words(&paper.officer));
    writer.optional("SignConfirmAddress", &words(&paper.place));
    writer.optional("LinkFile", &words(&paper.link));
    writer.finish()
}

fn lines(writer: &mut Writer, paper: &Paper<'_>) {
    if paper.lines.is_empty() {
        return;
    }
    writer.open("GoodsList");
    for line in &paper.lines {
        writer.open("Goods");
        writer.text("NameOfGoods", &line.item.description);
        writer.optional("HSCodeOfGoods", &line.item.hs.map_or_else(String::new, |hs| hs.to_string()));
        result(writer, line.result.as_deref().unwrap_or_default(), line.passed);
        writer.optional("Reason", line.reason.as_deref().unwrap_or_default());
        writer.close();
    }
    writer.close();
}

/// A result: in its own words, else as the single window codes it.
fn result(writer: &mut Writer, words: &str, passed: Option<bool>) {
    let coded = match passed {
        Some(true) => "1",
        Some(false) => "0",
        None => "",
    };
    writer.optional("Result", if words.is_empty() { coded } else { words });
}

fn day(date: Option<Date>) -> String {
    date.map_or_else(String::new, |date| moment(date.at(0, 0, 0, 0)))
}
