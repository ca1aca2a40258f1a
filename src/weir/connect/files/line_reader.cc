#include "weir/connect/files/line_reader.h"

#include <algorithm>
#include <cstring>

namespace weir::connect {

LineReader::LineReader(std::unique_ptr<ByteStream> bytes, uint64_t offset, size_t longest)
    : TextReader(std::move(bytes), offset, longest, true) {}

// The first line end at or after `from`, or end_.
size_t LineReader::FindEnd(size_t from) const {
  const char* const start = buffer_.get() + from;
  const auto* feed = static_cast<const char*>(std::memchr(start, '\n', end_ - from));
  const size_t until = feed == nullptr ? end_ : static_cast<size_t>(feed - buffer_.get());
  const auto* back = static_cast<const char*>(std::memchr(start, '\r', until - from));
  return back == nullptr ? until : static_cast<size_t>(back - buffer_.get());
}

bool LineReader::Next(TextLine& line) {
  size_t scanned = begin_;
  size_t stop = FindEnd(scanned);
  // A CR at the very end of the buffer may have its LF behind it.
  while (stop == end_ || (buffer_[stop] == '\r' && stop + 1 == end_ && !at_end_)) {
    if (stop == end_ && end_ - begin_ > longest_) {
      SkipLong(line);
      return true;
    }
    scanned = stop - begin_;
    const bool more = Fill();  // Moves what is there.
    if (begin_ == end_) return false;
    stop = FindEnd(begin_ + scanned);
    if (!more) break;
  }
  line.text = std::string_view(buffer_.get() + begin_, stop - begin_);
  line.offset = offset_;
  line.number = ++lines_;
  line.too_long = false;
  size_t next = std::min(stop + 1, end_);
  if (stop < end_ && buffer_[stop] == '\r' && next < end_ && buffer_[next] == '\n') ++next;
  offset_ += next - begin_;
  begin_ = next;
  return true;
}

// Gives the beginning of a line that is too long, and drops the rest of it.
void LineReader::SkipLong(TextLine& line) {
  const std::string beginning(buffer_.get() + begin_, std::min(kShownOfLong, end_ - begin_));
  line.offset = offset_;
  line.number = ++lines_;
  line.too_long = true;
  size_t stop = end_;
  do {
    offset_ += end_ - begin_;
    begin_ = end_ = 0;
    if (!Fill()) break;
    stop = FindEnd(0);
  } while (stop == end_);
  if (end_ > 0) {
    const bool back = buffer_[stop] == '\r';
    if (back && stop + 1 == end_) {
      // Both are line ends; keep the CR until it is known whether an LF follows.
      offset_ += stop;
      begin_ = stop;
      Fill();
      stop = begin_;
    }
    size_t next = std::min(stop + 1, end_);
    if (back && next < end_ && buffer_[next] == '\n') ++next;
    offset_ += next - begin_;
    begin_ = next;
  }
  // The beginning is kept in front of what is left, where nothing else is.
  long_beginning_ = beginning;
  line.text = long_beginning_;
}

}  // namespace weir::connect
