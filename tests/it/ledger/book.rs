//! Several accounts: one declaration draws on many, one account serves many.

use motcua::ledger::{
    Account, AccountId, Booking, Change, DeclarationId, DrawKey, Event, Ledger, Limit, Posting, allocate,
};

use super::{account, balance_of, book, day, filing, ledger, need, quantity, units};

/// Two permits and a quota: `B` expires first, `A` later, `Q` is a quota without end.
fn three() -> Ledger {
    ledger(&[
        account("A", "10 TNE", "2026-01-01..2026-12-31"),
        account("B", "5 TNE", "2026-01-01..2026-06-30"),
        account("Q", "100 TNE", "2026-01-01.."),
    ])
}

#[test]
fn the_permit_that_expires_first_gives_first() {
    let mut ledger = three();
    let reserved = ledger.reserve(&filing("D", 1, &[need(1, "7 TNE", &["A", "B"])]), units());
    assert_eq!(book(&mut ledger, reserved), Ok("2 postings".into()));
    assert_eq!(balance_of(&ledger, "B"), ["5 TNE", "0 TNE", "0 TNE"]);
    assert_eq!(balance_of(&ledger, "A"), ["2 TNE", "0 TNE", "8 TNE"]);
    let reserved = ledger.reserve(&filing("E", 1, &[need(1, "8000 KGM", &["B", "A"])]), units());
    assert_eq!(book(&mut ledger, reserved), Ok("1 postings".into()));
    assert_eq!(balance_of(&ledger, "A"), ["10 TNE", "0 TNE", "0 TNE"]);
}

#[test]
fn all_lines_are_reserved_or_none() {
    let mut ledger = three();
    let before = ledger.clone();
    let needs = [need(1, "9 TNE", &["A", "B"]), need(1, "9 TNE", &["Q"]), need(2, "6.5 TNE", &["A", "B"])];
    let refused = ledger.reserve(&filing("D", 1, &needs), units());
    assert_eq!(
        book(&mut ledger, refused),
        Err("6.5 TNE is asked, 0.5 TNE of it is short: `B` has 0 TNE and is exhausted, `A` has 6 TNE and is open"
            .into())
    );
    assert_eq!(ledger, before);
    let needs = [need(1, "9 TNE", &["A", "B"]), need(1, "9 TNE", &["Q"]), need(2, "6 TNE", &["A", "B"])];
    let filed = filing("D", 1, &needs);
    let reserved = ledger.reserve(&filed, units());
    assert_eq!(book(&mut ledger, reserved), Ok("4 postings".into()));
    let again = ledger.reserve(&filed, units());
    assert_eq!(book(&mut ledger, again), Ok("the same was recorded before".into()));
    assert_eq!(balance_of(&ledger, "Q"), ["9 TNE", "0 TNE", "91 TNE"]);
}

#[test]
fn clearance_writes_off_what_was_reserved_but_for_what_was_measured() {
    let mut ledger = three();
    let needs = [need(1, "4 TNE", &["B", "A"]), need(2, "3 TNE", &["A"])];
    let reserved = ledger.reserve(&filing("D", 1, &needs), units());
    book(&mut ledger, reserved).unwrap();
    let cleared = filing("D", 1, &[need(1, "5.5 TNE", &["B", "A"])]);
    let written_off = ledger.write_off(&cleared, units());
    assert_eq!(book(&mut ledger, written_off), Ok("3 postings".into()));
    assert_eq!(balance_of(&ledger, "B"), ["0 TNE", "5 TNE", "0 TNE"]);
    assert_eq!(balance_of(&ledger, "A"), ["0 TNE", "3.5 TNE", "6.5 TNE"]);
    let again = ledger.write_off(&cleared, units());
    assert_eq!(book(&mut ledger, again), Ok("the same was recorded before".into()));
    let other = ledger.write_off(&filing("D", 1, &[need(1, "6 TNE", &["B", "A"])]), units());
    assert_eq!(
        book(&mut ledger, other),
        Err("revision 1 of `D` is recorded with other quantities for line 1: an amendment has a later revision".into())
    );
    let late = ledger.reserve(&filing("D", 1, &needs), units());
    assert_eq!(book(&mut ledger, late), Ok("the same was recorded before".into()));
}

