//! Writing numbers, days and text into XML without detours.

use jiff::civil::Date;

/// Writes behind what is there.
pub(super) trait Put {
    /// Text that needs no escaping.
    fn put(&mut self, text: &str);
    /// A whole number.
    fn number(&mut self, number: u64);
    /// A whole number with so many digits at least.
    fn digits(&mut self, number: u64, width: usize);
    /// A number with decimals, given in its smallest part; zeros at the end are left out.
    fn decimal(&mut self, parts: u64, decimals: u32);
    /// An element with text.
    fn element(&mut self, name: &str, text: &str);
    /// `yyyy-MM-dd`.
    fn day(&mut self, day: Date);
    /// `HH:mm:ss` of a second of the day, with `between` between its parts.
    fn clock(&mut self, second: u64, between: &str);
}

impl Put for Vec<u8> {
    fn put(&mut self, text: &str) {
        self.extend_from_slice(text.as_bytes());
    }

    fn number(&mut self, number: u64) {
        self.digits(number, 1);
    }

    fn digits(&mut self, mut number: u64, width: usize) {
        let mut digits = [b'0'; 20];
        let mut at = digits.len();
        while number > 0 {
            at -= 1;
            digits[at] = b'0' + u8::try_from(number % 10).unwrap_or(0);
            number /= 10;
        }
        self.extend_from_slice(&digits[at.min(digits.len() - width)..]);
    }

    fn decimal(&mut self, parts: u64, decimals: u32) {
        let unit = 10u64.pow(decimals);
        self.number(parts / unit);
        let (mut rest, mut width) = (parts % unit, decimals);
        if rest > 0 {
            while rest % 10 == 0 {
                rest /= 10;
                width -= 1;
            }
            self.push(b'.');
            self.digits(rest, width as usize);
        }
    }

    fn element(&mut self, name: &str, text: &str) {
        self.push(b'<');
        self.put(name);
        self.push(b'>');
        self.put(text);
        self.put("</");
        self.put(name);
        self.push(b'>');
    }

    fn day(&mut self, day: Date) {
        self.digits(u64::from(day.year().unsigned_abs()), 4);
        self.push(b'-');
        self.digits(u64::from(day.month().unsigned_abs()), 2);
        self.push(b'-');
        self.digits(u64::from(day.day().unsigned_abs()), 2);
    }

    fn clock(&mut self, second: u64, between: &str) {
        self.digits(second / 3600, 2);
        self.put(between);
        self.digits(second / 60 % 60, 2);
        self.put(between);
        self.digits(second % 60, 2);
    }
}

/// Text as XML writes it.
pub(super) fn escaped(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_write_them() {
        let write = |parts, decimals| {
            let mut out = Vec::new();
            out.decimal(parts, decimals);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(write(0, 2), "0");
        assert_eq!(write(120_050, 2), "1200.5");
        assert_eq!(write(1_001, 3), "1.001");
        assert_eq!(write(5_000, 3), "5");
        let mut out = Vec::new();
        out.digits(42, 9);
        out.clock(3_661, ":");
        assert_eq!(out, b"00000004201:01:01");
    }
}
