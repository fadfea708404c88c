//! Declarations.
#![expect(dead_code, reason = "these describe what is written by hand")]

use std::collections::BTreeMap;

use utoipa::ToSchema;

use super::desk::{Attachment, TaskRow};
use super::result::Decided;

/// Who caused something.
#[derive(ToSchema)]
pub(in crate::server) struct By {
    /// In which role.
    role: String,
    /// From which organisation.
    organisation: Option<String>,
    /// Who; not there: a system.
    person: Option<String>,
}

/// Where the parts of a declaration are.
#[derive(ToSchema)]
pub(in crate::server) struct DeclarationLinks {
    /// Itself.
    #[schema(rename = "self")]
    itself: String,
    /// What happened to it.
    timeline: String,
    /// Its tasks in their order.
    graph: String,
    /// The same as they wait.
    tasks: String,
    /// Where it is sent again to be amended, for whom may.
    amend: Option<String>,
    /// Where documents are attached, for whom may.
    attach: Option<String>,
}

/// Something that was done on paper and contradicts what was known.
#[derive(ToSchema)]
pub(in crate::server) struct DisputedPaper {
    /// Its id (`settle_paper`).
    entry: String,
    /// The key of the task.
    task: String,
    /// What was done.
    act: String,
    /// The paper.
    source: String,
    /// When it was done.
    done: String,
    /// When it was entered.
    entered: String,
    /// By whom.
    by: By,
    /// What it contradicts.
    disputed: Vec<String>,
    /// What it says.
    note: String,
    /// The number that it gives.
    number: Option<String>,
    /// What customs has decided of it.
    #[schema(value_type = Option<Object>)]
    settled: Option<String>,
}

/// A fact that was settled since the declaration came.
#[derive(ToSchema)]
pub(in crate::server) struct SettledFact {
    /// The line.
    line: u32,
    /// The fact.
    fact: String,
    /// Its value.
    value: String,
    /// In which capacity.
    by: String,
}

/// What an officer decided otherwise.
#[derive(ToSchema)]
pub(in crate::server) struct Overridden {
    /// The line; null: all.
    line: Option<u32>,
    /// What may be done instead.
    decision: String,
    /// Why.
    reason: String,
    /// Who.
    by: By,
}

/// A paper that spoke for the declaration and was revoked.
#[derive(ToSchema)]
pub(in crate::server) struct Revoked {
    /// Its number.
    number: String,
    /// The dossier that gave it (`/v1/dossiers/{id}`).
    dossier: String,
    /// Why.
    reason: String,
    /// By whom.
    by: By,
    /// When.
    at: String,
}

/// A check of customs.
#[derive(ToSchema)]
struct Checked {
    /// `documents`, `goods`.
    kind: String,
    /// Nothing was found against it.
    passed: bool,
    /// What was found.
    reason: String,
    /// When.
    at: String,
}

/// A declaration: where it stands, what was decided and under which edition of the law, what whoever
/// asks may do next. An operator is shown `id`, `status`, `tasks` and `may` alone.
#[derive(ToSchema)]
#[schema(example = json!({
    "id": "019f7d77-5380-7568-8b16-af58f3c93ef0", "status": "accepted", "version": 1, "event": 3, "outcome": "hold",
    "checks": [], "task_ids": { "t1": "019f7d77-5380-7568-8b16-af58f3c93ef0-c8ec03ed" }, "may": ["cancel", "review"],
    "links": { "self": "/v1/declarations/019f7d77-5380-7568-8b16-af58f3c93ef0" },
    "declaration": "107000000010", "direction": "import", "date": "2026-07-20", "decision": "hold", "channel": "yellow",
    "pack": { "country": "vn", "edition": "2026-11-24", "digest": "sha256:…" }
}))]
pub(in crate::server) struct DeclarationAnswer {
    /// The id of the case.
    id: String,
    /// `registered`, `accepted`, `cleared`, `cancelled`, `aborted`.
    status: String,
    /// Counts up with every amendment.
    version: u32,
    /// The number of its last event: `seen`, `If-Match`.
    event: u64,
    /// What may be done with the goods now: by `decision` (what the law lets be done with them), by what
    /// officers decided otherwise and what customs found against them; `hold` while customs has to take the
    /// declaration as lodged, to check something (`checks`) or to answer what it is asked (`asked`,
    /// `papers`). `clear`: they may leave.
    outcome: Option<String>,
    /// What customs still has to check: `documents`, `goods`.
    checks: Vec<String>,
    /// What customs has checked last, and what it found.
    checked: Option<Vec<Checked>>,
    /// The ids of the decision's tasks (`/v1/tasks/{id}`).
    task_ids: BTreeMap<String, String>,
    /// What whoever asks may do next (`POST /v1/declarations/{id}/{action}`).
    may: Vec<String>,
    /// What the declarant asks customs for: `amendment`, `cancellation`, `storage`.
    #[schema(value_type = Option<Object>)]
    asked: Option<String>,
    /// Facts that were settled since it came.
    settled_facts: Option<Vec<SettledFact>>,
    /// What officers decided otherwise.
    overrides: Option<Vec<Overridden>>,
    /// What spoke for it and was revoked; of what is cleared, since then: customs decides what becomes of it.
    revoked: Option<Vec<Revoked>>,
    /// What was entered afterwards and contradicts what was known.
    papers: Option<Vec<DisputedPaper>>,
    /// Where its parts are.
    links: DeclarationLinks,
    /// Its documents that whoever asks may see.
    attachments: Option<Vec<Attachment>>,
    /// `customs`: an officer chose the channel.
    channel_by: Option<String>,
    /// What was decided, as it was recorded.
    #[serde(flatten)]
    decided: Decided,
}

