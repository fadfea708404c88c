//! Accounts of permits and quotas as they are shown. Amounts are texts: no reader rounds them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::super::law_book::Edition;
use crate::clearance::case::permit::PermitEvent;
use crate::clearance::case::{CaseId, Entry, Event};
use crate::ledger::{Amount, Change, Event as Posting, Limit};
use crate::store::accounts::AccountRow;
use crate::trade::{UnitCode, UnitConversions};

/// An account with its balance: in the unit of the permit, or in the one that it is counted in where
/// the permit's cannot say an amount exactly.
pub fn account(row: &AccountRow, today: Date, edition: &Edition) -> Value {
    let units = edition.pack.unit_table();
    let (reserved, written_off) = (Some(row.reserved.get()), Some(row.written_off.get()));
    let (unit, amounts) = said([row.granted.map(Amount::get), reserved, written_off, row.available()], row, units);
    let [granted, reserved, written_off, left] = amounts.map(|amount| amount.map(|amount| amount.to_string()));
    json!({
        "id": row.case.to_string(),
        "number": row.number,
        "agency": row.agency,
        "holder": row.holder,
        "state": row.standing(today),
        "from": row.valid_from.map(|day| day.to_string()),
        "to": row.valid_to.map(|day| day.to_string()),
        "granted": granted,
        "reserved": reserved,
        "written_off": written_off,
        "left": left,
        "unit": unit.as_str(),
        "links": {
            "self": format!("/v1/accounts/{}", row.case),
            "dossier": row.dossier.map(|dossier| format!("/v1/dossiers/{dossier}")),
        },
    })
}

/// Amounts in the unit of the permit, where it can say all of them.
fn said<const N: usize>(
    amounts: [Option<Decimal>; N],
    row: &AccountRow,
    units: &UnitConversions,
) -> (UnitCode, [Option<Decimal>; N]) {
    let mut converted = amounts;
    for amount in converted.iter_mut().flatten() {
        match units.convert(*amount, row.counted_in, row.unit) {
            Ok(said) => *amount = said.normalize(),
            Err(_) => return (row.counted_in, amounts),
        }
    }
    (row.unit, converted)
}

/// The declarations whose draws these entries changed.
pub fn declarations(entries: &[&Entry]) -> Vec<CaseId> {
    let found: BTreeSet<CaseId> = entries.iter().filter_map(|entry| declaration(entry)).collect();
    found.into_iter().collect()
}

fn declaration(entry: &Entry) -> Option<CaseId> {
    match &entry.event {
        Event::Permit(PermitEvent::Posted { posting: Posting::Draw { key, .. } }) => key.declaration.0.parse().ok(),
        _ => None,
    }
}

/// What moved an account, in the order of time; its opening moved nothing. `quantity` is what is
/// granted, or what the line draws from then on.
pub fn movements(
    entries: &[&Entry],
    account: &AccountRow,
    names: &BTreeMap<CaseId, String>,
    edition: &Edition,
) -> Vec<Value> {
    let units = edition.pack.unit_table();
    entries.iter().filter_map(|entry| movement(entry, account, names, units)).collect()
}

fn movement(
    entry: &Entry,
    account: &AccountRow,
    names: &BTreeMap<CaseId, String>,
    units: &UnitConversions,
) -> Option<Value> {
    let Event::Permit(PermitEvent::Posted { posting }) = &entry.event else { return None };
    let quantity = |amount: Option<Decimal>| {
        let (unit, [amount]) = said([amount], account, units);
        json!({ "quantity": amount.map(|amount| amount.to_string()), "unit": unit.as_str() })
    };
    let mut value = match posting {
        Posting::Granted { limit, .. } => quantity(match limit {
            Limit::UpTo(amount) => Some(amount.get()),
            Limit::Unlimited => None,
        }),
        Posting::Closed { closing, .. } => json!({ "reason": closing.reason, "on": closing.on.to_string() }),
        Posting::Draw { key, change, .. } => {
            let mut value = quantity(Some(match change {
                Change::Reserved(amount) | Change::WrittenOff(amount) | Change::Amended { quantity: amount, .. } => {
                    amount.get()
                }
                Change::Restored => Decimal::ZERO,
            }));
            let case = declaration(entry);
            value["declaration"] = json!({
                "id": key.declaration.0,
                "name": case.and_then(|case| names.get(&case)),
                "link": case.map(|case| format!("/v1/declarations/{case}")),
            });
            value["line"] = key.line.into();
            value
        }
    };
    value["what"] = match posting {
        Posting::Granted { .. } => "granted",
        Posting::Closed { .. } => "closed",
        Posting::Draw { change: Change::Reserved(_), .. } => "reserved",
        Posting::Draw { change: Change::WrittenOff(_), .. } => "written_off",
        Posting::Draw { change: Change::Amended { .. }, .. } => "amended",
        Posting::Draw { change: Change::Restored, .. } => "restored",
    }
    .into();
    value["event"] = entry.number.into();
    value["at"] = entry.at.to_string().into();
    Some(value)
}
