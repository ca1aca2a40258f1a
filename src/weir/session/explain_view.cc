#include "weir/session/explain_view.h"

#include "weir/session/input_changes.h"
#include "weir/session/refresh_cost.h"
#include "weir/session/statement.h"

namespace weir::session {
namespace {

std::string IssueTexts(const std::vector<sql::IncrementalIssue>& issues, const char* before) {
  std::string text;
  for (const sql::IncrementalIssue& issue : issues) {
    text += before + issue.message + " (" + issue.name + ")";
  }
  return text;
}

std::string WayText(const sql::RefreshShape& shape) {
  if (shape.way == sql::RefreshShape::Way::kByRows) {
    return "its rows that come and go are worked out from what changed in its inputs, and those "
           "that go are looked up in the view";
  }
  if (shape.keys.empty()) return "it is one group, which is computed anew";
  std::string keys;
  for (const size_t at : shape.key_columns) {
    keys += (keys.empty() ? "" : ", ") + QuoteName(shape.query->columns[at].name);
  }
  return "the groups that changes touch are computed anew and take the place of its rows with the "
         "same " +
         keys;
}

std::string PickedText(const sql::RefreshShape& shape, sql::RefreshPolicy policy,
                       int64_t input_rows, size_t inputs) {
  const bool by_rows = shape.way == sql::RefreshShape::Way::kByRows;
  switch (policy) {
    case sql::RefreshPolicy::kFull:
      return "COMPLETE_RECOMPUTE, always";
    case sql::RefreshPolicy::kIncremental:
      return shape.technique + " whenever it is possible";
    case sql::RefreshPolicy::kIncrementalStrict:
      return shape.technique + ", or the refresh fails";
    case sql::RefreshPolicy::kAuto:
      break;
  }
  const RefreshWork work{input_rows, 0, input_rows, true, !by_rows || inputs > 1};
  return shape.technique + " where it costs less: by a first estimate for up to " +
         std::to_string(MostChangedRows(work)) + " changed rows of the " +
         std::to_string(input_rows) + " that its inputs have; later refreshes go by how long " +
         "earlier ones took";
}

}  // namespace

std::string RefreshText(const sql::RefreshShape& shape, sql::RefreshPolicy policy,
                        int64_t input_rows, size_t inputs) {
  std::string text =
      "== Refresh ==\nREFRESH POLICY " + std::string(RefreshPolicyText(policy)) + "\n";
  if (!shape.issues.empty()) {
    return text +
           "The view can't be refreshed incrementally:" + IssueTexts(shape.issues, "\n  - ") +
           "\nPossible: COMPLETE_RECOMPUTE\nPicked: " +
           (policy == sql::RefreshPolicy::kAuto || policy == sql::RefreshPolicy::kFull
                ? "COMPLETE_RECOMPUTE\n"
                : "nothing; with this policy CREATE refuses the view\n");
  }
  text += "The view can be refreshed incrementally: " + WayText(shape) +
          "\nPossible: " + shape.technique + ", COMPLETE_RECOMPUTE\nPicked: ";
  return text + PickedText(shape, policy, input_rows, inputs) + "\n";
}

sql::RefreshShape ShapeOver(const sql::PlanPtr& plan, const std::vector<BoundInput>& inputs) {
  sql::RefreshShape shape = sql::ShapeOf(plan);
  for (sql::IncrementalIssue& issue : InputIssues(inputs)) {
    shape.issues.push_back(std::move(issue));
  }
  if (!shape.issues.empty()) shape.way = sql::RefreshShape::Way::kNone;
  return shape;
}

Diagnostics PolicyProblems(const sql::PlanPtr& plan, const std::vector<BoundInput>& inputs,
                           const sql::TableClauses& clauses) {
  const auto policy = clauses.refresh_policy.value_or(sql::RefreshPolicy::kAuto);
  if (policy == sql::RefreshPolicy::kAuto || policy == sql::RefreshPolicy::kFull) return {};
  const sql::RefreshShape shape = ShapeOver(plan, inputs);
  if (shape.issues.empty()) return {};
  return {{"MATERIALIZED_VIEW_NOT_INCREMENTALIZABLE", "42KD1", clauses.refresh_policy_span,
           "the view can't be refreshed incrementally:" + IssueTexts(shape.issues, " "),
           "change the query, or write REFRESH POLICY AUTO"}};
}

void Preparer::ExplainView(const sql::CreateDataset& view) {
  Binding binding(services_, options_, nullptr, &state_);
  BindQuery(*view.query, binding);
  if (!view.clauses.expectations.empty()) {
    prepared_.plan = PlanOrThrow(sql::BindExpectations(prepared_.plan, view.clauses.expectations,
                                                       binding.Names(), binding.Options()));
  }
  int64_t rows = 0;
  for (const BoundInput& input : binding.inputs()) {
    if (input.snapshot != nullptr) rows += LikelyRowsOf(*input.snapshot);
  }
  prepared_.refresh = RefreshText(ShapeOver(prepared_.plan, binding.inputs()),
                                  view.clauses.refresh_policy.value_or(sql::RefreshPolicy::kAuto),
                                  rows, binding.inputs().size());
}

}  // namespace weir::session
