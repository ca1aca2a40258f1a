#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weir::delta {

// Bytes as printable text, five characters for four (https://rfc.zeromq.org/spec/32). Bytes that do
// not fill the last four are followed by zeros.
std::string EncodeZ85(std::string_view bytes);
// All the bytes, the added zeros among them; nothing for what is no such text.
std::optional<std::string> DecodeZ85(std::string_view text);

}  // namespace weir::delta
