#include "weir/connect/files/folder_columns.h"

#include <gmock/gmock.h>

#include "weir/base/error.h"
#include "weir/connect/files/records_fixture.h"

namespace weir::connect {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::vector<SourceFile> FilesAt(const std::vector<std::string>& keys) {
  std::vector<SourceFile> files;
  for (const std::string& key : keys) files.push_back({"mem:///" + key, key, 1, Instant{0}, ""});
  return files;
}

std::string TypesOf(const std::vector<std::string>& values) {
  std::vector<std::string> keys;
  for (const std::string& value : values) keys.push_back("in/c=" + value + "/a.csv");
  return InferFolderColumns({}, FilesAt(keys), "in/")[0].type.ToSql();
}

TEST(FolderColumnsTest, FoldersAreNamesAndValuesInTheirOrder) {
  EXPECT_THAT(FoldersOf("year=2024/x/mo%3Dnth=a%2Fb/=1/day=/c=__HIVE_DEFAULT_PARTITION__/k=v.csv"),
              ElementsAre(Pair("year", "2024"), Pair("mo=nth", "a/b"), Pair("day", ""),
                          Pair("c", std::nullopt)));
  EXPECT_TRUE(FoldersOf("a.csv").empty());
  EXPECT_THAT(FoldersOf("c=100%/d=%4/a"), ElementsAre(Pair("c", "100%"), Pair("d", "%4")));
}

TEST(FolderColumnsTest, TypesAreThoseThatSparkGivesPartitionColumns) {
  EXPECT_EQ(TypesOf({"1", "02", "-3"}), "INT");
  EXPECT_EQ(TypesOf({"1", "3000000000"}), "BIGINT");
  EXPECT_EQ(TypesOf({"12345678901234567890"}), "DECIMAL(20,0)");
  EXPECT_EQ(TypesOf({"1", "1.5"}), "DOUBLE");
  EXPECT_EQ(TypesOf({"2024-01-31"}), "DATE");
  EXPECT_EQ(TypesOf({"2024-01"}), "STRING");
  EXPECT_EQ(TypesOf({"2024-01-31", "2024-01-31 10%3A00%3A00"}), "TIMESTAMP");
  EXPECT_EQ(TypesOf({"1", "a"}), "STRING");
  EXPECT_EQ(TypesOf({"NaN"}), "STRING");
  EXPECT_EQ(TypesOf({"__HIVE_DEFAULT_PARTITION__"}), "STRING");
  EXPECT_EQ(TypesOf({"__HIVE_DEFAULT_PARTITION__", "7"}), "INT");
}

TEST(FolderColumnsTest, ColumnsAreThoseOfTheListOrAllThatThereAre) {
  const auto files = FilesAt({"in/y=1/m=2/a.csv", "in/z=3/b.csv", "in/Y=4/c.csv"});
  EXPECT_EQ(InferFolderColumns({}, files, "in/").ToDdl(), "y INT, m INT, z INT");
  EXPECT_EQ(InferFolderColumns({}, files, "in/y=1/").ToDdl(), "m INT, z INT, Y INT");
  FileOptions listed;
  listed.folder_columns = std::vector<std::string>{"z", "other"};
  EXPECT_EQ(InferFolderColumns(listed, files, "in/").ToDdl(), "z INT, other STRING");
  FileOptions none;
  none.reads_folders = false;
  EXPECT_EQ(InferFolderColumns(none, files, "in/").size(), 0u);
  FileOptions texts;
  texts.infer_types = false;
  texts.hints = Schema({{"M", TypeId::kLong}});
  EXPECT_EQ(InferFolderColumns(texts, files, "in/").ToDdl(), "y STRING, m BIGINT, z STRING");
}

TEST(FolderColumnsTest, AValueOfAnotherTypeIsToldWithItsFile) {
  auto files = FilesAt({"in/y=1/a.csv", "in/y=one/b.csv"});
  try {
    SetFolderValues(Schema({{"y", TypeId::kInt}}), "in/", *UtcZone(), files);
    FAIL();
  } catch (const DiagnosticError& error) {
    EXPECT_EQ(error.condition(), "INVALID_PARTITION_VALUE");
    EXPECT_THAT(error.what(), HasSubstr("'one' of column y is not of type INT"));
    EXPECT_THAT(error.what(), HasSubstr("in/y=one/b.csv"));
  }
}

TEST(FolderColumnsTest, RowsHaveTheValuesOfTheirFoldersWhateverIsWanted) {
  RecordsFixture fixture;
  fixture.AddFile("in/y=1/m=x/a.csv", "id,name\n1,a\n2,b\n");
  fixture.AddFile("in/m=z/b.csv", "id,name\n3,c\n");
  fixture.files.options = {{"header", "true"}};
  fixture.files.schema = Schema({{"id", TypeId::kInt}, {"name", TypeId::kString}});
  fixture.files.folder_columns = Schema({{"y", TypeId::kInt}, {"m", TypeId::kString}});
  fixture.files.rescued_column = "r";
  SetFolderValues(fixture.files.folder_columns, "in/", *UtcZone(), fixture.files.files);
  using Row = RecordsFixture::Row;
  EXPECT_EQ(ScanSchema(fixture.files).ToDdl(), "id INT, name STRING, y INT, m STRING, r STRING");
  EXPECT_THAT(fixture.Rows(),
              ElementsAre(Row{"1", "a", "1", "x", "NULL"}, Row{"2", "b", "1", "x", "NULL"},
                          Row{"3", "c", "NULL", "z", "NULL"}));
  EXPECT_THAT(fixture.RowsOf({3, 1, 4}),
              ElementsAre(Row{"x", "a", "NULL"}, Row{"x", "b", "NULL"}, Row{"z", "c", "NULL"}));
  EXPECT_THAT(fixture.RowsOf({2}), ElementsAre(Row{"1"}, Row{"1"}, Row{"NULL"}));
  fixture.files.format = "binaryfile";
  fixture.files.rescued_column = "";
  fixture.files.schema = Schema({{"path", TypeId::kString},
                                 {"modificationTime", TypeId::kTimestamp},
                                 {"length", TypeId::kLong},
                                 {"content", TypeId::kBinary}});
  EXPECT_THAT(fixture.RowsOf({2, 5}), ElementsAre(Row{"16", "x"}, Row{"12", "z"}));
}

}  // namespace
}  // namespace weir::connect
