//! What holds of every account, whatever is asked of it in whatever order.

use std::collections::BTreeSet;

use motcua::ledger::{
    Account, AccountId, Amount, Booking, Closing, ClosingReason, Command, DeclarationId, Event, Ledger, LedgerError,
    Limit, Need, Outcome, Posting, allocate,
};
use motcua::trade::{ConvertError, Quantity, UnitCode};
use proptest::prelude::*;
use proptest::sample::select;
use rust_decimal::Decimal;

use super::{account, carry_out, day, filing, key, ledger, quantity, through_json, unit, units, valid};

/// Amounts that fit, that hardly fit and that do not, from the smallest decimal to the largest.
fn amounts() -> impl Strategy<Value = Decimal> {
    let texts = vec![
        "0",
        "1",
        "2.5",
        "3.000",
        "7",
        "1000",
        "2500.125",
        "99999999999.999",
        "100000000000000",
        "100000000000000.1",
        "79228162514264337593543950335",
        "0.0000000000000000000000000001",
        "0.00000000000001",
        "-1",
        "-0.001",
    ];
    prop_oneof![
        3 => (1u32..5000).prop_map(|thousandths| Decimal::new(i64::from(thousandths), 3)),
        2 => select(texts).prop_map(|text| Decimal::from_str_exact(text).unwrap()),
        1 => (any::<i64>(), 0u32..=28).prop_map(|(number, scale)| Decimal::new(number, scale)),
    ]
}

fn unit_codes() -> impl Strategy<Value = UnitCode> {
    select(vec!["KGM", "KGM", "TNE", "TNE", "GRM", "LBR", "CTM", "PCE", "DZN", "LTR", "BOX", "XYZ"])
        .prop_map(|code| UnitCode::parse(code).unwrap())
}

fn quantities() -> impl Strategy<Value = Quantity> {
    (amounts(), prop::option::weighted(0.95, unit_codes())).prop_map(|(amount, unit)| Quantity { amount, unit })
}

fn commands() -> impl Strategy<Value = Command> {
    let keys = (select(vec!["D", "E"]), 1u32..=2).prop_map(|(declaration, line)| key(declaration, line));
    let days = select(vec!["2026-01-01", "2026-06-01", "2026-12-31", "2027-01-01"]).prop_map(day);
    let terms = select(vec!["2026-01-01..2026-12-31", "2026-01-01..", "2026-06-01..2026-05-01"]).prop_map(valid);
    (0u8..16, keys, 0u32..4, days, prop::option::weighted(0.7, quantities()), terms, quantities()).prop_map(
        |(kind, key, revision, day, maybe, valid, quantity)| match kind {
            0..=4 => Command::Reserve { key, revision, day, quantity },
            5..=7 => Command::WriteOff { key, revision, day, quantity: maybe },
            8..=10 => Command::Amend { key, revision, day, quantity },
            11..=12 => Command::Restore { key, revision },
            13..=14 => Command::Grant { revision, quantity: maybe, valid },
            _ => {
                let closing = Closing { reason: ClosingReason::Revoked, on: day };
                Command::Close { revision, closing }
            }
        },
    )
}

/// What must always be so; told by the draws alone, not by what the account says of itself.
fn check(account: &Account) -> Result<(), TestCaseError> {
    let sum = |part: fn(&motcua::ledger::Draw) -> Amount| {
        account.draws().map(|(_, draw)| part(draw).get()).try_fold(Decimal::ZERO, Decimal::checked_add)
    };
    let balance = account.balance();
    prop_assert_eq!(sum(motcua::ledger::Draw::reserved), Some(balance.reserved.get()));
    prop_assert_eq!(sum(motcua::ledger::Draw::written_off), Some(balance.written_off.get()));
    prop_assert!(balance.reserved.get() >= Decimal::ZERO && balance.written_off.get() >= Decimal::ZERO);
    let drawn = balance.reserved.get() + balance.written_off.get();
    match (account.granted(), account.available()) {
        (Limit::UpTo(granted), Limit::UpTo(available)) => {
            prop_assert!(drawn <= granted.get(), "{} of {} is drawn", drawn, granted);
            prop_assert_eq!(available.get(), granted.get() - drawn);
        }
        (Limit::Unlimited, Limit::Unlimited) => {}
        other => prop_assert!(false, "{other:?}"),
    }
    Ok(())
}

