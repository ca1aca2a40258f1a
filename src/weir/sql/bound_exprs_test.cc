#include "weir/sql/bound_exprs.h"

#include <gtest/gtest.h>

#include "weir/base/error.h"
#include "weir/sql/functions.h"

namespace weir::sql {
namespace {

TEST(BoundExprsTest, ATablesColumnsAreNumberedByTheirPlaces) {
  const auto columns = NumberedColumns(
      Schema({{"a", TypeId::kLong, false, "{}"}, {"b", TypeId::kString, true, R"({"k":1})"}}));
  ASSERT_EQ(columns.size(), 2U);
  EXPECT_EQ(columns[0].id, 0U);
  EXPECT_FALSE(columns[0].nullable);
  EXPECT_EQ(columns[1].id, 1U);
  EXPECT_EQ(columns[1].name, "b");
  EXPECT_EQ(columns[1].type, DataType(TypeId::kString));
  EXPECT_EQ(columns[1].metadata, R"({"k":1})");
}

TEST(BoundExprsTest, ACallHasTheTypeOfTheFunctionThatFits) {
  const auto one = LiteralOf(Value::Long(1), {});
  const auto sum = MakeCall("+", {one, one});
  EXPECT_EQ(sum->type, DataType(TypeId::kLong));
  const auto equal = MakeCall("=", {sum, one});
  EXPECT_EQ(equal->type, DataType(TypeId::kBoolean));
  const auto& call = std::get<BoundCall>(equal->node);
  EXPECT_EQ(call.arguments[0], sum);
  EXPECT_EQ(call.signature, &FittingSignature("=", {sum, one}));
  EXPECT_THROW(MakeCall("no such function", {one}), Error);
}

}  // namespace
}  // namespace weir::sql
