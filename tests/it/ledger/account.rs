//! One account: every step, in order and out of it.

use motcua::ledger::{
    Account, AccountId, Amount, Change, Closing, ClosingReason, Command, Event, Limit, Outcome, ReplayError, Standing,
    Validity,
};
use motcua::trade::Quantity;

use super::{account, balance, carry_out, day, key, quantity, through_json, unit, units, valid};

const YEAR: &str = "2026-01-01..2026-12-31";

/// A permit with its commands, each of line 1 of declaration `D` registered on 2026-06-01.
struct Permit(Account);

impl Permit {
    fn of(granted: &str) -> Self {
        Self(account("GP-1", granted, YEAR))
    }

    #[track_caller]
    fn does(&mut self, command: &Command, expected: &str) {
        let before = self.0.clone();
        let found = match carry_out(&mut self.0, command) {
            Ok(Outcome::Event(Event::Draw { change, .. })) => match change {
                Change::Reserved(amount) => format!("reserved {amount}"),
                Change::WrittenOff(amount) => format!("written off {amount}"),
                Change::Amended { quantity, written_off: false } => format!("amended, reserved {quantity}"),
                Change::Amended { quantity, written_off: true } => format!("amended, written off {quantity}"),
                Change::Restored => "restored".into(),
            },
            Ok(Outcome::Event(Event::Granted { .. })) => "granted".into(),
            Ok(Outcome::Event(Event::Closed { .. })) => "closed".into(),
            Ok(Outcome::Unchanged(reason)) => reason.to_string(),
            Err(error) => {
                assert_eq!(self.0, before);
                error.to_string()
            }
        };
        assert_eq!(found, expected);
    }

    #[track_caller]
    fn reserve(&mut self, revision: u32, asked: &str, expected: &str) {
        self.reserve_on("2026-06-01", revision, asked, expected);
    }

    #[track_caller]
    fn reserve_on(&mut self, on: &str, revision: u32, asked: &str, expected: &str) {
        let (key, day, quantity) = (key("D", 1), day(on), quantity(asked));
        self.does(&Command::Reserve { key, revision, day, quantity }, expected);
    }

    #[track_caller]
    fn amend(&mut self, revision: u32, asked: &str, expected: &str) {
        let (key, day, quantity) = (key("D", 1), day("2026-06-01"), quantity(asked));
        self.does(&Command::Amend { key, revision, day, quantity }, expected);
    }

    #[track_caller]
    fn write_off(&mut self, revision: u32, asked: Option<&str>, expected: &str) {
        let (key, day, quantity) = (key("D", 1), day("2026-06-01"), asked.map(quantity));
        self.does(&Command::WriteOff { key, revision, day, quantity }, expected);
    }

    #[track_caller]
    fn restore(&mut self, revision: u32, expected: &str) {
        self.does(&Command::Restore { key: key("D", 1), revision }, expected);
    }

    #[track_caller]
    fn grant(&mut self, revision: u32, granted: Option<&str>, days: &str, expected: &str) {
        let (quantity, valid) = (granted.map(quantity), valid(days));
        self.does(&Command::Grant { revision, quantity, valid }, expected);
    }

    #[track_caller]
    fn close(&mut self, revision: u32, reason: ClosingReason, on: &str, expected: &str) {
        self.does(&Command::Close { revision, closing: Closing { reason, on: day(on) } }, expected);
    }

    #[track_caller]
    fn stands(&self, expected: [&str; 3]) {
        assert_eq!(balance(&self.0), expected);
    }
}

#[test]
fn what_is_reserved_is_written_off_at_clearance() {
    let mut permit = Permit::of("10 TNE");
    permit.reserve(1, "4000 KGM", "reserved 4000");
    permit.stands(["4 TNE", "0 TNE", "6 TNE"]);
    permit.write_off(1, None, "written off 4000");
    permit.stands(["0 TNE", "4 TNE", "6 TNE"]);
    permit.reserve(1, "4 TNE", "the same was recorded before");
    permit.write_off(1, Some("4 TNE"), "the same was recorded before");
    permit.stands(["0 TNE", "4 TNE", "6 TNE"]);
}

