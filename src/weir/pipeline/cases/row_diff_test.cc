#include "weir/pipeline/cases/row_diff.h"

#include <gmock/gmock.h>

#include <cmath>

namespace weir::pipeline {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

const Schema kCityTrips({{"city", TypeId::kString, true, "{}"},
                         {"trips", TypeId::kLong, true, "{}"},
                         {"mean", TypeId::kDouble, true, "{}"}});

std::vector<Value> Row(const std::string& city, int64_t trips, double mean) {
  return {Value::String(city), Value::Long(trips), Value::Double(mean)};
}

RowDiff Compare(std::vector<std::vector<Value>> expected, std::vector<std::vector<Value>> found,
                const RowComparison& comparison = {}) {
  return CompareRows({kCityTrips, std::move(expected)}, {kCityTrips, std::move(found)}, comparison);
}

TEST(RowDiffTest, OrderDoesNotCountButHowOftenARowStandsDoes) {
  EXPECT_TRUE(Compare({Row("a", 1, 1), Row("b", 2, 2), Row("a", 1, 1)},
                      {Row("a", 1, 1), Row("a", 1, 1), Row("b", 2, 2)})
                  .IsSame());
  const RowDiff diff = Compare({Row("a", 1, 1), Row("a", 1, 1)}, {Row("a", 1, 1)});
  EXPECT_EQ(diff.missing, 1);
  EXPECT_EQ(diff.unexpected, 0);
}

TEST(RowDiffTest, AskedForOrderCounts) {
  RowComparison ordered;
  ordered.ordered = true;
  EXPECT_TRUE(Compare({Row("a", 1, 1), Row("b", 2, 2)}, {Row("a", 1, 1), Row("b", 2, 2)}, ordered)
                  .IsSame());
  const RowDiff diff = Compare({Row("x", 0, 0), Row("a", 1, 1), Row("b", 2, 2)},
                               {Row("x", 0, 0), Row("b", 2, 2), Row("a", 1, 1)}, ordered);
  EXPECT_FALSE(diff.IsSame());
  EXPECT_EQ(diff.out_of_order, 1);
}

TEST(RowDiffTest, RealsAreComparedWithATolerance) {
  EXPECT_TRUE(Compare({Row("a", 1, 0.3)}, {Row("a", 1, 0.1 + 0.2)}).IsSame());
  EXPECT_TRUE(Compare({Row("a", 1, NAN)}, {Row("a", 1, NAN)}).IsSame());
  EXPECT_TRUE(Compare({Row("a", 1, 0.0)}, {Row("a", 1, -0.0)}).IsSame());
  EXPECT_FALSE(Compare({Row("a", 1, 1.0)}, {Row("a", 1, 1.00000001)}).IsSame());
  EXPECT_FALSE(Compare({Row("a", 1, INFINITY)}, {Row("a", 1, 1e300)}).IsSame());
}

TEST(RowDiffTest, NullIsOnlyNull) {
  const Value null = Value::Null(TypeId::kString);
  EXPECT_TRUE(SameValue(null, null));
  EXPECT_FALSE(SameValue(null, Value::String("")));
  EXPECT_FALSE(SameValue(null, Value::String("NULL")));
}

TEST(RowDiffTest, MapsHaveNoOrderAndListsHave) {
  const DataType map = DataType::Map(TypeId::kString, TypeId::kDouble);
  const auto entry = [](const char* key, double value) {
    return std::vector<Value>{Value::String(key), Value::Double(value)};
  };
  const auto both = [](std::vector<Value> left, const std::vector<Value>& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
  };
  EXPECT_TRUE(SameValue(Value(map, both(entry("x", 1), entry("y", 2))),
                        Value(map, both(entry("y", 2), entry("x", 1)))));
  EXPECT_FALSE(SameValue(Value(map, both(entry("x", 1), entry("y", 2))),
                         Value(map, both(entry("x", 2), entry("y", 1)))));
  const DataType list = DataType::Array(TypeId::kLong);
  EXPECT_FALSE(SameValue(Value(list, std::vector<Value>{Value::Long(1), Value::Long(2)}),
                         Value(list, std::vector<Value>{Value::Long(2), Value::Long(1)})));
}

TEST(RowDiffTest, RowsThatShareLeadingColumnsArePaired) {
  const RowDiff diff = Compare({Row("Faro", 1, 7), Row("Lisbon", 3, 5), Row("Porto", 1, 1)},
                               {Row("Porto", 1, 2), Row("Lisbon", 2, 5), Row("Evora", 1, 7)});
  EXPECT_EQ(diff.differing, 2);
  EXPECT_EQ(diff.missing, 1);
  EXPECT_EQ(diff.unexpected, 1);
  ASSERT_THAT(diff.changes, SizeIs(4));
  EXPECT_EQ(diff.changes[0].kind, RowChange::Kind::kMissing);
  EXPECT_THAT(diff.changes[1].differing, ElementsAre(1));
  EXPECT_THAT(diff.changes[2].differing, ElementsAre(2));
  EXPECT_EQ(diff.changes[3].kind, RowChange::Kind::kUnexpected);
}

TEST(RowDiffTest, AKeyPairsRowsWhateverElseDiffers) {
  RowComparison by_trips;
  by_trips.key = {1};
  const RowDiff diff =
      Compare({Row("a", 1, 1), Row("b", 2, 2)}, {Row("a", 3, 1), Row("x", 2, 9)}, by_trips);
  EXPECT_EQ(diff.differing, 1);
  ASSERT_THAT(diff.changes, SizeIs(3));
  EXPECT_THAT(diff.changes[1].differing, ElementsAre(0, 2));
}

TEST(RowDiffTest, EmptyMeansNoRows) {
  EXPECT_TRUE(Compare({}, {}).IsSame());
  const RowDiff diff = Compare({}, {Row("a", 1, 1)});
  EXPECT_EQ(diff.unexpected, 1);
}

TEST(RowDiffTest, HugeDifferencesAreCountedAndCutShort) {
  std::vector<std::vector<Value>> expected;
  std::vector<std::vector<Value>> found;
  for (int64_t i = 0; i < 30'000; ++i) {
    expected.push_back(Row("same", 1, 1));
    found.push_back(i < 10'000 ? Row("same", 1, 1) : Row("other", i, 1));
  }
  const RowDiff diff = Compare(expected, found);
  EXPECT_EQ(diff.missing, 20'000);
  EXPECT_EQ(diff.unexpected, 20'000);
  EXPECT_THAT(diff.changes, SizeIs(20));
}

}  // namespace
}  // namespace weir::pipeline
