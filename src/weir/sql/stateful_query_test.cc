#include "weir/sql/stateful_query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weir/sql/bound_exprs.h"
#include "weir/sql/event_time.h"
#include "weir/sql/fresh_ids.h"
#include "weir/sql/join_bounds.h"
#include "weir/sql/memory_names.h"
#include "weir/sql/stateful_builder.h"

namespace weir::sql {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct StreamsText {
  PlanPtr plan;
  std::set<InputId> streams;
};

void AddStreams(const Plan& plan, const MemoryNames& names, std::set<InputId>& streams) {
  const auto* const scan = std::get_if<ScanPlan>(&plan.node);
  if (scan != nullptr && names.NameOf(scan->input) != "k") streams.insert(scan->input);
  ForEachChildPlan(plan, [&](const PlanPtr& child) { AddStreams(*child, names, streams); });
}

// All tables of the text, `a` and `b` with a time, are streams; `k` is none.
StreamsText TextOf(const std::string& sql) {
  MemoryNames names;
  names.AddTable("a", "id INT, v INT, ts TIMESTAMP");
  names.AddTable("b", "id INT, v INT, ts TIMESTAMP");
  names.AddTable("k", "id INT, name STRING");
  BindOptions options = TestOptions();
  options.allow_streams = true;
  StreamsText text{BindText(sql, names, nullptr, options), {}};
  EXPECT_NE(text.plan, nullptr) << sql;
  text.plan = WithoutCtes(text.plan);
  AddStreams(*text.plan, names, text.streams);
  return text;
}

StatefulBatch BatchOfText(const std::string& sql) {
  const StreamsText text = TextOf(sql);
  EXPECT_TRUE(IsStateful(*text.plan, text.streams)) << sql;
  return BatchOf(text.plan, text.streams, {1'000, 2'000});
}

std::vector<std::string> KindsOf(const std::string& sql) {
  std::vector<std::string> kinds;
  for (const KeptRows& kept : BatchOfText(sql).kept) kinds.push_back(kept.kind);
  return kinds;
}

const JoinPlan* FindJoin(const Plan& plan) {
  if (const auto* join = std::get_if<JoinPlan>(&plan.node)) return join;
  const JoinPlan* found = nullptr;
  ForEachChildPlan(plan, [&](const PlanPtr& child) {
    if (found == nullptr) found = FindJoin(*child);
  });
  return found;
}

constexpr const char* kBoth =
    "select a.id from a watermark ts delay of interval 1 minute as a join b watermark ts delay of "
    "interval 1 minute as b on ";

// When rows of both sides end: "never" where they do not.
std::vector<std::string> Endings(const std::string& condition) {
  const StreamsText text = TextOf(kBoth + condition);
  const JoinPlan* join = FindJoin(*text.plan);
  std::vector<std::string> endings;
  for (const bool is_left : {true, false}) {
    const auto wait = WaitOf(*join, is_left, text.streams);
    endings.push_back(wait ? ShapeTextOf(wait->until) : "never");
  }
  return endings;
}

TEST(StatefulQueryTest, GroupsDistinctAndJoinsOfStreamsKeepRows) {
  EXPECT_THAT(KindsOf("select count(*) from a watermark ts delay of interval 1 minute group by "
                      "window(ts, '1 hour')"),
              ElementsAre("aggregate"));
  EXPECT_THAT(KindsOf("select count(*) from a watermark ts delay of interval 1 minute group by "
                      "session_window(ts, '1 hour'), id"),
              ElementsAre("session"));
  EXPECT_THAT(KindsOf("select distinct ts from a watermark ts delay of interval 1 minute"),
              ElementsAre("distinct"));
  EXPECT_THAT(KindsOf(std::string(kBoth) + "a.id = b.id"), ElementsAre("left", "right"));
  EXPECT_THAT(KindsOf("select a.id from a watermark ts delay of interval 1 minute as a left anti "
                      "join b watermark ts delay of interval 1 minute as b on a.ts = b.ts"),
              ElementsAre("left", "left matched", "right"));
  const StreamsText stateless = TextOf("select a.id from a join k on a.id = k.id");
  EXPECT_FALSE(IsStateful(*stateless.plan, stateless.streams));
}

TEST(StatefulQueryTest, OfFirstRowsOnlyKeysAreKept) {
  const std::string late = " from a watermark ts delay of interval 1 minute";
  const auto first = BatchOfText("select distinct on (id, ts) id, ts, v" + late);
  ASSERT_EQ(first.kept.size(), 1u);
  EXPECT_EQ(first.kept[0].kind, "first");
  EXPECT_THAT(first.kept[0].labels, ElementsAre("id", "ts"));
  EXPECT_THAT(ToText(*first.held.back().plan), testing::Not(HasSubstr("INTERVAL")));
  const auto within = BatchOfText("select distinct on (id) within watermark id, ts" + late);
  EXPECT_THAT(within.kept[0].labels, ElementsAre("id"));
  EXPECT_THAT(ToText(*within.held.back().plan), HasSubstr("00:01:00"));
  const auto without_time = BatchOfText(
      "select id from (select distinct on (id) within watermark "
      "*" +
      late + ")");
  EXPECT_THAT(ToText(*without_time.held.back().plan), HasSubstr("00:01:00"));
}

TEST(StatefulQueryTest, GroupsOfATableAreComputedAnew) {
  const StreamsText text = TextOf(
      "select a.id from a join (select id, count(*) as n from k group by id) as k on a.id = "
      "k.id");
  EXPECT_FALSE(IsStateful(*text.plan, text.streams));
}

TEST(StatefulQueryTest, WhatWindowsAreIsTold) {
  const auto batch = BatchOfText(
      "select count(*) from a watermark ts delay of interval 1 minute group by window(ts, '10 "
      "minutes', '5 minutes'), id");
  EXPECT_THAT(batch.kept[0].shape, HasSubstr("300000000"));
  ASSERT_EQ(batch.seen.size(), 1u);
  EXPECT_EQ(batch.seen[0].delay_ms, 60'000);
  EXPECT_EQ(batch.held.size(), 2u);
}

TEST(StatefulQueryTest, FiltersOfOtherColumnsGoBelowTheWatermark) {
  const auto batch = BatchOfText(
      "select count(*) from a watermark ts delay of interval 1 minute where v > 1 and ts > "
      "timestamp '2024-01-01' group by window(ts, '1 hour')");
  const std::string first = ToText(*batch.held[0].plan);
  EXPECT_THAT(first, HasSubstr("(v#"));
  EXPECT_THAT(first, testing::Not(HasSubstr("2024")));
}

// How often it is filtered before rows are joined.
size_t FiltersBelow(const std::string& sql) {
  size_t count = 0;
  for (const HeldQuery& held : BatchOfText(sql).held) {
    const std::string text = ToText(*held.plan);
    for (size_t at = text.find("Filter"); at != std::string::npos; at = text.find("Filter", at + 1))
      ++count;
  }
  return count;
}

TEST(StatefulQueryTest, FiltersOfOneSideGoBelowItsWatermark) {
  const std::string both =
      "select a.id from a watermark ts delay of interval 1 minute as a left join b watermark ts "
      "delay of interval 1 minute as b on a.ts = b.ts";
  EXPECT_EQ(FiltersBelow(both), 0u);
  EXPECT_EQ(FiltersBelow(both + " where a.v > 1"), 1u);
  EXPECT_EQ(FiltersBelow(both + " and b.v > 1"), 1u);
  EXPECT_EQ(FiltersBelow(both + " and a.v > 1"), 0u);
  EXPECT_EQ(FiltersBelow(both + " where b.v > 1"), 0u);
}

TEST(StatefulQueryTest, RowsEndByAnEventTimeThatIsToBeEqual) {
  EXPECT_THAT(Endings("a.id = b.id and a.ts = b.ts"),
              ElementsAre(HasSubstr("ts"), HasSubstr("ts")));
}

TEST(StatefulQueryTest, RowsEndByComparisonsOfEventTimes) {
  EXPECT_THAT(Endings("a.id = b.id"), ElementsAre("never", "never"));
  EXPECT_THAT(Endings("a.id = b.id and b.ts <= a.ts + interval 1 hour"),
              ElementsAre(HasSubstr("01:00:00.001"), "never"));
  EXPECT_THAT(Endings("a.id = b.id and b.ts < a.ts + interval 1 hour and b.ts > a.ts - interval 5 "
                      "minutes"),
              ElementsAre(HasSubstr("01:00:00'"), HasSubstr("00:05:00'")));
  EXPECT_THAT(Endings("a.id = b.id and b.ts between a.ts - interval 5 minutes and a.ts"),
              ElementsAre(HasSubstr("00:00:00.001"), HasSubstr("00:05:00.001")));
  // The later one is sure of both.
  EXPECT_THAT(Endings("b.ts < a.ts + interval 1 hour and b.ts < a.ts + interval 2 hours"),
              ElementsAre(HasSubstr("02:00:00'"), "never"));
  EXPECT_THAT(Endings("a.v < b.v"), ElementsAre("never", "never"));
}

// What a query of groups keeps, and until when: the first of what is held for it says.
std::string HeldFor(const std::string& kind, const std::string& sql) {
  const auto batch = BatchOfText(sql);
  for (size_t part = 0; part < batch.kept.size(); ++part) {
    if (batch.kept[part].kind != kind) continue;
    const std::string column = "p" + std::to_string(part) + "c0";
    for (const HeldQuery& held : batch.held) {
      if (held.plan->columns[0].name == column) return ToText(*held.plan);
    }
  }
  return "";
}

constexpr const char* kMet =
    "(select a.id, a.ts as a_ts, b.ts as b_ts from a watermark ts delay of interval 1 minute as a "
    "join b watermark ts delay of interval 1 minute as b on a.id = b.id and b.ts >= a.ts and b.ts "
    "< a.ts + interval 7 minutes)";

TEST(StatefulQueryTest, WhatJoinsGiveIsAsLateAsItsRowsWaited) {
  const std::string met = kMet;
  EXPECT_THAT(HeldFor("aggregate", "select count(*) from " + met + " group by a_ts"),
              HasSubstr("00:07:00"));
  EXPECT_THAT(HeldFor("distinct", "select distinct b_ts from " + met), HasSubstr("00:07:00"));
  EXPECT_THAT(HeldFor("left", "select m.id from " + met +
                                  " as m join b watermark ts delay of interval 1 minute as c on "
                                  "m.id = c.id and c.ts < m.a_ts + interval 1 minute"),
              HasSubstr("00:08:00"));
  EXPECT_THAT(HeldFor("aggregate",
                      "select count(*) from (select m.a_ts from " + met +
                          " as m join b watermark ts delay of interval 1 minute as c on m.id = "
                          "c.id and c.ts < m.a_ts + interval 1 minute) group by a_ts"),
              HasSubstr("00:08:00"));
}

std::vector<std::string> TimesOf(const std::string& sql) {
  const StreamsText text = TextOf(sql);
  const auto times = EventTimesOf(*text.plan, text.streams);
  std::vector<std::string> names;
  for (const PlanColumn& column : text.plan->columns) {
    if (times.Has(column.id)) names.push_back(column.name);
  }
  return names;
}

TEST(StatefulQueryTest, OnlyWhatRowsOfAJoinWaitedByIsATime) {
  EXPECT_THAT(TimesOf(std::string("select * from ") + kMet), ElementsAre("a_ts", "b_ts"));
  const std::string both =
      "select a.ts as a_ts, b.ts as b_ts from a watermark ts delay of interval 1 minute as a join "
      "b watermark ts delay of interval 1 minute as b on a.id = b.id";
  EXPECT_THAT(TimesOf(both), IsEmpty());
  EXPECT_THAT(TimesOf(both + " and b.ts < a.ts + interval 1 hour"), ElementsAre("a_ts"));
  EXPECT_THAT(TimesOf(both + " and b.ts = a.ts"), ElementsAre("a_ts", "b_ts"));
  // The left rows of the second join wait by a_ts, until b_ts is long over.
  EXPECT_THAT(TimesOf(std::string("select m.a_ts, m.b_ts, c.ts from ") + kMet +
                      " as m join b watermark ts delay of interval 1 minute as c on m.id = c.id "
                      "and c.ts between m.a_ts and m.a_ts + interval 1 hour"),
              ElementsAre("a_ts", "ts"));
}

TEST(StatefulQueryTest, OtherNumbersOfColumnsAreTheSameShape) {
  const std::string grouped =
      "watermark ts delay of interval 1 minute where v > 0 group by window(ts, '1 hour'), id";
  const auto one = BatchOfText("select count(*) from a " + grouped);
  const auto other =
      BatchOfText("select id, count(*) + 1 as n from (select * from a) " + grouped + ", 1 = 1");
  EXPECT_EQ(one.kept[0].shape.find('#'), std::string::npos);
  EXPECT_NE(one.kept[0].shape, other.kept[0].shape);
}

}  // namespace
}  // namespace weir::sql
