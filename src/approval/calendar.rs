//! The days that are worked, office hours and the zone, prebuilt from a pack.
//!
//! A day is its number since 1970-01-01 and a bit; adding working days counts bits. Outside the
//! years of the holiday list the week alone decides, and [`Calendar::lists`] says so; in a year
//! with an estimated holiday all of it is an estimate.

use jiff::civil::{Date, DateTime, date};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use crate::law::{EndOnDayOff, Pack};

/// A moment on the clock of the pack's zone, to the minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

/// Minutes of a day.
const DAY: i64 = 24 * 60;

impl Moment {
    /// The last moment that can be written.
    pub const MAX: Self = Self((LAST_DAY + 1) * DAY - 1);

    /// The moment of a civil time; seconds are cut off.
    pub fn of(time: DateTime) -> Self {
        Self::on(number(time.date()), i64::from(time.hour()) * 60 + i64::from(time.minute()))
    }

    /// The civil time.
    pub fn civil(self) -> DateTime {
        let minute = self.minute();
        let hour = i8::try_from(minute / 60).unwrap_or(0);
        self.date().at(hour, i8::try_from(minute % 60).unwrap_or(0), 0, 0)
    }

    /// The day.
    pub fn date(self) -> Date {
        civil(self.day())
    }

    /// The number of its day.
    pub(super) fn day(self) -> i64 {
        self.0.div_euclid(DAY)
    }

    /// Minutes since midnight.
    pub(super) fn minute(self) -> i64 {
        self.0.rem_euclid(DAY)
    }

    /// A minute of a day; the end of the day is its last minute.
    pub(super) fn on(day: i64, minute: i64) -> Self {
        Self(day * DAY + minute.clamp(0, DAY - 1)).min(Self::MAX)
    }

    /// So many minutes later.
    pub(super) fn later(self, minutes: i64) -> Self {
        Self(self.0.saturating_add(minutes)).min(Self::MAX)
    }

    /// Minutes from an earlier moment to this one.
    pub(super) fn minutes_since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// The moment halfway to a later one.
    pub(super) fn midpoint(self, later: Self) -> Self {
        Self(self.0.midpoint(later.0))
    }
}

const EPOCH: Date = date(1970, 1, 1);
/// 9999-12-31.
pub(super) const LAST_DAY: i64 = 2_932_896;

/// The number of a day.
pub(super) fn number(date: Date) -> i64 {
    date.duration_since(EPOCH).as_hours() / 24
}

/// The day of a number.
fn civil(number: i64) -> Date {
    EPOCH.saturating_add(SignedDuration::from_hours(number.saturating_mul(24)))
}

/// The working-time calendar of a pack.
#[derive(Debug, Clone)]
pub struct Calendar {
    /// Bits of worked days: word `first_word` holds the first listed day, bit 0 is day `64 × word`.
    words: Vec<u64>,
    first_word: i64,
    /// The words of weeks without holidays. 64 days are nine weeks and a day, so the word after
    /// begins one weekday later.
    week: [u64; 7],
    /// First and last day of the years that the holiday list speaks of.
    listed: Option<(i64, i64)>,
    /// First and last day of stretches of years with an estimated holiday, in order.
    estimated: Vec<(i64, i64)>,
    /// Office hours, minutes since midnight, in order.
    pub(super) office: Vec<(i64, i64)>,
    pub(super) end_on_day_off: EndOnDayOff,
    zone: Zone,
}

