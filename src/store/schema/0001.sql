-- The journal: what happened, in the order in which it happened. Nothing here is ever changed.
-- `seq` counts without a gap; `number` counts within a case; `hash` chains the entries of a case.
CREATE TABLE journal (
    seq {number} PRIMARY KEY,
    case_id TEXT NOT NULL,
    number {number} NOT NULL,
    at {number} NOT NULL,
    kind TEXT NOT NULL,
    event TEXT NOT NULL,
    hash {bytes} NOT NULL
);
CREATE UNIQUE INDEX journal_case ON journal (case_id, number);

-- Seals across cases: each covers the entries since the one before, and the messages kept until then.
CREATE TABLE seals (
    number {number} PRIMARY KEY,
    first_seq {number} NOT NULL,
    last_seq {number} NOT NULL,
    at {number} NOT NULL,
    messages {number} NOT NULL,
    messages_hash {bytes} NOT NULL,
    hash {bytes} NOT NULL
);

-- Messages as they came and answers as they went. `key` is what makes a message one for its sender.
-- `next_seq`: the journal's next entry had this number when it was kept; `hash` covers the other columns.
CREATE TABLE messages (
    id TEXT PRIMARY KEY,
    sender TEXT NOT NULL,
    key TEXT NOT NULL,
    digest {bytes} NOT NULL,
    case_id TEXT,
    format TEXT NOT NULL,
    received_at {number} NOT NULL,
    content {bytes} NOT NULL,
    answer_status {number} NOT NULL,
    answer_type TEXT NOT NULL,
    answer {bytes} NOT NULL,
    next_seq {number} NOT NULL,
    hash {bytes} NOT NULL
);
CREATE INDEX messages_next ON messages (next_seq, id);
CREATE UNIQUE INDEX messages_key ON messages (sender, key);
CREATE INDEX messages_case ON messages (case_id);

-- Projections: made from the journal, and made again by `motcua rebuild`.

-- Declarations. `may`: what may be done next, whoever does it.
CREATE TABLE declarations (
    case_id TEXT PRIMARY KEY,
    head {number} NOT NULL,
    hash {bytes} NOT NULL,
    opened_at {number} NOT NULL,
    changed_at {number} NOT NULL,
    status TEXT NOT NULL,
    name TEXT,
    reference TEXT,
    holder TEXT,
    filer TEXT NOT NULL,
    direction TEXT,
    day TEXT,
    version {number} NOT NULL,
    message_id TEXT NOT NULL,
    decision TEXT,
    channel TEXT,
    digest TEXT,
    due {number},
    is_open {number} NOT NULL,
    may TEXT NOT NULL
) {by_key};
CREATE INDEX declarations_holder ON declarations (holder, is_open, case_id);
CREATE INDEX declarations_filer ON declarations (filer, case_id);
CREATE INDEX declarations_name ON declarations (name, case_id);
CREATE INDEX declarations_reference ON declarations (reference, case_id);
CREATE INDEX declarations_open ON declarations (is_open, case_id);
CREATE INDEX declarations_status ON declarations (status, case_id);
CREATE INDEX declarations_day ON declarations (day, case_id);

-- Tasks of declarations, and dossiers that serve none: the queues of the agencies. No agency: customs'
-- own; an empty one: nobody knows it, and operators see to it. `rank` puts what is overdue, critical and due
-- first into the order in which a desk works. `ready`: a dossier may be opened for it; `begun_before`: the keys
-- of the tasks that come first and have one. `revoked`: what was revoked since the goods were let through, in JSON.
CREATE TABLE tasks (
    case_id TEXT NOT NULL,
    task TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    agency TEXT,
    procedure_code TEXT,
    measure TEXT,
    stage TEXT NOT NULL,
    lines TEXT NOT NULL,
    after_tasks TEXT NOT NULL,
    state TEXT NOT NULL,
    waits_for TEXT NOT NULL,
    claimed_by TEXT,
    due {number},
    critical {number} NOT NULL,
    rank {number} NOT NULL,
    dossier TEXT,
    holder TEXT,
    name TEXT,
    ready {number} NOT NULL,
    begun_before TEXT NOT NULL,
    revoked TEXT,
    PRIMARY KEY (case_id, task)
) {by_key};
CREATE INDEX tasks_queue ON tasks (agency, state, rank, case_id, task);
CREATE INDEX tasks_holder ON tasks (holder, rank, case_id, task);
CREATE INDEX tasks_rank ON tasks (rank, case_id, task);

