//! When a limit ends: cases counted by hand on the calendar of Viet Nam, and what always holds.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, date};
use motcua::approval::{Calendar, Limit, Moment, Pause};
use motcua::law::{DeadlineUnit, EndOnDayOff};
use proptest::prelude::*;

fn calendar() -> Calendar {
    Calendar::new(motcua::embedded::pack())
}

fn time(text: &str) -> DateTime {
    text.parse().unwrap()
}

fn limit(value: u32, unit: DeadlineUnit) -> Limit {
    Limit { value: Some(value), unit }
}

/// `due` of a limit with pauses written as `from to`.
fn due(start: &str, value: u32, unit: DeadlineUnit, pauses: &[(&str, &str)]) -> String {
    let pauses: Vec<Pause> = pauses.iter().map(|(from, to)| Pause { from: time(from), to: time(to) }).collect();
    calendar().due(time(start), limit(value, unit), &pauses).strftime("%Y-%m-%d %H:%M").to_string()
}

#[test]
fn working_days_end_with_the_office_hours_of_the_last() {
    for (start, value, expected) in [
        // Monday 2 December 2024: Tue 3 to Fri 6, Mon 9.
        ("2024-12-02T08:00", 5, "2024-12-09 17:00"),
        // The time of the day changes nothing: the day of the start does not count.
        ("2024-12-02T00:00", 5, "2024-12-09 17:00"),
        ("2024-12-02T23:59", 5, "2024-12-09 17:00"),
        ("2024-12-02T08:00", 1, "2024-12-03 17:00"),
        // Friday, Saturday and Sunday: Monday is the first day.
        ("2024-12-06T08:00", 1, "2024-12-09 17:00"),
        ("2024-12-07T08:00", 1, "2024-12-09 17:00"),
        ("2024-12-08T08:00", 1, "2024-12-09 17:00"),
        // Tết 2026 from Monday 16 to Friday 20 February.
        ("2026-02-13T08:00", 1, "2026-02-23 17:00"),
        ("2026-02-15T08:00", 2, "2026-02-24 17:00"),
        // Over the new year: Wed 31, 1 January off, Fri 2.
        ("2025-12-30T08:00", 2, "2026-01-02 17:00"),
        // Saturday 22 August 2026 is made up, 31 August to 2 September are off.
        ("2026-08-21T08:00", 1, "2026-08-22 17:00"),
        ("2026-08-21T08:00", 7, "2026-09-03 17:00"),
        // A fortnight of ten, thirty over a month.
        ("2026-03-02T08:00", 10, "2026-03-16 17:00"),
        ("2026-03-02T08:00", 30, "2026-04-13 17:00"),
    ] {
        assert_eq!(due(start, value, DeadlineUnit::WorkingDays, &[]), expected, "{value} from {start}");
    }
}

#[test]
fn a_limit_of_nothing_ends_with_the_day() {
    for (unit, start, expected) in [
        (DeadlineUnit::WorkingDays, "2024-12-02T08:00", "2024-12-02 17:00"),
        (DeadlineUnit::WorkingDays, "2024-12-02T17:01", "2024-12-03 17:00"),
        (DeadlineUnit::WorkingDays, "2024-12-07T08:00", "2024-12-09 17:00"),
        (DeadlineUnit::Days, "2024-12-02T08:00", "2024-12-02 17:00"),
        (DeadlineUnit::Days, "2024-12-07T08:00", "2024-12-09 17:00"),
        (DeadlineUnit::WorkingHours, "2024-12-07T08:00", "2024-12-07 08:00"),
        (DeadlineUnit::Hours, "2024-12-07T08:00", "2024-12-07 08:00"),
    ] {
        assert_eq!(due(start, 0, unit, &[]), expected, "{unit:?} from {start}");
    }
    let automatic = Limit { value: None, unit: DeadlineUnit::WorkingDays };
    assert_eq!(calendar().due(time("2024-12-07T21:30"), automatic, &[]), time("2024-12-07T21:30"));
}

