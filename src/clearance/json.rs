//! JSON written straight into bytes.

use crate::approval::{Calendar, Moment};
use crate::law::Day;

/// Appends a JSON string.
pub(super) fn push_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut from = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let escape: &[u8] = match byte {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            b'\t' => b"\\t",
            0..=0x1F => b"",
            _ => continue,
        };
        out.extend_from_slice(&bytes[from..at]);
        if escape.is_empty() {
            const HEX: &[u8; 16] = b"0123456789abcdef";
            out.extend_from_slice(b"\\u00");
            out.push(HEX[usize::from(byte >> 4)]);
            out.push(HEX[usize::from(byte & 15)]);
        } else {
            out.extend_from_slice(escape);
        }
        from = at + 1;
    }
    out.extend_from_slice(&bytes[from..]);
    out.push(b'"');
}

pub(super) fn push_string_list<S: AsRef<str>>(out: &mut Vec<u8>, texts: &[S]) {
    out.push(b'[');
    for (count, text) in texts.iter().enumerate() {
        if count > 0 {
            out.push(b',');
        }
        push_string(out, text.as_ref());
    }
    out.push(b']');
}

pub(super) fn push_optional(out: &mut Vec<u8>, text: Option<&str>) {
    match text {
        Some(text) => push_string(out, text),
        None => out.extend_from_slice(b"null"),
    }
}

pub(super) fn push_bool(out: &mut Vec<u8>, value: bool) {
    out.extend_from_slice(if value { b"true" } else { b"false" });
}

pub(super) fn push_number(out: &mut Vec<u8>, number: u32) {
    let mut digits = [0u8; 10];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        digits[at] = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

pub(super) fn push_optional_number(out: &mut Vec<u8>, number: Option<usize>) {
    match number {
        Some(number) => push_number(out, u32::try_from(number).unwrap_or(u32::MAX)),
        None => out.extend_from_slice(b"null"),
    }
}

pub(super) fn push_task_id(out: &mut Vec<u8>, at: usize) {
    out.extend_from_slice(b"\"t");
    push_number(out, u32::try_from(at + 1).unwrap_or(u32::MAX));
    out.push(b'"');
}

/// Appends a day as `yyyy-mm-dd`.
pub(super) fn push_date(out: &mut Vec<u8>, day: Day) {
    let number = day.number();
    let mut digits = [b'0'; 8];
    let mut rest = number;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
    }
    out.extend_from_slice(&digits[..4]);
    out.push(b'-');
    out.extend_from_slice(&digits[4..6]);
    out.push(b'-');
    out.extend_from_slice(&digits[6..]);
}

/// Appends a moment in quotes, or null.
pub(super) fn push_moment(out: &mut Vec<u8>, calendar: &Calendar, moment: Option<Moment>) {
    let Some(moment) = moment else {
        out.extend_from_slice(b"null");
        return;
    };
    out.push(b'"');
    write_moment(out, calendar, moment);
    out.push(b'"');
}

/// Appends a moment with the offset of the calendar's zone, as `2024-12-09T17:00:00+07:00`.
pub fn write_moment(out: &mut Vec<u8>, calendar: &Calendar, moment: Moment) {
    let time = moment.civil();
    let offset = calendar.offset_minutes(moment);
    push_date(out, Day::of(time.date()));
    out.push(b'T');
    push_two_digits(out, time.hour().unsigned_abs().into());
    out.push(b':');
    push_two_digits(out, time.minute().unsigned_abs().into());
    out.extend_from_slice(b":00");
    out.push(if offset < 0 { b'-' } else { b'+' });
    push_two_digits(out, offset.unsigned_abs() / 60);
    out.push(b':');
    push_two_digits(out, offset.unsigned_abs() % 60);
}

fn push_two_digits(out: &mut Vec<u8>, number: u32) {
    if number < 10 {
        out.push(b'0');
    }
    push_number(out, number);
}