/// Some accounts of masses and one of pieces.
fn some_accounts() -> Vec<Account> {
    let mut unlimited = Account::new(AccountId("U".into()), unit("KGM"), units());
    let grant = Command::Grant { revision: 1, quantity: None, valid: valid("2026-01-01..") };
    carry_out(&mut unlimited, &grant).unwrap();
    vec![
        account("A", "10 TNE", "2026-01-01..2026-12-31"),
        account("B", "2500.125 KGM", "2026-01-01..2026-06-30"),
        account("P", "3 DZN", "2026-01-01.."),
        unlimited,
    ]
}

/// A step of a declaration's life on the ledger.
#[derive(Debug, Clone)]
enum Step {
    Reserve(String, u32, Vec<Need>),
    Amend(String, u32, Vec<Need>),
    WriteOff(String, u32, Vec<Need>),
    Restore(String, u32),
    Grant(String, u32, Quantity),
}

fn needs() -> impl Strategy<Value = Vec<Need>> {
    let accounts = select(vec![vec!["A"], vec!["B", "A"], vec!["A", "B", "U"], vec!["U"], vec!["P"], vec!["A", "P"]]);
    let codes = select(vec!["KGM", "TNE", "GRM", "PCE"]).prop_map(unit);
    let need = (1u32..=2, amounts(), codes, accounts).prop_map(|(line, amount, unit, accounts)| {
        let accounts = accounts.into_iter().map(|id| AccountId(id.into())).collect();
        Need { line, quantity: Quantity { amount, unit: Some(unit) }, accounts }
    });
    prop::collection::vec(need, 0..4)
}

fn steps() -> impl Strategy<Value = Step> {
    let declaration = select(vec!["D", "E", "F"]).prop_map(str::to_owned);
    (0u8..12, declaration, 0u32..4, needs(), select(vec!["A", "B"]), quantities()).prop_map(
        |(kind, declaration, revision, needs, account, quantity)| match kind {
            0..=4 => Step::Reserve(declaration, revision, needs),
            5..=6 => Step::Amend(declaration, revision, needs),
            7..=8 => Step::WriteOff(declaration, revision, needs),
            9..=10 => Step::Restore(declaration, revision),
            _ => Step::Grant(account.to_owned(), revision, quantity),
        },
    )
}

