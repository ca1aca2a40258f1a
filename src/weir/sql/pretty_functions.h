#pragma once

#include <optional>
#include <string_view>

// How Spark shows functions in the names of columns.
namespace weir::sql {

// The name as it is shown: mostly the lower-case one itself, but "EXP" and "collect_list".
std::string_view FunctionText(std::string_view lower_name);
// The argument that is filled in and shown at this position when a call leaves it out.
// How many of a function's arguments its text shows; the others are read when it is bound.
std::optional<size_t> ShownArguments(std::string_view lower_name);
std::optional<std::string_view> FilledArgument(std::string_view lower_name, size_t position);

}  // namespace weir::sql
