#include "weir/sql/failed_part.h"

#include <gtest/gtest.h>

#include "weir/sql/memory_names.h"

namespace weir::sql {
namespace {

std::string FailedText(const std::string& sql, const std::string& condition,
                       const std::string& message) {
  MemoryNames names;
  const PlanPtr plan = BindText(sql, names);
  if (plan == nullptr) return "does not bind";
  const auto part = FailedPart(*plan, condition, message);
  return part ? std::string(part->Text()) : "";
}

std::string Malformed(const std::string& value, const std::string& type) {
  return "The value '" + value + "' of the type \"STRING\" cannot be cast to \"" + type +
         "\" because it is malformed.";
}

TEST(FailedPartTest, TheOnlyDivisionIsTheOneThatFailed) {
  const std::string zero = "Division by zero.";
  EXPECT_EQ(FailedText("select a, 7 / a + c from t", "DIVIDE_BY_ZERO", zero), "7 / a");
  EXPECT_EQ(FailedText("select b from t where c div a > 1", "DIVIDE_BY_ZERO", zero), "c div a");
  EXPECT_EQ(FailedText("select 7 / a, 8 / a from t", "DIVIDE_BY_ZERO", zero), "");
  EXPECT_EQ(FailedText("select a % 2 from t", "DIVIDE_BY_ZERO", zero), "");
  EXPECT_EQ(FailedText("select a % c from t", "REMAINDER_BY_ZERO", "Remainder by zero."), "a % c");
}

TEST(FailedPartTest, OverflowsTellTheirTypeSignAndValues) {
  const std::string overflow = "integer overflow: 2147483647 + 1. Use `try_add` to tolerate it.";
  EXPECT_EQ(FailedText("select a + 1, a - 1, c + 1 from t", "ARITHMETIC_OVERFLOW", overflow),
            "a + 1");
  EXPECT_EQ(FailedText("select a + 1, a + 2 from t", "ARITHMETIC_OVERFLOW", overflow), "a + 1");
  EXPECT_EQ(FailedText("select a + 1, id + 1 from t, (select a as id from u)",
                       "ARITHMETIC_OVERFLOW", overflow),
            "");
}

TEST(FailedPartTest, CastsTellTheirTypesAndValues) {
  EXPECT_EQ(FailedText("select cast(b as int), cast(b as date) from t", "CAST_INVALID_INPUT",
                       Malformed("x", "INT")),
            "cast(b as int)");
  // What is converted by itself is the operand.
  EXPECT_EQ(FailedText("select a = b from t", "CAST_INVALID_INPUT", Malformed("x", "BIGINT")), "b");
  EXPECT_EQ(FailedText("select cast('y' as int), cast(b as int) from t", "CAST_INVALID_INPUT",
                       Malformed("x", "INT")),
            "cast(b as int)");
  EXPECT_EQ(
      FailedText("select try_cast(b as int) from t", "CAST_INVALID_INPUT", Malformed("x", "INT")),
      "");
}

}  // namespace
}  // namespace weir::sql
