#include "weir/session/rows.h"
#include "weir/session/session_zone.h"
#include "weir/session/standalone_dataset.h"
#include "weir/session/statement.h"

// Streaming tables and materialised views outside pipelines: defined, filled and refreshed.
namespace weir::session {

using catalog::TableInfo;
using catalog::TableKind;

namespace {

[[noreturn]] void FailInPipelinesOnly(const std::string& what) {
  throw Error(ErrorCode::kUnsupported,
              what +
                  " outside a pipeline is not supported; put it in a file of a pipeline project "
                  "and run `weir pipeline run`")
      .WithCondition("UNSUPPORTED_FEATURE");
}

catalog::DatasetDefinition DefinitionOf(const Prepared& prepared, const SessionOptions& options) {
  return {std::string(prepared.statement->span.Text()), prepared.catalog, prepared.schema,
          options.zone->name()};
}

StandaloneDataset DefinedBy(const Services& services, const Prepared& prepared,
                            const SessionOptions& options) {
  return StandaloneDataset(services.catalog, prepared.statement, DefinitionOf(prepared, options));
}

bool IsRefreshable(TableKind kind) {
  return kind == TableKind::kMaterializedView || kind == TableKind::kStreamingTable;
}

std::string_view KindNamed(sql::RefreshDataset::Kind kind) {
  return kind == sql::RefreshDataset::Kind::kMaterializedView ? "materialized view"
                                                              : "streaming table";
}

void CheckIsKind(const TableInfo& info, sql::RefreshDataset::Kind kind) {
  using Kind = sql::RefreshDataset::Kind;
  if (kind == Kind::kAny) return;
  const TableKind wanted =
      kind == Kind::kMaterializedView ? TableKind::kMaterializedView : TableKind::kStreamingTable;
  if (info.kind == wanted) return;
  throw Error(ErrorCode::kInvalid, info.name.ToString() + " is " +
                                       std::string(catalog::TableKindPhrase(info.kind)) +
                                       ", not a " + std::string(KindNamed(kind)))
      .WithCondition("INVALID_REFRESH_TARGET");
}

// What an update's line tells of a flow.
std::unique_ptr<Result> OutcomeRow(const std::string& id, const FlowOutcome& outcome) {
  return RowsResult(id,
                    Schema({{"refresh", TypeId::kString, true, "{}"},
                            {"why", TypeId::kString, true, "{}"},
                            {"num_rows", TypeId::kLong, true, "{}"},
                            {"version", TypeId::kLong, true, "{}"}}),
                    {{Text(outcome.how.empty() ? "nothing new" : outcome.how),
                      outcome.why.empty() ? Value::Null(TypeId::kString) : Text(outcome.why),
                      Value::Long(outcome.statistics.rows), Value::Long(outcome.table_version)}},
                    outcome.statistics);
}

}  // namespace

void Preparer::operator()(const sql::CreateDataset& statement) {
  CheckTextIsWhole(statement.kind == sql::CreateDataset::Kind::kStreamingTable
                       ? "streaming table"
                       : "materialized view");
  if (statement.is_private) FailInPipelinesOnly("a PRIVATE dataset");
  const StandaloneDataset dataset = DefinedBy(services_, prepared_, options_);
  prepared_.access.writes.push_back(dataset.name().ToString());
  const auto there = services_.catalog.FindTable(dataset.name());
  if (there && statement.or_refresh) {
    services_.catalog.RequireTable(principal(), catalog::Privilege::kModify, dataset.name());
  } else {
    RequireMayCreate(dataset.name());
  }
  if (there && statement.if_not_exists) return;
  dataset.CheckDefinition(services_, options_);
  if (there && !statement.or_refresh) {
    throw Error(ErrorCode::kExists, dataset.name().ToString() + " exists already as " +
                                        std::string(catalog::TableKindPhrase(there->kind)) +
                                        "; write CREATE OR REFRESH, or give it another name")
        .WithCondition("TABLE_OR_VIEW_ALREADY_EXISTS");
  }
}

std::unique_ptr<Result> Executor::operator()(const sql::CreateDataset& statement) {
  const StandaloneDataset dataset = DefinedBy(services_, prepared_, options_);
  if (statement.if_not_exists && services_.catalog.FindTable(dataset.name())) return Done();
  const FlowOutcome outcome = dataset.Define(services_, options_, stop_);
  versions_[dataset.name().ToString()] = outcome.table_version;
  return OutcomeRow(id_, outcome);
}

void Preparer::operator()(const sql::CreateFlow&) { FailInPipelinesOnly("CREATE FLOW"); }
std::unique_ptr<Result> Executor::operator()(const sql::CreateFlow&) { return Done(); }

void Preparer::operator()(const sql::RefreshDataset& statement) {
  const catalog::QualifiedName name = Qualify(statement.target, options_.catalog, options_.schema);
  // Of a table that nothing refreshes the statement means what is cached of it: nothing is.
  const auto there = services_.catalog.FindTable(name);
  const bool fills =
      there && (IsRefreshable(there->kind) || statement.kind != sql::RefreshDataset::Kind::kAny);
  services_.catalog.RequireTable(
      principal(), fills ? catalog::Privilege::kModify : catalog::Privilege::kSelect, name);
  if (!fills) return;
  CheckIsKind(*there, statement.kind);
  const StandaloneDataset dataset = StandaloneDataset::Load(services_.catalog, *there);
  dataset.Check(services_, options_);
  prepared_.access.writes.push_back(name.ToString());
}

std::unique_ptr<Result> Executor::operator()(const sql::RefreshDataset& statement) {
  const TableInfo info = GetTable(Name(statement.target));
  if (!IsRefreshable(info.kind)) return Done();
  const StandaloneDataset dataset = StandaloneDataset::Load(services_.catalog, info);
  const FlowOutcome outcome = dataset.Refresh(services_, options_, statement.full, stop_);
  versions_[dataset.name().ToString()] = outcome.table_version;
  return OutcomeRow(id_, outcome);
}

}  // namespace weir::session
