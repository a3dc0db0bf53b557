-- What a broker remembers: commitments and public keys, never a name, address or secret of a person.
CREATE TABLE settings (name TEXT PRIMARY KEY NOT NULL, value BLOB NOT NULL) STRICT;

-- Nonces that were used; kept until they would have expired (seconds).
CREATE TABLE burnt_nonces (nonce BLOB PRIMARY KEY NOT NULL, expires INTEGER NOT NULL) STRICT;
CREATE INDEX burnt_nonces_by_end ON burnt_nonces (expires);

-- Who was registered. `recovery` is a commitment, `device` a public key, `statement` what was signed.
CREATE TABLE anchors (
    anchor BLOB PRIMARY KEY NOT NULL,
    recovery BLOB NOT NULL,
    device BLOB,
    statement TEXT NOT NULL,
    registered_at INTEGER NOT NULL
) STRICT;

-- Who was revoked. It only grows.
CREATE TABLE graveyard (anchor BLOB PRIMARY KEY NOT NULL, revoked_at INTEGER NOT NULL) STRICT;
CREATE TRIGGER graveyard_keeps BEFORE DELETE ON graveyard
BEGIN SELECT RAISE(ABORT, 'the graveyard only grows'); END;
CREATE TRIGGER graveyard_stays BEFORE UPDATE ON graveyard
BEGIN SELECT RAISE(ABORT, 'the graveyard only grows'); END;

-- The chain of published snapshots; of those before the newest only the head stays.
CREATE TABLE snapshots (
    seq INTEGER PRIMARY KEY NOT NULL,
    as_of INTEGER NOT NULL,
    digest BLOB NOT NULL,
    document TEXT
) STRICT;

-- The first commitment of an anchor's pseudonym secret, and the issuer's own share of it.
CREATE TABLE lineages (anchor BLOB PRIMARY KEY NOT NULL, lineage BLOB NOT NULL) STRICT;

CREATE TABLE issue_counts (
    anchor BLOB NOT NULL,
    day INTEGER NOT NULL,
    used INTEGER NOT NULL,
    PRIMARY KEY (anchor, day)
) STRICT;

-- The one table with attributes of people, filled by the operator of this reference issuer.
CREATE TABLE enrolments (
    name TEXT PRIMARY KEY NOT NULL,
    code BLOB NOT NULL UNIQUE,
    schema_digest BLOB NOT NULL,
    attributes TEXT NOT NULL,
    anchor BLOB,
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX enrolments_of_anchors ON enrolments (anchor, schema_digest);
