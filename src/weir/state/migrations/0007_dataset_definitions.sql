-- What streaming tables and materialised views of no pipeline are: the statement that made them, which
-- REFRESH runs again, and what was in force then.
CREATE TABLE dataset_definitions (
  table_id TEXT PRIMARY KEY REFERENCES tables ON DELETE CASCADE,
  statement TEXT NOT NULL,
  in_catalog TEXT NOT NULL,
  in_schema TEXT NOT NULL,
  time_zone TEXT NOT NULL
) STRICT, WITHOUT ROWID;
