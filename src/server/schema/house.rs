//! Organisations, people and keys, sessions, messages out, the law, the service itself.
#![expect(dead_code, reason = "these describe what is written by hand")]

use utoipa::ToSchema;

/// An organisation.
#[derive(ToSchema)]
#[schema(example = json!({
    "id": "vet", "kind": "agency", "name": "Cục Chăn nuôi và Thú y", "identity": null, "agency": "MIN-VET", "country": null,
    "per_second": null, "active": true, "created": "2026-07-20T03:00:00Z", "links": {}
}))]
pub(in crate::server) struct Organisation {
    /// Its id.
    id: String,
    /// What it is.
    kind: String,
    /// Its name.
    name: String,
    /// The tax code of a trader or broker.
    identity: Option<String>,
    /// The code of an agency.
    agency: Option<String>,
    /// The country of a partner.
    country: Option<String>,
    /// Messages that it may send a second.
    per_second: Option<u32>,
    /// Its people and systems may sign in.
    active: bool,
    /// When it was entered.
    created: String,
    /// Where it, its people and its keys are.
    #[schema(value_type = Object)]
    links: String,
}

/// For whom a broker may act, and on which days.
#[derive(ToSchema)]
#[schema(example = json!({ "trader": "0312456780", "from": "2026-01-01", "to": null }))]
pub(in crate::server) struct MandateAnswer {
    /// The trader's tax code; `*`: everybody.
    trader: String,
    /// The first day.
    from: String,
    /// The last day.
    to: Option<String>,
}

/// The last day of a mandate that was ended.
#[derive(ToSchema)]
#[schema(example = json!({ "last": "2026-07-19" }))]
pub(in crate::server) struct MandateEnded {
    /// The last day on which it is good.
    last: String,
}

/// The account of a person.
#[derive(ToSchema)]
#[schema(example = json!({
    "id": "019f7d77-9000-7000-8000-000000000001", "login": "an.nguyen", "organisation": "vet", "name": "An Nguyen",
    "admin": false, "active": true, "must_change": true, "second_factor": false, "locked_until": null,
    "created": "2026-07-20T03:00:00Z", "links": {}
}))]
#[expect(clippy::struct_excessive_bools, reason = "each is a field of the answer")]
pub(in crate::server) struct PersonAnswer {
    /// Its id.
    id: String,
    /// What the person signs in with.
    login: String,
    /// Of which organisation.
    organisation: String,
    /// The person's name.
    name: String,
    /// It looks after the people and keys of its organisation.
    admin: bool,
    /// It may sign in.
    active: bool,
    /// The password is to be changed first.
    must_change: bool,
    /// A second factor is set up.
    second_factor: bool,
    /// Until when it is kept out after wrong guesses.
    locked_until: Option<String>,
    /// When it was made.
    created: String,
    /// The first password, shown this once.
    password: Option<String>,
    /// Where it is.
    #[schema(value_type = Object)]
    links: String,
}

/// A code with which a person sets a new password.
#[derive(ToSchema)]
#[schema(example = json!({ "code": "KQ7M-…", "until": "2026-07-20T04:00:00Z" }))]
pub(in crate::server) struct ResetCode {
    /// The code, shown this once.
    code: String,
    /// Until when it is good.
    until: String,
}

/// An API key. Its secret is kept nowhere.
#[derive(ToSchema)]
#[schema(example = json!({
    "id": "a1b2c3d4", "label": "the ERP", "person": null, "created": "2026-07-20T03:00:00Z", "expires": null, "revoked": null,
    "last_used": "2026-07-20T03:10:00Z"
}))]
pub(in crate::server) struct KeyRow {
    /// Its id.
    id: String,
    /// What it is for.
    label: String,
    /// In whose name it acts.
    person: Option<String>,
    /// When it was issued.
    created: String,
    /// When it ends by itself.
    expires: Option<String>,
    /// When it was taken back.
    revoked: Option<String>,
    /// When it was used last.
    last_used: Option<String>,
}

/// A key that was issued.
#[derive(ToSchema)]
#[schema(example = json!({ "id": "a1b2c3d4", "key": "mk_a1b2c3d4_…" }))]
pub(in crate::server) struct KeyIssued {
    /// Its id.
    id: String,
    /// The key, shown this once.
    key: String,
}

/// Who asks.
#[derive(ToSchema)]
#[schema(example = json!({
    "organisation": { "id": "vet", "kind": "agency" }, "person": { "id": "019f…", "login": "an.nguyen", "admin": false },
    "wants": null, "csrf": "…", "session_lasts": 43200
}))]
pub(in crate::server) struct SessionAnswer {
    /// The organisation: `id`, `kind`.
    #[schema(value_type = Object)]
    organisation: String,
    /// The person: `id`, `login`, `admin`; null: a system.
    #[schema(value_type = Option<Object>)]
    person: Option<String>,
    /// What has to be done first: `second_factor`, `password_change`, `enrolment`.
    wants: Option<String>,
    /// What a page of ours shows with a change (`X-CSRF-Token`).
    csrf: Option<String>,
    /// Seconds that a session lasts.
    session_lasts: i64,
    /// The token of a session that was opened, shown this once.
    token: Option<String>,
}