#[test]
fn clearing_more_draws_the_rest_and_clearing_less_frees_it() {
    let mut more = Permit::of("10 TNE");
    more.reserve(1, "8 TNE", "reserved 8000");
    more.write_off(1, Some("10.5 TNE"), "account `GP-1` has 2 TNE left, 2.5 TNE more is asked for line 1 of `D`");
    more.write_off(1, Some("10 TNE"), "written off 10000");
    more.stands(["0 TNE", "10 TNE", "0 TNE"]);
    let mut less = Permit::of("10 TNE");
    less.reserve(1, "8 TNE", "reserved 8000");
    less.write_off(1, Some("7999.5 KGM"), "written off 7999.5");
    less.stands(["0 TNE", "7.9995 TNE", "2.0005 TNE"]);
}

#[test]
fn cancelling_gives_everything_back_and_nothing_late_takes_it_again() {
    let mut permit = Permit::of("10 TNE");
    permit.reserve(1, "4 TNE", "reserved 4000");
    permit.write_off(1, None, "written off 4000");
    permit.restore(1, "restored");
    permit.stands(["0 TNE", "0 TNE", "10 TNE"]);
    permit.restore(1, "the same was recorded before");
    permit.reserve(1, "4 TNE", "the same was recorded before");
    permit.write_off(1, None, "the same was recorded before");
    permit.amend(0, "9 TNE", "revision 1 is recorded already");
    permit.stands(["0 TNE", "0 TNE", "10 TNE"]);
    permit.reserve(2, "5 TNE", "reserved 5000");
    permit.restore(1, "revision 2 is recorded already");
    permit.stands(["5 TNE", "0 TNE", "5 TNE"]);
}

#[test]
fn steps_that_come_in_the_wrong_order_count_once() {
    let mut permit = Permit::of("10 TNE");
    permit.write_off(
        1,
        None,
        "account `GP-1` has nothing reserved for line 1 of `D` at revision 1, and no quantity is given to write off",
    );
    permit.write_off(1, Some("4 TNE"), "written off 4000");
    permit.reserve(1, "5 TNE", "a later step of this revision is recorded already");
    permit.stands(["0 TNE", "4 TNE", "6 TNE"]);

    let mut cancelled = Permit::of("10 TNE");
    cancelled.restore(1, "restored");
    cancelled.reserve(1, "5 TNE", "a later step of this revision is recorded already");
    cancelled.write_off(
        1,
        Some("5 TNE"),
        "line 1 of `D` was cancelled at revision 1: nothing is written off for it on account `GP-1`",
    );
    cancelled.stands(["0 TNE", "0 TNE", "10 TNE"]);
}

#[test]
fn an_amendment_changes_the_quantity_and_not_the_stage() {
    let mut permit = Permit::of("10 TNE");
    permit.amend(1, "4 TNE", "amended, reserved 4000");
    permit.amend(2, "6 TNE", "amended, reserved 6000");
    permit.amend(2, "6 TNE", "the same was recorded before");
    permit.amend(
        2,
        "7 TNE",
        "account `GP-1` has 6 TNE recorded for line 1 of `D` at revision 2, now 7 TNE is asked: an amendment has a \
         later revision",
    );
    permit.write_off(2, None, "written off 6000");
    permit.reserve(
        3,
        "5 TNE",
        "account `GP-1` has 6 TNE written off for line 1 of `D`: this is changed by an amendment, not reserved again",
    );
    permit.amend(3, "3 TNE", "amended, written off 3000");
    permit.stands(["0 TNE", "3 TNE", "7 TNE"]);
    permit.amend(4, "0 TNE", "amended, written off 0");
    permit.stands(["0 TNE", "0 TNE", "10 TNE"]);
}

#[test]
fn a_permit_serves_declarations_registered_while_it_is_valid() {
    let mut permit = Permit::of("10 TNE");
    permit.reserve_on(
        "2027-01-01",
        1,
        "1 TNE",
        "account `GP-1` serves no declaration of 2027-01-01: it is valid until 2026-12-31 only",
    );
    permit.reserve_on(
        "2025-12-31",
        1,
        "1 TNE",
        "account `GP-1` serves no declaration of 2025-12-31: it is valid from 2026-01-01 only",
    );
    permit.reserve_on("2026-12-31", 1, "1 TNE", "reserved 1000");
    assert_eq!(permit.0.standing(day("2027-03-01")), Standing::Expired { on: day("2026-12-31") });
}

