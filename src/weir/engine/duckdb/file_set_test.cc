#include "weir/engine/duckdb/engine_fixture.h"

namespace weir::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// Files that a connector found, in the store of the fixture.
class FileSetTest : public EngineTest {
 protected:
  // A Parquet file of the rows of `select`, found under `name`.
  void PutParquet(const std::string& name, const Schema& schema, const std::string& select) {
    const auto table = NewTable("made-" + name, schema);
    const WriteResult written = Write(table, select);
    ASSERT_EQ(written.files.size(), 1u);
    store_->Put("in/" + name, store_->Read("made-" + name + "/" + written.files[0].path));
    Found(name);
  }
  void Found(const std::string& name) {
    const auto info = store_->Find("in/" + name);
    files_.files.push_back({"memory:///in/" + name, "in/" + name, info->size, info->modified, ""});
  }
  std::map<sql::InputId, Input> Files() { return {{0, RelationInput{files_, store_}}}; }

  std::vector<Row> RowsAndRejects(const std::string& text, RunStatistics* statistics) {
    const auto run = runner_.Start(Statement(text, Files()));
    std::vector<Row> rows;
    while (const auto chunk = run->Next()) {
      for (duckdb::idx_t row = 0; row < chunk->size(); ++row) {
        rows.emplace_back();
        for (duckdb::idx_t column = 0; column < chunk->ColumnCount(); ++column) {
          rows.back().push_back(chunk->GetValue(column, row).ToString());
        }
      }
    }
    *statistics = run->context().Statistics();
    return rows;
  }

  FileSet files_{"parquet", {}, delta::IdAndName(), {}, "", true};
};

TEST_F(FileSetTest, ParquetFilesGiveRowsAndMetadata) {
  PutParquet("a.parquet", delta::IdAndName(), "SELECT 1 AS id, 'x' AS name");
  PutParquet("b.parquet", delta::IdAndName(), "SELECT 2 AS id, 'y' AS name");
  EXPECT_THAT(
      Rows("SELECT id, name, _metadata.file_name, _metadata.file_path FROM weir_scan(0)", Files()),
      UnorderedElementsAre(Row{"1", "x", "a.parquet", "memory:///in/a.parquet"},
                           Row{"2", "y", "b.parquet", "memory:///in/b.parquet"}));
  EXPECT_THAT(Rows("SELECT id FROM weir_scan(0) WHERE _metadata.file_name = 'b.parquet'", Files()),
              ElementsAre(Row{"2"}));
  EXPECT_THAT(Rows("SELECT count(*) FROM weir_scan(0)", Files()), ElementsAre(Row{"2"}));
}

TEST_F(FileSetTest, OnlyChosenRowsAreRead) {
  PutParquet("a.parquet", delta::IdAndName(), "SELECT i AS id, 'x' AS name FROM range(5) r(i)");
  PutParquet("b.parquet", delta::IdAndName(), "SELECT 5 + i AS id, 'x' AS name FROM range(3) r(i)");
  PutParquet("c.parquet", delta::IdAndName(), "SELECT 8 AS id, 'x' AS name");
  auto inputs = Files();
  std::get<RelationInput>(inputs.at(0)).rows = {
      {0, {std::make_shared<const delta::RowSet>(delta::RowSet{1, 4}), false}},
      {1, {std::make_shared<const delta::RowSet>(delta::RowSet{0}), true}}};
  EXPECT_THAT(Rows("SELECT id FROM weir_scan(0)", inputs),
              UnorderedElementsAre(Row{"1"}, Row{"4"}, Row{"6"}, Row{"7"}, Row{"8"}));
  // Without a scan.
  EXPECT_THAT(Rows("SELECT count(*) FROM weir_scan(0)", inputs), ElementsAre(Row{"5"}));
}

