#include "weir/pipeline/event_details.h"

#include <set>

#include "weir/base/json.h"
#include "weir/session/cdc_query.h"
#include "weir/sql/binder.h"
#include "weir/types/schema_json.h"

namespace weir::pipeline {
namespace {

using session::Dataset;
using session::DatasetKind;

// What comes from outside may not be UTF-8.
std::string Details(const char* type, Json members) {
  return Json{{type, std::move(members)}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

const char* DatasetType(DatasetKind kind) {
  switch (kind) {
    case DatasetKind::kStreamingTable:
      return "STREAMING_TABLE";
    case DatasetKind::kMaterializedView:
      return "MATERIALIZED_VIEW";
    case DatasetKind::kView:
    case DatasetKind::kTemporaryView:
      break;
  }
  return "VIEW";
}

const char* FlowType(const session::Flow& flow, DatasetKind kind) {
  if (flow.cdc != nullptr) return flow.cdc->source != nullptr ? "CHANGE" : "SNAPSHOT_CHANGE";
  if (flow.replace != nullptr) return flow.ReplacesWhere() ? "REPLACE_WHERE" : "REPLACE_USING";
  switch (kind) {
    case DatasetKind::kStreamingTable:
      return "APPEND";
    case DatasetKind::kMaterializedView:
      return "COMPLETE";
    case DatasetKind::kView:
    case DatasetKind::kTemporaryView:
      break;
  }
  return "VIEW";
}

const char* ActionName(sql::ViolationAction action) {
  switch (action) {
    case sql::ViolationAction::kWarn:
      return "ALLOW";
    case sql::ViolationAction::kDropRow:
      return "DROP";
    case sql::ViolationAction::kFailUpdate:
      return "FAIL";
  }
  return "";
}

Json Expectations(const FlowEvent& event) {
  Json list = Json::array();
  for (const auto& count : event.outcome.statistics.expectations) {
    list.push_back({{"name", count.name},
                    {"dataset", event.dataset},
                    {"passed_records", count.passed},
                    {"failed_records", count.failed}});
  }
  return list;
}

}  // namespace

std::string CreateUpdateDetails(const Selection& selection) {
  return Details("create_update", {{"cause", "USER_ACTION"},
                                   {"full_refresh", selection.full_refresh_all},
                                   {"refresh_selection", selection.refresh},
                                   {"full_refresh_selection", selection.full_refresh}});
}

std::string UpdateProgressDetails(const std::string& state) {
  return Details("update_progress", {{"state", state}});
}

std::string DatasetDefinitionDetails(const Dataset& dataset, const Schema& schema) {
  Json expectations = Json::array();
  if (const sql::TableClauses* clauses = dataset.clauses()) {
    for (const sql::Expectation& expectation : clauses->expectations) {
      expectations.push_back({{"name", expectation.name.text},
                              {"expression", expectation.condition->span.Text()},
                              {"action", ActionName(expectation.action)}});
    }
  }
  return Details("dataset_definition", {{"dataset_type", DatasetType(dataset.kind)},
                                        {"num_flows", dataset.flows.size()},
                                        {"schema", ParseJson(SchemaToJson(schema), "a schema")},
                                        {"expectations", std::move(expectations)}});
}

std::string FlowDefinitionDetails(const session::PipelineScope& scope, const Dataset& dataset,
                                  const session::Flow& flow, const Schema& schema) {
  Json inputs = Json::array();
  for (const sql::NamedInput& input : session::InputsOfFlow(flow)) {
    const bool is_dataset = !input.is_function && scope.Find(input.name) != nullptr;
    inputs.push_back(is_dataset ? scope.Qualify(input.name).ToString() : input.name.ToString());
  }
  return Details("flow_definition", {{"output_dataset", dataset.name.ToString()},
                                     {"input_datasets", std::move(inputs)},
                                     {"flow_type", FlowType(flow, dataset.kind)},
                                     {"once", flow.once},
                                     {"schema", ParseJson(SchemaToJson(schema), "a schema")}});
}

std::string FlowProgressDetails(const FlowEvent& event) {
  Json progress{{"status", FlowStatusName(event.status)}};
  if (event.status == FlowStatus::kCompleted || event.outcome.batches > 0) {
    const auto& statistics = event.outcome.statistics;
    progress["metrics"] = {{"num_output_rows", statistics.rows},
                           {"num_output_bytes", event.outcome.bytes_written},
                           {"num_batches", event.outcome.batches},
                           {"num_files_read", event.outcome.files_read},
                           {"num_rejected_records", statistics.reject_count},
                           {"num_rescued_rows", statistics.rescued_rows},
                           {"num_lossy_rows", statistics.lossy_rows},
                           {"execution_time_seconds", event.seconds},
                           {"table_version", event.outcome.table_version}};
    if (event.outcome.late_rows > 0) {
      progress["metrics"]["num_rows_dropped_by_watermark"] = event.outcome.late_rows;
    }
    if (event.outcome.is_cdc) {
      progress["metrics"]["num_upserted_rows"] = event.outcome.upserted_rows;
      progress["metrics"]["num_deleted_rows"] = event.outcome.deleted_rows;
    }
    progress["data_quality"] = {{"dropped_records", statistics.dropped_rows},
                                {"expectations", Expectations(event)}};
  }
  return Details("flow_progress", std::move(progress));
}

std::string StatusDetails(const std::string& status) {
  return Details("flow_progress", {{"status", status}});
}

namespace {

// Under which of Databricks' names an issue is told.
std::string IssueType(const std::string& name) {
  static const std::set<std::string> of_plan = {"OPERATOR_NOT_SUPPORTED",
                                                "AGGREGATE_NOT_TOP_NODE",
                                                "AGGREGATE_WITH_DISTINCT",
                                                "AGGREGATE_WITH_UNSUPPORTED_EXPRESSION",
                                                "SUBQUERY_EXPRESSION",
                                                "WINDOW_FUNCTION_NOT_TOP_LEVEL",
                                                "WINDOW_FUNCTION_WITHOUT_PARTITION_BY"};
  static const std::set<std::string> of_chance = {"STREAMING_SOURCE", "USER_DEFINED_FUNCTION",
                                                  "TIME_FUNCTION", "NON_DETERMINISTIC_EXPRESSION"};
  if (of_plan.contains(name)) return "PLAN_NOT_INCREMENTALIZABLE";
  if (of_chance.contains(name)) return "PLAN_NOT_DETERMINISTIC";
  return name;
}

Json Technique(const session::RefreshTechnique& technique) {
  Json issues = Json::array();
  for (const sql::IncrementalIssue& issue : technique.issues) {
    Json told{{"issue_type", IssueType(issue.name)}, {"message", issue.message}};
    if (told["issue_type"] != issue.name) told["sub_type"] = issue.name;
    issues.push_back(std::move(told));
  }
  Json json{{"maintenance_type", "MAINTENANCE_TYPE_" + technique.maintenance_type},
            {"is_chosen", technique.is_chosen},
            {"is_applicable", technique.is_applicable},
            {"incrementalization_issues", std::move(issues)}};
  if (technique.cost) json["cost"] = *technique.cost;
  return json;
}

Json ChangeSet(const session::InputChangeSet& change) {
  return {{"table_name", change.table},      {"from_version", change.from_version},
          {"to_version", change.to_version}, {"estimated_rows", change.rows},
          {"num_files", change.files},       {"is_append_only", change.only_inserts}};
}

}  // namespace

std::string PlanningDetails(const session::FlowOutcome& outcome) {
  std::vector<session::RefreshTechnique> techniques = outcome.techniques;
  if (outcome.batches == 0) techniques = {{"NO_OP", true, true, std::nullopt, {}}};
  Json change_sets = Json::array();
  for (const auto& change : outcome.change_sets) change_sets.push_back(ChangeSet(change));
  Json list = Json::array();
  for (const auto& technique : techniques) {
    list.push_back(Technique(technique));
    if (!change_sets.empty()) {
      list.back()["change_set_information"] = {{"change_sets", change_sets}};
    }
  }
  Json members{{"technique_information", std::move(list)}, {"how", outcome.how}};
  if (!outcome.why.empty()) members["why"] = outcome.why;
  return Details("planning_information", std::move(members));
}

}  // namespace weir::pipeline
