#include "weir/types/raw_type.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

constexpr StringType kChar5{StringType::Kind::kChar, 5};
constexpr StringType kVarchar3{StringType::Kind::kVarchar, 3};

TEST(RawTypeTest, StringsOfATypeAreWrittenAsDeclared) {
  EXPECT_EQ(RawTypeText(TypeId::kString, {kChar5}), "char(5)");
  EXPECT_EQ(RawTypeText(DataType::Array(TypeId::kString), {kVarchar3}), "array<varchar(3)>");
  const DataType nested =
      DataType::Struct({{"a", TypeId::kString},
                        {"b c", DataType::Map(TypeId::kString, DataType::Array(TypeId::kInt))},
                        {"d", TypeId::kString}});
  EXPECT_EQ(RawTypeText(nested, {{}, kChar5, kVarchar3}),
            "struct<a:string,`b c`:map<char(5),array<int>>,d:varchar(3)>");
}

TEST(RawTypeTest, TheDeclarationStandsBesideOtherMetadata) {
  const Field plain = Field{"a", TypeId::kString}.WithComment("the first");
  EXPECT_EQ(RawTypeOf(plain.metadata), std::nullopt);
  EXPECT_EQ(DeclaredType(plain), "string");
  Field declared = plain;
  declared.metadata = WithRawType(plain.metadata, "char(5)");
  EXPECT_EQ(RawTypeOf(declared.metadata), "char(5)");
  EXPECT_EQ(DeclaredType(declared), "char(5)");
  EXPECT_EQ(declared.Comment(), "the first");
  EXPECT_EQ(Schema({declared}).ToDdl(), "a CHAR(5) COMMENT 'the first'");
}

}  // namespace
}  // namespace weir
