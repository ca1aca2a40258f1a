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
// `metadata` goes, then _change_type. Those that a failure leaves are deleted.
struct WrittenChanges {
  engine::FeedInput rows;  // As an input, with the table's columns.
  std::vector<delta::CdcFile> files;
  engine::RunStatistics statistics;
};
WrittenChanges WriteChanges(const Services& services, const std::string& statement_id,
                            const sql::PlanPtr& plan, std::map<sql::InputId, engine::Input> inputs,
                            const io::Location& table, const delta::Metadata& metadata);

// The rows that a table gets by changes that were written, which are input `changes`: columns of
// `table`.
sql::PlanPtr RowsThatCome(sql::InputId changes, const Schema& table);

// Of rows that were replaced: those of `removed` that `rows` picks went away, and those of `added`
// came.
std::vector<delta::CdcFile> WriteReplacement(const Services& services,
                                             const std::string& statement_id,
                                             const RowCondition& rows, const delta::Table& table,
                                             const delta::Metadata& metadata,
                                             const std::vector<delta::AddFile>& removed,
                                             const std::vector<delta::AddFile>& added);

}  // namespace weir::session
