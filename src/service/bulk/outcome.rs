//! What became of one document.

use serde::Deserialize;

use crate::clearance::case::CaseId;
use crate::store::bulk::Item;
use crate::store::messages::Answer;
use crate::trade::Finding;

/// Letters of an item's name and error that are kept.
const TEXT_MAX: usize = 500;

/// What is kept of an answer.
#[derive(Deserialize)]
struct Brief {
    #[serde(default)]
    id: Option<CaseId>,
    #[serde(default)]
    detail: Option<String>,
}

/// An item that was answered.
pub(super) fn answered(number: u64, source: &str, answer: &Answer) -> Item {
    let brief = serde_json::from_slice::<Brief>(&answer.body).unwrap_or(Brief { id: None, detail: None });
    let accepted = answer.status < 300;
    let error = if accepted { None } else { Some(brief.detail.unwrap_or_default()) };
    item(number, source, answer.status, brief.id, error.as_deref())
}

/// An item that was refused.
pub(super) fn refused(number: u64, source: &str, status: u16, error: &str) -> Item {
    item(number, source, status, None, Some(error))
}

/// An item that could not be had.
pub(super) fn unreadable(number: u64, source: &str, finding: &Finding) -> Item {
    refused(number, source, 422, &format!("{}: {}", finding.code.as_str(), finding.message))
}

fn item(number: u64, source: &str, status: u16, case: Option<CaseId>, error: Option<&str>) -> Item {
    let accepted = error.is_none();
    Item { number, source: short(source), accepted, case, status, error: error.map(short) }
}

/// A text as it can be kept and shown.
pub(super) fn short(text: &str) -> String {
    text.chars().map(|sign| if sign.is_control() { '\u{fffd}' } else { sign }).take(TEXT_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, body: &str) -> Item {
        answered(1, "a.xml", &Answer { status, content_type: String::new(), body: body.as_bytes().to_vec() })
    }

    #[test]
    fn an_item_has_the_case_of_its_answer_or_what_is_wrong() {
        let case = "01890a5d-ac96-774b-bcce-b302099a8057";
        let taken = of(201, &format!("{{\"id\":\"{case}\",\"lines\":[{{\"id\":\"x\"}}]}}"));
        assert_eq!(
            (taken.accepted, taken.case.map(|id| id.to_string()).as_deref(), taken.error),
            (true, Some(case), None)
        );
        let refused = of(409, r#"{"title":"no","detail":"it came before"}"#);
        assert_eq!((refused.accepted, refused.case, refused.error.as_deref()), (false, None, Some("it came before")));
        assert!(!of(503, "no JSON").accepted);
    }

    #[test]
    fn names_of_members_are_kept_as_they_can_be_shown() {
        assert_eq!(short("a\0b\nc"), "a\u{fffd}b\u{fffd}c");
        assert_eq!(short(&"ô".repeat(2_000)).chars().count(), TEXT_MAX);
    }
}
