#include "weir/sql/row_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weir/sql/column_values.h"
#include "weir/sql/memory_names.h"
#include "weir/types/column_rules.h"

namespace weir::sql {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> ConditionsOf(const Schema& schema,
                                      const std::map<std::string, std::string>& properties = {}) {
  std::vector<std::string> conditions;
  for (const RowRule& rule : RowRulesOf(schema, properties)) conditions.push_back(rule.condition);
  return conditions;
}

PlanPtr Rows() {
  MemoryNames names;
  return BindText("SELECT a, b FROM t", names);
}

size_t ExpectationsIn(const BindResult& result) {
  const auto* expect = std::get_if<ExpectPlan>(&std::get<BoundQuery>(result).plan->node);
  return expect == nullptr ? 0 : expect->expectations.size();
}

TEST(RowRulesTest, NotNullIsAskedAtEveryDepthWhereTheParentIsThere) {
  const Field member{"x", TypeId::kInt, false, "{}"};
  EXPECT_THAT(ConditionsOf(Schema({{"a", TypeId::kInt, false, "{}"}})),
              ElementsAre("`a` IS NOT NULL"));
  EXPECT_THAT(ConditionsOf(Schema({{"s", DataType::Struct({member}), true, "{}"}})),
              ElementsAre("(`s` IS NULL OR `s`.`x` IS NOT NULL)"));
  EXPECT_THAT(
      ConditionsOf(Schema({{"l", DataType::Array(DataType::Struct({member})), true, "{}"}})),
      ElementsAre("(`l` IS NULL OR forall(`l`, e1 -> (e1 IS NULL OR e1.`x` IS NOT NULL)))"));
  EXPECT_THAT(ConditionsOf(Schema({{"n", TypeId::kInt, true, "{}"}})), IsEmpty());
}

TEST(RowRulesTest, ConstraintsInvariantsAndGeneratedColumnsAreRules) {
  Field made = WithMetadataText({"g", TypeId::kInt, true, "{}"}, kGenerationKey, "a + 1");
  Field old = WithMetadataText({"a", TypeId::kInt, true, "{}"}, kInvariantsKey,
                               R"({"expression":{"expression":"a > 3"}})");
  EXPECT_THAT(ConditionsOf(Schema({old, made}), {{"delta.constraints.small", "a < 9"},
                                                 {"delta.appendOnly", "true"},
                                                 {"other", "x"}}),
              ElementsAre("a > 3", "`g` <=> (a + 1)", "a < 9"));
}

TEST(RowRulesTest, ThePlanFailsWhereARuleIsBroken) {
  const PlanPtr plan = Rows();
  const auto result = EnforceRules(plan, {CheckConstraintRule("small", "a < 9")}, TestOptions());
  ASSERT_EQ(ExpectationsIn(result), 1u);
  const auto& one = std::get<ExpectPlan>(std::get<BoundQuery>(result).plan->node).expectations[0];
  EXPECT_TRUE(IsRowRule(one.name));
  EXPECT_EQ(one.error_condition, "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES");
  EXPECT_THAT(one.error_columns, ElementsAre("a"));
  EXPECT_EQ(std::get<BoundQuery>(EnforceRules(plan, {}, TestOptions())).plan, plan);
}

TEST(RowRulesTest, WhatIsNoConstraintIsNamed) {
  const Schema schema({{"a", TypeId::kInt, true, "{}"}});
  const auto condition = [&](const std::string& text) {
    const auto found = CheckConstraint(schema, CheckConstraintRule("c", text), {}, TestOptions());
    return found.empty() ? std::string() : found[0].condition;
  };
  EXPECT_EQ(condition("a > 1"), "");
  EXPECT_EQ(condition("current_date() > DATE '2020-01-01'"), "");
  EXPECT_EQ(condition("a + 1"), "DELTA_NON_BOOLEAN_CHECK_CONSTRAINT");
  EXPECT_EQ(condition("a > rand()"), "DELTA_UNSUPPORTED_EXPRESSION_CHECK_CONSTRAINT");
  EXPECT_EQ(condition("a > (SELECT 1)"), "DELTA_UNSUPPORTED_EXPRESSION_CHECK_CONSTRAINT");
  EXPECT_EQ(condition("b > 1"), "UNRESOLVED_COLUMN.WITH_SUGGESTION");
  EXPECT_NE(condition("max(a) > 1"), "");
}

TEST(ColumnValuesTest, WhatIsLeftOutIsFilledIn) {
  const Schema target({{"a", TypeId::kInt, true, "{}"},
                       WithMetadataText({"d", TypeId::kLong, true, "{}"}, kDefaultKey, "5"),
                       WithMetadataText({"g", TypeId::kLong, true, "{}"}, kGenerationKey, "d + a"),
                       {"b", TypeId::kString, true, "{}"},
                       {"n", TypeId::kDate, true, "{}"}});
  const auto result = BindMissing(Rows(), target, TestOptions());
  const auto* bound = std::get_if<BoundQuery>(&result);
  ASSERT_NE(bound, nullptr);
  std::vector<std::string> names;
  for (const PlanColumn& column : bound->plan->columns) names.push_back(column.name);
  EXPECT_THAT(names, ElementsAre("a", "d", "g", "b", "n"));
}

TEST(ColumnValuesTest, DefaultWordsStandForTheColumnsDefault) {
  const Schema table({{"a", TypeId::kInt, true, "{}"},
                      WithMetadataText({"d", TypeId::kInt, true, "{}"}, kDefaultKey, "5"),
                      WithMetadataText({"g", TypeId::kInt, true, "{}"}, kGenerationKey, "a")});
  Schema given = table;
  EXPECT_EQ(WithDefaults(*ParseQueryText("VALUES (1, 2, 3)"), given), nullptr);
  EXPECT_NE(WithDefaults(*ParseQueryText("VALUES (1, DEFAULT, 3), (1, 2, 3)"), given), nullptr);
  EXPECT_EQ(given.size(), 3u);
  EXPECT_NE(WithDefaults(*ParseQueryText("SELECT 1, DEFAULT, DEFAULT"), given), nullptr);
  EXPECT_EQ(given.size(), 2u);
  EXPECT_EQ(given.Find("g"), std::nullopt);
}

}  // namespace
}  // namespace weir::sql
