#pragma once

#include <memory>

#include "weir/connect/files/text_reader.h"

namespace weir::connect {

// Lines that end with LF, CR LF or CR; the last one need not.
class LineReader : public TextReader {
 public:
  // `offset` is where `bytes` begins.
  LineReader(std::unique_ptr<ByteStream> bytes, uint64_t offset, size_t longest = kLongestLine);

  bool Next(TextLine& line) override;

 private:
  size_t FindEnd(size_t from) const;
  void SkipLong(TextLine& line);
};

}  // namespace weir::connect
