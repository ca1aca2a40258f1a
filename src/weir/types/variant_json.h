#pragma once

#include <optional>
#include <string>

#include "weir/base/json_cursor.h"
#include "weir/types/variant.h"

namespace weir {

// Takes the cursor's next value into the builder: whole numbers as such, numbers without exponent
// as decimals of up to 38 digits, others as doubles. False when it is malformed, or an object has
// a name twice; the builder is of no use then.
bool AppendJson(JsonCursor& cursor, VariantBuilder& builder);

}  // namespace weir
