// Calls that give arguments by name: mask(s, upperChar => 'Q').
#include <utility>

#include "weir/sql/expression_binder.h"

namespace weir::sql {

// Which parameter the argument is for; reports a name that the function has not.
std::optional<size_t> ExpressionBinder::FindParameter(const std::string& function,
                                                      const Argument& argument, size_t position) {
  if (!argument.name) return position;
  const auto parameters = NamedParameters(function);
  const std::string wanted = LowerName(argument.name->text);
  std::string known;
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (LowerName(parameters[i].name) == wanted) return i;
    known += (i > 0 ? ", " : "") + std::string(parameters[i].name);
  }
  binding_.Report(
      "UNRECOGNIZED_PARAMETER_NAME", argument.name->span,
      "function " + QuoteName(function) + " has no parameter " + QuoteName(argument.name->text),
      "it has " + known);
  return std::nullopt;
}

BoundExprPtr ExpressionBinder::BindNamedCall(const std::string& name, const CallExpr& call,
                                             const Span& span) {
  const auto parameters = NamedParameters(name);
  std::vector<const Argument*> given(parameters.size(), nullptr);
  bool named = false;
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    const Argument& argument = call.arguments[i];
    if (named && !argument.name) {
      binding_.Report("UNEXPECTED_POSITIONAL_ARGUMENT", argument.value->span,
                      "an argument without name stands behind one with a name",
                      "put those without names first");
      return nullptr;
    }
    named = named || argument.name;
    const auto at = FindParameter(name, argument, i);
    if (!at) return nullptr;
    if (*at >= given.size()) {
      binding_.Report("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", span,
                      "function " + QuoteName(name) + " takes at most " +
                          std::to_string(given.size()) + " arguments");
      return nullptr;
    }
    if (given[*at] != nullptr) {
      binding_.Report(given[*at]->name
                          ? "DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT.DOUBLE_NAMED_ARGUMENT_REFERENCE"
                          : "DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT.BOTH_POSITIONAL_AND_NAMED",
                      argument.value->span,
                      "parameter " + QuoteName(parameters[*at].name) + " is given twice");
      return nullptr;
    }
    given[*at] = &argument;
  }
  std::vector<BoundExprPtr> bound;
  for (size_t i = 0; i < given.size(); ++i) {
    if (given[i] != nullptr) {
      bound.push_back(Bind(*given[i]->value));
    } else if (parameters[i].otherwise) {
      bound.push_back(LiteralOf(*parameters[i].otherwise, span));
    } else {
      binding_.Report(
          "REQUIRED_PARAMETER_NOT_FOUND", span,
          "function " + QuoteName(name) + " needs a value for " + QuoteName(parameters[i].name));
      return nullptr;
    }
    if (bound.back() == nullptr) return nullptr;
  }
  return Call(name, std::move(bound), span);
}

}  // namespace weir::sql
