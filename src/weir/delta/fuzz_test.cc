#include <gtest/gtest.h>

#include <random>

#include "weir/base/error.h"
#include "weir/delta/log.h"
#include "weir/delta/statistics.h"
#include "weir/delta/testing/tables.h"

namespace weir::delta {
namespace {

// Pieces that have a meaning somewhere in a log.
constexpr const char* kPieces[] = {"null",
                                   "{",
                                   "}",
                                   "[",
                                   "]",
                                   "\"",
                                   ",",
                                   ":",
                                   "\\",
                                   "\\u0000",
                                   "-",
                                   "1e999",
                                   "99999999999999999999",
                                   "\"struct\"",
                                   "\"decimal(99,3)\"",
                                   "\"timestamp\"",
                                   "true",
                                   "\xff",
                                   "\n",
                                   "%2",
                                   "../",
                                   "{\"add\":{\"path\":\"z\"}}",
                                   "\"deletionVector\":{\"offset\":{}}"};

// `text` with a few changes by chance: bytes, pieces, parts cut out or doubled.
std::string Spoilt(std::string text, std::mt19937& chance) {
  const auto below = [&](size_t n) { return chance() % std::max<size_t>(n, 1); };
  for (size_t i = 0, count = 1 + below(4); i < count; ++i) {
    const size_t at = below(text.size());
    switch (below(5)) {
      case 0:
        if (!text.empty()) text[at] = static_cast<char>(chance());
        break;
      case 1:
        text.insert(at, kPieces[below(std::size(kPieces))]);
        break;
      case 2:
        text.erase(at, 1 + below(20));
        break;
      case 3:
        text.insert(below(text.size()), text.substr(at, below(60)));
        break;
      default: {
        const std::string piece = kPieces[below(std::size(kPieces))];
        text.replace(at, std::min(piece.size(), text.size() - at), piece);
      }
    }
  }
  return text;
}

// Whatever stands in a log: it is read, or refused by an Error that a person can use.
TEST(FuzzTest, SpoiltLogsAreReadOrRefused) {
  TestTable t(MetadataOf(Schema({{"id", TypeId::kLong, true, "{}"},
                                 {"d", DataType::Decimal(10, 2), true, "{\"comment\":\"c\"}"},
                                 {"p", TypeId::kTimestamp, true, "{}"},
                                 {"s", DataType::Struct({{"a", DataType::Array(TypeId::kInt)}})}}),
                         {"p"}, {{"delta.checkpointInterval", "2"}}));
  for (int i = 0; i < 3; ++i) {
    Transaction append(t.table, t.table.Latest());
    AddFile add = DataFile("p=x/a%20" + std::to_string(i));
    add.partition_values = {{"p", "2013-01-01 00:00:00"}};
    add.tags = {{"k", "v"}};
    append.Add(add);
    append.SetProgress("app", i);
    if (i == 2) append.Remove(t.table.Latest()->files()[0]);
    ASSERT_TRUE(std::holds_alternative<Committed>(append.Commit(Operation("WRITE"))));
  }
  const std::vector<std::string> names = {
      "00000000000000000000.json", "00000000000000000001.json", "00000000000000000003.json",
      "00000000000000000002.checkpoint.parquet", "_last_checkpoint"};
  std::mt19937 chance(20130101);
  int read = 0;
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    const std::string key = t.LogKey(names[chance() % names.size()]);
    const std::string whole = t.store->Read(key);
    t.store->Put(key, Spoilt(whole, chance));
    try {
      const auto snapshot = t.table.At(round % 2 == 0 ? 3 : 1);
      for (const AddFile& file : snapshot->files()) {
        snapshot->KeyOf(file);
        snapshot->StatisticsOf(file);
        snapshot->PartitionOf(file);
      }
      snapshot->FilesFor(IdEquals(3));
      t.table.History(10);
      ++read;
    } catch (const Error& error) {
      EXPECT_NE(error.code(), ErrorCode::kInternal) << error.what();
      EXPECT_NE(std::string(error.what()), "");
      ++refused;
    }
    t.store->Put(key, whole);
  }
  EXPECT_GT(read, 100);
  EXPECT_GT(refused, 100);
  EXPECT_EQ(t.table.Latest()->files().size(), 2);
}

TEST(FuzzTest, SpoiltStatisticsAreLeftOut) {
  const Schema schema({{"a", TypeId::kLong, true, "{}"},
                       {"b", TypeId::kString, true, "{}"},
                       {"s", DataType::Struct({{"c", TypeId::kDate, true, "{}"}}), true, "{}"},
                       {"d", DataType::Decimal(38, 10), true, "{}"},
                       {"t", TypeId::kTimestamp, true, "{}"}});
  const std::string whole =
      R"({"numRecords":3,"minValues":{"a":1,"b":"x\u00e4","s":{"c":"2013-01-01"},"d":1.5,)"
      R"("t":"2013-01-01T00:00:00.000Z"},"maxValues":{"a":9,"b":"y\ufffd"},"nullCount":{"a":0}})";
  std::mt19937 chance(7);
  for (int round = 0; round < 20000; ++round) ParseStatistics(Spoilt(whole, chance), schema);
}

}  // namespace
}  // namespace weir::delta
