-- What a broker remembers: commitments and public keys, never a name, address or secret of a person.
CREATE TABLE settings (name TEXT PRIMARY KEY NOT NULL, value BYTEA NOT NULL);

-- Nonces that were used; kept until they would have expired (seconds).
CREATE TABLE burnt_nonces (nonce BYTEA PRIMARY KEY NOT NULL, expires BIGINT NOT NULL);
CREATE INDEX burnt_nonces_by_end ON burnt_nonces (expires);

-- Who was registered. `recovery` is a commitment, `device` a public key, `statement` what was signed.
CREATE TABLE anchors (
    anchor BYTEA PRIMARY KEY NOT NULL,
    recovery BYTEA NOT NULL,
    device BYTEA,
    statement TEXT NOT NULL,
    registered_at BIGINT NOT NULL
);

-- Who was revoked. It only grows.
CREATE TABLE graveyard (anchor BYTEA PRIMARY KEY NOT NULL, revoked_at BIGINT NOT NULL);
CREATE FUNCTION graveyard_only_grows() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the graveyard only grows'; END $$;
CREATE TRIGGER graveyard_keeps BEFORE DELETE OR UPDATE ON graveyard
FOR EACH ROW EXECUTE FUNCTION graveyard_only_grows();
CREATE TRIGGER graveyard_stands BEFORE TRUNCATE ON graveyard
FOR EACH STATEMENT EXECUTE FUNCTION graveyard_only_grows();

-- The chain of published snapshots; of those before the newest only the head stays.
CREATE TABLE snapshots (
    seq BIGINT PRIMARY KEY NOT NULL,
    as_of BIGINT NOT NULL,
    digest BYTEA NOT NULL,
    document TEXT
);

-- The first commitment of an anchor's pseudonym secret, and the issuer's own share of it.
CREATE TABLE lineages (anchor BYTEA PRIMARY KEY NOT NULL, lineage BYTEA NOT NULL);

CREATE TABLE issue_counts (
    anchor BYTEA NOT NULL,
    day BIGINT NOT NULL,
    used BIGINT NOT NULL,
    PRIMARY KEY (anchor, day)
);

-- The one table with attributes of people, filled by the operator of this reference issuer.
CREATE TABLE enrolments (
    name TEXT PRIMARY KEY NOT NULL,
    code BYTEA NOT NULL UNIQUE,
    schema_digest BYTEA NOT NULL,
    attributes TEXT NOT NULL,
    anchor BYTEA,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX enrolments_of_anchors ON enrolments (anchor, schema_digest);
