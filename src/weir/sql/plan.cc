#include "weir/sql/plan.h"

#include <map>

#include "weir/sql/binder_signatures.h"
#include "weir/sql/binding.h"
#include "weir/sql/bound_exprs.h"
#include "weir/sql/clocks.h"
#include "weir/sql/functions.h"

namespace weir::sql {

Schema SchemaOf(const Plan& plan) {
  std::vector<Field> fields;
  fields.reserve(plan.columns.size());
  for (const PlanColumn& column : plan.columns) {
    fields.push_back({column.name, column.type, column.nullable, column.metadata});
  }
  return Schema(std::move(fields));
}

bool IsDeterministic(const Plan& plan) {
  bool deterministic = true;
  ForEachOwnExpr(plan, [&](const BoundExprPtr& expr) {
    if (deterministic) deterministic = IsDeterministic(*expr);
  });
  ForEachChildPlan(plan, [&](const PlanPtr& child) {
    if (deterministic) deterministic = IsDeterministic(*child);
  });
  if (const auto* sample = std::get_if<SamplePlan>(&plan.node)) {
    deterministic &= sample->percent <= 0 || sample->percent >= 100;
  }
  if (const auto* generate = std::get_if<GeneratePlan>(&plan.node)) {
    deterministic &= generate->signature->deterministic;
  }
  return deterministic;
}

namespace {

// Writes the tree, one operator a line: for EXPLAIN, or so that other plans are other texts.
class TreeText {
 public:
  explicit TreeText(bool is_exact) : is_exact_(is_exact) {}
  std::string Write(const Plan& plan) {
    Node(plan, 0);
    return std::move(text_);
  }

 private:
  std::string Id(const std::string& name, ColumnId id) {
    if (!is_exact_) return name + "#" + std::to_string(id);
    // Columns that come or go elsewhere move none of those.
    return name + "#" + std::to_string(places_.try_emplace(id, places_.size()).first->second);
  }
  std::string Columns(const std::vector<PlanColumn>& columns) {
    std::string text;
    for (const PlanColumn& column : columns) {
      text += (text.empty() ? "" : ", ") + Id(column.name, column.id);
    }
    return "[" + text + "]";
  }

  std::string Exprs(const std::vector<BoundExprPtr>& exprs) {
    std::string text;
    for (const BoundExprPtr& expr : exprs) text += (text.empty() ? "" : ", ") + Expr(*expr);
    return text;
  }
  std::string Named(const std::vector<NamedExpr>& exprs) {
    std::string text;
    for (const NamedExpr& one : exprs) {
      if (!text.empty()) text += ", ";
      const BoundColumn* column = AsColumn(*one.expr);
      text += Expr(*one.expr);
      if (column == nullptr || column->id != one.column.id || column->name != one.column.name) {
        text += " AS " + Id(one.column.name, one.column.id);
      }
    }
    return "[" + text + "]";
  }
  std::string Sorts(const std::vector<BoundSort>& sorts) {
    std::string text;
    for (const BoundSort& sort : sorts) {
      text += (text.empty() ? "" : ", ") + Expr(*sort.expr);
      text += sort.descending ? " DESC" : " ASC";
      text += sort.nulls_first ? " NULLS FIRST" : " NULLS LAST";
    }
    return "[" + text + "]";
  }

  static bool IsSign(std::string_view name) {
    return !name.empty() && !(name[0] >= 'a' && name[0] <= 'z');
  }
  std::string Call(const Signature& signature, const std::vector<BoundExprPtr>& arguments) {
    const std::string name(signature.name);
    if (name == "statement_constant") return Expr(*arguments[0]);
    if (name == "[]") return Expr(*arguments[0]) + "[" + Expr(*arguments[1]) + "]";
    if (name == "is null" || name == "is not null") {
      return "(" + Expr(*arguments[0]) + " " + name + ")";
    }
    const bool word = name == "and" || name == "or" || name == "div";
    if (arguments.size() == 2 && (IsSign(name) || word)) {
      return "(" + Expr(*arguments[0]) + " " + name + " " + Expr(*arguments[1]) + ")";
    }
    return name + "(" + Exprs(arguments) + ")";
  }