-- Dossiers. `ended`: by what, where it has left no result that counts.
CREATE TABLE dossiers (
    case_id TEXT PRIMARY KEY,
    head {number} NOT NULL,
    hash {bytes} NOT NULL,
    opened_at {number} NOT NULL,
    changed_at {number} NOT NULL,
    procedure_code TEXT,
    reference TEXT,
    agency TEXT,
    holder TEXT,
    filer TEXT NOT NULL,
    states TEXT NOT NULL,
    state TEXT NOT NULL,
    clock TEXT NOT NULL,
    claimed_by TEXT,
    claimed_in TEXT,
    declaration TEXT,
    task TEXT,
    message_id TEXT,
    is_open {number} NOT NULL,
    ended TEXT
);
CREATE INDEX dossiers_reference ON dossiers (reference, case_id);
CREATE INDEX dossiers_filer ON dossiers (filer, case_id);
CREATE INDEX dossiers_holder ON dossiers (holder, is_open, case_id);
CREATE INDEX dossiers_agency ON dossiers (agency, is_open, case_id);
-- Dossiers that a declaration to come may be joined with: they are looked for with each one.
CREATE INDEX dossiers_unlinked ON dossiers (holder, case_id) WHERE declaration IS NULL;
CREATE INDEX dossiers_declaration ON dossiers (declaration);

-- Permits, certificates and results: the evidence that screening looks at. What is `limited` has a
-- quantity.
CREATE TABLE evidence (
    case_id TEXT NOT NULL,
    number TEXT NOT NULL,
    kind TEXT NOT NULL,
    code TEXT,
    agency TEXT,
    holder TEXT,
    declaration TEXT,
    issued_at {number} NOT NULL,
    valid_to TEXT,
    state TEXT NOT NULL,
    limited {number} NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (case_id, number)
);
CREATE INDEX evidence_holder ON evidence (holder, issued_at, case_id, number);
-- What speaks for every declaration of a trader, or was taken back and had a quantity: it is looked
-- for with each one.
CREATE INDEX evidence_standing ON evidence (holder, issued_at, case_id, number)
    WHERE declaration IS NULL AND (state = 'live' OR limited = 1);
CREATE INDEX evidence_declaration ON evidence (declaration);
CREATE INDEX evidence_number ON evidence (number);

-- What happened to importers' goods: their record.
CREATE TABLE history (
    case_id TEXT NOT NULL,
    number {number} NOT NULL,
    importer TEXT NOT NULL,
    measure TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (case_id, number)
);
CREATE INDEX history_importer ON history (importer);

-- Who has evidence or a record, and when it changed last: a declaration that was screened before
-- is screened again.
CREATE TABLE holders (
    holder TEXT PRIMARY KEY,
    changed_seq {number} NOT NULL
);

-- Accounts of permits and quotas; amounts are counted in `counted_in`. `account` is the number with
-- its agency.
CREATE TABLE accounts (
    case_id TEXT PRIMARY KEY,
    head {number} NOT NULL,
    hash {bytes} NOT NULL,
    account TEXT NOT NULL,
    number TEXT NOT NULL,
    agency TEXT,
    holder TEXT,
    dossier TEXT,
    unit TEXT NOT NULL,
    counted_in TEXT NOT NULL,
    granted TEXT,
    reserved TEXT NOT NULL,
    written_off TEXT NOT NULL,
    valid_from TEXT,
    valid_to TEXT,
    state TEXT NOT NULL
);
CREATE UNIQUE INDEX accounts_account ON accounts (account);
CREATE INDEX accounts_number ON accounts (number, case_id);
CREATE INDEX accounts_holder ON accounts (holder, case_id);
CREATE INDEX accounts_agency ON accounts (agency, case_id);

-- What lines of declarations draw on accounts.
CREATE TABLE draws (
    case_id TEXT NOT NULL,
    declaration TEXT NOT NULL,
    line {number} NOT NULL,
    revision {number} NOT NULL,
    reserved TEXT NOT NULL,
    written_off TEXT NOT NULL,
    PRIMARY KEY (case_id, declaration, line)
);
CREATE INDEX draws_declaration ON draws (declaration);

-- The permits that have too little left for open declarations: where something of one becomes free,
-- they are decided again.
CREATE TABLE shortages (
    case_id TEXT NOT NULL,
    number TEXT NOT NULL,
    PRIMARY KEY (case_id, number)
);
CREATE INDEX shortages_number ON shortages (number);

-- Clocks: the next thing that happens to a task by itself.
CREATE TABLE timers (
    case_id TEXT NOT NULL,
    task TEXT NOT NULL,
    kind TEXT NOT NULL,
    at {number} NOT NULL,
    PRIMARY KEY (case_id, task, kind)
) {by_key};
CREATE INDEX timers_at ON timers (at);

-- Cases to be looked at again, since something that they rest on has changed.
CREATE TABLE reviews (
    case_id TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    since {number} NOT NULL
);

-- The outbox: replies and notices on their way. Written with what caused them; `number` counts
-- for each recipient without a gap.
CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    recipient TEXT NOT NULL,
    number {number} NOT NULL,
    case_id TEXT,
    topic TEXT NOT NULL,
    created_at {number} NOT NULL,
    content_type TEXT NOT NULL,
    body {bytes} NOT NULL,
    state TEXT NOT NULL,
    attempts {number} NOT NULL,
    next_at {number} NOT NULL,
    done_at {number},
    error TEXT
);
CREATE UNIQUE INDEX outbox_recipient ON outbox (recipient, number);
CREATE INDEX outbox_next ON outbox (recipient, state, number);
CREATE INDEX outbox_state ON outbox (state, created_at);

