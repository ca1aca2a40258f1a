#include "weir/sql/column_values.h"

#include <algorithm>
#include <utility>

#include "weir/sql/ast_clone.h"
#include "weir/sql/column_expr.h"
#include "weir/sql/parser.h"
#include "weir/types/column_rules.h"

namespace weir::sql {
namespace {

// What DEFAULT stands for, as a text says it.
ExprPtr DefaultValue(const Field& field, const Span& span) {
  const auto text = MetadataText(field, kDefaultKey);
  if (!text) {
    return std::make_unique<Expr>(Expr{span, LiteralExpr{Value::Null(TypeId::kVoid)}});
  }
  auto parsed = ParseExpression(
      std::make_shared<SourceText>(SourceText{"<DEFAULT of " + field.name + ">", *text}));
  if (auto* diagnostics = std::get_if<Diagnostics>(&parsed)) throw DiagnosticError(*diagnostics);
  // As the column stores it: beside values of other types in VALUES it would become theirs.
  return std::make_unique<Expr>(
      Expr{span, CastExpr{std::get<ExprPtr>(std::move(parsed)), field.type, span}});
}

// Puts defaults into the rows of one body.
class DefaultWords {
 public:
  explicit DefaultWords(const Schema& given) : given_(given), left_out_(given.size(), false) {}

  bool Replace(Query& query) {
    if (auto* inner = std::get_if<QueryPtr>(&query.body)) return Replace(**inner);
    if (auto* values = std::get_if<ValuesBody>(&query.body)) return ReplaceRows(values->rows);
    auto* select = std::get_if<Select>(&query.body);
    return select != nullptr && ReplaceItems(*select);
  }

  Schema Rest() const {
    std::vector<Field> fields;
    for (size_t i = 0; i < given_.size(); ++i) {
      if (!left_out_[i]) fields.push_back(given_[i]);
    }
    return Schema(std::move(fields));
  }

 private:
  static bool Says(const std::vector<ExprPtr>& row, size_t at) {
    return at < row.size() && IsDefaultWord(*row[at]);
  }

  bool ReplaceRows(std::vector<std::vector<ExprPtr>>& rows) {
    bool found = false;
    for (size_t at = given_.size(); at-- > 0;) {
      const auto says =
          std::count_if(rows.begin(), rows.end(), [&](const auto& row) { return Says(row, at); });
      if (says == 0) continue;
      found = true;
      const bool all = says == std::ssize(rows);
      if (IsComputed(given_[at])) {
        const auto some =
            std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return Says(row, at); });
        if (!all) RefuseMixed(given_[at], (*some)[at]->span);
        for (auto& row : rows) row.erase(row.begin() + static_cast<std::ptrdiff_t>(at));
        left_out_[at] = true;
        continue;
      }
      for (auto& row : rows) {
        if (Says(row, at)) row[at] = DefaultValue(given_[at], row[at]->span);
      }
    }
    return found;
  }

  bool ReplaceItems(Select& select) {
    // A star stands for an unknown number of columns.
    const bool starred = std::any_of(select.items.begin(), select.items.end(), [](const auto& one) {
      return std::holds_alternative<StarExpr>(one.expr->node);
    });
    bool found = false;
    for (size_t at = std::min(given_.size(), select.items.size()); at-- > 0;) {
      SelectItem& item = select.items[at];
      if (!IsDefaultWord(*item.expr) || starred) continue;
      found = true;
      if (IsComputed(given_[at])) {
        select.items.erase(select.items.begin() + static_cast<std::ptrdiff_t>(at));
        left_out_[at] = true;
      } else {
        item.expr = DefaultValue(given_[at], item.expr->span);
      }
    }
    return found;
  }

  [[noreturn]] static void RefuseMixed(const Field& field, const Span& span) {
    throw DiagnosticError({{"UNSUPPORTED_FEATURE", "0A000", span,
                            "the column `" + field.name +
                                "` is computed by the table, and some rows say DEFAULT of "
                                "it while others give a value",
                            "say DEFAULT in every row, or leave the column out"}});
  }

  const Schema& given_;
  std::vector<bool> left_out_;
};

Diagnostics At(Diagnostics found, const Span& span) {
  for (Diagnostic& one : found) one.span = span;
  return found;
}

}  // namespace