  std::string Expr(const BoundExpr& expr) {
    return std::visit([&](const auto& node) { return Text(node, expr); }, expr.node);
  }
  std::string Text(const BoundLiteral& literal, const BoundExpr& expr) {
    if (is_exact_) {
      // Of whatever bytes: how many they are tells where they end.
      const std::string value = literal.value.is_null() ? "null" : literal.value.ToString();
      return std::to_string(value.size()) + ":" + value + ":" + expr.type.ToString();
    }
    if (literal.value.is_null()) return "null";
    return literal.value.ToString();
  }
  std::string Text(const BoundColumn& column, const BoundExpr&) {
    return Id(column.name, column.id);
  }
  std::string Text(const BoundCall& call, const BoundExpr& expr) {
    // How far an identity column got, and what a clock says, are no part of the definition.
    if (is_exact_ && call.signature == &NextNumberSignature()) {
      return "next number of " + Expr(*call.arguments[0]) + " by " + Expr(*call.arguments[2]);
    }
    if (is_exact_ && IsClockCall(expr)) {
      return "clock:" + expr.type.ToString() + At(call.zone);
    }
    return Call(*call.signature, call.arguments) + At(call.zone);
  }
  static std::string At(const TimeZonePtr& zone) {
    return zone == nullptr || zone->IsUtc() ? "" : " at time zone " + zone->name();
  }
  std::string Text(const BoundCast& cast, const BoundExpr& expr) {
    const std::string name = cast.mode == CastMode::kTry ? "try_cast(" : "cast(";
    return name + Expr(*cast.operand) + " as " + expr.type.ToString() + ")" + At(cast.zone);
  }
  std::string Text(const BoundCase& node, const BoundExpr&) {
    std::string text = "CASE";
    for (const auto& [when, then] : node.branches) {
      text += " WHEN " + Expr(*when) + " THEN " + Expr(*then);
    }
    if (node.otherwise != nullptr) text += " ELSE " + Expr(*node.otherwise);
    return text + " END";
  }
  std::string Text(const BoundLambda& lambda, const BoundExpr&) {
    std::string text;
    for (const BoundColumn& one : lambda.parameters) {
      text += (text.empty() ? "" : ", ") + Id(one.name, one.id);
    }
    return "(" + text + ") -> " + Expr(*lambda.body);
  }
  std::string Text(const BoundField& field, const BoundExpr&) {
    return Expr(*field.operand) + "." + field.operand->type.fields()[field.index].name;
  }
  std::string Text(const BoundSubquery& query, const BoundExpr&) {
    subqueries_.push_back(query.plan);
    const std::string number = "subquery#" + std::to_string(subqueries_.size());
    if (query.kind == SubqueryKind::kScalar) return "scalar-" + number;
    if (query.kind == SubqueryKind::kExists) return "exists-" + number;
    return "(" + Exprs(query.operands) + (query.negated ? " NOT IN " : " IN ") + number + ")";
  }
  std::string Text(const BoundAggregate& aggregate, const BoundExpr&) {
    std::string text(aggregate.signature->name);
    text += aggregate.distinct ? "(DISTINCT " : "(";
    text += aggregate.arguments.empty() ? "1" : Exprs(aggregate.arguments);
    text += ")";
    if (!aggregate.order_by.empty()) text += " WITHIN GROUP " + Sorts(aggregate.order_by);
    if (aggregate.filter != nullptr) text += " FILTER (WHERE " + Expr(*aggregate.filter) + ")";
    return text;
  }
  std::string Text(const BoundWindow& window, const BoundExpr&) {
    std::string text(window.signature->name);
    text += window.distinct ? "(DISTINCT " : "(";
    text += (window.arguments.empty() ? "" : Exprs(window.arguments)) + ")";
    if (window.ignore_nulls) text += " IGNORE NULLS";
    if (window.filter != nullptr) text += " FILTER (WHERE " + Expr(*window.filter) + ")";
    text += " OVER (PARTITION BY [" + Exprs(window.partition_by) + "] ORDER BY ";
    text += Sorts(window.order_by);
    if (window.frame) {
      text += window.unit == FrameUnit::kRows ? " ROWS" : " RANGE";
      text += " BETWEEN " + Bound(window.frame->first) + " AND " + Bound(window.frame->second);
    }
    return text + ")";
  }
  std::string Bound(const BoundFrameBound& bound) {
    switch (bound.kind) {
      case FrameBoundKind::kUnboundedPreceding:
        return "UNBOUNDED PRECEDING";
      case FrameBoundKind::kPreceding:
        return Expr(*bound.offset) + " PRECEDING";
      case FrameBoundKind::kCurrentRow:
        return "CURRENT ROW";
      case FrameBoundKind::kFollowing:
        return Expr(*bound.offset) + " FOLLOWING";
      case FrameBoundKind::kUnboundedFollowing:
        return "UNBOUNDED FOLLOWING";
    }
    return "";
  }

