#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "weir/base/clock.h"
#include "weir/sql/fresh_ids.h"
#include "weir/sql/key_restriction.h"
#include "weir/sql/plan.h"

// What comes to the rows of a plan, and what goes, when its inputs change.
namespace weir::sql {

// Under which numbers plans of changes read an input that changed: its rows now are under its own.
inline constexpr InputId kBeforeInputs = InputId{1} << 28;
inline constexpr InputId kChangedInputs = InputId{2} << 28;
inline InputId BeforeOf(InputId input) { return kBeforeInputs + input; }
// The columns of the input and `_change_type`, as a change feed has it; or changes that are held.
inline InputId ChangesOf(InputId input) { return kChangedInputs + input; }

// Columns of changes that are held in memory, besides those of the input: weights; or, of pairs of
// a row that came (weight 1, or 0: none did) and one that went, the place of that one, below 0
// where none did, and its values, each under the name of its column behind this.
inline constexpr const char* kHeldWeight =
    "\x01"
    "weight";
inline constexpr const char* kHeldPlace =
    "\x01"
    "place";
inline constexpr const char* kHeldBefore =
    "\x01"
    "before ";
enum class HeldChanges : uint8_t { kNone, kWeighted, kPaired };

struct ChangedInput {
  bool only_inserts = false;
  // Its files were written anew: most rows of its changes went and came again.
  bool rewritten = false;
  HeldChanges held = HeldChanges::kNone;
};
// Those that are not here did not change.
using ChangedInputs = std::map<InputId, ChangedInput>;

// Rows that came (weight above 0) and went (below), with the columns of some plan and `weight`
// behind them, a BIGINT. Equal rows add up.
struct PlanChanges {
  PlanPtr plan;
  PlanColumn weight;
  bool only_inserts = false;  // Each weight is 1.
};

// Derives changes. The plans that are asked for have no CTEs, and no IncrementalIssue
// (refresh_shape.h).
class ChangeDeriver {
 public:
  // `before`: when clocks in filters were read before, where they say something else now.
  ChangeDeriver(const ChangedInputs& changed, std::optional<Instant> before, FreshIds& ids)
      : changed_(changed), before_(before), ids_(ids) {}

  // Nothing where no input below it changed, and no clock.
  std::optional<PlanChanges> Of(const PlanPtr& plan);
  // Whether there are inputs below it that changed, or clocks.
  bool IsTouched(const Plan& plan) const;
  // The plan as it was before.
  PlanPtr Before(const PlanPtr& plan) const;
  // The distinct values of `exprs` in rows that changed; `changes` are those of a plan whose
  // columns they use. The columns are ids of their own.
  PlanPtr Keys(const PlanChanges& changes, const std::vector<BoundExprPtr>& exprs);
  // Equal rows made one, those that add up to nothing left out.
  PlanChanges Netted(PlanChanges changes);

 private:
  std::optional<PlanChanges> Of(const ScanPlan& scan, const PlanPtr& plan);
  std::optional<PlanChanges> Of(const ProjectPlan& project, const PlanPtr& plan);
  std::optional<PlanChanges> Of(const FilterPlan& filter, const PlanPtr& plan);
  std::optional<PlanChanges> Of(const SortPlan& sort, const PlanPtr& plan);
  std::optional<PlanChanges> Of(const GeneratePlan& generate, const PlanPtr& plan);
  std::optional<PlanChanges> Of(const JoinPlan& join, const PlanPtr& plan);
  std::optional<PlanChanges> Of(const SetPlan& set, const PlanPtr& plan);
  std::optional<PlanChanges> Of(const DistinctPlan& distinct, const PlanPtr& plan);
  std::optional<PlanChanges> Of(const AggregatePlan& aggregate, const PlanPtr& plan);
  std::optional<PlanChanges> Of(const WindowPlan& window, const PlanPtr& plan);
  std::optional<PlanChanges> Of(const auto&, const PlanPtr&) { return std::nullopt; }
  PlanChanges OfHeld(const ScanPlan& scan, const PlanPtr& plan, HeldChanges held);

  // Joins.
  PlanChanges OfInner(const JoinPlan& join, const PlanPtr& plan);
  PlanChanges OfKept(const JoinPlan& join, const PlanPtr& plan);
  PlanChanges OfRight(const JoinPlan& join, const PlanPtr& plan);
  PlanChanges OfFull(const JoinPlan& join, const PlanPtr& plan);

  // For what computes rows of groups: `with` makes the plan of its inputs, restricted to groups.
  using WithInputs = std::function<PlanPtr(const std::vector<PlanPtr>& inputs)>;
  PlanChanges OfGroups(const PlanPtr& plan, const std::vector<PlanPtr>& inputs,
                       const std::vector<PlanChanges>& changes,
                       const std::vector<std::vector<BoundExprPtr>>& keys, const WithInputs& with);

  // The rows of `rows`, which gives the columns of `plan`, with a weight.
  PlanChanges Weighted(const PlanPtr& rows, const std::vector<PlanColumn>& columns,
                       BoundExprPtr weight, bool only_inserts = false);
  PlanChanges AllChanges(const std::vector<PlanColumn>& columns,
                         const std::vector<PlanChanges>& parts);

  // Whether the condition says something else now, of the same row.
  bool IsMoved(const FilterPlan& filter) const;

  const ChangedInputs& changed_;
  const std::optional<Instant> before_;
  FreshIds& ids_;
};

BoundExprPtr WeightOf(int64_t weight);

}  // namespace weir::sql
