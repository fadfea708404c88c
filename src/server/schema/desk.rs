//! Tasks, dossiers and what they give.
#![expect(dead_code, reason = "these describe what is written by hand")]

use std::collections::BTreeMap;

use utoipa::ToSchema;

/// The declaration of a task.
#[derive(ToSchema)]
pub(in crate::server) struct TaskDeclaration {
    /// The id of its case.
    id: String,
    /// Its number or reference; an operator is not told.
    name: Option<String>,
}

/// What is said of a task wherever it is shown.
#[derive(ToSchema)]
pub(in crate::server) struct Task {
    /// Its id.
    id: String,
    /// Its name in whatever decision on the declaration.
    key: String,
    /// `dossier`; customs' own: `settle_fact`, `check`, `paper`, `accept`, `review`, `amendment`,
    /// `cancellation`, `storage`; the declarant's: `correction`.
    kind: String,
    /// Its declaration; null: a dossier that serves none.
    declaration: Option<TaskDeclaration>,
    /// The trader, by tax code.
    holder: Option<String>,
    /// Who does it; null: customs, or nobody knows (`waits_for`: `operator`).
    agency: Option<String>,
    /// Under which procedure.
    procedure: Option<String>,
    /// For which measure.
    measure: Option<String>,
    /// At which stage.
    stage: Option<String>,
    /// Its lines.
    lines: Option<Vec<u32>>,
    /// The ids of the tasks that come first.
    after: Option<Vec<String>>,
    /// `ready`, `claimed`, `asked`, `waiting`, `stuck`; once it is past `done`, `cancelled`, `withdrawn`.
    state: String,
    /// Whose turn it is: `agency`, `customs`, `trader`, `tasks`, `operator`; null: nobody's.
    waits_for: Option<String>,
    /// Who works on it.
    claimed_by: Option<String>,
    /// When it is due.
    due: Option<String>,
    /// Clearance is later if it is.
    critical: Option<bool>,
    /// What was revoked since the goods were let through (`review`).
    revoked: Option<Vec<super::declaration::Revoked>>,
    /// What whoever asks may do next (`POST /v1/tasks/{id}/{act}`); where the task is customs' own, or
    /// stuck and he an operator, on its declaration.
    may: Vec<String>,
    /// Where it, its declaration and its dossier are.
    #[schema(value_type = Object)]
    links: String,
}

/// A task as a queue shows it; an operator is shown neither goods nor parties.
#[derive(ToSchema)]
#[schema(example = json!({
    "id": "019f7d77-5380-7568-8b16-af58f3c93ef0-c8ec03ed", "key": "MIN-VET/MIN0600011/registration",
    "kind": "dossier", "declaration": { "id": "019f7d77-5380-7568-8b16-af58f3c93ef0", "name": "107000000010" },
    "holder": "0312456780", "agency": "MIN-VET", "procedure": "MIN0600011", "measure": "animal_quarantine",
    "stage": "before_clearance", "lines": [1], "after": [], "state": "ready", "waits_for": "agency", "claimed_by": null,
    "due": "2026-07-24T10:00:00Z", "critical": true, "dossier": null, "may": ["claim", "result", "accept", "issue", "fail"],
    "links": {}
}))]
pub(in crate::server) struct TaskRow {
    #[serde(flatten)]
    task: Task,
    /// The id of its dossier.
    dossier: Option<String>,
    /// Why an operator is shown it.
    note: Option<String>,
}

/// A task with its dossier.
#[derive(ToSchema)]
#[schema(example = json!({
    "id": "019f7d77-5380-7568-8b16-af58f3c93ef0-c8ec03ed", "kind": "dossier", "agency": "MIN-VET",
    "procedure": "MIN0600011", "state": "claimed", "waits_for": "agency", "claimed_by": "vet",
    "may": ["release", "result", "accept", "ask", "issue", "fail"]
}))]
pub(in crate::server) struct TaskAnswer {
    #[serde(flatten)]
    task: Task,
    /// Its dossier; of a task that is past its id.
    #[schema(value_type = Option<Object>)]
    dossier: Option<DossierAnswer>,
    /// Why it does not move by itself.
    stuck: Option<String>,
    /// Why an operator is shown it.
    note: Option<String>,
    /// What has to be settled, and what may be answered (`settle_fact`).
    questions: Option<Vec<Question>>,
    /// What was done on paper and contradicts what was known.
    disputed: Option<super::declaration::DisputedPaper>,
}

