-- Folders of files that have names. Their names are apart from those of tables.
CREATE TABLE volumes (
  id TEXT PRIMARY KEY,
  schema INTEGER NOT NULL REFERENCES schemas,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  owner TEXT NOT NULL,
  comment TEXT,
  location TEXT NOT NULL,  -- URI of the folder.
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  UNIQUE (schema, name)
) STRICT, WITHOUT ROWID;
-- Two volumes never share a folder.
CREATE UNIQUE INDEX volumes_by_location ON volumes (location);

-- Exactly one of catalog, schema, table_id and volume_id is set, or none: the whole home. A check
-- can't be altered, so the table is made anew.
CREATE TABLE grants_with_volumes (
  id INTEGER PRIMARY KEY,
  principal TEXT NOT NULL,
  privilege TEXT NOT NULL,
  catalog INTEGER REFERENCES catalogs ON DELETE CASCADE,
  schema INTEGER REFERENCES schemas ON DELETE CASCADE,
  table_id TEXT REFERENCES tables ON DELETE CASCADE,
  volume_id TEXT REFERENCES volumes ON DELETE CASCADE,
  CHECK ((catalog IS NOT NULL) + (schema IS NOT NULL) + (table_id IS NOT NULL) +
         (volume_id IS NOT NULL) <= 1)
) STRICT;
INSERT INTO grants_with_volumes (id, principal, privilege, catalog, schema, table_id)
  SELECT id, principal, privilege, catalog, schema, table_id FROM grants;
DROP TABLE grants;
ALTER TABLE grants_with_volumes RENAME TO grants;
CREATE UNIQUE INDEX grants_once ON grants
  (principal, privilege, ifnull(catalog, 0), ifnull(schema, 0), ifnull(table_id, ''),
   ifnull(volume_id, ''));
CREATE INDEX grants_of_catalog ON grants (catalog) WHERE catalog IS NOT NULL;
CREATE INDEX grants_of_schema ON grants (schema) WHERE schema IS NOT NULL;
CREATE INDEX grants_of_table ON grants (table_id) WHERE table_id IS NOT NULL;
CREATE INDEX grants_of_volume ON grants (volume_id) WHERE volume_id IS NOT NULL;
