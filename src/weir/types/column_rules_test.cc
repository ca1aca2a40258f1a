#include "weir/types/column_rules.h"

#include <gtest/gtest.h>

#include <cstdint>

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
  const std::string declared = "{\"__CHAR_VARCHAR_TYPE_STRING\":\"char(3)\"}";
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

TEST(ColumnRulesTest, NumbersGoOnBehindTheLastOne) {
  EXPECT_EQ(NextNumber({true, 10, 5, std::nullopt}), 10);
  EXPECT_EQ(NextNumber({true, 10, 5, 15}), 20);
  // A mark that is no number of the sequence, as another program may leave it.
  EXPECT_EQ(NextNumber({true, 10, 5, 16}), 20);
  EXPECT_EQ(NextNumber({true, 10, 5, 3}), 10);
  EXPECT_EQ(NextNumber({true, -1, -3, -4}), -7);
  EXPECT_EQ(NextNumber({true, -1, -3, -5}), -7);
  EXPECT_EQ(NextNumber({true, 1, 1, INT64_MAX}), std::nullopt);
  EXPECT_EQ(NextNumber({true, 1, 4, INT64_MAX - 1}), std::nullopt);
  EXPECT_EQ(NextNumber({true, INT64_MIN, INT64_MAX, -1}), INT64_MAX - 1);
  EXPECT_EQ(NextNumber({true, -1, -1, INT64_MIN}), std::nullopt);
}

TEST(ColumnRulesTest, ANumberThatRowsHaveIsRoundedIntoTheSequence) {
  EXPECT_EQ(NumberFrom({true, 10, 5, std::nullopt}, 21), 25);
  EXPECT_EQ(NumberFrom({true, 10, 5, std::nullopt}, 20), 20);
  EXPECT_EQ(NumberFrom({true, 10, 5, std::nullopt}, -20), 10);
  EXPECT_EQ(NumberFrom({true, 10, -5, std::nullopt}, -20), -20);
  EXPECT_EQ(NumberFrom({true, 10, -5, std::nullopt}, -21), -25);
  EXPECT_EQ(LaterNumber({true, 10, -5, std::nullopt}, -25, 5), -25);
  EXPECT_EQ(LaterNumber({true, 10, 5, std::nullopt}, -25, 5), 5);
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
