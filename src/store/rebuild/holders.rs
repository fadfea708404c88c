//! Who has evidence or a record, and when it changed last.

use std::collections::BTreeMap;

use super::super::project::changes_records;
use super::super::sql::{Link, key, sql};
use super::super::{StoreError, waiting};
use super::Mode;
use crate::clearance::case::dossier::DossierEvent;
use crate::clearance::case::permit::PermitEvent;
use crate::clearance::case::{Entry, Event};

/// The entries that changed the traders' records last.
#[derive(Debug, Default)]
pub(super) struct Changes {
    of: BTreeMap<String, i64>,
}

impl Changes {
    /// Takes an entry of a trader's dossier or account in.
    pub(super) fn take(&mut self, holder: &str, seq: i64, event: &Event) {
        if !changes_records(event) {
            return;
        }
        let last = self.of.entry(key(holder)).or_insert(seq);
        *last = seq.max(*last);
    }

    /// Takes in what came after an entry of the journal.
    pub(super) async fn take_since(&mut self, link: &mut Link<'_>, mut after: i64) -> Result<(), StoreError> {
        const NEXT: &str = "SELECT j.seq, j.event, f.event FROM journal j \
            JOIN journal f ON f.case_id = j.case_id AND f.number = 1 WHERE j.seq > $1 \
            AND f.kind IN ('dossier.opened', 'permit.opened') \
            ORDER BY j.seq LIMIT 1000";
        loop {
            let rows = sql(NEXT).bind(after).rows(link).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.number(0)?;
            for row in &rows {
                let (entry, first) = (row.with_text(1, Entry::from_json)?, row.with_text(2, Entry::from_json)?);
                let damaged = |error| StoreError::Damaged(format!("the journal after entry {after}: {error}"));
                let (entry, first) = (entry.map_err(damaged)?, first.map_err(damaged)?);
                if let Event::Dossier(DossierEvent::Opened { holder: Some(holder), .. })
                | Event::Permit(PermitEvent::Opened { holder: Some(holder), .. }) = &first.event
                {
                    self.take(holder, row.number(0)?, &entry.event);
                }
            }
        }
    }

    /// Compares with what is there, and puts it right where that is wanted. Gives the traders that
    /// differed.
    pub(super) async fn settle(mut self, link: &mut Link<'_>, mode: Mode) -> Result<Vec<String>, StoreError> {
        let mut different = Vec::new();
        let mut after = String::new();
        loop {
            let query = sql("SELECT holder, changed_seq FROM holders WHERE holder > $1 ORDER BY holder LIMIT 2000");
            let rows = query.bind(&after).rows(link).await?;
            let Some(last) = rows.last() else { break };
            after = last.text(0)?;
            for row in &rows {
                let (holder, seq) = (row.text(0)?, row.number(1).ok());
                match self.of.remove(&holder) {
                    Some(last) if seq == Some(last) => {}
                    Some(last) => {
                        if mode == Mode::Write {
                            waiting::holder_changed(link, &holder, last).await?;
                        }
                        different.push(holder);
                    }
                    None => {
                        if mode == Mode::Write {
                            sql("DELETE FROM holders WHERE holder = $1").bind(&holder).execute(link).await?;
                        }
                        different.push(holder);
                    }
                }
            }
        }
        for (holder, last) in self.of {
            if mode == Mode::Write {
                waiting::holder_changed(link, &holder, last).await?;
            }
            different.push(holder);
        }
        different.sort_unstable();
        Ok(different)
    }
}
