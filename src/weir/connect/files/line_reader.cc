#include "weir/connect/files/line_reader.h"

#include <algorithm>
#include <cstring>

namespace weir::connect {

namespace {

constexpr size_t kFirstCapacity = 1 << 20;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

LineReader::LineReader(std::unique_ptr<ByteStream> bytes, uint64_t offset, size_t longest)
    : bytes_(std::move(bytes)),
      buffer_(new char[kFirstCapacity + kLinePadding]),
      capacity_(kFirstCapacity),
      longest_(longest),
      offset_(offset) {
  std::memset(buffer_.get() + capacity_, 0, kLinePadding);
  if (offset == 0) PassMark();
}

LineReader::~LineReader() = default;

void LineReader::PassMark() {
  while (end_ < kByteOrderMark.size() && Fill()) {
  }
  if (std::string_view(buffer_.get(), end_).starts_with(kByteOrderMark)) {
    begin_ = kByteOrderMark.size();
    offset_ = begin_;
  }
}

// More bytes behind those not given out; makes room for them.
bool LineReader::Fill() {
  if (at_end_) return false;
  if (begin_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == capacity_) {
    const size_t larger = capacity_ * 2;
    std::unique_ptr<char[]> buffer(new char[larger + kLinePadding]);
    std::memcpy(buffer.get(), buffer_.get(), end_);
    std::memset(buffer.get() + larger, 0, kLinePadding);
    buffer_ = std::move(buffer);
    capacity_ = larger;
  }
  const size_t got = bytes_->Read(buffer_.get() + end_, capacity_ - end_);
  end_ += got;
  at_end_ = got == 0;
  return got > 0;
}

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
  constexpr size_t kShown = 4096;
  const std::string beginning(buffer_.get() + begin_, std::min(kShown, end_ - begin_));
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
