#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "weir/connect/bytes/byte_stream.h"

namespace weir::connect {

// One record of a file, as it stands there: a line, unless the file is cut otherwise.
struct TextLine {
  std::string_view text;  // Without its end. At least kLinePadding readable bytes follow.
  uint64_t offset = 0;    // Of its first byte.
  int64_t number = 0;     // Of the line it begins in, from 1, counted from where the reader began.
  bool too_long = false;  // Only its beginning is here.
  // What is wrong with the file in front of the record; the text is empty where none follows.
  const char* problem = nullptr;
};

constexpr size_t kLinePadding = 64;
constexpr size_t kLongestLine = 128 << 20;

// Cuts a file into records. Memory is bounded by the longest record, and that by `longest`. Driven
// by one thread.
class TextReader {
 public:
  virtual ~TextReader();

  // The next record, valid until the next call; false at the end. Throws Error{kCorrupt} as the
  // stream does, after all whole records before that.
  virtual bool Next(TextLine& line) = 0;
  // The next line, where records can have several.
  virtual bool NextLine(TextLine& line) { return Next(line); }
  int64_t lines() const { return lines_; }     // Given so far.
  uint64_t offset() const { return offset_; }  // Of the next record.

 protected:
  // `offset` is where `bytes` begins. A byte order mark at the start of the file is passed over
  // where `passes_mark`.
  TextReader(std::unique_ptr<ByteStream> bytes, uint64_t offset, size_t longest, bool passes_mark);

  // More bytes behind those held; makes room for them. False at the end.
  bool Fill();
  std::string_view Held() const { return {buffer_.get() + begin_, end_ - begin_}; }
  // Moves on over the first `bytes` of those held.
  void Drop(size_t bytes);

  // Takes the record that begins here. `scan(held, from)` looks for its end in what is held, from
  // `from` on (all before it has been looked at), and gives the length of the record and of what
  // separates it from the next. Without an end it goes to the end of the file.
  struct Extent {
    size_t length;
    size_t separator;
  };
  template <typename Scan>
  void Take(TextLine& line, const Scan& scan);

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

 private:
  void PassMark();
  // Keeps the beginning of a record that is too long.
  void MarkLong(TextLine& line);
};

constexpr size_t kShownOfLong = 4096;
constexpr size_t kKeptOfLong = 64;  // So that a separator across two reads is seen.

template <typename Scan>
void TextReader::Take(TextLine& line, const Scan& scan) {
  line.offset = offset_;
  line.too_long = false;
  std::optional<Extent> extent;
  for (size_t from = 0; !(extent = scan(Held(), from));) {
    from = Held().size();
    if (from > longest_) {
      MarkLong(line);
      Drop(from - kKeptOfLong);
      from = kKeptOfLong;
    }
    if (!Fill()) {
      extent = Extent{Held().size(), 0};
      break;
    }
  }
  if (extent->length > longest_) MarkLong(line);
  line.text = line.too_long ? std::string_view(long_beginning_) : Held().substr(0, extent->length);
  Drop(extent->length + extent->separator);
}

}  // namespace weir::connect
