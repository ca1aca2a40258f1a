// AND, OR, IN and coalesce as DuckDB text: what stands right of what decides is not evaluated.
#include <algorithm>

#include "weir/sql/duckdb_plan_printer.h"
#include "weir/sql/duckdb_printer.h"
#include "weir/sql/functions_table.h"

namespace weir::sql {
namespace {

void Flatten(const BoundExpr& expr, std::string_view name, std::vector<const BoundExpr*>& parts) {
  const auto* call = std::get_if<BoundCall>(&expr.node);
  if (call == nullptr || call->signature->name != name) {
    parts.push_back(&expr);
    return;
  }
  for (const BoundExprPtr& part : call->arguments) Flatten(*part, name, parts);
}

}  // namespace

// DuckDB evaluates both sides for all rows, unless they stand within a CASE. So what comes before
// the last part that may fail decides first: CASE WHEN a IS FALSE THEN false ELSE a AND b END.
std::string DuckdbPlanPrinter::Logic(const BoundExpr& expr, bool is_and) {
  std::vector<const BoundExpr*> parts;
  Flatten(expr, is_and ? "and" : "or", parts);
  const auto last = std::find_if(parts.rbegin(), parts.rend() - 1,
                                 [](const BoundExpr* part) { return MayFail(*part); });
  const size_t guards = parts.size() - 1 - static_cast<size_t>(last - parts.rbegin());
  const std::string decided = is_and ? "false" : "true";
  std::string cases, rest;
  for (size_t i = 0; i < parts.size(); ++i) {
    const std::string text = Expr(*parts[i]);
    const bool guard = i < guards;
    if (guard && parts[i]->nullable) {
      cases += " WHEN (" + text + ") IS NOT DISTINCT FROM " + decided + " THEN " + decided;
    } else if (guard) {
      cases += (is_and ? " WHEN NOT (" + text + ")" : " WHEN " + text) + " THEN " + decided;
    }
    // One that is never NULL is true after AND's guard, and says nothing more.
    if (guard && !parts[i]->nullable) continue;
    rest += (rest.empty() ? "" : is_and ? " AND " : " OR ") + text;
  }
  return cases.empty() ? "(" + rest + ")" : "(CASE" + cases + " ELSE (" + rest + ") END)";
}

namespace {

bool StandsOnQuery(const BoundExpr& expr) {
  bool found = false;
  ForEachExpr(expr, [&](const BoundExpr& one) {
    found |= std::holds_alternative<BoundSubquery>(one.node);
  });
  return found;
}

// `value` IN the items from `begin` to `end`.
std::string InText(const std::string& value, const std::vector<std::string>& items, size_t begin,
                   size_t end) {
  std::string text = value + " IN (";
  for (size_t i = begin; i < end; ++i) text += (i > begin ? ", " : "") + items[i];
  return text + ")";
}

}  // namespace

// DuckDB evaluates all items for all rows. So an item that may fail is looked at only where none
// before it is equal, and none where there is nothing to look for:
// CASE WHEN x IS NULL THEN NULL WHEN x IN (1, 2) THEN true WHEN x IN (1 / y) THEN true ELSE false
// END. Nothing where no item wants that.
std::optional<std::string> DuckdbPlanPrinter::GuardedIn(const BoundCall& in) {
  const BoundExpr& operand = *in.arguments[0];
  const std::vector<BoundExprPtr> items(in.arguments.begin() + 1, in.arguments.end());
  bool guarded = false;
  bool queries = StandsOnQuery(operand);
  for (size_t i = 0; i < items.size(); ++i) {
    guarded |= (i > 0 || operand.nullable) && MayFail(*items[i]);
    queries |= StandsOnQuery(*items[i]);
  }
  if (!guarded || !IsDeterministic(operand)) return std::nullopt;
  const std::vector<std::string> texts = Texts(items);
  const auto body = [&](const std::string& value) {
    std::string text = "CASE";
    if (operand.nullable) text += " WHEN " + value + " IS NULL THEN NULL";
    std::string nulls;
    size_t begin = 0;
    for (size_t i = 0; i < items.size(); ++i) {
      if (items[i]->nullable) nulls += (nulls.empty() ? "" : " OR ") + texts[i] + " IS NULL";
      const bool fails = MayFail(*items[i]);
      if (fails && begin < i) text += " WHEN " + InText(value, texts, begin, i) + " THEN true";
      if (fails || i + 1 == items.size()) {
        text += " WHEN " + InText(value, texts, fails ? i : begin, i + 1) + " THEN true";
        begin = i + 1;
      }
    }
    if (nulls.empty()) return text + " ELSE false END";
    return text + " WHEN " + nulls + " THEN NULL ELSE false END";
  };
  const std::string value = Expr(operand);
  // No query can stand in the lambda that computes a value once.
  const bool plain = AsColumn(operand) != nullptr || AsLiteral(operand) != nullptr;
  return "(" + (plain || queries ? body(value) : WithOnce(value, body)) + ")";
}

// DuckDB evaluates what stands in an expression twice before it, for all rows; but not what stands
// within a CASE.
std::optional<std::string> DuckdbPlanPrinter::GuardedCoalesce(const BoundCall& coalesce) {
  const auto& arguments = coalesce.arguments;
  const bool guarded = std::any_of(arguments.begin() + 1, arguments.end(),
                                   [](const BoundExprPtr& one) { return MayFail(*one); });
  if (!guarded || !IsDeterministic(*arguments[0])) return std::nullopt;
  const std::vector<std::string> texts = Texts(arguments);
  std::string rest = texts.back();
  if (texts.size() > 2) {
    rest = "coalesce(" + texts[1];
    for (size_t i = 2; i < texts.size(); ++i) rest += ", " + texts[i];
    rest += ")";
  }
  return "(CASE WHEN " + texts[0] + " IS NULL THEN " + rest + " ELSE " + texts[0] + " END)";
}

// What decides which rows there are: DuckDB evaluates its parts one after the other, and looks into
// the AND for what it may join by and skip files by.
std::string DuckdbPlanPrinter::JoinCondition(const BoundExpr& condition) {
  std::vector<const BoundExpr*> parts;
  Flatten(condition, "and", parts);
  std::string text;
  for (const BoundExpr* part : parts) text += (text.empty() ? "" : " AND ") + Expr(*part);
  return parts.size() == 1 ? text : "(" + text + ")";
}

}  // namespace weir::sql
