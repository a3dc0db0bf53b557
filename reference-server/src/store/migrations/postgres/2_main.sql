-- What the main service remembers. Times are milliseconds since 1970 unless a column says seconds.
CREATE TABLE settings (name TEXT PRIMARY KEY NOT NULL, value BYTEA NOT NULL);

-- One row per intent, shared by generate and reconcile, kept as long as the id (decision D6).
-- fingerprint and metadata are NULL when the intent is known only from a fallback's issue log.
CREATE TABLE intents (
    tenant TEXT NOT NULL,
    idk TEXT NOT NULL,
    fingerprint BYTEA,
    rqd TEXT NOT NULL,
    identifier TEXT NOT NULL UNIQUE,
    receipt TEXT NOT NULL,
    metadata TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, idk)
);

-- A settled debt, and with it the alias old -> new (decision D4).
CREATE TABLE debts (
    fallback_id TEXT NOT NULL,
    jti TEXT NOT NULL,
    tenant TEXT NOT NULL,
    idk TEXT NOT NULL,
    identifier TEXT NOT NULL,
    receipt TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    settled_at BIGINT NOT NULL,
    PRIMARY KEY (fallback_id, jti)
);

-- What fallbacks say they have issued.
CREATE TABLE issue_log (
    fallback_id TEXT NOT NULL,
    jti TEXT NOT NULL,
    fallback TEXT NOT NULL,
    tenant TEXT NOT NULL,
    idk TEXT NOT NULL,
    receipt TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    PRIMARY KEY (fallback_id, jti)
);

-- Distinct receipts seen under each grant, to hold a fallback to its maximum.
CREATE TABLE grant_uses (
    grant_jti TEXT NOT NULL,
    receipt_jti TEXT NOT NULL,
    PRIMARY KEY (grant_jti, receipt_jti)
);

CREATE TABLE fallbacks (
    name TEXT PRIMARY KEY NOT NULL,
    thumbprint TEXT NOT NULL UNIQUE,
    namespaces TEXT NOT NULL,
    max BIGINT NOT NULL,
    cycles BIGINT NOT NULL,
    suspended BIGINT NOT NULL DEFAULT 0,
    enrolled_at BIGINT NOT NULL
);

-- A month's cycle belongs to one key for ever.
CREATE TABLE cycles (
    ym TEXT NOT NULL,
    cycle TEXT NOT NULL,
    thumbprint TEXT NOT NULL,
    PRIMARY KEY (ym, cycle)
);

CREATE TABLE grants (
    jti TEXT PRIMARY KEY NOT NULL,
    fallback TEXT NOT NULL,
    grant_text TEXT NOT NULL,
    issued_at BIGINT NOT NULL
);

-- Nonces that were used; kept until they would have expired (seconds).
CREATE TABLE burnt_nonces (nonce TEXT PRIMARY KEY NOT NULL, expires BIGINT NOT NULL);

CREATE TABLE alarms (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code TEXT NOT NULL,
    fallback TEXT NOT NULL,
    fallback_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    UNIQUE (code, fallback_id)
);

CREATE TABLE lifecycle (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT NOT NULL,
    event TEXT NOT NULL,
    at BIGINT NOT NULL,
    tenant TEXT NOT NULL,
    by TEXT NOT NULL,
    why TEXT NOT NULL,
    other TEXT
);
CREATE INDEX lifecycle_by_id ON lifecycle (id, seq);
CREATE INDEX debts_by_identifier ON debts (identifier);
