-- The epoch of this database, the grants that can be shown to main, what main refused of the issue log,
-- and shares. The same text serves both databases.

-- One row, made at the first start. `behind` says why this fallback must not issue any more: its
-- database is an older copy.
CREATE TABLE epochs (
    one BIGINT PRIMARY KEY NOT NULL,
    counter BIGINT NOT NULL,
    random TEXT NOT NULL,
    restored_at BIGINT,
    behind TEXT
);

-- Grants that were held, to be shown to a main that was restored. `ends` in seconds since 1970.
CREATE TABLE held_grants (jti TEXT PRIMARY KEY NOT NULL, grant_text TEXT NOT NULL, ends BIGINT NOT NULL);

-- Entries of the issue log that main refused: sent again at `next_at`, in milliseconds.
CREATE TABLE refused_entries (
    seq BIGINT PRIMARY KEY NOT NULL,
    code TEXT NOT NULL,
    tries BIGINT NOT NULL,
    next_at BIGINT NOT NULL
);

-- How many ids of a slot or grant a tenant has, and shares that an operator set, in percent.
CREATE TABLE slot_shares (
    tenant TEXT NOT NULL,
    slot TEXT NOT NULL,
    used BIGINT NOT NULL,
    PRIMARY KEY (tenant, slot)
);
CREATE TABLE tenant_shares (tenant TEXT PRIMARY KEY NOT NULL, percent BIGINT NOT NULL);
