#include "weir/session/touched_rows.h"

#include "weir/types/row_place.h"

namespace weir::session {

TouchedRows ReadPickedRows(BatchStream& rows) {
  TouchedRows touched;
  touched.deleted = ReadFoundRows(rows);
  touched.looked_at = touched.deleted;
  return touched;
}

TouchedRows ReadPairs(BatchStream& pairs, bool inserts, MatchedSource* source) {
  TouchedRows touched;
  while (const auto batch = pairs.Next()) {
    const int64_t* const files = LongsOf(*batch, 0);
    const int64_t* const positions = LongsOf(*batch, 1);
    const int64_t* const clauses = LongsOf(*batch, 2);
    const int64_t* const places = LongsOf(*batch, 3);
    delta::RowSet* seen = nullptr;  // Of the file at hand: rows come file by file.
    delta::RowSet* changed = nullptr;
    for (int64_t row = 0; row < batch->rows(); ++row) {
      const auto at = static_cast<size_t>(files[row]);
      if (seen == nullptr || files[row] != files[row - 1]) {
        seen = &touched.looked_at[at];
        changed = &touched.deleted[at];
      }
      const auto position = static_cast<uint64_t>(positions[row]);
      // Without a match a row comes once.
      if (!seen->Add(position)) touched.several_match = true;
      if (clauses[row] > 0 && !changed->Add(position)) touched.several_change = true;
      if (places[row] != kNoPlace && source != nullptr) source->Add(at, places[row]);
    }
  }
  std::erase_if(touched.deleted, [](const auto& rows) { return rows.second.empty(); });
  if (!inserts) touched.looked_at = touched.deleted;
  return touched;
}

}  // namespace weir::session