#[test]
fn a_revoked_permit_gives_nothing_more_and_keeps_what_is_reserved() {
    let mut permit = Permit::of("10 TNE");
    permit.reserve(1, "4 TNE", "reserved 4000");
    permit.close(2, ClosingReason::Revoked, "2026-06-01", "closed");
    permit.close(2, ClosingReason::Revoked, "2026-06-01", "the same was recorded before");
    permit.grant(1, Some("10 TNE"), YEAR, "revision 2 is recorded already");
    permit.amend(2, "5 TNE", "account `GP-1` serves no declaration of 2026-06-01: it is revoked from 2026-06-01");
    permit.write_off(
        1,
        Some("5 TNE"),
        "account `GP-1` serves no declaration of 2026-06-01: it is revoked from 2026-06-01",
    );
    permit.amend(2, "3 TNE", "amended, reserved 3000");
    permit.write_off(2, None, "written off 3000");
    permit.stands(["0 TNE", "3 TNE", "7 TNE"]);
    permit.restore(2, "restored");
    permit.stands(["0 TNE", "0 TNE", "10 TNE"]);
    // A declaration of the day before comes late, and is served.
    permit.reserve_on("2026-05-31", 3, "2 TNE", "reserved 2000");
    permit.grant(3, Some("10 TNE"), YEAR, "granted");
    permit.amend(4, "10 TNE", "amended, reserved 10000");
    assert_eq!(permit.0.standing(day("2026-06-01")), Standing::Exhausted);
}

#[test]
fn a_surrendered_permit_and_one_closed_before_its_grant_serve_nobody() {
    let mut permit = Permit::of("10 TNE");
    permit.close(2, ClosingReason::Surrendered, "2026-03-01", "closed");
    permit.reserve(1, "1 TNE", "account `GP-1` serves no declaration of 2026-06-01: it is surrendered from 2026-03-01");
    assert_eq!(permit.0.last_day(), Some(day("2026-02-28")));

    let mut early = Permit(Account::new(AccountId("GP-2".into()), unit("TNE"), units()));
    early.reserve(1, "1 TNE", "account `GP-2` serves no declaration of 2026-06-01: it is not granted");
    early.close(2, ClosingReason::Revoked, "2026-06-01", "closed");
    early.grant(1, Some("10 TNE"), YEAR, "revision 2 is recorded already");
    early.reserve(1, "1 TNE", "account `GP-2` serves no declaration of 2026-06-01: it is not granted");
}

#[test]
fn a_grant_is_the_whole_and_never_less_than_what_is_drawn() {
    let mut permit = Permit::of("10 TNE");
    permit.reserve(1, "4 TNE", "reserved 4000");
    permit.grant(2, Some("3999 KGM"), YEAR, "account `GP-1` cannot be reduced to 3.999 TNE: 4 TNE is drawn");
    permit.grant(2, Some("4 TNE"), YEAR, "granted");
    permit.stands(["4 TNE", "0 TNE", "0 TNE"]);
    permit.grant(2, Some("4000 KGM"), YEAR, "the same was recorded before");
    permit.grant(
        2,
        Some("5 TNE"),
        YEAR,
        "revision 2 of the permit of account `GP-1` is recorded with another content: a change has a later revision",
    );
    permit.grant(1, Some("20 TNE"), YEAR, "revision 2 is recorded already");
    permit.grant(3, None, YEAR, "granted");
    permit.amend(2, "1000000 TNE", "amended, reserved 1000000000");
    permit.stands(["1000000 TNE", "0 TNE", "unlimited"]);
    permit.amend(
        3,
        "100000000001 TNE",
        "a quantity in `KGM`: 100000000001000 is more than 100000000000000, the most that an account counts",
    );
}

#[test]
fn quantities_that_make_no_sense_are_refused() {
    let mut permit = Permit::of("10 TNE");
    permit.reserve(1, "4", "the quantity has no unit");
    permit.reserve(1, "0 TNE", "nothing is asked for line 1 of `D`: a quantity above zero is expected");
    permit.reserve(1, "-1 TNE", "a quantity in `KGM`: -1000 is below zero");
    permit.reserve(1, "4 LTR", "`LTR` does not convert into `KGM`: the one is counted in `MTQ`, the other in `KGM`");
    permit.reserve(1, "4 BOX", "`BOX` does not convert into `KGM`: `BOX` converts into no other unit");
    permit.reserve(1, "0.000000000000001 KGM", "a quantity in `KGM`: 0.000000000000001 has more than 14 decimals");
    permit.stands(["0 TNE", "0 TNE", "10 TNE"]);
}

