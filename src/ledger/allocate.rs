//! One need spread over several accounts.

use jiff::civil::Date;

use super::account::{Account, Balance, Standing};
use super::amount::{Amount, Limit, Measured};
use super::command::AccountId;
use super::error::{LedgerError, Room, Shortfall};
use crate::trade::{Quantity, UnitConversions};

/// What one account gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The account.
    pub account: AccountId,
    /// How much, in the unit it is counted in; never nothing.
    pub amount: Amount,
}

/// Spreads a need over accounts for a declaration registered on `day`: the account that expires
/// first gives first, then by id; the order in which they are named is of no account. All of the
/// need, or nothing.
///
/// # Errors
/// [`LedgerError::Shortfall`] with what each account could give; or a quantity or an account that
/// cannot be reckoned with the others.
pub fn allocate(
    accounts: &[&Account],
    need: &Quantity,
    day: Date,
    units: &UnitConversions,
) -> Result<Vec<Share>, LedgerError> {
    let mut sources: Vec<Source<'_>> =
        accounts.iter().map(|account| Source { account, balance: account.balance() }).collect();
    let Some(asked) = common_amount(&sources, need, units)? else {
        return without_accounts(need);
    };
    sources.sort_by_key(Source::order);
    sources.dedup_by_key(|source| source.account.id());
    let shares = spread(&sources, asked, day, units)?.into_iter().zip(&sources);
    let given = shares.filter(|(amount, _)| *amount > Amount::ZERO);
    Ok(given.map(|(amount, source)| Share { account: source.account.id().clone(), amount }).collect())
}

fn without_accounts(need: &Quantity) -> Result<Vec<Share>, LedgerError> {
    if need.amount.is_zero() {
        return Ok(Vec::new());
    }
    let asked = Measured { amount: need.amount.normalize(), unit: need.unit.ok_or(LedgerError::UnitMissing)? };
    Err(Shortfall { asked, missing: asked, rooms: Vec::new() }.into())
}

/// An account with what is drawn on it, which may hold what was promised in the same breath.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) account: &'a Account,
    pub(super) balance: Balance,
}

impl<'a> Source<'a> {
    /// Sorts those first that are drawn on first.
    pub(super) fn order(&self) -> (bool, Option<Date>, &'a AccountId) {
        let last = self.account.last_day();
        (last.is_none(), last, self.account.id())
    }

    fn room(&self, day: Date) -> Limit {
        match self.account.standing_with(self.balance, day) {
            Standing::Open => self.account.granted().less(self.balance.drawn()),
            _ => Limit::UpTo(Amount::ZERO),
        }
    }
}

/// The need in the unit that all the accounts are counted in; `None` without accounts.
pub(super) fn common_amount(
    sources: &[Source<'_>],
    need: &Quantity,
    units: &UnitConversions,
) -> Result<Option<Amount>, LedgerError> {
    let Some(first) = sources.first() else {
        return Ok(None);
    };
    let amount = first.account.amount(need, units)?;
    let other = first.account.counted_in();
    match sources.iter().find(|source| source.account.counted_in() != other) {
        None => Ok(Some(amount)),
        Some(Source { account, .. }) => {
            account.amount(need, units)?;
            let (account, unit) = (account.id().clone(), account.counted_in());
            Err(LedgerError::UnitsDiffer { account, unit, other })
        }
    }
}

/// How much each source gives, in their order. All of `asked`, or an error.
pub(super) fn spread(
    sources: &[Source<'_>],
    asked: Amount,
    day: Date,
    units: &UnitConversions,
) -> Result<Vec<Amount>, Shortfall> {
    let mut rest = asked;
    let mut given = Vec::with_capacity(sources.len());
    for source in sources {
        let share = match source.room(day) {
            Limit::Unlimited => rest,
            Limit::UpTo(room) => rest.min(room),
        };
        rest = rest.less(share);
        given.push(share);
    }
    match sources.first() {
        Some(first) if rest > Amount::ZERO => Err(Shortfall {
            asked: first.account.said(asked, units),
            missing: first.account.said(rest, units),
            rooms: sources.iter().map(|source| room(source, day, units)).collect(),
        }),
        _ => Ok(given),
    }
}

fn room(source: &Source<'_>, day: Date, units: &UnitConversions) -> Room {
    let available = match source.room(day) {
        Limit::UpTo(amount) => amount,
        // INVARIANT: an account without limit leaves nothing short.
        Limit::Unlimited => Amount::ZERO,
    };
    Room {
        account: source.account.id().clone(),
        available: source.account.said(available, units),
        standing: source.account.standing_with(source.balance, day),
    }
}
