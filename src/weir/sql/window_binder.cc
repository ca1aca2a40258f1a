// Functions with OVER.
#include <utility>

#include "weir/sql/expression_binder.h"
#include "weir/types/civil_time.h"

namespace weir::sql {

namespace {

bool IsOffset(BoundFrameBound const& bound) {
  return bound.kind == FrameBoundKind::kPreceding || bound.kind == FrameBoundKind::kFollowing;
}

// Whether `offset` moves a date or timestamp to another one of its type.
bool IsDistance(const DataType& type, const Value& offset) {
  if (type.id() != TypeId::kDate) return offset.type().IsInterval();
  if (offset.type().id() != TypeId::kDayTimeInterval) {
    return offset.type().IsIntegral() || offset.type().IsInterval();
  }
  return offset.is_null() || offset.integer() % kMicrosPerDay == 0;
}

// Functions whose frame is given by what they are.
bool HasOwnFrame(const std::string& name) {
  return name == "row_number" || name == "rank" || name == "dense_rank" || name == "percent_rank" ||
         name == "cume_dist" || name == "ntile" || name == "lag" || name == "lead";
}

}  // namespace

const WindowSpec* ExpressionBinder::FindWindow(const Identifier& name) {
  if (context_.named_windows != nullptr) {
    const std::string wanted = LowerName(name.text);
    for (const auto& [other, spec] : *context_.named_windows) {
      if (LowerName(other.text) == wanted) return &spec;
    }
  }
  binding_.Report("MISSING_WINDOW_SPECIFICATION", name.span,
                  "there is no window " + QuoteName(name.text) + " in the WINDOW clause");
  return nullptr;
}

bool ExpressionBinder::BindWindowSpec(const WindowSpec& spec, BoundWindow& window,
                                      const Span& span) {
  if (spec.base) {
    const WindowSpec* base = FindWindow(*spec.base);
    if (base == nullptr || base == &spec || !BindWindowSpec(*base, window, span)) return false;
  }
  bool ok = true;
  if (!spec.partition_by.empty()) window.partition_by.clear();
  for (const ExprPtr& key : spec.partition_by) {
    BoundExprPtr bound = Bind(*key);
    ok &= bound != nullptr;
    window.partition_by.push_back(std::move(bound));
  }
  if (!spec.order_by.empty()) window.order_by.clear();
  ok &= BindSorts(spec.order_by, window.order_by);
  if (ok && spec.frame) ok = BindFrame(*spec.frame, window, spec.span);
  return ok;
}

bool ExpressionBinder::BindFrame(const WindowFrame& frame, BoundWindow& window, const Span& span) {
  window.unit = frame.unit;
  BoundFrameBound start, end;
  if (!BindFrameBound(frame.start, window, start, span) ||
      !BindFrameBound(frame.end, window, end, span)) {
    return false;
  }
  if (start.kind == FrameBoundKind::kUnboundedFollowing ||
      end.kind == FrameBoundKind::kUnboundedPreceding) {
    binding_.Report("DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_INVALID_BOUND", span,
                    "a frame cannot start at its unbounded end, nor end at its start");
    return false;
  }
  if (start.kind > end.kind) {
    binding_.Report("DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_WRONG_COMPARISON", span,
                    "the frame starts after it ends");
    return false;
  }
  if (frame.unit == FrameUnit::kRange && (IsOffset(start) || IsOffset(end))) {
    if (window.order_by.size() != 1) {
      const bool none = window.order_by.empty();
      binding_.Report(none ? "DATATYPE_MISMATCH.RANGE_FRAME_WITHOUT_ORDER"
                           : "DATATYPE_MISMATCH.RANGE_FRAME_MULTI_ORDER",
                      span, "a RANGE frame with distances needs exactly one ORDER BY expression",
                      "ROWS counts rows instead");
      return false;
    }
  }
  window.frame = {std::move(start), std::move(end)};
  return true;
}

bool ExpressionBinder::BindFrameBound(const FrameBound& bound, const BoundWindow& window,
                                      BoundFrameBound& result, const Span& span) {
  result.kind = bound.kind;
  if (!IsOffset(result)) return true;
  BoundExprPtr offset = Bind(*bound.offset);
  if (offset == nullptr) return false;
  if (!ConstantOf(*offset)) {
    binding_.Report("DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_WITHOUT_FOLDABLE", bound.offset->span,
                    "the distance of a frame must be a constant");
    return false;
  }
  DataType wanted = TypeId::kLong;
  if (window.unit == FrameUnit::kRange && window.order_by.size() == 1) {
    const DataType& type = window.order_by[0].expr->type;
    const bool dated = type.id() == TypeId::kDate || type.id() == TypeId::kTimestamp ||
                       type.id() == TypeId::kTimestampNtz;
    if (!dated && !type.IsNumeric()) {
      const bool converts = type.id() == TypeId::kString || type.id() == TypeId::kBoolean;
      binding_.Report(converts ? "DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_UNACCEPTED_TYPE"
                               : "DATATYPE_MISMATCH.RANGE_FRAME_INVALID_TYPE",
                      span, "RANGE cannot measure distances of " + QuotedType(type));
      return false;
    }
    const bool fits = dated ? IsDistance(type, *ConstantOf(*offset)) : offset->type.IsNumeric();
    if (!fits) {
      const bool measures = offset->type.IsNumeric() || offset->type.IsInterval();
      binding_.Report(
          measures ? "DATATYPE_MISMATCH.RANGE_FRAME_INVALID_TYPE"
                   : "DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_UNACCEPTED_TYPE",
          bound.offset->span,
          QuotedType(offset->type) + " is no distance between values of " + QuotedType(type));
      return false;
    }
    wanted = dated ? (offset->type.IsInterval() ? offset->type : DataType(TypeId::kInt)) : type;
  } else if (!offset->type.IsIntegral() || offset->type.id() == TypeId::kLong) {
    binding_.Report("DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_UNACCEPTED_TYPE", bound.offset->span,
                    "the distance of a ROWS frame must be of type INT");
    return false;
  }
  result.offset = CastTo(std::move(offset), wanted);
  return true;
}

BoundExprPtr ExpressionBinder::BindWindow(const std::string& name, const CallExpr& call,
                                          const Span& span) {
  if (context_.clause == Clause::kRoutine) {
    binding_.Report("USER_DEFINED_FUNCTIONS.CANNOT_CONTAIN_COMPLEX_FUNCTIONS", span,
                    "a function that gives a value cannot hold window function " + QuoteName(name),
                    "put it into a sub-query");
    return nullptr;
  }
  if (inside_aggregate_ || inside_window_ || context_.windows == nullptr) {
    const std::string where = inside_aggregate_ ? "an aggregate function"
                              : inside_window_  ? "another window function"
                                                : std::string(ClauseName(context_.clause));
    binding_.Report(context_.clause == Clause::kWhere ? "_LEGACY_ERROR_TEMP_1034"
                                                      : "UNSUPPORTED_EXPR_FOR_OPERATOR",
                    span, "a window function cannot stand in " + where,
                    "compute it in a sub-query, or filter with QUALIFY");
    return nullptr;
  }
  if (!IsAggregate(name) && !IsWindowOnly(name)) {
    std::vector<ArgumentShape> none;
    if (std::holds_alternative<NoSuchFunction>(LookUp(name, none))) {
      return BindScalar(name, call, span);  // Says which name was meant.
    }
    binding_.Report("UNSUPPORTED_EXPR_FOR_WINDOW", span,
                    "function " + QuoteName(name) + " cannot be used with OVER");
    return nullptr;
  }
  if (call.distinct) {
    binding_.Report("DISTINCT_WINDOW_FUNCTION_UNSUPPORTED", span,
                    "DISTINCT cannot be used in a window function");
    return nullptr;
  }
  inside_window_ = true;
  auto bound = BindAggregateCall(name, call, span);
  BoundWindow window;
  const bool ok = BindWindowSpec(*call.over, window, span);
  inside_window_ = false;
  if (!bound || !ok) return nullptr;
  if (!bound->order_by.empty()) {
    binding_.Report("INVALID_WINDOW_SPEC_FOR_AGGREGATION_FUNC", span,
                    "WITHIN GROUP of " + QuoteName(name) + " cannot be combined with OVER");
    return nullptr;
  }
  if (bound->filter != nullptr && call.filter != nullptr) {
    binding_.Report("_LEGACY_ERROR_TEMP_1030", span,
                    "FILTER of " + QuoteName(name) + " cannot be combined with OVER",
                    "write CASE WHEN condition THEN value END in place of the value");
    return nullptr;
  }
  if (HasOwnFrame(name)) {
    if (window.order_by.empty()) {
      binding_.Report("_LEGACY_ERROR_TEMP_1037", span,
                      "window function " + QuoteName(name) + " needs ORDER BY in its OVER clause");
      return nullptr;
    }
    window.frame.reset();
  }
  window.signature = FindSignature(bound->function, bound->arguments, span);
  if (window.signature == nullptr) return nullptr;
  window.arguments = std::move(bound->arguments);
  window.filter = std::move(bound->filter);
  window.ignore_nulls = bound->ignore_nulls;
  const DataType type = window.signature->result;
  const bool nullable = !window.signature->never_null;
  return context_.windows->Add(binding_, MakeExpr(span, type, nullable, std::move(window)), name);
}

}  // namespace weir::sql
