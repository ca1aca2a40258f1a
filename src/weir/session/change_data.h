#pragma once

#include <map>
#include <string>
#include <vector>

#include "weir/session/session.h"
#include "weir/session/table_write.h"

// What a statement writes for readers of a table's change feed, where the table's property
// delta.enableChangeDataFeed is true (docs/decisions/0035-change-data-feed.md).
namespace weir::session {

bool HasChangeFeed(const delta::Snapshot& table);

// Change data files with the rows of `plan`: the table's columns after the statement, by which
// `metadata` goes, then _change_type. The table's rules are asked of the rows that come from there,
// not of those that were.
struct WrittenChanges {
  engine::FeedInput rows;  // As an input, with the table's columns.
  std::vector<delta::CdcFile> files;
  engine::RunStatistics statistics;
  std::map<std::string, int64_t> last_numbers;  // As in engine::WriteResult.
};
WrittenChanges WriteChanges(const Services& services, const std::string& statement_id,
                            const sql::PlanPtr& plan, std::map<sql::InputId, engine::Input> inputs,
                            const io::Location& table, const delta::Metadata& metadata);

// The rows that a table gets by changes that were written, which are input `changes`: columns of
// `table`.
sql::PlanPtr RowsThatCome(sql::InputId changes, const Schema& table);

// `gone`, whose columns are those of a table, as changes: its rows were deleted.
sql::PlanPtr AsDeleted(sql::PlanPtr gone);

// Stages in `change` what readers of the feed are to know of rows that others replace: `gone` gives
// the changes of the table as it was, and the rows of the change's files came.
void WriteReplacement(const Services& services, const std::string& statement_id,
                      const sql::PlanPtr& gone, std::map<sql::InputId, engine::Input> inputs,
                      const delta::Table& table, TableChange& change);

}  // namespace weir::session
