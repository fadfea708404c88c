//! The row of an account.

use super::super::journal::Head;
use super::super::sql::{key, maybe_key};
use super::{Rows, head_columns};
use crate::clearance::case::permit::Permit;
use crate::ledger::{ClosingReason, Limit};

/// The row of a permit's or quota's account, in the unit that it is counted in. What is granted
/// without a limit has none. Its state is what its paper says; whether it is valid on a day, and
/// whether anything is left, is for whoever reads it to see.
pub fn account(permit: &Permit, head: Head) -> Rows {
    let (number, hash) = head_columns(head);
    let account = &permit.account;
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
    let row = [
        permit.id.into(),
        number,
        hash,
        key(&account.id().0).into(),
        maybe_key(permit.holder.as_deref()).into(),
        account.unit().as_str().into(),
        account.counted_in().as_str().into(),
        granted.into(),
        balance.reserved.to_string().into(),
        balance.written_off.to_string().into(),
        valid.map(|valid| valid.from.to_string()).into(),
        valid.and_then(|valid| valid.to).map(|day| day.to_string()).into(),
        state.into(),
    ];
    Rows { account: Some(row), ..Rows::default() }
}