/// A link to itself.
#[derive(ToSchema)]
pub(in crate::server) struct SelfLink {
    /// Itself.
    #[schema(rename = "self")]
    itself: String,
}

/// A declaration as a list shows it.
#[derive(ToSchema)]
#[schema(example = json!({
    "id": "019f7d77-5380-7568-8b16-af58f3c93ef0", "declaration": "107000000010", "holder": "0312456780", "filer": "broker",
    "direction": "import", "date": "2026-07-20", "status": "accepted", "decision": "hold", "outcome": "hold",
    "channel": "yellow", "due": "2026-07-24T10:00:00Z", "opened": "2026-07-20T03:00:00Z", "changed": "2026-07-20T03:00:00Z",
    "may": ["cancel", "review"], "links": { "self": "/v1/declarations/019f7d77-5380-7568-8b16-af58f3c93ef0" }
}))]
pub(in crate::server) struct DeclarationRow {
    /// The id of the case.
    id: String,
    /// Customs' number, or the sender's reference.
    declaration: Option<String>,
    /// The trader, by tax code.
    holder: Option<String>,
    /// Who filed it.
    filer: String,
    /// `import` or `export`.
    direction: Option<String>,
    /// The day whose law decided.
    date: Option<String>,
    /// Where it stands.
    status: String,
    /// As `outcome`.
    decision: Option<String>,
    /// What may be done with the goods now; `clear`: they may leave.
    outcome: Option<String>,
    /// How customs looks at them.
    channel: Option<String>,
    /// When the first of its tasks is due.
    due: Option<String>,
    /// When it came.
    opened: String,
    /// When it changed last.
    changed: String,
    /// What whoever asks may do next (`POST /v1/declarations/{id}/{action}`).
    may: Vec<String>,
    /// Where it is.
    links: SelfLink,
}

/// Something that happened to a declaration or one of its dossiers.
#[derive(ToSchema)]
#[schema(example = json!({
    "seq": 7, "at": "2026-07-20T03:00:00Z", "case": "019f7d77-5380-7568-8b16-af58f3c93ef0", "number": 1,
    "by": { "role": "broker", "organisation": "broker" }, "event": "declaration.registered", "done": null,
    "on_paper": false, "data": {}
}))]
pub(in crate::server) struct TimelineRow {
    /// Its number in the journal.
    seq: i64,
    /// When.
    at: String,
    /// In which case.
    case: String,
    /// Its number in the case.
    number: u64,
    /// By whom; in the role `system`: the program itself, by the rule that a declaration that is not lodged
    /// beforehand is taken at once, by a clock, or since nothing stands before clearance any more.
    by: By,
    /// What.
    event: String,
    /// When it was done, where that was before.
    done: Option<String>,
    /// It was done on paper.
    on_paper: bool,
    /// What it says; null for whom the case is not his own.
    #[schema(value_type = Option<Object>)]
    data: Option<String>,
}

/// The tasks of a declaration in their order.
#[derive(ToSchema)]
#[schema(example = json!({ "declaration": "019f7d77-5380-7568-8b16-af58f3c93ef0", "tasks": [] }))]
pub(in crate::server) struct Graph {
    /// The id of the case.
    declaration: String,
    /// Its tasks; `after` of each are the edges.
    tasks: Vec<TaskRow>,
}

/// Somebody looked at a case.
#[derive(ToSchema)]
#[schema(example = json!({ "at": "2026-07-20T03:00:01Z", "organisation": "customs", "person": "an.nguyen", "what": "declaration" }))]
pub(in crate::server) struct ReadRow {
    /// When.
    at: String,
    /// From which organisation.
    organisation: String,
    /// Who; null: a system, or not for whoever asks to know.
    person: Option<String>,
    /// At what of it.
    what: String,
}

/// What came of something done on paper.
#[derive(ToSchema)]
#[schema(example = json!({ "entered": true, "disputed": null, "links": { "declaration": "/v1/declarations/019f7d77-5380-7568-8b16-af58f3c93ef0" } }))]
pub(in crate::server) struct PaperEntered {
    /// It counts.
    entered: bool,
    /// What it contradicts: customs decides.
    disputed: Option<DisputedPaper>,
    /// Where the declaration is.
    #[schema(value_type = Object)]
    links: String,
}
