#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "weir/types/time_zone.h"

namespace weir::connect {

// What to do with a malformed record.
enum class ParseMode { kPermissive, kDropMalformed, kFailFast };

// How records of one file are read. Made from FileSet::options; what is not there has its default.
struct RecordOptions {
  ParseMode mode = ParseMode::kPermissive;
  bool ignore_corrupt_files = true;
  bool ignore_missing_files = false;
  bool case_sensitive = true;  // Among rescued columns only.
  std::string corrupt_column = "_corrupt_record";
  bool fails_on_new = false;     // schemaEvolutionMode => 'failOnNewColumns'
  bool multi_line = false;       // A record may go on over lines.
  std::string line_separator;    // "": LF, CR LF or CR.
  TimeZonePtr zone = UtcZone();  // Of times that name none.

  // Text.
  bool whole_text = false;  // A file is one record.

  // CSV.
  bool header = false;
  bool by_position = false;  // enforceSchema: the header's names don't count.
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
  int64_t skip_rows = 0;  // Lines at the start of each file.

  // XML.
  std::string row_tag;
  std::string attribute_prefix = "_";
  std::string value_tag = "_VALUE";
  std::optional<std::string> xml_null;  // nullValue
  bool exclude_attributes = false;
  bool trim_text = true;  // ignoreSurroundingSpaces
  bool ignore_namespace = false;
  std::string any_column = "xs_any";  // wildcardColName

  // JSON.
  bool primitives_as_text = false;
  std::string variant_column;  // singleVariantColumn: the one there is, of whole records.
};
// Throws Error{kInvalid} for a value that can't be.
RecordOptions RecordOptionsFrom(const std::map<std::string, std::string>& options,
                                const TimeZonePtr& zone = UtcZone());

}  // namespace weir::connect
