#include "weir/engine/duckdb/engine_fixture.h"

namespace weir::engine {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

using TableScanTest = EngineTest;

TEST_F(TableScanTest, ReadsWhatWasWritten) {
  const auto table = NewTable("t", delta::IdAndName());
  Append(table, "SELECT i AS id, 'n' || i AS name FROM range(5) r(i)");
  EXPECT_THAT(Rows("SELECT sum(id), max(name), count(*) FROM weir_scan(0)", Reading(table)),
              ElementsAre(Row{"10", "n4", "5"}));
}

TEST_F(TableScanTest, OpensOnlyFilesThatMayMatch) {
  const auto table = NewTable("t", delta::IdAndName());
  for (int file = 0; file < 5; ++file) {
    Append(table,
           "SELECT " + std::to_string(file * 10) + " + i AS id, 'x' AS name FROM range(10) r(i)");
  }
  const auto expect_opened = [&](const std::string& text, size_t files, const Row& row) {
    store_->TakeOpened();
    EXPECT_THAT(Rows(text, Reading(table)), ElementsAre(row)) << text;
    EXPECT_EQ(store_->TakeOpened(), files) << text;
  };
  expect_opened("SELECT count(nullif(id, -1)) FROM weir_scan(0)", 5, {"50"});
  expect_opened("SELECT sum(id) FROM weir_scan(0) WHERE id = 23", 1, {"23"});
  expect_opened("SELECT count(nullif(id, -1)) FROM weir_scan(0) WHERE id BETWEEN 8 AND 11", 2,
                {"4"});
  expect_opened("SELECT count(nullif(id, -1)) FROM weir_scan(0) WHERE id IN (1, 41)", 2, {"2"});
  expect_opened("SELECT count(nullif(id, -1)) FROM weir_scan(0) WHERE id > 100", 0, {"0"});
  expect_opened("SELECT count(nullif(id, -1)) FROM weir_scan(0) WHERE id < 5 OR id >= 45", 2,
                {"10"});
  expect_opened("SELECT count(*) FROM weir_scan(0)", 0, {"50"});
  expect_opened("SELECT sum(t.id) FROM weir_scan(0) t JOIN (VALUES (7), (8)) v(k) ON t.id = v.k", 1,
                {"15"});
}

TEST_F(TableScanTest, PartitionValuesAreColumnsAndPrune) {
  const Schema schema(
      {Column("id", TypeId::kLong), Column("day", TypeId::kDate), Column("name", TypeId::kString)});
  const auto table = NewTable("t", schema, {"day", "name"});
  Append(table,
         "SELECT i AS id, CASE WHEN i = 9 THEN NULL ELSE DATE '2013-01-01' + (i // 3)::INTEGER END "
         "AS day, CASE WHEN i = 8 THEN '' ELSE 'a b/c' END AS name FROM range(10) r(i)");
  store_->TakeOpened();
  EXPECT_THAT(
      Rows("SELECT id, day, name FROM weir_scan(0) WHERE day = DATE '2013-01-03'", Reading(table)),
      UnorderedElementsAre(Row{"6", "2013-01-03", "a b/c"}, Row{"7", "2013-01-03", "a b/c"},
                           Row{"8", "2013-01-03", "NULL"}));
  EXPECT_EQ(store_->TakeOpened(), 2u);
  EXPECT_THAT(
      Rows("SELECT id FROM weir_scan(0) WHERE month(day) = 1 AND day(day) = 1", Reading(table)),
      UnorderedElementsAre(Row{"0"}, Row{"1"}, Row{"2"}));
  EXPECT_EQ(store_->TakeOpened(), 1u);
  EXPECT_THAT(Rows("SELECT id FROM weir_scan(0) WHERE day IS NULL", Reading(table)),
              ElementsAre(Row{"9"}));
  EXPECT_EQ(store_->TakeOpened(), 1u);
  EXPECT_THAT(Rows("SELECT day, count(*) FROM weir_scan(0) GROUP BY day ORDER BY day NULLS FIRST",
                   Reading(table)),
              ElementsAre(Row{"NULL", "1"}, Row{"2013-01-01", "3"}, Row{"2013-01-02", "3"},
                          Row{"2013-01-03", "3"}));
}

// The engine casts constants of pushed filters down to the file's type.
TEST_F(TableScanTest, FiltersOnWidenedColumnsKeepTheirMeaning) {
  const auto check = [&](DataType file_type, DataType type, const std::string& stored,
                         const std::string& condition, const std::string& count) {
    static int serial = 0;
    const auto table =
        NewTable("widened" + std::to_string(serial++), Schema({Column("v", std::move(type))}));
    auto written = WriteAs(table, Schema({Column("v", std::move(file_type))}),
                           "SELECT unnest([" + stored + "]) AS v");
    for (auto& file : written.files) file.stats_json.clear();
    Commit(table, written);
    EXPECT_THAT(Rows("SELECT count(v) FROM weir_scan(0) WHERE " + condition, Reading(table)),
                ElementsAre(Row{count}))
        << condition;
  };
  check(TypeId::kInt, TypeId::kDouble, "5, 6", "v = 5.5::DOUBLE", "0");
  check(TypeId::kInt, TypeId::kDouble, "5, 6", "v > 5.5::DOUBLE", "1");
  check(TypeId::kInt, TypeId::kDouble, "5, 6", "v IN (5.5::DOUBLE, 6.0::DOUBLE)", "1");
  check(TypeId::kInt, TypeId::kLong, "5, 6", "v > 5000000000", "0");
  check(TypeId::kInt, TypeId::kLong, "5, 6", "v < 5000000000", "2");
  check(TypeId::kInt, DataType::Decimal(12, 2), "5, 6", "v > 5.50::DECIMAL(12,2)", "1");
  check(TypeId::kFloat, TypeId::kDouble, "0.1, 0.5", "v = 0.1::DOUBLE", "0");
  check(TypeId::kFloat, TypeId::kDouble, "0.1, 0.5", "v = 0.5::DOUBLE", "1");
  check(DataType::Decimal(5, 1), DataType::Decimal(8, 3), "1.5, 1.6", "v > 1.55::DECIMAL(8,3)",
        "1");
  check(TypeId::kDate, TypeId::kTimestampNtz, "DATE '2013-01-01', DATE '2013-01-02'",
        "v > TIMESTAMP '2013-01-01 12:00:00'", "1");
  check(DataType::Struct({Column("x", TypeId::kInt)}),
        DataType::Struct({Column("x", TypeId::kDouble)}), "{'x': 5}, {'x': 6}", "v.x = 5.5::DOUBLE",
        "0");
}

TEST_F(TableScanTest, ColumnsThatAFileLacksAreNull) {
  const DataType inner =
      DataType::Struct({Column("x", TypeId::kInt), Column("y", TypeId::kString)});
  const Schema schema({Column("id", TypeId::kLong), Column("added", TypeId::kString),
                       Column("s", inner), Column("l", DataType::Array(inner)),
                       Column("whole", inner)});
  const auto table = NewTable("t", schema);
  const DataType old_inner = DataType::Struct({Column("x", TypeId::kInt)});
  const Schema old({Column("ID", TypeId::kLong), Column("s", old_inner),
                    Column("l", DataType::Array(old_inner))});
  Commit(table, WriteAs(table, old, "SELECT 1 AS ID, {'x': 2} AS s, [{'x': 3}] AS l"));
  EXPECT_THAT(
      Rows("SELECT id, added, s, l, whole FROM weir_scan(0)", Reading(table)),
      ElementsAre(Row{"1", "NULL", "{'x': 2, 'y': NULL}", "[{'x': 3, 'y': NULL}]", "NULL"}));
  EXPECT_THAT(Rows("SELECT id FROM weir_scan(0) WHERE added IS NULL", Reading(table)),
              ElementsAre(Row{"1"}));
  EXPECT_THAT(Rows("SELECT id FROM weir_scan(0) WHERE added = 'x'", Reading(table)), ElementsAre());
  EXPECT_THAT(Rows("SELECT id FROM weir_scan(0) WHERE s.y = 'a'", Reading(table)), ElementsAre());
  EXPECT_THAT(Rows("SELECT id FROM weir_scan(0) WHERE whole.x = 1", Reading(table)), ElementsAre());
  EXPECT_THAT(Rows("SELECT id FROM weir_scan(0) WHERE whole.x IS NULL", Reading(table)),
              ElementsAre(Row{"1"}));
  EXPECT_THAT(Rows("SELECT id FROM weir_scan(0) WHERE s.x = 2", Reading(table)),
              ElementsAre(Row{"1"}));
}

TEST_F(TableScanTest, InstantsAreStoredWithZoneAndReadInUtc) {
  const Schema schema({Column("at", TypeId::kTimestamp), Column("local", TypeId::kTimestampNtz),
                       Column("s", DataType::Struct({Column("at", TypeId::kTimestamp)}))});
  const auto table = NewTable("t", schema);
  Append(table,
         "SELECT TIMESTAMP '2013-01-01 05:00:00.123456' AS \"at\", TIMESTAMP '2013-06-01 00:00:00' "
         "AS local, {'at': TIMESTAMP '2013-01-02 00:00:00'} AS s");
  EXPECT_THAT(Rows("SELECT * FROM weir_scan(0)", Reading(table)),
              ElementsAre(Row{"2013-01-01 05:00:00.123456", "2013-06-01 00:00:00",
                              "{'at': '2013-01-02 00:00:00'}"}));
  EXPECT_THAT(Rows("SELECT count(local) FROM weir_scan(0) WHERE \"at\" = TIMESTAMP '2013-01-01 "
                   "05:00:00.123456'",
                   Reading(table)),
              ElementsAre(Row{"1"}));
  EXPECT_THAT(Rows("SELECT count(local) FROM weir_scan(0) WHERE s.\"at\" > TIMESTAMP '2013-01-01'",
                   Reading(table)),
              ElementsAre(Row{"1"}));
}

TEST_F(TableScanTest, MinimumAndMaximumComeFromTheRows) {
  const Schema schema({Column("d", TypeId::kDouble), Column("s", TypeId::kString)});
  const auto table = NewTable("t", schema);
  Append(table, "SELECT unnest([1.5, 'NaN'::DOUBLE, NULL]) AS d, repeat('z', 100) AS s");
  EXPECT_THAT(Rows("SELECT min(d), max(d), max(s) = repeat('z', 100), count(d) FROM weir_scan(0)",
                   Reading(table)),
              ElementsAre(Row{"1.5", "nan", "true", "2"}));
  EXPECT_THAT(Rows("SELECT d FROM weir_scan(0) WHERE d > 100", Reading(table)),
              ElementsAre(Row{"nan"}));
}

TEST_F(TableScanTest, ChosenFilesAloneAreRead) {
  const auto table = NewTable("t", delta::IdAndName());
  for (int file = 0; file < 3; ++file) {
    Append(table, "SELECT " + std::to_string(file) + " AS id, 'x' AS name");
  }
  const auto snapshot = table.Latest();
  std::map<sql::InputId, Input> inputs{
      {0, TableInput{table.location(), snapshot, std::vector<size_t>{0, 2}}}};
  EXPECT_EQ(Rows("SELECT count(*) FROM weir_scan(0)", inputs).at(0).at(0), "2");
  EXPECT_EQ(Rows("SELECT count(id) FROM weir_scan(0) WHERE id < 3", inputs).at(0).at(0), "2");
}

// Tables whose files lose rows by deletion vectors.
class DeletedRowsTest : public EngineTest {
 protected:
  delta::Table NewTableWithVectors() {
    return NewTable("t", delta::IdAndName(), {}, {{"delta.enableDeletionVectors", "true"}});
  }

