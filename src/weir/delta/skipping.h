#pragma once

#include <functional>
#include <set>
#include <string>

#include "weir/delta/snapshot.h"
#include "weir/types/data_type.h"
#include "weir/types/predicate.h"

namespace weir::delta {

// What is known of one file while a predicate is judged, asked for only when needed.
struct FileFacts {
  // The partition columns' values by name as in the schema.
  std::function<const std::map<std::string, Value>&()> partition;
  std::function<const FileStatistics&()> statistics;
};

// Whether the file may hold a row for which `rows` is true. Never false for one that does.
bool MayMatch(const Predicate& rows, const Schema& schema,
              const std::set<std::string>& partition_columns, const FileFacts& file);

// The top-level columns, named as in the schema, that `rows` speaks of.
std::set<std::string> ColumnsOf(const Predicate& rows, const Schema& schema);

}  // namespace weir::delta