// Positions of files are those in what was given.
TEST_F(FileSetTest, ChosenRowsOfFilesBehindARejectedOneAreFound) {
  store_->Put("in/empty.parquet", "");
  Found("empty.parquet");
  PutParquet("a.parquet", delta::IdAndName(), "SELECT i AS id, 'x' AS name FROM range(3) r(i)");
  auto inputs = Files();
  std::get<RelationInput>(inputs.at(0)).rows = {
      {1, {std::make_shared<const delta::RowSet>(delta::RowSet{2}), false}}};
  const std::string file = std::string("\"") + sql::kFileColumn + "\"";
  EXPECT_THAT(Rows("SELECT id, " + file + " FROM weir_scan(0)", inputs),
              ElementsAre(Row{"2", "1"}));
}

TEST_F(FileSetTest, AParquetFileIsNamedAsItIs) {
  PutParquet("a b.parquet", delta::IdAndName(), "SELECT 1 AS id, 'x' AS name");
  files_.files.back().uri = "memory:///in/a%20b.parquet";
  EXPECT_THAT(Rows("SELECT _metadata.file_name, _metadata.file_path FROM weir_scan(0)", Files()),
              ElementsAre(Row{"a b.parquet", "memory:///in/a%20b.parquet"}));
}

TEST_F(FileSetTest, ABadParquetFileIsRejectedAndTheRestIsRead) {
  PutParquet("a.parquet", delta::IdAndName(), "SELECT 1 AS id, 'x' AS name");
  PutParquet("cut.parquet", delta::IdAndName(), "SELECT 2 AS id, 'x' AS name");
  const std::string whole = store_->Read("in/cut.parquet");
  store_->Put("in/cut.parquet", whole.substr(0, whole.size() - 20));
  store_->Put("in/empty.parquet", "");
  Found("empty.parquet");
  PutParquet("other.parquet", Schema({Column("id", TypeId::kString)}), "SELECT 'text' AS id");
  PutParquet("z.parquet", delta::IdAndName(), "SELECT 3 AS id, 'x' AS name");
  RunStatistics statistics;
  EXPECT_THAT(RowsAndRejects("SELECT id FROM weir_scan(0)", &statistics),
              UnorderedElementsAre(Row{"1"}, Row{"3"}));
  ASSERT_EQ(statistics.reject_count, 3);
  EXPECT_EQ(statistics.rejects[0].file, "memory:///in/cut.parquet");
  EXPECT_EQ(statistics.rejects[1].file, "memory:///in/empty.parquet");
  EXPECT_THAT(statistics.rejects[2].reason, HasSubstr("`id` is VARCHAR"));

  files_.options["ignorecorruptfiles"] = "false";
  const Error error = Failure("SELECT id FROM weir_scan(0)", Files());
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt) << error.what();
  EXPECT_THAT(error.what(), HasSubstr("memory:///in/cut.parquet"));
}

// The footer is right, so the damage shows only when the rows are read.
TEST_F(FileSetTest, AFileWithDamagedPagesIsRejectedAndTheRestIsRead) {
  PutParquet("a.parquet", delta::IdAndName(), "SELECT 1 AS id, 'x' AS name");
  PutParquet("damaged.parquet", delta::IdAndName(),
             "SELECT i AS id, 'x' || i AS name FROM range(1000) r(i)");
  std::string bytes = store_->Read("in/damaged.parquet");
  for (size_t i = 4; i < 2000; ++i) bytes[i] = '\x55';
  store_->Put("in/damaged.parquet", bytes);
  RunStatistics statistics;
  EXPECT_THAT(RowsAndRejects("SELECT id, name FROM weir_scan(0)", &statistics),
              ElementsAre(Row{"1", "x"}));
  ASSERT_EQ(statistics.reject_count, 1);
  EXPECT_EQ(statistics.rejects[0].file, "memory:///in/damaged.parquet");
}

TEST_F(FileSetTest, AFileThatIsGoneIsAnErrorUnlessItMayBe) {
  PutParquet("a.parquet", delta::IdAndName(), "SELECT 1 AS id, 'x' AS name");
  files_.files.push_back({"memory:///in/gone.parquet", "in/gone.parquet", 1, {}, ""});
  EXPECT_EQ(Failure("SELECT id FROM weir_scan(0)", Files()).code(), ErrorCode::kNotFound);
  files_.options["ignoremissingfiles"] = "true";
  EXPECT_THAT(Rows("SELECT id FROM weir_scan(0)", Files()), ElementsAre(Row{"1"}));
}

