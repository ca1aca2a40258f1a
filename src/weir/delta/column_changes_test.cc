#include "weir/delta/column_changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "weir/base/error.h"
#include "weir/delta/column_mapping.h"
#include "weir/delta/testing/tables.h"
#include "weir/delta/type_widening.h"

namespace weir::delta {
namespace {

Field NullableField(const std::string& name, DataType type) {
  return {name, std::move(type), true, "{}"};
}

Metadata TableOfFive() {
  const Schema schema(
      {NullableField("id", TypeId::kInt), NullableField("day", TypeId::kDate),
       NullableField("s", DataType::Struct({NullableField("a", TypeId::kShort),
                                            NullableField("b", TypeId::kString)})),
       NullableField("l", DataType::Array(DataType::Struct({NullableField("x", TypeId::kFloat)}))),
       NullableField("m", DataType::Map(TypeId::kInt, TypeId::kInt))});
  return WithMappedColumns(
      MetadataOf(schema, {"day"}, {{kMappingMode, "name"}, {kEnableTypeWidening, "true"}}));
}

std::string Ddl(const Metadata& metadata) { return SchemaFromJson(metadata.schema_json).ToDdl(); }

std::string ConditionOf(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.condition();
  }
  return "";
}

TEST(ColumnChangesTest, ARenamedColumnIsTheSameInFiles) {
  Metadata table = TableOfFive();
  table.configuration["delta.dataSkippingStatsColumns"] = "id,s.a";
  const auto before = StoredFieldsOf(SchemaFromJson(table.schema_json), table.configuration);
  RenameColumn(table, {"DAY"}, "date");
  RenameColumn(table, {"s"}, "t");
  RenameColumn(table, {"t", "a"}, "aa");
  RenameColumn(table, {"l", "element", "x"}, "y");
  EXPECT_EQ(Ddl(table),
            "id INT, date DATE, t STRUCT<aa: SMALLINT, b: STRING>, l ARRAY<STRUCT<y: FLOAT>>, "
            "m MAP<INT, INT>");
  EXPECT_EQ(table.partition_columns, std::vector<std::string>{"date"});
  EXPECT_EQ(table.configuration["delta.dataSkippingStatsColumns"], "id,t.aa");
  const auto after = StoredFieldsOf(SchemaFromJson(table.schema_json), table.configuration);
  EXPECT_EQ(after[1].name, before[1].name);
  EXPECT_EQ(after[2].children[0].name, before[2].children[0].name);
}

TEST(ColumnChangesTest, ColumnsAreAddedAtEveryDepthAndPlace) {
  Metadata table = TableOfFive();
  AddColumn(table, {}, NullableField("first", TypeId::kInt), ColumnPlace{});
  AddColumn(table, {"S"}, NullableField("c", TypeId::kInt), ColumnPlace{"A"});
  AddColumn(table, {"l", "element"}, NullableField("y", TypeId::kInt), std::nullopt);
  AddColumn(table, {}, NullableField("last", TypeId::kInt), std::nullopt);
  table = WithMappedColumns(table);
  EXPECT_EQ(Ddl(table),
            "first INT, id INT, day DATE, s STRUCT<a: SMALLINT, c: INT, b: STRING>, "
            "l ARRAY<STRUCT<x: FLOAT, y: INT>>, m MAP<INT, INT>, last INT");
  EXPECT_EQ(table.configuration[kMaxColumnId], "12");
}

TEST(ColumnChangesTest, WhatCannotBeAddedIsRefusedAsSparkDoes) {
  Metadata table = TableOfFive();
  const std::string schema = table.schema_json;
  const Field field = NullableField("A", TypeId::kInt);
  const auto condition = [&](const ColumnPath& inside, const std::optional<ColumnPlace>& place) {
    return ConditionOf([&] { AddColumn(table, inside, field, place); });
  };
  EXPECT_EQ(condition({"s"}, std::nullopt), "FIELD_ALREADY_EXISTS");
  EXPECT_EQ(condition({}, ColumnPlace{"z"}), "FIELD_NOT_FOUND");
  EXPECT_EQ(condition({"z"}, std::nullopt), "UNRESOLVED_COLUMN.WITH_SUGGESTION");
  EXPECT_EQ(condition({"id"}, std::nullopt), "INVALID_FIELD_NAME");
  EXPECT_EQ(condition({"l"}, std::nullopt), "INVALID_FIELD_NAME");
  EXPECT_EQ(condition({"m", "value"}, std::nullopt), "INVALID_FIELD_NAME");
  EXPECT_EQ(table.schema_json, schema);
}

TEST(ColumnChangesTest, ColumnsAreDroppedAtEveryDepth) {
  Metadata table = TableOfFive();
  DropColumns(table, {{"s", "a"}, {"m"}, {"nothing"}}, true);
  EXPECT_EQ(Ddl(table), "id INT, day DATE, s STRUCT<b: STRING>, l ARRAY<STRUCT<x: FLOAT>>");
  EXPECT_EQ(table.configuration[kMaxColumnId], "8");
}

TEST(ColumnChangesTest, WhatCannotBeDoneIsRefusedAsDeltaDoes) {
  Metadata table = TableOfFive();
  EXPECT_EQ(ConditionOf([&] { RenameColumn(table, {"id"}, "S"); }), "FIELD_ALREADY_EXISTS");
  EXPECT_EQ(ConditionOf([&] {
              RenameColumn(table, {"s", "z"}, "a");
            }),
            "UNRESOLVED_COLUMN.WITH_SUGGESTION");
  EXPECT_EQ(ConditionOf([&] { RenameColumn(table, {"id", "z"}, "a"); }), "INVALID_FIELD_NAME");
  EXPECT_EQ(ConditionOf([&] { DropColumns(table, {{"day"}}, false); }),
            "DELTA_UNSUPPORTED_DROP_PARTITION_COLUMN");
  EXPECT_EQ(ConditionOf([&] {
              DropColumns(table, {{"l", "element", "x"}}, false);
            }),
            "DELTA_DROP_COLUMN_ON_SINGLE_FIELD_SCHEMA");
  EXPECT_EQ(ConditionOf([&] { DropColumns(table, {{"nothing"}}, false); }),
            "UNRESOLVED_COLUMN.WITH_SUGGESTION");
  EXPECT_EQ(ConditionOf([&] { RenameColumn(table, {"day"}, "date"); }), "");
  Metadata plain = MetadataOf(IdAndName());
  EXPECT_EQ(ConditionOf([&] { RenameColumn(plain, {"id"}, "x"); }),
            "DELTA_UNSUPPORTED_RENAME_COLUMN");
  EXPECT_EQ(ConditionOf([&] { DropColumns(plain, {{"id"}}, true); }),
            "DELTA_UNSUPPORTED_DROP_COLUMN");
  EXPECT_EQ(ConditionOf([&] { ChangeColumnType(plain, {"id"}, DataType::Decimal(20, 0)); }),
            "DELTA_UNSUPPORTED_ALTER_TABLE_CHANGE_COL_OP");
  EXPECT_EQ(ConditionOf([&] { ChangeColumnType(plain, {"id"}, TypeId::kLong); }), "");
}

TEST(ColumnChangesTest, ColumnsMoveAmongTheirSiblings) {
  Metadata table = TableOfFive();
  MoveColumn(table, {"m"}, ColumnPlace{});
  MoveColumn(table, {"id"}, ColumnPlace{"L"});
  MoveColumn(table, {"s", "a"}, ColumnPlace{"b"});
  EXPECT_EQ(Ddl(table),
            "m MAP<INT, INT>, day DATE, s STRUCT<b: STRING, a: SMALLINT>, "
            "l ARRAY<STRUCT<x: FLOAT>>, id INT");
  EXPECT_EQ(ConditionOf([&] { MoveColumn(table, {"id"}, ColumnPlace{"nothing"}); }),
            "UNRESOLVED_COLUMN.WITH_SUGGESTION");
}

TEST(ColumnChangesTest, TypesWidenAtEveryDepthAndSayFromWhat) {
  Metadata table = TableOfFive();
  ChangeColumnType(table, {"id"}, TypeId::kLong);
  ChangeColumnType(table, {"id"}, DataType::Decimal(22, 2));
  ChangeColumnType(table, {"s", "a"}, TypeId::kInt);
  ChangeColumnType(table, {"l", "element", "x"}, TypeId::kDouble);
  ChangeColumnType(table, {"m", "value"}, TypeId::kDouble);
  ChangeColumnType(table, {"day"}, TypeId::kTimestampNtz);
  EXPECT_EQ(Ddl(table),
            "id DECIMAL(22,2), day TIMESTAMP_NTZ, s STRUCT<a: INT, b: STRING>, "
            "l ARRAY<STRUCT<x: DOUBLE>>, m MAP<INT, DOUBLE>");
  const Schema schema = SchemaFromJson(table.schema_json);
  EXPECT_THAT(schema[0].metadata,
              testing::HasSubstr(R"~([{"toType":"long","fromType":"integer"},)~"
                                 R"~({"toType":"decimal(22,2)","fromType":"long"}])~"));
  EXPECT_THAT(
      schema[4].metadata,
      testing::HasSubstr(R"([{"toType":"double","fromType":"integer","fieldPath":"value"}])"));
  EXPECT_TRUE(WasFloat(schema[3].type.element().fields()[0]));
  EXPECT_NO_THROW(CheckTypeChanges(schema));
  EXPECT_EQ(ConditionOf([&] { ChangeColumnType(table, {"id"}, TypeId::kInt); }),
            "DELTA_UNSUPPORTED_ALTER_TABLE_CHANGE_COL_OP");
  EXPECT_EQ(ConditionOf([&] { ChangeColumnType(table, {"s"}, DataType::Struct({})); }),
            "CANNOT_UPDATE_FIELD.STRUCT_TYPE");
}

TEST(TypeWideningTest, WhatWidensIsWhatDeltaAllows) {
  const auto decimal = [](int precision, int scale) { return DataType::Decimal(precision, scale); };
  EXPECT_TRUE(IsWidening(TypeId::kByte, TypeId::kLong));
  EXPECT_TRUE(IsWidening(TypeId::kByte, decimal(3, 0)));
  EXPECT_TRUE(IsWidening(TypeId::kInt, decimal(12, 2)));
  EXPECT_TRUE(IsWidening(TypeId::kLong, decimal(20, 0)));
  EXPECT_TRUE(IsWidening(decimal(5, 2), decimal(7, 3)));
  EXPECT_FALSE(IsWidening(decimal(5, 2), decimal(5, 3)));
  EXPECT_FALSE(IsWidening(decimal(5, 2), decimal(5, 2)));
  EXPECT_FALSE(IsWidening(TypeId::kInt, decimal(11, 2)));
  EXPECT_FALSE(IsWidening(TypeId::kLong, TypeId::kDouble));
  EXPECT_FALSE(IsWidening(TypeId::kInt, TypeId::kFloat));
  EXPECT_FALSE(IsWidening(TypeId::kLong, TypeId::kInt));
  EXPECT_FALSE(IsWidening(TypeId::kDate, TypeId::kTimestamp));
  EXPECT_FALSE(IsWideningByData(TypeId::kInt, TypeId::kDouble));
}

TEST(TypeWideningTest, ChangesOfTypesThatAreNotKnownAreRefused) {
  const Schema schema({{"c", TypeId::kString, true,
                        R"({"delta.typeChanges":[{"toType":"string","fromType":"integer"}]})"}});
  EXPECT_EQ(ConditionOf([&] { CheckTypeChanges(schema); }),
            "DELTA_UNSUPPORTED_TYPE_CHANGE_IN_SCHEMA");
}

}  // namespace
}  // namespace weir::delta
