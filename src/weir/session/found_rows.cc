#include "weir/session/found_rows.h"

#include <algorithm>

#include "weir/delta/deletion_vector.h"

namespace weir::session {
namespace {

// Of a file whose rows nobody counted: more than any file has.
constexpr uint64_t kMostRowsOfFile = uint64_t{1} << 32;

// Those that are gone included.
uint64_t RowsEverIn(const delta::AddFile& file, const delta::Snapshot& base) {
  const auto left = base.StatisticsOf(file).rows;
  if (!left) return kMostRowsOfFile;
  const auto vector = delta::DeletionVectorOf(file);
  return static_cast<uint64_t>(*left + (vector ? vector->cardinality : 0));
}

}  // namespace

std::vector<size_t> FilesOf(const RowsByFile& rows) {
  std::vector<size_t> files;
  files.reserve(rows.size());
  for (const auto& [at, of_file] : rows) files.push_back(at);
  return files;
}

const int64_t* LongsOf(const Batch& batch, size_t column) {
  const ArrowArray& cells = *batch.array().children[column];
  return static_cast<const int64_t*>(cells.buffers[1]) + cells.offset + batch.array().offset;
}

RowsByFile ReadFoundRows(BatchStream& rows) { return *ReadFoundRows(rows, UINT64_MAX); }

std::optional<RowsByFile> ReadFoundRows(BatchStream& rows, uint64_t most) {
  RowsByFile found;
  uint64_t count = 0;
  while (const auto batch = rows.Next()) {
    count += static_cast<uint64_t>(batch->rows());
    if (count > most) return std::nullopt;
    const int64_t* const files = LongsOf(*batch, 0);
    const int64_t* const positions = LongsOf(*batch, 1);
    for (int64_t row = 0; row < batch->rows(); ++row) {
      found[static_cast<size_t>(files[row])].Add(static_cast<uint64_t>(positions[row]));
    }
  }
  return found;
}

RowsLeftOut AllBut(const RowsByFile& rows, const io::Location& table, const delta::Snapshot& base) {
  RowsLeftOut left_out;
  for (const auto& [at, of_file] : rows) {
    auto gone = std::make_shared<delta::RowSet>(delta::DeletedRows(table, base.files()[at]));
    gone->AddAll(of_file);
    left_out.emplace(at, std::move(gone));
  }
  return left_out;
}

RowsLeftOut NoneBut(const RowsByFile& rows, const delta::Snapshot& base) {
  RowsLeftOut left_out;
  for (const auto& [at, of_file] : rows) {
    uint64_t count = RowsEverIn(base.files()[at], base);
    if (const auto last = of_file.last()) count = std::max(count, *last + 1);
    left_out.emplace(at, std::make_shared<const delta::RowSet>(of_file.OthersBelow(count)));
  }
  return left_out;
}

}  // namespace weir::session
