#include <algorithm>
#include <set>

#include "weir/base/error.h"
#include "weir/base/uuid.h"
#include "weir/delta/clustering.h"
#include "weir/delta/schema_rules.h"
#include "weir/session/clone_needs.h"
#include "weir/session/dataset_columns.h"
#include "weir/session/dataset_table.h"
#include "weir/session/flow_log.h"
#include "weir/session/flow_run.h"
#include "weir/session/other_writers.h"
#include "weir/types/schema_json.h"

// What an update would do to a dataset, told before anything happens.
namespace weir::session {

using catalog::TableInfo;
using Action = DatasetPlan::Action;

std::string_view DatasetActionName(Action action) {
  switch (action) {
    case Action::kCreate:
      return "create";
    case Action::kKeep:
      return "keep";
    case Action::kEvolve:
      return "evolve";
    case Action::kRebuild:
      return "rebuild";
    case Action::kLeave:
      return "leave";
  }
  return "";
}

namespace {

class Planner {
 public:
  Planner(const Services& services, const SessionOptions& options, const PipelineScope& scope,
          const Dataset& dataset, const TableInfo& info)
      : services_(services),
        options_(options),
        scope_(scope),
        dataset_(dataset),
        table_(OpenTable(services, info.location)),
        base_(LatestOf(table_, info)) {
    plan_.name = dataset.name;
    if (info.name == scope.StoredName(dataset)) return;
    plan_.action = Action::kEvolve;
    Note(dataset.is_private
             ? "becomes private: only this pipeline can read it, and who had a grant on it can't"
             : "is private no more: it is in the catalog");
  }

  // What changes beside the table itself.
  void Evolve(const std::string& note) {
    plan_.action = Action::kEvolve;
    Note(note);
  }

  // `columns`: those that it will have.
  DatasetPlan Plan(const TableDeclaration& declaration, const Schema& columns, bool full_refresh) {
    if (full_refresh) {
      plan_.action = Action::kRebuild;
      Note("full refresh: it is emptied, and every flow reads from its start");
      PlanNewColumns(columns);
      return plan_;
    }
    partitions_ = declaration.partition_columns;
    PlanNewColumns(columns);
    for (const std::string& change : RuleChanges(base_->schema(), columns)) Note(change);
    for (const std::string& change : ClusteringChanges(*base_, declaration)) Note(change);
    PlanColumns(declaration);
    PlanOthers();
    if (dataset_.kind == DatasetKind::kMaterializedView) {
      PlanView();
    } else {
      PlanFlows();
    }
    return plan_;
  }

 private:
  void Note(const std::string& note) { plan_.notes.push_back(note); }

  void PlanColumns(const TableDeclaration& declaration) {
    const Schema& now = base_->schema();
    for (const Field& field : declaration.schema.fields()) {
      const auto at = now.Find(field.name);
      if (!at || now[*at].Comment() == field.Comment() || !field.Comment()) continue;
      Note("the comment of column " + QuoteName(field.name) + " changes");
    }
    for (const Field& field : now.fields()) {
      if (IsView() || declaration.schema.Find(field.name)) continue;
      Note("the column " + QuoteName(field.name) +
           " is not in the definition any more; it stays, NULL in new rows");
    }
    if (base_->metadata().description != declaration.comment) Note("its comment changes");
    for (const auto& [key, value] : declaration.properties) {
      const auto& configuration = base_->metadata().configuration;
      const auto at = configuration.find(key);
      if (at == configuration.end() || at->second != value) Note("sets " + key + " = " + value);
    }
    if (!plan_.notes.empty()) plan_.action = Action::kEvolve;
  }

  void PlanNewColumns(const Schema& columns) {
    for (const std::string& change : ColumnChanges(base_->schema(), columns)) Note(change);
  }

  bool IsView() const { return dataset_.kind == DatasetKind::kMaterializedView; }

  FlowLog LogOf(const Flow& flow) const {
    return FlowLogOf(scope_, dataset_, flow, table_.location(), *base_);
  }
  std::optional<FlowBatch> LastBatch(const Flow& flow) const {
    const FlowLog log = LogOf(flow);
    const int64_t done = log.Done(*base_);
    return done < 0 ? std::nullopt : log.Find(done);
  }
  bool QueryChanged(const BoundFlow& bound, const FlowBatch& last) const {
    const bool is_known = bound.deterministic || bound.varies_by_time;
    return is_known && FingerprintOf(bound) != last.fingerprint;
  }

