#pragma once

#include <functional>
#include <map>
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
  std::vector<Predicate::Path> cluster_by = {};
};

// Checks what a declaration may say: partition columns exist, the table can be clustered so,
// `delta.` properties are ones weir honours, USING is DELTA. Throws Error{kInvalid, kUnsupported}
// naming what is wrong.
void CheckDeclaration(const TableDeclaration& declaration);
TableDeclaration DeclarationOf(const sql::TableClauses& clauses, Schema schema);
delta::Metadata MetadataOf(const TableDeclaration& declaration, const Clock& clock);
// A column as a statement declares it.
Field DeclaredField(const sql::ColumnDefinition& column, const DataType& type);
// The columns of a CREATE TABLE without query.
Schema SchemaOf(const std::vector<sql::ColumnDefinition>& columns);

// Puts a CHECK constraint among the properties of a table and gives its name. Throws
// DiagnosticError where there is one of that name.
std::string AddCheck(const sql::CheckConstraintDefinition& check,
                     std::map<std::string, std::string>& properties);
// The property that a constraint is, whatever the case of its name.
std::optional<std::string> FindConstraint(const std::map<std::string, std::string>& properties,
                                          const std::string& name);

// What WITH SCHEMA EVOLUTION may make of the columns of a table.
sql::Evolution EvolutionOf(const delta::Snapshot& table);

// How the rules of a table are understood: the session's time zone and moment.
sql::BindOptions RuleOptions(const Services& services, const SessionOptions& options);
// The same plan, failing on a row that breaks a rule of the table (sql/row_rules.h), which messages
// call `table`.
sql::PlanPtr EnforceRules(sql::PlanPtr plan, const delta::Metadata& metadata,
                          const std::string& table, const sql::BindOptions& options);

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
  // The number of another app that is set with it.
  std::optional<std::pair<std::string, int64_t>> mark = std::nullopt;
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
  // The last numbers that its rows got of identity columns, by name.
  std::map<std::string, int64_t> numbers = {};
  // Rows that change, for readers of the table's change feed; the files are this change's own.
  std::vector<delta::CdcFile> changes = {};
  // Files of an older version that are the table's again; they are never deleted.
  std::vector<delta::AddFile> returned = {};
  // Files of `base` whose entries say something else.
  std::vector<delta::AddFile> retold = {};
  std::vector<delta::DomainMetadata> domains = {};
  // The protocol is raised to what this one says; set to it.
  std::optional<delta::Protocol> raised_to = {};
  std::optional<delta::Protocol> protocol = {};
  // Any commit since `base` is a conflict.
  bool stands_alone = false;
  // What stays of `base` was written by the mapping that `metadata` has.
  bool files_fit_metadata = false;
};
// What a declaration, which becomes `metadata`, makes of the table's clustering; it replaces that
// of `base` (may be null).
std::vector<delta::DomainMetadata> ClusteringOf(const TableDeclaration& declaration,
                                                const delta::Metadata& metadata,
                                                const delta::Snapshot* base);
struct ChangeOutcome {
  delta::Version version = 0;
  bool was_there = false;  // By its progress: nothing was written now.
};
ChangeOutcome CommitChange(const Services& services, const delta::Table& table,
                           const TableChange& change);

// Writes the plan's rows as new data files of a table, if all of them meet its rules. All rows that
// statements and flows write come by here. Failures point into `text`, if any.
engine::WriteResult WriteFiles(const Services& services, const std::string& statement_id,
                               sql::PlanPtr plan, std::map<sql::InputId, engine::Input> inputs,
                               const io::Location& table, const delta::Metadata& metadata,
                               const sql::BindOptions& options,
                               std::shared_ptr<const SourceText> text = nullptr);
// The same for rows that the table has already: nothing is asked of them.
engine::WriteResult CopyRows(const Services& services, const std::string& statement_id,
                             sql::PlanPtr plan, std::map<sql::InputId, engine::Input> inputs,
                             const io::Location& table, const delta::Metadata& metadata,
                             std::shared_ptr<const SourceText> text = nullptr);

// Deletes everything under a location that nothing names any more.
void DeleteFolder(const io::Location& location);
void DeleteFiles(const io::Location& table, const std::vector<delta::AddFile>& files);
void DeleteFiles(const io::Location& table, const std::vector<delta::CdcFile>& files);

// Metrics for the commit, with Delta's names.
std::map<std::string, std::string> WriteMetrics(const engine::WriteResult& written);

}  // namespace weir::session
