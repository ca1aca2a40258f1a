#pragma once

#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "weir/base/check.h"
#include "weir/base/error.h"
#include "weir/session/binding.h"
#include "weir/session/session.h"
#include "weir/sql/ast.h"
#include "weir/sql/change_binder.h"
#include "weir/sql/parser.h"

namespace weir::delta {
struct WithoutUse;  // feature_removal.h
}

namespace weir::session {

struct TableChange;  // table_write.h

// The first half of a statement, one overload a kind: what it reads and writes, and whether it may.
// Adds to `prepared`. Throws Error{kDenied}; mistakes of the text throw DiagnosticError.
class Preparer {
 public:
  Preparer(const Services& services, const SessionOptions& options, const SessionState& state,
           Prepared& prepared)
      : services_(services), options_(options), state_(state), prepared_(prepared) {}

  // The whole of it: puts computed names in first.
  void Prepare(std::shared_ptr<const sql::StatementNode> statement);

  void operator()(const sql::QueryStatement& statement);
  void operator()(const sql::CreateTable& statement);
  void operator()(const sql::CreateView& statement);
  void operator()(const sql::CreateDataset& statement);
  void operator()(const sql::CreateFlow& statement);
  void operator()(const sql::RefreshDataset& statement);
  void operator()(const sql::CreateSchema& statement);
  void operator()(const sql::CreateCatalog& statement);
  void operator()(const sql::CreateVolume& statement);
  void operator()(const sql::CreateFunction& statement);
  void operator()(const sql::Drop& statement);
  void operator()(const sql::AlterTable& statement);
  void operator()(const sql::CommentOn& statement);
  void operator()(const sql::Insert& statement);
  void operator()(const sql::CopyInto& statement);
  void operator()(const sql::Describe& statement);
  void operator()(const sql::Show& statement);
  void operator()(const sql::Use& statement);
  void operator()(const sql::Explain& statement);
  void operator()(const sql::Grant& statement);
  void operator()(const sql::SetConfig& statement);
  void operator()(const sql::AlterViewAs& statement);
  void operator()(const sql::ResetConfig& statement);
  void operator()(const sql::DeclareVariable& statement);
  void operator()(const sql::SetVariable& statement);
  void operator()(const sql::DropVariable& statement);
  void operator()(const sql::ExecuteImmediate& statement);
  void operator()(const sql::PutFile& statement);
  void operator()(const sql::GetFile& statement);
  void operator()(const sql::RemoveFile& statement);
  void operator()(const sql::ListFiles& statement);
  void operator()(const sql::Update& statement);
  void operator()(const sql::Delete& statement);
  void operator()(const sql::Merge& statement);
  void operator()(const sql::Optimize& statement);
  void operator()(const sql::Restore& statement);
  void operator()(const sql::Vacuum& statement);
  void operator()(const sql::CloneTable& statement);
  void operator()(const sql::ConvertToDelta& statement);
  void operator()(const sql::RepairTable& statement);
  void operator()(const sql::AnalyzeTable& statement);
  // Refused before anybody asks.
  void operator()(const sql::RefusedStatement&) { WEIR_CHECK(false); }

