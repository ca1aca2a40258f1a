#pragma once

#include <string>
#include <string_view>

namespace weir {

// A short text that differs when `text` differs, but for accidents: 16 hex digits of FNV-1a. The
// same in every build and on every machine, so it may be stored. Not against adversaries.
std::string Fingerprint(std::string_view text);

}  // namespace weir
