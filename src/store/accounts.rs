//! Accounts of permits and quotas: what is granted and drawn, and by whom.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::StoreError;
use super::sql::{Link, Row, built, key, places, sql};
use crate::clearance::case::CaseId;
use crate::ledger::{AccountId, Amount};
use crate::trade::UnitCode;

/// An account; its amounts are in `counted_in`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRow {
    /// The account: the permit's number with its agency.
    pub account: AccountId,
    /// Its case.
    pub case: CaseId,
    /// The permit's number.
    pub number: String,
    /// The agency that numbered it.
    pub agency: Option<String>,
    /// Who holds it.
    pub holder: Option<String>,
    /// The dossier that gave it.
    pub dossier: Option<CaseId>,
    /// The unit of the permit.
    pub unit: UnitCode,
    /// The unit of the amounts.
    pub counted_in: UnitCode,
    /// How much is granted; none: without a limit, or nothing yet.
    pub granted: Option<Amount>,
    /// How much is set aside for registered declarations.
    pub reserved: Amount,
    /// How much cleared declarations have used.
    pub written_off: Amount,
    /// Its first day.
    pub valid_from: Option<Date>,
    /// Its last day.
    pub valid_to: Option<Date>,
    /// What its paper says: `granted`, `revoked`, `surrendered` or `not_granted`.
    pub state: String,
}

impl AccountRow {
    /// Reserved and written off together.
    pub fn drawn(&self) -> Decimal {
        self.reserved.get() + self.written_off.get()
    }

    /// What is granted and not drawn; none: without a limit.
    pub fn available(&self) -> Option<Decimal> {
        self.granted.map(|granted| (granted.get() - self.drawn()).max(Decimal::ZERO))
    }

    /// Where it stands on a day: `not_granted`, `not_yet` valid, `open`, `exhausted`, `expired`,
    /// `revoked` or `surrendered`.
    pub fn standing(&self, day: Date) -> &str {
        if self.state != "granted" {
            &self.state
        } else if self.valid_from.is_some_and(|from| day < from) {
            "not_yet"
        } else if self.valid_to.is_some_and(|to| day > to) {
            "expired"
        } else if self.available().is_some_and(|left| left.is_zero()) {
            "exhausted"
        } else {
            "open"
        }
    }

    /// Whether it ended before its time.
    pub fn is_closed(&self) -> bool {
        matches!(self.state.as_str(), "revoked" | "surrendered")
    }
}

/// What a line of a declaration draws on an account, in the unit that the account is counted in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawRow {
    /// The account.
    pub account: AccountId,
    /// The declaration.
    pub declaration: CaseId,
    /// The line.
    pub line: u32,
    /// How much is set aside.
    pub reserved: Amount,
    /// How much is used.
    pub written_off: Amount,
}

/// The accounts of a trader, in the order of their numbers.
///
/// # Errors
/// [`StoreError`]
pub async fn accounts_of(link: &mut Link<'_>, holder: &str) -> Result<Vec<AccountRow>, StoreError> {
    let query = built(format!("{ACCOUNTS} WHERE holder = $1 ORDER BY number, account LIMIT 10000"));
    query.bind(key(holder)).rows(link).await?.iter().map(account_row).collect()
}

/// The accounts of a number: several agencies may count alike.
///
/// # Errors
/// [`StoreError`]
pub async fn numbered(link: &mut Link<'_>, number: &str) -> Result<Vec<AccountRow>, StoreError> {
    let query = built(format!("{ACCOUNTS} WHERE number = $1 ORDER BY account LIMIT 20"));
    query.bind(key(number)).rows(link).await?.iter().map(account_row).collect()
}

/// An account by its case.
///
/// # Errors
/// [`StoreError`]
pub async fn account(link: &mut Link<'_>, case: CaseId) -> Result<Option<AccountRow>, StoreError> {
    let query = built(format!("{ACCOUNTS} WHERE case_id = $1"));
    query.bind(case).row(link).await?.as_ref().map(account_row).transpose()
}

