#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "weir/io/object_store.h"

namespace weir::io {

// Reads an object that is far away in fewer, larger pieces than it is asked for: its end is kept
// from the start, or as soon as a part of it is read, and who reads on where they stopped gets ever
// larger pieces. Safe from many threads.
class ReadAhead {
 public:
  static constexpr size_t kTailBytes = size_t{64} << 10;
  // Gives exactly those bytes, which are in the object.
  using Fetch = std::function<void(uint64_t begin, char* into, size_t length)>;
  ReadAhead(const ObjectInfo& info, Fetch fetch) : size_(info.size), fetch_(std::move(fetch)) {}

  // Bytes of the object's end that are there already.
  void Keep(uint64_t begin, std::string bytes);
  size_t ReadAt(uint64_t offset, char* into, size_t length);

 private:
  struct Piece {
    uint64_t begin = 0;
    std::string bytes;
    uint64_t end() const { return begin + bytes.size(); }
    bool Has(uint64_t from, size_t count) const { return begin <= from && from + count <= end(); }
  };
  std::shared_ptr<const Piece> FetchTail();
  std::shared_ptr<const Piece> FetchPiece(uint64_t begin, size_t length);
  // How much to read where `length` bytes are wanted.
  size_t Wanted(uint64_t offset, size_t length);

  const uint64_t size_;
  const Fetch fetch_;
  std::mutex mutex_;
  std::shared_ptr<const Piece> tail_;
  std::shared_ptr<const Piece> last_;  // What was read ahead.
  uint64_t next_ = 0;                  // Where who reads on would come next.
  size_t window_ = 0;
};

}  // namespace weir::io
