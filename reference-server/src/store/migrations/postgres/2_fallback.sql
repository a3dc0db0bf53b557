-- What a fallback service remembers. The sequence of rows in `issued` is its issue log.
CREATE TABLE issued (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant TEXT NOT NULL,
    idk TEXT NOT NULL,
    fingerprint BYTEA NOT NULL,
    identifier TEXT NOT NULL UNIQUE,
    receipt TEXT NOT NULL,
    grant_jti TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (tenant, idk)
);

CREATE TABLE grant_counts (grant_jti TEXT PRIMARY KEY NOT NULL, used BIGINT NOT NULL);

-- The grant in use, and how far the issue log has been uploaded.
CREATE TABLE state (name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL);