#[test]
fn clearing_less_frees_the_permit_that_expires_last() {
    let mut ledger = three();
    let reserved = ledger.reserve(&filing("D", 1, &[need(1, "7 TNE", &["A", "B"])]), units());
    book(&mut ledger, reserved).unwrap();
    let written_off = ledger.write_off(&filing("D", 1, &[need(1, "4 TNE", &["A", "B"])]), units());
    assert_eq!(book(&mut ledger, written_off), Ok("2 postings".into()));
    assert_eq!(balance_of(&ledger, "B"), ["0 TNE", "4 TNE", "1 TNE"]);
    assert_eq!(balance_of(&ledger, "A"), ["0 TNE", "0 TNE", "10 TNE"]);
}

#[test]
fn an_amendment_moves_no_more_than_it_must() {
    let mut ledger = three();
    let reserved = ledger.reserve(&filing("D", 1, &[need(1, "7 TNE", &["A", "B"]), need(2, "8 TNE", &["A"])]), units());
    book(&mut ledger, reserved).unwrap();
    assert_eq!(balance_of(&ledger, "A"), ["10 TNE", "0 TNE", "0 TNE"]);
    // Line 1 needs one tonne more, and line 2 leaves it.
    let amended = ledger.amend(&filing("D", 2, &[need(1, "8 TNE", &["A", "B"]), need(2, "7 TNE", &["A"])]), units());
    assert_eq!(book(&mut ledger, amended), Ok("3 postings".into()));
    assert_eq!(balance_of(&ledger, "A"), ["10 TNE", "0 TNE", "0 TNE"]);
    // A line that is no longer named draws nothing.
    let amended = ledger.amend(&filing("D", 3, &[need(1, "8 TNE", &["A", "B"])]), units());
    assert_eq!(book(&mut ledger, amended), Ok("3 postings".into()));
    assert_eq!(balance_of(&ledger, "A"), ["3 TNE", "0 TNE", "7 TNE"]);
    let stale = ledger.amend(&filing("D", 2, &[need(1, "1 TNE", &["A"])]), units());
    assert_eq!(book(&mut ledger, stale), Ok("revision 3 is recorded already".into()));
}

#[test]
fn an_amendment_after_clearance_stays_written_off_on_new_permits_too() {
    let mut ledger = three();
    let reserved = ledger.reserve(&filing("D", 1, &[need(1, "4 TNE", &["B"])]), units());
    book(&mut ledger, reserved).unwrap();
    let written_off = ledger.write_off(&filing("D", 1, &[]), units());
    book(&mut ledger, written_off).unwrap();
    let reserved_again = ledger.reserve(&filing("D", 2, &[need(1, "6 TNE", &["A", "B"])]), units());
    assert_eq!(
        book(&mut ledger, reserved_again),
        Err("account `B` has 4 TNE written off for line 1 of `D`: this is changed by an amendment, not reserved again"
            .into())
    );
    let amendment = filing("D", 2, &[need(1, "6 TNE", &["A", "B"])]);
    let amended = ledger.amend(&amendment, units());
    assert_eq!(book(&mut ledger, amended), Ok("2 postings".into()));
    assert_eq!(balance_of(&ledger, "B"), ["0 TNE", "5 TNE", "0 TNE"]);
    assert_eq!(balance_of(&ledger, "A"), ["0 TNE", "1 TNE", "9 TNE"]);
    let again = ledger.amend(&amendment, units());
    assert_eq!(book(&mut ledger, again), Ok("the same was recorded before".into()));
}

/// What an agreed edit does: the first version is released, the second reserved and cleared.
#[test]
fn a_released_filing_is_reserved_again_at_its_next_revision() {
    let mut ledger = three();
    let reserved = ledger.reserve(&filing("D", 1, &[need(1, "4 TNE", &["B"])]), units());
    book(&mut ledger, reserved).unwrap();
    let restored = ledger.restore(&DeclarationId("D".into()), 1, units());
    assert_eq!(book(&mut ledger, restored), Ok("1 postings".into()));
    let restored = ledger.restore(&DeclarationId("D".into()), 1, units());
    assert_eq!(book(&mut ledger, restored), Ok("the same was recorded before".into()));
    let late = ledger.write_off(&filing("D", 1, &[]), units());
    assert_eq!(
        book(&mut ledger, late),
        Err("line 1 of `D` was cancelled at revision 1: nothing is written off for it on account `B`".into())
    );
    let reserved = ledger.reserve(&filing("D", 2, &[need(1, "6 TNE", &["A"])]), units());
    assert_eq!(book(&mut ledger, reserved), Ok("1 postings".into()));
    let written_off = ledger.write_off(&filing("D", 2, &[]), units());
    assert_eq!(book(&mut ledger, written_off), Ok("1 postings".into()));
    assert_eq!(balance_of(&ledger, "A"), ["0 TNE", "6 TNE", "4 TNE"]);
    assert_eq!(balance_of(&ledger, "B"), ["0 TNE", "0 TNE", "5 TNE"]);
}

