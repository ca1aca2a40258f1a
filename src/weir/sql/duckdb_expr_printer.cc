// Expressions as DuckDB text.
#include <utility>

#include "weir/base/check.h"
#include "weir/sql/duckdb_literals.h"
#include "weir/sql/duckdb_plan_printer.h"
#include "weir/sql/duckdb_printer.h"
#include "weir/sql/functions.h"
#include "weir/sql/order_keys.h"

namespace weir::sql {

std::string ColumnName(ColumnId id) { return "c·" + std::to_string(id); }

std::string DuckdbPlanPrinter::Expr(const BoundExpr& expr) {
  return std::visit([&](const auto& node) { return Node(node, expr); }, expr.node);
}

std::string DuckdbPlanPrinter::ExprIn(const BoundExpr& expr, const SelectBlock& block) {
  visible_.push_back(&block.texts);
  std::string text = Expr(expr);
  visible_.pop_back();
  return text;
}

std::string DuckdbPlanPrinter::Node(const BoundLiteral& node, const BoundExpr&) {
  return DuckdbLiteral(node.value);
}

std::string DuckdbPlanPrinter::Node(const BoundColumn& node, const BoundExpr&) {
  if (lambda_columns_.count(node.id) > 0) return ColumnName(node.id);
  for (auto texts = visible_.rbegin(); texts != visible_.rend(); ++texts) {
    const auto found = (*texts)->find(node.id);
    if (found != (*texts)->end()) return found->second.text;
  }
  throw Error(ErrorCode::kInternal, "a plan refers to column " + node.name + ", which is not there",
              ColumnName(node.id));
}

std::vector<std::string> DuckdbPlanPrinter::Texts(const std::vector<BoundExprPtr>& exprs) {
  std::vector<std::string> texts;
  texts.reserve(exprs.size());
  for (const BoundExprPtr& expr : exprs) texts.push_back(Expr(*expr));
  return texts;
}

namespace {

std::string ZoneText(const TimeZonePtr& zone) {
  return zone == nullptr || zone->IsUtc() ? kUtcText : DuckdbString(zone->name());
}

}  // namespace

std::string DuckdbPlanPrinter::Node(const BoundCall& node, const BoundExpr& expr) {
  const Signature& signature = *node.signature;
  if (signature.name == "and" || signature.name == "or")
    return Logic(expr, signature.name == "and");
  if (signature.name == "in") {
    if (auto guarded = GuardedIn(node)) return *std::move(guarded);
  } else if (signature.name == "coalesce" || signature.name == "nvl" ||
             signature.name == "ifnull") {
    if (auto guarded = GuardedCoalesce(node)) return *std::move(guarded);
  }
  std::vector<std::string> texts = Texts(node.arguments);
  if (signature.clock == Clock::kZone) {  // By its name, which some of them print.
    texts.push_back(node.zone == nullptr ? kUtcText : DuckdbString(node.zone->name()));
  }
  const std::string zone = ZoneText(node.zone);
  if (signature.clock != Clock::kLocal || zone == kUtcText) return signature.duckdb(texts);
  const DataType local(TypeId::kTimestampNtz);
  for (size_t i = 0; i < texts.size(); ++i) {
    const DataType& type = node.arguments[i]->type;
    if (type.id() == TypeId::kTimestamp) texts[i] = DuckdbCast(texts[i], type, local, false, zone);
  }
  const std::string text = signature.duckdb(texts);
  if (expr.type.id() != TypeId::kTimestamp) return text;
  return DuckdbCast(text, local, expr.type, false, zone);
}

std::string DuckdbPlanPrinter::Node(const BoundCast& node, const BoundExpr& expr) {
  return DuckdbCast(Expr(*node.operand), node.operand->type, expr.type, node.mode == CastMode::kTry,
                    ZoneText(node.zone));
}

std::string DuckdbPlanPrinter::Node(const BoundCase& node, const BoundExpr&) {
  std::string text = "CASE";
  for (const auto& [when, then] : node.branches) {
    text += " WHEN " + Expr(*when) + " THEN " + Expr(*then);
  }
  if (node.otherwise != nullptr) text += " ELSE " + Expr(*node.otherwise);
  return text + " END";
}

std::string DuckdbPlanPrinter::Node(const BoundLambda& node, const BoundExpr&) {
  std::string text = "lambda ";
  for (size_t i = 0; i < node.parameters.size(); ++i) {
    lambda_columns_.insert(node.parameters[i].id);
    text += (i > 0 ? ", " : "") + ColumnName(node.parameters[i].id);
  }
  return text + ": " + Expr(*node.body);
}

std::string DuckdbPlanPrinter::Node(const BoundField& node, const BoundExpr&) {
  const std::string& name = node.operand->type.fields()[node.index].name;
  return "struct_extract(" + Expr(*node.operand) + ", " + DuckdbString(name) + ")";
}

std::string DuckdbPlanPrinter::Node(const BoundSubquery& node, const BoundExpr&) {
  if (node.kind == SubqueryKind::kScalar) return "(" + Statement(*node.plan) + ")";
  if (node.kind == SubqueryKind::kExists) {
    const std::string query = "(" + Statement(*node.plan) + ")";
    return (node.negated ? "(NOT EXISTS " : "(EXISTS ") + query + ")";
  }
  const std::string in = InQuery(node);
  return node.operands.size() > 1 ? in : "coalesce(" + in + ", false)";
}

// Spark's IN and NOT IN over a query are true or not, never NULL. Rows of several columns are
// compared one by one: DuckDB has no correlated IN for them, and another one for NULLs.
std::string DuckdbPlanPrinter::InQuery(const BoundSubquery& node) {
  const std::string query = "(" + Statement(*node.plan) + ")";
  const std::vector<std::string> operands = Texts(node.operands);
  if (operands.size() == 1) {
    return "(" + operands[0] + (node.negated ? " NOT IN " : " IN ") + query + ")";
  }
  std::string equal;
  for (size_t i = 0; i < operands.size(); ++i) {
    equal +=
        (i > 0 ? " AND (" : "(") + operands[i] + " = " + ColumnName(node.plan->columns[i].id) + ")";
  }
  if (node.negated) equal = "(" + equal + ") IS NOT FALSE";
  return std::string(node.negated ? "(NOT EXISTS " : "(EXISTS ") + "(SELECT 1 FROM " + query +
         " AS " + NewAlias() + " WHERE " + equal + "))";
}

namespace {

bool HasInQuery(const BoundExpr& expr) {
  const auto* query = std::get_if<BoundSubquery>(&expr.node);
  if (query != nullptr && query->kind == SubqueryKind::kIn) return true;
  bool found = false;
  ForEachChild(expr, [&](const BoundExprPtr& child) { found = found || HasInQuery(*child); });
  return found;
}

}  // namespace

void DuckdbPlanPrinter::AddConditions(const BoundExprPtr& condition,
                                      std::vector<std::string>& where) {
  if (const auto* call = std::get_if<BoundCall>(&condition->node)) {
    if (call->signature->name == "and") {
      for (const BoundExprPtr& part : call->arguments) AddConditions(part, where);
      return;
    }
  }
  where.push_back(HasInQuery(*condition) ? Condition(*condition, false) : Expr(*condition));
}

// NOT goes down to each IN, as Spark's optimiser does before it looks at them: in a condition that
// counts NULL as false, NOT (a OR b IN (...)) is NOT a AND b NOT IN (...).
std::string DuckdbPlanPrinter::Condition(const BoundExpr& condition, bool negated) {
  if (const auto* call = std::get_if<BoundCall>(&condition.node)) {
    const std::string_view name = call->signature->name;
    if (name == "not") return Condition(*call->arguments[0], !negated);
    if (name == "and" || name == "or") {
      const char* word = (name == "and") != negated ? " AND " : " OR ";
      return "(" + Condition(*call->arguments[0], negated) + word +
             Condition(*call->arguments[1], negated) + ")";
    }
  }
  const auto* query = std::get_if<BoundSubquery>(&condition.node);
  if (query == nullptr || query->kind != SubqueryKind::kIn) {
    return negated ? "(NOT " + Expr(condition) + ")" : Expr(condition);
  }
  BoundSubquery turned = *query;
  turned.negated ^= negated;
  return InQuery(turned);
}

std::string DuckdbPlanPrinter::Sorts(const std::vector<BoundSort>& sorts) {
  std::string text;
  for (const BoundSort& sort : sorts) {
    // A number would be taken for a position, and constants order nothing.
    if (AsLiteral(*sort.expr) != nullptr) continue;
    text += (text.empty() ? "" : ", ") + OrderKey(sort.expr->type, Expr(*sort.expr));
    text += sort.descending ? " DESC" : " ASC";
    text += sort.nulls_first ? " NULLS FIRST" : " NULLS LAST";
  }
  return text;
}

std::string DuckdbPlanPrinter::Filter(const Signature& signature,
                                      const std::vector<std::string>& arguments,
                                      const BoundExprPtr& filter) {
  std::string text = filter == nullptr ? "" : Expr(*filter);
  if (signature.duckdb_filter) {
    const std::string own = signature.duckdb_filter(arguments);
    if (!own.empty()) text = text.empty() ? own : "(" + text + " AND " + own + ")";
  }
  return text.empty() ? "" : " FILTER (WHERE " + text + ")";
}

std::string DuckdbPlanPrinter::Node(const BoundAggregate& node, const BoundExpr&) {
  const std::vector<std::string> arguments = Texts(node.arguments);
  std::string call = node.signature->duckdb(arguments);
  const std::string order = Sorts(node.order_by);
  if (!order.empty()) call.insert(call.size() - 1, " ORDER BY " + order);
  call += Filter(*node.signature, arguments, node.filter);
  return node.signature->duckdb_result ? node.signature->duckdb_result(call) : call;
}

namespace {

bool IsDated(const DataType& type) {
  return type.id() == TypeId::kDate || type.id() == TypeId::kTimestamp ||
         type.id() == TypeId::kTimestampNtz;
}

}  // namespace

// Days and months of a distance by the clocks of the zone, as time that passes: for each row
// another.
std::string DuckdbPlanPrinter::LocalDistance(const std::string& offset,
                                             const BoundFrameBound& bound,
                                             const BoundWindow& window) {
  const std::string time = Expr(*window.order_by[0].expr);
  const bool back = (bound.kind == FrameBoundKind::kPreceding) != window.order_by[0].descending;
  const char* const add =
      bound.offset->type.id() == TypeId::kDayTimeInterval ? "weir_add_micros(" : "weir_add_months(";
  const std::string end =
      add + time + ", " + (back ? "-" : "") + offset + ", " + ZoneText(window.zone) + ")";
  return "to_microseconds(abs(epoch_us(" + time + ") - epoch_us(" + end + ")))";
}

std::string DuckdbPlanPrinter::FrameBound(const BoundFrameBound& bound, const BoundWindow& window) {
  if (bound.kind == FrameBoundKind::kUnboundedPreceding) return "UNBOUNDED PRECEDING";
  if (bound.kind == FrameBoundKind::kCurrentRow) return "CURRENT ROW";
  if (bound.kind == FrameBoundKind::kUnboundedFollowing) return "UNBOUNDED FOLLOWING";
  std::string offset = Expr(*bound.offset);
  if (window.zone != nullptr && !window.zone->IsUtc() && window.unit == FrameUnit::kRange &&
      bound.offset->type.IsInterval()) {
    return LocalDistance(offset, bound, window) +
           (bound.kind == FrameBoundKind::kPreceding ? " PRECEDING" : " FOLLOWING");
  }
  // Our intervals are numbers inside the engine, but dates are moved by its own.
  if (window.unit == FrameUnit::kRange && IsDated(window.order_by[0].expr->type)) {
    const TypeId type = bound.offset->type.id();
    const char* unit = type == TypeId::kDayTimeInterval     ? "to_microseconds("
                       : type == TypeId::kYearMonthInterval ? "to_months("
                                                            : "to_days(";
    offset = unit + offset + ")";
  }
  return offset + (bound.kind == FrameBoundKind::kPreceding ? " PRECEDING" : " FOLLOWING");
}

std::string DuckdbPlanPrinter::Node(const BoundWindow& node, const BoundExpr&) {
  const std::vector<std::string> arguments = Texts(node.arguments);
  std::string call = node.signature->duckdb(arguments);
  if (node.ignore_nulls) call.insert(call.size() - 1, " IGNORE NULLS");
  call += Filter(*node.signature, arguments, node.filter);
  call += " OVER (";
  std::string partition;
  for (const std::string& text : Texts(node.partition_by)) {
    partition += (partition.empty() ? "PARTITION BY " : ", ") + text;
  }
  call += partition;
  std::string order = Sorts(node.order_by);
  const bool measured = node.frame && node.unit == FrameUnit::kRange && order.empty();
  // A distance wants something to measure, if only a constant.
  if (measured && node.order_by.size() == 1) order = "(" + Expr(*node.order_by[0].expr) + " + 0)";
  if (!order.empty()) call += (partition.empty() ? "ORDER BY " : " ORDER BY ") + order;
  if (node.frame) {
    call += node.unit == FrameUnit::kRows ? " ROWS" : " RANGE";
    call += " BETWEEN " + FrameBound(node.frame->first, node) + " AND " +
            FrameBound(node.frame->second, node);
  }
  call += ")";
  return node.signature->duckdb_result ? node.signature->duckdb_result(call) : call;
}

}  // namespace weir::sql
