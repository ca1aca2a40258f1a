#include "weir/session/standalone_dataset.h"

#include "weir/base/error.h"
#include "weir/base/uuid.h"
#include "weir/session/cdc_query.h"
#include "weir/session/clone_needs.h"
#include "weir/session/datasets.h"
#include "weir/session/flow_run.h"
#include "weir/session/session_zone.h"
#include "weir/session/statement.h"
#include "weir/sql/parser.h"

namespace weir::session {
namespace {

// Then the name that it was made under.
constexpr std::string_view kPipelineOfOne = "statement@";

Dataset DatasetOf(const std::shared_ptr<const sql::StatementNode>& statement,
                  const catalog::DatasetDefinition& definition) {
  const auto& create = std::get<sql::CreateDataset>(statement->node);
  const bool is_table = create.kind == sql::CreateDataset::Kind::kStreamingTable;
  Dataset dataset{is_table ? DatasetKind::kStreamingTable : DatasetKind::kMaterializedView,
                  Qualify(create.name, definition.catalog, definition.schema),
                  statement,
                  {},
                  create.name.span};
  if (create.flow) {
    dataset.flows.push_back(FlowOf(dataset.name.ToString(), statement, *create.flow));
    return dataset;
  }
  if (create.query == nullptr) {
    throw DiagnosticError(
        {{"INVALID_FLOW_QUERY_TYPE.NO_FLOW", "42000", create.name.span,
          "no flow fills streaming table " + dataset.name.ToString(),
          "add AS SELECT ... FROM STREAM ...; tables with several flows are for pipelines"}});
  }
  dataset.flows.push_back(
      {dataset.name.ToString(), {statement, create.query.get()}, false, create.query->span});
  return dataset;
}

void ThrowIfAny(Diagnostics diagnostics) {
  if (!diagnostics.empty()) throw DiagnosticError(std::move(diagnostics));
}

std::shared_ptr<const sql::StatementNode> ReadDefinition(const std::string& statement,
                                                         const catalog::QualifiedName& name) {
  auto script = sql::ParseScript(
      std::make_shared<SourceText>(SourceText{"definition of " + name.ToString(), statement}));
  ThrowIfAny(script.AllDiagnostics());
  return std::move(script.statements.front());
}

// What a check gives, or its diagnostics thrown.
template <typename Value>
Value Get(std::variant<Value, Diagnostics> checked) {
  if (auto* diagnostics = std::get_if<Diagnostics>(&checked)) ThrowIfAny(std::move(*diagnostics));
  return std::get<Value>(std::move(checked));
}

}  // namespace

StandaloneDataset::StandaloneDataset(const catalog::Catalog& catalog,
                                     std::shared_ptr<const sql::StatementNode> statement,
                                     const catalog::DatasetDefinition& definition)
    : definition_(definition),
      dataset_(DatasetOf(statement, definition)),
      pipeline_id_(std::string(kPipelineOfOne) + dataset_.name.ToString()) {
  const auto there = catalog.FindTable(dataset_.name);
  if (there && catalog.FindDefinition(there->id)) pipeline_id_ = there->pipeline_id;
  dataset_.flows.front().name = pipeline_id_.substr(kPipelineOfOne.size());
}

StandaloneDataset StandaloneDataset::Load(const catalog::Catalog& catalog,
                                          const catalog::TableInfo& info) {
  const auto definition = catalog.FindDefinition(info.id);
  if (!definition) {
    const bool of_pipeline = !info.pipeline_id.empty();
    throw Error(ErrorCode::kInvalid,
                info.name.ToString() +
                    (of_pipeline ? " is filled by the pipeline " + info.pipeline_id +
                                       "; run `weir pipeline run --refresh " + info.name.name + "`"
                                 : " is " + std::string(catalog::TableKindPhrase(info.kind)) +
                                       ", which has no query to refresh it by"))
        .WithCondition("INVALID_REFRESH_TARGET");
  }
  return StandaloneDataset(catalog, ReadDefinition(definition->statement, info.name), *definition);
}

bool IsStandalone(const catalog::TableInfo& info) {
  // Behind the mark other pipelines have the place of their storage.
  return info.pipeline_id.starts_with(kPipelineOfOne) &&
         info.pipeline_id.find('/') == std::string::npos;
}

std::string DefinitionNamed(const std::string& statement, const catalog::QualifiedName& name) {
  const auto read = ReadDefinition(statement, name);
  const Span& span = std::get<sql::CreateDataset>(read->node).name.span;
  return statement.substr(0, span.begin) + name.ToString() + statement.substr(span.end);
}

SessionOptions StandaloneDataset::OptionsOf(const SessionOptions& options) const {
  SessionOptions own = options;
  own.base_folder.clear();
  own.catalog = definition_.catalog;
  own.schema = definition_.schema;
  return own;
}

PipelineScope StandaloneDataset::ScopeOf(PipelineScope::RunBy by) const {
  PipelineScope scope;
  scope.pipeline_id = pipeline_id_;
  scope.pipeline_name = dataset_.name.ToString();
  scope.catalog = definition_.catalog;
  scope.schema = definition_.schema;
  scope.time_zone = definition_.time_zone;
  scope.run_by = by;
  scope.datasets[dataset_.name] = &dataset_;
  return scope;
}

Schema StandaloneDataset::CheckIn(Session& session, const PipelineScope& scope) const {
  const CheckedFlow flow = Get(session.CheckFlow(scope, dataset_, dataset_.flows.front()));
  const Schema declared = Get(TableSchema(dataset_, {flow}));
  Get(session.CheckDataset(scope, dataset_, declared));
  return declared;
}

void StandaloneDataset::CheckDefinition(const Services& services,
                                        const SessionOptions& options) const {
  const Schema declared = Check(services, options);
  Session session(services, OptionsOf(options));
  ThrowIfAny(session.CheckKeys(ScopeOf(PipelineScope::RunBy::kDefinition), dataset_, declared));
}

Schema StandaloneDataset::Check(const Services& services, const SessionOptions& options) const {
  const SessionOptions own = OptionsOf(options);
  const PipelineScope scope = ScopeOf(PipelineScope::RunBy::kRefresh);
  const Flow& flow = dataset_.flows.front();
  FlowProgress nothing;
  const BoundFlow bound = BindFlow(services, own, scope, dataset_, flow, nothing);
  const Schema given =
      flow.cdc == nullptr ? sql::SchemaOf(*bound.plan) : BoundCdcShape(flow, bound).Target();
  const Schema declared = Get(TableSchema(dataset_, {{given}}));
  BindFlowInto(services, own, scope, dataset_, flow, declared, {}, nothing);
  return declared;
}

namespace {

catalog::TableInfo GetTableOf(const Services& services, const catalog::QualifiedName& name) {
  if (auto info = services.catalog.FindTable(name)) return *std::move(info);
  throw Error(ErrorCode::kConflict,
              name.ToString() + " was dropped or renamed at the same moment; run it again");
}

}  // namespace

FlowOutcome StandaloneDataset::Define(const Services& services, const SessionOptions& options,
                                      const std::stop_token& stop) const {
  Session session(services, OptionsOf(options));
  const std::stop_callback cancel(stop, [&session] { session.Cancel(); });
  const PipelineScope scope = ScopeOf(PipelineScope::RunBy::kDefinition);
  const Schema schema = CheckIn(session, scope);
  FlowOutcome outcome;
  EnsuredDataset ensured = session.EnsureDataset(scope, dataset_, schema, false);
  outcome.column_changes = std::move(ensured.column_changes);
  const catalog::TableInfo info = GetTableOf(services, dataset_.name);
  try {
    services.catalog.PutDefinition(info.id, definition_);
    session.EnsureKeys(scope, dataset_, schema);
    session.RunFlow(scope, dataset_, dataset_.flows.front(), outcome);
  } catch (...) {
    if (ensured.made) DropUnfilled(services, options, info);
    throw;
  }
  return outcome;
}

// What keeps it from being dropped is not what the statement failed of.
void StandaloneDataset::DropUnfilled(const Services& services, const SessionOptions& options,
                                     const catalog::TableInfo& made) const {
  try {
    const auto now = services.catalog.FindTable(dataset_.name);
    if (!now || now->id != made.id) return;
    const delta::Table table = OpenTable(services, made.location);
    if (!FlowsOf(*LatestOf(table, made)).empty()) return;
    services.catalog.DropTable(dataset_.name);
    LetGoOfFolder(services, options.principal, NewUuid(), made.location);
  } catch (const Error& error) {
    services.log.Log(LogLevel::kWarning,
                     dataset_.name.ToString() + " is left empty: " + error.what());
  }
}

// Its keys stay as they are: a table that one referred to may be gone.
FlowOutcome StandaloneDataset::Refresh(const Services& services, const SessionOptions& options,
                                       bool full, const std::stop_token& stop) const {
  Session session(services, OptionsOf(options));
  const std::stop_callback cancel(stop, [&session] { session.Cancel(); });
  PipelineScope scope = ScopeOf(PipelineScope::RunBy::kRefresh);
  if (full) scope.starting_anew.insert(dataset_.name);
  const Schema schema = CheckIn(session, scope);
  GetTableOf(services, dataset_.name);
  FlowOutcome outcome;
  outcome.column_changes = session.EnsureDataset(scope, dataset_, schema, full).column_changes;
  session.RunFlow(scope, dataset_, dataset_.flows.front(), outcome);
  return outcome;
}

}  // namespace weir::session
