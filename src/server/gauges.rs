//! Gauges of the installation in the text format of Prometheus.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::Mutex;

use crate::service::shared::Shared;
use crate::store::StoreError;
use crate::store::gauges::{Counts, counts};

/// So long what was counted is good at least.
const GOOD_FOR: Duration = Duration::from_secs(5);
/// Counting takes no more than this share of the time, however much there is to count.
const SHARE: u32 = 20;

/// What was counted last, and until when it is good.
#[derive(Debug, Default)]
pub(super) struct Gauges(Mutex<Option<(String, Instant)>>);

impl Gauges {
    /// The gauges as text. Whoever asks meanwhile waits for the one count.
    pub(super) async fn text(&self, shared: &Shared) -> Result<String, StoreError> {
        let mut kept = self.0.lock().await;
        if let Some((text, until)) = &*kept
            && Instant::now() < *until
        {
            return Ok(text.clone());
        }
        let (began, now) = (Instant::now(), shared.clock.now());
        let text = written(&counts(&mut shared.database.read().await?.link(), now).await?, now);
        let took = began.elapsed();
        *kept = Some((text.clone(), Instant::now() + GOOD_FOR.max(took * SHARE)));
        Ok(text)
    }
}

fn written(counts: &Counts, now: Timestamp) -> String {
    let mut text = String::new();
    let mut gauge = |name: &str, help: &str, values: &[(String, i64)]| {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
        for (labels, value) in values {
            let _ = writeln!(text, "{name}{labels} {value}");
        }
    };
    let one = |value: i64| [(String::new(), value)];
    let tasks: Vec<_> = counts
        .tasks
        .iter()
        .map(|(agency, state, count)| {
            (format!("{{agency=\"{}\",state=\"{state}\"}}", agency_of(agency.as_deref())), *count)
        })
        .collect();
    gauge("motcua_tasks", "Open tasks by agency and state.", &tasks);
    let overdue: Vec<_> = counts
        .overdue
        .iter()
        .map(|(agency, count)| (format!("{{agency=\"{}\"}}", agency_of(agency.as_deref())), *count))
        .collect();
    gauge("motcua_tasks_overdue", "Open tasks that are late, by agency.", &overdue);
    let declarations: Vec<_> =
        counts.declarations.iter().map(|(status, count)| (format!("{{status=\"{status}\"}}"), *count)).collect();
    gauge("motcua_declarations", "Declarations by status.", &declarations);
    gauge("motcua_outbox_letters", "Letters on their way.", &one(counts.letters));
    let age = counts.oldest.map_or(0, |oldest| now.duration_since(oldest).as_secs().max(0));
    gauge("motcua_outbox_oldest_seconds", "Age of the oldest letter on its way.", &one(age));
    gauge("motcua_dead_letters", "Letters that could not be delivered.", &one(counts.dead));
    let endpoints: Vec<_> =
        counts.endpoints.iter().map(|(state, count)| (format!("{{state=\"{state}\"}}"), *count)).collect();
    gauge("motcua_endpoints", "Endpoints by how they do.", &endpoints);
    let failing: Vec<_> =
        counts.failing.iter().map(|(of, count)| (format!("{{organisation=\"{of}\"}}"), *count)).collect();
    gauge("motcua_endpoint_failures", "Attempts in a row that have failed, of endpoints that fail.", &failing);
    gauge("motcua_journal_entries", "Entries of the journal.", &one(counts.entries));
    text
}

/// An agency as a label.
fn agency_of(agency: Option<&str>) -> &str {
    match agency {
        None => "customs",
        Some("") => "unknown",
        Some(agency) => agency,
    }
}