  static void Delete(const delta::Table& table, size_t file, const delta::RowSet& rows) {
    const auto snapshot = table.Latest();
    delta::Transaction deleting(table, snapshot);
    deleting.DeleteRows(snapshot->files().at(file), rows);
    ASSERT_TRUE(
        std::holds_alternative<delta::Committed>(deleting.Commit(delta::Operation("DELETE"))));
  }
};

TEST_F(DeletedRowsTest, AreInNoAnswer) {
  const auto table = NewTableWithVectors();
  Append(table, "SELECT i AS id, 'n' || i AS name FROM range(10) r(i)");
  Append(table, "SELECT i AS id, 'n' || i AS name FROM range(10, 20) r(i)");
  Delete(table, 0, {0, 4});
  // The file with a new vector is the last one then.
  Delete(table, 0, {9});
  const auto reading = Reading(table);
  store_->TakeOpened();
  EXPECT_THAT(Rows("SELECT count(*) FROM weir_scan(0)", reading), ElementsAre(Row{"17"}));
  EXPECT_EQ(store_->TakeOpened(), 0u);
  EXPECT_THAT(Rows("SELECT min(id), max(id), count(id), sum(id) FROM weir_scan(0)", reading),
              ElementsAre(Row{"1", "18", "17", "167"}));
  EXPECT_THAT(Rows("SELECT min(id), max(id) FROM weir_scan(0) WHERE id < 5", reading),
              ElementsAre(Row{"1", "3"}));
  EXPECT_THAT(Rows("SELECT count(*) FROM weir_scan(0) WHERE id IN (0, 4, 19)", reading),
              ElementsAre(Row{"0"}));
  EXPECT_THAT(Rows("SELECT name FROM weir_scan(0) ORDER BY id LIMIT 1", reading),
              ElementsAre(Row{"n1"}));
}

// They count the rows of the file, deleted ones too: vectors are made of them.
TEST_F(DeletedRowsTest, PositionsAreThoseInTheFile) {
  const auto table = NewTableWithVectors();
  Append(table, "SELECT i AS id, 'x' AS name FROM range(6) r(i) ORDER BY i");
  Delete(table, 0, {0, 2, 3});
  const std::string columns =
      std::string("\"") + sql::kFileColumn + "\", \"" + sql::kRowColumn + "\"";
  EXPECT_THAT(Rows("SELECT id, " + columns + " FROM weir_scan(0) ORDER BY id", Reading(table)),
              ElementsAre(Row{"1", "0", "1"}, Row{"4", "0", "4"}, Row{"5", "0", "5"}));
}

TEST_F(DeletedRowsTest, LargeFilesAreScannedByAllThreads) {
  const auto table = NewTableWithVectors();
  Append(table, "SELECT i AS id, 'x' AS name FROM range(500000) r(i) ORDER BY i");
  delta::RowSet gone;
  for (uint64_t row = 0; row < 500'000; row += 3) gone.Add(row);
  for (uint64_t row = 200'000; row < 330'000; ++row) gone.Add(row);
  Delete(table, 0, gone);
  EXPECT_THAT(Rows("SELECT count(id), sum(CASE WHEN id % 3 = 0 OR id BETWEEN 200000 AND 329999 "
                   "THEN 1 ELSE 0 END) FROM weir_scan(0)",
                   Reading(table)),
              ElementsAre(Row{std::to_string(500'000 - gone.size()), "0"}));
}

TEST_F(DeletedRowsTest, RowsThatTheReaderNamesStandForTheVector) {
  const auto table = NewTableWithVectors();
  Append(table, "SELECT i AS id, 'x' AS name FROM range(6) r(i) ORDER BY i");
  Delete(table, 0, {0});
  TableInput input{table.location(), table.Latest(), std::vector<size_t>{0}};
  input.deleted.emplace(0, std::make_shared<const delta::RowSet>(delta::RowSet{0, 1, 5}));
  EXPECT_THAT(Rows("SELECT count(*), min(id), max(id) FROM weir_scan(0)", {{0, input}}),
              ElementsAre(Row{"3", "2", "4"}));
}

TEST_F(DeletedRowsTest, ASpoiltVectorFailsTheStatement) {
  const auto table = NewTableWithVectors();
  Append(table, "SELECT i AS id, 'x' AS name FROM range(5000) r(i) ORDER BY i");
  delta::RowSet gone;
  for (uint64_t row = 0; row < 5000; row += 7) gone.Add(row);
  Delete(table, 0, gone);
  for (const auto& object : store_->List("t/", "", io::ObjectStore::kNoLimit)) {
    if (!object.key.ends_with(".bin")) continue;
    std::string bytes = store_->Read(object.key);
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    store_->Put(object.key, bytes);
  }
  const Error error = Failure("SELECT sum(id) FROM weir_scan(0)", Reading(table));
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt) << error.what();
  EXPECT_THAT(error.what(), testing::HasSubstr("wrong checksum"));
}

}  // namespace
}  // namespace weir::engine
