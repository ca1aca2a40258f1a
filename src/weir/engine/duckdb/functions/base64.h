#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weir::engine {

// As java.util.Base64's MIME decoder: what is no digit is passed over, '=' ends it. Raises when a
// digit is left over.
std::string FromBase64(std::string_view text);
// Nothing when something else than blanks stands between the digits, or they don't fill bytes.
std::optional<std::string> TryFromBase64(std::string_view text);
void AppendBase64(std::string& out, std::string_view bytes);

}  // namespace weir::engine