#[test]
fn filings_that_make_no_sense_are_refused() {
    let mut ledger = three();
    ledger.open(account("L", "5 LTR", "2026-01-01..")).unwrap();
    let mut check = |needs: &[super::Need], expected: &str| {
        let reserved = ledger.reserve(&filing("D", 1, needs), units());
        assert_eq!(book(&mut ledger, reserved), Err(expected.into()));
    };
    check(&[need(1, "1 TNE", &["X"])], "there is no account `X`");
    check(&[need(1, "1 TNE", &[])], "line 1 names no account to draw on");
    check(&[need(1, "1 TNE", &["A"]), need(1, "2 TNE", &["B", "A"])], "line 1 names account `A` twice");
    check(&[need(1, "0 TNE", &["A"])], "nothing is asked for line 1 of `D`: a quantity above zero is expected");
    check(
        &[need(1, "1 TNE", &["A", "L"])],
        "`TNE` does not convert into `MTQ`: the one is counted in `KGM`, the other in `MTQ`",
    );
    let nothing = ledger.restore(&DeclarationId("E".into()), 1, units());
    assert_eq!(book(&mut ledger, nothing), Ok("nothing is drawn".into()));
    let exists = ledger.open(account("A", "1 TNE", "2026-01-01.."));
    assert_eq!(exists.unwrap_err().to_string(), "there is an account `A` already");
}

#[test]
fn postings_are_applied_together_or_not_at_all() {
    let mut ledger = three();
    let Ok(Booking::Postings(mut postings)) =
        ledger.reserve(&filing("D", 1, &[need(1, "7 TNE", &["A", "B"])]), units())
    else {
        panic!("it is reserved")
    };
    let change = Change::Reserved(motcua::ledger::Amount::MAX);
    let key = DrawKey { declaration: DeclarationId("E".into()), line: 1 };
    postings.push(Posting { account: AccountId("A".into()), event: Event::Draw { key, revision: 1, change } });
    let before = ledger.clone();
    assert_eq!(ledger.apply(&postings).unwrap_err().to_string(), "account `A` would be overdrawn");
    assert_eq!(ledger, before);
}

#[test]
fn a_need_is_spread_without_regard_to_the_order_of_the_accounts() {
    let accounts = [
        account("A", "3 TNE", "2026-01-01..2026-12-31"),
        account("B", "3 TNE", "2026-01-01..2026-06-30"),
        account("C", "3 TNE", "2026-01-01..2026-12-31"),
        account("D", "3 TNE", "2026-07-01..2026-12-31"),
        account("E", "3 TNE", "2026-01-01.."),
    ];
    let spread = |order: [usize; 5], need: &str| {
        let accounts: Vec<&Account> = order.iter().map(|at| &accounts[*at]).collect();
        let shares = allocate(&accounts, &quantity(need), day("2026-06-01"), units());
        shares
            .map(|shares| shares.iter().map(|share| format!("{} {}", share.account, share.amount)).collect::<Vec<_>>())
    };
    let expected = vec!["B 3000".to_owned(), "A 3000".into(), "C 1000".into()];
    assert_eq!(spread([0, 1, 2, 3, 4], "7 TNE"), Ok(expected.clone()));
    assert_eq!(spread([4, 2, 3, 1, 0], "7000 KGM"), Ok(expected));
    let short = spread([0, 1, 2, 3, 4], "12.001 TNE").unwrap_err();
    assert_eq!(
        short.to_string(),
        "12.001 TNE is asked, 0.001 TNE of it is short: `B` has 3 TNE and is open, `A` has 3 TNE and is open, \
         `C` has 3 TNE and is open, `D` has 0 TNE and is valid from 2026-07-01 only, `E` has 3 TNE and is open"
    );
    let none = allocate(&[], &quantity("1 TNE"), day("2026-06-01"), units()).unwrap_err();
    assert_eq!(none.to_string(), "1 TNE is asked, 1 TNE of it is short");
    assert_eq!(accounts[4].available(), Limit::UpTo(motcua::ledger::Amount::new(3000.into()).unwrap()));
}
