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

// Positions in a snapshot's files.
using FilePositions = std::vector<size_t>;

// Those of `candidates` that are smaller than `target` bytes, of partitions that have at least
// `least` of them.
FilePositions SmallFiles(const delta::Snapshot& base, const FilePositions& candidates,
                         int64_t target, size_t least);

// Those that OPTIMIZE packs: smaller than the table's target size, of partitions that have several,
// and those of which much is deleted.
FilePositions FilesToPack(const delta::Snapshot& base, const FilePositions& candidates);

// Those with deleted rows in them.
FilePositions FilesToPurge(const delta::Snapshot& base, FilePositions candidates);

// The files of a clustered table that are worth clustering: those that nobody did, those that are
// only part of a file and those of which much is deleted. None where there is nothing to gain.
FilePositions UnclusteredFiles(const delta::Snapshot& base,
                               const std::vector<Predicate::Path>& columns);

struct RowOrder {
  std::vector<Predicate::Path> columns = {};  // Empty: as they come.
  bool liquid = false;  // They are those of a clustered table, whose files say so.
};

// Writes the rows of `files` anew, with the ids they have where the table tracks rows, and stages
// that. Nothing to write: nothing is staged. The files of `base` were judged (JudgeFiles).
TableChange Rearranged(const Services& services, const std::string& statement_id,
                       const delta::Table& table, std::shared_ptr<const delta::Snapshot> base,
                       const FilePositions& files, const RowOrder& order,
                       delta::CommitOptions commit);

// What the commit says of itself, with Delta's names.
void DescribeRearranging(TableChange& change, const RowOrder& order, const std::string& predicate,
                         bool automatic);

// The columns of a table, spelled as its schema does, that names of a statement mean. Throws
// DiagnosticError with `condition` for a name that means none.
std::vector<Predicate::Path> ColumnPaths(const std::vector<sql::Name>& names, const Schema& schema,
                                         const std::string& condition);

}  // namespace weir::session