#[test]
fn days_of_the_calendar_move_from_a_day_off_to_the_next_working_day() {
    for (start, value, expected) in [
        ("2024-12-02T08:00", 5, "2024-12-09 17:00"), // Saturday 7 becomes Monday 9
        ("2024-12-02T08:00", 4, "2024-12-06 17:00"),
        ("2026-02-10T08:00", 7, "2026-02-23 17:00"), // the 17th lies in Tết
        ("2026-08-20T08:00", 2, "2026-08-22 17:00"), // the made-up Saturday is worked
        ("2024-12-02T08:00", 45, "2025-01-16 17:00"),
    ] {
        assert_eq!(due(start, value, DeadlineUnit::Days, &[]), expected, "{value} from {start}");
    }
    let mut pack = motcua::embedded::pack().clone();
    pack.calendar.end_on_day_off = EndOnDayOff::SameDay;
    let due = Calendar::new(&pack).due(time("2024-12-02T08:00"), limit(5, DeadlineUnit::Days), &[]);
    assert_eq!(due, time("2024-12-07T17:00"));
}

#[test]
fn hours_run_in_office_hours_or_by_the_clock() {
    let hours = DeadlineUnit::WorkingHours;
    for (start, value, expected) in [
        ("2024-12-02T08:00", 4, "2024-12-02 12:00"),
        ("2024-12-02T10:30", 3, "2024-12-02 14:30"), // an hour and a half before noon, as much after
        ("2024-12-02T12:20", 1, "2024-12-02 14:00"),
        ("2024-12-02T16:00", 2, "2024-12-03 09:00"),
        ("2024-12-06T16:00", 9, "2024-12-09 17:00"), // Friday afternoon, all of Monday
        ("2024-12-07T10:00", 1, "2024-12-09 09:00"),
        ("2024-12-02T06:00", 8, "2024-12-02 17:00"),
    ] {
        assert_eq!(due(start, value, hours, &[]), expected, "{value} from {start}");
    }
    assert_eq!(due("2024-12-06T16:00", 24, DeadlineUnit::Hours, &[]), "2024-12-07 16:00");
}

#[test]
fn what_rests_on_estimated_holidays_says_so() {
    use DeadlineUnit::{Days, Hours, WorkingDays, WorkingHours};
    let calendar = calendar();
    // Published to the end of 2026, estimated to that of 2030.
    for (start, value, unit, expected) in [
        ("2026-12-28T08:00", 3, WorkingDays, false),
        ("2026-12-29T08:00", 3, WorkingDays, true),
        ("2026-12-31T08:00", 1, Days, true),
        ("2026-12-30T08:00", 1, Days, false),
        ("2026-12-31T16:00", 2, WorkingHours, true),
        ("2026-12-31T15:00", 2, WorkingHours, false),
        ("2026-12-31T15:00", 48, Hours, false),
        ("2030-12-31T08:00", 1, WorkingDays, true),
        ("2031-03-03T08:00", 1, WorkingDays, true),
        ("2014-12-31T08:00", 1, WorkingDays, false),
        ("2014-12-30T08:00", 1, WorkingDays, true),
    ] {
        let start = Moment::of(time(start));
        let due = calendar.due_at(start, limit(value, unit), &[]);
        assert_eq!(calendar.is_estimated(start, limit(value, unit), due), expected, "{value} {unit:?} from {start:?}");
    }
    let start = Moment::of(time("2028-03-01T08:00"));
    assert!(!calendar.is_estimated(start, Limit { value: None, unit: WorkingDays }, start), "automatic");
}

