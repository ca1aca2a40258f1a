#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "weir/catalog/catalog.h"
#include "weir/connect/source.h"
#include "weir/delta/change_feed.h"
#include "weir/delta/table.h"
#include "weir/session/flow_memory.h"
#include "weir/session/session.h"
#include "weir/session/session_state.h"
#include "weir/sql/binder.h"

namespace weir::session {

// A relation that a statement names and that was found and allowed.
struct BoundInput {
  sql::InputId id = 0;
  bool stream = false;
  std::string identity;  // "table:<id>" or the source's own; names it across runs.
  std::string display_name;
  std::string table_name;  // Of a table of the catalog whose changes are read.
  std::string reader;      // The principal who was judged.
  // Of a dataset of the pipeline as it is planned; then there is no table.
  std::optional<catalog::QualifiedName> planned = std::nullopt;
  // A table.
  std::shared_ptr<delta::Table> table;
  std::shared_ptr<const delta::Snapshot> snapshot;
  bool is_past = false;        // An older version of it was asked for.
  bool skips_changes = false;  // Of a stream: versions that change or delete rows.
  // Not its rows, but its change feed in these versions, by the columns of `snapshot`; of a stream
  // all from the first on.
  std::optional<delta::FeedRange> feed;
  // Or a source.
  std::shared_ptr<connect::Source> source;
  std::shared_ptr<io::ObjectStore> store;  // That holds the source's files.
  // Or rows that the session makes itself; not in flows.
  std::optional<Relation> made;
  Schema source_schema;
  bool has_given_schema = false;  // The text says what columns the source has.
  std::string options;            // All that the text says of the source.
  Span span;                      // Where the statement names the source.

  // What the source plans to read next; what it finds wrong carries the span.
  std::optional<connect::BatchPlan> Plan(const connect::Progress& done,
                                         const connect::ReadLimit& limit) const;
};

// Collects what the names of one statement turned out to be.
class Binding {
 public:
  // `state`: what the session holds; null: nothing that the text may name.
  Binding(const Services& services, const SessionOptions& options, const PipelineScope* scope,
          const SessionState* state);

  // What is bound is for an object that outlives the session, of this name and kind ("VIEW"):
  // temporary objects are refused.
  void IsFor(std::string object, std::string kind);
  // Sources are opened for that statement ("COPY INTO"), which messages name.
  void LoadsFor(std::string statement) { statement_ = std::move(statement); }
  // The session's temporary objects that the text names.
  const TemporaryNames& temporaries() const { return temporaries_; }

  // How far the flow that is bound got in earlier batches, and what its sources remember. A stream
  // keeps the columns it had. Outlives the binding; null: nothing was read.
  void GoOnAfter(FlowProgress* progress) { progress_ = progress; }

  // Names as `principal` sees them, starting from catalog and schema. Lives as long as the binding.
  sql::NameResolver& Names() { return *root_; }
  sql::BindOptions Options() const;

  const std::vector<BoundInput>& inputs() const { return inputs_; }
  const Access& access() const { return access_; }
  void Writes(const std::string& object) { access_.writes.push_back(object); }
  bool HasStream() const;
  const TimeZone& zone() const { return *zone_; }

  // For a statement that reads everything there is now: whole tables, all files of sources.
  std::map<sql::InputId, engine::Input> WholeInputs() const;

 private:
  friend class Resolver;
  class Resolver;

  BoundInput& NewInput(const std::string& display_name, bool stream);
  // Why a temporary object can't be named here, if it can't.
  std::optional<Diagnostic> Refuses(const std::string& kind, const std::string& name,
                                    const Span& span) const;
  Schema ColumnsOf(const BoundInput& input) const;

  const Services& services_;
  const SessionOptions& options_;
  const PipelineScope* scope_;
  const SessionState* state_;
  Instant now_;
  TimeZonePtr zone_;
  std::string object_;  // Of IsFor.
  std::string object_kind_;
  std::string statement_;  // Of LoadsFor.
  TemporaryNames temporaries_;
  std::vector<BoundInput> inputs_;
  Access access_;
  FlowProgress* progress_ = nullptr;
  std::vector<std::shared_ptr<sql::NameResolver>> resolvers_;
  std::vector<std::shared_ptr<const sql::StatementNode>> view_texts_;
  sql::NameResolver* root_ = nullptr;
};

// Where a folder is that is to hold what others read by its name. Throws unless `principal` may
// read and write files there (Catalog::RequirePath).
std::string JudgedLocation(const Services& services, const std::string& principal,
                           const std::string& path, const std::string& base_folder);
// The Delta table in a table's folder. Throws Error{kDenied} when a symbolic link has been put on
// the way to it since `location` was resolved.
delta::Table OpenTable(const Services& services, const std::string& location);
// Throws Error{kExists} when the folder, in which no Delta table is, holds files that are not
// hidden: they would be of the new table, and its VACUUM would delete them. One page of a listing
// is looked at.
void RequireFreeFolder(const io::Location& folder);
// Its latest version. What is wrong with its folder or log is said with its name and the way out.
std::shared_ptr<const delta::Snapshot> LatestOf(const delta::Table& table,
                                                const catalog::TableInfo& info);
// The error for a table that can't be read, made of what its log's reader threw.
Error DamagedTable(const Error& error, const catalog::TableInfo& info);
// The error with the table's name where its message has the table's folder. Paths of files in the
// folder stay.
Error WithTableName(const Error& error, const std::string& location, const std::string& name);
// The same for a table of the catalog, of what `run` throws; one that is read by its path stays.
template <typename Run>
auto NamingTable(const catalog::TableInfo& info, const Run& run) {
  try {
    return run();
  } catch (const DiagnosticError&) {
    throw;
  } catch (const Error& error) {
    if (info.id.empty()) throw;
    throw WithTableName(error, info.location, info.name.ToString());
  }
}
// Its version at that moment, for TIMESTAMP AS OF, which may not be behind the latest version.
std::shared_ptr<const delta::Snapshot> SnapshotAsOf(const delta::Table& table, Instant moment);
catalog::Securable SecurableOf(const catalog::QualifiedName& name);
// Whether the name means the Delta table in a folder: delta.`/path/of/table`.
bool IsPathName(const sql::Name& name);
// The folder that such a name means, judged as ResolveJudged does (session/volume_path.h).
// Throws Error{kDenied}.
io::Location AllowedPath(const Services& services, const std::string& principal,
                         catalog::Privilege privilege, const sql::Name& name,
                         const std::string& base_folder);
// `name` with the missing parts filled in, lower case. More than three parts: kInvalid; a folder's
// name: kUnsupported.
catalog::QualifiedName Qualify(const sql::Name& name, const std::string& catalog,
                               const std::string& schema);

}  // namespace weir::session