fn decide(ledger: &Ledger, step: &Step) -> Result<Booking, LedgerError> {
    match step {
        Step::Reserve(declaration, revision, needs) => ledger.reserve(&filing(declaration, *revision, needs), units()),
        Step::Amend(declaration, revision, needs) => ledger.amend(&filing(declaration, *revision, needs), units()),
        Step::WriteOff(declaration, revision, needs) => {
            ledger.write_off(&filing(declaration, *revision, needs), units())
        }
        Step::Restore(declaration, revision) => ledger.restore(&DeclarationId(declaration.clone()), *revision, units()),
        Step::Grant(account, revision, quantity) => {
            let id = AccountId(account.clone());
            let (quantity, valid) = (Some(*quantity), valid("2026-01-01..2026-12-31"));
            let granted = ledger
                .account(&id)
                .unwrap()
                .decide(&Command::Grant { revision: *revision, quantity, valid }, units())?;
            Ok(match granted {
                Outcome::Event(event) => Booking::Postings(vec![Posting { account: id, event }]),
                Outcome::Unchanged(reason) => Booking::Unchanged(reason),
            })
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_commands_overdraws_an_account(commands in prop::collection::vec(commands(), 1..60)) {
        let first = account("A", "10 TNE", "2026-01-01..2026-12-31");
        let (mut account, mut replayed) = (first.clone(), first);
        let mut events: Vec<Event> = Vec::new();
        for (at, command) in commands.iter().enumerate() {
            if let Ok(Outcome::Event(event)) = carry_out(&mut account, command) {
                events.push(event);
            }
            check(&account)?;
            // Whatever was heard before changes nothing when it is heard again at once.
            let before = account.clone();
            prop_assert!(!matches!(carry_out(&mut account, command), Ok(Outcome::Event(_))), "command {} again", at);
            prop_assert_eq!(&account, &before);
        }
        for event in &events {
            prop_assert_eq!(replayed.apply(&through_json(event)), Ok(()));
        }
        prop_assert_eq!(&replayed, &account);
    }

    /// A line's steps at one revision, each heard any number of times and in any order, end in the
    /// same balance once its cancellation or its clearance was heard.
    #[test]
    fn the_order_of_one_revision_changes_no_balance(
        order in prop::collection::vec(0usize..3, 0..12), cleared in 1u32..9, cancelled in any::<bool>()
    ) {
        let mut account = account("A", "10 TNE", "2026-01-01..2026-12-31");
        let (day, revision) = (day("2026-06-01"), 1);
        let written = quantity(&format!("{cleared} TNE"));
        let steps = [
            Command::Reserve { key: key("D", 1), revision, day, quantity: quantity("5 TNE") },
            Command::WriteOff { key: key("D", 1), revision, day, quantity: Some(written) },
            Command::Restore { key: key("D", 1), revision },
        ];
        for at in order.iter().filter(|at| **at < 2 || cancelled) {
            let _ = carry_out(&mut account, &steps[*at]);
            check(&account)?;
        }
        let _ = carry_out(&mut account, &steps[if cancelled { 2 } else { 1 }]);
        let expected = if cancelled { 0 } else { i64::from(cleared) * 1000 };
        prop_assert_eq!(account.balance().written_off.get(), Decimal::from(expected));
        prop_assert_eq!(account.balance().reserved.get(), Decimal::ZERO);
    }

    #[test]
    fn no_order_of_filings_overdraws_a_ledger(steps in prop::collection::vec(steps(), 1..40)) {
        let first = ledger(&some_accounts());
        let (mut ledger, mut replayed) = (first.clone(), first);
        let mut journal: Vec<Vec<Posting>> = Vec::new();
        for step in &steps {
            if let Ok(Booking::Postings(postings)) = decide(&ledger, step) {
                let keys: BTreeSet<_> = postings.iter().map(|posting| format!("{posting:?}")).collect();
                prop_assert_eq!(keys.len(), postings.len());
                prop_assert_eq!(ledger.apply(&postings), Ok(()));
                prop_assert!(!matches!(decide(&ledger, step), Ok(Booking::Postings(_))), "{:?} again", step);
                if let Step::Reserve(declaration, revision, needs) = step {
                    reserved_in_full(&ledger, declaration, needs)?;
                    // What is reserved can be cleared and can be cancelled.
                    let mut cleared = ledger.clone();
                    let booking = cleared.write_off(&filing(declaration, *revision, &[]), units());
                    match booking {
                        Ok(Booking::Postings(postings)) => prop_assert_eq!(cleared.apply(&postings), Ok(())),
                        other => prop_assert!(needs.is_empty(), "{other:?}"),
                    }
                    prop_assert_eq!(drawn(&cleared, declaration), drawn(&ledger, declaration));
                }
                journal.push(postings);
            }
            for account in ledger.accounts() {
                check(account)?;
            }
        }
        for postings in &journal {
            let kept: Vec<Posting> =
                serde_json::from_str(&serde_json::to_string(postings).unwrap()).unwrap();
            prop_assert_eq!(replayed.apply(&kept), Ok(()));
        }
        prop_assert_eq!(&replayed, &ledger);
        for declaration in ["D", "E", "F"] {
            if let Booking::Postings(postings) = ledger.restore(&DeclarationId(declaration.into()), 9, units()).unwrap() {
                prop_assert_eq!(ledger.apply(&postings), Ok(()));
            }
        }
        for account in ledger.accounts() {
            prop_assert_eq!(account.balance(), motcua::ledger::Balance::default());
        }
    }

    #[test]
    fn a_need_is_spread_in_full_or_not_at_all(
        taken in prop::collection::vec(0u32..=10, 4), asked in 0u32..60, rotate in 0usize..4
    ) {
        let days = ["2026-01-01..2026-06-30", "2026-01-01..2026-12-31", "2026-01-01..2026-12-31", "2026-01-01.."];
        let accounts: Vec<Account> = (0..4).map(|at| {
            let mut account = account(&format!("A{at}"), "10 TNE", days[at]);
            let taken = quantity(&format!("{} TNE", taken[at]));
            let _ = carry_out(&mut account, &Command::Reserve {
                key: key("X", 1), revision: 1, day: day("2026-06-01"), quantity: taken
            });
            account
        }).collect();
        let free: u32 = taken.iter().map(|taken| 10 - taken).sum();
        let mut named: Vec<&Account> = accounts.iter().collect();
        let need = quantity(&format!("{asked} TNE"));
        let shares = allocate(&named, &need, day("2026-06-01"), units());
        named.rotate_left(rotate);
        prop_assert_eq!(&allocate(&named, &need, day("2026-06-01"), units()), &shares);
        match shares {
            Err(LedgerError::Shortfall(short)) => {
                prop_assert!(asked > free);
                prop_assert_eq!(short.missing.amount, Decimal::from(asked - free));
            }
            Err(other) => prop_assert!(false, "{other}"),
            Ok(shares) => {
                prop_assert!(asked <= free);
                let sum: Decimal = shares.iter().map(|share| share.amount.get()).sum();
                prop_assert_eq!(sum, Decimal::from(asked) * Decimal::ONE_THOUSAND);
                // Each but the last gives all it has, in the order of their ends.
                let mut rest = asked;
                for (at, account) in accounts.iter().enumerate() {
                    let expected = rest.min(10 - taken[at]);
                    let share = shares.iter().find(|share| share.account == *account.id());
                    prop_assert_eq!(share.map_or(Decimal::ZERO, |share| share.amount.get()), Decimal::from(expected * 1000));
                    rest -= expected;
                }
            }
        }
    }

    #[test]
    fn amounts_convert_there_and_back_or_not_at_all(amount in amounts(), from in unit_codes(), to in unit_codes()) {
        match units().convert(amount, from, to) {
            Ok(there) => {
                prop_assert_eq!(units().convert(there, to, from), Ok(amount.normalize()));
                prop_assert_eq!(there.is_sign_negative() && !there.is_zero(), amount.is_sign_negative() && !amount.is_zero());
            }
            Err(ConvertError::Inexact { .. }) => prop_assert_ne!(from, to),
            Err(_) => prop_assert_ne!(units().base(from), units().base(to)),
        }
    }
}

/// All that the declaration draws.
fn drawn(ledger: &Ledger, declaration: &str) -> Vec<(AccountId, u32, Decimal)> {
    let id = DeclarationId(declaration.into());
    let accounts = ledger.drawn_on(&id);
    accounts
        .flat_map(|account| {
            account.draws_of(&id).map(|(key, draw)| (account.id().clone(), key.line, draw.drawn().get()))
        })
        .collect()
}

/// What a declaration draws is what its needs ask, line by line and group by group.
fn reserved_in_full(ledger: &Ledger, declaration: &str, needs: &[Need]) -> Result<(), TestCaseError> {
    let drawn = drawn(ledger, declaration);
    let mut all = Decimal::ZERO;
    for need in needs {
        let counted = ledger.account(&need.accounts[0]).unwrap().counted_in();
        let asked = units().convert(need.quantity.amount, need.quantity.unit.unwrap(), counted).unwrap();
        let of_need = drawn.iter().filter(|(account, line, _)| *line == need.line && need.accounts.contains(account));
        let sum: Decimal = of_need.map(|(_, _, amount)| *amount).sum();
        prop_assert_eq!(sum, asked);
        all += asked;
    }
    prop_assert_eq!(drawn.iter().map(|(_, _, amount)| *amount).sum::<Decimal>(), all);
    Ok(())
}