#[test]
fn a_pause_stops_the_clock() {
    let days = DeadlineUnit::WorkingDays;
    // From Monday 2 December: Tue 3, Wed 4, Thu 5 without a pause.
    for (pauses, expected) in [
        // Tuesday to Thursday: begun days do not count, Fri 6, Mon 9, Tue 10 do.
        (&[("2024-12-03T10:00", "2024-12-05T15:00")][..], "2024-12-10 17:00"),
        // Begun after office hours on Tuesday, which is whole, ended before those of Thursday.
        (&[("2024-12-03T17:00", "2024-12-05T08:00")], "2024-12-06 17:00"),
        // In the night and at noon no office hour is lost.
        (&[("2024-12-03T19:00", "2024-12-03T22:00")], "2024-12-05 17:00"),
        (&[("2024-12-04T12:00", "2024-12-04T13:00")], "2024-12-05 17:00"),
        // An hour of the morning costs its day.
        (&[("2024-12-04T09:00", "2024-12-04T10:00")], "2024-12-06 17:00"),
        // Two pauses, one within the other and out of order.
        (&[("2024-12-04T09:00", "2024-12-04T10:00"), ("2024-12-03T09:00", "2024-12-04T16:00")], "2024-12-09 17:00"),
        // Over before the clock starts; backwards.
        (&[("2024-11-28T09:00", "2024-12-02T07:00")], "2024-12-05 17:00"),
        (&[("2024-12-05T09:00", "2024-12-03T09:00")], "2024-12-05 17:00"),
        // On the day of the start, which does not count anyway.
        (&[("2024-12-02T09:00", "2024-12-02T10:00")], "2024-12-05 17:00"),
        // Over the week-end: Thursday and Friday lost, the week-end nobody's.
        (&[("2024-12-05T09:00", "2024-12-08T10:00")], "2024-12-09 17:00"),
    ] {
        assert_eq!(due("2024-12-02T08:00", 3, days, pauses), expected, "{pauses:?}");
    }
    // Days of the calendar: Tue 3 and Wed 4 are begun; Thu 5, Fri 6, Sat 7, so Mon 9.
    let pause = [("2024-12-03T10:00", "2024-12-04T15:00")];
    assert_eq!(due("2024-12-02T08:00", 3, DeadlineUnit::Days, &pause), "2024-12-09 17:00");
    // Where the day moves to is not in a pause either.
    let monday = [("2024-12-09T09:00", "2024-12-09T10:00")];
    assert_eq!(due("2024-12-02T08:00", 5, DeadlineUnit::Days, &monday), "2024-12-10 17:00");
    // Hours stop to the minute: 08:00 to 09:30, then from 10:15.
    let stop = [("2024-12-02T09:30", "2024-12-02T10:15")];
    assert_eq!(due("2024-12-02T08:00", 3, DeadlineUnit::WorkingHours, &stop), "2024-12-02 11:45");
    assert_eq!(due("2024-12-02T08:00", 3, DeadlineUnit::Hours, &stop), "2024-12-02 11:45");
    // Over noon only the office hours in it are lost: until 11:00, then from 14:00.
    let noon = [("2024-12-02T11:00", "2024-12-02T14:00")];
    assert_eq!(due("2024-12-02T08:00", 4, DeadlineUnit::WorkingHours, &noon), "2024-12-02 15:00");
    assert_eq!(due("2024-12-02T08:00", 4, DeadlineUnit::Hours, &noon), "2024-12-02 15:00");
    // From within a pause.
    assert_eq!(due("2024-12-02T12:30", 1, DeadlineUnit::Hours, &noon), "2024-12-02 15:00");
}

#[test]
fn the_week_decides_outside_the_list_and_it_says_so() {
    let calendar = calendar();
    assert!(calendar.lists(date(2026, 2, 17)) && !calendar.is_working(date(2026, 2, 17)));
    assert!(calendar.lists(date(2015, 1, 1)) && calendar.lists(date(2030, 12, 31)));
    assert!(!calendar.lists(date(2014, 12, 31)) && !calendar.lists(date(2031, 1, 1)));
    // 1 January 2014 was a Wednesday, 1 January 2035 is a Monday.
    assert!(calendar.is_working(date(2014, 1, 1)) && calendar.is_working(date(2035, 1, 1)));
    assert!(!calendar.is_working(date(2014, 1, 4)) && !calendar.is_working(date(2035, 1, 7)));
    assert!(!calendar.is_working(date(1969, 12, 27)) && calendar.is_working(date(1969, 12, 29)));
}

