#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "weir/delta/actions.h"
#include "weir/delta/column_mapping.h"
#include "weir/delta/snapshot.h"
#include "weir/types/data_type.h"

// Per-file statistics as JSON (PROTOCOL.md, "Per-file Statistics").
namespace weir::delta {

// `stats_json` read by the table's `schema`, whose fields files know as `stored`; only the
// top-level columns in `wanted` when given. Paths come out in the schema's names.
// Bounds come out safe to compare with: a cut-off string's maximum raised, timestamps' maxima
// widened by the millisecond that is cut off. What does not parse is left out.
FileStatistics ParseStatistics(std::string_view stats_json, const Schema& schema,
                               const std::vector<StoredField>& stored,
                               const std::set<std::string>* wanted = nullptr);
// Of a table whose columns are not mapped.
FileStatistics ParseStatistics(std::string_view stats_json, const Schema& schema);

// How many rows they tell of, the deleted ones of a vector included.
std::optional<int64_t> RowsOfStatistics(std::string_view stats_json);

// What is still true of them once `deleted` of the file's rows are gone.
FileStatistics WithoutRows(FileStatistics statistics, int64_t deleted);

// What a writer knows about one leaf column of a new file.
struct WrittenColumn {
  ColumnStatistics statistics;  // Exact, of the column's type; bounds without NaNs.
  bool has_nan = false;
};

// The `stats` of a new file. `file_columns` are the columns that the file holds (the table's
// without the partition columns), `columns` what is known of their leaves by the schema's names
// (arrays and maps count as leaves; only null_count is used of them). Keeps to the columns that
// `metadata`'s properties ask for (the first 32), cuts long strings and timestamps as the protocol
// says, and leaves out bounds that JSON can't hold or that NaNs would make wrong.
std::string BuildStatsJson(const Schema& file_columns, const Metadata& metadata, int64_t rows,
                           const std::map<Predicate::Path, WrittenColumn>& columns);

// The leaves that BuildStatsJson writes of.
std::vector<Predicate::Path> StatisticsLeaves(const Schema& file_columns, const Metadata& metadata);

// The least text above all texts that start with `prefix`; nothing when there is none.
std::optional<std::string> AboveAllWithPrefix(std::string prefix);

}  // namespace weir::delta
