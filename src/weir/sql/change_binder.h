#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "weir/sql/binder.h"

// DELETE, UPDATE and MERGE as plans that rewrite files, or that tell the rows to delete and those
// to add. Pure functions.
namespace weir::sql {

// The table that a statement changes.
struct ChangeTarget {
  InputId input;
  std::string display_name;            // "main.sales.orders"
  std::vector<std::string> qualifier;  // What may stand before a column, without an alias.
  Schema schema;
  std::optional<Evolution> evolution = std::nullopt;  // Of MERGE WITH SCHEMA EVOLUTION.
};

// What happens to rows, as the expectations of BoundChange::rewritten count it: those that fail.
inline constexpr const char* kUpdatedRows = "updated";
inline constexpr const char* kDeletedRows = "deleted";
inline constexpr const char* kInsertedRows = "inserted";
// In BoundChange::placed_rows: all rows of the source.
inline constexpr const char* kSourceRows = "source";

// A query that is computed once, before all else, since it might come out otherwise a second time
// (see IsSettled). Its rows are an input of other plans, under the names that its columns have.
struct HeldQuery {
  InputId input;
  PlanPtr plan;
};
// Whether rows that are held may have columns of the type.
bool CanBeHeld(const DataType& type);

// A change, in two steps: find the files that it touches, then write these anew; or find the rows,
// then write what they become. Whoever runs it gives the second step the target with only the
// touched files.
struct BoundChange {
  // Of DELETE and UPDATE: one row for each file to write anew, BIGINT, the position of the file in
  // the snapshot.
  PlanPtr touched;
  // The rows of the touched files as they will be, and the new ones: columns of the target, those
  // that the change adds last. Its expectations count what happened to how many rows.
  PlanPtr rewritten;
  // The same, where several source rows match a row of the target. Null: that can't be.
  PlanPtr rewritten_once;
  // Where the rows are that change, one for each: BIGINTs, the position of the file in the snapshot
  // and of the row in the file. Of MERGE one for each source row that matches one, and for each row
  // that changes without a match, with two BIGINTs more: the number of the clause that acts on it
  // (0: none does), and kNoPlace where there is no source row, else 0. Null: no file is touched.
  PlanPtr rows;
  // Of MERGE: the same with the place of the source row (types/row_place.h), counting them all; for
  // runs in which the input `source` gives places. Null: the source does not stand in one input.
  PlanPtr placed_rows;
  InputId source = 0;
  // What takes the place of those rows, and the new ones; columns and counts as of `rewritten`.
  // Null: nothing does.
  PlanPtr changed;
  PlanPtr changed_once;  // As `rewritten_once`.
  // All rows of the target as they are; columns as of `rewritten`. Null where `rows` is.
  PlanPtr kept;
  // What happens to those rows, and the new ones, as a change feed has it: columns of `rewritten`,
  // then the STRING _change_type; a row that is updated is there as it was and as it will be.
  // Counts as of `rewritten`, for the feed's rows. Null where `rows` is.
  PlanPtr feed;
  PlanPtr feed_once;  // As `rewritten_once`.
  // Of DELETE and UPDATE: whether its condition picks the same rows each time. If not, `rows` alone
  // is to be asked, once: `changed` and `feed` are then of all rows of the target, to be given
  // those that were picked and no others.
  bool settled = true;
  std::vector<HeldQuery> held;  // What MERGE computes first: all of its plans read the rows.
  bool inserts = false;         // `rewritten` gives rows even without files.
  bool ambiguous = false;       // Whether it matters that several source rows would change a row.
  // TRUE for every row of the target that the change may touch; over `columns`, the target's own.
  BoundExprPtr picked;
  std::vector<PlanColumn> columns;
  Schema schema;  // Of the table after it.
};
using ChangeResult = std::variant<BoundChange, Diagnostics>;

ChangeResult BindDelete(const Delete& statement, const ChangeTarget& target, NameResolver& names,
                        const BindOptions& options);
ChangeResult BindUpdate(const Update& statement, const ChangeTarget& target, NameResolver& names,
                        const BindOptions& options);
ChangeResult BindMerge(const Merge& statement, const ChangeTarget& target, NameResolver& names,
                       const BindOptions& options);

}  // namespace weir::sql
