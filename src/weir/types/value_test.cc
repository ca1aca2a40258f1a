#include "weir/types/value.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "weir/types/civil_time.h"

namespace weir {
namespace {

// How a text reads in a type and prints again; "-" when it does not read.
std::string Cast(std::string_view text, const DataType& type) {
  const auto value = ParseValue(text, type);
  return value ? value->ToString() : "-";
}

TEST(ParseValueTest, Booleans) {
  for (const char* const text : {"t", "true", "Y", "yes", "1", " TRUE\n"}) {
    EXPECT_EQ(Cast(text, TypeId::kBoolean), "true") << text;
  }
  for (const char* const text : {"f", "False", "n", "NO", "0"}) {
    EXPECT_EQ(Cast(text, TypeId::kBoolean), "false") << text;
  }
  for (const char* const text : {"", "on", "2", "tru"}) {
    EXPECT_EQ(Cast(text, TypeId::kBoolean), "-") << text;
  }
}

TEST(ParseValueTest, IntegersAreExactAndInRange) {
  EXPECT_EQ(Cast(" +12 ", TypeId::kInt), "12");
  EXPECT_EQ(Cast("-128", TypeId::kByte), "-128");
  EXPECT_EQ(Cast("128", TypeId::kByte), "-");
  EXPECT_EQ(Cast("32768", TypeId::kShort), "-");
  EXPECT_EQ(Cast("2147483648", TypeId::kInt), "-");
  EXPECT_EQ(Cast("9223372036854775807", TypeId::kLong), "9223372036854775807");
  for (const char* const text : {"9223372036854775808", "1.0", "1e3", "", "+", "-", "+-1", "1 2"}) {
    EXPECT_EQ(Cast(text, TypeId::kLong), "-") << text;
  }
}

TEST(ParseValueTest, DoublesReadAsJavaReadsAndPrintAsJavaPrints) {
  const std::pair<const char*, const char*> cases[] = {
      {"1", "1.0"},
      {"0.1", "0.1"},
      {"1e10", "1.0E10"},
      {"0.00001", "1.0E-5"},
      {"0.001", "0.001"},
      {"9999999", "9999999.0"},
      {"1e7", "1.0E7"},
      {"12345678.9", "1.23456789E7"},
      {".5", "0.5"},
      {"5.", "5.0"},
      {"+1.5D", "1.5"},
      {"-2f", "-2.0"},
      {"NaN", "NaN"},
      {"nan", "NaN"},
      {"Infinity", "Infinity"},
      {"-inf", "-Infinity"},
      {"+INFINITY", "Infinity"},
      {"1e400", "Infinity"},
      {"1e-400", "0.0"},
      {"-0", "-0.0"},
      {" 2.5 ", "2.5"},
      {"1E+3", "1000.0"},
      {"1.7976931348623157e308", "1.7976931348623157E308"},
  };
  for (const auto& [text, printed] : cases) EXPECT_EQ(Cast(text, TypeId::kDouble), printed) << text;
  for (const char* const text :
       {"", ".", "-", "+-1", "--1", "1e", "abc", "nan(1)", "1,5", "in", "NA", "0x10", "d", "1dd"}) {
    EXPECT_EQ(Cast(text, TypeId::kDouble), "-") << text;
  }
}

TEST(ParseValueTest, FloatsAreRoundedOnce) {
  EXPECT_EQ(Cast("0.1", TypeId::kFloat), "0.1");
  EXPECT_EQ(Cast("16777217", TypeId::kFloat), "1.6777216E7");
  EXPECT_EQ(Cast("3.4028236e38", TypeId::kFloat), "Infinity");
}

TEST(ParseValueTest, DecimalsKeepTheirScaleAndRoundHalfUp) {
  const DataType type = DataType::Decimal(5, 2);
  const std::pair<const char*, const char*> cases[] = {
      {"1.5", "1.50"},
      {"1.005", "1.01"},
      {"-1.005", "-1.01"},
      {"1.004999", "1.00"},
      {"999.99", "999.99"},
      {"1e2", "100.00"},
      {"1E-3", "0.00"},
      {"5e-3", "0.01"},
      {".5", "0.50"},
      {"5.", "5.00"},
      {"+0", "0.00"},
      {"0e999", "0.00"},
      {"000000000012.3", "12.30"},
      {"-0.004", "0.00"},
  };
  for (const auto& [text, printed] : cases) EXPECT_EQ(Cast(text, type), printed) << text;
  for (const char* const text :
       {"1000", "999.995", "1e3", "1e99999999999", "NaN", "", ".", "1..2", "1e", "1e+-2"}) {
    EXPECT_EQ(Cast(text, type), "-") << text;
  }
  EXPECT_EQ(Cast("99999999999999999999999999999999999999", DataType::Decimal(38, 0)),
            "99999999999999999999999999999999999999");
  EXPECT_EQ(Cast("100000000000000000000000000000000000000", DataType::Decimal(38, 0)), "-");
}

TEST(ParseValueTest, Dates) {
  const std::pair<const char*, const char*> cases[] = {
      {"2013-1-1", "2013-01-01"},
      {"2013", "2013-01-01"},
      {"2013-02", "2013-02-01"},
      {"2013-01-01 05:00:00", "2013-01-01"},
      {"2013-01-01Tanything", "2013-01-01"},
      {" 1970-01-01 ", "1970-01-01"},
      {"-0044-03-15", "-0044-03-15"},
      {"+12345-01-01", "+12345-01-01"},
      {"2012-02-29", "2012-02-29"},
      {"0000-01-01", "0000-01-01"},
  };
  for (const auto& [text, printed] : cases) EXPECT_EQ(Cast(text, TypeId::kDate), printed) << text;
  for (const char* const text :
       {"", "2013-02-29", "2013-13-01", "2013-1-32", "13-1-1", "2013/01/01", "2013-", "2013-1-",
        "2013-01-001", "2013 ", "20130101", "-", "x"}) {
    if (std::string_view(text) == "2013 ") continue;  // Trimmed: a year.
    EXPECT_EQ(Cast(text, TypeId::kDate), "-") << text;
  }
}

TEST(ParseValueTest, Timestamps) {
  const std::pair<const char*, const char*> cases[] = {
      {"2013-01-01", "2013-01-01 00:00:00"},
      {"2013-1-1 5:0:0", "2013-01-01 05:00:00"},
      {"2013-01-01 05", "2013-01-01 05:00:00"},
      {"2013-01-01T05:30", "2013-01-01 05:30:00"},
      {"2013-01-01T05:00:00Z", "2013-01-01 05:00:00"},
      {"2013-01-01T05:00:00.5Z", "2013-01-01 05:00:00.5"},
      {"2013-01-01 05:00:00.123456789", "2013-01-01 05:00:00.123456"},
      {"2013-01-01 05:00:00.000001", "2013-01-01 05:00:00.000001"},
      {"2013-01-01 05:00:00+01:00", "2013-01-01 04:00:00"},
      {"2013-01-01 05:00:00 UTC", "2013-01-01 05:00:00"},
      {"2013-01-01 05:00:00-7", "2013-01-01 12:00:00"},
      {"2013-01-01 05:00:00GMT+1", "2013-01-01 04:00:00"},
      {"2013-01-01 05:00:00.25+05:30", "2012-12-31 23:30:00.25"},
      {"1969-12-31 23:59:59.999999", "1969-12-31 23:59:59.999999"},
      {"2013", "2013-01-01 00:00:00"},
  };
  for (const auto& [text, printed] : cases) {
    EXPECT_EQ(Cast(text, TypeId::kTimestamp), printed) << text;
  }
  for (const char* const text :
       {"", "2013-01-01 24:00:00", "2013-01-01 05:60:00", "2013-01-01x", "05:00:00",
        "2013-01-01 05:00:00+19", "2013-01-01 05:00:00 Nowhere/City", "2013-01-01 05:00:00+1:99",
        "999999-01-01 00:00:00", "2013-01-01 05:00Z", "NA"}) {
    EXPECT_EQ(Cast(text, TypeId::kTimestamp), "-") << text;
  }
  EXPECT_EQ(Cast("2013-01-01 05:00:00+01:00", TypeId::kTimestampNtz), "2013-01-01 05:00:00");
}

TEST(CivilTimeTest, DaysAndCalendarAgreeBothWays) {
  std::mt19937_64 random(7);
  std::uniform_int_distribution<int64_t> days(-100'000'000, 100'000'000);
  for (int i = 0; i < 20'000; ++i) {
    const int64_t day = days(random);
    const CivilDay civil = CivilDayOf(day);
    ASSERT_TRUE(IsValidDay(civil));
    ASSERT_EQ(DaysSinceEpoch(civil), day);
  }
  EXPECT_EQ(DaysSinceEpoch({2000, 3, 1}), 11017);
}

TEST(ValueTest, NestedValuesPrintAsSparkCasts) {
  const Value list(DataType::Array(TypeId::kInt),
                   std::vector<Value>{Value::Int(1), Value::Null(TypeId::kInt)});
  EXPECT_EQ(list.ToString(), "[1, null]");
  const Value map(DataType::Map(TypeId::kString, TypeId::kInt),
                  std::vector<Value>{Value::String("k"), Value::Int(2), Value::String("l"),
                                     Value::Null(TypeId::kInt)});
  EXPECT_EQ(map.ToString(), "{k -> 2, l -> null}");
  const Value record(DataType::Struct({{"a", TypeId::kInt}, {"b", TypeId::kString}}),
                     std::vector<Value>{Value::Int(1), Value::String("x")});
  EXPECT_EQ(record.ToString(), "{1, x}");
  EXPECT_EQ(Value::Null(TypeId::kInt).ToString(), "NULL");
}

TEST(ValueTest, IntervalsPrintAsTheirLiterals) {
  EXPECT_EQ(Value(TypeId::kYearMonthInterval, int64_t{-14}).ToString(),
            "INTERVAL '-1-2' YEAR TO MONTH");
  EXPECT_EQ(Value(TypeId::kDayTimeInterval, int64_t{93'784'000'100}).ToString(),
            "INTERVAL '1 02:03:04.0001' DAY TO SECOND");
  EXPECT_EQ(Value(TypeId::kDayTimeInterval, std::numeric_limits<int64_t>::min()).ToString(),
            "INTERVAL '-106751991 04:00:54.775808' DAY TO SECOND");
}

TEST(ValueTest, DecimalsPrintEveryDigit) {
  EXPECT_EQ(DecimalToString(12345, 2), "123.45");
  EXPECT_EQ(DecimalToString(-5, 3), "-0.005");
  EXPECT_EQ(DecimalToString(0, 0), "0");
  Int128 large = 1;
  for (int i = 0; i < 38; ++i) large *= 10;
  EXPECT_EQ(DecimalToString(-(large - 1), 0), "-" + std::string(38, '9'));
}

TEST(ValueTest, ComparesByTheOrderOfSpark) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_GT(CompareValues(Value::Double(nan), Value::Double(infinity)), 0);
  EXPECT_EQ(CompareValues(Value::Double(nan), Value::Double(nan)), 0);
  EXPECT_EQ(CompareValues(Value::Double(-0.0), Value::Double(0.0)), 0);
  EXPECT_LT(CompareValues(Value::String("a"), Value::String("\xC3\xA9")), 0);
  EXPECT_LT(CompareValues(Value::String("a"), Value::String("ab")), 0);
  EXPECT_GT(CompareValues(Value::Long(2), Value::Long(-2)), 0);
  EXPECT_LT(CompareValues(Value::Boolean(false), Value::Boolean(true)), 0);
}

// What prints must read back as itself.
TEST(ValueTest, PrintingAndParsingAreInverse) {
  std::mt19937_64 random(11);
  for (int i = 0; i < 20'000; ++i) {
    const uint64_t bits = random();
    double real = 0;
    std::memcpy(&real, &bits, sizeof(real));
    const int64_t micros = static_cast<int64_t>(bits) / 64;
    for (const Value& value :
         {Value::Long(static_cast<int64_t>(bits)), Value(TypeId::kTimestamp, micros),
          Value(TypeId::kDate, static_cast<int64_t>(bits) >> 34),
          Value(DataType::Decimal(38, 7), Int128{static_cast<int64_t>(bits)})}) {
      ASSERT_EQ(ParseValue(value.ToString(), value.type()), value) << value.ToString();
    }
    if (!std::isnan(real)) {
      ASSERT_EQ(ParseValue(Value::Double(real).ToString(), TypeId::kDouble), Value::Double(real));
    }
  }
}

}  // namespace
}  // namespace weir
