//! WCO responses (`RES`).

mod pointer;

use jiff::ZonedDateTime;
use jiff::tz::TimeZone;

use super::notice::{Notice, Outcome};
use super::xml::Writer;
use crate::trade::FindingCode;
use pointer::Pointers;

const METADATA: &str = "urn:wco:datamodel:WCO:DocumentMetaData-DMS:2";
const RESPONSE: &str = "urn:wco:datamodel:WCO:RES-DMS:2";
const TYPES: &str = "urn:wco:datamodel:WCO:Response_DS:DMS:2";

/// The version of the data model.
const MODEL: &str = "3.6";
/// Characters of a description at most; a longer one ends in `…`.
const DESCRIPTION: usize = 512;
/// The validation code of a line that the law refuses.
const REFUSED: &str = "MC900001";

/// Responses in one message, each with its id: 32 hexadecimal digits, hyphens are left out.
///
/// A request that is not granted has no `Status`, and its reason in words: the data model's
/// samples have a code for those granted only (39).
pub fn responses(notices: &[(&str, &Notice<'_>)]) -> String {
    let mut writer = Writer::new();
    writer.open_with("MetaData", &[("xmlns", METADATA)]);
    writer.text("WCODataModelVersionCode", MODEL);
    writer.text("WCOTypeName", "RES");
    for (id, notice) in notices {
        response(&mut writer, id, notice);
    }
    writer.finish()
}

fn response(writer: &mut Writer, id: &str, notice: &Notice<'_>) {
    writer.open_with("Response", &[("xmlns", RESPONSE)]);
    writer.text("FunctionCode", notice.outcome.wco());
    writer.text("FunctionalReferenceID", &id.replace('-', ""));
    time(writer, "IssueDateTime", &notice.at);
    information(writer, notice);
    for change in &notice.changes {
        writer.open("Amendment");
        writer.optional("ChangeReasonCode", change.reason_code.as_deref().unwrap_or_default());
        for pointer in &change.pointers {
            pointers(writer, &Pointers::one(&pointer.section, pointer.sequence, pointer.tag.as_deref()));
        }
        writer.close();
    }
    errors(writer, notice);
    if notice.outcome == Outcome::Granted {
        writer.open("Status");
        writer.text("NameCode", "39");
        writer.close();
    }
    declaration(writer, notice);
    writer.close();
}

/// What there is to say in words: tasks with their limits, reasons, the result of the control.
fn information(writer: &mut Writer, notice: &Notice<'_>) {
    let mut say = |code: &str, text: &str, due: Option<&ZonedDateTime>, kind: &str, at: &Pointers<'_>| {
        writer.open("AdditionalInformation");
        writer.optional("StatementCode", code);
        writer.optional("StatementDescription", &description(text));
        if let Some(due) = due {
            time(writer, "LimitDateTime", due);
        }
        writer.text("StatementTypeCode", kind);
        pointers(writer, at);
        writer.close();
    };
    let nowhere = Pointers::default();
    match notice.outcome {
        Outcome::Documents | Outcome::Held => {
            for task in &notice.tasks {
                say("ACA", &task.text, task.due.as_ref(), "ACA", &nowhere);
            }
        }
        // A1: checked and in order; A2: taken to be in order without a check.
        Outcome::Released | Outcome::Cleared => {
            say(if notice.checked { "A1" } else { "A2" }, "", None, "AFB", &nowhere);
        }
        _ => {}
    }
    if let Some(reason) = notice.reason.as_deref().filter(|reason| !reason.is_empty()) {
        let kind = if notice.outcome == Outcome::Changed { "AES" } else { "AFB" };
        say("", reason, None, kind, &nowhere);
    }
    if notice.outcome != Outcome::Refused {
        for line in &notice.lines {
            for reason in &line.reasons {
                say("", &reason_words(reason), None, "AFB", &Pointers::line(line.number));
            }
        }
    }
}

fn errors(writer: &mut Writer, notice: &Notice<'_>) {
    let mut error = |text: &str, code: &str, at: &Pointers<'_>| {
        writer.open("Error");
        writer.text("Description", &description(text));
        writer.text("ValidationCode", code);
        pointers(writer, at);
        writer.close();
    };
    for finding in &notice.findings {
        let text = format!("{}: {}", finding.code.as_str(), finding.message);
        error(&text, validation_code(finding.code), &Pointers::of(finding.field.as_deref(), finding.goods_line));
    }
    if notice.outcome == Outcome::Refused {
        for line in &notice.lines {
            for reason in &line.reasons {
                error(&reason_words(reason), REFUSED, &Pointers::line(line.number));
            }
        }
    }
}

