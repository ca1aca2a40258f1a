-- Names are kept in lower case. Times are microseconds since 1970. Properties are JSON objects.

-- Grows with every change of names or grants; one row.
CREATE TABLE revision (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  value INTEGER NOT NULL
) STRICT;
INSERT INTO revision VALUES (1, 1);

-- Who may do everything: those who made the home.
CREATE TABLE admins (
  principal TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE catalogs (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  owner TEXT NOT NULL,
  comment TEXT,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL
) STRICT;

CREATE TABLE schemas (
  id INTEGER PRIMARY KEY,
  catalog INTEGER NOT NULL REFERENCES catalogs,
  name TEXT NOT NULL,
  owner TEXT NOT NULL,
  comment TEXT,
  properties TEXT NOT NULL,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  UNIQUE (catalog, name)
) STRICT;

CREATE TABLE tables (
  id TEXT PRIMARY KEY,
  schema INTEGER NOT NULL REFERENCES schemas,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  owner TEXT NOT NULL,
  comment TEXT,
  properties TEXT NOT NULL,
  location TEXT NOT NULL,  -- URI of the folder; '' for views.
  view_query TEXT,
  view_catalog TEXT,       -- The names in force when the view was made.
  view_schema TEXT,
  view_columns TEXT,       -- Its schema, as JSON.
  pipeline TEXT NOT NULL,  -- Which one fills it; '' for none.
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  UNIQUE (schema, name)
) STRICT, WITHOUT ROWID;
-- Two tables never share a folder.
CREATE UNIQUE INDEX tables_by_location ON tables (location) WHERE location <> '';

-- Exactly one of catalog, schema and table_id is set, or none: the whole home.
CREATE TABLE grants (
  id INTEGER PRIMARY KEY,
  principal TEXT NOT NULL,
  privilege TEXT NOT NULL,
  catalog INTEGER REFERENCES catalogs ON DELETE CASCADE,
  schema INTEGER REFERENCES schemas ON DELETE CASCADE,
  table_id TEXT REFERENCES tables ON DELETE CASCADE,
  CHECK ((catalog IS NOT NULL) + (schema IS NOT NULL) + (table_id IS NOT NULL) <= 1)
) STRICT;
CREATE UNIQUE INDEX grants_once ON grants
  (principal, privilege, ifnull(catalog, 0), ifnull(schema, 0), ifnull(table_id, ''));
CREATE INDEX grants_of_catalog ON grants (catalog) WHERE catalog IS NOT NULL;
CREATE INDEX grants_of_schema ON grants (schema) WHERE schema IS NOT NULL;
CREATE INDEX grants_of_table ON grants (table_id) WHERE table_id IS NOT NULL;

-- One row a statement, written before it runs and completed after. A statement whose process is
-- gone and that has no outcome was abandoned.
CREATE TABLE statements (
  id TEXT PRIMARY KEY,
  principal TEXT NOT NULL,
  text TEXT NOT NULL,
  reads TEXT NOT NULL,     -- JSON arrays of full names and URIs.
  writes TEXT NOT NULL,
  decision TEXT NOT NULL,
  process INTEGER NOT NULL,
  process_start INTEGER NOT NULL,
  boot TEXT NOT NULL,
  begun INTEGER NOT NULL,
  finished INTEGER,
  outcome TEXT,
  versions TEXT            -- JSON object: table name to version.
) STRICT, WITHOUT ROWID;
CREATE INDEX statements_open ON statements (begun) WHERE outcome IS NULL;
