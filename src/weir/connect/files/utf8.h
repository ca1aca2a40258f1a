#pragma once

#include <string>
#include <string_view>

namespace weir::connect {

bool IsUtf8(std::string_view text);
// The text with U+FFFD in place of every byte that is not UTF-8.
std::string MendUtf8(std::string_view text);
// At most `bytes` of valid UTF-8, whole characters only; "..." behind what was cut.
std::string CutText(std::string_view text, size_t bytes);

}  // namespace weir::connect
