#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "weir/delta/table.h"
#include "weir/session/session.h"

namespace weir::session {

// What a table is to look like, from the clauses that declare it.
struct TableDeclaration {
  Schema schema;
  std::vector<std::string> partition_columns;
  std::optional<std::string> comment;
  std::map<std::string, std::string> properties;
};

// Checks what a declaration may say: partition columns exist, `delta.` properties are ones weir
// honours, USING is DELTA. Throws Error{kInvalid, kUnsupported} naming what is wrong.
void CheckDeclaration(const TableDeclaration& declaration);
TableDeclaration DeclarationOf(const sql::TableClauses& clauses, Schema schema);
delta::Metadata MetadataOf(const TableDeclaration& declaration, const Clock& clock);
// The columns of a CREATE TABLE without query.
Schema SchemaOf(const std::vector<sql::ColumnDefinition>& columns);

// The same plan, failing on NULL in a column that `target` declares NOT NULL.
sql::PlanPtr EnforceNotNull(sql::PlanPtr plan, const Schema& target);
// How the expectations that EnforceNotNull adds are called.
bool IsNotNullCheck(const std::string& expectation);

// Single rows of a data file.
struct RowsOfFile {
  delta::AddFile file;
  delta::RowSet rows;
};

// Stages and commits one change of a table; data files that did not make it are deleted. A conflict
// throws Error{kConflict}; so does a commit whose outcome stays unknown, with the files left alone.
// A checkpoint that was due and could not be written is a line of the log.
struct TableChange {
  std::shared_ptr<const delta::Snapshot> base;  // Null: the table is created.
  std::optional<delta::Metadata> metadata;
  bool replace_all = false;
  std::vector<delta::AddFile> files;
  // A batch of a flow: a change that is in the table already counts as done.
  std::optional<std::pair<std::string, int64_t>> progress;
  delta::CommitOptions commit;
  // An app whose progress must not have moved since `base`; "" for none.
  std::string rests_on = {};
  // The new rows were computed from the table's own: no others may have come in between.
  bool reads_table = false;
  // Files of `base` whose rows go away, and what the change rests on.
  std::vector<delta::AddFile> removed = {};
  std::vector<Predicate> reads = {};
  // The rows of `removed` are in `files` again.
  bool rearranges = false;
  // Rows of files of `base` that go away while the files stay, by deletion vectors.
  std::vector<RowsOfFile> deleted_rows = {};
  // Rows of `base` on which the change rests; all of them, if it `knows_rows`: what others do to
  // other rows is then no conflict.
  std::vector<RowsOfFile> read_rows = {};
  bool knows_rows = false;
  // Files of an older version that are the table's again; they are never deleted.
  std::vector<delta::AddFile> returned = {};
};
struct ChangeOutcome {
  delta::Version version = 0;
  bool was_there = false;  // By its progress: nothing was written now.
};
ChangeOutcome CommitChange(const Services& services, const delta::Table& table,
                           const TableChange& change);

// Writes the plan's rows as new data files of a table. Failures point into `text`, if any.
engine::WriteResult WriteFiles(const Services& services, const std::string& statement_id,
                               sql::PlanPtr plan, std::map<sql::InputId, engine::Input> inputs,
                               const io::Location& table, const delta::Metadata& metadata,
                               std::shared_ptr<const SourceText> text = nullptr);

// Deletes everything under a location that nothing names any more.
void DeleteFolder(const io::Location& location);
void DeleteFiles(const io::Location& table, const std::vector<delta::AddFile>& files);

// Metrics for the commit, with Delta's names.
std::map<std::string, std::string> WriteMetrics(const engine::WriteResult& written);

}  // namespace weir::session
