#include "weir/sql/clocks.h"

#include <gtest/gtest.h>

#include "weir/sql/bound_exprs.h"
#include "weir/sql/memory_names.h"

namespace weir::sql {
namespace {

constexpr int64_t kHour = 3'600'000'000;
// 2024-05-06 07:08:09 UTC, as TestOptions has it.
const Instant kNow = TestOptions().now;

PlanPtr Bound(const std::string& sql, const char* zone = "+00:00") {
  MemoryNames names;
  BindOptions options = TestOptions();
  options.zone = FixedZone(zone);
  const PlanPtr plan = BindText(sql, names, nullptr, options);
  EXPECT_NE(plan, nullptr) << sql;
  return plan;
}

bool Same(const std::string& sql, int64_t hours, const char* zone = "+00:00") {
  return SayTheSameAt(*Bound(sql, zone), Instant{kNow.micros - hours * kHour});
}

BoundExprPtr ConditionOf(const PlanPtr& plan) {
  return std::get<FilterPlan>(std::get<ProjectPlan>(plan->node).child->node).condition;
}

// By its clock.
std::string Said(const BoundExpr& condition) {
  std::string said;
  ForEachExpr(condition, [&](const BoundExpr& one) {
    if (IsClockCall(one))
      said += AsLiteral(*std::get<BoundCall>(one.node).arguments[0])->ToString();
  });
  return said;
}

TEST(ClocksTest, ADateSaysTheSameAllDayInItsZone) {
  const char* query = "select a from t where d >= current_date()";
  EXPECT_TRUE(Same(query, 7));
  EXPECT_FALSE(Same(query, 8));
  EXPECT_TRUE(Same(query, -16));
  EXPECT_FALSE(Same(query, -17));
  // 12:08 there.
  EXPECT_TRUE(Same(query, 12, "+05:00"));
  EXPECT_FALSE(Same(query, 13, "+05:00"));
  EXPECT_TRUE(Same(query, 0, "-10:00"));
  EXPECT_FALSE(Same("select a from t where d > now()", 1));
  EXPECT_TRUE(Same("select a from t", 1000));
}

TEST(ClocksTest, ConditionsAreAsTheyWereInTheirZone) {
  for (const char* clock : {"current_date()", "current_timestamp()", "localtimestamp()"}) {
    const std::string query = "select a from t where d >= " + std::string(clock);
    for (const char* zone : {"+00:00", "+05:00", "-10:00"}) {
      const Instant before{kNow.micros - 30 * kHour};
      BindOptions options = TestOptions();
      options.zone = FixedZone(zone);
      options.now = before;
      MemoryNames names;
      const PlanPtr then = BindText(query, names, nullptr, options);
      const PlanPtr now = Bound(query, zone);
      EXPECT_EQ(Said(*WithClocksAt(ConditionOf(now), before)), Said(*ConditionOf(then)))
          << query << " " << zone;
      EXPECT_NE(Said(*ConditionOf(now)), Said(*ConditionOf(then))) << query << " " << zone;
      EXPECT_EQ(DefinitionOf(now), DefinitionOf(then));
    }
  }
}

TEST(ClocksTest, OthersVaryByMoreThanTime) {
  EXPECT_TRUE(VariesByTimeAlone(Bound("select a, now() as n from t")));
  EXPECT_FALSE(VariesByTimeAlone(Bound("select a from t")));
  EXPECT_FALSE(VariesByTimeAlone(Bound("select a, rand() as r from t where d > now()")));
  EXPECT_FALSE(VariesByTimeAlone(Bound("select a, current_user() as u from t where d > now()")));
}

}  // namespace
}  // namespace weir::sql
