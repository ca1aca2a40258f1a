#include "weir/delta/column_mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weir/base/error.h"
#include "weir/delta/statistics.h"
#include "weir/delta/testing/tables.h"

namespace weir::delta {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const Configuration kByName{{kMappingMode, "name"}};

Field Plain(const std::string& name, DataType type) { return {name, std::move(type), true, "{}"}; }

Field Mapped(const std::string& name, DataType type, int id, const std::string& physical) {
  return {name, std::move(type), true,
          "{\"delta.columnMapping.id\":" + std::to_string(id) +
              ",\"delta.columnMapping.physicalName\":\"" + physical + "\"}"};
}

Schema Nested() {
  return Schema(
      {Plain("id", TypeId::kLong),
       Plain("s", DataType::Struct(
                      {Plain("a", TypeId::kInt), Plain("l", DataType::Array(DataType::Struct(
                                                                {Plain("x", TypeId::kString)})))})),
       Plain("m", DataType::Map(TypeId::kString, DataType::Struct({Plain("v", TypeId::kInt)})))});
}

Metadata NewTable(const Configuration& configuration) {
  Metadata metadata = MetadataOf(Nested(), {}, configuration);
  metadata.id = "the-table";
  return metadata;
}

std::vector<StoredField> Stored(const Metadata& metadata) {
  return StoredFieldsOf(SchemaFromJson(metadata.schema_json), metadata.configuration);
}

TEST(ColumnMappingTest, WithoutAModeFilesCallColumnsAsTheSchemaDoes) {
  const auto stored = Stored(WithMappedColumns(NewTable({})));
  EXPECT_EQ(stored[1].name, "s");
  EXPECT_EQ(stored[1].id, std::nullopt);
  EXPECT_EQ(stored[1].children[1].children[0].children[0].name, "x");
}

TEST(ColumnMappingTest, EveryFieldOfANewTableGetsAnIdAndANameOfItsOwn) {
  const Metadata metadata = WithMappedColumns(NewTable(kByName));
  EXPECT_EQ(metadata.configuration.at(kMaxColumnId), "7");
  const auto stored = Stored(metadata);
  EXPECT_EQ(stored[0].id, 1);
  EXPECT_EQ(stored[1].children[1].id, 4);
  EXPECT_EQ(stored[1].children[1].children[0].name, "element");
  EXPECT_EQ(stored[1].children[1].children[0].id, std::nullopt);
  EXPECT_EQ(stored[1].children[1].children[0].children[0].id, 5);
  EXPECT_EQ(stored[2].children[1].children[0].id, 7);
  EXPECT_THAT(stored[0].name, StartsWith("col-"));
  EXPECT_EQ(stored[0].name.size(), 40u);
  EXPECT_NE(stored[0].name, stored[1].name);
  // Whoever asks again, or asks about the same table elsewhere, hears the same.
  EXPECT_EQ(WithMappedColumns(metadata).schema_json, metadata.schema_json);
  EXPECT_EQ(WithMappedColumns(NewTable(kByName)).schema_json, metadata.schema_json);
  Metadata other = NewTable(kByName);
  other.id = "another";
  EXPECT_NE(Stored(WithMappedColumns(other))[0].name, stored[0].name);
}

TEST(ColumnMappingTest, ATableThatIsMappedLaterKeepsItsNames) {
  Metadata now = NewTable({});
  const Metadata before = now;
  now.configuration = kByName;
  const auto stored = Stored(WithColumnsMappedSince(now, before));
  EXPECT_EQ(stored[1].name, "s");
  EXPECT_EQ(stored[1].children[0].name, "a");
  EXPECT_EQ(stored[1].children[0].id, 3);
  EXPECT_EQ(LostMapping(before, WithColumnsMappedSince(now, before)), std::nullopt);
  EXPECT_EQ(LostMapping(before, WithMappedColumns(now)), "id");
}

TEST(ColumnMappingTest, ModesChangeOnlyFromNoneToName) {
  const auto change = [](const std::string& from, const std::string& to) {
    try {
      CheckMappingChange({{kMappingMode, from}}, {{kMappingMode, to}});
    } catch (const Error& error) {
      return error.condition();
    }
    return std::string();
  };
  const std::string refused = "DELTA_UNSUPPORTED_COLUMN_MAPPING_MODE_CHANGE";
  EXPECT_EQ(change("none", "name"), "");
  EXPECT_EQ(change("NAME", "name"), "");
  EXPECT_EQ(change("none", "id"), refused);
  EXPECT_EQ(change("name", "id"), refused);
  EXPECT_EQ(change("name", "none"), refused);
  EXPECT_EQ(change("none", "names"), "DELTA_MODE_NOT_SUPPORTED");
}

TEST(ColumnMappingTest, IdsAreNeverGivenTwice) {
  Metadata metadata = NewTable(kByName);
  metadata.configuration[kMaxColumnId] = "41";
  EXPECT_EQ(Stored(WithMappedColumns(metadata))[0].id, 42);
  metadata.configuration.erase(kMaxColumnId);
  metadata.schema_json =
      SchemaToJson(Schema({Mapped("a", TypeId::kInt, 9, "p"), Plain("b", TypeId::kInt)}));
  EXPECT_EQ(Stored(WithMappedColumns(metadata))[1].id, 10);
  Metadata old = metadata;
  old.configuration[kMaxColumnId] = "20";
  EXPECT_EQ(Stored(WithMappedColumns(WithIdsAfter(metadata, old)))[1].id, 21);
  metadata.schema_json =
      SchemaToJson(Schema({Mapped("a", TypeId::kInt, 9, "p"), Mapped("b", TypeId::kInt, 9, "q")}));
  EXPECT_THROW(WithMappedColumns(metadata), Error);
}

TEST(ColumnMappingTest, ATableThatIsReplacedKeepsTheMappingOfColumnsThatStayTheSame) {
  Metadata old = NewTable(kByName);
  old.schema_json =
      SchemaToJson(Schema({Mapped("a", TypeId::kInt, 1, "p"), Mapped("b", TypeId::kInt, 2, "q")}));
  old.configuration[kMaxColumnId] = "2";
  Metadata now = NewTable(kByName);
  now.schema_json = SchemaToJson(Schema({Plain("B", TypeId::kInt), Plain("a", TypeId::kLong)}));
  const auto stored = Stored(WithMappingOf(now, old));
  EXPECT_EQ(stored[0].name, "q");
  EXPECT_EQ(stored[0].id, 2);
  EXPECT_EQ(stored[1].id, 3);
}

TEST(ColumnMappingTest, AFieldWithoutMappingInAMappedTableIsCorrupt) {
  EXPECT_THROW(StoredFieldsOf(Nested(), kByName), Error);
}

TEST(ColumnMappingTest, ASchemaLeavesItsTableWithoutWhatIsTheTablesAlone) {
  Field field = Mapped("a", DataType::Struct({Mapped("b", TypeId::kInt, 2, "q")}), 1, "p");
  const Schema left = WithoutTableDetails(Schema({field.WithComment("kept")}));
  EXPECT_EQ(left[0].metadata, R"({"comment":"kept"})");
  EXPECT_EQ(left[0].type.fields()[0].metadata, "{}");
}

TEST(ColumnMappingTest, StatisticsAndPartitionValuesGoByStoredNames) {
  const Schema schema(
      {Mapped("id", TypeId::kLong, 1, "p1"), Mapped("day", TypeId::kInt, 2, "p2"),
       Mapped("s", DataType::Struct({Mapped("a", TypeId::kInt, 4, "p4")}), 3, "p3")});
  Metadata metadata = MetadataOf(schema, {"day"}, kByName);
  metadata.configuration["delta.dataSkippingStatsColumns"] = "s.a";
  std::map<Predicate::Path, WrittenColumn> columns;
  columns[{"s", "a"}].statistics = {Value::Int(3), Value::Int(5), 0};
  EXPECT_EQ(BuildStatsJson(schema, metadata, 2, columns),
            R"({"numRecords":2,"minValues":{"p3":{"p4":3}},"maxValues":{"p3":{"p4":5}},)"
            R"("nullCount":{"p3":{"p4":0}}})");

  TestTable t(MetadataOf(schema, {"day"}, kByName));
  Transaction add(t.table, t.table.Latest());
  AddFile file = DataFile("a");
  file.stats_json = R"({"numRecords":2,"minValues":{"p1":7},"maxValues":{"p1":9}})";
  file.partition_values = {{"p2", "3"}};
  add.Add(file);
  ASSERT_TRUE(std::holds_alternative<Committed>(add.Commit(Operation("WRITE"))));
  const auto snapshot = t.table.Latest();
  EXPECT_EQ(snapshot->protocol().min_reader_version, 2);
  EXPECT_EQ(snapshot->PartitionOf(snapshot->files()[0]).at("day"), Value::Int(3));
  EXPECT_EQ(snapshot->StatisticsOf(snapshot->files()[0]).columns.at({"id"}).max, Value::Long(9));
  const auto files = [&](const char* column, Value value) {
    return snapshot
        ->FilesFor(Predicate(Predicate::Compare{{column}, Predicate::Op::kEq, std::move(value)}))
        .size();
  };
  EXPECT_EQ(files("id", Value::Long(8)), 1u);
  EXPECT_EQ(files("id", Value::Long(10)), 0u);
  EXPECT_EQ(files("day", Value::Int(4)), 0u);

  Transaction wrong(t.table, snapshot);
  file.path = "b";
  file.partition_values = {{"day", "3"}};
  wrong.Add(file);
  EXPECT_THROW((void)wrong.Commit(Operation("WRITE")), Error);
}

TEST(ColumnMappingTest, AColumnOfAnOlderVersionIsNotLost) {
  Metadata now = NewTable(kByName);
  now.schema_json = SchemaToJson(Schema({Mapped("a", TypeId::kInt, 7, "again")}));
  now.configuration[kMaxColumnId] = "7";
  Metadata then = now;
  then.schema_json = SchemaToJson(Schema({Mapped("a", TypeId::kInt, 2, "first")}));
  EXPECT_EQ(LostMapping(now, then), std::nullopt);
  EXPECT_EQ(LostMapping(then, now), std::nullopt);
  then.configuration[kMaxColumnId] = "2";
  EXPECT_EQ(LostMapping(then, now), "a");
}

TEST(ColumnMappingTest, AChangeThatWouldLoseAMappingIsRefused) {
  TestTable t(MetadataOf(Schema({Mapped("id", TypeId::kLong, 1, "p1")}), {}, kByName));
  Transaction add(t.table, t.table.Latest());
  add.Add(DataFile("a"));
  ASSERT_TRUE(std::holds_alternative<Committed>(add.Commit(Operation("WRITE"))));
  Transaction change(t.table, t.table.Latest());
  Metadata metadata = t.table.Latest()->metadata();
  metadata.schema_json = SchemaToJson(Schema({Plain("id", TypeId::kLong)}));
  change.SetMetadata(metadata);
  try {
    (void)change.Commit(Operation("ALTER"));
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("would lose"));
  }
}

}  // namespace
}  // namespace weir::delta