/// A fact to be settled.
#[derive(ToSchema)]
pub(in crate::server) struct Question {
    /// The line.
    line: u32,
    /// The fact.
    fact: String,
    /// The question, Vietnamese.
    ask_vi: String,
    /// The question, English.
    ask_en: String,
    /// What may be answered; empty: any words.
    values: Vec<String>,
    /// The rules that hang on it.
    rules: Vec<String>,
}

/// Something that may be done with a dossier.
#[derive(ToSchema)]
pub(in crate::server) struct NextAct {
    /// Its name (`POST …/{act}`).
    act: String,
    /// The type and function of its message; null: it has none.
    message: Option<String>,
    /// Who does it.
    sender: String,
    /// What it is called, Vietnamese.
    title_vi: Option<String>,
    /// What it is called, English.
    title_en: Option<String>,
}

/// A dossier: its states, its clocks, what it gave, what may be done next.
#[derive(ToSchema)]
#[schema(example = json!({
    "id": "019f7d77-5380-746b-b1b7-02c3f5afd2b4", "event": 4, "procedure": "MIN0600012", "agency": "MIN-VET",
    "holder": null, "reference": "M266007200014", "filed": "2026-07-20T03:00:00Z", "open": true,
    "states": { "file": "supplement_requested" }, "last_act": "ask", "note": "the contract", "clocks": [],
    "waits_for": "trader", "claimed_by": "vet", "task": null, "issued": [], "papers": [], "may": [],
    "links": { "self": "/v1/dossiers/019f7d77-5380-746b-b1b7-02c3f5afd2b4" }
}))]
pub(in crate::server) struct DossierAnswer {
    /// Its id.
    id: String,
    /// The number of its last event: `seen`, `If-Match`.
    event: u64,
    /// Its procedure.
    procedure: Option<String>,
    /// The agency that handles it.
    agency: Option<String>,
    /// The trader, by tax code.
    holder: Option<String>,
    /// The sender's reference.
    reference: Option<String>,
    /// When it was filed.
    filed: Option<String>,
    /// Anything leads on.
    open: bool,
    /// The state of each track of its life cycle.
    states: BTreeMap<String, String>,
    /// What was done last.
    last_act: Option<String>,
    /// What was said with it.
    note: String,
    /// Its clocks: `clock`, `status`, `started`.
    #[schema(value_type = Vec<Object>)]
    clocks: Vec<String>,
    /// Whose turn it is: `agency`, `trader`, `operator`, or `customs`, which looks again at goods that were
    /// let through on what it gave; null: nobody's.
    waits_for: Option<String>,
    /// Who works on it.
    claimed_by: Option<String>,
    /// The task that it serves: `declaration`, `task`, `key`, `lines`.
    #[schema(value_type = Option<Object>)]
    task: Option<String>,
    /// What it gave: `number`, `kind`, `outcome`, `lines`, `at`, `revoked`.
    #[schema(value_type = Vec<Object>)]
    issued: Vec<String>,
    /// What was done on paper: `act`, `source`, `done`, `entered`.
    #[schema(value_type = Vec<Object>)]
    papers: Vec<String>,
    /// What whoever asks may do next.
    may: Vec<NextAct>,
    /// Its documents that whoever asks may see.
    attachments: Option<Vec<Attachment>>,
    /// What was done on paper and contradicts what was known.
    disputed: Option<super::declaration::DisputedPaper>,
    /// Where it is.
    links: super::declaration::SelfLink,
}

/// A dossier as a list shows it.
#[derive(ToSchema)]
#[schema(example = json!({
    "id": "019f7d77-5380-746b-b1b7-02c3f5afd2b4", "procedure": "MIN0600012", "reference": "M266007200014",
    "agency": "MIN-VET", "holder": null, "filer": "broker", "state": "apply", "open": true, "claimed_by": null,
    "declaration": null, "opened": "2026-07-20T03:00:00Z", "changed": "2026-07-20T03:00:00Z", "may": ["replace", "withdraw"],
    "links": {}
}))]
pub(in crate::server) struct DossierRow {
    /// Its id.
    id: String,
    /// Its procedure.
    procedure: Option<String>,
    /// The sender's reference.
    reference: Option<String>,
    /// The agency that handles it.
    agency: Option<String>,
    /// The trader, by tax code.
    holder: Option<String>,
    /// Who filed it.
    filer: String,
    /// What was done last; `open`: nothing.
    state: String,
    /// Anything leads on.
    open: bool,
    /// Who works on it.
    claimed_by: Option<String>,
    /// The declaration that it serves.
    declaration: Option<String>,
    /// When it was opened.
    opened: String,
    /// When it changed last.
    changed: String,
    /// What whoever asks may do next (`POST /v1/dossiers/{id}/{act}`).
    may: Vec<String>,
    /// Where it and its declaration are.
    #[schema(value_type = Object)]
    links: String,
}

