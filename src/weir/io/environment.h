#pragma once

#include <functional>
#include <optional>
#include <string>

namespace weir::io {

// What a variable of the environment is set to; nothing when it is not set, or empty.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

Environment ProcessEnvironment();

// The bytes of a small file; nothing when there is none. Throws Error: kDenied, kUnavailable.
std::optional<std::string> ReadSmallFile(const std::string& path);

}  // namespace weir::io