/// A second factor that was drawn.
#[derive(ToSchema)]
#[schema(example = json!({ "otpauth": "otpauth://totp/Motcua:an.nguyen?secret=…" }))]
pub(in crate::server) struct Drawn {
    /// The address that a device reads, shown this once.
    otpauth: String,
}

/// A message that waits for an organisation.
#[derive(ToSchema)]
#[schema(example = json!({
    "id": "019f7d77-a000-7000-8000-000000000001", "number": 4, "topic": "task.ready",
    "case": "019f7d77-5380-7568-8b16-af58f3c93ef0", "created": "2026-07-20T03:00:00Z", "content_type": "application/json", "body": {}
}))]
pub(in crate::server) struct InboxRow {
    /// Its id.
    id: String,
    /// Its number among the organisation's.
    number: i64,
    /// What it is about.
    topic: String,
    /// Its case.
    case: Option<String>,
    /// When it was written.
    created: String,
    /// What `body` is.
    content_type: String,
    /// What it says: JSON, or XML as text.
    #[schema(value_type = Object)]
    body: String,
    /// Why it waits to be fetched though there is an endpoint.
    reason: Option<String>,
}

/// A message that was given up.
#[derive(ToSchema)]
#[schema(example = json!({
    "id": "019f7d77-a000-7000-8000-000000000001", "recipient": "vet", "topic": "task.ready",
    "case": "019f7d77-5380-7568-8b16-af58f3c93ef0", "created": "2026-07-20T03:00:00Z", "attempts": 12, "error": "connection refused"
}))]
pub(in crate::server) struct DeadLetter {
    /// Its id.
    id: String,
    /// For whom.
    recipient: String,
    /// What it is about.
    topic: String,
    /// Its case.
    case: Option<String>,
    /// When it was written.
    created: String,
    /// How often it was tried.
    attempts: i64,
    /// What went wrong last.
    error: Option<String>,
}

/// Where an organisation's messages go, and how that does.
#[derive(ToSchema)]
#[schema(example = json!({
    "organisation": "vet", "kind": "webhook", "url": "https://vet.example/hook", "paused": false,
    "changed": "2026-07-20T03:00:00Z", "state": "failing", "delivered": "2026-07-20T03:10:00Z",
    "failed": "2026-07-20T04:02:11Z", "error": "the endpoint answers with status 503", "failures": 4, "waiting": 7,
    "next_attempt": "2026-07-20T04:02:20Z", "dead": 0, "to_fetch": 0
}))]
pub(in crate::server) struct EndpointAnswer {
    /// The organisation.
    organisation: String,
    /// `webhook`, or a form of SOAP.
    kind: String,
    /// Its address.
    url: String,
    /// Nothing is sent there now.
    paused: bool,
    /// When it was set, paused or resumed.
    changed: String,
    /// `ok`, `failing` (the last attempt failed), `paused`, `new` (nothing was sent to it).
    state: String,
    /// When it took a message last.
    delivered: Option<String>,
    /// When it failed to last.
    failed: Option<String>,
    /// Why.
    error: Option<String>,
    /// Attempts that have failed since it took one.
    failures: i64,
    /// Messages that wait to be sent to it.
    waiting: i64,
    /// When the first of them is tried next; null: nothing waits, or it is paused.
    next_attempt: Option<String>,
    /// Messages that were given up: `/v1/dead-letters`.
    dead: i64,
    /// Messages that it cannot take, which wait in `/v1/inbox`.
    to_fetch: i64,
}

/// An endpoint that was set.
#[derive(ToSchema)]
#[schema(example = json!({ "set": true, "key": "whsec_…" }))]
pub(in crate::server) struct EndpointSet {
    /// It is set.
    set: bool,
    /// What signs a webhook's messages, shown this once.
    key: Option<String>,
    /// What does not go there, and stays in the inbox.
    note: Option<String>,
}

/// An edition of the law that the service has.
#[derive(ToSchema)]
#[schema(example = json!({
    "digest": "sha256:…", "edition": "2026-11-24", "active_from": null, "withdrawn_on": null, "installed_at": null,
    "installed_by": null, "decides": true, "unreadable": null
}))]
pub(in crate::server) struct EditionRow {
    /// The digest of its files.
    digest: String,
    /// Its name.
    edition: String,
    /// The first day on which it decides; null: the service began with it.
    active_from: Option<String>,
    /// The day on which it was taken back.
    withdrawn_on: Option<String>,
    /// When it was installed.
    installed_at: Option<String>,
    /// By whom.
    installed_by: Option<String>,
    /// It decides now.
    decides: bool,
    /// Why it cannot be read here.
    unreadable: Option<String>,
}