impl Calendar {
    /// The calendar of a pack. Without office hours a day is open from midnight to midnight;
    /// without any working day in the week, every day is one.
    pub fn new(pack: &Pack) -> Self {
        let weekend = if pack.calendar.weekend & 127 == 127 { 0 } else { pack.calendar.weekend };
        let mut week = [0u64; 7];
        for (at, word) in (0i64..).zip(&mut week) {
            for bit in 0..64 {
                // 1970-01-01 was a Thursday, the fourth day of the week.
                let weekday = (at + bit + 3).rem_euclid(7);
                *word |= u64::from(weekend >> weekday & 1 == 0) << bit;
            }
        }
        let mut office: Vec<(i64, i64)> =
            pack.office_hours.iter().map(|(from, to)| (i64::from(*from), i64::from(*to))).collect();
        office.retain(|(from, to)| from < to);
        if office.is_empty() {
            office.push((0, DAY));
        }
        let mut calendar = Self {
            words: Vec::new(),
            first_word: 0,
            week,
            listed: None,
            estimated: estimated(pack),
            office,
            end_on_day_off: pack.calendar.end_on_day_off,
            zone: Zone::new(&pack.time_zone),
        };
        calendar.list(pack);
        calendar
    }

    /// Enters the holidays, and the days worked in their stead.
    fn list(&mut self, pack: &Pack) {
        let days: Vec<(Date, bool)> =
            pack.holidays.iter().filter_map(|holiday| Some((holiday.day.date()?, holiday.working))).collect();
        let years = days.iter().map(|(day, _)| day.year());
        let (Some(first), Some(last)) = (years.clone().min(), years.max()) else {
            return;
        };
        let (Ok(first), Ok(last)) = (Date::new(first, 1, 1), Date::new(last, 12, 31)) else {
            return;
        };
        let (first, last) = (number(first), number(last));
        let words = first.div_euclid(64)..=last.div_euclid(64);
        self.listed = Some((first, last));
        let words: Vec<u64> = words.map(|at| self.word(at)).collect();
        self.first_word = first.div_euclid(64);
        self.words = words;
        for (day, working) in days {
            let day = number(day);
            let at = usize::try_from(day.div_euclid(64) - self.first_word).ok();
            if let Some(word) = at.and_then(|at| self.words.get_mut(at)) {
                let bit = 1 << day.rem_euclid(64);
                *word = if working { *word | bit } else { *word & !bit };
            }
        }
    }

    /// Whether the day is worked.
    pub fn is_working(&self, day: Date) -> bool {
        self.works(number(day))
    }

    /// Whether the day's year is in the holiday list; else the week alone decided.
    pub fn lists(&self, day: Date) -> bool {
        let day = number(day);
        self.listed.is_some_and(|(first, last)| (first..=last).contains(&day))
    }

    /// Whether a stretch of days touches a year whose holidays are estimated or not listed.
    pub(super) fn guesses(&self, first: i64, last: i64) -> bool {
        let listed = self.listed.is_some_and(|(from, to)| from <= first && last <= to);
        !listed || self.estimated.iter().any(|(from, to)| *from <= last && first <= *to)
    }

    /// How many working days lie after day `from`, up to and with day `to`; 0 where `to` is not
    /// later. From the day of a declaration to the day of its clearance these are the working
    /// days it took.
    pub fn working_days_between(&self, from: Date, to: Date) -> u32 {
        self.worked(number(from), number(to))
    }

    /// The opening of office hours on a day, worked or not: where the clock of a declaration
    /// begins that states a day only.
    pub fn opening(&self, day: Date) -> Moment {
        Moment::on(number(day), self.office.first().map_or(0, |(from, _)| *from))
    }

    /// A moment of the pack's zone as one of the whole world; `None` beyond what can be written.
    pub fn timestamp(&self, moment: Moment) -> Option<Timestamp> {
        let offset = Offset::from_seconds(self.offset_minutes(moment) * 60).ok()?;
        offset.to_timestamp(moment.civil()).ok()
    }

    /// Hours and minutes east of Greenwich at a moment of the pack's zone, in minutes.
    pub fn offset_minutes(&self, moment: Moment) -> i32 {
        self.zone.offset_minutes(moment)
    }

    /// The end of office hours, in minutes since midnight.
    pub(super) fn closing(&self) -> i64 {
        self.office.last().map_or(DAY - 1, |(_, to)| (*to).min(DAY - 1))
    }

