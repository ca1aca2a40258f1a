#pragma once

#include <map>
#include <string>
#include <vector>

#include "weir/delta/row_set.h"
#include "weir/session/change_data.h"
#include "weir/session/found_rows.h"
#include "weir/session/merge_parts.h"
#include "weir/session/session.h"
#include "weir/session/table_write.h"
#include "weir/session/touched_rows.h"
#include "weir/sql/change_binder.h"

namespace weir::session {

// No relation that a statement names has this number.
inline constexpr sql::InputId kChangedTable = UINT32_MAX;

// Whether the rows of a change are deleted by their positions.
bool TakesDeletedRows(const delta::Snapshot& table, const sql::BoundChange& change);

// One DELETE, UPDATE or MERGE of one table while it runs. The files with rows that change are
// written anew; or, where the table's property delta.enableDeletionVectors is true, the rows are
// deleted by their positions and only what takes their place is written. Where the table has a
// change feed, what changes is written for its readers first, and what takes the place of rows is
// taken from there: so both are the same whatever gave it. What is passed outlives it.
class ChangeRun {
 public:
  ChangeRun(const Services& services, const std::string& id, const Prepared& prepared,
            const delta::Table& table, sql::BindOptions rules);

  // Removes the files of which every row is picked, as far as it is known how many rows that are.
  void RemoveWholeFiles();
  // Finds what changes in the others, and writes the new files.
  void Change();

  // Of DELETE and UPDATE: the rows that the condition picks. `counted` is how a plan counts them.
  int64_t picked(const char* counted) const;
  // Of MERGE.
  int64_t updated() const { return Counted(sql::kUpdatedRows); }
  int64_t deleted() const { return Counted(sql::kDeletedRows); }
  int64_t inserted() const { return Counted(sql::kInsertedRows); }
  // Rows written again as they were, beside `changed` ones.
  int64_t copied(int64_t changed) const;
  const engine::RunStatistics& written() const { return written_; }

  size_t removed_files() const { return staged_.removed.size(); }
  size_t added_files() const { return staged_.files.size(); }
  // numDeletionVectorsAdded, numAddedChangeFiles and so on, `target` in front of the noun: "Target"
  // or "".
  std::map<std::string, std::string> VectorMetrics(const std::string& target) const;

  // What is to be committed, for whoever commits more with it. May hold no change.
  TableChange Staged(delta::CommitOptions commit);
  // The version; nothing when there was nothing to change.
  std::optional<delta::Version> Commit(delta::CommitOptions commit);

 private:
  void Remove(size_t at);
  bool IsMerge() const { return change_.rows != nullptr && change_.rows->columns.size() > 2; }
  bool FindsRows() const { return by_rows_ || feeds_ || !change_.settled; }
  // Of the table as it will be.
  const delta::Metadata& MetadataAfter();
  std::map<sql::InputId, engine::Input> InputsWith(std::vector<size_t> files,
                                                   RowsLeftOut left_out = {}) const;
  std::map<sql::InputId, engine::Input> InputsOf(const MergePart& part, RowsLeftOut left_out) const;
  // For plans that do not pick the rows themselves: that these alone are given to them.
  RowsLeftOut PickedFor(const RowsByFile& picked) const;
  void RewriteTouched();
  void RewriteMerged();
  std::vector<size_t> FindFiles();
  void ChangeRows();
  TouchedRows FindRows();
  TouchedRows FindPairs();
  void WriteRowsThatCome(const TouchedRows& rows);
  void WriteFeed(const sql::PlanPtr& feed, std::map<sql::InputId, engine::Input> inputs);
  // The steps in which a change of these files is written: of a MERGE with a large source several.
  std::vector<MergePart> PartsOf(const std::vector<size_t>& files) const;
  // Whether others of the same file were copied.
  bool DeleteRows(TouchedRows rows);
  bool IsCheaperToCopy(size_t at, const delta::RowSet& rows) const;
  void Copy(const RowsByFile& without);
  // `copies`: the plan gives rows of the table as they are.
  engine::WriteResult WriteNewFiles(const sql::PlanPtr& plan,
                                    std::map<sql::InputId, engine::Input> inputs, bool copies);
  // That, of the rows that the statement tells of.
  void Write(const sql::PlanPtr& plan, std::map<sql::InputId, engine::Input> inputs, bool copies);
  int64_t Counted(const std::string& name) const;

  const sql::BindOptions rules_;
  const Services& services_;
  const std::string& id_;
  const sql::BoundChange& change_;
  std::map<sql::InputId, engine::Input> inputs_;
  const delta::Table& table_;
  const delta::Snapshot& base_;
  const bool by_rows_;
  const bool feeds_;  // Rows are found by their positions, too.
  TableChange staged_;
  std::vector<size_t> candidates_;
  std::vector<size_t> removed_at_;  // Positions of `staged_.removed`.
  int64_t removed_whole_ = 0;       // Rows.
  int64_t found_ = 0;               // Rows that FindRows deletes.
  int64_t copied_ = 0;
  std::optional<MatchedSource> source_;  // Of MERGE, where its rows have places.
  int64_t source_rows_ = 0;              // How many there are.
  engine::RunStatistics written_;
  engine::FeedInput feed_;  // What was written for readers of the change feed.
};

}  // namespace weir::session