#[test]
fn a_pack_may_have_another_week_and_no_office_hours() {
    let mut pack = motcua::embedded::pack().clone();
    pack.calendar.weekend = 1 << 4;
    pack.holidays.clear();
    pack.office_hours.clear();
    let calendar = Calendar::new(&pack);
    assert!(!calendar.is_working(date(2024, 12, 6)) && calendar.is_working(date(2024, 12, 8)));
    let due = calendar.due(time("2024-12-05T08:00"), limit(1, DeadlineUnit::WorkingDays), &[]);
    assert_eq!(due, time("2024-12-07T23:59"));
    // A week without a working day cannot be: every day counts.
    pack.calendar.weekend = 127;
    let due = Calendar::new(&pack).due(time("2024-12-05T08:00"), limit(1, DeadlineUnit::WorkingDays), &[]);
    assert_eq!(due.date(), date(2024, 12, 6));
}

#[test]
fn the_offset_is_that_of_the_zone_on_the_day() {
    let offset = |pack: &motcua::law::Pack, day: Date| {
        let calendar = Calendar::new(pack);
        calendar.offset_minutes(Moment::of(day.at(12, 0, 0, 0)))
    };
    let mut pack = motcua::embedded::pack().clone();
    assert_eq!(offset(&pack, date(2024, 12, 2)), 420);
    assert_eq!(offset(&pack, date(1972, 1, 3)), 480);
    pack.time_zone = "Europe/Berlin".into();
    assert_eq!(offset(&pack, date(2024, 12, 2)), 60);
    assert_eq!(offset(&pack, date(2024, 7, 1)), 120);
    pack.time_zone = "America/St_Johns".into();
    assert_eq!(offset(&pack, date(2024, 12, 2)), -210);
    pack.time_zone = "UTC".into();
    assert_eq!(offset(&pack, date(2024, 12, 2)), 0);
}

#[test]
fn far_limits_end_with_time_itself() {
    let calendar = calendar();
    for unit in DeadlineUnit::ALL {
        for start in [date(1, 1, 1), date(9999, 12, 30), date(9999, 12, 31)] {
            let due = calendar.due(start.at(8, 0, 0, 0), limit(u32::MAX, *unit), &[]);
            assert_eq!(due.date(), date(9999, 12, 31), "{unit:?}");
            let pause = Pause { from: start.at(9, 0, 0, 0), to: date(9999, 12, 31).at(23, 0, 0, 0) };
            assert!(calendar.due(start.at(8, 0, 0, 0), limit(3, *unit), &[pause]).date() >= start);
        }
    }
}

fn starts() -> impl Strategy<Value = DateTime> {
    (0i64..9_000, 0i64..1_440).prop_map(|(day, minute)| date(2013, 6, 1).at(0, 0, 0, 0) + day.days().minutes(minute))
}

fn units() -> impl Strategy<Value = DeadlineUnit> {
    prop::sample::select(DeadlineUnit::ALL)
}

fn pauses(most: usize) -> impl Strategy<Value = Vec<(i64, i64)>> {
    prop::collection::vec((-3_000i64..40_000, 0i64..9_000), 0..most)
}

fn after(start: DateTime, pauses: &[(i64, i64)]) -> Vec<Pause> {
    let from = |(begin, _): &(i64, i64)| start + begin.minutes();
    pauses.iter().map(|pause| Pause { from: from(pause), to: from(pause) + pause.1.minutes() }).collect()
}

