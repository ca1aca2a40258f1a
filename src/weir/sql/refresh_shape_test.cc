#include "weir/sql/refresh_shape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weir/sql/memory_names.h"

namespace weir::sql {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

RefreshShape ShapeOfText(const std::string& sql) {
  MemoryNames names;
  const PlanPtr plan = BindText(sql, names);
  EXPECT_NE(plan, nullptr) << sql;
  return plan == nullptr ? RefreshShape() : ShapeOf(plan);
}

std::vector<std::string> IssueNames(const std::string& sql) {
  std::vector<std::string> issues;
  for (const IncrementalIssue& issue : ShapeOfText(sql).issues) issues.push_back(issue.name);
  return issues;
}

std::string Technique(const std::string& sql) {
  const RefreshShape shape = ShapeOfText(sql);
  EXPECT_THAT(shape.issues, IsEmpty()) << sql;
  return shape.technique;
}

TEST(RefreshShapeTest, RowsAreLookedUpWhereNothingComputesGroups) {
  for (const char* sql :
       {"select a + 1, upper(b) from t where a > 1", "select a from t union all select a from u",
        "select t.a, u.x from t join u on t.a = u.a", "select t.a from t left join u on t.a = u.a",
        "select a from t where a in (select a from u)",
        "select a from t where not exists (select 1 from u where u.a = t.a)",
        "with w as (select a from t) select * from w join u using (a)",
        "select n, count(*) from (select a, count(*) as n from t group by a) group by n having "
        "n > 1 union all select 1, 2 from t"}) {
    EXPECT_EQ(Technique(sql), "ROW_BASED") << sql;
  }
}

TEST(RefreshShapeTest, GroupsAreReplacedWhereTheirKeysAreColumnsOfTheView) {
  EXPECT_EQ(Technique("select b, count(*), sum(a) from t group by b"), "GROUP_AGGREGATE");
  EXPECT_EQ(Technique("select sum(x) as s, a from u group by a having sum(x) > 3"),
            "GROUP_AGGREGATE");
  EXPECT_EQ(Technique("select b, max(a), collect_list(a) from t group by b"), "GENERIC_AGGREGATE");
  EXPECT_EQ(Technique("select count(*) from t"), "GROUP_AGGREGATE");
  EXPECT_EQ(Technique("select distinct a from t"), "GENERIC_AGGREGATE");
  EXPECT_EQ(Technique("select a, row_number() over (partition by b order by a), b from t"),
            "WINDOW_FUNCTION");
  const RefreshShape shape = ShapeOfText("select count(*), a % 3, b from t group by b, a % 3");
  EXPECT_EQ(shape.way, RefreshShape::Way::kByKeys);
  EXPECT_THAT(shape.key_columns, ElementsAre(2, 1));
}

TEST(RefreshShapeTest, GroupsOfCountsAndExactSumsAreMerged) {
  for (const char* sql :
       {"select b, count(*), sum(a) from t group by b", "select sum(a) as s, b from t group by b",
        "select upper(b) as u, b, n + 1 as m, n from (select b, count(a) as n from t group by b)",
        "select b, a from t group by b, a"}) {
    EXPECT_NE(ShapeOfText(sql).merged, nullptr) << sql;
  }
  for (const char* sql :
       {"select a, sum(x) from u group by a", "select b, max(a) from t group by b",
        "select b, count(distinct a) from t group by b", "select count(*) from t",
        "select b, count(*) from t group by b having count(*) > 1",
        "select b, count(*) + 1 from t group by b", "select b, count(*) from t group by b, a",
        "select b, count(*) filter (where a > 1) from t group by b"}) {
    EXPECT_EQ(ShapeOfText(sql).merged, nullptr) << sql;
  }
  EXPECT_THAT(ShapeOfText("select sum(a), b, count(*) from t group by b").merged_columns,
              ElementsAre(0, 2));
}

// Their keys are not there to be named, but the rows come out as they did before.
TEST(RefreshShapeTest, GroupsWithoutKeysInTheViewAreLookedUpAsRows) {
  EXPECT_EQ(Technique("select count(*) from t group by b"), "ROW_BASED");
  EXPECT_THAT(IssueNames("select sum(x) from u group by a"),
              ElementsAre("AGGREGATE_WITH_UNSUPPORTED_EXPRESSION"));
}

TEST(RefreshShapeTest, WhatIsNotExactIsReplacedByWhatIs) {
  const RefreshShape shape = ShapeOfText(
      "select t.b, s.x from t join (select a, sum(x) as x from u group by a) s on t.a = s.a");
  EXPECT_EQ(shape.way, RefreshShape::Way::kByKeys);
  EXPECT_THAT(shape.key_columns, ElementsAre(0));
  EXPECT_THAT(IssueNames("select t.b from t join (select a, sum(x) as x from u group by a) s on "
                         "t.a = s.a and s.x > 1.0"),
              ElementsAre("AGGREGATE_WITH_UNSUPPORTED_EXPRESSION"));
}

TEST(RefreshShapeTest, TellsWhatKeepsAQueryFromBeingFollowed) {
  EXPECT_THAT(IssueNames("select a from t limit 3"), ElementsAre("OPERATOR_NOT_SUPPORTED"));
  EXPECT_THAT(IssueNames("select a, rand() as r from t"),
              ElementsAre("NON_DETERMINISTIC_EXPRESSION"));
  EXPECT_THAT(IssueNames("select a, current_date() as d from t"), ElementsAre("TIME_FUNCTION"));
  EXPECT_THAT(IssueNames("select a from t tablesample (20 percent)"),
              ElementsAre("NON_DETERMINISTIC_EXPRESSION"));
  EXPECT_THAT(IssueNames("select a, rank() over (order by a) from t"),
              ElementsAre("WINDOW_FUNCTION_WITHOUT_PARTITION_BY"));
  EXPECT_THAT(IssueNames("select a from t where a > 3 or exists (select 1 from u)"),
              ElementsAre("SUBQUERY_EXPRESSION"));
  EXPECT_THAT(IssueNames("select a, uuid() as i from t limit 3"),
              ElementsAre("NON_DETERMINISTIC_EXPRESSION", "OPERATOR_NOT_SUPPORTED"));
}

}  // namespace
}  // namespace weir::sql
