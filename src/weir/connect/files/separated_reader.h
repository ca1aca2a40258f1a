#pragma once

#include <memory>
#include <string>

#include "weir/connect/files/text_reader.h"

namespace weir::connect {

// Records that a separator of one's own ends; the last one need not have it. Counts them as lines.
class SeparatedReader final : public TextReader {
 public:
  static constexpr size_t kLongestSeparator = 16;

  SeparatedReader(std::unique_ptr<ByteStream> bytes, uint64_t offset, std::string separator,
                  size_t longest = kLongestLine);

  bool Next(TextLine& line) override;

 private:
  const std::string separator_;
};

// The whole file as one record, a byte order mark included; an empty file has none.
class WholeReader final : public TextReader {
 public:
  explicit WholeReader(std::unique_ptr<ByteStream> bytes, size_t longest = kLongestLine);

  bool Next(TextLine& line) override;
};

}  // namespace weir::connect
