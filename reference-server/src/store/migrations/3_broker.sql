-- The epoch of this database. The same text serves both databases.

-- One row, made at the first start: which life of this database it is. `restored-broker` renews it.
-- `behind` stays empty: what a broker published is compared by those who read it.
CREATE TABLE epochs (
    one BIGINT PRIMARY KEY NOT NULL,
    counter BIGINT NOT NULL,
    random TEXT NOT NULL,
    restored_at BIGINT,
    behind TEXT
);