/// Working days counted one after the other, as people do.
fn by_hand(calendar: &Calendar, start: Date, count: u32) -> Date {
    let mut day = start;
    let mut left = count;
    while left > 0 {
        day = day.tomorrow().unwrap();
        left -= u32::from(calendar.is_working(day));
    }
    day
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn counting_bits_is_counting_days(start in starts(), count in 1u32..80) {
        let calendar = calendar();
        let expected = by_hand(&calendar, start.date(), count);
        let due = calendar.due(start, limit(count, DeadlineUnit::WorkingDays), &[]);
        prop_assert_eq!(due, expected.at(17, 0, 0, 0));
        prop_assert_eq!(calendar.working_days_between(start.date(), expected), count);
        prop_assert_eq!(calendar.working_days_between(expected, start.date()), 0);
    }

    #[test]
    fn what_starts_later_ends_no_earlier(start in starts(), later in 0i64..20_000, value in 0u32..40, unit in units()) {
        let calendar = calendar();
        let one = calendar.due(start, limit(value, unit), &[]);
        let other = calendar.due(start + later.minutes(), limit(value, unit), &[]);
        prop_assert!(one <= other);
    }

    #[test]
    fn a_longer_limit_ends_no_earlier_and_none_before_it_starts(start in starts(), value in 0u32..40, unit in units(), pauses in pauses(3)) {
        let calendar = calendar();
        let pauses = after(start, &pauses);
        let one = calendar.due(start, limit(value, unit), &pauses);
        let longer = calendar.due(start, limit(value + 1, unit), &pauses);
        prop_assert!(start <= one && one <= longer, "{one} {longer}");
    }

    #[test]
    fn days_end_on_working_days_with_the_office_hours(start in starts(), value in 0u32..40, whole in any::<bool>(), pauses in pauses(3)) {
        let calendar = calendar();
        let unit = if whole { DeadlineUnit::Days } else { DeadlineUnit::WorkingDays };
        let due = calendar.due(start, limit(value, unit), &after(start, &pauses));
        prop_assert!(calendar.is_working(due.date()), "{due}");
        prop_assert_eq!((due.hour(), due.minute()), (17, 0));
    }

    #[test]
    fn a_pause_never_shortens(start in starts(), value in 0u32..40, unit in units(), pauses in pauses(4)) {
        let calendar = calendar();
        let pauses = after(start, &pauses);
        let mut before = calendar.due(start, limit(value, unit), &[]);
        for count in 1..=pauses.len() {
            let paused = calendar.due(start, limit(value, unit), &pauses[..count]);
            prop_assert!(before <= paused, "{before} {paused}");
            before = paused;
        }
    }

    #[test]
    fn the_order_of_pauses_changes_nothing(start in starts(), value in 0u32..40, unit in units(), pauses in pauses(4)) {
        let calendar = calendar();
        let mut pauses = after(start, &pauses);
        let one = calendar.due(start, limit(value, unit), &pauses);
        pauses.reverse();
        prop_assert_eq!(one, calendar.due(start, limit(value, unit), &pauses));
    }

    #[test]
    fn the_clock_runs_for_all_of_its_hours(start in starts(), hours in 1u32..30, pauses in pauses(3)) {
        // Minute by minute: those within office hours and outside pauses are as many as the limit.
        let calendar = calendar();
        let pauses = after(start, &pauses);
        let due = calendar.due(start, limit(hours, DeadlineUnit::WorkingHours), &pauses);
        let mut minutes = 0;
        let mut at = start;
        while at < due {
            let day_minute = i32::from(at.hour()) * 60 + i32::from(at.minute());
            let open = (480..720).contains(&day_minute) || (780..1020).contains(&day_minute);
            let runs = open && calendar.is_working(at.date()) && !pauses.iter().any(|p| p.from <= at && at < p.to);
            minutes += u32::from(runs);
            at += 1.minutes();
        }
        prop_assert_eq!(minutes, hours * 60);
    }
}
