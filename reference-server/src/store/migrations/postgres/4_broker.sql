-- The number of the last snapshot whose time was set back, which all later ones repeat.
ALTER TABLE snapshots ADD COLUMN reset BIGINT;
