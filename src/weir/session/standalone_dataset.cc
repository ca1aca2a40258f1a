#include "weir/session/standalone_dataset.h"

#include "weir/base/error.h"
#include "weir/session/cdc_query.h"
#include "weir/session/datasets.h"
#include "weir/session/flow_run.h"
#include "weir/session/session_zone.h"
#include "weir/session/statement.h"
#include "weir/sql/parser.h"

namespace weir::session {
namespace {

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

// What a check gives, or its diagnostics thrown.
template <typename Value>
Value Get(std::variant<Value, Diagnostics> checked) {
  if (auto* diagnostics = std::get_if<Diagnostics>(&checked)) ThrowIfAny(std::move(*diagnostics));
  return std::get<Value>(std::move(checked));
}

}  // namespace

StandaloneDataset::StandaloneDataset(std::shared_ptr<const sql::StatementNode> statement,
                                     const catalog::DatasetDefinition& definition)
    : definition_(definition), dataset_(DatasetOf(statement, definition)) {}

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
  auto script = sql::ParseScript(std::make_shared<SourceText>(
      SourceText{"definition of " + info.name.ToString(), definition->statement}));
  ThrowIfAny(script.AllDiagnostics());
  return StandaloneDataset(std::move(script.statements.front()), *definition);
}

SessionOptions StandaloneDataset::OptionsOf(const SessionOptions& options) const {
  SessionOptions own = options;
  own.base_folder.clear();
  own.catalog = definition_.catalog;
  own.schema = definition_.schema;
  return own;
}

PipelineScope StandaloneDataset::ScopeOf() const {
  PipelineScope scope;
  scope.pipeline_id = "statement@" + dataset_.name.ToString();
  scope.pipeline_name = dataset_.name.ToString();
  scope.catalog = definition_.catalog;
  scope.schema = definition_.schema;
  scope.time_zone = definition_.time_zone;
  scope.datasets[dataset_.name] = &dataset_;
  scope.is_statement = true;
  return scope;
}

Schema StandaloneDataset::CheckIn(Session& session, const PipelineScope& scope) const {
  const CheckedFlow flow = Get(session.CheckFlow(scope, dataset_, dataset_.flows.front()));
  const Schema declared = Get(TableSchema(dataset_, {flow.schema}));
  const auto after = session.SchemaAfter(scope, dataset_, declared);
  if (const auto* wrong = std::get_if<Diagnostic>(&after)) ThrowIfAny({*wrong});
  ThrowIfAny(session.CheckDataset(scope, dataset_, std::get<Schema>(after)));
  return declared;
}

void StandaloneDataset::CheckDefinition(const Services& services,
                                        const SessionOptions& options) const {
  const Schema declared = Check(services, options);
  Session session(services, OptionsOf(options));
  ThrowIfAny(session.CheckKeys(ScopeOf(), dataset_, declared));
}

Schema StandaloneDataset::Check(const Services& services, const SessionOptions& options) const {
  const SessionOptions own = OptionsOf(options);
  const PipelineScope scope = ScopeOf();
  const Flow& flow = dataset_.flows.front();
  FlowProgress nothing;
  const BoundFlow bound = BindFlow(services, own, scope, dataset_, flow, nothing);
  const Schema given =
      flow.cdc == nullptr ? sql::SchemaOf(*bound.plan) : BoundCdcShape(flow, bound).Target();
  const Schema declared = Get(TableSchema(dataset_, {given}));
  BindFlowInto(services, own, scope, dataset_, flow, declared, {}, nothing);
  return declared;
}

FlowOutcome StandaloneDataset::Define(const Services& services, const SessionOptions& options,
                                      const std::stop_token& stop) const {
  return Run(services, options, false, true, stop);
}

// Its keys stay as they are: a table that one referred to may be gone.
FlowOutcome StandaloneDataset::Refresh(const Services& services, const SessionOptions& options,
                                       bool full, const std::stop_token& stop) const {
  return Run(services, options, full, false, stop);
}

FlowOutcome StandaloneDataset::Run(const Services& services, const SessionOptions& options,
                                   bool full, bool with_keys, const std::stop_token& stop) const {
  Session session(services, OptionsOf(options));
  const std::stop_callback cancel(stop, [&session] { session.Cancel(); });
  PipelineScope scope = ScopeOf();
  if (full) scope.starting_anew.insert(dataset_.name);
  const Schema schema = CheckIn(session, scope);
  FlowOutcome outcome;
  outcome.column_changes = session.EnsureDataset(scope, dataset_, schema, full);
  const auto info = services.catalog.FindTable(dataset_.name);
  if (!info) {
    throw Error(ErrorCode::kConflict,
                dataset_.name.ToString() + " was dropped at the same moment; run it again");
  }
  services.catalog.PutDefinition(info->id, definition_);
  if (with_keys) session.EnsureKeys(scope, dataset_, schema);
  session.RunFlow(scope, dataset_, dataset_.flows.front(), outcome);
  return outcome;
}

}  // namespace weir::session
