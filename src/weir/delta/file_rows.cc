#include "weir/delta/file_rows.h"

#include <algorithm>
#include <atomic>

#include "weir/delta/deletion_vector.h"
#include "weir/delta/parallel.h"
#include "weir/delta/statistics.h"
#include "weir/io/parallel.h"

namespace weir::delta {
namespace {

std::optional<int64_t> RowsAt(const AddFiles& files, size_t at) {
  const auto rows = RowsOfStatistics(files.StatisticsAt(at));
  if (!rows) return std::nullopt;
  const auto gone = DeletionVectorOf(files.HeadAt(at));
  return gone ? std::max<int64_t>(*rows - gone->cardinality, 0) : *rows;
}

}  // namespace

std::optional<int64_t> RowsIn(const AddFiles& files, const std::vector<size_t>& positions) {
  constexpr size_t kFilesAtOnce = 1 << 14;
  const size_t count = positions.size();
  std::atomic<int64_t> rows{0};
  std::atomic<bool> all_tell{true};
  io::InParallel((count + kFilesAtOnce - 1) / kFilesAtOnce, ReadingThreads(), [&](size_t part) {
    const size_t end = std::min(count, (part + 1) * kFilesAtOnce);
    int64_t of_part = 0;
    for (size_t i = part * kFilesAtOnce; i < end && all_tell; ++i) {
      const auto of_file = RowsAt(files, positions[i]);
      if (!of_file) all_tell = false;
      of_part += of_file.value_or(0);
    }
    rows += of_part;
  });
  if (!all_tell) return std::nullopt;
  return rows;
}

}  // namespace weir::delta
