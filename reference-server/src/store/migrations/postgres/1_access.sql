-- API keys and quotas: the same in every role's database.
CREATE TABLE api_keys (
    hash BYTEA PRIMARY KEY NOT NULL,
    name TEXT NOT NULL UNIQUE,
    tenant TEXT NOT NULL,
    scopes TEXT NOT NULL,
    namespaces TEXT NOT NULL,
    per_second DOUBLE PRECISION,
    burst BIGINT NOT NULL,
    daily_quota BIGINT,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);

CREATE TABLE quotas (
    tenant TEXT NOT NULL,
    day BIGINT NOT NULL,
    used BIGINT NOT NULL,
    PRIMARY KEY (tenant, day)
);

CREATE TABLE slots (
    slot TEXT PRIMARY KEY NOT NULL,
    next BIGINT NOT NULL
);
