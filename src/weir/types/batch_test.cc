#include "weir/types/batch.h"

#include <gtest/gtest.h>

#include <random>

#include "weir/base/error.h"
#include "weir/types/relation.h"

namespace weir {
namespace {

const DataType kRecord = DataType::Struct({{"x", TypeId::kInt}, {"y", TypeId::kString}});

Schema EveryType() {
  std::vector<Field> fields;
  for (int id = static_cast<int>(TypeId::kVoid); id <= static_cast<int>(TypeId::kCalendarInterval);
       ++id) {
    const auto type = static_cast<TypeId>(id);
    fields.push_back({"c" + std::to_string(id),
                      type == TypeId::kDecimal ? DataType::Decimal(38, 4) : DataType(type)});
  }
  fields.push_back({"list", DataType::Array(DataType::Array(TypeId::kString))});
  fields.push_back({"map", DataType::Map(TypeId::kString, kRecord)});
  fields.push_back(
      {"record", DataType::Struct({{"r", kRecord},
                                   {"l", DataType::Array(kRecord)},
                                   {"m", DataType::Map(TypeId::kInt, TypeId::kBoolean)}})});
  return Schema(fields);
}

using Random = std::mt19937_64;

Value RandomValue(const DataType& type, Random& random);

std::vector<Value> RandomItems(const DataType& type, Random& random) {
  std::vector<Value> items;
  for (uint64_t n = random() % 4; n > 0; --n) items.push_back(RandomValue(type, random));
  return items;
}

Value RandomNested(const DataType& type, Random& random) {
  if (type.id() == TypeId::kArray) return Value(type, RandomItems(type.element(), random));
  std::vector<Value> items;
  if (type.id() == TypeId::kStruct) {
    for (const Field& field : type.fields()) items.push_back(RandomValue(field.type, random));
    return Value(type, items);
  }
  for (uint64_t n = random() % 4; n > 0; --n) {
    items.push_back(type.key().id() == TypeId::kInt ? Value::Int(static_cast<int>(n))
                                                    : Value::String("k" + std::to_string(n)));
    items.push_back(RandomValue(type.value(), random));
  }
  return Value(type, items);
}

Value RandomValue(const DataType& type, Random& random) {
  if (type.id() == TypeId::kVoid || random() % 4 == 0) return Value::Null(type);
  if (type.IsNested()) return RandomNested(type, random);
  const auto bits = static_cast<int64_t>(random());
  switch (type.id()) {
    case TypeId::kBoolean:
      return Value(type, bits % 2 == 0);
    case TypeId::kByte:
      return Value(type, int64_t{static_cast<int8_t>(bits)});
    case TypeId::kShort:
      return Value(type, int64_t{static_cast<int16_t>(bits)});
    case TypeId::kInt:
    case TypeId::kDate:
    case TypeId::kYearMonthInterval:
      return Value(type, int64_t{static_cast<int32_t>(bits)});
    case TypeId::kFloat:
      return Value(type, static_cast<double>(static_cast<float>(bits)));
    case TypeId::kDouble:
      return Value(type, static_cast<double>(bits));
    case TypeId::kDecimal:
      return Value(type, Int128{bits} * 1'000'003);
    case TypeId::kString:
    case TypeId::kBinary:
    case TypeId::kCalendarInterval:
      return Value(type, std::string(random() % 20, static_cast<char>('a' + random() % 26)));
    default:
      return Value(type, bits);
  }
}

using Row = std::vector<Value>;

void AppendRow(BatchBuilder& builder, const Row& row) {
  for (size_t i = 0; i < row.size(); ++i) builder.column(i).Append(row[i]);
}

Row RandomRow(const Schema& schema, Random& random) {
  Row row;
  for (const Field& field : schema.fields()) row.push_back(RandomValue(field.type, random));
  return row;
}

TEST(BatchTest, EveryTypeReadsBackWhatWasAppended) {
  const Schema schema = EveryType();
  BatchBuilder builder(schema);
  Random random(3);
  for (const int64_t rows : {0, 1, 7, 8, 9, 1000}) {
    std::vector<Row> expected;
    for (int64_t i = 0; i < rows; ++i) {
      expected.push_back(RandomRow(schema, random));
      AppendRow(builder, expected.back());
    }
    EXPECT_EQ(builder.rows(), rows);
    const Batch batch = builder.Finish();
    ASSERT_EQ(batch.rows(), rows);
    EXPECT_EQ(builder.rows(), 0);
    for (int64_t i = 0; i < rows; ++i) {
      for (size_t c = 0; c < schema.size(); ++c) {
        ASSERT_EQ(batch.At(c, i), expected[static_cast<size_t>(i)][c])
            << schema[c].name << " " << i;
      }
    }
  }
}

TEST(BatchTest, TruncatedRowsLeaveNoTrace) {
  const Schema schema = EveryType();
  BatchBuilder builder(schema);
  Random random(5);
  std::vector<Row> expected;
  for (int round = 0; round < 300; ++round) {
    AppendRow(builder, RandomRow(schema, random));
    expected.push_back(RandomRow(schema, random));
    for (size_t c = 0; c < schema.size(); ++c) {
      builder.column(c).Truncate(static_cast<int64_t>(expected.size()) - 1);
    }
    AppendRow(builder, expected.back());
  }
  const Batch batch = builder.Finish();
  for (size_t i = 0; i < expected.size(); ++i) {
    for (size_t c = 0; c < schema.size(); ++c) {
      ASSERT_EQ(batch.At(c, static_cast<int64_t>(i)), expected[i][c]) << schema[c].name;
    }
  }
}

// Slices as other producers make them: an offset at the top, in a struct, in a list's items.
TEST(BatchTest, OffsetsAtEveryLevelAreHonoured) {
  const Schema schema(
      {{"r", kRecord}, {"l", DataType::Array(TypeId::kInt)}, {"b", TypeId::kBoolean}});
  BatchBuilder builder(schema);
  Random random(9);
  std::vector<Row> rows;
  for (int i = 0; i < 20; ++i) {
    rows.push_back(RandomRow(schema, random));
    AppendRow(builder, rows.back());
  }
  Batch batch = builder.Finish();
  ArrowArray array = batch.Release();
  EXPECT_EQ(batch.rows(), 0);
  array.offset = 3;
  array.length = 10;
  array.children[0]->offset = 2;
  array.children[2]->offset = 1;
  const Batch slice(schema, array);
  for (int64_t i = 0; i < 10; ++i) {
    EXPECT_EQ(slice.At(0, i), rows[static_cast<size_t>(i + 5)][0]);
    EXPECT_EQ(slice.At(1, i), rows[static_cast<size_t>(i + 3)][1]);
    EXPECT_EQ(slice.At(2, i), rows[static_cast<size_t>(i + 4)][2]);
  }
}

TEST(BatchTest, ArrowLayoutIsCanonical) {
  BatchBuilder builder(
      Schema({{"t", TypeId::kString}, {"m", DataType::Map(TypeId::kString, TypeId::kInt)}}));
  builder.column(0).AppendText("ab");
  builder.column(1).child(0).AppendText("k");
  builder.column(1).child(1).AppendInteger(1);
  builder.column(1).AppendList(1);
  builder.column(0).AppendNull();
  builder.column(1).AppendNull();
  const Batch batch = builder.Finish();
  const ArrowArray& text = *batch.array().children[0];
  EXPECT_EQ(text.n_buffers, 3);
  EXPECT_EQ(text.null_count, 1);
  EXPECT_EQ(static_cast<const uint8_t*>(text.buffers[0])[0], 1);
  const ArrowArray& map = *batch.array().children[1];
  EXPECT_EQ(map.n_buffers, 2);
  ASSERT_EQ(map.n_children, 1);
  EXPECT_EQ(map.children[0]->length, 1);
  EXPECT_EQ(map.children[0]->n_children, 2);
}

TEST(BatchTest, MovingHandsOverTheArrayOnce) {
  BatchBuilder builder(Schema({{"a", TypeId::kLong}}));
  builder.column(0).AppendInteger(1);
  Batch first = builder.Finish();
  builder.column(0).AppendInteger(2);
  Batch second = builder.Finish();
  second = std::move(first);
  EXPECT_EQ(second.At(0, 0), Value::Long(1));
  ArrowArray array = second.Release();
  // A consumer may take a child for itself.
  ArrowArray child = *array.children[0];
  array.children[0]->release = nullptr;
  array.release(&array);
  EXPECT_EQ(static_cast<const int64_t*>(child.buffers[1])[0], 1);
  child.release(&child);
}

TEST(BatchTest, WithoutColumnsTheRowsAreCounted) {
  BatchBuilder builder{Schema()};
  EXPECT_EQ(builder.Finish(5).rows(), 5);
}

TEST(BatchTest, ColumnsOfSeveralLengthsAndWrongKindsAreDefects) {
  BatchBuilder builder(Schema({{"a", TypeId::kLong}, {"b", TypeId::kString}}));
  builder.column(0).AppendInteger(1);
  EXPECT_THROW(builder.Finish(), Error);
  EXPECT_THROW(builder.column(1).AppendInteger(1), Error);
  EXPECT_THROW(builder.column(0).AppendText("x"), Error);
}

TEST(ArrowSchemaTest, NamesLayoutsAsTheSpecificationDoes) {
  ArrowSchema schema = ExportArrowSchema(EveryType());
  std::string formats;
  for (int64_t i = 0; i < schema.n_children; ++i) {
    formats += std::string(schema.children[i]->format) + " ";
  }
  EXPECT_EQ(formats, "n b c s i l f g d:38,4 u z tdD tsu:UTC tsu: ttu i tDu z +l +m +s ");
  const ArrowSchema& map = *schema.children[19];
  ASSERT_EQ(map.n_children, 1);
  EXPECT_EQ(map.children[0]->n_children, 2);
  EXPECT_EQ(map.children[0]->flags, 0);
  schema.release(&schema);
  EXPECT_EQ(schema.release, nullptr);
}

TEST(RelationTest, MetadataHasTheFieldsOfFileSources) {
  EXPECT_EQ(FileMetadataType().ToString(),
            "struct<file_path:string,file_name:string,file_size:bigint,file_block_start:bigint,"
            "file_block_length:bigint,file_modification_time:timestamp>");
  const SourceFile file{"file:///in/a%20b.csv", "in/a b.csv", 12, {1'500'000}, "e"};
  EXPECT_EQ(FileMetadataOf(file).ToString(),
            "{file:///in/a%20b.csv, a b.csv, 12, 0, 12, 1970-01-01 00:00:01.5}");
}

}  // namespace
}  // namespace weir
