#pragma once

#include <optional>

#include "weir/sql/fresh_ids.h"
#include "weir/sql/plan_changes.h"
#include "weir/sql/refresh_shape.h"

// The queries that bring a materialised view up to date, from what changed in its inputs.
namespace weir::sql {

// The view's own rows as they are, and what a query before gave.
inline constexpr InputId kViewInput = InputId{3} << 28;
inline constexpr InputId kFoundInput = kViewInput + 1;

// What the columns of found rows are called: "c0", "c1", ... for those of the view or of the keys,
// and behind them these.
inline constexpr const char* kFoundWeight = "weight";
inline constexpr const char* kFoundFile = "file";
inline constexpr const char* kFoundRow = "row";
inline constexpr const char* kFoundUnsure = "unsure";

struct FoundKeyFacts {
  std::vector<bool> never_null;   // Of each key.
  std::optional<size_t> telling;  // One that alone leaves few rows of the view to look at.
};

class RefreshStatements {
 public:
  // `shape` has a way. `before`: when its clocks were read before, where they say something else
  // now. What is passed outlives this object.
  RefreshStatements(const RefreshShape& shape, const ChangedInputs& changed,
                    std::optional<Instant> before = std::nullopt);

  // By rows: the view's rows that come and go, and their weight. Nothing where no input changed,
  // and no clock.
  struct RowChanges {
    PlanPtr plan;
    bool only_inserts = false;  // Then it gives the rows of the view as they are, without weights.
  };
  std::optional<RowChanges> FindRows();
  // Where the rows of the view are that go: file and position. Reads found rows and the view.
  // `never_null`: of each of its columns whether no found row has NULL there.
  PlanPtr RowsThatGo(const std::vector<bool>& never_null);
  // Where the rows of the view are that have in one column what a row has there that goes: they
  // are those that go if there are as many, since those are all there. No found row has NULL there.
  PlanPtr RowsLikeThoseThatGo(size_t column);

  // By keys: those that changes touch. Nothing where no input changed.
  PlanPtr FindKeys();
  // Rows to add have a weight, and those that go file and position; the others are NULL. Reads
  // found keys and the view.
  PlanPtr ReplaceKeys(const FoundKeyFacts& facts);

  // By keys, of a shape whose groups are merged: what came to each of those that changes touch, and
  // what went, behind its keys. Nothing where no input changed.
  PlanPtr FindDifferences();
  // The groups that become others. Rows to add have weight 1, others 0; behind it stand file and
  // position of the view's row that goes, or -1, 1 where only ReplaceKeys can tell what becomes of
  // the group, and the values of the view's row. Reads found differences and the view.
  PlanPtr MergeGroups(const FoundKeyFacts& facts);

  // The found rows that come, with what is expected of them; `repeated`: some weights are above 1.
  PlanPtr RowsThatCome(bool repeated);
  // Expectations put on rows that have the view's columns.
  PlanPtr Expected(PlanPtr rows) const;

 private:
  PlanPtr AsFound(const PlanPtr& rows, const std::vector<PlanColumn>& columns,
                  const std::vector<NamedExpr>& behind);
  PlanPtr FoundRows(const std::vector<PlanColumn>& columns, std::vector<PlanColumn>& behind);
  PlanPtr ViewRows(std::vector<PlanColumn>& columns, PlanColumn& file, PlanColumn& row);
  // Those of the rows that have a found key in `view`, or that have what a found key has at the
  // telling one's place.
  PlanPtr WithKeys(PlanPtr rows, const std::vector<BoundExprPtr>& view, const FoundKeyFacts& facts);
  PlanPtr WithTellingKey(PlanPtr rows, const std::vector<BoundExprPtr>& view,
                         const FoundKeyFacts& facts);
  std::vector<BoundExprPtr> KeysOf(const std::vector<PlanColumn>& view) const;

  const RefreshShape& shape_;
  FreshIds ids_;
  ChangeDeriver changes_;
};

}  // namespace weir::sql
