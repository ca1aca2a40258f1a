#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "weir/connect/bytes/byte_stream.h"

namespace weir::connect {

struct TextLine {
  std::string_view text;  // Without its end. At least kLinePadding readable bytes follow.
  uint64_t offset = 0;    // Of its first byte.
  int64_t number = 0;     // From 1, counted from where the reader began.
  bool too_long = false;  // Only its beginning is here.
};

constexpr size_t kLinePadding = 64;
constexpr size_t kLongestLine = 128 << 20;

// Lines that end with LF, CR LF or CR; the last one need not. A byte order mark at offset 0 is
// passed over. Memory is bounded by the longest line, and that by `longest`. Driven by one thread.
class LineReader {
 public:
  // `offset` is where `bytes` begins.
  LineReader(std::unique_ptr<ByteStream> bytes, uint64_t offset, size_t longest = kLongestLine);
  ~LineReader();

  // The next line, valid until the next call; false at the end. Throws Error{kCorrupt} as the
  // stream does, after all whole lines before that.
  bool Next(TextLine& line);
  int64_t lines() const { return lines_; }     // Given so far.
  uint64_t offset() const { return offset_; }  // Of the next line.

 private:
  bool Fill();
  size_t FindEnd(size_t from) const;
  void SkipLong(TextLine& line);
  void PassMark();

  std::unique_ptr<ByteStream> bytes_;
  std::unique_ptr<char[]> buffer_;
  size_t capacity_;
  size_t longest_;
  size_t begin_ = 0;  // Of what is not given out yet.
  size_t end_ = 0;
  uint64_t offset_;  // Of begin_.
  int64_t lines_ = 0;
  bool at_end_ = false;
  std::string long_beginning_;
};

}  // namespace weir::connect
