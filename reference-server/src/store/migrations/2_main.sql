-- What the main service remembers. Times are milliseconds since 1970 unless a column says seconds.
CREATE TABLE settings (name TEXT PRIMARY KEY NOT NULL, value BLOB NOT NULL) STRICT;

-- One row per intent, shared by generate and reconcile, kept as long as the id (decision D6).
-- fingerprint and metadata are NULL when the intent is known only from a fallback's issue log.
CREATE TABLE intents (
    tenant TEXT NOT NULL,
    idk TEXT NOT NULL,
    fingerprint BLOB,
    rqd TEXT NOT NULL,
    identifier TEXT NOT NULL UNIQUE,
    receipt TEXT NOT NULL,
    metadata TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, idk)
) STRICT;

-- A settled debt, and with it the alias old -> new (decision D4).
CREATE TABLE debts (
    fallback_id TEXT NOT NULL,
    jti TEXT NOT NULL,
    tenant TEXT NOT NULL,
    idk TEXT NOT NULL,
    identifier TEXT NOT NULL,
    receipt TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    settled_at INTEGER NOT NULL,
    PRIMARY KEY (fallback_id, jti)
) STRICT;

-- What fallbacks say they have issued.
CREATE TABLE issue_log (
    fallback_id TEXT NOT NULL,
    jti TEXT NOT NULL,
    fallback TEXT NOT NULL,
    tenant TEXT NOT NULL,
    idk TEXT NOT NULL,
    receipt TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    PRIMARY KEY (fallback_id, jti)
) STRICT;

-- Distinct receipts seen under each grant, to hold a fallback to its maximum.
CREATE TABLE grant_uses (
    grant_jti TEXT NOT NULL,
    receipt_jti TEXT NOT NULL,
    PRIMARY KEY (grant_jti, receipt_jti)
) STRICT;

CREATE TABLE fallbacks (
    name TEXT PRIMARY KEY NOT NULL,
    thumbprint TEXT NOT NULL UNIQUE,
    namespaces TEXT NOT NULL,
    max INTEGER NOT NULL,
    cycles INTEGER NOT NULL,
    suspended INTEGER NOT NULL DEFAULT 0,
    enrolled_at INTEGER NOT NULL
) STRICT;

-- A month's cycle belongs to one key for ever.
CREATE TABLE cycles (
    ym TEXT NOT NULL,
    cycle TEXT NOT NULL,
    thumbprint TEXT NOT NULL,
    PRIMARY KEY (ym, cycle)
) STRICT;

CREATE TABLE grants (
    jti TEXT PRIMARY KEY NOT NULL,
    fallback TEXT NOT NULL,
    grant_text TEXT NOT NULL,
    issued_at INTEGER NOT NULL
) STRICT;

-- Nonces that were used; kept until they would have expired (seconds).
CREATE TABLE burnt_nonces (nonce TEXT PRIMARY KEY NOT NULL, expires INTEGER NOT NULL) STRICT;

CREATE TABLE alarms (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    code TEXT NOT NULL,
    fallback TEXT NOT NULL,
    fallback_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    UNIQUE (code, fallback_id)
) STRICT;

CREATE TABLE lifecycle (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    event TEXT NOT NULL,
    at INTEGER NOT NULL,
    tenant TEXT NOT NULL,
    by TEXT NOT NULL,
    why TEXT NOT NULL,
    other TEXT
) STRICT;
CREATE INDEX lifecycle_by_id ON lifecycle (id, seq);
CREATE INDEX debts_by_identifier ON debts (identifier);