fn reason_words(reason: &super::Reason<'_>) -> String {
    let parts = [reason.text.as_ref(), &reason.articles.join("; "), &reason.rule, &reason.status];
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" | ")
}

fn declaration(writer: &mut Writer, notice: &Notice<'_>) {
    writer.open("Declaration");
    let accepted = (notice.outcome == Outcome::Accepted).then_some(&notice.at);
    if let Some(at) = notice.accepted.as_ref().or(accepted) {
        time(writer, "AcceptanceDateTime", at);
    }
    if notice.outcome == Outcome::Cancelled {
        time(writer, "CancellationDateTime", &notice.at);
    }
    writer.optional("FunctionalReferenceID", &notice.reference);
    writer.optional("ID", notice.number.as_deref().unwrap_or_default());
    if notice.outcome == Outcome::Refused {
        time(writer, "RejectionDateTime", &notice.at);
    }
    writer.text("VersionID", &notice.version.to_string());
    writer.close();
}

fn pointers(writer: &mut Writer, pointers: &Pointers<'_>) {
    for step in pointers.steps() {
        writer.open("Pointer");
        writer.optional("SequenceNumeric", &step.sequence.map_or_else(String::new, |number| number.to_string()));
        writer.text("DocumentSectionCode", step.section);
        writer.optional("TagID", step.tag.unwrap_or_default());
        writer.close();
    }
}

/// A moment with its zone in whole hours (UN/CEFACT 304); in UTC where the zone has others.
fn time(writer: &mut Writer, name: &'static str, at: &ZonedDateTime) {
    let whole = at.offset().seconds() % 3600 == 0;
    let at = if whole { at.clone() } else { at.with_time_zone(TimeZone::UTC) };
    let hours = at.offset().seconds() / 3600;
    let zone = if hours == 0 { "Z".to_owned() } else { format!("{hours:+03}") };
    writer.open(name);
    let text = format!("{}{zone}", at.strftime("%Y%m%d%H%M%S"));
    writer.text_with("DateTimeString", &[("xmlns", TYPES), ("formatCode", "304")], &text);
    writer.close();
}

fn description(text: &str) -> String {
    if text.chars().count() <= DESCRIPTION {
        return text.to_owned();
    }
    text.chars().take(DESCRIPTION - 1).chain(['…']).collect()
}

/// The code of a finding in eight characters, which is what the data model has room for.
fn validation_code(code: FindingCode) -> &'static str {
    match code {
        FindingCode::NotXml => "MC100001",
        FindingCode::Encoding => "MC100002",
        FindingCode::Truncated => "MC100003",
        FindingCode::Syntax => "MC100004",
        FindingCode::Dtd => "MC100005",
        FindingCode::Entity => "MC100006",
        FindingCode::Limit => "MC100007",
        FindingCode::Namespace => "MC100008",
        FindingCode::UnknownFormat => "MC200001",
        FindingCode::OtherKind => "MC200002",
        FindingCode::Archive => "MC200003",
        FindingCode::Missing => "MC300001",
        FindingCode::NoGoods => "MC300002",
        FindingCode::Repeated => "MC300003",
        FindingCode::Deviation => "MC300004",
        FindingCode::BadNumber => "MC300005",
        FindingCode::Negative => "MC300006",
        FindingCode::BadDate => "MC300007",
        FindingCode::DuplicateLine => "MC300008",
        FindingCode::BadHs => "MC400001",
        FindingCode::UnknownHs => "MC400002",
        FindingCode::PreferentialHs => "MC400003",
        FindingCode::TariffEdition => "MC400004",
        FindingCode::UnknownCountry => "MC500001",
        FindingCode::UnknownCurrency => "MC500002",
        FindingCode::UnknownRegime => "MC500003",
        FindingCode::UnknownOffice => "MC500004",
        FindingCode::BadUnit => "MC500005",
        FindingCode::UnknownDirection => "MC500006",
        FindingCode::UnknownProcedure => "MC500007",
        FindingCode::UnknownFact => "MC600001",
        FindingCode::SampleKey => "MC600002",
        FindingCode::RecordLeftOut => "MC600003",
        FindingCode::Signature => "MC700001",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finding_has_a_code_of_its_own_that_fits() {
        let mut codes: Vec<_> = FindingCode::ALL.iter().map(|code| validation_code(*code)).chain([REFUSED]).collect();
        assert!(codes.iter().all(|code| code.len() == 8));
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), FindingCode::ALL.len() + 1);
    }
}
