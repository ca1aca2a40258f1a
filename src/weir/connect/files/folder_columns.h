#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weir/connect/files/options.h"
#include "weir/types/relation.h"

// Columns that folders tell: "year=2024/month=1/a.csv".
namespace weir::connect {

// Name and value of the folders of a path below the base that are called "column=value", in their
// order; %XX in both stands for a byte. NULL is written __HIVE_DEFAULT_PARTITION__.
using FolderPairs = std::vector<std::pair<std::string, std::optional<std::string>>>;
FolderPairs FoldersOf(std::string_view path);

// The columns of these files' folders, or those that `options` list, with the types that Spark
// gives partition columns: the first of INT, BIGINT, DECIMAL, DOUBLE, DATE, TIMESTAMP, STRING that
// holds every value. `prefix`: of keys, what lies above them.
Schema InferFolderColumns(const FileOptions& options, const std::vector<SourceFile>& files,
                          const std::string& prefix);

// The columns with those of the folders: one of the same name takes the folders' type in its place,
// others come behind them.
Schema WithFolderColumns(const Schema& columns, const Schema& folders);

// Puts the values of `columns` into each file; NULL where no folder tells one. Throws
// DiagnosticError INVALID_PARTITION_VALUE for one that is not of its column's type.
void SetFolderValues(const Schema& columns, const std::string& prefix, const TimeZone& zone,
                     std::vector<SourceFile>& files);

}  // namespace weir::connect
