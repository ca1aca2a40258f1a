#pragma once

#include <optional>

#include "weir/sql/expression_binder.h"

namespace weir::sql {

// window(time, width[, slide[, start]]) wherever it stands in one SELECT: the rows of FROM with the
// window each is in, once for each where windows overlap, and none where the time is NULL. A name
// finds it as `window`, a star does not. Calls of it stand for that column. So it is with
// session_window(time, gap), whose windows are those of each row until GROUP BY merges them.
class TimeWindowBinder {
 public:
  TimeWindowBinder(Binding& binding, const Surroundings& around)
      : binding_(binding), around_(around) {}

  // Whether there is nothing to do or it is done; false: reported.
  bool Bind(const Select& select, const Query* ordered, PlanPtr& plan, Scope& scope);
  // The column; nothing where the SELECT has no such call.
  const std::optional<PlanColumn>& column() const { return column_; }
  bool is_session() const { return is_session_; }

 private:
  void Look(const Expr& expr);
  BoundExprPtr BindTime(ExpressionBinder& binder, const Expr& expr);
  bool BindSession(ExpressionBinder& binder, PlanPtr& plan);
  BoundExprPtr EndOfSession(ExpressionBinder& binder, const BoundExprPtr& time);
  bool CheckCount(size_t least, size_t most, const char* counts);
  bool BindWindow(ExpressionBinder& binder, PlanPtr& plan);
  std::optional<int64_t> Duration(const BoundExpr& expr);
  bool Check(const std::vector<int64_t>& durations);

  Binding& binding_;
  const Surroundings& around_;
  const CallExpr* call_ = nullptr;
  std::string text_;  // Of the call.
  Span span_;
  bool is_session_ = false;
  bool differs_ = false;  // There are two that are not the same.
  std::optional<PlanColumn> column_;
};

// Rows of one group, told by `keys`, whose sessions touch get the session of them all.
PlanPtr MergeSessions(Binding& binding, PlanPtr plan, const PlanColumn& session,
                      const std::vector<BoundExprPtr>& keys);

// Whether a call of that name is one of them.
bool IsTimeWindow(const std::string& lower_name);

}  // namespace weir::sql
