#include "weir/connect/files/line_index.h"

#include <iterator>

namespace weir::connect {

namespace {

// Between places that are remembered: what is read again at most when an earlier place is asked
// for.
constexpr uint64_t kStep = 1 << 20;

}  // namespace

int64_t LineIndex::LinesBefore(size_t file, uint64_t offset, const Open& open) {
  File& known = files_.at(file);
  const std::lock_guard lock(known.mutex);
  const auto nearest = std::prev(known.before.upper_bound(offset));
  auto [at, lines] = *nearest;
  if (at == offset) return lines;
  const auto reader = open(at);
  TextLine line;
  for (uint64_t next = at + kStep; reader->Next(line) && line.offset < offset; ++lines) {
    if (line.offset < next) continue;
    known.before[line.offset] = lines;
    next = line.offset + kStep;
  }
  known.before[offset] = lines;
  return lines;
}

}  // namespace weir::connect
