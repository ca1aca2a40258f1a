#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "weir/sql/binding.h"

// Functions that users defined: their bodies are put in place of their calls. Internal to the
// binder.
namespace weir::sql {

// An argument of a call as it is written.
struct GivenArgument {
  const Identifier* name = nullptr;  // Null: by position.
  Span span;
};
// Which argument each parameter gets; nothing where none is given. Reports names that the function
// has not, those that are given twice, and arguments that are too many.
std::optional<std::vector<std::optional<size_t>>> MatchArguments(
    Binding& binding, const std::string& function, std::span<const std::string> parameters,
    std::span<const GivenArgument> given, const Span& span);

// The value of a call, its arguments bound; null: reported.
BoundExprPtr BindRoutineValue(Binding& binding, const ResolvedRoutine& routine,
                              std::vector<BoundExprPtr> arguments, const Span& span,
                              const Surroundings& around);
// The rows of a call, likewise.
PlanPtr BindRoutineRows(Binding& binding, const ResolvedRoutine& routine,
                        std::vector<BoundExprPtr> arguments, const Span& span,
                        const Surroundings& around);
// One bound argument for each parameter, of its type: given ones, which `bound` has in the order of
// the call, and defaults.
std::optional<std::vector<BoundExprPtr>> RoutineArguments(
    Binding& binding, const ResolvedRoutine& routine, const std::vector<GivenArgument>& given,
    std::vector<BoundExprPtr> bound, const Span& span, const Surroundings& around);
// As `type`; null: reported.
BoundExprPtr ConvertedTo(Binding& binding, BoundExprPtr expr, const DataType& type,
                         const Span& span);
// The default of a parameter that has one; null: reported.
BoundExprPtr BindDefault(Binding& binding, const ResolvedRoutine& routine,
                         const ResolvedRoutine::Parameter& parameter, const Surroundings& around);

}  // namespace weir::sql
