#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weir/engine/duckdb/functions/duckdb_pch.h"
#include "weir/engine/duckdb/functions/java_regex.h"
#include "weir/engine/duckdb/functions/register.h"
#include "weir/engine/duckdb/functions/time_pattern.h"
#include "weir/engine/duckdb/functions/zones.h"
#include "weir/sql/functions.h"
#include "weir/types/parse_text.h"

// Signatures as they are printed, run on the engine. What every function gives beside Spark is
// tested as SQL, in test/conformance.
namespace weir::engine {
namespace {

using sql::ArgumentShape;

// An expression with the type that the table gives it.
struct Typed {
  std::string text;
  DataType type;
};

Typed Literal(std::string text, const DataType& type) {
  return {"CAST(" + text + " AS " + sql::DuckdbType(type) + ")", type};
}
Typed Int(int value) { return Literal(std::to_string(value), TypeId::kInt); }
Typed Text(const std::string& value) { return Literal("'" + value + "'", TypeId::kString); }
Typed Decimal(const std::string& value, int precision, int scale) {
  return Literal(value, DataType::Decimal(precision, scale));
}

Typed Cast(const Typed& from, const DataType& to, bool is_try = false) {
  return {sql::DuckdbCast(from.text, from.type, to, is_try), to};
}

Typed Call(const std::string& name, const std::vector<Typed>& arguments) {
  std::vector<ArgumentShape> shapes;
  for (const Typed& argument : arguments) {
    shapes.push_back(ArgumentShape{argument.type, true, false, nullptr, 0});
  }
  const sql::FunctionLookup found = sql::LookUp(name, shapes);
  const auto* const* signature = std::get_if<const sql::Signature*>(&found);
  EXPECT_NE(signature, nullptr) << name;
  if (signature == nullptr) return {};
  std::vector<std::string> texts;
  for (size_t i = 0; i < arguments.size(); ++i) {
    texts.push_back(Cast(arguments[i], (*signature)->arguments[i]).text);
  }
  return {(*signature)->duckdb(texts), (*signature)->result};
}

class FunctionsTest : public testing::Test {
 protected:
  FunctionsTest() : database_(nullptr), connection_(database_) {
    RegisterFunctions(*database_.instance);
  }

  // As Spark's CAST to STRING prints it, or the message of what failed.
  std::string Value(const Typed& expression) {
    return Run("SELECT " + Cast(expression, TypeId::kString).text);
  }
  std::string TypeOf(const Typed& expression) {
    return Run("SELECT typeof(" + expression.text + ")");
  }
  std::string Run(const std::string& text) {
    const auto result = connection_.Query(text);
    if (result->HasError()) return result->GetErrorObject().RawMessage();
    return result->GetValue(0, 0).ToString();
  }

