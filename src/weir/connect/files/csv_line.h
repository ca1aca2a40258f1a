#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "weir/connect/files/options.h"

namespace weir::connect {

struct CsvField {
  std::string_view text;  // Without quotes, escapes resolved.
  bool quoted = false;
};

// What counts as white space around a field: as Java's trim has it.
constexpr bool IsBlank(char c) { return static_cast<unsigned char>(c) <= ' '; }

// Takes lines of CSV apart. Quotes as in RFC 4180 within one line ("" is a quote inside quotes),
// and the escape character as in Spark (\" too). Not thread-safe.
class CsvSplitter {
 public:
  explicit CsvSplitter(const RecordOptions& options);

  // The fields of a line; texts are valid until the next call, and as long as the line is. At least
  // kLinePadding bytes behind the line can be read.
  const std::vector<CsvField>& Split(std::string_view line);
  // What is wrong with the quotes of the line just split; "" when nothing is.
  const char* mistake() const { return mistake_; }
  // The first field that the mistake spoils.
  size_t spoilt_field() const { return spoilt_; }

 private:
  void SplitPlain(std::string_view line);
  void SplitQuoted(std::string_view line);
  size_t FieldEnd(std::string_view line, size_t from) const;
  size_t ReadQuoted(std::string_view line, size_t open);
  size_t ReadUnquoted(std::string_view line, size_t from);
  void Spoil(const char* mistake);

  const std::string delimiter_;
  const char quote_;
  const char escape_;
  const bool trim_leading_;
  const bool trim_trailing_;
  std::vector<CsvField> fields_;
  std::deque<std::string> unescaped_;  // Stable addresses.
  size_t unescaped_used_ = 0;
  const char* mistake_ = "";
  size_t spoilt_ = 0;
};

// The names of columns from a header line: empty ones become _c<position>, and of equal ones each
// gets its position appended, as in Spark.
std::vector<std::string> CsvHeaderNames(const std::vector<CsvField>& fields,
                                        const RecordOptions& options);
// "_c0", "_c1", ...
std::string CsvPositionName(size_t position);

}  // namespace weir::connect
