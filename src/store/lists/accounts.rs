//! Accounts of permits and quotas, the newest first.

use super::super::StoreError;
use super::super::accounts::{ACCOUNTS, AccountRow, account_row};
use super::super::sql::{Link, Value, key, maybe_key};
use super::Page;
use super::cursor::{self, Key, TEXT};
use super::select::{Order, Select, merged};

/// Which accounts.
#[derive(Debug, Clone, Default)]
pub struct AccountFilter {
    /// Of these traders; none: of whomever.
    pub holders: Option<Vec<String>>,
    /// Of papers that this agency gave.
    pub agency: Option<String>,
    /// Of the permit of this number.
    pub number: Option<String>,
}

/// A page of accounts, the newest first.
///
/// # Errors
/// [`StoreError`]
pub async fn accounts(
    link: &mut Link<'_>,
    filter: &AccountFilter,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<AccountRow>, StoreError> {
    let after = cursor::read(after, &[TEXT])?;
    merged(link, ways(filter, after.as_deref(), limit), limit, Order::Down, |row| {
        let row = account_row(row)?;
        Ok((vec![Key::Text(row.case.to_string())], row))
    })
    .await
}

fn ways(filter: &AccountFilter, after: Option<&[Key]>, limit: u32) -> Vec<(String, Vec<Value>)> {
    let select = |holder: Option<&String>| {
        Select::new(ACCOUNTS)
            .and_if("number = ?", maybe_key(filter.number.as_deref()))
            .and_if("holder = ?", holder.map(|holder| key(holder)))
            .and_if("agency = ?", filter.agency.as_deref())
            .after("case_id < ?", after)
            .finish("case_id DESC", limit)
    };
    match &filter.holders {
        Some(holders) => holders.iter().map(|holder| select(Some(holder))).collect(),
        None => vec![select(None)],
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::sql::plans::follows;
    use super::*;

    #[tokio::test]
    async fn every_list_of_accounts_follows_an_index_and_sorts_nothing() {
        let some = || Some("x".to_owned());
        let holders = Some(vec!["x".to_owned(), "y".to_owned()]);
        let after = [Key::Text("m".to_owned())];
        for (filter, index) in [
            (AccountFilter::default(), "sqlite_autoindex_accounts_1"),
            (AccountFilter { holders, ..AccountFilter::default() }, "accounts_holder"),
            (AccountFilter { agency: some(), ..AccountFilter::default() }, "accounts_agency"),
            (AccountFilter { number: some(), ..AccountFilter::default() }, "accounts_number"),
        ] {
            for after in [None, Some(after.as_slice())] {
                follows(ways(&filter, after, 50), index).await;
            }
        }
    }
}