/// An edition that was installed, or only looked at.
#[derive(ToSchema)]
#[schema(example = json!({
    "digest": "sha256:…", "edition": "2027-01-01", "active_from": "2027-01-01", "installed": true,
    "effect": { "open": 120, "changed": 3, "same_for_other_reasons": 2, "rescheduled": 9 }, "warning_count": 0, "warnings": []
}))]
pub(in crate::server) struct LawInstalled {
    /// The digest of its files.
    digest: String,
    /// Its name.
    edition: String,
    /// The first day on which it decides.
    active_from: String,
    /// It is installed.
    installed: bool,
    /// What it does to the open cases.
    #[schema(value_type = Object)]
    effect: String,
    /// How much is suspect in it.
    warning_count: u64,
    /// The first of it.
    #[schema(value_type = Vec<Object>)]
    warnings: Vec<String>,
}

/// An edition that was taken back.
#[derive(ToSchema)]
#[schema(example = json!({ "digest": "sha256:…", "withdrawn": true }))]
pub(in crate::server) struct LawWithdrawn {
    /// The digest of its files.
    digest: String,
    /// It decides no more.
    withdrawn: bool,
}

/// Whether the service lives.
#[derive(ToSchema)]
#[schema(example = json!({ "status": "ok" }))]
pub(in crate::server) struct Health {
    /// `ok`.
    status: String,
}

/// Whether the service can work.
#[derive(ToSchema)]
#[schema(example = json!({ "status": "ready", "journal": 1204, "law": { "edition": "2026-11-24", "digest": "sha256:…" } }))]
pub(in crate::server) struct Ready {
    /// `ready`, `not ready`, `stopping`.
    status: String,
    /// Entries of the journal.
    journal: Option<i64>,
    /// The edition that decides: `edition`, `digest`.
    #[schema(value_type = Option<Object>)]
    law: Option<String>,
    /// Why it cannot work.
    reason: Option<String>,
}

/// What was used of certificates, in one group.
#[derive(ToSchema)]
#[schema(example = json!({
    "side": "in", "country": "TH", "form": "D", "criterion": "WO", "hs": "03", "certificates": 12, "items": 20, "used": 9,
    "rejected": 1
}))]
pub(in crate::server) struct Utilisation {
    /// `in`: received; `out`: issued here.
    side: String,
    /// The issuing country.
    country: String,
    /// The form.
    form: String,
    /// The grounds of origin, without percentages.
    criterion: String,
    /// The beginning of the HS code.
    hs: String,
    /// Certificates.
    certificates: u64,
    /// Their items.
    items: u64,
    /// Items of which something was used.
    used: u64,
    /// Items of certificates that customs has refused.
    rejected: u64,
}

/// How the exchange with a partner does.
#[derive(ToSchema)]
#[schema(example = json!({
    "country": "TH", "organisation": "gateway-th", "state": "ok", "address": "https://gw.example/exchange/messages",
    "documents": ["CO-ISSUE"], "trusted_until": "2030-01-01T00:00:00Z", "heard": null, "received": 0, "repeated": 0,
    "refused": 0, "delivered": null, "failed": null, "error": null, "waiting": 0, "next_attempt": null, "dead": 0,
    "round_trip_ms": null, "refusals": []
}))]
pub(in crate::server) struct PartnerHealth {
    /// Its country.
    country: String,
    /// The organisation that it is.
    organisation: String,
    /// How it does, in a word.
    state: String,
    /// Where its messages go.
    address: Option<String>,
    /// What is exchanged.
    documents: Vec<String>,
    /// Until when its signatures are believed.
    trusted_until: Option<String>,
    /// When something came from it last.
    heard: Option<String>,
    /// Messages that came in the last seven days.
    received: u64,
    /// Those that had come before.
    repeated: u64,
    /// Those that were refused.
    refused: u64,
    /// When it took a message last.
    delivered: Option<String>,
    /// When it failed to last.
    failed: Option<String>,
    /// Why.
    error: Option<String>,
    /// Messages that wait for it.
    waiting: u64,
    /// When the first of them is tried.
    next_attempt: Option<String>,
    /// Messages that were given up.
    dead: u64,
    /// The median time until a receipt, in milliseconds.
    round_trip_ms: Option<u64>,
    /// Its newest messages that were refused.
    #[schema(value_type = Vec<Object>)]
    refusals: Vec<String>,
}
