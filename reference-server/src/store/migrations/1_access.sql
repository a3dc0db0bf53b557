-- API keys and quotas: the same in every role's database.
CREATE TABLE api_keys (
    hash BLOB PRIMARY KEY NOT NULL,
    name TEXT NOT NULL UNIQUE,
    tenant TEXT NOT NULL,
    scopes TEXT NOT NULL,
    namespaces TEXT NOT NULL,
    per_second REAL,
    burst INTEGER NOT NULL,
    daily_quota INTEGER,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;

CREATE TABLE quotas (
    tenant TEXT NOT NULL,
    day INTEGER NOT NULL,
    used INTEGER NOT NULL,
    PRIMARY KEY (tenant, day)
) STRICT;

CREATE TABLE slots (
    slot TEXT PRIMARY KEY NOT NULL,
    next INTEGER NOT NULL
) STRICT;
