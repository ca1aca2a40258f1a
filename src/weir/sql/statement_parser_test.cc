#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weir/sql/parser_testing.h"

namespace weir::sql {
namespace {

using ::testing::HasSubstr;

void ExpectKept(const std::string& text) { EXPECT_EQ(Statement(text), text); }

template <typename T>
T ParsedStatement(const std::string& text) {
  auto result = ParseStatement(Source(text));
  if (std::holds_alternative<Diagnostics>(result)) {
    ADD_FAILURE() << text << ": " << Told(std::get<Diagnostics>(result));
    return {};
  }
  return std::move(std::get<T>(std::get<StatementPtr>(result)->node));
}

TEST(StatementParserTest, TablesViewsSchemasCatalogs) {
  ExpectKept(
      "CREATE TABLE IF NOT EXISTS c.s.t (a INT NOT NULL COMMENT 'x', b ARRAY<STRING>) USING DELTA "
      "PARTITIONED BY (a) LOCATION '/p' COMMENT 'y' TBLPROPERTIES ('k' = 'v', 'n' = '1')");
  ExpectKept("CREATE OR REPLACE TABLE t AS SELECT 1 AS a");
  EXPECT_EQ(Statement("create table t (select 1)"), "CREATE TABLE t AS (SELECT 1)");
  EXPECT_EQ(Statement("CREATE TABLE t (a INT) PARTITIONED BY (b STRING)"),
            "CREATE TABLE t (a INT, b STRING) PARTITIONED BY (b)");
  ExpectKept("CREATE OR REPLACE TEMPORARY VIEW v (a COMMENT 'x', b) COMMENT 'y' AS SELECT 1, 2");
  ExpectKept("CREATE VIEW IF NOT EXISTS v TBLPROPERTIES ('a' = 'b') AS SELECT 1");
  ExpectKept(
      "CREATE SCHEMA IF NOT EXISTS c.s COMMENT 'x' LOCATION '/p' WITH DBPROPERTIES "
      "('a' = 'b')");
  EXPECT_EQ(Statement("CREATE DATABASE d MANAGED LOCATION '/p'"),
            "CREATE SCHEMA d MANAGED LOCATION '/p'");
  ExpectKept("CREATE CATALOG c COMMENT 'x' MANAGED LOCATION 's3://lake/c'");
  EXPECT_EQ(Statement("CREATE CATALOG c MANAGED LOCATION '/p' COMMENT 'x'"),
            "CREATE CATALOG c COMMENT 'x' MANAGED LOCATION '/p'");
  ExpectKept("CREATE CATALOG IF NOT EXISTS c COMMENT 'x'");
  ExpectKept("DROP SCHEMA IF EXISTS s CASCADE");
  EXPECT_EQ(Statement("DROP DATABASE s RESTRICT"), "DROP SCHEMA s");
  ExpectKept("DROP TABLE IF EXISTS a.b.c");
  ExpectKept("DROP MATERIALIZED VIEW v");
}

TEST(StatementParserTest, DatasetsOfPipelines) {
  ExpectKept(
      "CREATE OR REFRESH PRIVATE STREAMING TABLE t (a INT, CONSTRAINT x EXPECT (a > 0), CONSTRAINT "
      "y EXPECT (a IS NOT NULL) ON VIOLATION DROP ROW, CONSTRAINT z EXPECT (a < 9) ON VIOLATION "
      "FAIL UPDATE) PARTITIONED BY (a) COMMENT 'c' TBLPROPERTIES ('k' = 'v') AS SELECT * FROM "
      "STREAM read_files('/p')");
  ExpectKept("CREATE STREAMING TABLE t");
  ExpectKept("CREATE MATERIALIZED VIEW v (a COMMENT 'x', b) AS SELECT 1, 2");
  ExpectKept("CREATE FLOW f COMMENT 'x' AS INSERT INTO ONCE t BY NAME SELECT * FROM STREAM s");
  EXPECT_EQ(Statement("CREATE FLOW f AS INSERT ONCE INTO t BY NAME SELECT 1"),
            "CREATE FLOW f AS INSERT INTO ONCE t BY NAME SELECT 1");
  const auto dataset = ParsedStatement<CreateDataset>(
      "CREATE STREAMING TABLE t (CONSTRAINT a EXPECT (x) ON VIOLATION DROP ROW) AS SELECT 1");
  EXPECT_TRUE(dataset.clauses.columns.empty());
  EXPECT_EQ(dataset.clauses.expectations[0].action, ViolationAction::kDropRow);
}

TEST(StatementParserTest, TheOlderSpellingsOfDatasets) {
  EXPECT_EQ(Statement("CREATE OR REFRESH STREAMING LIVE TABLE t AS SELECT 1"),
            "CREATE OR REFRESH STREAMING TABLE t AS SELECT 1");
  EXPECT_EQ(Statement("CREATE LIVE TABLE t AS SELECT * FROM LIVE.s"),
            "CREATE MATERIALIZED VIEW t AS SELECT * FROM `LIVE`.s");
  EXPECT_EQ(Statement("CREATE TEMPORARY STREAMING LIVE TABLE t AS SELECT * FROM STREAM(LIVE.s)"),
            "CREATE PRIVATE STREAMING TABLE t AS SELECT * FROM STREAM `LIVE`.s");
  EXPECT_EQ(Statement("CREATE TEMPORARY LIVE VIEW v AS SELECT 1"),
            "CREATE TEMPORARY VIEW v AS SELECT 1");
  EXPECT_EQ(Statement("CREATE LIVE VIEW v AS SELECT 1"), "CREATE TEMPORARY VIEW v AS SELECT 1");
}

TEST(StatementParserTest, Inserts) {
  ExpectKept("INSERT INTO t (a, b) VALUES (1, 2), (3, 4)");
  ExpectKept("INSERT OVERWRITE t BY NAME SELECT 1 AS a");
  ExpectKept("INSERT INTO t REPLACE WHERE a > 1 AND b IS NULL SELECT 1, 2");
  ExpectKept("CREATE STREAMING TABLE t FLOW REPLACE WHERE a > 1 BY NAME SELECT 1 AS a");
  ExpectKept(
      "CREATE STREAMING TABLE t FLOW REPLACE USING (a, b) SEQUENCE BY c BY NAME SELECT * FROM "
      "STREAM "
      "s");
  ExpectKept("CREATE FLOW f AS INSERT INTO t BY NAME REPLACE WHERE a > 1 SELECT 1 AS a");
  ExpectKept(
      "CREATE FLOW f COMMENT 'x' AS INSERT INTO ONCE t BY NAME REPLACE USING (a) SEQUENCE BY c "
      "SELECT 1 AS a, 2 AS c");
  ExpectKept("INSERT INTO t BY NAME REPLACE WHERE a = 1 VALUES (1)");
  ExpectKept("INSERT INTO t (a, b) REPLACE WHERE a = 1 SELECT 1, 2");
  ExpectKept("INSERT OVERWRITE t PARTITION (p = 1, q = 'x') (a) SELECT 1");
  ExpectKept("INSERT INTO t REPLACE USING (a, b) SELECT 1 AS a, 2 AS b");
  ExpectKept("INSERT INTO t BY NAME REPLACE USING (a) SELECT 1 AS a");
  EXPECT_EQ(Statement("INSERT INTO t AS x REPLACE USING (a) (SELECT 1 AS a) AS y"),
            "INSERT INTO t REPLACE USING (a) (SELECT 1 AS a) AS y");
  ExpectKept("INSERT INTO t AS x REPLACE ON x.a <=> y.a (SELECT 1 AS a) AS y");
  EXPECT_EQ(Statement("insert into table t (select 1)"), "INSERT INTO t (SELECT 1)");
  EXPECT_EQ(Statement("WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a"),
            "INSERT INTO t WITH a AS (SELECT 1) SELECT * FROM a");
}

TEST(StatementParserTest, CopyInto) {
  ExpectKept("COPY INTO c.s.t FROM '/in' FILEFORMAT = CSV");
  ExpectKept("COPY INTO t BY POSITION FROM '/in' FILEFORMAT = json VALIDATE PATTERN = '*.x'");
  ExpectKept(
      "COPY INTO t (a, b) FROM (SELECT x + 1 AS a, b FROM '/in') FILEFORMAT = PARQUET VALIDATE 15 "
      "ROWS FILES = ('a', 'b') FORMAT_OPTIONS ('header' = 'true') COPY_OPTIONS ('force' = 'true')");
  EXPECT_EQ(Statement("copy into t from '/in' fileformat = csv validate all"),
            "COPY INTO t FROM '/in' FILEFORMAT = csv VALIDATE");
}

TEST(StatementParserTest, Volumes) {
  ExpectKept("CREATE VOLUME IF NOT EXISTS c.s.v COMMENT 'it\\'s'");
  ExpectKept("CREATE EXTERNAL VOLUME v LOCATION '/data' COMMENT 'x'");
  EXPECT_EQ(Statement("create external volume v comment 'x' location '/data'"),
            "CREATE EXTERNAL VOLUME v LOCATION '/data' COMMENT 'x'");
  ExpectKept("DROP VOLUME IF EXISTS v");
  ExpectKept("ALTER VOLUME v RENAME TO w");
  EXPECT_EQ(Statement("ALTER VOLUME v OWNER TO a"), "ALTER VOLUME v SET OWNER TO a");
  ExpectKept("COMMENT ON VOLUME v IS NULL");
  ExpectKept("DESCRIBE VOLUME a.b.c");
  ExpectKept("SHOW VOLUMES IN c.s LIKE 'a*'");
  ExpectKept("SHOW GRANTS a ON VOLUME v");
  ExpectKept("GRANT READ VOLUME, WRITE VOLUME ON VOLUME v TO a");
  ExpectKept("REVOKE CREATE VOLUME ON SCHEMA s FROM a");
  // The words are names where they don't begin or name a statement.
  EXPECT_EQ(Statement("SELECT volume, put, get, remove FROM volumes"),
            "SELECT `volume`, `put`, `get`, `remove` FROM `volumes`");
  EXPECT_EQ(Statement("DESCRIBE TABLE volume"), "DESCRIBE TABLE `volume`");
  EXPECT_NE(FirstMistake("CREATE OR REPLACE VOLUME v").message, "");
  EXPECT_NE(FirstMistake("CREATE EXTERNAL VOLUME v").message, "");
  EXPECT_NE(FirstMistake("CREATE VOLUME v LOCATION '/data'").message, "");
  EXPECT_NE(FirstMistake("CREATE VOLUME v COMMENT 'a' COMMENT 'b'").message, "");
}

TEST(StatementParserTest, FilesOfVolumes) {
  ExpectKept("PUT '/a' INTO '/Volumes/c/s/v/a' OVERWRITE");
  ExpectKept("PUT 'it\\'s' INTO '/Volumes/c/s/v/a'");
  ExpectKept("GET '/Volumes/c/s/v/a' TO 'b'");
  ExpectKept("REMOVE '/Volumes/c/s/v/a'");
  ExpectKept("LIST '/Volumes/c/s/v' LIMIT 10");
  for (const char* text : {"PUT '/a'", "PUT a INTO b", "GET '/a' INTO 'b'", "REMOVE",
                           "LIST LIMIT 1", "LIST '/a' LIMIT 'x'", "REMOVE '/a' '/b' c"}) {
    EXPECT_NE(FirstMistake(text).message, "") << text;
  }
  EXPECT_EQ(FirstMistake("LIST '/a' WITH (CREDENTIAL c)").condition, "UNSUPPORTED_FEATURE");
}

TEST(StatementParserTest, Functions) {
  ExpectKept(
      "CREATE OR REPLACE FUNCTION c.s.f(a INT, b STRING DEFAULT 'x' COMMENT 'second') RETURNS INT "
      "COMMENT 'adds' DETERMINISTIC CONTAINS SQL RETURN a + 1");
  ExpectKept("CREATE TEMPORARY FUNCTION f() RETURN 1");
  ExpectKept(
      "CREATE FUNCTION IF NOT EXISTS f(n INT) RETURNS TABLE(a INT COMMENT 'x', b STRING) "
      "NOT DETERMINISTIC READS SQL DATA RETURN SELECT n, 'a'");
  EXPECT_EQ(Statement("CREATE FUNCTION f() RETURNS TABLE RETURN (SELECT 1 AS a)"),
            "CREATE FUNCTION f() RETURNS TABLE RETURN SELECT 1 AS a");
  EXPECT_EQ(Statement("create function f() returns int language sql sql security definer "
                      "called on null input return select max(a) from t"),
            "CREATE FUNCTION f() RETURNS INT RETURN (SELECT max(a) FROM t)");
  EXPECT_EQ(Statement("CREATE FUNCTION f() RETURN (SELECT 1) UNION (SELECT 2)"),
            "CREATE FUNCTION f() RETURN ((SELECT 1) UNION (SELECT 2))");
  ExpectKept("DROP FUNCTION IF EXISTS a.f");
  ExpectKept("DROP TEMPORARY FUNCTION f");
  ExpectKept("DESCRIBE FUNCTION EXTENDED a.f");
  EXPECT_EQ(Statement("DESC FUNCTION '+'"), "DESCRIBE FUNCTION `+`");
  EXPECT_EQ(Statement("DESC FUNCTION <="), "DESCRIBE FUNCTION `<=`");
  ExpectKept("SHOW USER FUNCTIONS IN s LIKE 'a*'");
  EXPECT_EQ(Statement("SHOW ALL FUNCTIONS"), "SHOW FUNCTIONS");
  EXPECT_EQ(Statement("SHOW SYSTEM FUNCTIONS s.f"), "SHOW SYSTEM FUNCTIONS IN s LIKE 'f'");
  ExpectKept("GRANT EXECUTE ON FUNCTION c.s.f TO a");
  ExpectKept("COMMENT ON FUNCTION f IS 'x'");
  EXPECT_EQ(Statement("ALTER FUNCTION f OWNER TO a"), "ALTER FUNCTION f SET OWNER TO a");
  for (const char* text :
       {"CREATE FUNCTION f RETURNS INT RETURN 1", "CREATE FUNCTION f() RETURNS INT",
        "CREATE FUNCTION f() RETURNS TABLE() RETURN SELECT 1",
        "CREATE FUNCTION f() RETURNS TABLE(a INT DEFAULT 1) RETURN SELECT 1",
        "CREATE FUNCTION f(a) RETURNS INT RETURN 1",
        "CREATE GLOBAL TEMPORARY FUNCTION f() RETURN 1", "CREATE FUNCTION f() RETURN 1 2"}) {
    EXPECT_EQ(FirstMistake(text).condition, "PARSE_SYNTAX_ERROR") << text;
  }
  // The words are names elsewhere.
  EXPECT_EQ(Statement("SELECT function, returns FROM functions"),
            "SELECT function, returns FROM `functions`");
}

TEST(StatementParserTest, QuestionsToTheCatalog) {
  ExpectKept("DESCRIBE TABLE EXTENDED a.b.c");
  EXPECT_EQ(Statement("DESC FORMATTED t"), "DESCRIBE TABLE EXTENDED t");
  EXPECT_EQ(Statement("desc history"), "DESCRIBE TABLE history");
  ExpectKept("DESCRIBE HISTORY t");
  ExpectKept("DESCRIBE HISTORY t LIMIT 1");
  ExpectKept("DESCRIBE DETAIL t");
  ExpectKept("DESCRIBE SCHEMA EXTENDED s");
  ExpectKept("DESCRIBE CATALOG c");
  EXPECT_EQ(Statement("DESCRIBE SELECT 1"), "DESCRIBE QUERY SELECT 1");
  ExpectKept("SHOW CATALOGS LIKE 'a*'");
  EXPECT_EQ(Statement("SHOW DATABASES FROM c 'x'"), "SHOW SCHEMAS IN c LIKE 'x'");
  ExpectKept("SHOW TABLES IN c.s");
  ExpectKept("SHOW VIEWS LIKE '*'");
  EXPECT_EQ(Statement("SHOW COLUMNS IN t FROM s"), "SHOW COLUMNS IN s.t");
  ExpectKept("SHOW TBLPROPERTIES t");
  ExpectKept("SHOW TBLPROPERTIES t ('a.b')");
  ExpectKept("DESCRIBE TABLE EXTENDED t a");
  ExpectKept("DESCRIBE TABLE EXTENDED t AS JSON");
  EXPECT_EQ(FirstMistake("DESCRIBE t AS JSON").condition, "DESCRIBE_JSON_NOT_EXTENDED");
  EXPECT_EQ(FirstMistake("DESCRIBE EXTENDED t a AS JSON").condition,
            "UNSUPPORTED_FEATURE.DESC_TABLE_COLUMN_JSON");
  EXPECT_EQ(FirstMistake("SHOW COLUMNS IN a.t FROM b").condition,
            "SHOW_COLUMNS_WITH_CONFLICT_NAMESPACE");
  EXPECT_EQ(Statement("SHOW COLUMNS IN a.t FROM A"), "SHOW COLUMNS IN a.t");
  ExpectKept("SHOW CREATE TABLE t");
  ExpectKept("SHOW GRANTS `a@b` ON SCHEMA s");
  ExpectKept("SHOW FUNCTIONS LIKE 'a'");
}

TEST(StatementParserTest, WhatHiveCannotSayOfColumnsIsRefused) {
  for (const std::string text :
       {"ALTER TABLE t REPLACE COLUMNS (a INT NOT NULL)", "ALTER TABLE t REPLACE COLUMNS (a.b INT)",
        "ALTER TABLE t REPLACE COLUMNS (a INT, b INT FIRST)", "ALTER TABLE t CHANGE COLUMN a b INT",
        "ALTER TABLE t CHANGE COLUMN a a INT NOT NULL"}) {
    EXPECT_EQ(FirstMistake(text).condition, "_LEGACY_ERROR_TEMP_0034") << text;
  }
  EXPECT_EQ(FirstMistake("ALTER TABLE t REPLACE COLUMNS a INT").condition,
            "INVALID_STATEMENT_OR_CLAUSE");
  EXPECT_EQ(FirstMistake("ALTER TABLE t REPLACE COLUMNS (a INT DEFAULT 1)").condition,
            "UNSUPPORTED_DEFAULT_VALUE.WITHOUT_SUGGESTION");
  EXPECT_EQ(FirstMistake("ALTER TABLE t ADD COLUMN a INT FIRST AFTER b").condition,
            "ALTER_TABLE_COLUMN_DESCRIPTOR_DUPLICATE");
  for (const std::string text : {"ALTER TABLE t ADD COLUMN s.a INT NOT NULL",
                                 "ALTER TABLE t ADD COLUMN a ARRAY<STRUCT<b: INT NOT NULL>>"}) {
    EXPECT_EQ(FirstMistake(text).condition, "DELTA_OPERATION_NOT_ALLOWED") << text;
  }
  for (const std::string text : {"ALTER TABLE t ALTER COLUMN a FIRST, A COMMENT 'x'",
                                 "ALTER TABLE t ALTER COLUMN a.b FIRST, a COMMENT 'x'"}) {
    EXPECT_EQ(FirstMistake(text).condition, "NOT_SUPPORTED_CHANGE_SAME_COLUMN") << text;
  }
}

TEST(StatementParserTest, ChangesToTheCatalog) {
  ExpectKept("ALTER TABLE t RENAME TO s.u");
  ExpectKept("ALTER TABLE t SET TBLPROPERTIES ('a' = 'b')");
  ExpectKept("ALTER VIEW v UNSET TBLPROPERTIES IF EXISTS ('a', 'b.c')");
  ExpectKept("ALTER SCHEMA s SET DBPROPERTIES ('a' = 'b')");
  ExpectKept("ALTER TABLE t ADD COLUMNS (a INT COMMENT 'x', b STRING)");
  EXPECT_EQ(Statement("ALTER TABLE t ADD COLUMN a INT"), "ALTER TABLE t ADD COLUMNS (a INT)");
  ExpectKept("ALTER TABLE t ADD COLUMNS (s.a INT FIRST, m.value.b STRING COMMENT 'x' AFTER c)");
  EXPECT_EQ(Statement("ALTER TABLE t ADD COLUMNS a INT FIRST COMMENT 'x', b INT AFTER a"),
            "ALTER TABLE t ADD COLUMNS (a INT COMMENT 'x' FIRST, b INT AFTER a)");
  ExpectKept("ALTER TABLE t REPLACE COLUMNS (a INT COMMENT 'x', b STRING)");
  ExpectKept("ALTER TABLE t ALTER COLUMN a.b COMMENT 'x'");
  ExpectKept("ALTER TABLE t RENAME COLUMN a.b TO `c d`");
  ExpectKept("ALTER TABLE t DROP COLUMNS IF EXISTS (a, b.c)");
  EXPECT_EQ(Statement("ALTER TABLE t DROP COLUMN a, b"), "ALTER TABLE t DROP COLUMNS (a, b)");
  ExpectKept("ALTER TABLE t ALTER COLUMN a.element TYPE DECIMAL(10,2)");
  EXPECT_EQ(Statement("ALTER TABLE t CHANGE a TYPE BIGINT"),
            "ALTER TABLE t ALTER COLUMN a TYPE BIGINT");
  ExpectKept("ALTER TABLE t ALTER COLUMN a SET NOT NULL");
  ExpectKept("ALTER TABLE t ALTER COLUMN a DROP NOT NULL");
  ExpectKept("ALTER TABLE t ALTER COLUMN a FIRST");
  ExpectKept("ALTER TABLE t ALTER COLUMN a.b AFTER c");
  ExpectKept("ALTER TABLE t CHANGE COLUMN a.b b BIGINT COMMENT 'x' AFTER c");
  ExpectKept("ALTER TABLE t CHANGE COLUMN a a INT FIRST");
  ExpectKept("ALTER TABLE t ALTER COLUMN a COMMENT 'x', b TYPE BIGINT, c.d FIRST, e DROP DEFAULT");
  EXPECT_EQ(Statement("ALTER TABLE t CHANGE COLUMN type type INT"),
            "ALTER TABLE t ALTER COLUMN type TYPE INT");
  EXPECT_EQ(Statement("ALTER TABLE t CHANGE a SET DEFAULT 4"),
            "ALTER TABLE t ALTER COLUMN a SET DEFAULT 4");
  EXPECT_EQ(Statement("ALTER SCHEMA s OWNER TO `a b`"), "ALTER SCHEMA s SET OWNER TO `a b`");
  ExpectKept("COMMENT ON SCHEMA s IS 'x'");
  ExpectKept("COMMENT ON TABLE t IS NULL");
  ExpectKept("GRANT SELECT, USE SCHEMA ON SCHEMA c.s TO `a@b.c`");
  ExpectKept("REVOKE ALL PRIVILEGES ON TABLE t FROM bob");
  EXPECT_EQ(Statement("grant select on t to bob"), "GRANT SELECT ON TABLE t TO bob");
}

TEST(StatementParserTest, SessionStatements) {
  ExpectKept("USE CATALOG c");
  EXPECT_EQ(Statement("USE c.s"), "USE SCHEMA c.s");
  EXPECT_EQ(Statement("USE catalog"), "USE SCHEMA catalog");
  EXPECT_EQ(Statement("SET CATALOG c"), "USE CATALOG c");
  ExpectKept("EXPLAIN EXTENDED SELECT 1");
  const auto set = ParsedStatement<SetConfig>("SET spark.sql.session.timeZone = Europe/Berlin ;");
  EXPECT_EQ(set.key, "spark.sql.session.timeZone");
  EXPECT_EQ(set.value, "Europe/Berlin");
  EXPECT_EQ(ParsedStatement<SetConfig>("SET a.b-c.d").key, "a.b-c.d");
  EXPECT_EQ(ParsedStatement<SetConfig>("SET TIME ZONE 'UTC'").key, "spark.sql.session.timeZone");
  EXPECT_EQ(ParsedStatement<SetConfig>("SET TIME ZONE INTERVAL '-3:30' HOUR TO MINUTE").value,
            "-03:30");
  EXPECT_TRUE(ParsedStatement<SetConfig>("set time zone local").is_local_zone);
  ExpectKept("SET TIME ZONE LOCAL");
}

TEST(StatementParserTest, StatementsNotThereYetAreNamed) {
  for (
      const char* text :
      {"REORG TABLE t APPLY (UPGRADE UNIFORM (ICEBERG_COMPAT_VERSION = 2))",
       "VACUUM t USING INVENTORY (SELECT 1)",
       "MSCK REPAIR TABLE t",
       "CONVERT TO DELTA iceberg.`/p`",
       "ALTER TABLE t CLUSTER BY AUTO",
       "CREATE MATERIALIZED VIEW v CLUSTER BY (a) AS SELECT 1 AS a",
       "COPY INTO t FROM '/p' WITH (CREDENTIAL c) FILEFORMAT = CSV",
       "TRUNCATE TABLE t PARTITION (a = 1)",
       "ANALYZE TABLE t COMPUTE STATISTICS NOSCAN",
       "ANALYZE TABLES COMPUTE STATISTICS",
       "CREATE FUNCTION f AS 'a.b.C'",
       "CREATE INDEX i ON t",
       "SHOW PARTITIONS t PARTITION (a = 1)",
       "EXPLAIN CODEGEN SELECT 1",
       "CREATE FLOW f AS AUTO CDC INTO t FROM STREAM s KEYS (a) SEQUENCE BY b SYSTEM SEQUENCE BY c",
       "CREATE FLOW f AS AUTO CDC INTO t FROM STREAM s KEYS (a) SEQUENCE BY b STORED AS BITEMPORAL",
       "CREATE MATERIALIZED VIEW v SCHEDULE EVERY 1 HOUR AS SELECT 1",
       "CREATE STREAMING TABLE t (a INT, b INT GENERATED ALWAYS AS (a + 1))",
       "CREATE STREAMING TABLE t (a INT DEFAULT 1)",
       "CREATE TABLE t (a INT CHECK (a > 0) NOT ENFORCED)",
       "ALTER TABLE t ADD COLUMN b BIGINT GENERATED ALWAYS AS IDENTITY",
       "CREATE STREAMING TABLE t (a BIGINT GENERATED ALWAYS AS IDENTITY)",
       "CREATE TABLE t CLUSTER BY AUTO AS SELECT 1",
       "CREATE TABLE t (a INT MASK f)",
       "CREATE TABLE t (a INT UNIQUE)",
       "CREATE STREAMING TABLE t (a INT PRIMARY KEY)",
       "CREATE STREAMING TABLE t (a INT, FOREIGN KEY (a) REFERENCES s)",
       "GRANT READ FILES ON EXTERNAL LOCATION l TO p",
       "CREATE MATERIALIZED VIEW v WITH ROW FILTER f ON (a) AS SELECT 1",
       "CREATE TABLE t LIKE s",
       "CREATE TABLE t (CONSTRAINT x EXPECT (a > 0))",
       "INSERT INTO t PARTITION (a) SELECT 1",
       "INSERT OVERWRITE t REPLACE USING (a) SELECT 1"}) {
    const Diagnostic mistake = FirstMistake(text);
    EXPECT_EQ(mistake.condition, "UNSUPPORTED_FEATURE") << text << ": " << mistake.message;
    EXPECT_EQ(mistake.sqlstate, "0A000") << text;
    EXPECT_FALSE(mistake.hint.empty()) << text;
  }
  EXPECT_THAT(FirstMistake("ALTER TABLE a.b DROP PARTITION (c = 1)").message,
              HasSubstr("ALTER TABLE ... DROP"));
}

TEST(StatementParserTest, ChangesArePrintedAsTheyAreRead) {
  ExpectKept("DELETE FROM t");
  ExpectKept("DELETE FROM a.b AS u WHERE u.x = 1");
  ExpectKept("UPDATE t AS u SET a = 1, b.c = a + 1 WHERE d");
  ExpectKept(
      "MERGE WITH SCHEMA EVOLUTION INTO t AS a USING (SELECT 1 AS k) AS b ON a.k = b.k "
      "WHEN MATCHED AND a.v > 1 THEN DELETE WHEN MATCHED THEN UPDATE SET * "
      "WHEN NOT MATCHED AND b.k > 2 THEN INSERT (k, v) VALUES (b.k, 2) "
      "WHEN NOT MATCHED THEN INSERT * WHEN NOT MATCHED BY SOURCE THEN UPDATE SET v = 0");
  ExpectKept("INSERT WITH SCHEMA EVOLUTION INTO t BY NAME SELECT 1 AS a");
  ExpectKept("INSERT WITH SCHEMA EVOLUTION OVERWRITE t SELECT 1 AS a");
  ExpectKept("OPTIMIZE t WHERE day > '2026-01-01'");
  ExpectKept("REORG TABLE t APPLY (PURGE)");
  ExpectKept("REORG TABLE t WHERE day > '2026-01-01' APPLY (PURGE)");
  ExpectKept("OPTIMIZE t FULL");
  ExpectKept("OPTIMIZE t WHERE day > '2026-01-01' ZORDER BY (a, b.c)");
  EXPECT_EQ(Statement("OPTIMIZE '/p/t' ZORDER BY a, b"), "OPTIMIZE delta.`/p/t` ZORDER BY (a, b)");
  ExpectKept("VACUUM t");
  ExpectKept("VACUUM t LITE RETAIN 0.5 HOURS DRY RUN");
  EXPECT_EQ(Statement("VACUUM t DRY RUN RETAIN 7 HOURS FULL"), "VACUUM t RETAIN 7 HOURS DRY RUN");
  EXPECT_EQ(Statement("VACUUM t FULL LITE"), "DUPLICATE_CLAUSES @1:15");
  ExpectKept("CREATE TABLE IF NOT EXISTS t DEEP CLONE a.b VERSION AS OF 3");
  ExpectKept("CREATE OR REPLACE TABLE t DEEP CLONE s TBLPROPERTIES ('a' = 'b') LOCATION '/p'");
  ExpectKept("CREATE TABLE IF NOT EXISTS t SHALLOW CLONE a.b TIMESTAMP AS OF '2026-01-01'");
  EXPECT_EQ(Statement("REPLACE TABLE t CLONE s"), "REPLACE TABLE t DEEP CLONE s");
  ExpectKept("CONVERT TO DELTA parquet.`/p` NO STATISTICS PARTITIONED BY (a INT, b STRING)");
  ExpectKept("FSCK REPAIR TABLE t DRY RUN");
  ExpectKept("ANALYZE TABLE t COMPUTE DELTA STATISTICS");
  ExpectKept("ALTER TABLE t CLUSTER BY (a, b.c)");
  ExpectKept("ALTER TABLE t CLUSTER BY NONE");
  ExpectKept("ALTER TABLE t DROP FEATURE clustering TRUNCATE HISTORY");
  ExpectKept("ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY (a, b TIMESERIES) NOT ENFORCED RELY");
  ExpectKept(
      "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES c.s.u (b) MATCH FULL ON UPDATE NO ACTION "
      "ON DELETE NO ACTION NORELY DEFERRABLE INITIALLY DEFERRED");
  ExpectKept("ALTER TABLE t DROP PRIMARY KEY IF EXISTS CASCADE");
  ExpectKept("ALTER TABLE t DROP FOREIGN KEY (a, b)");
  ExpectKept("ALTER TABLE t DROP CONSTRAINT IF EXISTS k CASCADE");
  ExpectKept("ALTER CATALOG c SET OWNER TO p");
  ExpectKept("ALTER SCHEMA c.s SET OWNER TO p");
  EXPECT_EQ(
      Statement("CREATE TABLE t (a INT PRIMARY KEY COMMENT 'x', b INT CONSTRAINT f FOREIGN KEY "
                "REFERENCES u(c) RELY)"),
      "CREATE TABLE t (a INT COMMENT 'x', b INT, PRIMARY KEY (a), "
      "CONSTRAINT f FOREIGN KEY (b) REFERENCES u (c) RELY)");
  ExpectKept("CREATE TABLE t (a INT) CLUSTER BY (a)");
  ExpectKept("SHOW PARTITIONS t");
  ExpectKept("RESTORE TABLE t TO VERSION AS OF 3");
  ExpectKept("RESTORE TABLE t TO TIMESTAMP AS OF '2026-01-01'");
}

TEST(StatementParserTest, ChangesOfRowsAreRead) {
  const auto merge = ParsedStatement<Merge>(
      "MERGE WITH SCHEMA EVOLUTION INTO t AS a USING (SELECT 1 AS k) b ON a.k = b.k "
      "WHEN MATCHED AND a.v > 1 THEN DELETE WHEN MATCHED THEN UPDATE SET * "
      "WHEN NOT MATCHED THEN INSERT (k, v) VALUES (b.k, 2) "
      "WHEN NOT MATCHED BY SOURCE THEN UPDATE SET v = 0");
  EXPECT_TRUE(merge.schema_evolution);
  ASSERT_EQ(merge.clauses.size(), 4u);
  EXPECT_EQ(merge.clauses[2].action, MergeClause::Action::kInsert);
  EXPECT_EQ(merge.clauses[2].values[1].column.ToString(), "v");
  EXPECT_EQ(merge.clauses[3].when, MergeClause::When::kNotMatchedBySource);
  EXPECT_EQ(ParsedStatement<Update>("UPDATE t SET a = 1, b.c = a WHERE d").set.size(), 2u);
  EXPECT_EQ(ParsedStatement<Delete>("DELETE FROM t AS u WHERE u.a = 1").alias.name->text, "u");
  EXPECT_EQ(Statement("MERGE INTO t USING s ON a"), "MERGE_WITHOUT_WHEN @1:1");
  EXPECT_EQ(Statement("DELETE FROM t AS u(a) WHERE a"), "COLUMN_ALIASES_NOT_ALLOWED @1:20");
  EXPECT_EQ(Statement("UPDATE t SET a"), "PARSE_SYNTAX_ERROR @1:15");
}

TEST(StatementParserTest, ValuesThatColumnsHaveByThemselvesAreRead) {
  const auto table = ParsedStatement<CreateTable>(
      "CREATE TABLE t (a INT DEFAULT 1 + 1, b INT GENERATED ALWAYS AS (a + 1), "
      "c BIGINT GENERATED BY DEFAULT AS IDENTITY (START WITH -2 INCREMENT BY 3))");
  EXPECT_EQ(ToSql(*table.clauses.columns[0].default_value), "1 + 1");
  EXPECT_EQ(ToSql(*table.clauses.columns[1].generated), "a + 1");
  EXPECT_FALSE(table.clauses.columns[2].identity->always);
  EXPECT_EQ(table.clauses.columns[2].identity->start, -2);
  EXPECT_EQ(FirstMistake("CREATE TABLE t (a INT GENERATED ALWAYS AS IDENTITY (INCREMENT BY 0))")
                .condition,
            "IDENTITY_COLUMNS_ILLEGAL_STEP");
  EXPECT_TRUE(ParsedStatement<CreateTable>("REPLACE TABLE t AS SELECT 1").must_exist);
}

TEST(StatementParserTest, RulesOfRowsAreRead) {
  const auto table = ParsedStatement<CreateTable>(
      "CREATE TABLE t (a INT CHECK (a > 0) NOT NULL, b INT CONSTRAINT small CHECK (b < 9) "
      "ENFORCED, "
      "CONSTRAINT other CHECK (a <> b), CHECK (true))");
  ASSERT_EQ(table.clauses.checks.size(), 4u);
  EXPECT_FALSE(table.clauses.checks[0].name);
  EXPECT_EQ(table.clauses.checks[1].name->text, "small");
  EXPECT_EQ(table.clauses.checks[2].text, "a <> b");
  EXPECT_EQ(ParsedStatement<CreateTable>("CREATE TABLE t (a INT, CHECK ((a > 0) AND (a < 9)))")
                .clauses.checks[0]
                .text,
            "(a > 0) AND (a < 9)");
  EXPECT_TRUE(table.clauses.columns[0].not_null);
  ExpectKept(
      "CREATE TABLE t (a INT DEFAULT 1 + 1, b INT GENERATED ALWAYS AS (a + 1), "
      "CONSTRAINT c CHECK (a > 0), CHECK (b > 0))");
  ExpectKept("ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)");
  ExpectKept("ALTER TABLE t ADD CHECK (a > 0)");
  ExpectKept("ALTER TABLE t ALTER COLUMN a SYNC IDENTITY");
  ExpectKept("ALTER TABLE t DROP CONSTRAINT c");
  ExpectKept("ALTER TABLE t DROP CONSTRAINT IF EXISTS c");
  ExpectKept("ALTER TABLE t ALTER COLUMN a SET DEFAULT 1 + 1");
  ExpectKept("ALTER TABLE t ALTER COLUMN a DROP DEFAULT");
  EXPECT_EQ(FirstMistake("ALTER TABLE t ADD COLUMN b INT DEFAULT 3").condition,
            "WRONG_COLUMN_DEFAULTS_FOR_DELTA_ALTER_TABLE_ADD_COLUMN_NOT_SUPPORTED");
}

TEST(StatementParserTest, WhatIsSaidTwiceIsRefused) {
  EXPECT_EQ(Statement("CREATE TABLE t (a INT) COMMENT 'x' COMMENT 'y'"), "DUPLICATE_CLAUSES @1:36");
  EXPECT_EQ(Statement("CREATE TABLE t (a INT NOT NULL NOT NULL)"),
            "CREATE_TABLE_COLUMN_DESCRIPTOR_DUPLICATE @1:32");
  EXPECT_EQ(Statement("CREATE TABLE t TBLPROPERTIES ('a' = 1, 'a' = 2)"), "DUPLICATE_KEY @1:40");
  EXPECT_EQ(Statement("WITH a AS (SELECT 1), A AS (SELECT 2) SELECT 1"),
            "DUPLICATED_CTE_NAMES @1:23");
}

}  // namespace
}  // namespace weir::sql
