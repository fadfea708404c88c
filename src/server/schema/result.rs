//! A decided declaration: what `motcua clear` and `motcua check` write too.
#![expect(dead_code, reason = "these describe what is written by hand")]

use utoipa::ToSchema;

/// What the law puts on a line.
#[derive(ToSchema)]
pub(in crate::server) struct Requirement {
    /// The rule.
    rule: String,
    /// Its measure.
    measure: String,
    /// The ministry of the rule.
    ministry: String,
    /// The agency that handles it.
    agency: String,
    /// Procedures that serve.
    procedures: Vec<String>,
    /// When it has to be met: `permit_before_import`, `before_clearance`, `after_clearance` …
    stage: String,
    /// `required`, `pending`, `met`, `failed`, `exempt`, `waived`.
    status: String,
    /// `certain`, `conditional`, `possible`.
    certainty: String,
    /// What follows while it is conditional: `true`, `false`, `"ask"`.
    #[schema(value_type = Option<Object>)]
    presumed: Option<String>,
    /// `sourced`, `partly` …: how well the rule is founded.
    sourced: Option<String>,
    /// The articles.
    legal_basis: Vec<String>,
    /// Who took over from the rule's own body.
    #[schema(value_type = Option<Object>)]
    competent: Option<String>,
    /// The exemption that lifts it.
    #[schema(value_type = Option<Object>)]
    exemption: Option<String>,
    /// How strictly is looked: `strict`, `ordinary`, `reduced`, `waived`.
    method: Option<String>,
    /// Whether the consignment was drawn, where a share is.
    drawn: Option<bool>,
    /// The published warning that meets it.
    #[schema(value_type = Option<Object>)]
    warning: Option<String>,
    /// What satisfies it, or shows that it was asked for or refused.
    evidence: Vec<Evidence>,
    /// The task that ends it.
    task: Option<String>,
    /// Permits that have too little left for it.
    #[schema(value_type = Option<Vec<Object>>)]
    short: Option<Vec<String>>,
    /// What the list says of the goods.
    note: Option<String>,
    /// The fact that would settle it.
    fact: Option<String>,
}

/// A document or record that a requirement rests on.
#[derive(ToSchema)]
pub(in crate::server) struct Evidence {
    /// What it shows: `certificate`, `permit`, `registration` …
    kind: String,
    /// The code of its type.
    code: Option<String>,
    /// Its number.
    number: Option<String>,
    /// `pass`, `fail`, `pending`; not there where the declaration carries it.
    outcome: Option<String>,
}

/// A decided line.
#[derive(ToSchema)]
pub(in crate::server) struct GoodsLine {
    /// Its number.
    line: u32,
    /// The code as declared.
    hs: Option<String>,
    /// How it was found in the tariff.
    r#match: String,
    /// What the law lets be done with it.
    decision: String,
    /// What decides beside its requirements.
    reason: Option<String>,
    /// What the law puts on it.
    requirements: Vec<Requirement>,
    /// Requirements that meet on it, and who leads.
    #[schema(value_type = Option<Object>)]
    joint: Option<String>,
}

/// Something that has to be done, as the decision plans it.
#[derive(ToSchema)]
pub(in crate::server) struct PlannedTask {
    /// Its name in this decision.
    id: String,
    /// `dossier` or `settle_fact`.
    kind: String,
    /// Who does it.
    agency: Option<String>,
    /// Under which procedure.
    procedure: Option<String>,
    /// Procedures that serve as well.
    alternatives: Option<Vec<String>>,
    /// For which measure.
    measure: String,
    /// At which stage.
    stage: String,
    /// Its lines.
    lines: Vec<u32>,
    /// The tasks that come first.
    after: Vec<String>,
    /// When its limit ends.
    due: Option<String>,
    /// Its due time rests on holidays that are estimated.
    due_estimated: Option<bool>,
    /// Its clock stands.
    paused: Option<bool>,
    /// Clearance is later if it is.
    critical: bool,
    /// Its time limit, and where that stands.
    #[schema(value_type = Option<Object>)]
    limit: Option<String>,
    /// Working days by which it may be late.
    slack_working_days: Option<u32>,
}

/// When the goods can be cleared, and what they wait for.
#[derive(ToSchema)]
pub(in crate::server) struct Clearance {
    /// At the earliest, every task taking all of its time.
    earliest: Option<String>,
    /// The agencies that hold it up; of a case `customs`, `trader` and `operator` too.
    held_by: Vec<String>,
    /// The critical path.
    path: Vec<String>,
}

/// Something that is wrong in a message.
#[derive(ToSchema)]
pub(in crate::server) struct FoundWrong {
    /// Its code: stable.
    code: String,
    /// `error` or `warning`.
    severity: String,
    /// In words.
    message: String,
    /// Where: the line of the message.
    xml_line: Option<u32>,
    /// And its column.
    column: Option<u32>,
    /// The path of the element.
    field: Option<String>,
    /// The goods line.
    goods_line: Option<u32>,
}

/// The law that decided.
#[derive(ToSchema)]
pub(in crate::server) struct PackName {
    /// The country.
    country: String,
    /// The edition.
    edition: String,
    /// SHA-256 of its files.
    digest: String,
}

/// What one goods line or a declaration needs: the answer of `motcua check` and `motcua clear`.
#[derive(ToSchema)]
#[schema(example = json!({
    "source": "check", "format": "line-query", "declaration": null, "direction": "import", "date": "2026-07-20",
    "date_source": "as_of", "advisory": true, "decision": "hold", "channel": null,
    "lines": [{ "line": 1, "hs": "03061721", "match": "tariff", "decision": "hold", "requirements": [] }],
    "tasks": [], "ready": [], "clearance": { "earliest": null, "held_by": [], "path": [] }, "errors": [],
    "pack": { "country": "vn", "edition": "2026-11-24", "digest": "sha256:…" }, "engine": "0.1.0"
}))]
pub(in crate::server) struct Decided {
    /// What was read.
    source: String,
    /// Its format.
    format: String,
    /// Customs' number, or the sender's reference.
    declaration: Option<String>,
    /// `import` or `export`.
    direction: Option<String>,
    /// The day whose law decided.
    date: String,
    /// Where that day comes from.
    date_source: String,
    /// Another country's message: it clears nothing.
    advisory: bool,
    /// The procedure of an application.
    procedure: Option<String>,
    /// The customs office.
    #[schema(value_type = Option<Object>)]
    office: Option<String>,
    /// What the law lets be done with the goods: `clear`, `release`, `storage`, `hold`, `refuse`.
    decision: String,
    /// How closely customs looks: `green`, `yellow`, `red`.
    channel: Option<String>,
    /// Why it is not green.
    channel_reason: Option<String>,
    /// The lines.
    lines: Vec<GoodsLine>,
    /// Inspections on several lines that one agency does together.
    #[schema(value_type = Option<Vec<Object>>)]
    joint: Option<Vec<String>>,
    /// What has to be done.
    tasks: Vec<PlannedTask>,
    /// The tasks that wait for no other.
    ready: Vec<String>,
    /// When the goods can be cleared.
    clearance: Clearance,
    /// What is wrong in the message.
    errors: Vec<FoundWrong>,
    /// The law that decided.
    pack: PackName,
    /// The version of the program.
    engine: String,
}
