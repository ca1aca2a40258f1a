// Calls that give arguments by name: mask(s, upperChar => 'Q'); and of functions that users
// defined.
#include <utility>

#include "weir/sql/expression_binder.h"
#include "weir/sql/routine_binder.h"

namespace weir::sql {

BoundExprPtr ExpressionBinder::BindNamedCall(const std::string& name, const CallExpr& call,
                                             const Span& span) {
  const auto parameters = NamedParameters(name);
  std::vector<std::string> names;
  for (const NamedParameter& parameter : parameters) names.emplace_back(parameter.name);
  std::vector<GivenArgument> given;
  for (const Argument& argument : call.arguments) {
    given.push_back({argument.name ? &*argument.name : nullptr, argument.value->span});
  }
  const auto places = MatchArguments(binding_, name, names, given, span);
  if (!places) return nullptr;
  std::vector<BoundExprPtr> bound;
  bool failed = false;
  for (size_t i = 0; i < parameters.size(); ++i) {
    if ((*places)[i]) {
      bound.push_back(Bind(*call.arguments[*(*places)[i]].value));
    } else if (parameters[i].otherwise) {
      bound.push_back(LiteralOf(*parameters[i].otherwise, span));
    } else {
      binding_.Report("REQUIRED_PARAMETER_NOT_FOUND", span,
                      "function " + QuoteName(name) + " needs a value for " + QuoteName(names[i]));
      failed = true;
      continue;
    }
    failed |= bound.back() == nullptr;
  }
  if (failed) return nullptr;
  return Call(name, std::move(bound), span);
}

std::optional<std::vector<BoundExprPtr>> ExpressionBinder::BindRoutineArguments(
    const ResolvedRoutine& routine, const std::vector<Argument>& arguments, const Span& span) {
  std::vector<GivenArgument> given;
  std::vector<BoundExprPtr> bound;
  bool failed = false;
  for (const Argument& argument : arguments) {
    const Span& place = argument.value->span;
    if (const auto* star = std::get_if<StarExpr>(&argument.value->node)) {
      auto columns = BindStar(*star, place);
      failed |= !columns;
      if (!columns) continue;
      std::vector<std::string> names;
      for (auto& [name, column] : *columns) {
        names.push_back(name);
        given.push_back({nullptr, place});
        bound.push_back(std::move(column));
      }
      binding_.name_texts[argument.value.get()] = JoinNames(names);
      continue;
    }
    given.push_back({argument.name ? &*argument.name : nullptr, place});
    bound.push_back(Bind(*argument.value));
    failed |= bound.back() == nullptr;
  }
  if (failed) return std::nullopt;
  return RoutineArguments(binding_, routine, given, std::move(bound), span, *context_.around);
}

namespace {

// Those without names first.
std::vector<const Expr*> InParameterOrder(const ResolvedRoutine& routine,
                                          const std::vector<Argument>& arguments) {
  std::vector<const Expr*> ordered;
  for (const Argument& argument : arguments) {
    if (!argument.name) ordered.push_back(argument.value.get());
  }
  for (const auto& parameter : routine.parameters) {
    for (const Argument& argument : arguments) {
      const bool is_its =
          argument.name && LowerName(argument.name->text) == LowerName(parameter.name);
      if (is_its) ordered.push_back(argument.value.get());
    }
  }
  return ordered;
}

}  // namespace

BoundExprPtr ExpressionBinder::BindRoutineCall(const ResolvedRoutine& routine, const CallExpr& call,
                                               const Expr& expr) {
  const Span& span = expr.span;
  const std::string_view extra = call.distinct                ? "DISTINCT"
                                 : call.filter != nullptr     ? "FILTER"
                                 : call.ignore_nulls          ? "IGNORE NULLS"
                                 : !call.within_group.empty() ? "WITHIN GROUP"
                                                              : "";
  if (!extra.empty()) {
    binding_.Report("INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX", span,
                    std::string(extra) + " is for aggregate functions, and " +
                        routine.display_name + " is none");
    return nullptr;
  }
  if (call.over) {
    binding_.Report("UNSUPPORTED_SQL_UDF_USAGE", span,
                    "function " + routine.display_name + " cannot be used with OVER");
    return nullptr;
  }
  if (routine.is_table) {
    binding_.Report("NOT_A_SCALAR_FUNCTION", span,
                    "function " + routine.display_name + " returns rows", "call it in FROM");
    return nullptr;
  }
  const std::vector<Argument>* given = &call.arguments;
  if (call.is_star) {
    auto star = std::make_shared<std::vector<Argument>>();
    star->push_back({{}, std::make_unique<Expr>(Expr{span, StarExpr{}})});
    binding_.made.push_back(star);
    given = star.get();
  }
  binding_.routine_texts[&expr] = {routine.display_name, InParameterOrder(routine, *given)};
  auto arguments = BindRoutineArguments(routine, *given, span);
  if (!arguments) return nullptr;
  return BindRoutineValue(binding_, routine, std::move(*arguments), span, *context_.around);
}

}  // namespace weir::sql
