#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "weir/delta/actions.h"
#include "weir/delta/snapshot.h"
#include "weir/types/data_type.h"

// Per-file statistics as JSON (PROTOCOL.md, "Per-file Statistics").
namespace weir::delta {

// `stats_json` read by the table's `schema`; only the top-level columns in `wanted` when given.
// Bounds come out safe to compare with: a cut-off string's maximum raised, timestamps' maxima
// widened by the millisecond that is cut off. What does not parse is left out.
FileStatistics ParseStatistics(std::string_view stats_json, const Schema& schema,
                               const std::set<std::string>* wanted = nullptr);

// What is still true of them once `deleted` of the file's rows are gone.
FileStatistics WithoutRows(FileStatistics statistics, int64_t deleted);

// What a writer knows about one leaf column of a new file.
struct WrittenColumn {
  ColumnStatistics statistics;  // Exact, of the column's type; bounds without NaNs.
  bool has_nan = false;
};

// The `stats` of a new file. `file_columns` are the columns that the file holds (the table's
// without the partition columns), `columns` what is known of their leaves (arrays and maps count
// as leaves; only null_count is used of them). Keeps to the columns that `metadata`'s properties
// ask for (the first 32), cuts long strings and timestamps as the protocol says, and leaves out
// bounds that JSON can't hold or that NaNs would make wrong.
std::string BuildStatsJson(const Schema& file_columns, const Metadata& metadata, int64_t rows,
                           const std::map<Predicate::Path, WrittenColumn>& columns);

// The least text above all texts that start with `prefix`; nothing when there is none.
std::optional<std::string> AboveAllWithPrefix(std::string prefix);

}  // namespace weir::delta
