-- Folders outside of its own in which files of a table may be: those of tables of which it is a
-- shallow clone. They are kept for it, whatever becomes of those tables.
CREATE TABLE loans (
  table_id TEXT NOT NULL REFERENCES tables ON DELETE CASCADE,
  folder TEXT NOT NULL,  -- URI.
  maker TEXT NOT NULL,   -- Who made the clone.
  PRIMARY KEY (table_id, folder)
) STRICT, WITHOUT ROWID;
CREATE INDEX loans_by_folder ON loans (folder);

-- Primary and foreign keys, which tables are said to have; nobody checks them.
CREATE TABLE keys (
  id INTEGER PRIMARY KEY,
  table_id TEXT NOT NULL REFERENCES tables ON DELETE CASCADE,
  name TEXT NOT NULL,
  columns TEXT NOT NULL,         -- JSON array of their names.
  parent INTEGER REFERENCES keys ON DELETE CASCADE,  -- A foreign key's primary key; NULL: it is one.
  parent_columns TEXT,           -- JSON array: what the columns of a foreign key stand for.
  options TEXT NOT NULL          -- JSON array of what was said of it: "RELY", "TIMESERIES a", ...
) STRICT;
CREATE UNIQUE INDEX keys_by_name ON keys (table_id, name);
CREATE UNIQUE INDEX primary_keys ON keys (table_id) WHERE parent IS NULL;
CREATE INDEX keys_by_parent ON keys (parent) WHERE parent IS NOT NULL;
