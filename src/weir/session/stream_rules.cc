#include "weir/session/stream_rules.h"

#include <algorithm>
#include <map>
#include <string>

#include "weir/sql/bound_exprs.h"
#include "weir/sql/event_time.h"
#include "weir/sql/join_bounds.h"
#include "weir/sql/stateful_query.h"

namespace weir::session {
namespace {

// As Spark names it.
constexpr const char* kOutputMode = "STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION";

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
  bool Node(const sql::WatermarkPlan& node) {
    const bool stream = Visit(*node.child);
    if (stream && sql::IsStateful(*node.child, streams_)) Report("a WATERMARK of groups or joins");
    return stream;
  }
  bool Node(const sql::AggregatePlan& node) {
    if (!Visit(*node.child)) return false;
    const auto times = sql::EventTimesOf(*node.child, streams_);
    const bool has_time = std::any_of(
        node.keys.begin(), node.keys.end(),
        [&](const sql::NamedExpr& key) { return sql::GivesEventTime(*key.expr, times); });
    if (!node.grouping_sets.empty()) {
      Report("GROUPING SETS, ROLLUP or CUBE");
    } else if (!has_time) {
      ReportUnbounded(kOutputMode, "an aggregate",
                      "GROUP BY a window() of a column with a WATERMARK, or that "
                      "column itself, besides other keys" +
                          OfJoinsBelow(*node.child));
    }
    return true;
  }
  bool Node(const sql::WindowPlan& node) {
    if (node.merges_sessions) return Visit(*node.child);
    return Refuse(*node.child, "a window function");
  }
  bool Node(const sql::DistinctPlan& node) {
    if (!Visit(*node.child)) return false;
    if (!HasEventTime(*node.child)) {
      ReportUnbounded(
          kOutputMode, "DISTINCT",
          "select a column with a WATERMARK, or a window() of it, too" + OfJoinsBelow(*node.child));
    }
    return true;
  }
  bool Node(const sql::DedupPlan& node) {
    const bool stream = Visit(*node.child);
    if (!stream && node.within_watermark) {
      diagnostics_.push_back({"UNSUPPORTED_FEATURE", "0A000", query_,
                              "WITHIN WATERMARK of rows that are no stream is not supported",
                              "leave WITHIN WATERMARK out, or read the table with STREAM"});
    } else if (node.within_watermark && !HasEventTime(*node.child)) {
      ReportUnbounded(
          "UNSUPPORTED_STREAMING_OPERATOR_WITHOUT_WATERMARK", "DISTINCT ON ... WITHIN WATERMARK",
          "give the stream a WATERMARK, and select its column too" + OfJoinsBelow(*node.child));
    }
    return stream;
  }
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
    using sql::JoinKind;
    if (left && right) {
      JoinOfStreams(node);
      return true;
    }
    const bool keeps_right = node.kind == JoinKind::kRight || node.kind == JoinKind::kFull;
    const bool keeps_left = node.kind != JoinKind::kInner && node.kind != JoinKind::kCross &&
                            node.kind != JoinKind::kRight;
    if (left && !right && keeps_right) Report("an outer join that keeps the rows of the table");
    if (right && !left && keeps_left) Report("a join that keeps or filters the rows of the table");
    return left || right;
  }

  void JoinOfStreams(const sql::JoinPlan& node) {
    using sql::JoinKind;
    if (node.lateral) return Report("a LATERAL join of two streams");
    const bool is_of_left = node.kind == JoinKind::kLeftSemi || node.kind == JoinKind::kLeftAnti;
    const bool keeps_left =
        node.kind == JoinKind::kLeft || node.kind == JoinKind::kFull || is_of_left;
    const bool keeps_right = node.kind == JoinKind::kRight || node.kind == JoinKind::kFull;
    const auto is_open = [&](bool left) { return !sql::WaitOf(node, left, streams_); };
    if ((keeps_left && is_open(true)) || (keeps_right && is_open(false))) {
      ReportUnbounded("UNSUPPORTED_STREAMING_OPERATOR_WITHOUT_WATERMARK",
                      is_of_left ? "a semi or anti join" : "an outer join",
                      "give both a WATERMARK, and let ON say between which times of one those of "
                      "the other are, as in b.ts BETWEEN a.ts AND a.ts + INTERVAL 1 HOUR");
    }
  }

  bool HasEventTime(const sql::Plan& plan) const {
    const auto times = sql::EventTimesOf(plan, streams_);
    return std::any_of(plan.columns.begin(), plan.columns.end(),
                       [&](const sql::PlanColumn& column) { return times.Has(column.id); });
  }

  // A row of a join may have waited until its time was long over.
  std::string OfJoinsBelow(const sql::Plan& plan) const {
    if (!HasStreamJoin(plan)) return "";
    return "; of the columns that a join of streams gives, those have it for which ON says between "
           "which times of the other stream they are, as in b.ts BETWEEN a.ts AND a.ts + INTERVAL "
           "1 HOUR";
  }
  bool HasStreamJoin(const sql::Plan& plan) const {
    const auto* join = std::get_if<sql::JoinPlan>(&plan.node);
    bool found = join != nullptr && sql::IsStreaming(*join->left, streams_) &&
                 sql::IsStreaming(*join->right, streams_);
    sql::ForEachChildPlan(
        plan, [&](const sql::PlanPtr& child) { found = found || HasStreamJoin(*child); });
    return found;
  }

  // Its rows would never be final.
  void ReportUnbounded(const char* condition, const std::string& what, const std::string& hint) {
    const std::string_view name = condition;
    diagnostics_.push_back(
        {condition, name.starts_with("STREAMING_OUTPUT_MODE") ? "42KDE" : "0A000", query_,
         "append output mode is not supported for " + what +
             " of streams without a watermark: none of its rows would ever be final",
         hint});
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
