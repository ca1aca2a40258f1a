#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weir {

// Base64 as RFC 4648 has it, with '=' at the end.
std::string ToBase64(std::string_view bytes);
// Nothing when the text is not the whole of what ToBase64 gives.
std::optional<std::string> FromBase64(std::string_view text);

}  // namespace weir
