#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "weir/connect/files/option_table.h"

// The values of options, as they are written.
namespace weir::connect {

// What a value of this kind must be; "" when `text` is one.
std::string_view MistakeIn(OptionKind kind, const std::string& text);

std::optional<uint64_t> ParseCount(std::string_view text);
std::optional<uint64_t> ParseBytes(const std::string& text);
// Microseconds: "14 days", "1 hour 30 minutes"; nothing for what has months, which have no fixed
// length, and for what is below nothing.
std::optional<int64_t> ParseDuration(const std::string& text);
// "\t" and the like may be written out, as in Spark.
std::string UnescapedOption(const std::string& text);
// The FormatMask of a format in lower case; 0 for what is none.
unsigned MaskOfFormat(std::string_view format);

}  // namespace weir::connect
