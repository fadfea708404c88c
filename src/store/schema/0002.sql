-- Certificates of origin, of either side. `side`: `out`, issued here; `in`, received. `party`: the importer or
-- exporter here, by name as it is looked for (`party_key`); `reference_key`: the number as declarations quote it. `status`: where it stands, whatever the day.
CREATE TABLE certificates (
    case_id TEXT PRIMARY KEY,
    head {number} NOT NULL,
    hash {bytes} NOT NULL,
    opened_at {number} NOT NULL,
    changed_at {number} NOT NULL,
    form TEXT NOT NULL,
    country TEXT NOT NULL,
    reference TEXT NOT NULL,
    reference_key TEXT NOT NULL,
    side TEXT NOT NULL,
    partner TEXT,
    status TEXT NOT NULL,
    holder TEXT,
    party_key TEXT,
    agency TEXT,
    dossier TEXT,
    issued TEXT,
    since {number},
    conflicts {number} NOT NULL
) {by_key};
CREATE UNIQUE INDEX certificates_key ON certificates (country, form, reference);
CREATE INDEX certificates_reference ON certificates (reference, case_id);
CREATE INDEX certificates_quoted ON certificates (reference_key, case_id);
CREATE INDEX certificates_side ON certificates (side, case_id);
CREATE INDEX certificates_status ON certificates (status, case_id);
CREATE INDEX certificates_party ON certificates (party_key, issued, case_id);
CREATE INDEX certificates_holder ON certificates (holder, case_id);

-- Their items: what is looked for when a declaration names no certificate, and what was used of each.
CREATE TABLE certificate_items (
    case_id TEXT NOT NULL,
    item {number} NOT NULL,
    hs TEXT NOT NULL,
    criterion TEXT NOT NULL,
    invoice TEXT,
    original TEXT,
    amount TEXT,
    unit TEXT,
    used TEXT NOT NULL,
    PRIMARY KEY (case_id, item)
) {by_key};
CREATE INDEX certificate_items_original ON certificate_items (original, case_id);

-- What declarations use of certificates, and are to use.
CREATE TABLE certificate_uses (
    case_id TEXT NOT NULL,
    declaration TEXT NOT NULL,
    item {number} NOT NULL,
    state TEXT NOT NULL,
    amount TEXT NOT NULL,
    unit TEXT,
    PRIMARY KEY (case_id, declaration, item)
) {by_key};
CREATE INDEX certificate_uses_declaration ON certificate_uses (declaration, case_id);

-- Partners' gateways: an organisation each. `trust`: certificates and revocation lists, in PEM. `documents`: what was
-- agreed to be exchanged, as a list with commas; `policy`: in JSON. What was heard of them is counted.
CREATE TABLE partners (
    organisation TEXT PRIMARY KEY,
    country TEXT NOT NULL,
    trust {bytes} NOT NULL,
    documents TEXT NOT NULL,
    policy TEXT NOT NULL,
    suspended {number} NOT NULL,
    changed_at {number} NOT NULL
);
CREATE UNIQUE INDEX partners_country ON partners (country);

-- How partners do, each day: written with what was heard.
CREATE TABLE partner_days (
    organisation TEXT NOT NULL,
    day TEXT NOT NULL,
    heard_at {number} NOT NULL,
    received {number} NOT NULL,
    repeated {number} NOT NULL,
    refused {number} NOT NULL,
    PRIMARY KEY (organisation, day)
) {by_key};

-- Messages of partners that were not taken, the newest of each.
CREATE TABLE refusals (
    id TEXT PRIMARY KEY,
    organisation TEXT NOT NULL,
    at {number} NOT NULL,
    message TEXT,
    code TEXT NOT NULL,
    error TEXT NOT NULL
);
CREATE INDEX refusals_organisation ON refusals (organisation, at, id);

-- Receipts of partners for what was sent to them, as they came: their signatures prove it.
CREATE TABLE receipts (
    message TEXT PRIMARY KEY,
    organisation TEXT NOT NULL,
    digest {bytes} NOT NULL,
    at {number} NOT NULL,
    content {bytes} NOT NULL
);
CREATE INDEX receipts_organisation ON receipts (organisation, at);

-- What is asked of the signatures in messages of senders: of the trader's or officer's (`body`), of the sending
-- gateway's (`gateway`). Nothing is asked of others.
CREATE TABLE sender_signatures (
    organisation TEXT PRIMARY KEY,
    body TEXT NOT NULL,
    gateway TEXT NOT NULL,
    trust {bytes} NOT NULL,
    changed_at {number} NOT NULL
);
