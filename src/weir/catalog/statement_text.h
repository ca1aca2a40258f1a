#pragma once

#include <string>
#include <string_view>

namespace weir::catalog {

// A statement's text as its record keeps it: string literals given to a name that sounds like a
// secret (password, secret, token, credential, access or private key) become '[REDACTED]', and what
// is over 16 KiB is cut, at a whole character, with a note of how long it was.
std::string RecordedText(std::string_view text);

}  // namespace weir::catalog