 private:
  const std::string& principal() const { return options_.principal; }
  void BindQuery(const sql::Query& query, const SessionOptions& options);
  void BindQuery(const sql::Query& query, Binding& binding);
  // Binds the query of a materialised view, and tells how it can be refreshed.
  void ExplainView(const sql::CreateDataset& view);
  // Binds the query of a view; throws when a view of that key would come to read itself.
  void BindTemporaryView(const std::string& key, const sql::Query& query);
  void BindKeptView(const catalog::QualifiedName& name, const sql::Query& query);
  void CheckTextIsWhole(const std::string& what) const;
  void PrepareTemporary(const sql::CreateFunction& statement);
  void PrepareKept(const sql::CreateFunction& statement);
  // Binds the body; what it turned out to be is left for the executor.
  void BindFunction(const sql::ResolvedRoutine& routine, Binding& binding);
  void DropTemporaryFunction(const sql::Drop& statement) const;
  void RequireExecute(const sql::Name& name);
  void PrepareRules(const sql::AlterTable& statement);
  // Who names a table as the parent of a key has to be allowed to read it.
  void PrepareKeys(const std::vector<sql::KeyDefinition>& keys,
                   const catalog::QualifiedName& table);
  void PrepareKeys(const sql::AlterTable& statement);
  void CheckAlterTemporary(const sql::AlterTable& statement, const TemporaryView& view) const;
  void RefuseRecursion(const sql::Query& query, const catalog::QualifiedName& name) const;
  void RequireMayCreate(const catalog::QualifiedName& name,
                        catalog::Privilege privilege = catalog::Privilege::kCreateTable);
  void RequireManage(sql::ObjectKind kind, const sql::Name& name);
  void JudgeManagedLocation(const std::optional<std::string>& path, const Span& span);
  void RequireSee(const sql::Name& name);
  // The columns that a view has now, where it takes those of its query.
  void BindShownView(const sql::Name& name);
  // The folder of a table that the principal may write. A refusal says that `statement` ("INSERT")
  // can't.
  std::string WritableLocation(const sql::Name& target, const std::string& statement);
  void RequireReadable(const sql::Name& target);
  // A table that a statement changes, as the binder is told of it.
  sql::ChangeTarget TargetOf(const sql::Name& name, sql::InputId input, const Schema& schema) const;
  // The folder of a table whose files the principal may rearrange: they may read and change it. One
  // of a pipeline too, whose rows stay the same.
  std::string MaintainedLocation(const sql::Name& target, const std::string& statement);
  // How the record of a statement calls a table.
  std::string NameForRecord(const sql::Name& table, const std::string& location) const;
  // The common part of DELETE, UPDATE and MERGE.
  using BindChange = std::function<sql::ChangeResult(const sql::ChangeTarget&, sql::NameResolver&,
                                                     const sql::BindOptions&)>;
  void PrepareChange(const sql::Name& name, const std::string& statement, const BindChange& bind);
  // What VERSION AS OF or TIMESTAMP AS OF names: a BIGINT version or a TIMESTAMP.
  Value MomentOf(
      const std::variant<std::monostate, sql::VersionAsOf, sql::TimestampAsOf>& as_of) const;
  // An expression without columns, by itself; its type is that of the plan's one column.
  sql::PlanPtr BindConstant(const sql::Expr& expr) const;
  // Its value. Throws where it holds a sub-query.
  Value ValueOf(const sql::Expr& expr, const sql::PlanPtr& plan) const;
  sql::StatementPtr WithNames(const sql::StatementNode& statement) const;
  std::string NameFrom(const sql::Expr& expr) const;
  std::string TextToExecute(const sql::Expr& expr) const;
  std::shared_ptr<const sql::Parameters> ParametersOf(const sql::ExecuteImmediate& statement,
                                                      const sql::ParameterMarkers& markers) const;
  const Variable& GetVariable(const sql::Name& name) const;
  io::Location RequireFile(const std::string& path, catalog::Privilege use);

  const Services& services_;
  const SessionOptions& options_;
  const SessionState& state_;
  Prepared& prepared_;
  int depth_ = 0;  // Of EXECUTE IMMEDIATE within each other.
};

// The second half: does it. `options` and `state` are the session's own, which statements change.
class Executor {
 public:
  // `stop`: asked by what does not run in the engine and may take long.
  Executor(const Services& services, SessionOptions& options, SessionState& state,
           const Prepared& prepared, std::string statement_id, std::stop_token stop)
      : services_(services),
        options_(options),
        state_(state),
        prepared_(prepared),
        id_(std::move(statement_id)),
        stop_(std::move(stop)) {}

  std::unique_ptr<Result> operator()(const sql::QueryStatement& statement);
  std::unique_ptr<Result> operator()(const sql::CreateTable& statement);
  std::unique_ptr<Result> operator()(const sql::CreateView& statement);
  std::unique_ptr<Result> operator()(const sql::CreateDataset& statement);
  std::unique_ptr<Result> operator()(const sql::CreateFlow& statement);
  std::unique_ptr<Result> operator()(const sql::RefreshDataset& statement);
  std::unique_ptr<Result> operator()(const sql::CreateSchema& statement);
  std::unique_ptr<Result> operator()(const sql::CreateCatalog& statement);
  std::unique_ptr<Result> operator()(const sql::CreateVolume& statement);
  std::unique_ptr<Result> operator()(const sql::CreateFunction& statement);
  std::unique_ptr<Result> operator()(const sql::Drop& statement);
  std::unique_ptr<Result> operator()(const sql::AlterTable& statement);
  std::unique_ptr<Result> operator()(const sql::CommentOn& statement);
  std::unique_ptr<Result> operator()(const sql::Insert& statement);
  std::unique_ptr<Result> operator()(const sql::CopyInto& statement);
  std::unique_ptr<Result> operator()(const sql::Describe& statement);
  std::unique_ptr<Result> operator()(const sql::Show& statement);
  std::unique_ptr<Result> operator()(const sql::Use& statement);
  std::unique_ptr<Result> operator()(const sql::Explain& statement);
  std::unique_ptr<Result> operator()(const sql::Grant& statement);
  std::unique_ptr<Result> operator()(const sql::SetConfig& statement);
  std::unique_ptr<Result> operator()(const sql::AlterViewAs& statement);
  std::unique_ptr<Result> operator()(const sql::ResetConfig& statement);
  std::unique_ptr<Result> operator()(const sql::DeclareVariable& statement);
  std::unique_ptr<Result> operator()(const sql::SetVariable& statement);
  std::unique_ptr<Result> operator()(const sql::DropVariable& statement);
  std::unique_ptr<Result> operator()(const sql::ExecuteImmediate& statement);
  std::unique_ptr<Result> operator()(const sql::PutFile& statement);
  std::unique_ptr<Result> operator()(const sql::GetFile& statement);
  std::unique_ptr<Result> operator()(const sql::RemoveFile& statement);
  std::unique_ptr<Result> operator()(const sql::ListFiles& statement);
  std::unique_ptr<Result> operator()(const sql::Update& statement);
  std::unique_ptr<Result> operator()(const sql::Delete& statement);
  std::unique_ptr<Result> operator()(const sql::Merge& statement);
  std::unique_ptr<Result> operator()(const sql::Optimize& statement);
  std::unique_ptr<Result> operator()(const sql::Restore& statement);
  std::unique_ptr<Result> operator()(const sql::Vacuum& statement);
  std::unique_ptr<Result> operator()(const sql::CloneTable& statement);
  std::unique_ptr<Result> operator()(const sql::ConvertToDelta& statement);
  std::unique_ptr<Result> operator()(const sql::RepairTable& statement);
  std::unique_ptr<Result> operator()(const sql::AnalyzeTable& statement);
  std::unique_ptr<Result> operator()(const sql::RefusedStatement&) { return NeverRun(); }

