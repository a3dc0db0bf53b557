-- Epochs, what main acknowledged of each fallback's issue log, and shares. The same text serves both
-- databases.

-- One row, made at the first start: which life of this database it is. `restored` renews it. `behind`
-- says why main believes that it was restored and nobody said so; until then it allocates nothing.
CREATE TABLE epochs (
    one BIGINT PRIMARY KEY NOT NULL,
    counter BIGINT NOT NULL,
    random TEXT NOT NULL,
    restored_at BIGINT,
    behind TEXT
);

-- Months for which cycles may have been given that a restored database does not know; `strict` when no
-- cycle is certain to be free.
CREATE TABLE closed_months (ym TEXT PRIMARY KEY NOT NULL, strict BIGINT NOT NULL);

-- How far each key's issue log was acknowledged in this epoch, and which log it was.
CREATE TABLE uploads (
    thumbprint TEXT PRIMARY KEY NOT NULL,
    log TEXT NOT NULL,
    acknowledged BIGINT NOT NULL
);

-- How many ids of a slot a tenant has, and shares that an operator set, in percent.
CREATE TABLE slot_shares (
    tenant TEXT NOT NULL,
    slot TEXT NOT NULL,
    used BIGINT NOT NULL,
    PRIMARY KEY (tenant, slot)
);
CREATE TABLE tenant_shares (tenant TEXT PRIMARY KEY NOT NULL, percent BIGINT NOT NULL);

CREATE INDEX issue_log_by_fallback ON issue_log (fallback);
