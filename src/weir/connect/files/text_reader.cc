#include "weir/connect/files/text_reader.h"

#include <cstring>

namespace weir::connect {

namespace {

constexpr size_t kFirstCapacity = 1 << 20;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

TextReader::TextReader(std::unique_ptr<ByteStream> bytes, uint64_t offset, size_t longest,
                       bool passes_mark)
    : bytes_(std::move(bytes)),
      buffer_(new char[kFirstCapacity + kLinePadding]),
      capacity_(kFirstCapacity),
      longest_(std::max(longest, kKeptOfLong)),
      offset_(offset) {
  std::memset(buffer_.get() + capacity_, 0, kLinePadding);
  if (offset == 0 && passes_mark) PassMark();
}

TextReader::~TextReader() = default;

void TextReader::PassMark() {
  while (end_ < kByteOrderMark.size() && Fill()) {
  }
  if (Held().starts_with(kByteOrderMark)) Drop(kByteOrderMark.size());
}

void TextReader::Drop(size_t bytes) {
  begin_ += bytes;
  offset_ += bytes;
}

void TextReader::MarkLong(TextLine& line) {
  if (!line.too_long) long_beginning_ = Held().substr(0, kShownOfLong);
  line.too_long = true;
}

bool TextReader::Fill() {
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

}  // namespace weir::connect
