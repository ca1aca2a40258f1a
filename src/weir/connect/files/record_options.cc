#include "weir/connect/files/record_options.h"

#include "weir/base/error.h"
#include "weir/connect/files/option_table.h"
#include "weir/connect/files/option_values.h"
#include "weir/types/data_type.h"
#include "weir/types/parse_text.h"

namespace weir::connect {

namespace {

ParseMode ModeFrom(const std::string& text) {
  const std::string lower = LowerName(text);
  if (lower == "dropmalformed") return ParseMode::kDropMalformed;
  return lower == "failfast" ? ParseMode::kFailFast : ParseMode::kPermissive;
}

}  // namespace

RecordOptions RecordOptionsFrom(const std::map<std::string, std::string>& options,
                                const TimeZonePtr& zone) {
  RecordOptions result;
  result.zone = zone;
  const auto text = [&](const char* name, std::string& into) {
    const auto found = options.find(LowerName(name));
    if (found != options.end()) into = found->second;
  };
  const auto flag = [&](const char* name, bool& into) {
    const auto found = options.find(LowerName(name));
    if (found != options.end()) into = LowerName(found->second) == "true";
  };
  const auto character = [&](const char* name, char& into) {
    const auto found = options.find(LowerName(name));
    if (found == options.end()) return;
    const std::string one = UnescapedOption(found->second);
    into = one.empty() ? '\0' : one[0];
  };
  for (const auto& [name, value] : options) {
    const OptionInfo* const info = FindOption(name);
    const std::string_view mistake = info == nullptr ? "known" : MistakeIn(info->kind, value);
    if (!mistake.empty()) {
      throw Error(ErrorCode::kInvalid,
                  "option `" + name + "` is '" + value + "', but must be " + std::string(mistake));
    }
  }
  std::string mode;
  text("mode", mode);
  result.mode = ModeFrom(mode);
  result.ignore_corrupt_files = result.mode != ParseMode::kFailFast;
  flag("ignoreCorruptFiles", result.ignore_corrupt_files);
  flag("ignoreMissingFiles", result.ignore_missing_files);
  flag("readerCaseSensitive", result.case_sensitive);
  text("columnNameOfCorruptRecord", result.corrupt_column);
  flag("multiLine", result.multi_line);
  text("lineSep", result.line_separator);
  flag("wholeText", result.whole_text);
  flag("header", result.header);
  flag("enforceSchema", result.by_position);
  text("sep", result.delimiter);
  text("delimiter", result.delimiter);
  result.delimiter = UnescapedOption(result.delimiter);
  character("quote", result.quote);
  character("escape", result.escape);
  character("comment", result.comment);
  text("nullValue", result.null_text);
  text("emptyValue", result.empty_text);
  text("nanValue", result.nan_text);
  text("positiveInf", result.positive_infinity);
  text("negativeInf", result.negative_infinity);
  flag("ignoreLeadingWhiteSpace", result.trim_leading);
  flag("ignoreTrailingWhiteSpace", result.trim_trailing);
  flag("primitivesAsString", result.primitives_as_text);
  text("singleVariantColumn", result.variant_column);
  std::string evolution;
  text("schemaEvolutionMode", evolution);
  result.fails_on_new = LowerName(evolution) == "failonnewcolumns";
  text("rowTag", result.row_tag);
  text("attributePrefix", result.attribute_prefix);
  text("valueTag", result.value_tag);
  if (const auto found = options.find("nullvalue"); found != options.end()) {
    result.xml_null = found->second;
  }
  flag("excludeAttribute", result.exclude_attributes);
  flag("ignoreSurroundingSpaces", result.trim_text);
  flag("ignoreNamespace", result.ignore_namespace);
  text("wildcardColName", result.any_column);
  if (const auto found = options.find("skiprows"); found != options.end()) {
    result.skip_rows = ParseLong(found->second).value_or(0);
  }
  return result;
}

}  // namespace weir::connect
