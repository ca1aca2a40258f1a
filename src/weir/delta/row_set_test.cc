#include "weir/delta/row_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "weir/base/error.h"
#include "weir/delta/roaring_format.h"
#include "weir/delta/z85.h"

namespace weir::delta {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

constexpr uint64_t kFar = uint64_t{3} << 32;

// Sparse, in a run, dense and scattered, above 32 bits.
RowSet EveryKind() {
  RowSet rows{5, 70'000, kFar + 1, kFar + 2};
  for (uint64_t row = 200'000; row < 210'000; ++row) rows.Add(row);
  for (uint64_t row = 300'000; row < 330'000; row += 3) rows.Add(row);
  return rows;
}

std::vector<uint32_t> KeptOf(const RowSet& rows, uint64_t first, size_t count) {
  std::vector<uint32_t> kept(count);
  kept.resize(rows.Kept(first, count, kept.data()));
  return kept;
}

TEST(RowSetTest, HoldsWhatWasAdded) {
  const RowSet rows = EveryKind();
  EXPECT_EQ(rows.size(), 4 + 10'000 + 10'000U);
  EXPECT_EQ(rows.last(), kFar + 2);
  EXPECT_TRUE(rows.Contains(70'000));
  EXPECT_FALSE(rows.Contains(70'001));
  EXPECT_TRUE(rows.Contains(kFar + 1));
  EXPECT_FALSE(rows.Contains(1));
  EXPECT_TRUE(RowSet().empty());
  EXPECT_EQ(RowSet().last(), std::nullopt);
}

TEST(RowSetTest, UnionsAndDifferencesAreThoseOfSets) {
  RowSet rows{1, 2, 3, kFar};
  rows.AddAll(RowSet{3, 4, kFar + 1});
  EXPECT_THAT(rows.ToVector(), ElementsAre(1, 2, 3, 4, kFar, kFar + 1));
  rows.Subtract(RowSet{1, kFar, kFar + 1, 9});
  EXPECT_THAT(rows.ToVector(), ElementsAre(2, 3, 4));
  EXPECT_TRUE(rows.Intersects(RowSet{4, 5}));
  EXPECT_FALSE(rows.Intersects(RowSet{5, kFar}));
  EXPECT_EQ(rows, (RowSet{4, 3, 2}));
  rows.Subtract(RowSet{2, 3, 4});
  EXPECT_TRUE(rows.empty());
  EXPECT_EQ(rows, RowSet());
}

TEST(RowSetTest, KeptRowsAreTheOthersOfARange) {
  const RowSet rows{3, 4, 7, uint64_t{1} << 32};
  EXPECT_THAT(KeptOf(rows, 0, 9), ElementsAre(0, 1, 2, 5, 6, 8));
  EXPECT_THAT(KeptOf(rows, 3, 2), ElementsAre());
  EXPECT_THAT(KeptOf(rows, 8, 3), ElementsAre(0, 1, 2));
  EXPECT_THAT(KeptOf(rows, (uint64_t{1} << 32) - 2, 4), ElementsAre(0, 1, 3));
  EXPECT_THAT(KeptOf(RowSet(), 5, 2), ElementsAre(0, 1));
}

TEST(RowSetTest, FoundRowsAreThoseOfARange) {
  const RowSet rows{3, 4, 7, uint64_t{1} << 32};
  std::vector<uint32_t> found(20);
  EXPECT_EQ(rows.Found(4, 5, found.data()), 2U);
  EXPECT_THAT(std::vector(found.begin(), found.begin() + 2), ElementsAre(0, 3));
  EXPECT_EQ(rows.Found((uint64_t{1} << 32) - 2, 4, found.data()), 1U);
  EXPECT_EQ(found.front(), 2U);
  EXPECT_EQ(rows.Found(8, 20, found.data()), 0U);
}

TEST(RowSetTest, AddingTellsWhetherTheRowIsNew) {
  RowSet rows;
  EXPECT_TRUE(rows.Add(7));
  EXPECT_FALSE(rows.Add(7));
  EXPECT_TRUE(rows.Add(kFar));
}

TEST(RowSetTest, OthersAreThoseBelowABound) {
  EXPECT_THAT((RowSet{1, 3, 9}.OthersBelow(5).ToVector()), ElementsAre(0, 2, 4));
  EXPECT_EQ((RowSet{0, 1}.OthersBelow(2)), RowSet());
  EXPECT_EQ(RowSet().OthersBelow(0), RowSet());
  const RowSet others = EveryKind().OthersBelow(kFar + 3);
  EXPECT_EQ(others.size() + EveryKind().size(), kFar + 3);
  EXPECT_FALSE(others.Intersects(EveryKind()));
  EXPECT_EQ(others.OthersBelow(kFar + 3), EveryKind());
}

TEST(RowSetTest, WhatIsWrittenIsReadAgain) {
  for (const RowSet& rows : {RowSet(), RowSet{0}, RowSet{kFar}, EveryKind()}) {
    EXPECT_EQ(RowSet::Parse(rows.Serialize()), rows);
  }
}

// The inline vector of PROTOCOL.md.
TEST(RowSetTest, ReadsTheVectorOfTheProtocol) {
  const auto bytes = DecodeZ85("wi5b=000010000siXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L");
  ASSERT_TRUE(bytes);
  ASSERT_EQ(bytes->size(), 40U);
  EXPECT_THAT(RowSet::Parse(*bytes).ToVector(), ElementsAre(3, 4, 7, 11, 18, 29));
}

TEST(RowSetTest, ReadsTheOlderFormatWithoutKeys) {
  const std::string one = RowSet{1, 9}.Serialize().substr(16);
  const std::string none("\x3a\x30\0\0\0\0\0\0", 8);
  const auto little = [](size_t number) {
    std::string bytes;
    for (int i = 0; i < 4; ++i) bytes += static_cast<char>(number >> (8 * i) & 0xff);
    return bytes;
  };
  const std::string bytes = little(1681511376) + little(3) + little(one.size()) + one +
                            little(none.size()) + none + little(one.size()) + one;
  EXPECT_THAT(RowSet::Parse(bytes).ToVector(),
              ElementsAre(1, 9, (uint64_t{2} << 32) + 1, (uint64_t{2} << 32) + 9));
}

TEST(RowSetTest, BytesThatAreNoSetAreRefused) {
  const std::string whole = EveryKind().Serialize();
  const auto fails = [](const std::string& bytes) {
    try {
      RowSet::Parse(bytes);
      return false;
    } catch (const Error& error) {
      return error.code() == ErrorCode::kCorrupt;
    }
  };
  EXPECT_FALSE(fails(whole));
  EXPECT_TRUE(fails(""));
  EXPECT_TRUE(fails(whole + '\0'));
  for (size_t length = 0; length < whole.size(); length += 37) {
    EXPECT_TRUE(fails(whole.substr(0, length))) << length;
  }
  std::string other = whole;
  other[0] = 'x';
  EXPECT_TRUE(fails(other));
  // Two keys in the wrong order, of two bitmaps that are the same.
  std::string twice = RowSet{1, kFar + 1}.Serialize();
  std::swap_ranges(twice.begin() + 12, twice.begin() + 16,
                   twice.begin() + static_cast<ptrdiff_t>(16 + (twice.size() - 12) / 2 - 4));
  EXPECT_TRUE(fails(twice));
}

// Whatever the bytes: a set that says the same of itself each way it is asked, or an Error.
TEST(RowSetTest, SpoiltBytesAreASetOrRefused) {
  std::mt19937 chance(20130101);
  const std::vector<std::string> wholes = {EveryKind().Serialize(), RowSet{3, 9, 12}.Serialize(),
                                           RowSet{kFar, 1}.Serialize()};
  int read = 0;
  int refused = 0;
  for (int round = 0; round < 30'000; ++round) {
    std::string bytes = wholes[static_cast<size_t>(round) % wholes.size()];
    for (unsigned i = 0; i < 1 + chance() % 3; ++i) {
      const size_t at = chance() % std::min<size_t>(bytes.size(), chance() % 2 == 0 ? 60 : 1 << 20);
      switch (chance() % 3) {
        case 0:
          bytes[at] = static_cast<char>(chance());
          break;
        case 1:
          bytes.erase(at, 1 + chance() % 4);
          break;
        default:
          bytes.insert(at, 1 + chance() % 4, static_cast<char>(chance()));
      }
      if (bytes.empty()) bytes = "x";
    }
    try {
      const RowSet rows = RowSet::Parse(bytes);
      const std::vector<uint64_t> all = rows.ToVector();
      ASSERT_EQ(all.size(), rows.size());
      ASSERT_TRUE(std::adjacent_find(all.begin(), all.end(), std::greater_equal<>()) == all.end());
      ASSERT_EQ(RowSet::Parse(rows.Serialize()), rows);
      ++read;
    } catch (const Error& error) {
      ASSERT_EQ(error.code(), ErrorCode::kCorrupt) << error.what();
      ++refused;
    }
  }
  EXPECT_GT(read, 100);
  EXPECT_GT(refused, 1000);
}

TEST(RowSetTest, AgreesWithAPlainSet) {
  std::mt19937 chance(7);
  for (int round = 0; round < 20; ++round) {
    RowSet rows;
    std::set<uint64_t> model;
    for (int i = 0; i < 3000; ++i) {
      const uint64_t row = chance() % (round % 2 == 0 ? 5000 : 300'000);
      rows.Add(row);
      model.insert(row);
    }
    const std::vector<uint64_t> all(model.begin(), model.end());
    ASSERT_THAT(rows.ToVector(), ElementsAreArray(all));
    std::vector<uint32_t> kept;
    for (uint32_t i = 0; i < 2048; ++i) {
      if (!model.contains(1000 + i)) kept.push_back(i);
    }
    ASSERT_EQ(KeptOf(rows, 1000, 2048), kept);
  }
}

TEST(Z85Test, BytesComeBackPaddedToFour) {
  EXPECT_EQ(EncodeZ85(std::string_view("\x86\x4F\xD2\x6F\xB5\x59\xF7\x5B", 8)), "HelloWorld");
  EXPECT_EQ(DecodeZ85("HelloWorld"), std::string("\x86\x4F\xD2\x6F\xB5\x59\xF7\x5B"));
  EXPECT_EQ(DecodeZ85(EncodeZ85("abcde")), std::string("abcde\0\0\0", 8));
  EXPECT_EQ(DecodeZ85(""), "");
  EXPECT_EQ(DecodeZ85("abcd"), std::nullopt);
  EXPECT_EQ(DecodeZ85("ab\"de"), std::nullopt);
  EXPECT_EQ(DecodeZ85("#####"), std::nullopt);
}

}  // namespace
}  // namespace weir::delta
