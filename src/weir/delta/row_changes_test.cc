#include "weir/delta/row_changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weir/base/error.h"
#include "weir/delta/testing/tables.h"

namespace weir::delta {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A table with deletion vectors and one file, "a", of 100,000 rows.
class RowChangesTest : public ::testing::Test {
 protected:
  RowChangesTest() : t_(MetadataOf(IdAndName(), {}, {{"delta.enableDeletionVectors", "true"}})) {
    t_.Append(DataFile("a", 0, 99'999, 100'000));
    base_ = t_.table.Latest();
  }

  // A DELETE that picked these rows of the file.
  std::unique_ptr<Transaction> Deleting(const RowSet& rows, int64_t id = 0) const {
    auto transaction = std::make_unique<Transaction>(t_.table, base_);
    transaction->Reads(IdEquals(id));
    transaction->DeleteRows(base_->files()[0], rows);
    transaction->ReadsNoOtherRows();
    return transaction;
  }

  static CommitResult Go(Transaction& transaction) {
    return transaction.Commit(Operation("DELETE"));
  }
  static bool IsCommitted(const CommitResult& result) {
    return std::holds_alternative<Committed>(result);
  }
  RowSet Deleted() const {
    const auto snapshot = t_.table.Latest();
    EXPECT_THAT(snapshot->files(), SizeIs(1));
    return DeletedRows(t_.table.location(), snapshot->files().at(0));
  }
  std::vector<std::string> VectorFiles() const {
    std::vector<std::string> keys;
    for (const auto& object : t_.store->List("t/", "", io::ObjectStore::kNoLimit)) {
      if (object.key.ends_with(".bin")) keys.push_back(object.key);
    }
    return keys;
  }
  // Rows that take a file of their own.
  static RowSet Every(uint64_t step, uint64_t from) {
    RowSet rows;
    for (uint64_t row = from; row < 100'000; row += step) rows.Add(row);
    return rows;
  }

  TestTable t_;
  std::shared_ptr<const Snapshot> base_;
};

TEST_F(RowChangesTest, DeletedRowsAreNamedByTheFilesVector) {
  EXPECT_EQ(base_->protocol().min_reader_version, 3);
  EXPECT_THAT(base_->protocol().reader_features, ElementsAre("deletionVectors"));
  const auto first = Deleting({1, 2});
  ASSERT_TRUE(IsCommitted(Go(*first)));
  EXPECT_EQ(Deleted(), (RowSet{1, 2}));
  base_ = t_.table.Latest();
  EXPECT_THAT(base_->files()[0].stats_json, HasSubstr("\"tightBounds\":false"));
  const auto second = Deleting({7});
  ASSERT_TRUE(IsCommitted(Go(*second)));
  EXPECT_EQ(Deleted(), (RowSet{1, 2, 7}));
  const auto changes = t_.table.Changes(2, 3);
  EXPECT_THAT(changes[0].removed, SizeIs(1));
  EXPECT_EQ(DeletedRows(t_.table.location(), changes[0].removed[0]), (RowSet{1, 2}));
  EXPECT_EQ(t_.table.At(2)->StatisticsOf(t_.table.At(2)->files()[0]).rows, 99'998);
}

TEST_F(RowChangesTest, OtherRowsOfTheSameFileAreNoConflict) {
  const auto first = Deleting(Every(100, 0));
  const auto second = Deleting(Every(100, 1));
  const auto third = Deleting({2});
  ASSERT_TRUE(IsCommitted(Go(*first)));
  ASSERT_TRUE(IsCommitted(Go(*second)));
  ASSERT_TRUE(IsCommitted(Go(*third)));
  RowSet all = Every(100, 0);
  all.AddAll(Every(100, 1));
  all.Add(2);
  EXPECT_EQ(Deleted(), all);
  // The loser's first file is gone: one for each version.
  EXPECT_THAT(VectorFiles(), SizeIs(3));
  EXPECT_EQ(t_.table.Latest()->version(), 4);
}

TEST_F(RowChangesTest, TheSameRowIsAConflictThatNamesTheFile) {
  const auto winner = Deleting(Every(100, 0));
  const auto loser = Deleting(Every(50, 50));
  ASSERT_TRUE(IsCommitted(Go(*winner)));
  const auto result = Go(*loser);
  ASSERT_TRUE(std::holds_alternative<Conflict>(result) || IsCommitted(result));
  EXPECT_FALSE(IsCommitted(result));
  EXPECT_THAT(std::get<Conflict>(result).files, ElementsAre("a"));
  EXPECT_THAT(std::get<Conflict>(result).reason, HasSubstr("a row of the file a"));
  EXPECT_EQ(Deleted(), Every(100, 0));
  EXPECT_THAT(VectorFiles(), SizeIs(1));
}

TEST_F(RowChangesTest, ARowThatWasOnlyReadConflictsToo) {
  const auto winner = Deleting({5});
  const auto loser = Deleting({6});
  loser->ReadsRows(base_->files()[0], RowSet{5});
  ASSERT_TRUE(IsCommitted(Go(*winner)));
  EXPECT_TRUE(std::holds_alternative<Conflict>(Go(*loser)));
}

TEST_F(RowChangesTest, WhoReadTheTableConflictsWithEveryRow) {
  const auto winner = Deleting({5});
  Transaction loser(t_.table, base_);
  loser.Reads(Predicate::True());
  loser.DeleteRows(base_->files()[0], RowSet{6});
  ASSERT_TRUE(IsCommitted(Go(*winner)));
  EXPECT_TRUE(std::holds_alternative<Conflict>(Go(loser)));
}

TEST_F(RowChangesTest, AnAppendPasses) {
  const auto winner = Deleting({5});
  Transaction append(t_.table, base_);
  append.Add(DataFile("b"));
  ASSERT_TRUE(IsCommitted(Go(*winner)));
  EXPECT_TRUE(IsCommitted(Go(append)));
}

TEST_F(RowChangesTest, AFileThatWasRewrittenIsAConflict) {
  Transaction compaction(t_.table, base_);
  AddFile rearranged = DataFile("b", 0, 99'999, 100'000);
  rearranged.data_change = false;
  compaction.Remove(base_->files()[0], false);
  compaction.Add(rearranged);
  const auto loser = Deleting({5});
  ASSERT_TRUE(IsCommitted(compaction.Commit(Operation("OPTIMIZE"))));
  const auto result = Go(*loser);
  ASSERT_TRUE(std::holds_alternative<Conflict>(result));
  EXPECT_THAT(std::get<Conflict>(result).files, ElementsAre("a"));
}

TEST_F(RowChangesTest, RemovingAFileOfWhichOthersDeletedRowsIsAConflict) {
  const auto winner = Deleting({5});
  Transaction loser(t_.table, base_);
  loser.Remove(base_->files()[0]);
  loser.ReadsNoOtherRows();
  ASSERT_TRUE(IsCommitted(Go(*winner)));
  EXPECT_TRUE(std::holds_alternative<Conflict>(Go(loser)));
}

TEST_F(RowChangesTest, AFileWithoutRowsLeftIsRemoved) {
  RowSet half;
  RowSet rest;
  for (uint64_t row = 0; row < 100'000; ++row) (row < 50'000 ? half : rest).Add(row);
  const auto first = Deleting(half);
  const auto second = Deleting(rest);
  ASSERT_TRUE(IsCommitted(Go(*first)));
  ASSERT_TRUE(IsCommitted(Go(*second)));
  EXPECT_THAT(t_.table.Latest()->files(), IsEmpty());
}

TEST_F(RowChangesTest, NoVectorsWithoutTheProperty) {
  const TestTable plain;
  plain.Append(DataFile("a"));
  Transaction deleting(plain.table, plain.table.Latest());
  deleting.DeleteRows(plain.table.Latest()->files()[0], RowSet{0});
  EXPECT_THROW(static_cast<void>(Go(deleting)), Error);
}

}  // namespace
}  // namespace weir::delta