/// A document attached to a case.
#[derive(ToSchema)]
#[schema(example = json!({
    "id": "019f7d77-6000-7000-8000-000000000001", "name": "invoice.pdf", "content_type": "application/pdf", "bytes": 48213,
    "sha256": "9f86…", "scanned": "clean", "uploaded": "2026-07-20T03:00:00Z", "by": "broker",
    "links": { "content": "/v1/attachments/019f7d77-6000-7000-8000-000000000001" }
}))]
pub(in crate::server) struct Attachment {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
    /// What it is.
    content_type: String,
    /// Its bytes.
    bytes: u64,
    /// Their digest.
    sha256: String,
    /// What the scanner said.
    scanned: String,
    /// When it was attached.
    uploaded: String,
    /// By which organisation.
    by: String,
    /// Where its bytes are.
    #[schema(value_type = Object)]
    links: String,
}

/// A permit, certificate or result.
#[derive(ToSchema)]
#[schema(example = json!({ "number": "KD-7", "agency": "MIN-VET", "issued": "2026-07-20T03:00:00Z", "live": true, "says": {}, "links": {} }))]
pub(in crate::server) struct Certificate {
    /// Its number.
    number: String,
    /// Who gave it.
    agency: Option<String>,
    /// When.
    issued: String,
    /// It counts.
    live: bool,
    /// What it says.
    #[schema(value_type = Object)]
    says: String,
    /// Where its dossier, declaration and account are.
    #[schema(value_type = Object)]
    links: String,
}

/// The account of a permit or quota. Amounts are texts: no reader rounds them.
#[derive(ToSchema)]
#[schema(example = json!({
    "id": "019f7d77-7000-7000-8000-000000000001", "number": "GP-1", "agency": "MIN-TRADE", "holder": "0312456780", "state": "open",
    "from": "2026-07-20", "to": null, "granted": "1000", "reserved": "50", "written_off": "0", "left": "950", "unit": "KGM", "links": {}
}))]
pub(in crate::server) struct PermitAccount {
    /// Its id.
    id: String,
    /// The permit's number.
    number: String,
    /// Who gave it.
    agency: Option<String>,
    /// To whom, by tax code.
    holder: Option<String>,
    /// How it stands.
    state: String,
    /// Its first day.
    from: Option<String>,
    /// Its last.
    to: Option<String>,
    /// How much is granted; null: without a limit.
    granted: Option<String>,
    /// How much is set aside.
    reserved: Option<String>,
    /// How much is used up.
    written_off: Option<String>,
    /// How much is left; null: without a limit.
    left: Option<String>,
    /// The unit of all of them.
    unit: String,
    /// What moved it, a page: `rows` and `next` (of one account alone).
    #[schema(value_type = Option<Object>)]
    movements: Option<String>,
    /// Where it and its dossier are.
    #[schema(value_type = Object)]
    links: String,
}

/// A bulk job.
#[derive(ToSchema)]
#[schema(example = json!({
    "id": "019f7d77-8000-7000-8000-000000000001", "sender": "broker", "name": "today.tar", "state": "done", "bytes": 81920,
    "bytes_read": 81920, "documents": 12, "accepted": 11, "refused": 1, "created": "2026-07-20T03:00:00Z",
    "finished": "2026-07-20T03:00:02Z", "error": null, "links": {}
}))]
pub(in crate::server) struct BulkJob {
    /// Its id.
    id: String,
    /// Who sent it.
    sender: String,
    /// Its name, for whose it is.
    name: Option<String>,
    /// How far it is: `waiting`, `running`, `done` …
    state: String,
    /// Its bytes.
    bytes: u64,
    /// Those that were read.
    bytes_read: u64,
    /// Documents found.
    documents: u64,
    /// Those that were taken.
    accepted: u64,
    /// Those that were not.
    refused: u64,
    /// When it came.
    created: String,
    /// When it ended.
    finished: Option<String>,
    /// Why it ended early.
    error: Option<String>,
    /// Where it and its items are.
    #[schema(value_type = Object)]
    links: String,
}

