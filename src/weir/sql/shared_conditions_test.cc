#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weir/sql/memory_names.h"

namespace weir::sql {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(SharedConditionsTest, WhatAllBranchesAskForStandsBeforeTheOr) {
  EXPECT_THAT(BoundPlan("select b from t where (a > 1 and b = 'x') or (b = 'y' and a > 1) or "
                        "(a > 1 and c is null)"),
              HasSubstr("Filter ((a#0 > 1) and (((b#1 = x) or (b#1 = y)) or (c#2 is null)))"));
  EXPECT_THAT(BoundPlan("select b from t where d is null and ((a > 1 and c > 2 and b = 'x') or "
                        "(a > 1 and b = 'y' and c > 2))"),
              HasSubstr("Filter ((((d#3 is null) and (a#0 > 1)) and (c#2 > 2)) and "
                        "((b#1 = x) or (b#1 = y)))"));
  // An OR in a branch gives what it shares to that branch.
  EXPECT_THAT(BoundPlan("select b from t where (((a > 1 and b = 'x') or (a > 1 and b = 'y')) and "
                        "c > 2) or (a > 1 and c < 0)"),
              HasSubstr("Filter ((a#0 > 1) and ((((b#1 = x) or (b#1 = y)) and (c#2 > 2)) or "
                        "(c#2 < 0)))"));
}

TEST(SharedConditionsTest, JoinsFindTheirEqualities) {
  EXPECT_THAT(BoundDuckdb("select b from t left join u on (t.a = u.a and b = 'x' and x > 1e0) or "
                          "(t.a = u.a and b = 'y')"),
              HasSubstr("LEFT JOIN u AS t2 ON ((t1.\"a\" = t2.\"a\") AND ("));
  // Casts to a wider decimal never fail, so that no CASE hides the comparison.
  EXPECT_THAT(BoundDuckdb("select b from t, u where (t.a = u.a and price between 100 and 150.00) "
                          "or (t.a = u.a and price between 0.5 and c)"),
              Not(HasSubstr("CASE")));
}

TEST(SharedConditionsTest, ABranchThatAsksForNothingElseDecides) {
  const std::string plan = BoundPlan("select b from t where a > 1 or (a > 1 and b = 'x')");
  EXPECT_THAT(plan, HasSubstr("Filter (a#0 > 1)"));
  EXPECT_THAT(plan, Not(HasSubstr(" or ")));
  EXPECT_THAT(BoundPlan("select b from t where a > 1 or a > 1"), HasSubstr("Filter (a#0 > 1)"));
}

TEST(SharedConditionsTest, WhatMayFailKeepsItsGuards) {
  // The OR stays whole behind what its branches share.
  const std::string guarded =
      BoundPlan("select b from t where (a > 1 and c div a > 5) or (a > 1 and c div a < 2)");
  EXPECT_THAT(guarded, HasSubstr("Filter ((a#0 > 1) and (((a#0 > 1) and ("));
  EXPECT_THAT(guarded, HasSubstr(" > 5)) or ((a#0 > 1) and ("));
  // What may fail itself is not taken out: b = 'x' or b = 'y' decides where it counts.
  EXPECT_THAT(
      BoundPlan("select b from t where (b = 'x' and c div a > 5) or (b = 'y' and c div a > 5)"),
      HasSubstr("Filter (((b#1 = x) and ("));
}

TEST(SharedConditionsTest, WhatDiffersEachTimeIsNotShared) {
  EXPECT_THAT(BoundPlan("select b from t where (uuid() = b and a > 1) or (uuid() = b and a > 2)"),
              HasSubstr("and (a#0 > 1)) or (("));
}

}  // namespace
}  // namespace weir::sql
