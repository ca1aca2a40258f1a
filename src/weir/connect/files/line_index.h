#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "weir/connect/files/text_reader.h"

namespace weir::connect {

// How many lines stand before a place in a file. Ranges of one file that share an index read it
// once between them, however many of them ask and in whatever order. Safe from many threads.
class LineIndex {
 public:
  explicit LineIndex(size_t files) : files_(files) {}

  // `file` is below the number given to the constructor; a line begins at `offset`. `open` gives
  // the file's lines from an offset at which one begins. Throws what reading throws.
  using Open = std::function<std::unique_ptr<TextReader>(uint64_t offset)>;
  int64_t LinesBefore(size_t file, uint64_t offset, const Open& open);

 private:
  struct File {
    std::mutex mutex;
    std::map<uint64_t, int64_t> before = {{0, 0}};  // By the offset at which a line begins.
  };

  std::deque<File> files_;
};

}  // namespace weir::connect
