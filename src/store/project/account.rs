//! The rows of an account and of what is drawn on it.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::super::journal::Head;
use super::super::sql::{Value, key, maybe_key};
use super::{Rows, head_columns};
use crate::clearance::case::permit::About;
use crate::ledger::{Account, ClosingReason, Draw, DrawKey, Limit};

/// The rows of a permit's or quota's account, in the unit that it is counted in. What is granted
/// without a limit has none. Its state is what its paper says; whether it is valid on a day, and
/// whether anything is left, is for whoever reads it to see.
pub fn account(about: &About, account: &Account, head: Head) -> Rows {
    let draws = account.draws().map(|(key, draw)| draw_row(about, key, draw)).collect();
    Rows { account: Some(account_row(about, account, head)), draws, ..Rows::default() }
}

/// The row of an account, and of its draws those that have changed.
pub fn account_with(about: &About, account: &Account, head: Head, changed: &BTreeSet<DrawKey>) -> Rows {
    let draws = changed.iter().filter_map(|key| Some(draw_row(about, key, account.draw(key)?))).collect();
    Rows { account: Some(account_row(about, account, head)), draws, ..Rows::default() }
}

fn account_row(about: &About, account: &Account, head: Head) -> [Value; 16] {
    let (number, hash) = head_columns(head);
    let granted = match account.granted() {
        Limit::UpTo(amount) => Some(amount.to_string()),
        Limit::Unlimited => None,
    };
    let balance = account.balance();
    let valid = account.paper().and_then(|paper| paper.terms).map(|(_, valid)| valid);
    let state = match account.paper().map(|paper| (paper.closed, paper.terms)) {
        Some((Some(closing), _)) => match closing.reason {
            ClosingReason::Revoked => "revoked",
            ClosingReason::Surrendered => "surrendered",
        },
        Some((None, Some(_))) => "granted",
        Some((None, None)) | None => "not_granted",
    };
    [
        about.id.into(),
        number,
        hash,
        key(&account.id().0).into(),
        about.number.as_str().into(),
        about.agency.clone().into(),
        maybe_key(about.holder.as_deref()).into(),
        about.dossier.into(),
        account.unit().as_str().into(),
        account.counted_in().as_str().into(),
        granted.into(),
        balance.reserved.to_string().into(),
        balance.written_off.to_string().into(),
        // A permit that states no first day has one before all others.
        valid.map(|valid| valid.from).filter(|from| *from != Date::MIN).map(|from| from.to_string()).into(),
        valid.and_then(|valid| valid.to).map(|day| day.to_string()).into(),
        state.into(),
    ]
}

fn draw_row(about: &About, key: &DrawKey, draw: &Draw) -> [Value; 6] {
    [
        about.id.into(),
        key.declaration.0.as_str().into(),
        key.line.into(),
        draw.revision.into(),
        draw.reserved().to_string().into(),
        draw.written_off().to_string().into(),
    ]
}