/// Five pieces are no finite number of dozens. The account counts in pieces.
#[test]
fn a_permit_for_dozens_serves_pieces_exactly() {
    let mut permit = Permit::of("2 DZN");
    permit.reserve(1, "5 PCE", "reserved 5");
    permit.stands(["5 PCE", "0 DZN", "19 PCE"]);
    permit.amend(2, "25 PCE", "account `GP-1` has 19 PCE left, 20 PCE more is asked for line 1 of `D`");
    permit.amend(2, "24 PCE", "amended, reserved 24");
    permit.stands(["2 DZN", "0 DZN", "0 DZN"]);
}

#[test]
fn a_unit_of_packages_is_counted_in_itself() {
    let mut permit = Permit::of("10 BOX");
    permit.reserve(1, "4 BOX", "reserved 4");
    permit.stands(["4 BOX", "0 BOX", "6 BOX"]);
}

#[test]
fn unlimited_accounts_refuse_what_they_cannot_count() {
    let id = AccountId("Q".into());
    let mut quota = Account::new(id, unit("KGM"), units());
    carry_out(&mut quota, &Command::Grant { revision: 1, quantity: None, valid: valid("2026-01-01..") }).unwrap();
    let most = Quantity { amount: Amount::MAX.get(), unit: Some(unit("KGM")) };
    let reserve =
        |line, quantity| Command::Reserve { key: key("D", line), revision: 1, day: day("2026-06-01"), quantity };
    carry_out(&mut quota, &reserve(1, most)).unwrap();
    let error = carry_out(&mut quota, &reserve(2, quantity("1 KGM"))).unwrap_err();
    assert_eq!(error.to_string(), "account `Q` cannot count what is asked for line 2 of `D` beside what is drawn");
    assert_eq!(quota.available(), Limit::Unlimited);
}

#[test]
fn events_that_do_not_follow_are_refused_and_change_nothing() {
    let mut permit = Permit::of("10 TNE").0;
    let draw = |revision, change| Event::Draw { key: key("D", 1), revision, change };
    let amount = |text: &str| Amount::new(text.parse().unwrap()).unwrap();
    permit.apply(&draw(2, Change::Reserved(amount("4000")))).unwrap();
    let before = permit.clone();
    let id = || AccountId("GP-1".into());
    let overdrawn = Err(ReplayError::Overdrawn { account: id() });
    assert_eq!(permit.apply(&draw(3, Change::Reserved(amount("10000.1")))), overdrawn);
    let stale = Err(ReplayError::Stale { account: id(), revision: 1 });
    assert_eq!(permit.apply(&draw(1, Change::Restored)), stale);
    let valid = Validity { from: day("2026-01-01"), to: None };
    assert_eq!(permit.apply(&Event::Granted { revision: 1, limit: Limit::Unlimited, valid }), stale);
    let too_little = Event::Granted { revision: 2, limit: Limit::UpTo(amount("3999")), valid };
    assert_eq!(permit.apply(&too_little), overdrawn);
    assert_eq!(permit, before);
}

/// The words in which events are kept.
#[test]
fn events_are_kept_as_text() {
    let amount = |text: &str| Amount::new(text.parse().unwrap()).unwrap();
    let draw = Event::Draw { key: key("D", 1), revision: 1, change: Change::Reserved(amount("4000.50")) };
    let text = serde_json::to_string(&draw).unwrap();
    assert_eq!(
        text,
        r#"{"kind":"draw","key":{"declaration":"D","line":1},"revision":1,"change":{"reserved":"4000.5"}}"#
    );
    assert_eq!(through_json(&draw), draw);
    assert!(serde_json::from_str::<Event>(&text.replace("4000.5", "-4000.5")).is_err());
    let granted = Event::Granted { revision: 1, limit: Limit::UpTo(amount("10")), valid: valid(YEAR) };
    let text = serde_json::to_string(&granted).unwrap();
    assert_eq!(
        text,
        r#"{"kind":"granted","revision":1,"limit":{"up_to":"10"},"valid":{"from":"2026-01-01","to":"2026-12-31"}}"#
    );
    assert_eq!(through_json(&granted), granted);
}
