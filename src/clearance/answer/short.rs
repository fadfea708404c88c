//! The permits that have too little left for a requirement, in an answer.

use super::super::examine::Examination;
use super::super::json::push_string;
use crate::law::RuleId;

/// Appends them, where there are any. Amounts are texts: no reader rounds them.
pub(super) fn push(out: &mut Vec<u8>, examination: &Examination<'_, '_>, line: usize, rule: RuleId) {
    let mut before = b",\"short\":[".as_slice();
    for short in examination.screening.short_of(line, rule) {
        let Some(record) = examination.records.record(short.record) else { continue };
        out.extend_from_slice(before);
        out.extend_from_slice(b"{\"number\":");
        push_string(out, &record.id);
        for (field, amount) in [("left", short.left), ("needed", short.needed)] {
            out.extend_from_slice(format!(",\"{field}\":\"{}\"", amount.normalize()).as_bytes());
        }
        out.extend_from_slice(b",\"unit\":");
        match short.unit {
            Some(unit) => push_string(out, unit.as_str()),
            None => out.extend_from_slice(b"null"),
        }
        out.push(b'}');
        before = b",";
    }
    if before == b"," {
        out.push(b']');
    }
}
