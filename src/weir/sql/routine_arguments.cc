// Which argument of a call each parameter gets.
#include <utility>

#include "weir/sql/routine_binder.h"

namespace weir::sql {

std::optional<std::vector<std::optional<size_t>>> MatchArguments(
    Binding& binding, const std::string& function, std::span<const std::string> parameters,
    std::span<const GivenArgument> given, const Span& span) {
  std::vector<std::optional<size_t>> found(parameters.size());
  const auto position = [&](size_t i) -> std::optional<size_t> {
    if (given[i].name == nullptr) return i;
    const std::string wanted = LowerName(given[i].name->text);
    for (size_t at = 0; at < parameters.size(); ++at) {
      if (LowerName(parameters[at]) == wanted) return at;
    }
    return std::nullopt;
  };
  for (size_t i = 0; i < given.size(); ++i) {
    if (given[i].name == nullptr && i > 0 && given[i - 1].name != nullptr) {
      binding.Report("UNEXPECTED_POSITIONAL_ARGUMENT", given[i].span,
                     "an argument without name stands behind one with a name",
                     "put those without names first");
      return std::nullopt;
    }
    const auto at = position(i);
    if (!at) {
      std::string known;
      for (const std::string& name : parameters) known += (known.empty() ? "" : ", ") + name;
      binding.Report(
          "UNRECOGNIZED_PARAMETER_NAME", given[i].name->span,
          "function " + QuoteName(function) + " has no parameter " + QuoteName(given[i].name->text),
          known.empty() ? "it has none" : "it has " + known);
      return std::nullopt;
    }
    if (*at >= found.size()) {
      binding.Report(
          "WRONG_NUM_ARGS.WITHOUT_SUGGESTION", span,
          "function " + QuoteName(function) + " takes " +
              (found.empty() ? "no arguments"
                             : "at most " + std::to_string(found.size()) + " arguments"));
      return std::nullopt;
    }
    if (found[*at]) {
      binding.Report(given[*found[*at]].name != nullptr
                         ? "DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT.DOUBLE_NAMED_ARGUMENT_REFERENCE"
                         : "DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT.BOTH_POSITIONAL_AND_NAMED",
                     given[i].span, "parameter " + QuoteName(parameters[*at]) + " is given twice");
      return std::nullopt;
    }
    found[*at] = i;
  }
  return found;
}

std::optional<std::vector<BoundExprPtr>> RoutineArguments(
    Binding& binding, const ResolvedRoutine& routine, const std::vector<GivenArgument>& given,
    std::vector<BoundExprPtr> bound, const Span& span, const Surroundings& around) {
  std::vector<std::string> names;
  for (const auto& parameter : routine.parameters) names.push_back(parameter.name);
  const auto places = MatchArguments(binding, routine.display_name, names, given, span);
  if (!places) return std::nullopt;
  const bool named = !given.empty() && given.back().name != nullptr;
  std::vector<BoundExprPtr> arguments;
  for (size_t i = 0; i < names.size(); ++i) {
    const auto& parameter = routine.parameters[i];
    BoundExprPtr value;
    if ((*places)[i]) {
      value = std::move(bound[*(*places)[i]]);
    } else if (parameter.otherwise != nullptr) {
      value = BindDefault(binding, routine, parameter, around);
    } else if (named) {
      binding.Report(
          "REQUIRED_PARAMETER_NOT_FOUND", span,
          "function " + routine.display_name + " needs a value for " + QuoteName(parameter.name));
    } else {
      binding.Report("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", span,
                     "function " + routine.display_name + " takes " + std::to_string(names.size()) +
                         " arguments, not " + std::to_string(given.size()),
                     "there is none for " + QuoteName(parameter.name));
    }
    if (value == nullptr) return std::nullopt;
    const Span place = value->span;
    value = ConvertedTo(binding, std::move(value), parameter.type, place);
    if (value == nullptr) return std::nullopt;
    arguments.push_back(std::move(value));
  }
  return arguments;
}

}  // namespace weir::sql
