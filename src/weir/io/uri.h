#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weir::io {

// "s3" of "S3://bucket/x". A scheme starts with a letter, so "2013:01/x" has none.
std::optional<std::string> UriScheme(std::string_view path);

// "/data/my sales" -> "/data/my%20sales": what DecodedUriPath would read otherwise is escaped, and
// so are bytes that are no UTF-8.
std::string EscapedUriPath(std::string_view path);

// The reverse. Throws Error{kInvalid} that names `uri` for a '%' without two digits behind it.
std::string DecodedUriPath(std::string_view escaped, const std::string& uri);

// Every byte but letters, digits and "-._~" as %XX; '/' too unless it is kept. What AWS signs.
enum class Slash { kEscaped, kKept };
std::string PercentEncoded(std::string_view text, Slash slash);

}  // namespace weir::io
