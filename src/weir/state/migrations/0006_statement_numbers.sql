-- Records of statements are numbered in the order in which they began, so that the oldest are found
-- without a search. The primary key can't be altered, so the table is made anew.
CREATE TABLE numbered_statements (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
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
) STRICT;
INSERT INTO numbered_statements (id, principal, text, reads, writes, decision, process,
                                 process_start, boot, begun, finished, outcome, versions)
  SELECT id, principal, text, reads, writes, decision, process, process_start, boot, begun,
         finished, outcome, versions
  FROM statements ORDER BY begun, id;
DROP TABLE statements;
ALTER TABLE numbered_statements RENAME TO statements;
CREATE INDEX statements_open ON statements (begun) WHERE outcome IS NULL;
