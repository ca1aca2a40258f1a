#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weir/sql/parser_testing.h"

namespace weir::sql {
namespace {

template <typename Node>
const Node& As(const ExprPtr& expr) {
  return std::get<Node>(expr->node);
}

ExprPtr ParsedExpression(const std::string& text) {
  auto result = ParseExpression(Source(text));
  if (std::holds_alternative<Diagnostics>(result)) {
    ADD_FAILURE() << text << ": " << Told(std::get<Diagnostics>(result));
    return nullptr;
  }
  return std::move(std::get<ExprPtr>(result));
}

Value LiteralOf(const std::string& text) { return As<LiteralExpr>(ParsedExpression(text)).value; }

TEST(ExpressionParserTest, OperatorsBindAsInSpark) {
  EXPECT_EQ(Expression("(a + b) * c - d"), "(a + b) * c - d");
  EXPECT_EQ(Expression("a + (b * c)"), "a + b * c");
  EXPECT_EQ(Expression("a - (b - c)"), "a - (b - c)");
  EXPECT_EQ(Expression("(a | (b ^ (c & (d << (e + f)))))"), "a | b ^ c & d << e + f");
  EXPECT_EQ(Expression("(a | b) & c"), "(a | b) & c");
  EXPECT_EQ(Expression("a DIV b % c"), "a DIV b % c");
  EXPECT_EQ(Expression("a DIV (b % c)"), "a DIV (b % c)");
  EXPECT_EQ(Expression("NOT a = b AND c OR d"), "NOT a = b AND c OR d");
  EXPECT_EQ(Expression("(NOT (a = b)) AND (c OR d)"), "NOT a = b AND (c OR d)");
  EXPECT_EQ(Expression("-a::int"), "-CAST(a AS INT)");
  EXPECT_EQ(Expression("a >> 1 >>> 2"), "a >> 1 >>> 2");
  EXPECT_EQ(Expression("a == b"), "a = b");
  EXPECT_EQ(Expression("a != b"), "a <> b");
  EXPECT_EQ(Expression("a !< b"), "a >= b");
  EXPECT_EQ(Expression("~-+a"), "~-+a");
  EXPECT_EQ(Expression("- -a"), "-(-a)");
}

// A predicate takes the whole comparison before it, and a value may be a comparison.
TEST(ExpressionParserTest, PredicatesTakeValues) {
  const ExprPtr is_null = ParsedExpression("a = b IS NULL");
  EXPECT_TRUE(std::holds_alternative<BinaryExpr>(As<IsExpr>(is_null).operand->node));
  EXPECT_EQ(Expression("a NOT BETWEEN 1 AND 2 AND c"), "a NOT BETWEEN 1 AND 2 AND c");
  EXPECT_EQ(Expression("a IS NOT DISTINCT FROM b"), "a IS NOT DISTINCT FROM b");
  EXPECT_EQ(Expression("a IN (1)"), "a IN (1)");
  EXPECT_EQ(Expression("(a, b) NOT IN (SELECT 1, 2)"), "struct(a, b) NOT IN (SELECT 1, 2)");
  EXPECT_EQ(Expression("a LIKE 'x!%' ESCAPE '!'"), "a LIKE 'x!%' ESCAPE '!'");
  EXPECT_EQ(Expression("a not ilike some ('x', 'y')"), "a NOT ILIKE ANY ('x', 'y')");
  EXPECT_EQ(Expression("a regexp 'x'"), "a RLIKE 'x'");
  EXPECT_EQ(Expression("a IS NULL IS NULL"), "PARSE_SYNTAX_ERROR @1:11");
}

TEST(ExpressionParserTest, ChainsOfAndAreBalancedAsInSpark) {
  const ExprPtr chain = ParsedExpression("a AND b AND c AND d");
  EXPECT_EQ(ToSql(*As<BinaryExpr>(chain).left), "a AND b");
  EXPECT_EQ(ToSql(*As<BinaryExpr>(chain).right), "c AND d");
  EXPECT_EQ(Expression("a AND (b AND (c AND d))"), "a AND (b AND (c AND d))");
  std::string text = "a";
  for (int i = 0; i < 100000; ++i) text += " OR a";
  EXPECT_LT(ParsedExpression(text)->height, 20u);
}

TEST(ExpressionParserTest, NumbersHaveTheTypesOfTheirForms) {
  EXPECT_EQ(LiteralOf("1"), Value::Int(1));
  EXPECT_EQ(LiteralOf("-2147483648"), Value::Int(-2147483648));
  EXPECT_EQ(LiteralOf("2147483648"), Value::Long(2147483648));
  EXPECT_EQ(LiteralOf("-9223372036854775808L"), Value::Long(INT64_MIN));
  EXPECT_EQ(LiteralOf("7S"), Value(TypeId::kShort, int64_t{7}));
  EXPECT_EQ(LiteralOf("-128y"), Value(TypeId::kByte, int64_t{-128}));
  EXPECT_EQ(LiteralOf("1e3"), Value::Double(1000));
  EXPECT_EQ(LiteralOf("1.5D"), Value::Double(1.5));
  EXPECT_EQ(LiteralOf("1.5f"), Value(TypeId::kFloat, 1.5));
  EXPECT_EQ(LiteralOf("1.50"), Value(DataType::Decimal(3, 2), Int128{150}));
  EXPECT_EQ(LiteralOf(".05"), Value(DataType::Decimal(2, 2), Int128{5}));
  EXPECT_EQ(LiteralOf("00.5"), Value(DataType::Decimal(1, 1), Int128{5}));
  EXPECT_EQ(LiteralOf("1."), Value(DataType::Decimal(1, 0), Int128{1}));
  EXPECT_EQ(LiteralOf("12e2BD"), Value(DataType::Decimal(4, 0), Int128{1200}));
  EXPECT_EQ(LiteralOf("9223372036854775808").type(), DataType::Decimal(19, 0));
  EXPECT_EQ(Expression("128Y"), "INVALID_NUMERIC_LITERAL_RANGE @1:1");
  EXPECT_EQ(Expression("1e999"), "INVALID_NUMERIC_LITERAL_RANGE @1:1");
  EXPECT_EQ(Expression(std::string(39, '9')), "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION @1:1");
}

TEST(ExpressionParserTest, StringsResolveEscapesAsSparkDoes) {
  EXPECT_EQ(LiteralOf("'a''b'").text(), "a'b");
  EXPECT_EQ(LiteralOf("'a' \"b\"").text(), "ab");
  EXPECT_EQ(LiteralOf(R"('\n\t\'\\\%\_\q')").text(), "\n\t'\\\\%\\_q");
  EXPECT_EQ(LiteralOf(R"('\101\u00e9\U0001F600\ud83d\ude00')").text(), "Aé😀😀");
  EXPECT_EQ(LiteralOf(R"(r'\n')").text(), "\\n");
  EXPECT_EQ(LiteralOf(R"('\0')").text(), std::string(1, '\0'));
  EXPECT_EQ(LiteralOf("X'1f2'").text(), "\x01\xF2");
}

TEST(ExpressionParserTest, TypedLiteralsAreChecked) {
  EXPECT_EQ(Expression("date '2013-1-2'"), "DATE '2013-01-02'");
  EXPECT_EQ(Expression("TIMESTAMP '2013-01-02 03:04:05+01:00'"),
            "TIMESTAMP '2013-01-02 02:04:05Z'");
  // Without an offset it is a time of the session's zone, or of the region that it names.
  EXPECT_EQ(Expression("TIMESTAMP '2013-01-02 03:04:05'"), "TIMESTAMP '2013-01-02 03:04:05'");
  EXPECT_EQ(Expression("TIMESTAMP '2013-01-02T03:04:00 Europe/Berlin'"),
            "TIMESTAMP '2013-01-02 03:04:00 Europe/Berlin'");
  EXPECT_EQ(Expression("TIMESTAMP_NTZ '2013-01-02 03:04'"), "TIMESTAMP_NTZ '2013-01-02 03:04:00'");
  EXPECT_EQ(Expression("date 'tomorrow morning'"), "INVALID_TYPED_LITERAL @1:1");
  EXPECT_EQ(Expression("date 'epoch'"), "DATE '1970-01-01'");
  EXPECT_EQ(Expression("date 'yesterday'"), "date_add(current_date(), -1)");
  EXPECT_EQ(Expression("timestamp 'now'"), "current_timestamp()");
  EXPECT_EQ(Expression("timestamp 'today'"), "CAST(current_date() AS TIMESTAMP)");
  EXPECT_EQ(Expression("geo '(1, 2)'"), "UNSUPPORTED_TYPED_LITERAL @1:1");
  EXPECT_EQ(Expression("date + 1"), "date + 1");
}

TEST(ExpressionParserTest, IntervalsOfBothFamilies) {
  EXPECT_EQ(Expression("interval 3 days"), "INTERVAL '3' DAY");
  EXPECT_EQ(Expression("interval '-7' weeks"), "INTERVAL '-49' DAY");
  EXPECT_EQ(Expression("INTERVAL 1 DAY 2 HOURS"), "INTERVAL '1 02' DAY TO HOUR");
  EXPECT_EQ(Expression("INTERVAL '1-2' YEAR TO MONTH"), "INTERVAL '1-2' YEAR TO MONTH");
  EXPECT_EQ(Expression("INTERVAL -'10 9:8:7.5' DAY TO SECOND"),
            "INTERVAL '-10 09:08:07.5' DAY TO SECOND");
  EXPECT_EQ(Expression("INTERVAL '1 year 2 months'"), "INTERVAL '1-2' YEAR TO MONTH");
  EXPECT_EQ(Expression("INTERVAL 1.5 SECONDS"), "INTERVAL '01.5' SECOND");
  EXPECT_EQ(Expression("t + INTERVAL n DAYS"), "t + INTERVAL n day");
  EXPECT_EQ(Expression("INTERVAL :n DAYS"), "INTERVAL :n day");
  EXPECT_EQ(Expression("INTERVAL 1 MONTH 1 DAY"), "_LEGACY_ERROR_TEMP_0029 @1:1");
  EXPECT_EQ(Expression("INTERVAL 1.5 DAYS"), "INVALID_INTERVAL_FORMAT.INVALID_FRACTION @1:1");
  EXPECT_EQ(Expression("INTERVAL '1-12' YEAR TO MONTH"),
            "INVALID_INTERVAL_FORMAT.INTERVAL_PARSING @1:1");
  EXPECT_EQ(Expression("INTERVAL '1 2:3' DAY TO HOUR"),
            "INVALID_INTERVAL_FORMAT.UNMATCHED_FORMAT_STRING_WITH_NOTICE @1:1");
  EXPECT_EQ(Expression("INTERVAL 1 YEAR TO MONTH"), "_LEGACY_ERROR_TEMP_0027 @1:1");
  EXPECT_EQ(Expression("INTERVAL 1 YEAR '2-1' YEAR TO MONTH"), "_LEGACY_ERROR_TEMP_0024 @1:1");
  EXPECT_EQ(Expression("INTERVAL '1 day 2' DAY"), "_LEGACY_ERROR_TEMP_0026 @1:1");
  EXPECT_EQ(Expression("INTERVAL 'now'"), "INVALID_TYPED_LITERAL @1:1");
  EXPECT_EQ(LiteralOf("INTERVAL 2 YEARS").integer(), 24);
  EXPECT_EQ(Expression("interval - 1"), "`interval` - 1");
}

TEST(ExpressionParserTest, SpecialCallsBecomeOrdinaryOnes) {
  EXPECT_EQ(Expression("extract(YEAR FROM t)"), "extract('YEAR', t)");
  EXPECT_EQ(Expression("trim(BOTH 'x' FROM s)"), "btrim(s, 'x')");
  EXPECT_EQ(Expression("trim(LEADING 'x' FROM s)"), "ltrim('x', s)");
  EXPECT_EQ(Expression("trim(TRAILING FROM s)"), "rtrim(s)");
  EXPECT_EQ(Expression("trim(s)"), "trim(s)");
  EXPECT_EQ(Expression("substring(s FROM 1 FOR 2)"), "substring(s, 1, 2)");
  EXPECT_EQ(Expression("position('x' IN s)"), "position('x', s)");
  EXPECT_EQ(Expression("overlay(s PLACING 'x' FROM 3)"), "overlay(s, 'x', 3)");
  EXPECT_EQ(Expression("date_add(DAY, 1, t)"), "timestampadd(DAY, 1, t)");
  EXPECT_EQ(Expression("date_add(day, 1)"), "date_add(day, 1)");
  EXPECT_EQ(Expression("datediff(hour, a, b)"), "timestampdiff(HOUR, a, b)");
  EXPECT_EQ(Expression("datediff('hour', a, b)"), "INVALID_PARAMETER_VALUE.DATETIME_UNIT @1:10");
  EXPECT_EQ(Expression("current_date"), "current_date()");
  EXPECT_EQ(Expression("coalesce(current_timestamp, a)"), "coalesce(current_timestamp(), a)");
  EXPECT_EQ(Expression("user"), "user");
}

TEST(ExpressionParserTest, CallsHaveAllTheirParts) {
  EXPECT_EQ(Expression("count(*)"), "count(*)");
  EXPECT_TRUE(As<CallExpr>(ParsedExpression("count(*)")).is_star);
  EXPECT_EQ(Expression("count(DISTINCT a, b) FILTER (WHERE c)"),
            "count(DISTINCT a, b) FILTER (WHERE c)");
  EXPECT_EQ(Expression("first(a IGNORE NULLS) OVER w"), "first(a) IGNORE NULLS OVER w");
  EXPECT_EQ(Expression("percentile_cont(0.5) WITHIN GROUP (ORDER BY a DESC NULLS LAST)"),
            "percentile_cont(0.5) WITHIN GROUP (ORDER BY a DESC NULLS LAST)");
  EXPECT_EQ(Expression("f(a, charset => 'utf-8')"), "f(a, charset => 'utf-8')");
  EXPECT_EQ(Expression("sum(a) OVER (PARTITION BY b ORDER BY c ROWS 1 PRECEDING)"),
            "sum(a) OVER (PARTITION BY b ORDER BY c ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)");
  EXPECT_EQ(Expression("c.s.f(a)"), "c.s.f(a)");
  EXPECT_EQ(Expression("left(a, 1)"), "left(a, 1)");
}

TEST(ExpressionParserTest, LambdasTakeOneOrMoreNames) {
  EXPECT_EQ(Expression("transform(xs, x -> x + 1)"), "transform(xs, x -> x + 1)");
  EXPECT_EQ(Expression("aggregate(xs, 0, (acc, x) -> acc + x)"),
            "aggregate(xs, 0, (acc, x) -> acc + x)");
  EXPECT_EQ(As<LambdaExpr>(ParsedExpression("(x, y) -> x")).parameters.size(), 2u);
  EXPECT_EQ(Expression("(x + 1, y) -> x"), "PARSE_SYNTAX_ERROR @1:2");
  EXPECT_EQ(Expression("exists(xs, x -> x > 0)"), "`exists`(xs, x -> x > 0)");
  EXPECT_EQ(Expression("exists((SELECT xs), x -> x > 0)"), "`exists`((SELECT xs), x -> x > 0)");
}

TEST(ExpressionParserTest, NamesFieldsAndElements) {
  EXPECT_EQ(As<NameExpr>(ParsedExpression("a.b.`c d`")).name.parts[2].text, "c d");
  EXPECT_EQ(Expression("a[0].b['k']"), "a[0].b['k']");
  EXPECT_EQ(Expression("(a + b).c"), "(a + b).c");
  EXPECT_EQ(Expression("f(a).b"), "f(a).b");
  EXPECT_EQ(Expression("1a.123_"), "`1a`.`123_`");
  EXPECT_EQ(Expression("`a``b`"), "`a``b`");
  EXPECT_EQ(Expression("t.* EXCEPT (a, b.c)"), "t.* EXCEPT (a, b.c)");
  EXPECT_EQ(Expression("a:b"), "variant_get(a, '$.b')");
}

TEST(ExpressionParserTest, KeywordsMayBeNames) {
  EXPECT_EQ(Expression("start + end"), "start + `end`");
  EXPECT_EQ(Expression("t.from.select"), "t.`from`.`select`");
  EXPECT_EQ(Expression("f(from, to)"), "f(`from`, `to`)");
  EXPECT_EQ(Expression("values"), "`values`");
  EXPECT_EQ(Expression("case"), "`case`");
}

TEST(ExpressionParserTest, ParenthesesMayHoldQueriesOfAnyShape) {
  EXPECT_EQ(Expression("(SELECT 1) + 1"), "(SELECT 1) + 1");
  EXPECT_EQ(Expression("((SELECT 1) + 1)"), "(SELECT 1) + 1");
  EXPECT_EQ(Expression("((SELECT 1) UNION (SELECT 2))"), "((SELECT 1) UNION (SELECT 2))");
  EXPECT_EQ(Expression("a IN ((SELECT 1) UNION SELECT 2)"), "a IN ((SELECT 1) UNION SELECT 2)");
  EXPECT_EQ(Expression("a IN ((SELECT 1), 2)"), "a IN ((SELECT 1), 2)");
  EXPECT_EQ(Expression("EXISTS ((SELECT 1) LIMIT 1)"), "EXISTS ((SELECT 1) LIMIT 1)");
  EXPECT_EQ(Expression("(a AS x, b)"), "struct(a AS x, b)");
}

TEST(ExpressionParserTest, ParametersAreNamedOrCounted) {
  EXPECT_EQ(Expression(":a + :b"), ":a + :b");
  const ExprPtr sum = ParsedExpression("? + ?");
  EXPECT_EQ(As<ParameterExpr>(As<BinaryExpr>(sum).right).position, 1u);
}

TEST(ExpressionParserTest, SpansCoverTheText) {
  const ExprPtr sum = ParsedExpression("  `aé` + (b * 2) ");
  EXPECT_EQ(sum->span.Text(), "`aé` + (b * 2)");
  EXPECT_EQ(As<BinaryExpr>(sum).right->span.Text(), "b * 2");
}

// Functions, constraints and commits keep the text of a condition.
TEST(ExpressionParserTest, SpansOfLogicHoldTheParenthesesOfBothSides) {
  for (const char* text :
       {"(a) AND (b)", "(a > 1) AND (b) AND ((c))", "(a) OR (b AND c) OR (d)", "NOT (a) OR (b)",
        "((a) OR (b)) AND (c)", "a AND (SELECT 1)", "(a) BETWEEN (1) AND (2)", "(a) + (b)",
        "(a) IN (1, 2) AND (b) IS NULL"}) {
    EXPECT_EQ(ParsedExpression(std::string(" ") + text + " ")->span.Text(), text);
  }
  std::string chain = "(a)";
  for (int i = 0; i < 70; ++i) chain += " || (a)";
  EXPECT_EQ(ParsedExpression(chain)->span.Text(), chain);
  const ExprPtr both = ParsedExpression("(a OR b) AND ((c) OR (d))");
  EXPECT_EQ(As<BinaryExpr>(both).left->span.Text(), "a OR b");
  EXPECT_EQ(As<BinaryExpr>(both).right->span.Text(), "(c) OR (d)");
}

TEST(TypeParserTest, TypesOfColumns) {
  EXPECT_EQ(Type("array<map<int, tinyint>>"), "ARRAY<MAP<INT, TINYINT>>");
  EXPECT_EQ(Type("struct<a: int NOT NULL COMMENT 'x', `b c` string>"),
            "STRUCT<a: INT NOT NULL COMMENT 'x', `b c`: STRING>");
  EXPECT_EQ(Type("decimal"), "DECIMAL(10,0)");
  EXPECT_EQ(Type("numeric(5, 2)"), "DECIMAL(5,2)");
  EXPECT_EQ(Type("timestamp without time zone"), "TIMESTAMP_NTZ");
  EXPECT_EQ(Type("interval day to second"), "INTERVAL DAY TO SECOND");
  EXPECT_EQ(Type("interval hour to minute"), "INTERVAL HOUR TO MINUTE");
  EXPECT_EQ(Type("interval"), "INTERVAL");
  EXPECT_EQ(Type("time"), "TIME(6)");
  EXPECT_EQ(Type("time(3) without time zone"), "TIME(3)");
  EXPECT_EQ(Type("decimal(39, 0)"), "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION @1:1");
  EXPECT_EQ(Type("decimal(2, 3)"), "UNSUPPORTED_DATATYPE @1:1");
  EXPECT_EQ(Type("text"), "UNSUPPORTED_DATATYPE @1:1");
  EXPECT_EQ(Type("varchar"), "DATATYPE_MISSING_SIZE @1:1");
  EXPECT_EQ(Type("varchar(1, 2)"), "UNSUPPORTED_DATATYPE @1:1");
  EXPECT_EQ(Type("array<int"), "PARSE_SYNTAX_ERROR @1:10");
}

TEST(TypeParserTest, StringsWithALengthAreStringsAndTheirDeclarationIsTold) {
  StringTypes strings;
  const auto type =
      ParseType(Source("struct<a: char(5), b: map<string, array<varchar(3)>>>"), &strings);
  ASSERT_TRUE(std::holds_alternative<DataType>(type));
  EXPECT_EQ(std::get<DataType>(type).ToString(), "struct<a:string,b:map<string,array<string>>>");
  EXPECT_EQ(RawTypeText(std::get<DataType>(type), strings),
            "struct<a:char(5),b:map<string,array<varchar(3)>>>");
  EXPECT_EQ(Type("character(5)"), "STRING");
}

TEST(TypeParserTest, ColumnsOfASchema) {
  const auto result = ParseColumns(Source("id BIGINT NOT NULL, `a b`: struct<x int> COMMENT 'c'"));
  const Schema& schema = std::get<Schema>(result);
  EXPECT_EQ(schema.ToDdl(), "id BIGINT NOT NULL, `a b` STRUCT<x: INT> COMMENT 'c'");
}

}  // namespace
}  // namespace weir::sql
