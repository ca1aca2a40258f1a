#include "weir/session/flow_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/io/memory_store.h"
#include "weir/io/testing/faulty_store.h"

namespace weir::session {
namespace {

using testing::ElementsAre;

// What counts of a source is the list of its plans, and its progress their texts joined.
class ListProgress final : public connect::Progress {
 public:
  explicit ListProgress(std::string all = {}) : all_(std::move(all)) {}
  void Add(const connect::BatchPlan& plan) override {
    all_ += ParseJson(plan.json, "a plan").get<std::string>();
  }
  std::string ToJson() const override { return Json(all_).dump(); }

 private:
  std::string all_;
};

class ListSource final : public connect::Source {
 public:
  std::string Identity() const override { return "list"; }
  Schema Discover() override { return {}; }
  std::unique_ptr<connect::Progress> NewProgress() const override {
    return std::make_unique<ListProgress>();
  }
  std::unique_ptr<connect::Progress> ProgressFromJson(const std::string& json) const override {
    return std::make_unique<ListProgress>(ParseJson(json, "progress").get<std::string>());
  }
  std::optional<connect::BatchPlan> Plan(const connect::Progress&,
                                         const connect::ReadLimit&) override {
    return std::nullopt;
  }
  Relation Read(const connect::BatchPlan&, const Schema&) override { return FileSet{}; }
  void Acknowledge(const connect::BatchPlan&) override {}
};

class FlowLogTest : public testing::Test {
 protected:
  // Batches `from` to `to`: each takes its own letter of the source and a version of the table.
  void Store(int64_t from, int64_t to) {
    for (int64_t batch = from; batch <= to; ++batch) {
      FlowBatch plan{"f", "t", {}};
      plan.inputs.push_back(
          {"list", "read_list", true, -1, -1, connect::BatchPlan{Json(Letter(batch)).dump()}});
      plan.inputs.push_back({"table:1", "main.s.t", true, batch - 1, batch, std::nullopt});
      log_.StoreAfter(batch - 1, plan);
    }
  }
  static std::string Letter(int64_t batch) {
    return std::string(1, static_cast<char>('a' + batch % 26));
  }
  std::string Taken(int64_t done) {
    const Reached reached = log_.Through(done);
    EXPECT_EQ(reached.tables.at("table:1").through, done);
    EXPECT_TRUE(reached.HasTableCalled("main.s.t"));
    return ParseJson(reached.sources.at("list").In(source_)->ToJson(), "progress")
        .get<std::string>();
  }
  void Compact(int64_t done) {
    Reached reached = log_.Through(done);
    SourceReached& list = reached.sources["list"];
    list = {list.In(source_)->ToJson(), {}};
    log_.Compact(done, reached);
  }
  std::vector<std::string> Keys() {
    std::vector<std::string> keys;
    for (const auto& object : store_->List("t/_weir/flows/f/0/", "", io::ObjectStore::kNoLimit)) {
      keys.push_back(object.key.substr(std::string("t/_weir/flows/f/0/").size()));
    }
    return keys;
  }
  static std::string Name(int64_t batch) {
    return "0000000000000000000" + std::to_string(batch) + ".json";
  }

  std::shared_ptr<io::MemoryStore> store_ = std::make_shared<io::MemoryStore>();
  io::Location table_{store_, "t/", "memory:/t"};
  FlowLog log_{table_, "f", 0};
  ListSource source_;
};

TEST_F(FlowLogTest, CompactingChangesNothingOfWhatCounts) {
  Store(0, 5);
  EXPECT_EQ(Taken(5), "abcdef");
  Compact(2);
  EXPECT_EQ(Taken(5), "abcdef");
  Compact(4);
  EXPECT_EQ(Taken(5), "abcdef");
  Store(6, 6);
  EXPECT_EQ(Taken(6), "abcdefg");
}

TEST_F(FlowLogTest, WhatACompactionReplacedGoesWithTheNextOne) {
  Store(0, 5);
  Compact(1);
  EXPECT_EQ(Keys().size(), 7u);
  Compact(3);
  EXPECT_THAT(Keys(), ElementsAre(Name(2), Name(3), Name(4), Name(5), "compacted/" + Name(1),
                                  "compacted/" + Name(3)));
  Compact(5);
  EXPECT_THAT(Keys(),
              ElementsAre(Name(4), Name(5), "compacted/" + Name(3), "compacted/" + Name(5)));
  EXPECT_EQ(Taken(5), "abcdef");
}

TEST_F(FlowLogTest, PlansOfASourceThatIsReadNoMoreAreKept) {
  Store(0, 3);
  log_.Compact(2, log_.Through(2));
  EXPECT_EQ(Taken(3), "abcd");
}

TEST_F(FlowLogTest, ARunThatIsFarBehindIsToldToRunAgain) {
  Store(0, 5);
  Compact(1);
  Compact(3);
  Compact(5);
  try {
    log_.Through(2);
    FAIL() << "it is not known what batches 0 to 2 took";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kConflict);
  }
}

TEST_F(FlowLogTest, AMissingPlanIsCorrupt) {
  Store(0, 2);
  store_->Delete("t/_weir/flows/f/0/" + Name(1));
  try {
    log_.Through(2);
    FAIL() << "batch 1 is not known";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
    EXPECT_THAT(error.what(), testing::HasSubstr("plan of batch 1"));
  }
}

// Cut after any of its calls, a compaction leaves what counts, and the next one catches up.
TEST_F(FlowLogTest, ACompactionCutAnywhereLosesNothing) {
  for (size_t call = 1;; ++call) {
    store_->DeleteAll("t/");
    Store(0, 9);
    Compact(2);
    Compact(5);
    io::Faults faults;
    const FlowLog cut({std::make_shared<io::FaultyStore>(store_, faults), "t/", "memory:/t"}, "f",
                      0);
    Reached reached = log_.Through(8);
    faults.BeforeAllFrom(call, io::Faults::Fail(ErrorCode::kUnavailable));
    bool done = true;
    try {
      cut.Compact(8, reached);
    } catch (const Error&) {
      done = false;
    }
    EXPECT_EQ(Taken(9), "abcdefghij") << "cut at call " << call;
    Compact(9);
    EXPECT_EQ(Taken(9), "abcdefghij") << "cut at call " << call;
    if (done) break;
  }
}

TEST_F(FlowLogTest, OlderGenerationsOfAllFlowsAreDeleted) {
  Store(0, 2);
  FlowLog(table_, "f", 1).StoreAfter(-1, {"f", "t", {}});
  FlowLog(table_, "main.s.g", 0).StoreAfter(-1, {"f", "t", {}});
  FlowLog(table_, "main.s.g", 10).StoreAfter(-1, {"f", "t", {}});
  DeleteGenerationsBefore(table_, 1);
  std::vector<std::string> keys;
  for (const auto& object : store_->List("t/", "", io::ObjectStore::kNoLimit)) {
    keys.push_back(object.key);
  }
  EXPECT_THAT(keys,
              ElementsAre("t/_weir/flows/f/1/" + Name(0), "t/_weir/flows/main.s.g/10/" + Name(0)));
}

}  // namespace
}  // namespace weir::session