/// What declarations are called, by customs or else by their senders; those without a name are left
/// out.
///
/// # Errors
/// [`StoreError`]
pub async fn names_of(link: &mut Link<'_>, declarations: Vec<CaseId>) -> Result<BTreeMap<CaseId, String>, StoreError> {
    let mut found = BTreeMap::new();
    for cases in declarations.chunks(64) {
        let query = built(format!(
            "SELECT case_id, name FROM declarations WHERE case_id IN ({}) AND name IS NOT NULL",
            places(1, cases.len())
        ));
        for row in query.bind_all(cases.iter().copied()).rows(link).await? {
            found.insert(row.case(0)?, row.text(1)?);
        }
    }
    Ok(found)
}

/// Those of the accounts that are there.
///
/// # Errors
/// [`StoreError`]
pub async fn accounts(link: &mut Link<'_>, ids: &[AccountId]) -> Result<Vec<AccountRow>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(64) {
        let query = built(format!("{ACCOUNTS} WHERE account IN ({})", places(1, ids.len())));
        for row in query.bind_all(ids.iter().map(|id| key(&id.0))).rows(link).await? {
            found.push(account_row(&row)?);
        }
    }
    Ok(found)
}

/// What a declaration draws, on whichever account; also draws that have become nothing.
///
/// # Errors
/// [`StoreError`]
pub async fn draws_of(link: &mut Link<'_>, declaration: CaseId) -> Result<Vec<DrawRow>, StoreError> {
    let query = built(format!("{DRAWS} WHERE w.declaration = $1 ORDER BY a.account, w.line"));
    query.bind(declaration).rows(link).await?.iter().map(draw_row).collect()
}

/// The open declarations for which a permit has too little left.
///
/// # Errors
/// [`StoreError`]
pub async fn short_of(link: &mut Link<'_>, number: &str) -> Result<Vec<CaseId>, StoreError> {
    let query = sql("SELECT case_id FROM shortages WHERE number = $1 ORDER BY case_id LIMIT 10000");
    query.bind(key(number)).rows(link).await?.iter().map(|row| row.case(0)).collect()
}

/// The columns that [`account_row`] wants.
pub(super) const ACCOUNTS: &str = "SELECT account, case_id, number, agency, holder, dossier, unit, counted_in, granted, reserved, \
    written_off, valid_from, valid_to, state FROM accounts";
const DRAWS: &str = "SELECT a.account, w.declaration, w.line, w.reserved, w.written_off FROM draws w \
    JOIN accounts a ON a.case_id = w.case_id";

pub(super) fn account_row(row: &Row) -> Result<AccountRow, StoreError> {
    Ok(AccountRow {
        account: AccountId(row.text(0)?),
        case: row.case(1)?,
        number: row.text(2)?,
        agency: row.maybe_text(3)?,
        holder: row.maybe_text(4)?,
        dossier: row.maybe_case(5)?,
        unit: unit(row, 6)?,
        counted_in: unit(row, 7)?,
        granted: if row.maybe_text(8)?.is_some() { Some(amount(row, 8)?) } else { None },
        reserved: amount(row, 9)?,
        written_off: amount(row, 10)?,
        valid_from: day(row, 11)?,
        valid_to: day(row, 12)?,
        state: row.text(13)?,
    })
}

fn draw_row(row: &Row) -> Result<DrawRow, StoreError> {
    Ok(DrawRow {
        account: AccountId(row.text(0)?),
        declaration: row.case(1)?,
        line: u32::try_from(row.number(2)?).map_err(|_| damaged(&"a line"))?,
        reserved: amount(row, 3)?,
        written_off: amount(row, 4)?,
    })
}

fn unit(row: &Row, at: usize) -> Result<UnitCode, StoreError> {
    UnitCode::parse(&row.text(at)?).map_err(|error| damaged(&error))
}

fn amount(row: &Row, at: usize) -> Result<Amount, StoreError> {
    let number = Decimal::from_str_exact(&row.text(at)?).map_err(|error| damaged(&error))?;
    Amount::new(number).map_err(|error| damaged(&error))
}

fn day(row: &Row, at: usize) -> Result<Option<Date>, StoreError> {
    row.maybe_text(at)?.map(|day| day.parse().map_err(|error: jiff::Error| damaged(&error))).transpose()
}

fn damaged(error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Damaged(format!("an account: {error}"))
}