  // As the flow will be bound, where its inputs are there already; else as far as it is planned.
  // It goes on after `progress`, which outlives it.
  BoundFlow Bind(const Flow& flow, const Schema& target, FlowProgress& progress) const {
    PipelineScope now = scope_;
    now.planning = false;
    if (!IsView()) progress.GoTo(LogOf(flow), *base_);
    try {
      return BindFlowInto(services_, options_, now, dataset_, flow, target,
                          base_->metadata().configuration, progress);
    } catch (const DiagnosticError&) {
      return BindFlowInto(services_, options_, scope_, dataset_, flow, target,
                          base_->metadata().configuration, progress);
    }
  }

  // A table that the flow read as a stream and that is another one now, or will be.
  bool IsAnother(const BoundInput& input, const Reached& reached) const {
    if (input.source != nullptr || !reached.HasTableCalled(input.display_name)) return false;
    return !input.identity.starts_with("planned:") || !Exists(input.display_name);
  }

  bool Exists(const std::string& name) const {
    return std::any_of(scope_.datasets.begin(), scope_.datasets.end(), [&](const auto& dataset) {
      return dataset.first.ToString() == name &&
             FindDatasetTable(services_, scope_, *dataset.second);
    });
  }

  // What another program did to the table.
  void PlanOthers() {
    for (const Flow& flow : dataset_.flows) {
      const auto last = LastBatch(flow);
      if (!last) continue;
      if (last->target != base_->metadata().id) {
        Note("fails: the table was replaced by another program; --full-refresh " +
             dataset_.name.name + " empties and fills it anew");
        return;
      }
      const OthersDid did = WhatOthersDid(table_, *base_);
      if (IsView() && did != OthersDid::kNothing) {
        plan_.action = Action::kRebuild;
        Note("another writer changed the table");
      } else if (!IsView() && did == OthersDid::kRemovedRows) {
        Note("another writer removed rows, which stay away; --full-refresh " + dataset_.name.name +
             " reads everything anew");
      }
      return;
    }
  }

  void PlanView() {
    const Flow& flow = dataset_.flows.front();
    const auto last = LastBatch(flow);
    if (!last) return;
    if (partitions_ != base_->metadata().partition_columns) {
      plan_.action = Action::kRebuild;
      Note("its partitioning changed");
    }
    const Schema target = scope_.schemas.at(dataset_.name);
    FlowProgress progress;
    const BoundFlow bound = Bind(flow, target, progress);
    if (QueryChanged(bound, *last)) {
      plan_.action = Action::kRebuild;
      Note("its query changed");
    } else if (bound.varies_by_time) {
      Note("looked at by every update: its query asks for the time");
    } else if (!bound.deterministic) {
      Note("computed by every update: its query is not deterministic");
    }
  }

  void PlanFlows() {
    std::set<std::string> before = FlowsOf(*base_);
    const bool any_before = !before.empty();
    for (const Flow& flow : dataset_.flows) {
      if (before.erase(flow.name) == 0) {
        if (any_before) Note("flow " + flow.name + " is new: it reads from its start");
        continue;
      }
      PlanStream(flow);
    }
    for (const std::string& gone : before) {
      Note("flow " + gone + " is gone: the rows that it wrote stay");
    }
  }

  void PlanStream(const Flow& flow) {
    const auto last = LastBatch(flow);
    if (!last || flow.once) return;
    const Schema target = delta::MergeSchema(base_->schema(), scope_.schemas.at(dataset_.name),
                                             base_->metadata().configuration);
    FlowProgress progress;
    const BoundFlow bound = Bind(flow, target, progress);
    const FlowLog log = LogOf(flow);
    const Reached reached = log.Through(log.Done(*base_));
    bool any_new = false;
    for (const BoundInput& input : bound.binding->inputs()) {
      if (!input.stream) continue;
      if (reached.sources.count(input.identity) || reached.tables.count(input.identity)) continue;
      if (IsAnother(input, reached)) {
        Note("fails: " + input.display_name + " was dropped and made anew; only --full-refresh " +
             dataset_.name.name + " reads it from its start");
        continue;
      }
      if (input.identity.starts_with("planned:") && reached.HasTableCalled(input.display_name)) {
        continue;
      }
      any_new = true;
      Note("flow " + flow.name + " reads " + WhatIs(input) + " from its start");
    }
    if (any_new || !QueryChanged(bound, *last)) return;
    Note("the query of flow " + flow.name + " changed: it counts for rows from now on; " +
         "--full-refresh " + dataset_.name.name + " applies it to all");
  }

