//! Permits, certificates and results of a trader, the newest first.

use super::super::StoreError;
use super::super::known::{self, Evidence};
use super::super::sql::{Link, Value, key};
use super::Page;
use super::cursor::{self, Key, NUMBER, TEXT};
use super::select::{Order, Select, merged};

/// Which evidence.
#[derive(Debug, Clone, Default)]
pub struct EvidenceFilter {
    /// Of this trader.
    pub holder: String,
    /// Only what still counts, or only what does not.
    pub live: Option<bool>,
}

/// A page of what a trader was given, the newest first.
///
/// # Errors
/// [`StoreError`]
pub async fn evidence(
    link: &mut Link<'_>,
    filter: &EvidenceFilter,
    after: Option<&str>,
    limit: u32,
) -> Result<Page<Evidence>, StoreError> {
    let after = cursor::read(after, &[NUMBER, TEXT, TEXT])?;
    merged(link, vec![way(filter, after.as_deref(), limit)], limit, Order::Down, |row| {
        let found = known::read(row)?;
        let key = [Key::Number(found.issued.as_microsecond()), Key::Text(found.from.to_string())];
        Ok((key.into_iter().chain([Key::Text(found.number.clone())]).collect(), found))
    })
    .await
}

fn way(filter: &EvidenceFilter, after: Option<&[Key]>, limit: u32) -> (String, Vec<Value>) {
    let state = filter.live.map(|live| if live { "live" } else { "revoked" });
    Select::new(known::EVIDENCE)
        .and("holder = ?", [key(&filter.holder)])
        .and_if("state = ?", state)
        .after("(issued_at, case_id, number) < (?, ?, ?)", after)
        .finish("issued_at DESC, case_id DESC, number DESC", limit)
}

#[cfg(test)]
mod tests {
    use super::super::super::sql::plans::follows;
    use super::*;

    #[tokio::test]
    async fn the_list_of_evidence_follows_an_index_and_sorts_nothing() {
        let after = [Key::Number(7), Key::Text("a".to_owned()), Key::Text("b".to_owned())];
        for live in [None, Some(true)] {
            let filter = EvidenceFilter { holder: "x".to_owned(), live };
            follows(vec![way(&filter, None, 50), way(&filter, Some(&after), 50)], "evidence_holder").await;
        }
    }
}
