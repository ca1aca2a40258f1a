#include "weir/session/stream_rules.h"

#include <map>
#include <string>

namespace weir::session {
namespace {

class Walk {
 public:
  Walk(const std::set<sql::InputId>& streams, const Span& query)
      : streams_(streams), query_(query) {}

  // Whether rows of a stream come out.
  bool Visit(const sql::Plan& plan) {
    return std::visit([&](const auto& node) { return Node(node); }, plan.node);
  }
  Diagnostics Take() { return std::move(diagnostics_); }

 private:
  bool Node(const sql::ScanPlan& node) { return streams_.count(node.input) > 0; }
  bool Node(const sql::ValuesPlan&) { return false; }
  bool Node(const sql::ProjectPlan& node) { return Visit(*node.child); }
  bool Node(const sql::FilterPlan& node) { return Visit(*node.child); }
  bool Node(const sql::GeneratePlan& node) { return Visit(*node.child); }
  bool Node(const sql::SamplePlan& node) { return Refuse(*node.child, "TABLESAMPLE"); }
  bool Node(const sql::ExpectPlan& node) { return Visit(*node.child); }
  bool Node(const sql::AggregatePlan& node) { return Refuse(*node.child, "an aggregate"); }
  bool Node(const sql::WindowPlan& node) { return Refuse(*node.child, "a window function"); }
  bool Node(const sql::DistinctPlan& node) { return Refuse(*node.child, "DISTINCT"); }
  bool Node(const sql::SortPlan& node) { return Refuse(*node.child, "ORDER BY"); }
  bool Node(const sql::LimitPlan& node) { return Refuse(*node.child, "LIMIT"); }
  bool Node(const sql::CtePlan& node) {
    ctes_[node.id] = Visit(*node.definition);
    return Visit(*node.child);
  }
  bool Node(const sql::CteRefPlan& node) { return ctes_[node.id]; }
  bool Node(const sql::SetPlan& node) {
    bool any = false;
    bool all = true;
    for (const auto& input : node.inputs) {
      const bool stream = Visit(*input);
      any |= stream;
      all &= stream;
    }
    if (any && node.kind != sql::SetKind::kUnion) {
      Report(node.kind == sql::SetKind::kExcept ? "EXCEPT" : "INTERSECT");
    } else if (any && !node.all) {
      Report("UNION without ALL");
    } else if (any && !all) {
      Report(
          "UNION ALL with a table that is not read as a stream, whose rows would come again "
          "with every batch,");
    }
    return any;
  }
  bool Node(const sql::JoinPlan& node) {
    const bool left = Visit(*node.left);
    const bool right = Visit(*node.right);
    if (left && right) Report("a join of two streams");
    using sql::JoinKind;
    const bool keeps_right = node.kind == JoinKind::kRight || node.kind == JoinKind::kFull;
    const bool keeps_left = node.kind != JoinKind::kInner && node.kind != JoinKind::kCross &&
                            node.kind != JoinKind::kRight;
    if (left && !right && keeps_right) Report("an outer join that keeps the rows of the table");
    if (right && !left && keeps_left) Report("a join that keeps or filters the rows of the table");
    return left || right;
  }

  bool Refuse(const sql::Plan& child, const std::string& what) {
    const bool stream = Visit(child);
    if (stream) Report(what);
    return stream;
  }

  void Report(const std::string& what) {
    diagnostics_.push_back(
        {"UNSUPPORTED_STREAMING_OPERATION", "0A000", query_,
         what + " over a stream is not supported: a streaming table only ever sees new rows",
         "make it a MATERIALIZED VIEW over the table, without STREAM, or do this in one "
         "downstream"});
  }

  const std::set<sql::InputId>& streams_;
  const Span& query_;
  std::map<sql::CteId, bool> ctes_;
  Diagnostics diagnostics_;
};

}  // namespace

Diagnostics StreamProblems(const sql::Plan& plan, const std::set<sql::InputId>& streams,
                           const Span& query) {
  Walk walk(streams, query);
  walk.Visit(plan);
  return walk.Take();
}

}  // namespace weir::session
