#include "weir/types/column_rules.h"

#include <gtest/gtest.h>

#include "weir/base/error.h"

namespace weir {
namespace {

TEST(ColumnRulesTest, TextsComeAndGoBesideWhatElseTheMetadataHas) {
  const Field plain = Field{"a", TypeId::kInt, true, "{}"}.WithComment("kept");
  EXPECT_EQ(MetadataText(plain, kDefaultKey), std::nullopt);
  const Field with = WithMetadataText(plain, kDefaultKey, "1 + 1");
  EXPECT_EQ(MetadataText(with, kDefaultKey), "1 + 1");
  EXPECT_EQ(with.Comment(), "kept");
  const Field without = WithMetadataText(with, kDefaultKey, std::nullopt);
  EXPECT_EQ(MetadataText(without, kDefaultKey), std::nullopt);
  EXPECT_EQ(without.Comment(), "kept");
}

TEST(ColumnRulesTest, AQuerysColumnHasNoRules) {
  const Field ruled = WithMetadataText(Field{"a", TypeId::kInt, true, "{}"}.WithComment("text"),
                                       kGenerationKey, "b");
  EXPECT_EQ(WithoutRules(ruled).metadata, R"({"comment":"text"})");
  EXPECT_EQ(WithoutRules({"a", TypeId::kInt, true, "{}"}).metadata, "{}");
  const std::string declared = R"({"__CHAR_VARCHAR_TYPE_STRING":"char(3)"
})";
  const Field numbered = WithIdentity({"a", TypeId::kString, true, declared}, {});
EXPECT_EQ(WithoutRules(numbered).metadata, declared);
}

TEST(ColumnRulesTest, IdentityIsReadAsSparkWritesIt) {
  const Field spark{"id", TypeId::kLong, true,
                    R"({"delta.identity.highWaterMark":15,"delta.identity.step":5,)"
                    R"("delta.identity.allowExplicitInsert":false,"delta.identity.start":10})"};
  const IdentityRule rule{true, 10, 5, 15};
  EXPECT_EQ(IdentityOf(spark), rule);
  EXPECT_EQ(IdentityOf(WithIdentity({"id", TypeId::kLong, true, "{}"}, rule)), rule);
  EXPECT_EQ(IdentityOf({"id", TypeId::kLong, true, "{}"}), std::nullopt);
}

TEST(ColumnRulesTest, InvariantsAreTheExpressionInside) {
  const auto field = [](const std::string& rule) {
    return WithMetadataText({"a", TypeId::kInt, true, "{}"}, kInvariantsKey, rule);
  };
  EXPECT_EQ(InvariantOf(field(R"({"expression":{"expression":"a > 3"}})")), "a > 3");
  EXPECT_EQ(InvariantOf({"a", TypeId::kInt, true, "{}"}), std::nullopt);
  EXPECT_THROW(InvariantOf(field(R"({"other":1})")), Error);
}

TEST(ColumnRulesTest, NullIsTakenAtEveryDepth) {
  const DataType inner = DataType::Struct({{"x", TypeId::kInt, false, "{}"}});
  const Field field{"a", DataType::Map(TypeId::kString, DataType::Array(inner, false), false),
                    false, "{}"};
  const DataType wanted = DataType::Struct({{"x", TypeId::kInt, true, "{}"}});
  EXPECT_EQ(AsNullable(field),
            (Field{"a", DataType::Map(TypeId::kString, DataType::Array(wanted)), true, "{}"}));
}

}  // namespace
}  // namespace weir
