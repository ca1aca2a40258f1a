-- Functions that users define in SQL. Their names are apart from those of tables and volumes.
CREATE TABLE functions (
  id TEXT PRIMARY KEY,
  schema INTEGER NOT NULL REFERENCES schemas,
  name TEXT NOT NULL,
  owner TEXT NOT NULL,
  comment TEXT,
  is_table INTEGER NOT NULL,      -- 1: it returns rows.
  parameters TEXT NOT NULL,       -- As schemas, as JSON; defaults are in the fields' metadata.
  returns TEXT NOT NULL,          -- The columns; of a scalar function one.
  body TEXT NOT NULL,             -- What it returns: an expression, or a query.
  deterministic INTEGER NOT NULL,
  reads_data INTEGER NOT NULL,    -- 1: it reads tables.
  in_catalog TEXT NOT NULL,       -- The names in force when it was made.
  in_schema TEXT NOT NULL,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  UNIQUE (schema, name)
) STRICT, WITHOUT ROWID;

-- Exactly one of catalog, schema, table_id, volume_id and function_id is set, or none: the whole
-- home. A check can't be altered, so the table is made anew.
CREATE TABLE grants_with_functions (
  id INTEGER PRIMARY KEY,
  principal TEXT NOT NULL,
  privilege TEXT NOT NULL,
  catalog INTEGER REFERENCES catalogs ON DELETE CASCADE,
  schema INTEGER REFERENCES schemas ON DELETE CASCADE,
  table_id TEXT REFERENCES tables ON DELETE CASCADE,
  volume_id TEXT REFERENCES volumes ON DELETE CASCADE,
  function_id TEXT REFERENCES functions ON DELETE CASCADE,
  CHECK ((catalog IS NOT NULL) + (schema IS NOT NULL) + (table_id IS NOT NULL) +
         (volume_id IS NOT NULL) + (function_id IS NOT NULL) <= 1)
) STRICT;
INSERT INTO grants_with_functions (id, principal, privilege, catalog, schema, table_id, volume_id)
  SELECT id, principal, privilege, catalog, schema, table_id, volume_id FROM grants;
DROP TABLE grants;
ALTER TABLE grants_with_functions RENAME TO grants;
CREATE UNIQUE INDEX grants_once ON grants
  (principal, privilege, ifnull(catalog, 0), ifnull(schema, 0), ifnull(table_id, ''),
   ifnull(volume_id, ''), ifnull(function_id, ''));
CREATE INDEX grants_of_catalog ON grants (catalog) WHERE catalog IS NOT NULL;
CREATE INDEX grants_of_schema ON grants (schema) WHERE schema IS NOT NULL;
CREATE INDEX grants_of_table ON grants (table_id) WHERE table_id IS NOT NULL;
CREATE INDEX grants_of_volume ON grants (volume_id) WHERE volume_id IS NOT NULL;
CREATE INDEX grants_of_function ON grants (function_id) WHERE function_id IS NOT NULL;
