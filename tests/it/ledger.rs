//! Quantities of permits and tariff quotas: one account, several together, and what holds of all.

mod account;
mod book;
mod properties;

use jiff::civil::Date;
use motcua::ledger::{
    Account, AccountId, Booking, Command, DeclarationId, DrawKey, Event, Filing, Ledger, LedgerError, Limit, Need,
    Outcome, Validity,
};
use motcua::trade::{Quantity, UnitCode, UnitConversions};
use rust_decimal::Decimal;

fn units() -> &'static UnitConversions {
    motcua::embedded::pack().unit_table()
}

fn unit(code: &str) -> UnitCode {
    UnitCode::parse(code).unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// `10.5 TNE`, or `3` without a unit.
fn quantity(text: &str) -> Quantity {
    let (amount, code) = text.split_once(' ').map_or((text, None), |(amount, code)| (amount, Some(code)));
    Quantity { amount: Decimal::from_str_exact(amount).unwrap(), unit: code.map(unit) }
}

fn key(declaration: &str, line: u32) -> DrawKey {
    DrawKey { declaration: DeclarationId(declaration.into()), line }
}

/// `2026-01-01..2026-12-31`, or `2026-01-01..` without an end.
fn valid(text: &str) -> Validity {
    let (from, to) = text.split_once("..").unwrap();
    Validity { from: day(from), to: (!to.is_empty()).then(|| day(to)) }
}

/// An account in the unit of what is granted.
fn account(id: &str, granted: &str, days: &str) -> Account {
    let granted = quantity(granted);
    let mut account = Account::new(AccountId(id.into()), granted.unit.unwrap(), units());
    let grant = Command::Grant { revision: 1, quantity: Some(granted), valid: valid(days) };
    carry_out(&mut account, &grant).unwrap();
    account
}

/// Decides and applies.
fn carry_out(account: &mut Account, command: &Command) -> Result<Outcome, LedgerError> {
    let outcome = account.decide(command, units())?;
    if let Outcome::Event(event) = &outcome {
        account.apply(event).unwrap();
    }
    Ok(outcome)
}

fn ledger(accounts: &[Account]) -> Ledger {
    let mut ledger = Ledger::default();
    for account in accounts {
        ledger.open(account.clone()).unwrap();
    }
    ledger
}

fn need(line: u32, amount: &str, accounts: &[&str]) -> Need {
    let accounts = accounts.iter().map(|id| AccountId((*id).into())).collect();
    Need { line, quantity: quantity(amount), accounts }
}

/// A filing of 2026-06-01.
fn filing(declaration: &str, revision: u32, needs: &[Need]) -> Filing {
    let declaration = DeclarationId(declaration.into());
    Filing { declaration, revision, day: day("2026-06-01"), needs: needs.to_vec() }
}

fn book(ledger: &mut Ledger, booking: Result<Booking, LedgerError>) -> Result<String, String> {
    match booking.map_err(|error| error.to_string())? {
        Booking::Postings(postings) => {
            ledger.apply(&postings).unwrap();
            Ok(format!("{} postings", postings.len()))
        }
        Booking::Unchanged(reason) => Ok(reason.to_string()),
    }
}

/// Reserved, written off and available, each in the unit of the permit where it can be.
fn balance(account: &Account) -> [String; 3] {
    let balance = account.balance();
    let said = |amount| account.said(amount, units()).to_string();
    let available = match account.available() {
        Limit::Unlimited => "unlimited".into(),
        Limit::UpTo(amount) => said(amount),
    };
    [said(balance.reserved), said(balance.written_off), available]
}

fn balance_of(ledger: &Ledger, id: &str) -> [String; 3] {
    balance(ledger.account(&AccountId(id.into())).unwrap())
}

/// What a store would keep and read again.
fn through_json(event: &Event) -> Event {
    serde_json::from_str(&serde_json::to_string(event).unwrap()).unwrap()
}