  // Versions that were committed, by table.
  const std::map<std::string, int64_t>& versions() const { return versions_; }

 private:
  // Of statements that are refused when they are prepared.
  static std::unique_ptr<Result> NeverRun() {
    WEIR_CHECK(false);
    return nullptr;
  }
  catalog::QualifiedName Name(const sql::Name& name) const {
    return Qualify(name, prepared_.catalog, prepared_.schema);
  }
  std::unique_ptr<Result> Done() const;
  // URI; "" for none.
  std::string ManagedLocation(const std::optional<std::string>& path) const;
  // Throws kConflict when the table was changed since the statement was prepared.
  void CheckIsAsJudged(const catalog::TableInfo& info) const;
  catalog::TableInfo GetTable(const catalog::QualifiedName& name) const;
  // The same for one that is shown: a view has the columns that it has now.
  catalog::TableInfo GetShown(const sql::Name& name) const;
  // The same for a name that may mean a folder; such a table has neither id nor catalog.
  catalog::TableInfo GetTable(const sql::Name& name) const;
  // A commit of metadata alone.
  void ChangeMetadata(const catalog::TableInfo& info, const std::string& operation,
                      const std::function<void(delta::Metadata&)>& change);
  // The rules that ALTER TABLE changes; false: it changes others.
  bool ChangeRules(const catalog::TableInfo& info, const sql::AlterTable& statement);
  void AddConstraint(const catalog::TableInfo& info, const sql::CheckConstraintDefinition& check);
  void SyncIdentity(const catalog::TableInfo& info, const sql::AlterTable::SyncIdentity& sync);
  void AddKey(const catalog::TableInfo& info, const sql::KeyDefinition& definition);
  bool DropKey(const catalog::TableInfo& info, const catalog::KeyInfo& key, bool cascade);
  // False: it has none of that name.
  bool DropKeyNamed(const catalog::TableInfo& info, const sql::AlterTable::DropConstraint& drop);
  void DropKey(const catalog::TableInfo& info, const sql::AlterTable::DropKey& drop);
  // Keys follow the columns that they are of; the change is refused where they can't.
  void CheckDefinitionAllows(const catalog::TableInfo& info,
                             const sql::AlterTable& statement) const;
  void CheckKeysAllow(const catalog::TableInfo& info, const sql::AlterTable& statement) const;
  void AlterNamespace(const sql::AlterTable& statement);
  void ClusterTable(const catalog::TableInfo& info, const sql::AlterTable::ClusterBy& cluster);
  TableChange WithoutFeature(const delta::Table& table,
                             const std::shared_ptr<const delta::Snapshot>& base,
                             delta::WithoutUse without);
  std::shared_ptr<const delta::Snapshot> StopReading(const catalog::TableInfo& info,
                                                     const delta::Table& table,
                                                     std::shared_ptr<const delta::Snapshot> base,
                                                     const sql::AlterTable::DropFeature& drop,
                                                     bool& protects);
  void DropFeature(const catalog::TableInfo& info, const sql::AlterTable::DropFeature& drop);
  // Packs small files where the table or the session asks for it. What fails is a line of the log.
  void AutoCompact(const catalog::TableInfo& info, const delta::Table& table) noexcept;
  // Statistics of files: of those that lack some, or of all. Nothing to say: no commit.
  void ComputeStatistics(const catalog::TableInfo& info, const delta::Table& table,
                         std::shared_ptr<const delta::Snapshot> base, bool all);
  std::unique_ptr<Result> ShowPartitions(const delta::Snapshot& snapshot) const;
  // A commit that changes no rows: what `operation` says of itself. Gives the version.
  delta::Version CommitNote(const catalog::TableInfo& info, const delta::Table& table,
                            delta::CommitOptions commit);
  std::unique_ptr<Result> CreateTemporary(const sql::CreateView& statement);
  std::unique_ptr<Result> RenameTemporary(const sql::Name& from, const sql::Name& to);
  // The one row of the plan; NULLs when there is none.
  std::vector<Value> OneRow() const;
  void SetZone(TimeZonePtr zone);
  std::unique_ptr<Result> ShowTemporary(const sql::Show& statement,
                                        const TemporaryView& view) const;
  catalog::ViewDefinition DefinitionOf(const sql::Query& query, const Schema& columns) const;
  delta::CommitOptions CommitOptions(const std::string& operation) const;
  std::unique_ptr<Result> CreateTemporary(const sql::CreateFunction& statement);
  catalog::FunctionInfo GetFunction(const sql::Name& name) const;
  void DropFunction(const sql::Drop& statement);
  std::unique_ptr<Result> JsonRow(const std::string& json) const;
  std::unique_ptr<Result> ColumnRow(const Schema& schema, const sql::Describe& statement) const;
  std::unique_ptr<Result> DescribeFunction(const sql::Describe& statement) const;
  catalog::VolumeInfo GetVolume(const sql::Name& name) const;
  void DropVolume(const catalog::QualifiedName& name) const;
  void AlterVolume(const sql::AlterTable& statement) const;
  std::unique_ptr<Result> DescribeVolume(const sql::Name& name) const;
  void CreateNewTable(const sql::CreateTable& statement, const catalog::QualifiedName& name);
  std::unique_ptr<Result> CloneAnew(const sql::CloneTable& statement,
                                    const catalog::QualifiedName& name);
  // `base`: of the table that is replaced; null: there is none.
  std::unique_ptr<Result> Clone(const sql::CloneTable& statement, catalog::TableInfo info,
                                std::shared_ptr<const delta::Snapshot> base);
  void RequireAllThere(const catalog::TableInfo& clone, const io::Location& table,
                       const std::vector<delta::AddFile>& files);
  void ReplaceTable(const sql::CreateTable& statement, const catalog::TableInfo& info);
  void RegisterExisting(const sql::CreateTable& statement, const catalog::QualifiedName& name,
                        const std::string& location);

