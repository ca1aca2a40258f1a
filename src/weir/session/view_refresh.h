#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "weir/session/found_batches.h"
#include "weir/session/found_rows.h"
#include "weir/session/input_changes.h"
#include "weir/session/session.h"
#include "weir/session/table_write.h"
#include "weir/session/view_changes.h"
#include "weir/sql/refresh_statements.h"

namespace weir::session {

// What an incremental refresh did.
struct RefreshCounts {
  int64_t changed = 0;  // Rows of the inputs, as far as their files tell.
  std::optional<int64_t> keys;
  int64_t added = 0;
  int64_t removed = 0;
};

// One incremental refresh of a materialised view while it runs. What is passed outlives it.
class ViewRefresh {
 public:
  // `now` gives what the view's query reads now, by the numbers of its inputs. `clocks_before`: as
  // RefreshStatements has it.
  ViewRefresh(const Services& services, const std::string& statement_id, const delta::Table& table,
              const sql::RefreshShape& shape, const InputChanges& changes,
              std::optional<Instant> clocks_before, std::map<sql::InputId, engine::Input> now,
              const sql::BindOptions& rules)
      : services_(services),
        id_(statement_id),
        table_(table),
        shape_(shape),
        changes_(changes),
        now_(std::move(now)),
        rules_(rules),
        statements_(shape, changes.changed(), clocks_before) {}

  // Stages in `change`, whose base is set, what makes the view one of its inputs now. What it adds
  // to `change.files` is there also when it throws. Error{kExhausted}: too much changed.
  // Error{kConflict}, condition MATERIALIZED_VIEW_OUT_OF_STEP: rows that are to go are not there.
  engine::WriteResult Stage(TableChange& change);
  const RefreshCounts& counts() const { return counts_; }
  // After Stage: what it does to the view, where that was looked for and is all there is.
  std::optional<ViewChanges::Changes> TakeChanges() { return std::move(made_); }

 private:
  engine::WriteResult ByRows(TableChange& change);
  engine::WriteResult ByKeys(TableChange& change);
  bool DropsRows() const;
  void KeepChanges(sql::HeldChanges kind, FoundBatches found);
  sql::FoundKeyFacts FactsOf(const FoundBatches& keys) const;
  // Nothing where groups have to be computed anew to know what becomes of them.
  std::optional<engine::WriteResult> ByMerging(TableChange& change);
  RowsByFile FindRowsThatGo(const FoundBatches& found, int64_t count, const TableChange& change);
  engine::WriteResult Write(const sql::PlanPtr& rows, const FoundBatches* found,
                            TableChange& change);
  FoundBatches Find(const sql::PlanPtr& plan, const FoundBatches* found,
                    const TableChange& change) const;
  std::map<sql::InputId, engine::Input> InputsFor(const sql::Plan& plan, const FoundBatches* found,
                                                  const TableChange& change) const;
  void Remove(RowsByFile rows, TableChange& change);

  const Services& services_;
  const std::string& id_;
  const delta::Table& table_;
  const sql::RefreshShape& shape_;
  const InputChanges& changes_;
  const std::map<sql::InputId, engine::Input> now_;
  const sql::BindOptions& rules_;
  sql::RefreshStatements statements_;
  RefreshCounts counts_;
  std::optional<ViewChanges::Changes> made_;
};

}  // namespace weir::session
