#include "weir/sql/time_window_binder.h"

#include <utility>

#include "weir/sql/ast_printer.h"
#include "weir/sql/ast_visit.h"
#include "weir/sql/binder_signatures.h"
#include "weir/types/interval_text.h"

namespace weir::sql {

bool IsTimeWindow(const std::string& lower_name) {
  return lower_name == "window" || lower_name == "session_window";
}

void TimeWindowBinder::Look(const Expr& expr) {
  const auto* const call = std::get_if<CallExpr>(&expr.node);
  if (call != nullptr && !call->over && call->function.parts.size() == 1 &&
      IsTimeWindow(LowerName(call->function.parts[0].text))) {
    const std::string text = ToSql(expr);
    differs_ |= call_ != nullptr && text_ != text;
    call_ = call;
    text_ = text;
    span_ = expr.span;
  }
  ForEachChild(expr, [&](const ExprPtr& child) { Look(*child); });
}

bool TimeWindowBinder::Bind(const Select& select, const Query* ordered, PlanPtr& plan,
                            Scope& scope) {
  for (const SelectItem& item : select.items) Look(*item.expr);
  if (select.where != nullptr) Look(*select.where);
  if (select.group_by) {
    for (const ExprPtr& key : select.group_by->keys) Look(*key);
    for (const auto& set : select.group_by->sets) {
      for (const ExprPtr& key : set) Look(*key);
    }
  }
  if (select.having != nullptr) Look(*select.having);
  if (select.qualify != nullptr) Look(*select.qualify);
  if (ordered != nullptr) {
    for (const SortItem& sort : ordered->order_by) Look(*sort.expr);
  }
  if (call_ == nullptr) return true;
  bool good = !differs_;
  if (differs_) {
    binding_.Report("_LEGACY_ERROR_TEMP_1039", span_,
                    "Multiple time/session window expressions would result in a cartesian product "
                    "of rows, therefore they are currently not supported.");
  } else {
    ExprContext context;
    context.clause = Clause::kGenerator;
    context.scope = &scope;
    context.around = &around_;
    ExpressionBinder binder(binding_, std::move(context));
    is_session_ = LowerName(call_->function.parts[0].text) == "session_window";
    good = is_session_ ? BindSession(binder, plan) : BindWindow(binder, plan);
  }
  // A call that is wrong stands for a column, too, so that no more is said of it.
  if (!good) {
    column_ = PlanColumn{binding_.NewColumn(), "window", TimeWindowType(TypeId::kTimestamp), false};
  }
  scope.Add(std::make_shared<const ScopeRelation>(std::vector<std::string>(),
                                                  std::vector<PlanColumn>{*column_}, size_t{0}));
  return good;
}

bool TimeWindowBinder::CheckCount(size_t least, size_t most, const char* counts) {
  const size_t count = call_->arguments.size();
  if (count >= least && count <= most) return true;
  binding_.Report("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", span_,
                  "The `" + call_->function.parts[0].text + "` requires " + counts +
                      " parameters but the actual number is " + std::to_string(count) + ".");
  return false;
}

namespace {

// The plan's rows with one more column.
PlanPtr WithColumn(PlanPtr plan, PlanColumn column, BoundExprPtr expr) {
  std::vector<NamedExpr> exprs;
  for (const PlanColumn& one : plan->columns) exprs.push_back({one, ColumnOf(one, {})});
  exprs.push_back({std::move(column), std::move(expr)});
  return MakeProject(std::move(plan), std::move(exprs));
}

}  // namespace

bool TimeWindowBinder::BindWindow(ExpressionBinder& binder, PlanPtr& plan) {
  if (!CheckCount(2, 4, "[2, 3, 4]")) return false;
  BoundExprPtr time = BindTime(binder, *call_->arguments[0].value);
  if (time == nullptr) return false;
  std::vector<int64_t> durations;
  for (size_t i = 1; i < call_->arguments.size(); ++i) {
    const BoundExprPtr bound = binder.Bind(*call_->arguments[i].value);
    const auto duration = bound == nullptr ? std::nullopt : Duration(*bound);
    if (!duration) return false;
    durations.push_back(*duration);
  }
  if (durations.size() == 1) durations.push_back(durations[0]);
  if (durations.size() == 2) durations.push_back(0);
  if (!Check(durations)) return false;

  std::vector<BoundExprPtr> arguments{time};
  for (const int64_t duration : durations) {
    arguments.push_back(LiteralOf(Value::Long(duration), span_));
  }
  column_ = PlanColumn{binding_.NewColumn(), "window", TimeWindowType(time->type), false};
  plan = MakeFilter(std::move(plan), binder.Call("is not null", {time}, span_));
  if (durations[0] == durations[1]) {
    plan = WithColumn(std::move(plan), *column_,
                      MakeExpr(span_, column_->type, false,
                               BoundCall{&TimeWindowSignature(time->type), std::move(arguments)}));
  } else {
    std::vector<PlanColumn> columns = plan->columns;
    columns.push_back(*column_);
    plan = MakePlan(std::move(columns), GeneratePlan{std::move(plan),
                                                     &TimeWindowsSignature(time->type),
                                                     std::move(arguments),
                                                     /*outer=*/false,
                                                     {*column_}});
  }
  return true;
}

// A timestamp, or the time that a window of another window() stands for: its last microsecond.
BoundExprPtr TimeWindowBinder::BindTime(ExpressionBinder& binder, const Expr& expr) {
  BoundExprPtr time = binder.Bind(expr);
  if (time == nullptr) return nullptr;
  if (time->type.id() == TypeId::kStruct) return binder.Call("window_time", {time}, expr.span);
  switch (time->type.id()) {
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
      return time;
    case TypeId::kDate:
    case TypeId::kString:
    case TypeId::kVoid:
      return CastTo(std::move(time), TypeId::kTimestamp);
    default:
      binding_.Report("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", expr.span,
                      "The first parameter of `window` requires a timestamp, but is of type " +
                          QuotedType(time->type));
      return nullptr;
  }
}

// The gap after a row is a constant, or a text or an interval of each row.
BoundExprPtr TimeWindowBinder::EndOfSession(ExpressionBinder& binder, const BoundExprPtr& time) {
  BoundExprPtr gap = binder.Bind(*call_->arguments[1].value);
  if (gap == nullptr) return nullptr;
  if (AsLiteral(*gap) != nullptr && !gap->type.IsInterval()) {
    const auto duration = Duration(*gap);
    if (!duration) return nullptr;
    gap = LiteralOf(Value(TypeId::kDayTimeInterval, *duration), span_);
  } else if (gap->type.id() == TypeId::kString) {
    gap = CastTo(std::move(gap), TypeId::kCalendarInterval);
  }
  return binder.Call("+", {time, std::move(gap)}, span_);
}

bool TimeWindowBinder::BindSession(ExpressionBinder& binder, PlanPtr& plan) {
  if (!CheckCount(2, 2, "2")) return false;
  const BoundExprPtr time = BindTime(binder, *call_->arguments[0].value);
  if (time == nullptr) return false;
  const BoundExprPtr end = EndOfSession(binder, time);
  if (end == nullptr) return false;
  // Which is true of neither NULL nor a gap of nothing.
  plan = MakeFilter(std::move(plan), binder.Call(">", {end, time}, span_));
  BoundExprPtr session = binder.Call(
      "named_struct",
      {LiteralOf(Value::String("start"), span_), time, LiteralOf(Value::String("end"), span_), end},
      span_);
  column_ = PlanColumn{binding_.NewColumn(), "session_window", session->type, false};
  plan = WithColumn(std::move(plan), *column_, std::move(session));
  return true;
}

namespace {

// f(argument) OVER (PARTITION BY keys ...)
BoundExprPtr Over(ExpressionBinder& binder, const char* function, BoundExprPtr argument,
                  BoundWindow window) {
  std::vector<BoundExprPtr> arguments{std::move(argument)};
  window.signature = binder.FindSignature(function, arguments, {});
  window.arguments = std::move(arguments);
  const DataType type = window.signature->result;
  return MakeExpr({}, type, true, std::move(window));
}

PlanPtr WithWindows(PlanPtr plan, std::vector<NamedExpr> windows) {
  std::vector<PlanColumn> columns = plan->columns;
  for (const NamedExpr& window : windows) columns.push_back(window.column);
  return MakePlan(std::move(columns),
                  WindowPlan{std::move(plan), std::move(windows), /*merges_sessions=*/true});
}

}  // namespace

// By the order of their starts, a session begins where all before it have ended.
PlanPtr MergeSessions(Binding& binding, PlanPtr plan, const PlanColumn& session,
                      const std::vector<BoundExprPtr>& keys) {
  ExpressionBinder binder(binding, ExprContext{});
  const std::vector<PlanColumn> columns = plan->columns;
  const DataType time = session.type.fields()[0].type;
  const auto field = [&](size_t i) {
    return MakeExpr({}, time, true, BoundField{ColumnOf(session, {}), i});
  };
  const auto column = [&](const char* name, const DataType& type) {
    return PlanColumn{binding.NewColumn(), name, type, true};
  };
  BoundWindow ordered{};
  ordered.partition_by = keys;
  ordered.order_by.push_back({field(0), false, true});
  ordered.unit = FrameUnit::kRows;
  const BoundFrameBound first{FrameBoundKind::kUnboundedPreceding, nullptr};
  const BoundFrameBound before{FrameBoundKind::kPreceding, LiteralOf(Value::Int(1), {})};
  const BoundFrameBound current{FrameBoundKind::kCurrentRow, nullptr};

  ordered.frame = {first, before};
  const PlanColumn ended = column("ended", time);
  plan = WithWindows(std::move(plan), {{ended, Over(binder, "max", field(1), ordered)}});
  BoundExprPtr begins = binder.Call(
      "coalesce",
      {binder.Call(">", {field(0), ColumnOf(ended, {})}, {}), LiteralOf(Value::Boolean(true), {})},
      {});
  const PlanColumn begun = column("begun", TypeId::kInt);
  plan = WithColumn(std::move(plan), begun, CastTo(std::move(begins), TypeId::kInt));
  // Of rows with one start only the first sees that, and the next ordering may have another first:
  // what it says is said of all of them, and counted with all of them.
  BoundWindow together{};
  together.partition_by = keys;
  together.partition_by.push_back(field(0));
  const PlanColumn anew = column("anew", TypeId::kInt);
  plan = WithWindows(std::move(plan), {{anew, Over(binder, "max", ColumnOf(begun, {}), together)}});
  ordered.unit = FrameUnit::kRange;
  ordered.frame = {first, current};
  const PlanColumn number = column("number", TypeId::kLong);
  plan = WithWindows(std::move(plan), {{number, Over(binder, "sum", ColumnOf(anew, {}), ordered)}});
  BoundWindow whole{};
  whole.partition_by = keys;
  whole.partition_by.push_back(ColumnOf(number, {}));
  const PlanColumn start = column("start", time);
  const PlanColumn end = column("end", time);
  plan = WithWindows(std::move(plan), {{start, Over(binder, "min", field(0), whole)},
                                       {end, Over(binder, "max", field(1), whole)}});
  std::vector<NamedExpr> exprs;
  for (const PlanColumn& one : columns) {
    BoundExprPtr expr = ColumnOf(one, {});
    if (one.id == session.id) {
      expr = CastTo(binder.Call("named_struct",
                                {LiteralOf(Value::String("start"), {}), ColumnOf(start, {}),
                                 LiteralOf(Value::String("end"), {}), ColumnOf(end, {})},
                                {}),
                    session.type);
    }
    exprs.push_back({one, std::move(expr)});
  }
  return MakeProject(std::move(plan), std::move(exprs));
}

// '5 minutes' or a number of microseconds.
std::optional<int64_t> TimeWindowBinder::Duration(const BoundExpr& expr) {
  const Value* const literal = AsLiteral(expr);
  if (literal != nullptr && !literal->is_null()) {
    const TypeId id = literal->type().id();
    if (id == TypeId::kInt || id == TypeId::kLong) return literal->integer();
    if (id == TypeId::kString) {
      const auto parsed = ParseCalendarInterval(literal->text());
      int64_t micros = 0;
      if (parsed && parsed->months != 0) {
        binding_.Report(
            "_LEGACY_ERROR_TEMP_3231", expr.span,
            "Intervals greater than a month is not supported (" + literal->text() + ").");
        return std::nullopt;
      }
      if (parsed &&
          !__builtin_mul_overflow(int64_t{parsed->days}, IntervalFieldSize(IntervalField::kDay),
                                  &micros) &&
          !__builtin_add_overflow(micros, parsed->micros, &micros)) {
        return micros;
      }
      binding_.Report("CANNOT_PARSE_INTERVAL", expr.span,
                      "Unable to parse '" + literal->text() + "'.",
                      "write it as in '5 minutes' or '1 hour 30 seconds'");
      return std::nullopt;
    }
  }
  binding_.Report("_LEGACY_ERROR_TEMP_1207", expr.span,
                  "The duration and time inputs to window must be an integer, long or string "
                  "literal.");
  return std::nullopt;
}

bool TimeWindowBinder::Check(const std::vector<int64_t>& durations) {
  const auto report = [&](const char* condition, const char* message) {
    binding_.Report(std::string("DATATYPE_MISMATCH.") + condition, span_, message);
    return false;
  };
  const int64_t width = durations[0];
  const int64_t slide = durations[1];
  const int64_t start = durations[2];
  if (width <= 0) return report("VALUE_OUT_OF_RANGE", "the width of window() must be positive");
  if (slide <= 0) return report("VALUE_OUT_OF_RANGE", "the slide of window() must be positive");
  if (slide > width) {
    return report("PARAMETER_CONSTRAINT_VIOLATION",
                  "the slide of window() must not be longer than its width");
  }
  if (start >= slide || start <= -slide) {
    return report("PARAMETER_CONSTRAINT_VIOLATION",
                  "the start of window() must be shorter than its slide");
  }
  return true;
}

}  // namespace weir::sql
