#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "weir/delta/row_set.h"
#include "weir/delta/table.h"
#include "weir/types/batch.h"

// Rows of a table's version by where they stand.
namespace weir::session {

using RowsByFile = std::map<size_t, delta::RowSet>;  // By position of the file in the snapshot.
std::vector<size_t> FilesOf(const RowsByFile& rows);

// The cells of a column of BIGINTs without NULLs.
const int64_t* LongsOf(const Batch& batch, size_t column);
// Rows of which each batch tells file and position, in its first two columns.
RowsByFile ReadFoundRows(BatchStream& rows);
// The same as long as there are not more than `most`; nothing then.
std::optional<RowsByFile> ReadFoundRows(BatchStream& rows, uint64_t most);

// What engine::TableInput leaves out for a scan of these files to give all rows but `rows`, which
// are there; or those alone.
using RowsLeftOut = std::map<size_t, std::shared_ptr<const delta::RowSet>>;
RowsLeftOut AllBut(const RowsByFile& rows, const io::Location& table, const delta::Snapshot& base);
RowsLeftOut NoneBut(const RowsByFile& rows, const delta::Snapshot& base);

}  // namespace weir::session