    /// Whether a day is worked.
    pub(super) fn works(&self, day: i64) -> bool {
        self.word(day.div_euclid(64)) >> day.rem_euclid(64) & 1 == 1
    }

    /// See [`Calendar::working_days_between`].
    pub(super) fn worked(&self, from: i64, to: i64) -> u32 {
        if to <= from {
            return 0;
        }
        let (first, last) = ((from + 1).div_euclid(64), to.div_euclid(64));
        let mut count = 0;
        for at in first..=last {
            let mut word = self.word(at);
            if at == first {
                word &= u64::MAX << (from + 1).rem_euclid(64);
            }
            if at == last {
                word &= u64::MAX >> (63 - to.rem_euclid(64));
            }
            count += word.count_ones();
        }
        count
    }

    /// The `count`th working day after a day, counted from 1.
    pub(super) fn nth_after(&self, day: i64, count: u32) -> i64 {
        let mut left = count.max(1);
        let mut at = (day + 1).div_euclid(64);
        let mut word = self.word(at) & u64::MAX << (day + 1).rem_euclid(64);
        while at * 64 <= LAST_DAY {
            let here = word.count_ones();
            if left <= here {
                for _ in 1..left {
                    word &= word - 1;
                }
                return (at * 64 + i64::from(word.trailing_zeros())).min(LAST_DAY);
            }
            left -= here;
            at += 1;
            word = self.word(at);
        }
        LAST_DAY
    }

    /// The days of a word.
    fn word(&self, at: i64) -> u64 {
        let listed = usize::try_from(at - self.first_word).ok().and_then(|at| self.words.get(at));
        listed.copied().unwrap_or_else(|| {
            let weekday = usize::try_from(at.rem_euclid(7)).unwrap_or(0);
            self.week[weekday]
        })
    }
}

/// The stretches of years with an estimated holiday.
fn estimated(pack: &Pack) -> Vec<(i64, i64)> {
    let guessed = pack.holidays.iter().filter(|holiday| !holiday.certain);
    let mut years: Vec<i16> = guessed.filter_map(|holiday| Some(holiday.day.date()?.year())).collect();
    years.sort_unstable();
    let mut found: Vec<(i64, i64)> = Vec::new();
    for year in years {
        let (Ok(first), Ok(last)) = (Date::new(year, 1, 1), Date::new(year, 12, 31)) else { continue };
        let (first, last) = (number(first), number(last));
        match found.last_mut() {
            Some((_, end)) if first <= *end + 1 => *end = last,
            _ => found.push((first, last)),
        }
    }
    found
}

/// A zone, with what most moments ask of it at hand.
#[derive(Debug, Clone)]
struct Zone {
    zone: TimeZone,
    /// From when on, and how far, where the zone has changed its offset for the last time.
    settled: Option<(Moment, i32)>,
}

impl Zone {
    fn new(name: &str) -> Self {
        let zone = TimeZone::get(name).unwrap_or(TimeZone::UTC);
        let last = zone.preceding(jiff::Timestamp::MAX).next();
        let settled = match last {
            Some(change) => {
                let offset = change.offset();
                Some((Moment::of(offset.to_datetime(change.timestamp())), offset.seconds() / 60))
            }
            None => Some((Moment(i64::MIN), zone.to_offset(jiff::Timestamp::UNIX_EPOCH).seconds() / 60)),
        };
        Self { zone, settled }
    }

    fn offset_minutes(&self, moment: Moment) -> i32 {
        match self.settled {
            Some((from, minutes)) if from <= moment => minutes,
            _ => {
                let timestamp = self.zone.to_ambiguous_timestamp(moment.civil()).compatible();
                timestamp.map_or(0, |timestamp| self.zone.to_offset(timestamp).seconds() / 60)
            }
        }
    }
}