-- Where the messages of a recipient go; without a row they wait to be fetched.
CREATE TABLE endpoints (
    organisation TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    url TEXT NOT NULL,
    secret {bytes},
    changed_at {number} NOT NULL,
    paused {number} NOT NULL,
    -- What became of the attempts: when one was taken last, when one failed last and why, and how
    -- many have failed since one was taken.
    delivered_at {number},
    failed_at {number},
    error TEXT,
    failures {number} NOT NULL
);

-- Editions of the law in their compiled form, and the days on which they decide. An edition may be
-- taken back and come again: each time has a row, and none is ever taken out.
CREATE TABLE packs (
    digest TEXT PRIMARY KEY,
    country TEXT NOT NULL,
    edition TEXT NOT NULL,
    compiled {bytes} NOT NULL
);
CREATE TABLE law_periods (
    number {number} PRIMARY KEY,
    digest TEXT NOT NULL,
    active_from TEXT NOT NULL,
    active_to TEXT,
    installed_at {number} NOT NULL,
    installed_by TEXT NOT NULL
);

-- Organisations and people.
CREATE TABLE organisations (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    identity TEXT,
    agency TEXT,
    country TEXT,
    active {number} NOT NULL,
    created_at {number} NOT NULL,
    per_second {number}
);
CREATE UNIQUE INDEX organisations_identity ON organisations (kind, identity);
CREATE TABLE mandates (
    broker TEXT NOT NULL,
    trader TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    PRIMARY KEY (broker, trader)
);
CREATE TABLE people (
    id TEXT PRIMARY KEY,
    login TEXT NOT NULL,
    organisation TEXT NOT NULL,
    name TEXT NOT NULL,
    admin {number} NOT NULL,
    password TEXT NOT NULL,
    must_change {number} NOT NULL,
    totp {bytes},
    totp_confirmed {number} NOT NULL,
    totp_last_step {number} NOT NULL,
    failures {number} NOT NULL,
    locked_until {number} NOT NULL,
    active {number} NOT NULL,
    created_at {number} NOT NULL
);
CREATE UNIQUE INDEX people_login ON people (login);
CREATE INDEX people_organisation ON people (organisation, login);
CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    hash {bytes} NOT NULL,
    organisation TEXT NOT NULL,
    person TEXT,
    label TEXT NOT NULL,
    created_at {number} NOT NULL,
    expires_at {number},
    revoked_at {number},
    last_used_at {number}
);
CREATE INDEX api_keys_organisation ON api_keys (organisation, id);
CREATE TABLE sessions (
    hash {bytes} PRIMARY KEY,
    person TEXT NOT NULL,
    created_at {number} NOT NULL,
    used_at {number} NOT NULL,
    expires_at {number} NOT NULL,
    second_factor {number} NOT NULL,
    purpose TEXT NOT NULL
);
CREATE INDEX sessions_person ON sessions (person);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- Who looked at which case.
CREATE TABLE reads (
    at {number} NOT NULL,
    case_id TEXT NOT NULL,
    organisation TEXT NOT NULL,
    person TEXT,
    what TEXT NOT NULL
);
CREATE INDEX reads_case ON reads (case_id, at);

-- Attachments of cases.
CREATE TABLE attachments (
    id TEXT PRIMARY KEY,
    case_id TEXT NOT NULL,
    name TEXT NOT NULL,
    content_type TEXT NOT NULL,
    bytes {number} NOT NULL,
    digest {bytes} NOT NULL,
    scanned TEXT NOT NULL,
    uploaded_at {number} NOT NULL,
    uploaded_by TEXT NOT NULL,
    uploaded_as TEXT NOT NULL,
    content {bytes} NOT NULL
);
CREATE INDEX attachments_case ON attachments (case_id, id);

-- Bulk jobs and what became of each of their items.
CREATE TABLE bulk_jobs (
    id TEXT PRIMARY KEY,
    sender TEXT NOT NULL,
    person TEXT,
    name TEXT NOT NULL,
    lang TEXT NOT NULL,
    state TEXT NOT NULL,
    spool TEXT NOT NULL,
    bytes {number} NOT NULL,
    bytes_read {number} NOT NULL,
    documents {number} NOT NULL,
    accepted {number} NOT NULL,
    refused {number} NOT NULL,
    created_at {number} NOT NULL,
    finished_at {number},
    error TEXT
);
CREATE INDEX bulk_jobs_sender ON bulk_jobs (sender, id);
CREATE INDEX bulk_jobs_state ON bulk_jobs (state, id);
CREATE TABLE bulk_items (
    job TEXT NOT NULL,
    number {number} NOT NULL,
    source TEXT NOT NULL,
    state TEXT NOT NULL,
    case_id TEXT,
    answer_status {number} NOT NULL,
    error TEXT,
    PRIMARY KEY (job, number)
);
CREATE INDEX bulk_items_state ON bulk_items (job, state, number);

-- What the installation knows of itself.
CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
