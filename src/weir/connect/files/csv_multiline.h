#pragma once

#include <memory>

#include "weir/connect/files/line_reader.h"
#include "weir/connect/files/options.h"

namespace weir::connect {

// Records of CSV, in which a line that ends within quotes goes on. Quotes are told as CsvSplitter
// tells them. One that is never closed spoils only the line it stands in: the next record begins
// behind that.
class CsvMultiLineReader final : public LineReader {
 public:
  CsvMultiLineReader(std::unique_ptr<ByteStream> bytes, const RecordOptions& options,
                     size_t longest = kLongestLine);

  bool Next(TextLine& line) override;
  bool NextLine(TextLine& line) override { return LineReader::Next(line); }

 private:
  // How far a line is looked at: within quotes, or outside of them and how.
  enum class State { kFieldStart, kPlain, kQuoted, kClosed };

  State Scan(std::string_view line, State state) const;
  bool IsDelimiter(std::string_view line, size_t at) const;
  bool HoldLine(size_t from, size_t& end, size_t& next);

  const std::string delimiter_;
  const char quote_;
  const char escape_;
  const char comment_;
  const bool trims_;
};

}  // namespace weir::connect
