#include "weir/delta/replaced_columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weir/base/error.h"
#include "weir/delta/column_mapping.h"
#include "weir/delta/testing/tables.h"
#include "weir/delta/type_widening.h"
#include "weir/types/raw_type.h"

namespace weir::delta {
namespace {

const char* const kRefusedReplacing = "DELTA_UNSUPPORTED_ALTER_TABLE_REPLACE_COL_OP";

Field Nullable(const std::string& name, DataType type) {
  return {name, std::move(type), true, "{}"};
}

Metadata TableOfFour(const Configuration& properties) {
  Field id{"id", TypeId::kInt, false, "{}"};
  const DataType type =
      DataType::Struct({Nullable("x", TypeId::kInt), Nullable("y", TypeId::kString)});
  return WithMappedColumns(
      MetadataOf(Schema({id.WithComment("key"), Nullable("s", type), Nullable("v", TypeId::kString),
                         Nullable("p", TypeId::kInt)}),
                 {"p"}, properties));
}

std::string DdlOf(const Metadata& metadata) { return SchemaFromJson(metadata.schema_json).ToDdl(); }

std::string ConditionOfReplacing(Metadata table, const std::vector<Field>& columns) {
  try {
    ReplaceColumns(table, Schema(columns));
  } catch (const Error& error) {
    return error.condition();
  }
  return "";
}

TEST(ReplacedColumnsTest, ColumnsAreReorderedAndAddedAndKeepWhatTheyAre) {
  Metadata table = TableOfFour({});
  const DataType more = DataType::Struct(
      {Nullable("Y", TypeId::kString), Nullable("n", TypeId::kInt), Nullable("X", TypeId::kInt)});
  ReplaceColumns(table, Schema({Nullable("P", TypeId::kInt), Nullable("n", TypeId::kDate),
                                Nullable("v", TypeId::kString).WithComment("text"),
                                Nullable("S", more), Nullable("ID", TypeId::kInt)}));
  EXPECT_EQ(DdlOf(table),
            "p INT, n DATE, v STRING COMMENT 'text', s STRUCT<y: STRING, n: INT, x: INT>, "
            "id INT COMMENT 'key'");
}

TEST(ReplacedColumnsTest, MappedColumnsAreDroppedAndKeepTheirNamesInFiles) {
  Metadata table = TableOfFour({{kMappingMode, "name"}});
  table.configuration["delta.dataSkippingStatsColumns"] = "id,s.x,v";
  const auto before = StoredFieldsOf(SchemaFromJson(table.schema_json), table.configuration);
  ReplaceColumns(table,
                 Schema({Nullable("p", TypeId::kInt), Nullable("id", TypeId::kInt),
                         Nullable("s", DataType::Struct({Nullable("y", TypeId::kString)}))}));
  EXPECT_EQ(DdlOf(table), "p INT, id INT COMMENT 'key', s STRUCT<y: STRING>");
  EXPECT_EQ(table.configuration["delta.dataSkippingStatsColumns"], "id");
  const auto after = StoredFieldsOf(SchemaFromJson(table.schema_json), table.configuration);
  EXPECT_EQ(after[1].name, before[0].name);
  EXPECT_EQ(after[2].children[0].name, before[1].children[1].name);
}

TEST(ReplacedColumnsTest, WhatIsMoreIsRefused) {
  const Metadata plain = TableOfFour({});
  const Metadata mapped = TableOfFour({{kMappingMode, "name"}});
  const std::vector<Field> all = SchemaFromJson(plain.schema_json).fields();
  const Field id = all[0];
  const Field s = all[1];
  const Field v = all[2];
  const Field p = all[3];
  EXPECT_EQ(ConditionOfReplacing(plain, {id, s, v, p}), "");
  EXPECT_EQ(ConditionOfReplacing(plain, {id, s, p}), kRefusedReplacing);
  EXPECT_EQ(ConditionOfReplacing(mapped, {id, s, p}), "");
  EXPECT_EQ(ConditionOfReplacing(mapped, {id, s, p, Nullable("w", TypeId::kString)}),
            kRefusedReplacing);
  EXPECT_EQ(ConditionOfReplacing(mapped, {id, s, v}), "DELTA_UNSUPPORTED_DROP_PARTITION_COLUMN");
  EXPECT_EQ(ConditionOfReplacing(plain, {Nullable("id", TypeId::kLong), s, v, p}),
            kRefusedReplacing);
  EXPECT_EQ(ConditionOfReplacing(plain, {id, Nullable("s", TypeId::kInt), v, p}),
            kRefusedReplacing);
  Field strict = v;
  strict.nullable = false;
  EXPECT_EQ(ConditionOfReplacing(plain, {id, s, strict, p}), kRefusedReplacing);
  strict.name = "w";
  EXPECT_EQ(ConditionOfReplacing(plain, {id, s, v, p, strict}), kRefusedReplacing);
  Field shorter = v;
  shorter.metadata = WithRawType("{}", "varchar(3)");
  EXPECT_EQ(ConditionOfReplacing(plain, {id, s, shorter, p}), kRefusedReplacing);
}

TEST(ReplacedColumnsTest, TypesGrowWhereTheTableWidensThem) {
  Metadata table = TableOfFour({{kEnableTypeWidening, "true"}});
  std::vector<Field> columns = SchemaFromJson(table.schema_json).fields();
  columns[0].type = TypeId::kLong;
  ReplaceColumns(table, Schema(columns));
  EXPECT_TRUE(HasTypeChanges(SchemaFromJson(table.schema_json)));
  columns[0].type = TypeId::kString;
  EXPECT_EQ(ConditionOfReplacing(table, columns), kRefusedReplacing);
}

}  // namespace
}  // namespace weir::delta