  static std::string WhatIs(const BoundInput& input) {
    return input.source != nullptr ? input.source->Identity() : input.display_name;
  }

  const Services& services_;
  const SessionOptions& options_;
  const PipelineScope& scope_;
  const Dataset& dataset_;
  const delta::Table table_;
  const std::shared_ptr<const delta::Snapshot> base_;
  std::vector<std::string> partitions_;  // As declared.
  DatasetPlan plan_;
};

}  // namespace

DatasetPlan Session::PlanDataset(const PipelineScope& scope, const Dataset& dataset,
                                 const Schema& schema, bool full_refresh) {
  const auto info = FindDatasetTable(services_, scope, dataset);
  if (!info) return {dataset.name, Action::kCreate, {}};
  if (dataset.sink != nullptr) {
    DatasetPlan plan{dataset.name, Action::kKeep, {}};
    if (full_refresh) {
      plan.notes.push_back("full refresh: every flow reads from its start, and " +
                           info->name.ToString() + " keeps the rows that it has beside them");
    }
    return plan;
  }
  services_.catalog.RequireTable(options_.principal, catalog::Privilege::kModify, info->name);
  if (dataset.kind == DatasetKind::kView) {
    const bool same = info->view && info->view->query == dataset.flows.front().query->span.Text();
    if (same) return {dataset.name, Action::kKeep, {}};
    return {dataset.name, Action::kEvolve, {"its query changed"}};
  }
  const TableDeclaration declaration = DatasetDeclaration(dataset, schema);
  const DatasetTable table(services_, options_, scope, dataset);
  table.CheckUpdate(*info, declaration, full_refresh);
  // A streaming table keeps columns that are not declared any more.
  const bool keeps = dataset.kind == DatasetKind::kStreamingTable && !full_refresh;
  const Schema columns =
      keeps ? table.SchemaAfter(*LatestOf(OpenTable(services_, info->location), *info), declaration)
            : declaration.schema;
  Planner planner(services_, options_, scope, dataset, *info);
  for (const std::string& change : KeyChanges(services_, scope, dataset, *info, schema)) {
    planner.Evolve(change);
  }
  return planner.Plan(declaration, columns, full_refresh);
}

namespace {

std::vector<TableInfo> LeftoversOf(const Services& services, const std::string& principal,
                                   const PipelineScope& scope) {
  auto left = services.catalog.TablesOfPipeline(principal, scope.pipeline_id);
  std::erase_if(left, [&](const TableInfo& info) {
    const auto dataset = scope.datasets.find(catalog::PublicName(info.name));
    return info.kind == catalog::TableKind::kEventLog ||
           (dataset != scope.datasets.end() &&
            dataset->second->kind != DatasetKind::kTemporaryView);
  });
  return left;
}

}  // namespace

void Session::DropPrivateLeftovers(const PipelineScope& scope) {
  for (const TableInfo& info : LeftoversOf(services_, options_.principal, scope)) {
    const bool may_drop = services_.catalog.Allows(options_.principal, catalog::Privilege::kManage,
                                                   SecurableOf(info.name));
    if (!catalog::IsPrivate(info.name) || !may_drop) continue;
    services_.catalog.DropTable(info.name);
    LetGoOfFolder(services_, options_.principal, NewUuid(), info.location);
  }
}

std::vector<DatasetPlan> Session::PlanLeftovers(const PipelineScope& scope) {
  std::vector<DatasetPlan> left;
  for (const TableInfo& info : LeftoversOf(services_, options_.principal, scope)) {
    const std::string kind = info.kind == catalog::TableKind::kView ? "VIEW " : "TABLE ";
    const std::string remove = catalog::IsPrivate(info.name)
                                   ? "it is private, and --full-refresh-all removes it"
                                   : "DROP " + kind + info.name.ToString() + " removes it";
    left.push_back({catalog::PublicName(info.name),
                    Action::kLeave,
                    {"the project does not define it any more; " + remove}});
  }
  return left;
}

}  // namespace weir::session