  const Services& services_;
  SessionOptions& options_;
  SessionState& state_;
  const Prepared& prepared_;
  std::string id_;
  const std::stop_token stop_;
  std::map<std::string, int64_t> versions_;
  engine::RunStatistics found_;  // Of the rows that were read.
};

// "static" or "dynamic"; in lower case.
inline constexpr const char* kOverwriteMode = "spark.sql.sources.partitionoverwritemode";

// Whether CREATE TABLE has something to do where `existing` has the name; with IF NOT EXISTS it has
// not. Throws Error{kExists} where the name is taken.
bool IsToBeMade(const std::optional<catalog::TableInfo>& existing,
                const catalog::QualifiedName& name, bool if_not_exists, bool or_replace);

// CREATE ... IF NOT EXISTS: what somebody else made between the look and the making is there, and
// all is well. Otherwise what `make` throws. Whether it made it.
template <typename Make, typename IsThere>
bool MakeUnlessThere(bool if_not_exists, const Make& make, const IsThere& is_there) {
  try {
    make();
    return true;
  } catch (const Error& error) {
    const bool lost = error.code() == ErrorCode::kExists || error.code() == ErrorCode::kConflict;
    if (!if_not_exists || !lost || !is_there()) throw;
    return false;
  }
}

// The version that Preparer::MomentOf told.
std::shared_ptr<const delta::Snapshot> VersionAt(const delta::Table& table, const Value& moment);
// Throws what a binder found wrong; else gives the plan.
sql::PlanPtr PlanOrThrow(sql::BindResult result);
// Whether a sub-query stands in it.
bool HasQuery(const sql::Expr& expr);
// The temporary view that a statement about this kind of object means; null: none.
const TemporaryView* FindTemporary(const SessionState& state, sql::ObjectKind kind,
                                   const sql::Name& name);
// The securable that a name of this kind means.
catalog::Securable SecurableOf(sql::ObjectKind kind, const sql::Name& name,
                               const std::string& catalog, const std::string& schema);

}  // namespace weir::session
