#include "weir/io/s3_reader.h"

#include <algorithm>
#include <cstring>

namespace weir::io {
namespace {

constexpr size_t kFirstWindow = size_t{256} << 10;
constexpr size_t kLargestWindow = size_t{16} << 20;

}  // namespace

void ReadAhead::Keep(uint64_t begin, std::string bytes) {
  tail_ = std::make_shared<const Piece>(Piece{begin, std::move(bytes)});
}

std::shared_ptr<const ReadAhead::Piece> ReadAhead::FetchPiece(uint64_t begin, size_t length) {
  auto piece = std::make_shared<Piece>();
  piece->begin = begin;
  piece->bytes.resize(length);
  fetch_(begin, piece->bytes.data(), length);
  return piece;
}

std::shared_ptr<const ReadAhead::Piece> ReadAhead::FetchTail() {
  const auto length = static_cast<size_t>(std::min<uint64_t>(kTailBytes, size_));
  auto tail = FetchPiece(size_ - length, length);
  const std::lock_guard lock(mutex_);
  tail_ = tail;
  return tail;
}

size_t ReadAhead::Wanted(uint64_t offset, size_t length) {
  const bool reads_on = offset == next_;
  next_ = offset + length;
  window_ = reads_on ? std::min(kLargestWindow, std::max(kFirstWindow, window_ * 2)) : 0;
  const size_t wanted = std::max(length, window_);
  return static_cast<size_t>(std::min<uint64_t>(wanted, size_ - offset));
}

size_t ReadAhead::ReadAt(uint64_t offset, char* into, size_t length) {
  if (offset >= size_) return 0;
  length = static_cast<size_t>(std::min<uint64_t>(length, size_ - offset));
  if (length == 0) return 0;
  std::shared_ptr<const Piece> piece;
  size_t wanted = 0;
  bool is_tail = false;
  {
    const std::lock_guard lock(mutex_);
    if (tail_ && tail_->Has(offset, length)) {
      piece = tail_;
    } else if (!tail_ && offset + std::min<uint64_t>(kTailBytes, size_) >= size_) {
      is_tail = true;
    } else if (last_ && last_->Has(offset, length)) {
      piece = last_;
      next_ = offset + length;
    } else {
      wanted = Wanted(offset, length);
    }
  }
  if (is_tail) piece = FetchTail();
  if (piece == nullptr && wanted == length) {
    fetch_(offset, into, length);
    return length;
  }
  if (piece == nullptr) {
    piece = FetchPiece(offset, wanted);
    const std::lock_guard lock(mutex_);
    last_ = piece;
  }
  std::memcpy(into, piece->bytes.data() + (offset - piece->begin), length);
  return length;
}

}  // namespace weir::io
