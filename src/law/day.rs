//! Days and closed intervals of days.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A day, as the number `yyyymmdd`: compares and prints as its ISO text does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Day(u32);

impl Day {
    /// The first day that can be written.
    pub const MIN: Self = Self(0);
    /// The day after every day: an open end.
    pub const MAX: Self = Self(99_991_231);

    /// The day of a civil date; years before 0 count as the first day.
    pub fn of(date: Date) -> Self {
        let year = u32::try_from(date.year()).unwrap_or(0);
        let month = u32::from(date.month().unsigned_abs());
        let day = u32::from(date.day().unsigned_abs());
        Self(year * 10_000 + month * 100 + day)
    }

    /// The number `yyyymmdd`.
    pub fn number(self) -> u32 {
        self.0
    }

    /// The day of a number `yyyymmdd`; a number between two days sorts between them.
    pub(super) fn from_number(number: u32) -> Self {
        Self(number)
    }

    /// The number after this one: between this day and the next.
    #[must_use]
    pub fn next_number(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The day after; an open end stays open.
    #[must_use]
    pub fn tomorrow(self) -> Self {
        self.date().and_then(|date| date.tomorrow().ok()).map_or_else(|| self.next_number(), Self::of)
    }

    /// The number before this one: between the day before and this day.
    #[must_use]
    pub fn previous_number(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// The civil date, unless this is an open end.
    pub fn date(self) -> Option<Date> {
        let year = i16::try_from(self.0 / 10_000).ok()?;
        let month = i8::try_from(self.0 / 100 % 100).ok()?;
        let day = i8::try_from(self.0 % 100).ok()?;
        Date::new(year, month, day).ok()
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0 / 10_000, self.0 / 100 % 100, self.0 % 100)
    }
}

impl std::fmt::Debug for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

/// An interval of days, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interval {
    /// First day.
    pub from: Day,
    /// Last day; [`Day::MAX`] where it is open.
    pub to: Day,
}

impl Interval {
    /// All days.
    pub const ALWAYS: Self = Self { from: Day::MIN, to: Day::MAX };

    /// Whether `day` lies in it.
    pub fn contains(self, day: Day) -> bool {
        self.from <= day && day <= self.to
    }
}
