#include <gtest/gtest.h>

#include "weir/sql/bound_exprs.h"
#include "weir/sql/change_binder.h"
#include "weir/sql/memory_names.h"

namespace weir::sql {
namespace {

bool SettledText(const std::string& sql) {
  MemoryNames names;
  const PlanPtr plan = BindText(sql, names);
  EXPECT_NE(plan, nullptr) << sql;
  return plan != nullptr && IsSettled(*plan);
}

TEST(SettledTest, WhatAsksForNoOrderIsSettled) {
  for (const char* sql :
       {"select a + 1, upper(b), current_timestamp() from t where a > 1",
        "select distinct a from t union all select a from u order by 1",
        "select b, count(*), sum(a), avg(c), min(price), max(b), count_if(a > 1) from t group by b",
        "select count(x), count(distinct x) from u",
        "select a, rank() over (order by b), dense_rank() over (partition by a order by c) from t",
        "select sum(a) over (partition by b order by c), count(*) over () from t",
        "select max(a) over (partition by b order by c rows between unbounded preceding and "
        "unbounded following) from t",
        "select * from t where a in (select a from u) and exists (select 1 from u where u.a = t.a)",
        "with w as (select a from t) select * from w join u using (a)",
        "select explode(arr) from nested", "select * from t limit 0",
        "select * from t tablesample (100 percent)"}) {
    EXPECT_TRUE(SettledText(sql)) << sql;
  }
}

TEST(SettledTest, WhatTellsOfTheFirstOrOfSomeIsNot) {
  for (const char* sql :
       {"select rand() from t",
        "select uuid()",
        "select * from t limit 10",
        "select * from t order by a limit 10",
        "select * from t order by a offset 3",
        "select * from t tablesample (20 percent)",
        "select * from t tablesample (20 percent) repeatable (7)",
        "select first(a) from t",
        "select any_value(a) from t group by b",
        "select last(a) from t",
        "select collect_list(a) from t",
        "select array_agg(a) from t",
        "select max_by(a, c) from t",
        "select mode(a) from t",
        "select sum(x) from u",
        "select avg(x) from u",
        "select max(x) from u",
        "select string_agg(b) from t",
        "select a, row_number() over (partition by b order by c) from t",
        "select * from t qualify row_number() over (partition by a order by c) = 1",
        "select lag(a) over (order by c) from t",
        "select ntile(4) over (order by c) from t",
        "select first_value(a) over (partition by b order by c) from t",
        "select sum(a) over (order by c rows between 1 preceding and current row) from t",
        "select * from t where a in (select a from u limit 3)",
        "select (select any_value(a) from u where u.a = t.a) from t",
        "with w as (select any_value(a) as a from t) select * from w join u using (a)"}) {
    EXPECT_FALSE(SettledText(sql)) << sql;
  }
}

ChangeResult BindChange(const std::string& sql) {
  MemoryNames names;
  auto parsed = ParseStatement(std::make_shared<SourceText>(SourceText{"test.sql", sql}));
  if (auto* diagnostics = std::get_if<Diagnostics>(&parsed)) return *diagnostics;
  const StatementPtr statement = std::get<StatementPtr>(std::move(parsed));
  const ChangeTarget target{
      UINT32_MAX,
      "k",
      {"k"},
      Schema({{"a", TypeId::kInt, true, "{}"}, {"b", TypeId::kString, true, "{}"}})};
  const BindOptions options = TestOptions();
  if (const auto* merge = std::get_if<Merge>(&statement->node)) {
    return BindMerge(*merge, target, names, options);
  }
  if (const auto* update = std::get_if<Update>(&statement->node)) {
    return BindUpdate(*update, target, names, options);
  }
  return BindDelete(std::get<Delete>(statement->node), target, names, options);
}

BoundChange Bound(const std::string& sql) {
  ChangeResult result = BindChange(sql);
  auto* const change = std::get_if<BoundChange>(&result);
  EXPECT_NE(change, nullptr) << sql;
  return change == nullptr ? BoundChange() : std::move(*change);
}

std::string Refusal(const std::string& sql) {
  ChangeResult result = BindChange(sql);
  const auto* const diagnostics = std::get_if<Diagnostics>(&result);
  return diagnostics == nullptr || diagnostics->empty() ? "" : diagnostics->front().condition;
}

bool Scans(const Plan& plan, InputId input) {
  const auto* scan = std::get_if<ScanPlan>(&plan.node);
  bool scans = scan != nullptr && scan->input == input;
  ForEachChildPlan(plan, [&](const PlanPtr& child) { scans = scans || Scans(*child, input); });
  return scans;
}

TEST(SettledTest, MergeHoldsASourceThatIsNotSettledAndReadsItAlone) {
  const BoundChange change = Bound(
      "merge into k using (select *, 1 as more from t qualify row_number() over (partition by a "
      "order by c) = 1) s on k.a = s.a when matched then update set b = s.b when not matched then "
      "insert (a, b) values (s.a, s.b)");
  ASSERT_EQ(change.held.size(), 1U);
  const HeldQuery& held = change.held[0];
  // Of its columns those that something reads.
  EXPECT_EQ(held.plan->columns.size(), 2U);
  for (const PlanPtr& plan :
       {change.rewritten, change.rewritten_once, change.rows, change.placed_rows, change.changed,
        change.changed_once, change.feed, change.feed_once}) {
    ASSERT_NE(plan, nullptr);
    EXPECT_TRUE(Scans(*plan, held.input));
    EXPECT_FALSE(Scans(*plan, 0));
  }
}

TEST(SettledTest, MergeOfASettledSourceHoldsNothing) {
  EXPECT_TRUE(Bound("merge into k using (select a, max(b) as b from t group by a) s on k.a = s.a "
                    "when matched then update set b = s.b")
                  .held.empty());
  // It is asked once.
  EXPECT_TRUE(Bound("merge into k using (select a, first(b) as b from t group by a) s on k.a = s.a "
                    "when not matched then insert (a, b) values (s.a, s.b)")
                  .held.empty());
}

TEST(SettledTest, MergeHoldsSubqueriesOfItsConditions) {
  EXPECT_EQ(Bound("merge into k using t s on k.a = s.a when matched and s.a in (select a from u "
                  "limit 3) then delete")
                .held.size(),
            1U);
  EXPECT_EQ(Refusal("merge into k using t s on k.a = s.a and s.a = (select first(a) from u where "
                    "u.a = k.a) when matched then delete"),
            "UNSUPPORTED_FEATURE");
  EXPECT_EQ(
      Refusal("merge into k using t s on k.a = s.a and rand() < 0.5 when matched then delete"),
      "DELTA_NON_DETERMINISTIC_FUNCTION_NOT_SUPPORTED");
}

TEST(SettledTest, MergeRefusesByNameWhatFilesCannotHold) {
  EXPECT_EQ(Refusal("merge into k using (select first(a) as a, first(interval '1' month) as m from "
                    "t) s on k.a = s.a and s.m is not null when matched then delete"),
            "UNSUPPORTED_FEATURE");
  // Nobody reads it.
  EXPECT_EQ(Bound("merge into k using (select first(a) as a, first(interval '1' month) as m from "
                  "t) s on k.a = s.a when matched then delete")
                .held.size(),
            1U);
}

TEST(SettledTest, UpdateAndDeleteSayWhetherTheyMayBeAskedTwice) {
  EXPECT_TRUE(Bound("delete from k where a in (select a from u)").settled);
  EXPECT_FALSE(Bound("delete from k where a in (select a from u limit 3)").settled);
  EXPECT_TRUE(Bound("update k set b = 'x' where a > 3").settled);
  EXPECT_FALSE(
      Bound("update k set b = 'x' where a in (select any_value(a) from u group by x)").settled);
  // What it sets is computed once in any case.
  EXPECT_TRUE(Bound("update k set b = uuid() where a > 3").settled);
}

}  // namespace
}  // namespace weir::sql