TEST_F(FileSetTest, WhatFindsNoColumnIsRescued) {
  files_.rescued_column = "_rescued_data";
  PutParquet("a.parquet", delta::IdAndName(), "SELECT 1 AS id, 'x' AS name");
  PutParquet("b.parquet",
             Schema({Column("ID", TypeId::kInt), Column("name", TypeId::kDouble),
                     Column("more", DataType::Struct({Column("k", TypeId::kInt)}))}),
             "SELECT i AS \"ID\", 1.5 AS name, CASE WHEN i = 2 THEN {'k': 7} END AS more FROM "
             "(VALUES (2), (3)) v(i)");
  EXPECT_THAT(
      Rows("SELECT id, name, _rescued_data FROM weir_scan(0)", Files()),
      UnorderedElementsAre(
          Row{"1", "x", "NULL"},
          Row{"2", "NULL", R"({"name":1.5,"more":{"k":7},"_file_path":"memory:///in/b.parquet"})"},
          Row{"3", "NULL", R"({"name":1.5,"_file_path":"memory:///in/b.parquet"})"}));
  EXPECT_THAT(Rows("SELECT id FROM weir_scan(0) WHERE _rescued_data IS NOT NULL", Files()),
              UnorderedElementsAre(Row{"2"}, Row{"3"}));
  EXPECT_THAT(Rows("SELECT id FROM weir_scan(0) WHERE _rescued_data IS NULL", Files()),
              ElementsAre(Row{"1"}));
}

TEST_F(FileSetTest, RowsThatLoseAValueAreCountedWhereItIsNotRescued) {
  files_.rescued_column = "_rescued_data";
  files_.schema = Schema({Column("id", TypeId::kLong), Column("name", TypeId::kString),
                          Column("s", DataType::Struct({Column("k", TypeId::kInt)}))});
  PutParquet("a.parquet", delta::IdAndName(), "SELECT 1 AS id, 'x' AS name");
  PutParquet("b.parquet",
             Schema({Column("id", TypeId::kString), Column("name", TypeId::kDouble),
                     Column("s", DataType::Struct({Column("k", TypeId::kString)})),
                     Column("more", TypeId::kInt)}),
             "SELECT * FROM (VALUES ('p', NULL, {'k': 'q'}, 1), (NULL, 2.5, NULL, 2), "
             "(NULL, NULL, NULL, 3), ('p', 2.5, NULL, 4)) v(id, name, s, more)");
  const auto lossy = [&](const std::string& select) {
    RunStatistics statistics;
    RowsAndRejects(select + " FROM weir_scan(0)", &statistics);
    EXPECT_EQ(statistics.reject_count, 0);
    return statistics.lossy_rows;
  };
  RunStatistics statistics;
  EXPECT_THAT(RowsAndRejects("SELECT name, id FROM weir_scan(0)", &statistics),
              UnorderedElementsAre(Row{"x", "1"}, Row{"NULL", "NULL"}, Row{"NULL", "NULL"},
                                   Row{"NULL", "NULL"}, Row{"NULL", "NULL"}));
  EXPECT_EQ(statistics.lossy_rows, 3);
  EXPECT_EQ(lossy("SELECT id"), 2);
  EXPECT_EQ(lossy("SELECT s"), 1);
  EXPECT_EQ(lossy("SELECT sum(id), count(s.k)"), 2);
  // What nobody reads is not lost, nor is what was rescued.
  EXPECT_EQ(lossy("SELECT count(*)"), 0);
  EXPECT_EQ(lossy("SELECT id, name, s, _rescued_data"), 0);
}

TEST_F(FileSetTest, NoFilesGiveNoRows) {
  EXPECT_THAT(Rows("SELECT id FROM weir_scan(0)", Files()), IsEmpty());
  EXPECT_THAT(Rows("SELECT count(*) FROM weir_scan(0)", Files()), ElementsAre(Row{"0"}));
}

TEST_F(FileSetTest, CsvFilesGiveRowsMetadataAndRejects) {
  files_.format = "csv";
  files_.options["header"] = "true";
  store_->Put("in/a.csv", "id,name\n1,x\nwrong,y\n3,z\n");
  store_->Put("in/b.csv", "id,name\n4,w\n");
  Found("a.csv");
  Found("b.csv");
  RunStatistics statistics;
  const auto rows =
      RowsAndRejects("SELECT name, _metadata.file_name FROM weir_records(0)", &statistics);
  EXPECT_THAT(rows, UnorderedElementsAre(Row{"x", "a.csv"}, Row{"y", "a.csv"}, Row{"z", "a.csv"},
                                         Row{"w", "b.csv"}));
  EXPECT_THAT(Rows("SELECT count(*) FROM weir_records(0)", Files()), ElementsAre(Row{"4"}));
  EXPECT_THAT(RowsAndRejects("SELECT sum(id), count(name) FROM weir_records(0)", &statistics),
              ElementsAre(Row{"8", "4"}));
  ASSERT_EQ(statistics.reject_count, 1);
  EXPECT_EQ(statistics.rejects[0].file, "memory:///in/a.csv");
  EXPECT_EQ(statistics.rejects[0].line, 3);
}

TEST_F(FileSetTest, JsonFilesGiveNestedColumns) {
  files_.format = "json";
  files_.schema =
      Schema({Column("at", TypeId::kTimestamp),
              Column("l", DataType::Array(DataType::Struct({Column("k", TypeId::kString)}))),
              Column("m", DataType::Map(TypeId::kString, TypeId::kInt)),
              Column("d", DataType::Decimal(9, 2))});
  std::string text;
  for (int i = 0; i < 5000; ++i) {
    text += R"({"at":"2013-01-01T00:00:00Z","l":[{"k":"a"},null],"m":{"x":)" + std::to_string(i) +
            R"(},"d":1.25})" + "\n";
  }
  store_->Put("in/a.json", text);
  Found("a.json");
  EXPECT_THAT(
      Rows("SELECT \"at\", l, m['x'], d FROM weir_records(0) ORDER BY 3 DESC LIMIT 1", Files()),
      ElementsAre(Row{"2013-01-01 00:00:00", "[{'k': a}, NULL]", "4999", "1.25"}));
  EXPECT_THAT(
      Rows("SELECT count(*), sum(m['x']), sum(d), sum(len(l)) FROM weir_records(0)", Files()),
      ElementsAre(Row{"5000", "12497500", "6250.00", "10000"}));
}

TEST_F(FileSetTest, BatchesOfAConnectorGiveRows) {
  const Schema schema = delta::IdAndName();
  const BatchSequence sequence{
      schema, [&] {
        class Two final : public BatchStream {
         public:
          explicit Two(Schema schema) : schema_(std::move(schema)) {}
          const Schema& schema() const override { return schema_; }
          std::optional<Batch> Next() override {
            if (count_++ == 2) return std::nullopt;
            BatchBuilder builder(schema_);
            for (int64_t i = 0; i < 3000; ++i) {
              builder.column(0).AppendInteger(i);
              builder.column(1).AppendText("a longer text " + std::to_string(i));
            }
            return builder.Finish();
          }

         private:
          const Schema schema_;
          int count_ = 0;
        };
        return std::make_unique<Two>(schema);
      }};
  const std::map<sql::InputId, Input> inputs{{0, RelationInput{sequence}}};
  EXPECT_THAT(Rows("SELECT count(*), sum(id), max(name) FROM weir_records(0)", inputs),
              ElementsAre(Row{"6000", "8997000", "a longer text 999"}));
  EXPECT_THAT(Rows("SELECT count(DISTINCT name) FROM weir_records(0)", inputs),
              ElementsAre(Row{"3000"}));
  EXPECT_THAT(Rows("SELECT count(*) FROM weir_records(0)", inputs), ElementsAre(Row{"6000"}));
}

}  // namespace
}  // namespace weir::engine
