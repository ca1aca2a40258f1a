#pragma once

#include <string>
#include <vector>

#include "weir/delta/table.h"
#include "weir/session/session.h"
#include "weir/session/table_write.h"
#include "weir/sql/ast.h"
#include "weir/types/predicate.h"

// The rows of a table in other files: what OPTIMIZE and automatic compaction do.
namespace weir::session {

// Those of `candidates` (positions in the snapshot's files) that are smaller than `target` bytes,
// of partitions that have at least `least` of them.
std::vector<size_t> SmallFiles(const delta::Snapshot& base, const std::vector<size_t>& candidates,
                               int64_t target, size_t least);

// The files of a clustered table that are worth clustering: those that nobody did, and those that
// are only part of a file. None where there is nothing to gain.
std::vector<size_t> UnclusteredFiles(const delta::Snapshot& base,
                                     const std::vector<Predicate::Path>& columns);

struct RowOrder {
  std::vector<Predicate::Path> columns = {};  // Empty: as they come.
  bool liquid = false;  // They are those of a clustered table, whose files say so.
};

// Writes the rows of `files` anew and stages that, without an operation. Nothing to write: nothing
// is staged. Throws Error{kUnsupported} for files outside the table's folder.
TableChange Rearranged(const Services& services, const std::string& statement_id,
                       const delta::Table& table, std::shared_ptr<const delta::Snapshot> base,
                       const std::vector<size_t>& files, const RowOrder& order);

// What the commit says of itself, with Delta's names.
void DescribeRearranging(TableChange& change, const RowOrder& order, const std::string& predicate,
                         bool automatic);

// The columns of a table, spelled as its schema does, that names of a statement mean. Throws
// DiagnosticError with `condition` for a name that means none.
std::vector<Predicate::Path> ColumnPaths(const std::vector<sql::Name>& names, const Schema& schema,
                                         const std::string& condition);

}  // namespace weir::session
