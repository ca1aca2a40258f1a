#include "weir/connect/files/option_values.h"

#include <algorithm>

#include "weir/connect/files/separated_reader.h"
#include "weir/types/calendar_interval.h"
#include "weir/types/data_type.h"
#include "weir/types/parse_text.h"

namespace weir::connect {

namespace {

constexpr uint64_t kKilo = 1024;

struct FormatInfo {
  std::string_view name;
  FormatMask mask;
};
constexpr FormatInfo kFormats[] = {
    {"csv", kCsvFormat},   {"json", kJsonFormat},         {"parquet", kParquetFormat},
    {"text", kTextFormat}, {"binaryfile", kBinaryFormat}, {"avro", kAvroFormat},
    {"xml", kXmlFormat}};

}  // namespace

unsigned MaskOfFormat(std::string_view format) {
  for (const FormatInfo& info : kFormats) {
    if (info.name == format) return info.mask;
  }
  return 0;
}

std::optional<uint64_t> ParseCount(std::string_view text) {
  const auto value = ParseLong(text);
  if (!value || *value < 0) return std::nullopt;
  return static_cast<uint64_t>(*value);
}

std::optional<uint64_t> ParseBytes(const std::string& text) {
  std::string lower;
  for (const char c : LowerName(text)) {
    if (c != ' ') lower += c;
  }
  const size_t digits = std::min(lower.find_first_not_of("0123456789"), lower.size());
  const auto number = ParseCount(lower.substr(0, digits));
  std::string unit = lower.substr(digits);
  if (unit.ends_with('b')) unit.pop_back();
  if (unit.ends_with('i')) unit.pop_back();
  constexpr std::string_view kUnits = "kmgtp";
  uint64_t factor = 1;
  if (!unit.empty()) {
    const size_t power = kUnits.find(unit[0]);
    if (power == std::string_view::npos || unit.size() > 1) return std::nullopt;
    for (size_t i = 0; i <= power; ++i) factor *= kKilo;
  }
  uint64_t bytes = 0;
  if (!number || __builtin_mul_overflow(*number, factor, &bytes)) return std::nullopt;
  return bytes;
}

std::optional<int64_t> ParseDuration(const std::string& text) {
  constexpr int64_t kDayMicros = int64_t{24} * 3600 * 1'000'000;
  const auto interval = ParseCalendarInterval(text);
  if (!interval || interval->months != 0) return std::nullopt;
  const int64_t days = int64_t{interval->days} * kDayMicros;  // No overflow: 32 bits by 37.
  int64_t micros = 0;
  if (__builtin_add_overflow(days, interval->micros, &micros) || micros < 0) return std::nullopt;
  return micros;
}

std::string UnescapedOption(const std::string& text) {
  if (text.size() == 2 && text[0] == '\\') {
    switch (text[1]) {
      case 't':
        return "\t";
      case '0':
        return std::string(1, '\0');
      case '\\':
        return "\\";
      default:
        return text;
    }
  }
  return text;
}

std::string_view MistakeIn(OptionKind kind, const std::string& text) {
  const std::string lower = LowerName(text);
  switch (kind) {
    case OptionKind::kBoolean:
      return lower == "true" || lower == "false" ? "" : "true or false";
    case OptionKind::kCharacter:
      return UnescapedOption(text).size() <= 1 ? "" : "one ASCII character, or nothing";
    case OptionKind::kDelimiter:
      return text.empty() || text.find_first_of("\r\n") != std::string::npos
                 ? "one character or more, without line ends"
                 : "";
    case OptionKind::kCount:
      return ParseCount(text).value_or(0) > 0 ? "" : "a whole number from 1";
    case OptionKind::kLines:
      return ParseCount(text) ? "" : "a whole number from 0";
    case OptionKind::kBytes:
      return ParseBytes(text).value_or(0) > 0 ? "" : "a size such as '10g', '512mb' or 1048576";
    case OptionKind::kTime:
      return ParseTimestamp(text) ? "" : "a time such as '2026-01-31T00:00:00'";
    case OptionKind::kMode:
      return lower == "permissive" || lower == "dropmalformed" || lower == "failfast"
                 ? ""
                 : "PERMISSIVE, DROPMALFORMED or FAILFAST";
    case OptionKind::kEvolution:
      return lower == "none" || lower == "rescue" || lower == "failonnewcolumns" ||
                     lower == "addnewcolumns" || lower == "addnewcolumnswithtypewidening"
                 ? ""
                 : "none, rescue, failOnNewColumns, addNewColumns or "
                   "addNewColumnsWithTypeWidening";
    case OptionKind::kFormat:
      if (MaskOfFormat(lower) != 0) return "";
      return lower == "orc" ? "csv, json, parquet, avro, xml, text or binaryFile (ORC files are "
                              "not supported: "
                              "neither the engine nor Debian has a library that reads them; make "
                              "them Parquet, "
                              "as with spark.read.orc(...).write.parquet(...) or pyarrow.orc)"
                            : "csv, json, parquet, avro, xml, text or binaryFile";
    case OptionKind::kInterval:
      return ParseDuration(text) ? "" : "a fixed length of time such as '14 days' or '90 minutes'";
    case OptionKind::kOverwrites:
      return lower == "true" || lower == "false" || lower == "append" || lower == "replace"
                 ? ""
                 : "true, false, append or replace";
    case OptionKind::kCleaning:
      return lower == "off" || lower == "delete" || lower == "move" ? "" : "OFF, DELETE or MOVE";
    case OptionKind::kLineSeparator:
      return text.empty() || text.size() > SeparatedReader::kLongestSeparator
                 ? "a text of 1 to 16 bytes"
                 : "";
    case OptionKind::kText:
    case OptionKind::kColumns:
      return "";
  }
  return "";
}

}  // namespace weir::connect
