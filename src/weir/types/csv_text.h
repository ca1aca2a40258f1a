#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weir/types/value.h"

namespace weir {

// How a line of CSV is read and written by from_csv and to_csv, with Spark's defaults.
struct CsvRules {
  std::string delimiter = ",";
  char quote = '"';    // NUL: none.
  char escape = '\\';  // NUL: none.
  char comment = 0;    // NUL: none.
  std::string null_text;
  std::string empty_text;
  std::string nan_text = "NaN";
  std::string positive_infinity = "Inf";
  std::string negative_infinity = "-Inf";
  bool trim_leading = false;
  bool trim_trailing = false;
};
// From options with names in lower case; those that are not there have their defaults. `writing`:
// blanks around values go then, and an empty text is a pair of quotes.
CsvRules CsvRulesOf(const std::map<std::string, std::string>& options, bool writing);

// The fields of one record, a line break being a character like others; nothing for a comment. A
// field that is NULL is nothing. Quotes that are not escaped stay, up to the next delimiter.
std::optional<std::vector<std::optional<std::string>>> SplitCsv(std::string_view line,
                                                                const CsvRules& rules);

// What a field spells in a type that is neither nested nor a date or time; nothing when none.
std::optional<Value> ReadCsvCell(std::string_view text, const DataType& type,
                                 const CsvRules& rules);

// `text` as a field of a record, `first` in it or not.
struct CsvQuoting {
  bool all = false;
  bool inner_quotes = true;  // Texts with quotes in them are quoted.
};
void AppendCsvField(std::string& out, std::string_view text, const CsvRules& rules,
                    const CsvQuoting& quoting, bool first);

}  // namespace weir
