#include "weir/session/merge_parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weir/types/row_place.h"

namespace weir::session {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int64_t kMany = 150'000;  // Four times that make two parts.

// A table of eight files of a size, and a source of two files.
struct MergedTable {
  MergedTable() {
    for (size_t at = 0; at < 8; ++at) {
      delta::AddFile& file = files.emplace_back();
      file.size = 100;
      all.push_back(at);
    }
    FileSet found{"parquet", {}, {}, {}, "", false};
    found.files.resize(2);
    found.files[0].key = "first";
    found.files[1].key = "second";
    source = engine::RelationInput{found, nullptr};
  }

  MatchedSource Matched() const { return {source, files, all}; }

  std::vector<delta::AddFile> files;
  std::vector<size_t> all;
  engine::Input source;
};

int64_t PlaceOf(int64_t file, int64_t row) { return file * kRowsOfPlaces + row; }

// The rows of each file of the source, from 0, that a part reads of a source with `count` in each.
std::map<std::string, std::vector<uint64_t>> RowsOf(const MergePart& part, uint64_t count) {
  std::map<std::string, std::vector<uint64_t>> rows;
  const auto& input = std::get<engine::RelationInput>(*part.source);
  const auto& files = std::get<FileSet>(input.relation).files;
  for (size_t at = 0; at < files.size(); ++at) {
    const auto chosen = input.rows.find(at);
    const delta::RowSet all = delta::RowSet().OthersBelow(count);
    if (chosen == input.rows.end()) {
      rows[files[at].key] = all.ToVector();
    } else if (chosen->second.others) {
      rows[files[at].key] = chosen->second.set->OthersBelow(count).ToVector();
    } else {
      rows[files[at].key] = chosen->second.set->ToVector();
    }
  }
  return rows;
}

TEST(MergePartsTest, ASmallSourceIsReadAtOnce) {
  const MergedTable t;
  MatchedSource matched = t.Matched();
  for (int64_t row = 0; row < 100; ++row) matched.Add(static_cast<size_t>(row % 8), row);
  const auto parts = matched.Parts({1, 3}, 100, true);
  ASSERT_THAT(parts, SizeIs(1));
  EXPECT_THAT(parts[0].files, ElementsAre(1, 3));
  EXPECT_FALSE(parts[0].source);
}

TEST(MergePartsTest, EachPartReadsWhatMatchesItAndOneWhatMatchesNothing) {
  const MergedTable t;
  MatchedSource matched = t.Matched();
  // Of every ten rows one matches nothing.
  for (int64_t row = 0; row < 4 * kMany; ++row) {
    if (row % 10 != 0) matched.Add(row % 2 == 0 ? 0 : 7, PlaceOf(row % 3 == 0 ? 1 : 0, row));
  }
  const auto parts = matched.Parts(t.all, 4 * kMany, true);
  ASSERT_THAT(parts, SizeIs(2));
  // Those that nothing matches are with the first.
  EXPECT_THAT(parts[0].files, ElementsAre(0, 1, 2, 3, 4, 5, 6));
  EXPECT_THAT(parts[1].files, ElementsAre(7));
  auto first = RowsOf(parts[0], 4 * kMany);
  auto second = RowsOf(parts[1], 4 * kMany);
  for (int64_t row = 0; row < 4 * kMany; ++row) {
    const auto has = [&](auto& rows, const char* file) {
      return std::binary_search(rows[file].begin(), rows[file].end(), static_cast<uint64_t>(row));
    };
    const char* const file = row % 3 == 0 ? "second" : "first";
    EXPECT_EQ(has(first, file), row % 10 != 0 && row % 2 == 0) << row;
    EXPECT_EQ(has(second, file), row % 10 == 0 || row % 2 == 1) << row;
    if (testing::Test::HasFailure()) break;
  }
  // Where nothing is inserted nobody needs them.
  EXPECT_THAT(RowsOf(matched.Parts(t.all, 4 * kMany, false)[1], 4 * kMany)["first"],
              SizeIs(4 * kMany / 3));
}

TEST(MergePartsTest, ARowThatMatchesSeveralPartsIsReadByEachOfThem) {
  const MergedTable t;
  MatchedSource matched = t.Matched();
  for (int64_t row = 0; row < 4 * kMany; ++row) matched.Add(row < 2 * kMany ? 0 : 7, row);
  for (int i = 0; i < 2; ++i) {
    matched.Add(7, 5);
    matched.Add(6, 5);
    matched.Add(0, 4 * kMany - 1);
  }
  const auto parts = matched.Parts(t.all, 4 * kMany, true);
  ASSERT_THAT(parts, SizeIs(2));
  auto first = RowsOf(parts[0], 4 * kMany)["first"];
  auto second = RowsOf(parts[1], 4 * kMany)["first"];
  EXPECT_THAT(first, SizeIs(2 * kMany + 1));
  EXPECT_EQ(first.back(), 4 * kMany - 1);
  EXPECT_THAT(second, SizeIs(2 * kMany + 1));
  EXPECT_EQ(second.front(), 5U);
}

TEST(MergePartsTest, ManyRowsThatMatchNothingAreReadByThemselves) {
  const MergedTable t;
  MatchedSource matched = t.Matched();
  matched.Add(2, 3);
  const auto parts = matched.Parts({2}, 4 * kMany, true);
  ASSERT_THAT(parts, SizeIs(2));
  EXPECT_THAT(parts[0].files, ElementsAre(2));
  EXPECT_THAT(RowsOf(parts[0], 5)["first"], ElementsAre(3));
  EXPECT_THAT(parts[1].files, IsEmpty());
  EXPECT_THAT(RowsOf(parts[1], 5)["first"], ElementsAre(0, 1, 2, 4));
  EXPECT_THAT(RowsOf(parts[1], 5)["second"], SizeIs(5));
  EXPECT_THAT(matched.Parts({2}, 4 * kMany, false), SizeIs(1));
}

TEST(MergePartsTest, FilesThatNothingTouchesMakeNoPart) {
  const MergedTable t;
  MatchedSource matched = t.Matched();
  for (int64_t row = 0; row < 4 * kMany; ++row) matched.Add(row < 2 * kMany ? 0 : 7, row);
  const auto parts = matched.Parts({7}, 4 * kMany, false);
  ASSERT_THAT(parts, SizeIs(1));
  EXPECT_THAT(parts[0].files, ElementsAre(7));
}

TEST(MergePartsTest, OnlyFilesOfRowsByPositionHavePlaces) {
  const MergedTable t;
  EXPECT_TRUE(HasPlaces(t.source));
  engine::Input text = t.source;
  std::get<FileSet>(std::get<engine::RelationInput>(text).relation).format = "csv";
  EXPECT_FALSE(HasPlaces(text));
  EXPECT_FALSE(HasPlaces(engine::RelationInput{BatchSequence{{}, nullptr}}));
}

}  // namespace
}  // namespace weir::session
