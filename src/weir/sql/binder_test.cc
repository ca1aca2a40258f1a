#include "weir/sql/binder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "weir/sql/memory_names.h"

namespace weir::sql {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Case {
  std::string sql;
  std::string want;
};

void ExpectSchemas(const std::vector<Case>& cases) {
  for (const Case& one : cases) EXPECT_EQ(BoundSchema(one.sql), one.want) << one.sql;
}

void ExpectErrors(const std::vector<Case>& cases) {
  for (const Case& one : cases) EXPECT_EQ(BoundErrors(one.sql), one.want) << one.sql;
}

TEST(BinderTest, ColumnsTakeTheNamesThatSparkGivesThem) {
  ExpectSchemas({
      {"select A, t.b, T.C from t", "A INT, b STRING, C BIGINT"},
      {"select a + 1, -a, not a > 1, a || b from t",
       "`(a + 1)` INT, `(- a)` INT, `(NOT (a > 1))` BOOLEAN, `concat(a, b)` STRING"},
      {"select count(*), sum(distinct a), max(price) from t",
       "`count(1)` BIGINT NOT NULL, `sum(DISTINCT a)` BIGINT, `max(price)` DECIMAL(10,2)"},
      {"select cast(a as string), cast(a + 1 as string), b::int from t",
       "a STRING, `CAST((a + 1) AS STRING)` STRING, b INT"},
      {"select case a when 1 then 'x' else b end, a between 1 and 2, a in (1, 2) from t",
       "`CASE WHEN (a = 1) THEN x ELSE b END` STRING, `between(a, 1, 2)` BOOLEAN, "
       "`(a IN (1, 2))` BOOLEAN"},
      {"select (select max(a) from u), 'it', 1.50, null from t",
       "`scalarsubquery()` INT, it STRING NOT NULL, `1.50` DECIMAL(3,2) NOT NULL, NULL VOID"},
      {"select sum(a) over (partition by b order by c) from t",
       "`sum(a) OVER (PARTITION BY b ORDER BY c ASC NULLS FIRST RANGE BETWEEN UNBOUNDED "
       "PRECEDING AND CURRENT ROW)` BIGINT"},
      {"select d + 1, d - interval 1 month, string(a), upper(string(a)) from t",
       "`date_add(d, 1)` DATE, `d - INTERVAL '1' MONTH` DATE, a STRING, `upper(a)` STRING"},
  });
}

TEST(BinderTest, StructsMapsAndArraysAreReachedByDots) {
  ExpectSchemas({
      {"select s.f, s.g.h, nested.s.f, m.k, m['k'], arr[0], items.sku from nested",
       "f INT, h STRING, f INT, k INT, `m[k]` INT, `arr[0]` INT, sku ARRAY<STRING>"},
      {"select s.*, s.g.* from nested", "f INT, g STRUCT<h: STRING>, h STRING"},
      {"select struct(id, id + 1, s.f) as x from nested",
       "x STRUCT<id: INT, col2: INT, f: INT> NOT NULL"},
      {"select transform(arr, (x, i) -> x + i + id) t from nested", "t ARRAY<INT>"},
  });
  ExpectErrors({
      {"select s.zz from nested", "FIELD_NOT_FOUND at 's.zz' (did you mean f, g?)"},
      {"select id.x from nested", "INVALID_EXTRACT_BASE_FIELD_TYPE at 'id.x'"},
  });
}

TEST(BinderTest, StarsExpand) {
  ExpectSchemas({
      {"select t.* except (c, d), u.* from t join u on t.a = u.a",
       "a INT, b STRING, price DECIMAL(10,2), a INT, x DOUBLE"},
      {"select * from t join u using (a)",
       "a INT, b STRING, c BIGINT, d DATE, price DECIMAL(10,2), x DOUBLE"},
      {"select t.a, u.a, a from t left join u using (a)", "a INT, a INT, a INT"},
      {"select * from files", "k INT, v STRING"},
      {"select _metadata.file_name, k from files", "file_name STRING NOT NULL, k INT"},
      {"select count(u.*) from u", "`count(a, x)` BIGINT NOT NULL"},
  });
  ExpectErrors({
      {"select * except (zz) from u",
       "UNRESOLVED_COLUMN.WITH_SUGGESTION at 'zz' (did you mean a, x?)"},
      {"select v.* from u", "CANNOT_RESOLVE_STAR_EXPAND at 'v.*'"},
      {"select *", "INVALID_USAGE_OF_STAR_OR_REGEX at '*'"},
  });
}

TEST(BinderTest, AliasesOfTheSameSelectAreSeenToTheirRight) {
  ExpectSchemas({
      {"select a + 1 as x, x * 2 as y, y + x as z from t", "x INT, y INT, z INT"},
      {"select sum(a) as s, s / 2 as half from t", "s BIGINT, half DOUBLE"},
      {"select a as x, row_number() over (order by x) as r, r + 1 as q from t",
       "x INT, r INT NOT NULL, q INT NOT NULL"},
      // A column of the input comes first.
      {"select b as a, a from t", "a STRING, a INT"},
  });
  ExpectErrors({
      {"select a as x, sum(x) from t",
       "UNSUPPORTED_FEATURE.LATERAL_COLUMN_ALIAS_IN_AGGREGATE_FUNC at 'x' (repeat the "
       "expression, or define the alias in a sub-query)"},
  });
}

TEST(BinderTest, GroupByTakesNamesAliasesAndPositions) {
  ExpectSchemas({
      {"select a, count(*) n from t group by a", "a INT, n BIGINT NOT NULL"},
      {"select a + 1 as k, count(*) n from t group by k having n > 1", "k INT, n BIGINT NOT NULL"},
      {"select upper(b), c, sum(a) from t group by 1, 2",
       "`upper(b)` STRING, c BIGINT, `sum(a)` BIGINT"},
      {"select b, sum(a) + 1 as s from t group by all", "b STRING, s BIGINT"},
      {"select a + 1, a + 1 + 1 from t group by a + 1", "`(a + 1)` INT, `((a + 1) + 1)` INT"},
      {"select a, b, grouping(a), grouping_id(), count(*) from t group by cube(a, b)",
       "a INT, b STRING, `grouping(a)` TINYINT NOT NULL, `grouping_id()` BIGINT NOT NULL, "
       "`count(1)` BIGINT NOT NULL"},
      {"select a, (select max(x) from u where u.a = t.a) m from t group by a", "a INT, m DOUBLE"},
  });
  ExpectErrors({
      {"select a, b, count(*) from t group by a",
       "MISSING_AGGREGATION at 'b' (add it to GROUP BY, or take any_value(b))"},
      {"select a, count(*) from t", "MISSING_GROUP_BY at 'a' (add GROUP BY, or take any_value(a))"},
      {"select a from t group by 2", "GROUP_BY_POS_OUT_OF_RANGE at '2'"},
      {"select sum(a) from t group by 1", "GROUP_BY_POS_AGGREGATE at '1'"},
      {"select a from t group by sum(a)", "GROUP_BY_AGGREGATE at 'sum(a)'"},
      {"select sum(max(a)) from t",
       "NESTED_AGGREGATE_FUNCTION at 'max(a)' (compute the inner one in a sub-query)"},
      {"select a from t where sum(a) > 1",
       "INVALID_WHERE_CONDITION at 'sum(a)' (HAVING filters groups)"},
      {"select a + count(*) from t group by all",
       "UNRESOLVED_ALL_IN_GROUP_BY at 'a' (name the grouping columns)"},
      {"select grouping(a) from t group by a", "UNSUPPORTED_GROUPING_EXPRESSION at 'grouping(a)'"},
      {"select (select max(u.x) from u where u.a = t.c) from t group by t.a",
       "MISSING_AGGREGATION at 't.c' (add it to GROUP BY, or take any_value(c))"},
  });
}

TEST(BinderTest, OrderByPrefersTheResultAndFallsBackOnTheInput) {
  EXPECT_THAT(BoundPlan("select b as a from t order by a"),
              HasSubstr("Sort [a#1 ASC NULLS FIRST]"));
  EXPECT_EQ(BoundPlan("select b from t order by c desc"),
            "Project [b#1]\n"
            "+- Sort [c#2 DESC NULLS LAST], true\n"
            "   +- Relation main.default.t[b#1, c#2]\n");
  EXPECT_THAT(BoundPlan("select a + 1 from t order by a + 1"), Not(HasSubstr("Project [a#0]")));
  ExpectSchemas({
      {"select b, count(*) from t group by b order by max(c), 2 desc",
       "b STRING, "
       "`count(1)` BIGINT NOT NULL"},
      {"select distinct b from t order by b", "b STRING"},
      {"select a from t union all select a from u order by a limit 3", "a INT"},
      {"select a, b from t order by all desc", "a INT, b STRING"},
  });
  ExpectErrors({
      {"select distinct b from t order by c",
       "UNRESOLVED_COLUMN.WITH_SUGGESTION at 'c' (add it to the items, or leave DISTINCT out)"},
      {"select a from t order by 2", "ORDER_BY_POS_OUT_OF_RANGE at '2'"},
      {"select count(*) from t group by a order by c",
       "UNRESOLVED_COLUMN.WITH_SUGGESTION at 'c' (add it to GROUP BY, or take any_value(c))"},
  });
}

TEST(BinderTest, HavingPrefersGroupingColumnsThenAliases) {
  EXPECT_THAT(BoundPlan("select a as c, 2 as a from t group by all having a > 50"),
              HasSubstr("Filter (a#0 > 50)"));
  EXPECT_THAT(BoundPlan("select 2 as a from t group by all having a > 50"),
              HasSubstr("Filter (2 > 50)"));
}

TEST(BinderTest, WindowsStandOverAggregatesAndUnderQualify) {
  EXPECT_EQ(BoundPlan("select b, sum(sum(a)) over (order by b) s from t group by b qualify s > 1"),
            "Project [b#1, sum#6 AS s#6]\n"
            "+- Filter (sum#6 > 1)\n"
            "   +- Window [sum(sum#5) OVER (PARTITION BY [] ORDER BY [b#1 ASC NULLS FIRST]) AS "
            "sum#6]\n"
            "      +- Aggregate [b#1], [sum(a#0) AS sum#5]\n"
            "         +- Relation main.default.t[a#0, b#1]\n");
  ExpectErrors({
      {"select row_number() from t", "WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE at 'row_number()'"},
      {"select a from t where row_number() over (order by a) = 1",
       "_LEGACY_ERROR_TEMP_1034 at 'row_number() over (order by a)' (compute it in a sub-query, "
       "or filter with QUALIFY)"},
      {"select sum(a) over w from t", "MISSING_WINDOW_SPECIFICATION at 'w'"},
      {"select sum(a) over (order by b, c range between 1 preceding and current row) from t",
       "DATATYPE_MISMATCH.RANGE_FRAME_MULTI_ORDER at '(order by b, c range between 1 preceding "
       "and current row)' (ROWS counts rows instead)"},
      {"select upper(b) over (order by a) from t",
       "UNSUPPORTED_EXPR_FOR_WINDOW at 'upper(b) over (order by a)'"},
  });
}

TEST(BinderTest, SubqueriesSeeTheColumnsAroundThem) {
  ExpectSchemas({
      {"select a from t where exists (select 1 from u where u.a = t.a and x > c)", "a INT"},
      {"select a from t where (a, b) in (select a, 'x' from u)", "a INT"},
      {"select t.a, l.y from t, lateral (select x + t.a as y from u where u.a = t.a) l",
       "a INT, y DOUBLE"},
      {"select b from t group by b having exists (select 1 from u where u.x < max(t.c))",
       "b STRING"},
  });
  ExpectErrors({
      {"select (select a, x from u) from t",
       "INVALID_SUBQUERY_EXPRESSION.SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN at "
       "'(select a, x from u)'"},
      {"select a from t where a in (select a, x from u)",
       "DATATYPE_MISMATCH.IN_SUBQUERY_LENGTH_MISMATCH at 'a in (select a, x from u)'"},
      {"select y.a from t, (select t.a) y", "UNRESOLVED_COLUMN.WITHOUT_SUGGESTION at 't.a'"},
  });
}

TEST(BinderTest, JoinsMakeTheirOtherSideNullable) {
  MemoryNames names;
  names.AddTable("n", "id INT NOT NULL");
  const auto schema = [&](const std::string& sql) {
    const PlanPtr plan = BindText(sql, names);
    return plan == nullptr ? "" : SchemaOf(*plan).ToDdl();
  };
  EXPECT_EQ(schema("select x.id, y.id from n x join n y on x.id = y.id"),
            "id INT NOT NULL, id INT NOT NULL");
  EXPECT_EQ(schema("select x.id, y.id from n x left join n y on x.id = y.id"),
            "id INT NOT NULL, id INT");
  EXPECT_EQ(schema("select x.id, y.id from n x full join n y on x.id = y.id"), "id INT, id INT");
  // One of the two is there.
  EXPECT_EQ(schema("select id from n x full join n y using (id)"), "id INT NOT NULL");
  EXPECT_EQ(schema("select * from n x left semi join n y on x.id = y.id"), "id INT NOT NULL");
  EXPECT_EQ(schema("select * from n natural join n y"), "id INT NOT NULL");
  ExpectErrors({
      {"select a from t join u on t.a = u.a",
       "AMBIGUOUS_REFERENCE at 'a' (put the table's name before it)"},
      {"select * from t join u using (b)",
       "UNRESOLVED_USING_COLUMN_FOR_JOIN at 'b' (did you mean a, x?)"},
      {"select * from t join u on t.a", "JOIN_CONDITION_IS_NOT_BOOLEAN_TYPE at 't.a'"},
  });
}

TEST(BinderTest, CtesShadowTablesAndEachOther) {
  ExpectSchemas({
      {"with t as (select 1 as one) select * from t", "one INT NOT NULL"},
      {"with q(x, y) as (select a, b from t), r as (select x from q) select * from r, q",
       "x INT, x INT, y STRING"},
      {"with q as (select 1 a) select * from (with q as (select 'in' a) select * from q)",
       "a STRING NOT NULL"},
  });
  ExpectErrors({
      {"with q(x) as (select 1, 2) select * from q", "ASSIGNMENT_ARITY_MISMATCH at 'q'"},
      {"with q as (select zz from t) select yy from q",
       "UNRESOLVED_COLUMN.WITH_SUGGESTION at 'zz' (did you mean a, b, c, d, price?)"},
  });
}

TEST(BinderTest, SetOperationsWiden) {
  ExpectSchemas({
      {"select 1 union all select 2.5 union all select null", "`1` DECIMAL(11,1)"},
      {"select a, b from t union select a, 'x' from u", "a INT, b STRING"},
      {"select a from t except all select a from u", "a INT"},
      {"values (1, 'a'), (2L, null)", "col1 BIGINT NOT NULL, col2 STRING"},
  });
  ExpectErrors({
      {"select 1 union select 1, 2", "NUM_COLUMNS_MISMATCH at 'select 1, 2'"},
      {"select array(1) union select 1", "INCOMPATIBLE_COLUMN_TYPE at 'select 1'"},
      {"values (1), (1, 2)", "INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH at '1'"},
  });
}

TEST(BinderTest, GeneratorsGiveRows) {
  ExpectSchemas({
      {"select id, explode(arr) from nested", "id INT, col INT"},
      {"select explode(m) as (key1, v), id from nested", "key1 STRING NOT NULL, v INT, id INT"},
      {"select posexplode_outer(arr) from nested", "pos INT, col INT"},
      {"select id, e.x from nested lateral view explode(arr) e as x", "id INT, x INT"},
      {"select inline(items) from nested", "sku STRING, qty INT"},
      {"select * from explode(array(1, 2)) as t(n)", "n INT NOT NULL"},
      {"select * from range(3)", "id BIGINT NOT NULL"},
  });
  ExpectErrors({
      {"select explode(arr) + 1 from nested",
       "UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS at 'explode(arr)' (or put it into LATERAL "
       "VIEW)"},
      {"select explode(m) as x from nested", "UDTF_ALIAS_NUMBER_MISMATCH at 'explode(m)'"},
  });
}

TEST(BinderTest, ManyMistakesComeAtOnceInTheOrderOfTheText) {
  EXPECT_EQ(BoundErrors("select zz, nofunc(a), a + array(1) from t where yy > 1 and b group by qq"),
            "UNRESOLVED_COLUMN.WITH_SUGGESTION at 'zz' (did you mean a, b, c, d, price?)\n"
            "UNRESOLVED_ROUTINE at 'nofunc(a)'\n"
            "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES at 'a + array(1)'\n"
            "UNRESOLVED_COLUMN.WITH_SUGGESTION at 'yy' (did you mean a, b, c, d, price?)\n"
            "UNRESOLVED_COLUMN.WITH_SUGGESTION at 'qq' (did you mean a, b, c, d, price?)");
  EXPECT_EQ(BoundErrors("select transform(zz, x -> x + yy), a between array(1) and array(2), "
                        "count(qq) filter (where pp) from t"),
            "UNRESOLVED_COLUMN.WITH_SUGGESTION at 'zz' (did you mean a, b, c, d, price?)\n"
            "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES at 'a between array(1) and array(2)'\n"
            "UNRESOLVED_COLUMN.WITH_SUGGESTION at 'qq' (did you mean a, b, c, d, price?)\n"
            "UNRESOLVED_COLUMN.WITH_SUGGESTION at 'pp' (did you mean a, b, c, d, price?)");
  EXPECT_EQ(BoundErrors("select a, a from t union all select array(1), map(1, 2) from t"),
            "INCOMPATIBLE_COLUMN_TYPE at 'select array(1), map(1, 2) from t'\n"
            "INCOMPATIBLE_COLUMN_TYPE at 'select array(1), map(1, 2) from t'");
  // Names and positions of what an item that failed would give are not reported again.
  EXPECT_EQ(BoundErrors("select explode(zz) as (x, y), x + 1 from nested order by y, 3"),
            "UNRESOLVED_COLUMN.WITH_SUGGESTION at 'zz' (did you mean id, s, m, arr, items?)");
  EXPECT_EQ(BoundErrors("select nowhere.*, b from t order by 4, x"),
            "CANNOT_RESOLVE_STAR_EXPAND at 'nowhere.*'");
  // What stands on a table that is not there is not reported again.
  EXPECT_EQ(BoundErrors("select nowhere.x, y from nowhere where x > 1"),
            "TABLE_OR_VIEW_NOT_FOUND at 'nowhere'");
}

TEST(BinderTest, ConstantsAreCheckedWhereTheyMustBe) {
  ExpectErrors({
      {"select a from t limit a", "INVALID_LIMIT_LIKE_EXPRESSION.IS_UNFOLDABLE at 'a'"},
      {"select a from t limit -1", "INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE at '-1'"},
      {"select a from t limit 'x'", "INVALID_LIMIT_LIKE_EXPRESSION.DATA_TYPE at ''x''"},
      {"select * from read_files(upper('x'))", "NON_FOLDABLE_ARGUMENT at 'upper('x')'"},
      {"select :p from t", "UNBOUND_SQL_PARAMETER at ':p'"},
      {"select * from stream t",
       "UNSUPPORTED_FEATURE.STREAMING_QUERY at 't' (leave STREAM out to read everything "
       "that is there)"},
  });
  EXPECT_EQ(BoundSchema("select a from t limit 1 + 2 offset 1"), "a INT");
  EXPECT_THAT(BoundPlan("select k from read_files('/in', format => 'csv')"),
              HasSubstr("Relation read_files =/in format=csv[k#0]"));
  EXPECT_THAT(BoundPlan("select k from read_files('/in', since => date'2024-03-31' - interval 1 "
                        "month, until => interval 1 day + date'2024-02-28')"),
              HasSubstr("since=2024-02-29 until=2024-02-29"));
  EXPECT_THAT(
      BoundPlan("select k from read_files('/in', since => timestamp_ntz'2024-03-31 12:00:00'"
                " - interval '25:30' hour to minute)"),
      HasSubstr("since=2024-03-30 10:30:00"));
}

TEST(BinderTest, ParametersTakeTheirValues) {
  MemoryNames names;
  BindOptions options = TestOptions();
  options.named_parameters["p"] = Value::Int(7);
  options.positional_parameters = {Value::String("x")};
  const PlanPtr plan = BindText("select a + :p from t where b = ?", names, nullptr, options);
  ASSERT_NE(plan, nullptr);
  EXPECT_THAT(ToText(*plan), HasSubstr("(a#0 + 7) AS (a + 7)"));
  EXPECT_THAT(ToText(*plan), HasSubstr("Filter (b#1 = x)"));
}

TEST(BinderTest, TheMomentOfTheStatementIsNotDeterministic) {
  MemoryNames names;
  EXPECT_TRUE(IsDeterministic(*BindText("select a from t", names)));
  EXPECT_FALSE(IsDeterministic(*BindText("select a from t where d < current_date()", names)));
  EXPECT_FALSE(IsDeterministic(*BindText("select uuid()", names)));
  EXPECT_EQ(BoundSchema("select current_date(), current_user(), current_schema()"),
            "`current_date()` DATE NOT NULL, `current_user()` STRING NOT NULL, "
            "`current_schema()` STRING NOT NULL");
}

TEST(BinderTest, ViewsAreBoundInPlace) {
  MemoryNames names;
  names.AddView("v", "select a + 1 as x, b from t where a > 0", {"one", "two"});
  names.AddView("vv", "select one from v");
  const PlanPtr plan = BindText("with t as (select 1) select one from vv", names);
  ASSERT_NE(plan, nullptr);
  EXPECT_EQ(SchemaOf(*plan).ToDdl(), "one INT");
  names.AddView("loop", "select * from loop");
  Diagnostics diagnostics;
  EXPECT_EQ(BindText("select * from loop", names, &diagnostics), nullptr);
  EXPECT_EQ(diagnostics[0].condition, "VIEW_EXCEED_MAX_NESTED_DEPTH");
}

TEST(BinderTest, OnlyColumnsInUseAreRead) {
  EXPECT_EQ(BoundPlan("select q.a from (select *, upper(b) from t) q join u on q.a = u.a"),
            "Project [a#0]\n"
            "+- Join Inner, (a#0 = a#6)\n"
            "   +- Relation main.default.t[a#0]\n"
            "   +- Relation main.default.u[a#6]\n");
}

PlanPtr BindInsertText(const std::string& sql, const Schema& target, bool by_name, bool accept_new,
                       std::string& errors) {
  MemoryNames names;
  const QueryPtr query = ParseQueryText(sql);
  const BindOptions options = TestOptions();
  BindResult result = BindInsert(*query, target, by_name, accept_new, names, options);
  if (auto* bound = std::get_if<BoundQuery>(&result)) return bound->plan;
  for (const Diagnostic& one : std::get<Diagnostics>(result)) {
    errors += (errors.empty() ? "" : "\n") + one.condition;
  }
  return nullptr;
}

TEST(BindInsertTest, RowsTakeTheTypesOfTheTable) {
  const Schema target({{"id", TypeId::kLong, false, "{}"},
                       {"price", DataType::Decimal(12, 2), true, "{}"},
                       {"note", TypeId::kString, true, "{\"comment\":\"why\"}"}});
  std::string errors;
  const PlanPtr plan = BindInsertText("select 1, 2.5, a from t", target, false, false, errors);
  ASSERT_NE(plan, nullptr) << errors;
  EXPECT_EQ(SchemaOf(*plan)[1].type, DataType::Decimal(12, 2));
  EXPECT_EQ(SchemaOf(*plan)[2].type, TypeId::kString);
  EXPECT_EQ(SchemaOf(*plan)[2].Comment(), "why");

  const PlanPtr named =
      BindInsertText("select 'n' as NOTE, a as Id from t", target, true, false, errors);
  ASSERT_NE(named, nullptr) << errors;
  EXPECT_EQ(SchemaOf(*named).ToDdl(),
            "id BIGINT, price DECIMAL(12,2), note STRING NOT NULL COMMENT 'why'");

  const PlanPtr wider = BindInsertText("select 1 id, true as flag", target, true, true, errors);
  ASSERT_NE(wider, nullptr) << errors;
  EXPECT_EQ(SchemaOf(*wider)[3].name, "flag");
}

TEST(BindInsertTest, WhatDoesNotFitIsNamed) {
  const Schema target({{"id", TypeId::kInt, false, "{}"}, {"n", TypeId::kInt, true, "{}"}});
  const auto errors = [&](const std::string& sql, bool by_name) {
    std::string text;
    EXPECT_EQ(BindInsertText(sql, target, by_name, false, text), nullptr) << sql;
    return text;
  };
  EXPECT_EQ(errors("select 1", false), "INSERT_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS");
  EXPECT_EQ(errors("select 1, 2, 3", false), "INSERT_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS");
  EXPECT_EQ(errors("select 1, array(2)", false), "INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST");
  EXPECT_EQ(errors("select 1 as n", true), "INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_FIND_DATA");
  EXPECT_EQ(errors("select 1 as id, 2 as m", true), "INCOMPATIBLE_DATA_FOR_TABLE.EXTRA_COLUMNS");
}

TEST(BindExpectationsTest, ConditionsSeeTheOutputColumns) {
  MemoryNames names;
  const PlanPtr plan = BindText("select a as id, b from t", names);
  const auto expectation = [](const std::string& name, const std::string& condition) {
    auto expr = ParseExpression(std::make_shared<SourceText>(SourceText{"e.sql", condition}));
    Expectation made;
    made.name = {name, {}};
    made.condition = std::move(std::get<ExprPtr>(expr));
    made.action = ViolationAction::kDropRow;
    return made;
  };
  std::vector<Expectation> good;
  good.push_back(expectation("has_id", "id is not null"));
  const BindOptions options = TestOptions();
  BindResult result = BindExpectations(plan, good, names, options);
  ASSERT_TRUE(std::holds_alternative<BoundQuery>(result));
  EXPECT_THAT(ToText(*std::get<BoundQuery>(result).plan),
              HasSubstr("Expect has_id (id#0 is not null) drop"));

  std::vector<Expectation> bad;
  bad.push_back(expectation("one", "zz > 1"));
  bad.push_back(expectation("one", "id"));
  BindResult failed = BindExpectations(plan, bad, names, options);
  ASSERT_TRUE(std::holds_alternative<Diagnostics>(failed));
  EXPECT_EQ(std::get<Diagnostics>(failed).size(), 3U);
}

TEST(InputsOfTest, TablesAndFunctionsButNoCtes) {
  const QueryPtr query = ParseQueryText(
      "with q as (select * from main.s.t) select * from q join stream(u) on true, "
      "read_files('/x'), range(3) where exists (select 1 from w) "
      "union all select a from (select a from t2) where a in (select a from W)");
  std::vector<std::string> found;
  for (const NamedInput& input : InputsOf(*query)) {
    found.push_back(input.name.ToString() + (input.stream ? " stream" : "") +
                    (input.is_function ? "()" : ""));
  }
  EXPECT_THAT(found,
              testing::UnorderedElementsAre("main.s.t", "u stream", "read_files()", "w", "t2"));
}

// A statement of a thousand lines, as programs write them.
TEST(BinderTest, LongStatementsBindQuickly) {
  std::string sql = "select a";
  for (int i = 0; i < 1000; ++i) {
    sql += ",\n case when a > " + std::to_string(i) + " then upper(b) else b end as c" +
           std::to_string(i);
  }
  sql += " from t where a > 1";
  MemoryNames names;
  const QueryPtr query = ParseQueryText(sql);
  const BindOptions options = TestOptions();
  const auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(std::holds_alternative<BoundQuery>(BindQuery(*query, names, options)));
  const auto elapsed = std::chrono::steady_clock::now() - start;
  // Wide of the aim, since tests also run unoptimised on busy machines.
  EXPECT_LT(std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count(), 2000);
}

}  // namespace
}  // namespace weir::sql
