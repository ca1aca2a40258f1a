#include "weir/delta/deletion_vector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "weir/base/error.h"
#include "weir/delta/testing/tables.h"

namespace weir::delta {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class DeletionVectorTest : public ::testing::Test {
 protected:
  static std::string FailureOf(const std::function<void()>& act) {
    try {
      act();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCorrupt) << error.what();
      return error.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return "";
  }

  AddFile FileWith(const DeletionVector& vector, int64_t rows = 100'000) const {
    AddFile file = DataFile("a", 0, 0, rows);
    file.deletion_vector_json = ToJson(vector);
    return file;
  }

  // Rows that no inline vector holds.
  static RowSet Many() {
    RowSet rows;
    for (uint64_t row = 0; row < 5000; row += 7) rows.Add(row);
    return rows;
  }

  FakeClock clock_{Instant{1'700'000'000'000'000}};
  std::shared_ptr<io::MemoryStore> store_ = std::make_shared<io::MemoryStore>(clock_);
  io::Location table_{store_, "t/", "memory:///t"};
};

TEST_F(DeletionVectorTest, NamesItsFileAsTheProtocolDoes) {
  DeletionVector vector = ParseDeletionVector(
      R"({"storageType":"u","pathOrInlineDv":"ab^-aqEH.-t@S}K{vb[*k^","offset":4,)"
      R"("sizeInBytes":40,"cardinality":6})");
  EXPECT_EQ(KeyOf(table_, vector), "t/ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin");
  EXPECT_EQ(vector.offset, 4);
  vector.storage = DeletionVector::Storage::kByPath;
  vector.path_or_inline = "memory:///t/x%20y.bin";
  EXPECT_EQ(KeyOf(table_, vector), "t/x y.bin");
  for (const char* bad : {"", "short", "../xx^-aqEH.-t@S}K{vb[*k^", "..^-aqEH.-t@S}K{vb[*k^",
                          "^-aqEH.-t@S}K{vb[*k\""}) {
    vector.storage = DeletionVector::Storage::kByUuid;
    vector.path_or_inline = bad;
    FailureOf([&] { KeyOf(table_, vector); });
  }
}

TEST_F(DeletionVectorTest, ReadsTheInlineVectorOfTheProtocol) {
  const DeletionVector vector = ParseDeletionVector(
      R"({"storageType":"i","pathOrInlineDv":"wi5b=000010000siXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L",)"
      R"("offset":null,"sizeInBytes":40,"cardinality":6})");
  EXPECT_EQ(DeletedRows(table_, FileWith(vector)), (RowSet{3, 4, 7, 11, 18, 29}));
  EXPECT_THAT(FailureOf([&] { DeletedRows(table_, FileWith(vector, 29)); }),
              HasSubstr("names the row 29 of a file of 29"));
  EXPECT_TRUE(DeletedRows(table_, DataFile("a")).empty());
}

TEST_F(DeletionVectorTest, WhatIsWrittenIsReadAgain) {
  DeletionVectorWriter writer(table_);
  const DeletionVector first = writer.Add(Many());
  const DeletionVector second = writer.Add(RowSet{4});
  RowSet odd = Many();
  odd.Add(9999);
  const DeletionVector third = writer.Add(odd);
  const std::string key = writer.Finish();
  EXPECT_EQ(KeyOf(table_, first), key);
  EXPECT_EQ(KeyOf(table_, third), key);
  EXPECT_EQ(KeyOf(table_, second), std::nullopt);
  EXPECT_EQ(first.offset, 1);
  EXPECT_EQ(ParseDeletionVector(ToJson(third)), third);
  EXPECT_EQ(DeletedRows(table_, FileWith(first)), Many());
  EXPECT_EQ(DeletedRows(table_, FileWith(second)), RowSet{4});
  EXPECT_EQ(DeletedRows(table_, FileWith(third)), odd);
  EXPECT_EQ(NewlyDeletedRows(table_, "a", ToJson(first), ToJson(third)), RowSet{9999});
  EXPECT_TRUE(NewlyDeletedRows(table_, "a", ToJson(third), "").empty());
}

TEST_F(DeletionVectorTest, SmallVectorsNeedNoFile) {
  DeletionVectorWriter writer(table_);
  writer.Add(RowSet{1, 2, 3});
  EXPECT_EQ(writer.Finish(), "");
  EXPECT_THAT(store_->List("t/", "", io::ObjectStore::kNoLimit), IsEmpty());
}

TEST_F(DeletionVectorTest, AFileThatIsNotWhatTheLogSaysIsRefused) {
  DeletionVectorWriter writer(table_);
  const DeletionVector vector = writer.Add(Many());
  const std::string key = writer.Finish();
  const std::string whole = store_->Read(key);
  const auto failure = [&](const DeletionVector& read) {
    return FailureOf([&] { DeletedRows(table_, FileWith(read)); });
  };
  // Every byte is under a check.
  for (size_t at = 0; at < whole.size(); at += 11) {
    std::string spoilt = whole;
    spoilt[at] = static_cast<char>(spoilt[at] ^ 0x40);
    store_->Put(key, spoilt);
    EXPECT_THAT(failure(vector), HasSubstr("deletion_vector_")) << at;
  }
  store_->Put(key, whole.substr(0, whole.size() - 1));
  EXPECT_THAT(failure(vector), HasSubstr("ends too early"));
  store_->Put(key, whole);
  DeletionVector other = vector;
  other.cardinality += 1;
  EXPECT_THAT(failure(other), HasSubstr("rows, not"));
  other = vector;
  other.size_bytes = 2'000'000'000;
  EXPECT_THAT(failure(other), HasSubstr("ends too early"));
  other = vector;
  other.offset = 2;
  failure(other);
  store_->Delete(key);
  EXPECT_THROW(DeletedRows(table_, FileWith(vector)), Error);
}

TEST_F(DeletionVectorTest, DescriptionsThatLackAMemberAreRefused) {
  for (
      const char* json :
      {"", "[]", "{}", R"({"storageType":"x","pathOrInlineDv":"","sizeInBytes":1,"cardinality":1})",
       R"({"storageType":"i","sizeInBytes":1,"cardinality":1})",
       R"({"storageType":"i","pathOrInlineDv":"","cardinality":1})",
       R"({"storageType":"i","pathOrInlineDv":"","sizeInBytes":1})",
       R"({"storageType":"i","pathOrInlineDv":"","sizeInBytes":-1,"cardinality":1})",
       R"({"storageType":"u","pathOrInlineDv":"","offset":"1","sizeInBytes":1,"cardinality":1})"}) {
    EXPECT_THAT(FailureOf([&] { ParseDeletionVector(json); }), HasSubstr("a deletion vector"));
  }
}

TEST_F(DeletionVectorTest, VectorsOfOneFileAreToldApart) {
  EXPECT_EQ(DeletionVectorId(R"({"storageType":"u","pathOrInlineDv":"x","offset":4})"), "ux@4");
  EXPECT_EQ(DeletionVectorId(R"({"storageType":"i","pathOrInlineDv":"x","offset":null})"), "ix");
  EXPECT_EQ(DeletionVectorId(""), "");
}

TEST_F(DeletionVectorTest, BoundsAreSaidToBeWideAndTheRestStays) {
  EXPECT_EQ(
      WithWideBounds(R"({"numRecords":3,"tightBounds":true,"minValues":{"d":1.10,"s":"a\"b"}})"),
      R"({"numRecords":3,"minValues":{"d":1.10,"s":"a\"b"},"tightBounds":false})");
  EXPECT_EQ(WithWideBounds(""), R"({"tightBounds":false})");
}

// What a snapshot says of a file is about the rows that are left.
TEST_F(DeletionVectorTest, StatisticsCountTheRowsThatAreLeft) {
  TestTable t(MetadataOf(IdAndName(), {}, {{"delta.enableDeletionVectors", "true"}}));
  t.Append(DataFile("a", 1, 9, 10));
  Transaction first(t.table, t.table.Latest());
  first.DeleteRows(t.table.Latest()->files()[0], RowSet{0, 9});
  ASSERT_TRUE(std::holds_alternative<Committed>(first.Commit(Operation("DELETE"))));
  const auto snapshot = t.table.Latest();
  const FileStatistics statistics = snapshot->StatisticsOf(snapshot->files()[0]);
  EXPECT_EQ(statistics.rows, 8);
  EXPECT_EQ(statistics.columns.at({"id"}).null_count, 0);
  EXPECT_EQ(statistics.columns.at({"id"}).max, Value::Long(9));
  EXPECT_THAT(snapshot->FilesFor(IdEquals(5)), ::testing::SizeIs(1));
  EXPECT_THAT(snapshot->FilesFor(IdEquals(50)), IsEmpty());
}

}  // namespace
}  // namespace weir::delta
