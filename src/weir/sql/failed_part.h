#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "weir/sql/plan.h"

namespace weir::sql {

// The one expression of a plan that can have failed with this condition and message, as it was
// written; nothing where several can have, or none is known to. The values that the message names
// count: `2147483647 + 1` is not of `a + 2`.
std::optional<Span> FailedPart(const Plan& plan, std::string_view condition,
                               std::string_view message);

// The one column of a table whose new value can have failed so, being too long for its declared
// length or out of its type's range; nothing where several can have, or none can.
std::optional<std::string> FailedColumn(const Plan& plan, std::string_view condition,
                                        std::string_view message);

}  // namespace weir::sql
