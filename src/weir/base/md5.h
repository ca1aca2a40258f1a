#pragma once

#include <string>
#include <string_view>

namespace weir {

// The MD5 digest as 32 lower-case hex digits (RFC 1321), where a format asks for it. Not against
// adversaries.
std::string Md5(std::string_view text);

}  // namespace weir