BindResult BindMissing(PlanPtr plan, const Schema& target, const BindOptions& options) {
  Binding binding(options);
  binding.StartAfter(*plan);
  std::vector<NamedExpr> exprs;
  std::vector<BoundExprPtr> when(target.size());
  for (size_t i = 0; i < target.size(); ++i) {
    const Field& field = target[i];
    const std::string lower = LowerName(field.name);
    const auto found =
        std::find_if(plan->columns.begin(), plan->columns.end(),
                     [&](const PlanColumn& column) { return LowerName(column.name) == lower; });
    if (found != plan->columns.end()) {
      exprs.push_back({*found, ColumnOf(*found, {})});
      continue;
    }
    const bool generated = IsComputed(field);
    if (generated) when[i] = LiteralOf(Value::Boolean(true), {});
    BoundExprPtr value =
        generated ? LiteralOf(Value::Null(field.type), {}) : DefaultOf(binding, field);
    if (value == nullptr) continue;
    exprs.push_back({{binding.NewColumn(), field.name, field.type, value->nullable, field.metadata},
                     std::move(value)});
  }
  if (!binding.diagnostics().empty()) return InTextOrder(std::move(binding.diagnostics()));
  PlanPtr filled = MakeProject(std::move(plan), std::move(exprs));
  std::vector<PlanColumn> columns = filled->columns;
  filled = WithGenerated(binding, std::move(filled), columns, target, when);
  if (!binding.diagnostics().empty()) return InTextOrder(std::move(binding.diagnostics()));
  return BoundQuery{InForce(Simplify(filled), options)};
}

Diagnostics CheckDefault(const Field& field, const Span& span, const BindOptions& options) {
  Binding binding(options);
  const auto value = DefaultOf(binding, field);
  if (value == nullptr) {
    Diagnostics found = At(std::move(binding.diagnostics()), span);
    for (Diagnostic& one : found) {
      if (one.condition.starts_with("UNRESOLVED_COLUMN")) {
        one.condition = "INVALID_DEFAULT_VALUE.UNRESOLVED_EXPRESSION";
        one.sqlstate = "42623";
        one.hint = "a DEFAULT sees no columns";
      }
    }
    return found;
  }
  ForEachExpr(*value, [&](const BoundExpr& one) {
    if (!std::holds_alternative<BoundSubquery>(one.node)) return;
    binding.Report("INVALID_DEFAULT_VALUE.SUBQUERY_EXPRESSION", span,
                   "the DEFAULT of column " + QuoteName(field.name) + " cannot hold a sub-query");
  });
  return std::move(binding.diagnostics());
}

Diagnostics CheckGenerated(const Schema& schema, size_t column, const Span& span,
                           const BindOptions& options) {
  constexpr const char* kUnsupported = "UNSUPPORTED_EXPRESSION_GENERATED_COLUMN";
  const Field& field = schema[column];
  const std::string what = "the expression of generated column " + QuoteName(field.name);
  Binding binding(options);
  const PlanPtr plan = ColumnsOnly(binding, schema);
  const auto text = MetadataText(field, kGenerationKey);
  const auto value =
      BindColumnText(binding, plan->columns, text.value_or("NULL"), "generated column");
  if (value == nullptr) return At(std::move(binding.diagnostics()), span);
  CheckColumnExpr(binding, *value, span, kUnsupported, what, /*of_the_moment=*/false);
  std::unordered_set<ColumnId> ids;
  CollectColumns(*value, ids);
  for (size_t i = 0; i < schema.size(); ++i) {
    if (!ids.contains(plan->columns[i].id) || !IsComputed(schema[i])) continue;
    binding.Report(kUnsupported, span,
                   what + " cannot look at " +
                       (i == column ? std::string("itself")
                                    : QuoteName(schema[i].name) + ", which is generated too"),
                   "write out what that column is generated from");
  }
  // Whether a row has what it gives could not be told.
  if (field.type.Holds(TypeId::kVariant)) {
    binding.Report("DELTA_UNSUPPORTED_DATA_TYPE_IN_GENERATED_COLUMN", span,
                   field.type.ToSql() + " cannot be the result of a generated column",
                   "generate what is read out of it, or compute it in a view");
  }
  if (binding.diagnostics().empty() && !value->type.EqualsIgnoringNullability(field.type)) {
    binding.Report("DELTA_GENERATED_COLUMNS_EXPR_TYPE_MISMATCH", span,
                   "The expression type of the generated column " + field.name + " is " +
                       value->type.ToSql() + ", but the column type is " + field.type.ToSql(),
                   "convert it with CAST");
  }
  return std::move(binding.diagnostics());
}

std::vector<std::string> ColumnsOfText(const Schema& schema, const std::string& text,
                                       const BindOptions& options) {
  Binding binding(options);
  const PlanPtr plan = ColumnsOnly(binding, schema);
  const auto value = BindColumnText(binding, plan->columns, text, "expression of the table");
  if (value == nullptr) throw DiagnosticError(std::move(binding.diagnostics()));
  std::unordered_set<ColumnId> ids;
  CollectColumns(*value, ids);
  std::vector<std::string> names;
  for (const PlanColumn& column : plan->columns) {
    if (ids.contains(column.id)) names.push_back(column.name);
  }
  return names;
}

QueryPtr WithDefaults(const Query& query, Schema& given) {
  QueryPtr copy = Clone(query);
  DefaultWords words(given);
  if (!words.Replace(*copy)) return nullptr;
  given = words.Rest();
  return copy;
}

}  // namespace weir::sql