  void Node(const Plan& plan, size_t depth) {
    if (depth > 0) text_ += std::string((depth - 1) * 3, ' ') + "+- ";
    const size_t before = subqueries_.size();
    text_ += std::visit([&](const auto& node) { return Line(node, plan); }, plan.node) + "\n";
    const std::vector<PlanPtr> own(subqueries_.begin() + static_cast<ptrdiff_t>(before),
                                   subqueries_.end());
    for (size_t i = 0; i < own.size(); ++i) {
      text_ += std::string(depth * 3, ' ') + ":- subquery#" + std::to_string(before + i + 1) + "\n";
      Node(*own[i], depth + 2);
    }
    ForEachChildPlan(plan, [&](const PlanPtr& child) { Node(*child, depth + 1); });
  }

  std::string Line(const ScanPlan& scan, const Plan& plan) {
    return "Relation " + scan.name + Columns(plan.columns);
  }
  std::string Line(const ValuesPlan& values, const Plan& plan) {
    if (plan.columns.empty() && values.rows.size() == 1) return "OneRowRelation";
    std::string text = "LocalRelation " + Columns(plan.columns) + ", " +
                       std::to_string(values.rows.size()) + " rows";
    if (!is_exact_) return text;
    for (const auto& row : values.rows) text += " (" + Exprs(row) + ")";
    return text;
  }
  std::string Line(const ProjectPlan& project, const Plan&) {
    return "Project " + Named(project.exprs);
  }
  std::string Line(const FilterPlan& filter, const Plan&) {
    return "Filter " + Expr(*filter.condition);
  }
  std::string Line(const AggregatePlan& aggregate, const Plan&) {
    std::string text = "Aggregate " + Named(aggregate.keys) + ", " + Named(aggregate.aggregates);
    if (aggregate.grouping_sets.empty()) return text;
    std::string sets;
    for (const auto& set : aggregate.grouping_sets) {
      std::string members;
      for (size_t key : set) {
        const PlanColumn& column = aggregate.keys[key].column;
        members += (members.empty() ? "" : ", ") + Id(column.name, column.id);
      }
      sets += (sets.empty() ? "(" : ", (") + members + ")";
    }
    return text + ", GROUPING SETS (" + sets + ")";
  }
  std::string Line(const WindowPlan& window, const Plan&) {
    return "Window " + Named(window.windows);
  }
  std::string Line(const JoinPlan& join, const Plan&) {
    static constexpr std::string_view kNames[] = {"Inner", "LeftOuter", "RightOuter", "FullOuter",
                                                  "Cross", "LeftSemi",  "LeftAnti"};
    std::string text = join.lateral ? "LateralJoin " : "Join ";
    text += kNames[static_cast<size_t>(join.kind)];
    if (join.condition != nullptr) text += ", " + Expr(*join.condition);
    return text;
  }
  std::string Line(const SetPlan& set, const Plan& plan) {
    static constexpr std::string_view kNames[] = {"Union", "Intersect", "Except"};
    return std::string(kNames[static_cast<size_t>(set.kind)]) + (set.all ? " All " : " Distinct ") +
           Columns(plan.columns);
  }
  std::string Line(const SortPlan& sort, const Plan&) {
    return "Sort " + Sorts(sort.keys) + ", true";
  }
  std::string Line(const LimitPlan& limit, const Plan&) {
    std::string text = "GlobalLimit";
    if (limit.limit) text += " " + std::to_string(*limit.limit);
    if (limit.offset > 0) text += " Offset " + std::to_string(limit.offset);
    return text;
  }
  std::string Line(const DistinctPlan&, const Plan&) { return "Distinct"; }
  std::string Line(const DedupPlan& dedup, const Plan& plan) {
    std::string keys;
    for (const PlanColumn& column : plan.columns) {
      if (std::find(dedup.keys.begin(), dedup.keys.end(), column.id) == dedup.keys.end()) continue;
      keys += (keys.empty() ? "" : ", ") + Id(column.name, column.id);
    }
    return (dedup.within_watermark ? "DeduplicateWithinWatermark [" : "Deduplicate [") + keys + "]";
  }
  std::string Line(const WatermarkPlan& watermark, const Plan& plan) {
    std::string text = "EventTimeWatermark ";
    for (const PlanColumn& column : plan.columns) {
      if (column.id == watermark.time) text += Id(column.name, column.id);
    }
    return text + ", " + std::to_string(watermark.delay_ms) + " ms";
  }
  std::string Line(const SamplePlan& sample, const Plan&) {
    return "Sample " + std::to_string(sample.percent) + " percent" +
           (sample.seed ? ", seed " + std::to_string(*sample.seed) : "");
  }
  std::string Line(const GeneratePlan& generate, const Plan&) {
    return "Generate " + Call(*generate.signature, generate.arguments) +
           (generate.outer ? ", outer" : "") + ", " + Columns(generate.generated);
  }
  std::string Line(const CtePlan& cte, const Plan&) {
    return (cte.recursive ? "WithRecursiveCTE " : "WithCTE ") + cte.name + "#" +
           std::to_string(cte.id);
  }
  std::string Line(const CteRefPlan& ref, const Plan& plan) {
    return "CTERelationRef " + std::to_string(ref.id) + " " + Columns(plan.columns);
  }
  std::string Line(const ExpectPlan& expect, const Plan&) {
    static constexpr std::string_view kActions[] = {"warn", "drop", "fail"};
    std::string text = "Expect";
    for (const BoundExpectation& one : expect.expectations) {
      text += (text.size() > 6 ? ", " : " ") + one.name + " " + Expr(*one.condition) + " " +
              std::string(kActions[static_cast<size_t>(one.action)]);
    }
    return text;
  }

  const bool is_exact_;
  std::string text_;
  std::vector<PlanPtr> subqueries_;
  std::map<ColumnId, size_t> places_;  // In the text.
};

}  // namespace

std::string ToText(const Plan& plan) { return TreeText(false).Write(plan); }

std::string DefinitionOf(const PlanPtr& plan) { return TreeText(true).Write(*Simplify(plan)); }

DataType RowTrackingType() {
  const auto member = [](const char* name) { return Field{name, TypeId::kLong, true, "{}"}; };
  return DataType::Struct({member("row_id"), member("row_commit_version"), member("base_row_id"),
                           member("default_row_commit_version"), member("row_index")});
}

}  // namespace weir::sql
