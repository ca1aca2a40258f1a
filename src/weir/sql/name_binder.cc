// Names of columns, struct fields and stars.
#include <algorithm>
#include <utility>

#include "weir/sql/ast_printer.h"
#include "weir/sql/declared_strings.h"
#include "weir/sql/expression_binder.h"

namespace weir::sql {

namespace {

// "a.f": the column and its fields as they were written, without what qualifies the column.
std::string TextFrom(const Name& name, size_t from) {
  std::string text;
  for (size_t i = from; i < name.parts.size(); ++i) {
    if (i > from) text += ".";
    text += name.parts[i].text;
  }
  return text;
}

// As Spark names an expression over a variable.
std::string VariableText(const std::string& name, const Value& value) {
  const std::string text = value.is_null() ? "CAST(NULL AS " + QuotedType(value.type()) + ")"
                                           : ToSql(LiteralExpr{value});
  return "variablereference(system.session." + name + "=" + text + ")";
}

bool HasFields(const DataType& type) {
  return type.id() == TypeId::kStruct || type.id() == TypeId::kMap ||
         (type.id() == TypeId::kArray && type.element().id() == TypeId::kStruct);
}

}  // namespace

const PlanColumn* ExpressionBinder::FindLambda(const std::string& lower_name) const {
  for (auto lambda = lambdas_.rbegin(); lambda != lambdas_.rend(); ++lambda) {
    if (lambda->name == lower_name) return &lambda->column;
  }
  return nullptr;
}

BoundExprPtr ExpressionBinder::Fields(BoundExprPtr base, const Name& name, size_t from,
                                      const Expr& expr) {
  for (size_t i = from; i < name.parts.size() && base != nullptr; ++i) {
    base = ExtractField(std::move(base), name.parts[i], expr.span);
  }
  return base;
}

bool ExpressionBinder::FindInHook(const NameHook* hook, const Name& name,
                                  const std::vector<std::string>& parts, const Expr& expr,
                                  BoundExprPtr& result) {
  if (hook == nullptr) return false;
  auto found = (*hook)(parts[0]);
  if (!found) return false;
  if (parts.size() > 1 && *found != nullptr && !HasFields((*found)->type)) return false;
  binding_.name_texts[&expr] = TextFrom(name, 0);
  result = Fields(std::move(*found), name, 1, expr);
  return true;
}

bool ExpressionBinder::FindInScope(const Scope& scope, const Name& name,
                                   const std::vector<std::string>& parts, const Expr& expr,
                                   BoundExprPtr& result) {
  const ScopeLookup found = scope.Find(parts);
  if (const auto* match = std::get_if<ScopeMatch>(&found)) {
    binding_.name_texts[&expr] = TextFrom(name, match->parts - 1);
    NoteLength(binding_, match->column);
    BoundExprPtr column = MakeExpr(expr.span, match->column.type, match->column.nullable,
                                   BoundColumn{match->column.id, match->column.name});
    result = Fields(std::move(column), name, match->parts, expr);
    return true;
  }
  if (const auto* ambiguity = std::get_if<ScopeAmbiguity>(&found)) {
    binding_.Report("AMBIGUOUS_REFERENCE", expr.span,
                    "the name " + name.ToString() +
                        " stands for more than one column: " + JoinNames(ambiguity->candidates),
                    "put the table's name before it");
    result = nullptr;
    return true;
  }
  return false;
}

bool ExpressionBinder::FindOutside(const Name& name, const std::vector<std::string>& parts,
                                   const Expr& expr, BoundExprPtr& result) {
  for (const Scope* scope = context_.scope->outer; scope != nullptr; scope = scope->outer) {
    if (FindInScope(*scope, name, parts, expr, result)) return true;
  }
  return false;
}

// The longest first parts of the name that a variable has; its fields follow.
bool ExpressionBinder::FindVariable(const Name& name, const Expr& expr, BoundExprPtr& result) {
  if (context_.around == nullptr) return false;
  Name head = name;
  for (; !head.parts.empty(); head.parts.pop_back()) {
    auto found = context_.around->names->Variable(head);
    if (!found) continue;
    if (auto* const refusal = std::get_if<Diagnostic>(&*found)) {
      binding_.Report(std::move(*refusal));
      result = nullptr;
      return true;
    }
    auto& variable = std::get<ResolvedVariable>(*found);
    const size_t used = head.parts.size();
    binding_.name_texts[&expr] = VariableText(variable.name, variable.value) +
                                 (used < name.parts.size() ? "." + TextFrom(name, used) : "");
    result = Fields(LiteralOf(std::move(variable.value), expr.span), name, used, expr);
    return true;
  }
  return false;
}

BoundExprPtr ExpressionBinder::BindNode(const NameExpr& node, const Expr& expr) {
  const std::vector<std::string> parts = LowerParts(node.name);
  if (const PlanColumn* lambda = FindLambda(parts[0])) {
    binding_.name_texts[&expr] =
        "namedlambdavariable()" + (parts.size() > 1 ? "." + TextFrom(node.name, 1) : "");
    return Fields(ColumnOf(*lambda, expr.span), node.name, 1, expr);
  }
  BoundExprPtr result;
  if (!inside_aggregate_ && FindInHook(context_.before, node.name, parts, expr, result)) {
    return result;
  }
  if (FindInScope(*context_.scope, node.name, parts, expr, result)) return result;
  if (FindInHook(context_.after, node.name, parts, expr, result)) {
    std::string& text = binding_.name_texts[&expr];
    if (context_.clause == Clause::kSelect) {
      text.insert(parts[0].size(), ")");
      text.insert(0, "lateralAliasReference(");
    }
    if (!inside_aggregate_ || result == nullptr) return result;
    binding_.Report("UNSUPPORTED_FEATURE.LATERAL_COLUMN_ALIAS_IN_AGGREGATE_FUNC", expr.span,
                    "an aggregate function cannot use " + node.name.ToString() +
                        ", an alias of the same SELECT",
                    "repeat the expression, or define the alias in a sub-query");
    return nullptr;
  }
  if (FindOutside(node.name, parts, expr, result)) return result;
  if (FindVariable(node.name, expr, result)) return result;
  if (parts.size() == 1 && parts[0] == "grouping__id" && context_.grouping) {
    CallExpr call;
    call.function.parts.push_back({"grouping_id", expr.span});
    return context_.grouping(call, expr.span);
  }
  if (parts.size() == 1 && parts[0] == "user") {  // Also a function without parentheses.
    CallExpr call;
    call.function = node.name;
    bool known = false;
    return BindFolded(parts[0], call, expr.span, known);
  }
  ReportUnresolved(node.name, expr);
  return nullptr;
}

void ExpressionBinder::ReportUnresolved(const Name& name, const Expr& expr) {
  for (const Scope* scope = context_.scope; scope != nullptr; scope = scope->outer) {
    if (scope->unknown) return;
  }
  const auto suggestions = context_.scope->Suggestions(name.parts.back().text);
  const std::string message = "there is no column " + name.ToString() + " here";
  if (suggestions.empty()) {
    binding_.Report("UNRESOLVED_COLUMN.WITHOUT_SUGGESTION", expr.span, message);
  } else {
    binding_.Report("UNRESOLVED_COLUMN.WITH_SUGGESTION", expr.span, message,
                    DidYouMean(suggestions));
  }
}

BoundExprPtr ExpressionBinder::ExtractField(BoundExprPtr base, const Identifier& field,
                                            const Span& span) {
  if (base->type.id() == TypeId::kMap) {
    return Call("[]", {std::move(base), LiteralOf(Value::String(field.text), field.span)}, span);
  }
  if (base->type.id() == TypeId::kArray && base->type.element().id() == TypeId::kStruct) {
    return FieldOfEach(std::move(base), field, span);
  }
  if (base->type.id() != TypeId::kStruct) {
    binding_.Report("INVALID_EXTRACT_BASE_FIELD_TYPE", span,
                    "there is no field " + QuoteName(field.text) + " in a value of type " +
                        QuotedType(base->type));
    return nullptr;
  }
  const std::vector<Field>& fields = base->type.fields();
  const std::string wanted = LowerName(field.text);
  std::optional<size_t> index;
  std::vector<std::string> names;
  for (size_t i = 0; i < fields.size(); ++i) {
    names.push_back(fields[i].name);
    if (LowerName(fields[i].name) != wanted) continue;
    if (index) {
      binding_.Report("AMBIGUOUS_REFERENCE_TO_FIELDS", span,
                      "more than one field is named " + QuoteName(field.text));
      return nullptr;
    }
    index = i;
  }
  if (!index) {
    auto near = Nearest(field.text, names);
    binding_.Report("FIELD_NOT_FOUND", span,
                    "there is no field " + QuoteName(field.text) + " in " + QuotedType(base->type),
                    DidYouMean(near));
    return nullptr;
  }
  const Field& found = fields[*index];
  const bool nullable = base->nullable || found.nullable;
  return MakeExpr(span, found.type, nullable, BoundField{std::move(base), *index});
}

BoundExprPtr ExpressionBinder::FieldOfEach(BoundExprPtr array, const Identifier& field,
                                           const Span& span) {
  const PlanColumn item{binding_.NewColumn(), "item", array->type.element(),
                        array->type.contains_null()};
  BoundExprPtr body = ExtractField(ColumnOf(item, span), field, span);
  if (body == nullptr) return nullptr;
  const DataType type = body->type;
  const bool nullable = body->nullable;
  BoundLambda lambda{{BoundColumn{item.id, item.name}}, std::move(body)};
  return Call("transform", {std::move(array), MakeExpr(span, type, nullable, std::move(lambda))},
              span);
}

namespace {

// Leaves out what EXCEPT names; false when it names something else, which `missing` gets.
void Exclude(std::vector<PlanColumn>& columns, const std::vector<Name>& except,
             std::vector<const Name*>& missing) {
  for (const Name& name : except) {
    const std::string wanted = LowerName(name.parts.back().text);
    const auto end = std::remove_if(columns.begin(), columns.end(), [&](const PlanColumn& one) {
      return LowerName(one.name) == wanted;
    });
    if (end == columns.end()) missing.push_back(&name);
    columns.erase(end, columns.end());
  }
}

}  // namespace

std::optional<std::vector<std::pair<std::string, BoundExprPtr>>> ExpressionBinder::BindStar(
    const StarExpr& star, const Span& span) {
  std::vector<std::pair<std::string, BoundExprPtr>> result;
  const auto qualifier = star.qualifier ? LowerParts(*star.qualifier) : std::vector<std::string>{};
  auto columns = context_.scope->Star(qualifier);
  for (const Scope* scope = context_.scope->outer; !columns && scope != nullptr;
       scope = scope->outer) {
    columns = scope->Star(qualifier);
  }
  if (!columns) {  // Not a relation: perhaps a struct.
    ScopeLookup found = context_.scope->Find(qualifier);
    BoundExprPtr base;
    if (auto* match = std::get_if<ScopeMatch>(&found)) {
      const Expr none{span, StarExpr{}};
      base = Fields(ColumnOf(match->column, span), *star.qualifier, match->parts, none);
      if (base == nullptr) return std::nullopt;
    }
    if (base == nullptr || base->type.id() != TypeId::kStruct) {
      if (!context_.scope->unknown) {
        binding_.Report("CANNOT_RESOLVE_STAR_EXPAND", span,
                        "there is no table and no struct " + star.qualifier->ToString() +
                            " whose columns * could stand for");
      }
      return std::nullopt;
    }
    columns.emplace();
    for (size_t i = 0; i < base->type.fields().size(); ++i) {
      const Field& field = base->type.fields()[i];
      // The id is the position, for the loop below.
      columns->push_back({static_cast<ColumnId>(i), field.name, field.type, true, "{}"});
    }
    std::vector<const Name*> missing;
    Exclude(*columns, star.except, missing);
    for (const PlanColumn& column : *columns) {
      const Field& field = base->type.fields()[column.id];
      result.emplace_back(column.name, MakeExpr(span, column.type, base->nullable || field.nullable,
                                                BoundField{base, column.id}));
    }
    return result;
  }
  if (context_.scope->unknown && qualifier.empty()) return std::nullopt;
  std::vector<const Name*> missing;
  Exclude(*columns, star.except, missing);
  for (const Name* name : missing) {
    binding_.Report("UNRESOLVED_COLUMN.WITH_SUGGESTION", name->span,
                    "EXCEPT names " + name->ToString() + ", which * does not hold",
                    DidYouMean(context_.scope->Suggestions(name->parts.back().text)));
  }
  if (!missing.empty()) return std::nullopt;
  if (columns->empty() && context_.scope->entries.empty()) {
    binding_.Report("INVALID_USAGE_OF_STAR_OR_REGEX", span, "* needs a FROM clause");
    return std::nullopt;
  }
  for (const PlanColumn& column : *columns) {
    result.emplace_back(column.name, ColumnOf(column, span));
  }
  return result;
}

}  // namespace weir::sql