  duckdb::DuckDB database_;
  duckdb::Connection connection_;
};

using testing::StartsWith;

TEST_F(FunctionsTest, DivisionOfIntegersIsOfDoublesAndByZeroFails) {
  EXPECT_EQ(Value(Call("/", {Int(1), Int(2)})), "0.5");
  EXPECT_THAT(Value(Call("/", {Int(1), Int(0)})), StartsWith("[DIVIDE_BY_ZERO]"));
  EXPECT_THAT(Value(Call("%", {Int(1), Int(0)})), StartsWith("[REMAINDER_BY_ZERO]"));
}

TEST_F(FunctionsTest, AGuardedDivisionDoesNotFail) {
  const Typed division = Call("/", {Typed{"x", TypeId::kInt}, Typed{"y", TypeId::kInt}});
  EXPECT_EQ(Run("SELECT sum(CASE WHEN y = 0 THEN 0 ELSE " + division.text +
                " END) FROM (VALUES (4, 2), (1, 0)) t(x, y)"),
            "2.0");
  EXPECT_EQ(Run("SELECT count(*) FROM (SELECT range % 10 AS x, range % 7 AS y FROM range(10000)) "
                "WHERE y <> 0 AND " +
                division.text + " > 1"),
            Run("SELECT count(*) FROM (SELECT range % 10 AS x, range % 7 AS y FROM range(10000)) "
                "WHERE y <> 0 AND x > y"));
}

TEST_F(FunctionsTest, DecimalsGiveTheTypeOfTheTableAndRoundHalfUp) {
  const Typed quotient = Call("/", {Decimal("1.0", 2, 1), Decimal("3.0", 2, 1)});
  EXPECT_EQ(Value(quotient), "0.333333");
  EXPECT_EQ(TypeOf(quotient), "DECIMAL(8,6)");
  const Typed product = Call("*", {Decimal("12345678.91", 10, 2), Decimal("12345678.91", 10, 2)});
  EXPECT_EQ(TypeOf(product), "DECIMAL(21,4)");
  EXPECT_EQ(Value(product), "152415787748818.7881");
  const Typed narrow = Call("*", {Decimal("1.5", 38, 18), Decimal("2", 38, 18)});
  EXPECT_EQ(TypeOf(narrow), "DECIMAL(38,6)");
  EXPECT_EQ(Value(narrow), "3.000000");
  EXPECT_EQ(Value(Cast(Decimal("1.005", 4, 3), DataType::Decimal(3, 2))), "1.01");
  EXPECT_THAT(Value(Cast(Decimal("123.456", 6, 3), DataType::Decimal(4, 2))),
              StartsWith("[NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION]"));
}

TEST_F(FunctionsTest, TheLongestDecimalsAreDividedExactly) {
  const Typed big = Decimal("'99999999999999999999999999999999999999'", 38, 0);
  EXPECT_EQ(Value(Call("/", {big, Decimal("'70000000000000000000'", 20, 0)})),
            "1428571428571428571.428571");
  EXPECT_EQ(Value(Call("%", {big, Decimal("7", 1, 0)})), "1");
  EXPECT_THAT(Value(Call("*", {big, big})),
              StartsWith("[NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION]"));
}

TEST_F(FunctionsTest, CastsOfTextsFailByConditionAndTryCastsGiveNull) {
  EXPECT_EQ(Value(Cast(Text(" 42 "), TypeId::kInt)), "42");
  EXPECT_THAT(Value(Cast(Text("1.5"), TypeId::kInt)), StartsWith("[CAST_INVALID_INPUT]"));
  EXPECT_EQ(Value(Cast(Text("1.5"), TypeId::kInt, true)), "NULL");
  EXPECT_THAT(Value(Cast(Literal("3000000000", TypeId::kLong), TypeId::kInt)),
              StartsWith("[CAST_OVERFLOW] The value 3000000000L of the type \"BIGINT\""));
}

TEST_F(FunctionsTest, NestedValuesPrintAsSparkDoes) {
  const DataType inner = DataType::Struct({Field{"a", TypeId::kInt}, Field{"b", TypeId::kString}});
  const DataType type = DataType::Array(DataType::Map(TypeId::kString, inner));
  EXPECT_EQ(Value(Literal("[MAP {'k': {'a': 1, 'b': NULL}}, NULL]", type)),
            "[{k -> {1, null}}, null]");
}

TEST_F(FunctionsTest, AFieldNameMayHoldADollarSign) {
  const DataType from = DataType::Struct({Field{"a$1", TypeId::kInt}});
  const DataType to = DataType::Struct({Field{"b$2", TypeId::kLong}});
  EXPECT_EQ(Value(Cast(Literal("{'a$1': 7}", from), to)), "{7}");
}

TEST_F(FunctionsTest, JavaPatternsAreUnderstoodOrRefusedByName) {
  JavaRegex look("(?<=a)b(?!c)", "rlike");
  EXPECT_FALSE(look.Find("ab", 0).empty());
  EXPECT_TRUE(look.Find("abc", 0).empty());
  const auto message = [](const char* pattern) -> std::string {
    try {
      JavaRegex regex(pattern, "rlike");
    } catch (const duckdb::Exception& e) {
      return duckdb::ErrorData(e).RawMessage();
    }
    return "";
  };
  EXPECT_THAT(message("[a-z&&[^b]]"), StartsWith("[UNSUPPORTED_FEATURE.REGULAR_EXPRESSION]"));
  EXPECT_THAT(message("("), StartsWith("[INVALID_PARAMETER_VALUE.PATTERN]"));
}

// test/conformance holds them to Spark's.
TEST(EngineZonesTest, RegionsHaveTheirHistoryAndTheirFuture) {
  const TimeZones& zones = EngineZones();
  const TimeZonePtr berlin = zones.Find("Europe/Berlin");
  ASSERT_NE(berlin, nullptr);
  EXPECT_EQ(berlin, zones.Find("Europe/Berlin"));
  const auto offset = [&](const char* at) { return berlin->OffsetAt(*ParseTimestamp(at)); };
  EXPECT_EQ(offset("0001-01-01 00:00:00"), 3'208);
  EXPECT_EQ(offset("1893-03-31 23:06:31"), 3'208);
  EXPECT_EQ(offset("1893-03-31 23:06:32"), 3'600);
  EXPECT_EQ(offset("1945-06-01 00:00:00"), 10'800);
  EXPECT_EQ(offset("2024-03-31 00:59:59"), 3'600);
  EXPECT_EQ(offset("2024-03-31 01:00:00"), 7'200);
  for (const char* const year : {"2037", "2100", "2101", "2500", "2501", "9999"}) {
    EXPECT_EQ(offset((std::string(year) + "-01-15 00:00:00").c_str()), 3'600) << year;
    EXPECT_EQ(offset((std::string(year) + "-07-15 00:00:00").c_str()), 7'200) << year;
  }
  for (const char* const unknown : {"europe/berlin", "Europe", "ROC", "Factory", "", "+25:00"}) {
    EXPECT_EQ(zones.Find(unknown), nullptr) << unknown;
  }
  EXPECT_THAT(zones.RegionNames(), testing::Contains("America/Los_Angeles"));
}

TEST_F(FunctionsTest, TimePatternsReadWhatTheyWrite) {
  for (const char* const pattern :
       {"yyyy-MM-dd HH:mm:ss.SSSSSS", "yyyyMMddHHmmssSSSSSS", "d MMM yyyy h:mm:ss.SSSSSS a",
        "MMMM d yyyy HH:mm:ss.SSSSSS", "D/yyyy H:m:s.SSSSSS", "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX"}) {
    const TimePattern compiled(pattern);
    for (const int64_t micros : {int64_t{0}, int64_t{1'577'836'800'123'456}, int64_t{-1}}) {
      const std::string text = compiled.Format(micros, *UtcZone());
      const auto parsed = compiled.Parse(text, EngineZones());
      ASSERT_TRUE(std::holds_alternative<ReadTime>(parsed)) << pattern << text;
      EXPECT_EQ(std::get<ReadTime>(parsed).local, micros) << pattern;
    }
  }
}

}  // namespace
}  // namespace weir::engine
