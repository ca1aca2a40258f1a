#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "weir/sql/change_binder.h"
#include "weir/sql/plan.h"

// Queries of streams that must know more than the rows of one batch: groups of rows, DISTINCT,
// joins of two streams (docs/decisions/0047-stateful-streams.md).
namespace weir::sql {

// Whether a query of these streams keeps rows between its batches.
bool IsStateful(const Plan& plan, const std::set<InputId>& streams);
// Whether rows of one of these streams come out.
bool IsStreaming(const Plan& plan, const std::set<InputId>& streams);
// The same query for rows that are all there.
PlanPtr WithoutWatermarks(const PlanPtr& plan);

// Moments, in milliseconds since 1970: rows up to the first come too late, and what was kept up to
// the second has ended. The first is the second of the batch before.
struct Watermarks {
  int64_t late_ms = 0;
  int64_t now_ms = 0;
};

// Rows that a query keeps between batches, for one of its operators.
struct KeptRows {
  std::string kind;  // "aggregate", "session", "distinct", "first", "left", "right", "matched".
  // Under the names that they are kept by ("p0c1"), and what the query calls them.
  std::vector<PlanColumn> columns;
  std::vector<std::string> labels;
  std::string shape;    // What kept rows mean besides: another one does not understand them.
  bool is_all = false;  // Of `next`: see there.
};
inline constexpr const char* kPartColumn = "part";
// The moment at which a kept row is not needed any more. NULL: it always is.
inline constexpr const char* kExpiresColumn = "expires";

// What the rows of one WATERMARK tell.
struct SeenTime {
  PlanPtr newest;  // One row of one BIGINT: the newest event time in milliseconds; NULL: no rows.
  int64_t delay_ms = 0;
};

// Under which numbers the plans of a batch read what was computed before them, all that is kept for
// an operator, and of it the files in which there may be rows that have ended.
inline constexpr InputId kHeldInputs = InputId{3} << 28;
inline constexpr InputId kKeptInputs = InputId{4} << 28;
inline constexpr InputId kEndedInputs = InputId{5} << 28;

// One batch of such a query, as plans over its inputs, what it keeps, and each other.
struct StatefulBatch {
  std::vector<KeptRows> kept;
  // To be computed once, in this order. Rows that they drop came too late.
  std::vector<HeldQuery> held;
  std::vector<SeenTime> seen;  // Of each WATERMARK, always in the same order.
  PlanPtr rows;                // That come out.
  // The rows that are kept from now on: whose they are (kPartColumn, INT: a position in `kept`),
  // when they expire, and the columns of all of `kept`, which are NULL for others. Those with
  // `is_all` give all their rows, others those besides the files in which nothing has ended.
  PlanPtr next;
};

// `plan` has no problem that StreamProblems would tell of (session/stream_rules.h).
StatefulBatch BatchOf(const PlanPtr& plan, const std::set<InputId>& streams,
                      const Watermarks& watermarks);

}  // namespace weir::sql
