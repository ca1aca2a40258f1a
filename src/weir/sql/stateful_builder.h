#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "weir/sql/fresh_ids.h"
#include "weir/sql/join_bounds.h"
#include "weir/sql/stateful_query.h"

namespace weir::sql {

// One batch while it is derived, from the bottom of the query up. Internal to stateful_*.
class StatefulBuilder {
 public:
  // `plan` has no CTEs.
  StatefulBuilder(const PlanPtr& plan, const std::set<InputId>& streams,
                  const Watermarks& watermarks)
      : plan_(plan), streams_(streams), watermarks_(watermarks), ids_(*plan) {}

  StatefulBatch Run();

 private:
  // Rows that are kept: by the names and in the order of KeptRows::columns, and when they expire.
  struct Rows {
    PlanPtr plan;
    std::vector<PlanColumn> columns;
    PlanColumn expires;
  };
  struct Side;  // Of a join.

  PlanPtr Convert(const PlanPtr& plan);
  PlanPtr OfWatermark(const WatermarkPlan& watermark, const PlanPtr& plan);
  // stateful_groups.cc
  PlanPtr OfGroups(const AggregatePlan& aggregate, const PlanPtr& plan);
  // Groups whose event time is a session.
  PlanPtr OfSessions(const AggregatePlan& aggregate, const PlanPtr& plan, const PlanPtr& rows,
                     const BoundExprPtr& moment, size_t part, InputId incoming);
  PlanPtr OfDistinct(const DistinctPlan& distinct, const PlanPtr& plan);
  PlanPtr OfDedup(const DedupPlan& dedup, const PlanPtr& plan);
  // New rows, of those with equal keys one, held: their columns, and when their keys expire.
  struct FirstRows {
    InputId held;
    std::vector<PlanColumn> columns;
    std::vector<size_t> keys;  // Positions in `columns`.
  };
  FirstRows FirstOf(const std::vector<PlanColumn>& columns, const std::vector<PlanColumn>& keys,
                    PlanPtr rows, BoundExprPtr expires);
  PlanPtr NewAmong(size_t part, const FirstRows& first, std::vector<PlanColumn>& columns);
  Rows KeysOf(size_t part, const FirstRows& first);
  // The rows that have ended, with these columns; others are kept on.
  PlanPtr Ended(size_t part, InputId incoming, const std::vector<PlanColumn>& columns);
  // stateful_joins.cc
  PlanPtr OfJoin(const JoinPlan& join, const PlanPtr& plan);
  Side SideOf(const JoinPlan& join, bool is_left);
  BoundExprPtr ArrivalOf(const JoinPlan& join, const Plan& own,
                         const std::optional<Wait>& wait) const;
  PlanPtr Joined(const JoinPlan& join, const Side& left, const Side& right, bool incoming_left);
  // Rows of both sides that met, held.
  struct Met {
    InputId held;
    std::vector<PlanColumn> columns;
  };
  PlanPtr ReadMet(const Met& met, std::vector<PlanColumn>& columns);
  PlanPtr FromSides(const PlanPtr& plan, PlanPtr met, const std::vector<PlanColumn>& columns,
                    const Side& left, const Side& right);
  Rows MatchesOf(const Met& met, size_t name, size_t expires, const Side& side);
  PlanPtr FirstMet(const PlanPtr& plan, const Met& met, const Side& left, size_t left_expires);
  PlanPtr Unmatched(const Side& side, const Rows& met, const std::vector<PlanColumn>& columns);

  // Rows that don't come too late by that moment; null: all.
  PlanPtr OnTime(PlanPtr rows, const BoundExprPtr& moment) const;
  BoundExprPtr HasEnded(const PlanColumn& expires) const;
  BoundExprPtr IsUpTo(const BoundExprPtr& moment, int64_t watermark_ms) const;

  size_t AddKept(std::string kind, const std::vector<PlanColumn>& columns, std::string shape);
  // Computes, once, rows for a part of what is kept: the values of `columns`, and when they expire.
  InputId HoldFor(size_t part, PlanPtr rows, const std::vector<BoundExprPtr>& columns,
                  BoundExprPtr expires);
  Rows Read(size_t part, InputId input);
  Rows ReadKept(size_t part) { return Read(part, kKeptInputs + static_cast<InputId>(part)); }
  Rows ReadEnded(size_t part) { return Read(part, kEndedInputs + static_cast<InputId>(part)); }
  InputId NewHeld(PlanPtr plan);
  // Rows of a part, one after the other, under these ids.
  PlanPtr Together(const std::vector<Rows>& inputs, const std::vector<PlanColumn>& columns);
  Rows Where(Rows rows, BoundExprPtr condition) const;
  void KeepOn(size_t part, const std::vector<Rows>& inputs, bool is_all);

  PlanPtr NextRows();

  const PlanPtr plan_;
  const std::set<InputId>& streams_;
  const Watermarks watermarks_;
  FreshIds ids_;
  StatefulBatch batch_;
  std::vector<PlanPtr> next_;  // Of each of what is kept: its columns, and when they expire.
};

// An expression's text, whatever columns are numbered.
std::string ShapeTextOf(const BoundExprPtr& expr);

}  // namespace weir::sql
