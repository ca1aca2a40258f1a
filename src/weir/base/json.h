#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace weir {

// Key order is kept, so that what we write reads in the order we chose.
// Heavy to compile: include it in .cc files only.
using Json = nlohmann::ordered_json;

// Throws Error{kCorrupt} that names `what` (a file, a column) and the byte.
Json ParseJson(std::string_view text, std::string_view what);

}  // namespace weir
