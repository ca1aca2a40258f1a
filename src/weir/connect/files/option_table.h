#pragma once

#include <span>
#include <string_view>

namespace weir::connect {

enum class OptionKind {
  kBoolean,
  kText,
  kCharacter,  // One byte, or none.
  kDelimiter,  // One character or more; "\t" is a tab.
  kCount,      // A whole number from 1.
  kLines,      // A whole number from 0.
  kBytes,      // "10g", "512 MB", 1048576
  kTime,       // A timestamp.
  kMode,
  kEvolution,
  kFormat,
  kColumns,        // "id BIGINT, name STRING"
  kLineSeparator,  // One byte to sixteen.
  kInterval,       // "14 days", a fixed length of time above nothing.
  kOverwrites,     // true, false, append, replace
  kCleaning,       // off, delete, move
};

enum FormatMask : unsigned {
  kCsvFormat = 1,
  kJsonFormat = 2,
  kParquetFormat = 4,
  kTextFormat = 8,
  kBinaryFormat = 16,
  kAvroFormat = 32,
  kXmlFormat = 64,
  kAnyFormat = 127,
};

// What is known of one option of read_files.
struct OptionInfo {
  std::string_view name;  // As documented.
  OptionKind kind = OptionKind::kText;
  unsigned formats = kAnyFormat;
  // Why weir refuses it; "" when it is supported.
  std::string_view refusal = {};
  // The one value that is accepted nevertheless, since it asks for what weir does anyway.
  std::string_view accepted = {};
};

std::span<const OptionInfo> KnownOptions();
// By name, whatever its case, without "cloudFiles."; null when unknown.
const OptionInfo* FindOption(std::string_view name);
// The known name nearest to a misspelt one, or "".
std::string_view NearestOption(std::string_view name);

}  // namespace weir::connect