/// A document of a bulk job.
#[derive(ToSchema)]
#[schema(example = json!({ "number": 1, "source": "today.tar!1.xml", "state": "accepted", "status": 201, "declaration": "019f7d77-5380-7568-8b16-af58f3c93ef0", "error": null, "links": {} }))]
pub(in crate::server) struct BulkItem {
    /// Its place.
    number: u64,
    /// Its name.
    source: String,
    /// `accepted` or `refused`.
    state: String,
    /// The status that it would have been answered with.
    status: u16,
    /// Its case.
    declaration: Option<String>,
    /// What is wrong with it.
    error: Option<String>,
    /// Where its case is.
    #[schema(value_type = Object)]
    links: String,
}

/// A certificate of origin in a list.
#[derive(ToSchema)]
#[schema(example = json!({
    "id": "019f7d77-8000-7000-8000-000000000001", "form": "D", "country": "TH", "reference": "D2026-000017", "side": "in",
    "partner": "TH", "status": "acknowledged", "holder": null, "agency": null, "issued": "2026-07-16",
    "changed": "2026-07-20T03:00:00Z", "conflicts": 0, "links": {}
}))]
pub(in crate::server) struct OriginCertificateRow {
    /// Its id.
    id: String,
    /// Its form.
    form: String,
    /// The country that issued it.
    country: String,
    /// Its number.
    reference: String,
    /// `in`: received; `out`: issued here.
    side: String,
    /// The country on the other side.
    partner: Option<String>,
    /// Where it stands.
    status: String,
    /// Who holds it here, by tax code.
    holder: Option<String>,
    /// The authority that issued it here.
    agency: Option<String>,
    /// Its day of issue.
    issued: Option<String>,
    /// When something happened last.
    changed: String,
    /// How often its number came with other content.
    conflicts: u64,
    /// Where it and its dossier are.
    #[schema(value_type = Object)]
    links: String,
}

/// A certificate of origin.
#[derive(ToSchema)]
#[schema(example = json!({
    "id": "019f7d77-8000-7000-8000-000000000001", "form": "D", "country": "TH", "reference": "D2026-000017", "side": "in",
    "status": "partly_used", "opened": "2026-07-16T03:00:00Z", "changed": "2026-07-20T03:00:00Z", "holder": null,
    "agency": null, "replaced_by": null, "acknowledged": true, "verification": null, "conflicts": 0, "says": {},
    "items": [], "notices": [], "matched": [], "used": [], "links": {}
}))]
pub(in crate::server) struct OriginCertificateAnswer {
    /// Its id.
    id: String,
    /// Its form.
    form: String,
    /// The country that issued it.
    country: String,
    /// Its number.
    reference: String,
    /// `in`: received; `out`: issued here.
    side: String,
    /// Where it stands.
    status: String,
    /// When something was first heard of it.
    opened: String,
    /// When something happened last.
    changed: String,
    /// Who holds it here, by tax code.
    holder: Option<String>,
    /// The authority that issued it here.
    agency: Option<String>,
    /// The certificate in its place.
    replaced_by: Option<String>,
    /// The other side has taken it in.
    acknowledged: bool,
    /// The retroactive check.
    #[schema(value_type = Option<Object>)]
    verification: Option<String>,
    /// How often its number came with other content.
    conflicts: u64,
    /// What it says, box by box; null: it has not come yet.
    #[schema(value_type = Option<Object>)]
    says: Option<String>,
    /// Its items with what was used of each.
    #[schema(value_type = Vec<Object>)]
    items: Vec<String>,
    /// What either side has said about it.
    #[schema(value_type = Vec<Object>)]
    notices: Vec<String>,
    /// What declarations are to use of it.
    #[schema(value_type = Vec<Object>)]
    matched: Vec<String>,
    /// What declarations have used of it.
    #[schema(value_type = Vec<Object>)]
    used: Vec<String>,
    /// Where its dossier is.
    #[schema(value_type = Object)]
    links: String,
}
