// One table denied to one principal: no statement reaches it.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "e2e/denied_table.h"
#include "weir/sql/ast_visit.h"
#include "weir/sql/parser.h"

namespace weir::test {
namespace {

class DeniedStatementsTest : public DeniedTable {};

std::shared_ptr<const sql::StatementNode> Parsed(const std::string& text) {
  auto parsed = sql::ParseStatement(std::make_shared<SourceText>(SourceText{"<test>", text}));
  if (auto* wrong = std::get_if<Diagnostics>(&parsed)) {
    throw std::runtime_error(text + ": " + DiagnosticError(*wrong).what());
  }
  return std::get<sql::StatementPtr>(std::move(parsed));
}

// What a table of the test may stand for: the way the denied table's name is written.
constexpr const char* kNames[] = {"secret", "default.secret", "main.default.secret",
                                  "`MAIN`.Default.`Secret`", "vault"};

// Each place of a query where a relation can stand: "{}" is the denied table.
constexpr const char* kRelations[] = {
    "SELECT * FROM {}",
    "SELECT 1 FROM {}",
    "SELECT count(*) FROM {}",
    "SELECT s.* FROM {} AS s (x, y, z)",
    "SELECT * FROM {} WHERE false",
    "SELECT * FROM {} LIMIT 0",
    "SELECT DISTINCT weight FROM {} GROUP BY ALL",
    "SELECT nosuch FROM {}",
    "SELECT * FROM {} VERSION AS OF 1",
    "SELECT * FROM {} VERSION AS OF 99",
    "SELECT * FROM {} TIMESTAMP AS OF '2001-01-01'",
    "SELECT * FROM {} TIMESTAMP AS OF '2999-01-01'",
    "SELECT * FROM open, {}",
    "SELECT * FROM open JOIN {} ON true",
    "SELECT * FROM {} JOIN open ON true",
    "SELECT * FROM open LEFT JOIN {} ON weight = id",
    "SELECT * FROM open RIGHT JOIN {} ON weight = id",
    "SELECT * FROM open FULL JOIN {} ON weight = id",
    "SELECT * FROM open CROSS JOIN {}",
    "SELECT * FROM open LEFT SEMI JOIN {} ON weight = id",
    "SELECT * FROM open LEFT ANTI JOIN {} ON weight = id",
    "SELECT * FROM open NATURAL JOIN {}",
    "SELECT * FROM open JOIN {} USING (id)",
    "SELECT * FROM (open JOIN {} ON true)",
    "SELECT * FROM open, LATERAL (SELECT * FROM {} WHERE weight = id)",
    "SELECT * FROM open JOIN LATERAL (SELECT * FROM {}) ON true",
    "SELECT * FROM {} LATERAL VIEW explode(array(1)) e AS x",
    "SELECT * FROM (SELECT * FROM {})",
    "SELECT * FROM (SELECT * FROM (SELECT * FROM {}) AS a) AS b",
    "SELECT * FROM open UNION ALL SELECT * FROM {}",
    "SELECT * FROM {} UNION SELECT * FROM open",
    "SELECT id FROM open INTERSECT SELECT weight FROM {}",
    "SELECT id FROM open EXCEPT SELECT weight FROM {}",
    "SELECT id FROM open UNION ALL BY NAME SELECT weight FROM {}",
    "SELECT id FROM open UNION ALL (SELECT id FROM open UNION ALL SELECT weight FROM {})",
    "WITH s AS (SELECT * FROM {}) SELECT * FROM s",
    "WITH s AS (SELECT * FROM {}) SELECT 1",
    "WITH a AS (SELECT 1), b AS (SELECT * FROM {}) SELECT * FROM a",
    "WITH a AS (WITH b AS (SELECT * FROM {}) SELECT 1) SELECT 1",
    "SELECT * FROM (WITH s AS (SELECT * FROM {}) SELECT 1)",
    "SELECT EXISTS (SELECT * FROM {})",
    "SELECT * FROM open WHERE EXISTS (SELECT * FROM {} WHERE weight = id)",
    "SELECT * FROM open WHERE NOT EXISTS (SELECT * FROM {})",
    "SELECT * FROM open WHERE id IN (SELECT weight FROM {})",
    "SELECT * FROM open WHERE id NOT IN (SELECT weight FROM {})",
    "SELECT * FROM open WHERE (id, name) IN (SELECT weight, codename FROM {})",
    "SELECT * FROM open WHERE false AND id IN (SELECT weight FROM {})",
    "VALUES ((SELECT max(weight) FROM {}))",
    "SELECT * FROM (VALUES ((SELECT max(weight) FROM {}))) AS v (x)",
    "SELECT * FROM {} TABLESAMPLE (1 ROWS)",
    "SELECT * FROM {} PIVOT (count(codename) FOR weight IN (1, 2))",
    "SELECT * FROM {} UNPIVOT (v FOR n IN (weight))",
    "SELECT * FROM (VALUES (1)) PIVOT (max((SELECT max(weight) FROM {})) FOR col1 IN (1))",
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r, {}) SELECT * FROM r",
    "WITH RECURSIVE r AS (SELECT weight FROM {} UNION ALL SELECT * FROM r WHERE false) SELECT 1",
    "FROM {} |> SELECT 1",
    "FROM open |> JOIN {} ON true",
    "FROM open |> UNION ALL (SELECT * FROM {})",
    "FROM open |> WHERE id IN (SELECT weight FROM {})",
    "FROM open |> EXTEND (SELECT max(weight) FROM {}) AS m",
    "FROM open |> SET id = (SELECT max(weight) FROM {})",
    "FROM open |> AGGREGATE max((SELECT max(weight) FROM {})) GROUP BY id",
    "FROM open |> ORDER BY (SELECT max(weight) FROM {})",
    "SELECT * FROM table_changes('{}', 0)",
    "SELECT * FROM table_changes('{}', 99)",
    "SELECT count(*) FROM table_changes('{}', '2001-01-01', '2999-01-01')",
    "SELECT * FROM IDENTIFIER('{}')",
    "SELECT * FROM IDENTIFIER('' || '{}')",
};

// Each place of a query where an expression can stand: "{}" is a number.
constexpr const char* kExpressions[] = {
    "SELECT {}",
    "SELECT {} FROM open",
    "SELECT DISTINCT {} FROM open",
    "SELECT id FROM open WHERE id = {}",
    "SELECT id FROM open WHERE false AND id = {}",
    "SELECT count(*) FROM open GROUP BY id + {}",
    "SELECT id FROM open GROUP BY id HAVING id = {}",
    "SELECT id FROM open QUALIFY row_number() OVER (ORDER BY id) = {}",
    "SELECT id FROM open ORDER BY id + {}",
    "SELECT sum(id) OVER (PARTITION BY id + {}) FROM open",
    "SELECT sum(id) OVER (ORDER BY id + {}) FROM open",
    "SELECT sum(id) OVER w FROM open WINDOW w AS (PARTITION BY id + {})",
    "SELECT sum(id) FILTER (WHERE id > {}) FROM open",
    "SELECT * FROM open AS a JOIN open AS b ON a.id = b.id + {}",
    "SELECT * FROM open, LATERAL (SELECT id + {})",
    "SELECT transform(array(1, 2), x -> x + {})",
    "SELECT filter(array(1, 2), x -> x > {})",
    "SELECT explode(array({}))",
    "SELECT * FROM open LATERAL VIEW explode(array({})) e AS x",
    "SELECT id FROM open UNION ALL SELECT {}",
    "WITH a AS (SELECT {} AS x) SELECT 1",
    "VALUES (1), ({})",
    "SELECT (SELECT max(id) FROM open WHERE id = {})",
};

// An expression of every kind that has others in it: "{}" is a number in it.
constexpr const char* kKinds[] = {
    "-{}",
    "{} + 1",
    "{} BETWEEN 1 AND 2",
    "1 BETWEEN {} AND 2",
    "1 IN (2, {})",
    "1 IN (SELECT {})",
    "CAST({} AS STRING) LIKE 'a%'",
    "'a' LIKE CAST({} AS STRING)",
    "{} IS NULL",
    "{} IS DISTINCT FROM 1",
    "CASE WHEN false THEN {} ELSE 0 END",
    "CASE {} WHEN 1 THEN 2 END",
    "CAST({} AS STRING)",
    "TRY_CAST({} AS INT)",
    "{}::STRING",
    "coalesce(1, {})",
    "if(false, {}, 1)",
    "named_struct('a', {})",
    "(SELECT {})",
    "EXISTS (SELECT {})",
    "array(1, 2)[{}]",
    "named_struct('a', {}).a",
    "transform(array(1), x -> {})",
    "make_interval({})",
};
constexpr const char* kNumber = "(SELECT max(weight) FROM {})";

// Each way for a query to be part of a statement: "{}" is the query.
constexpr const char* kCarriers[] = {
    "{}",
    "EXPLAIN {}",
    "EXPLAIN EXTENDED {}",
    "DESCRIBE QUERY {}",
    "CREATE TABLE sandbox.copy AS {}",
    "CREATE TABLE IF NOT EXISTS sandbox.own AS {}",
    "CREATE OR REPLACE TABLE sandbox.own AS {}",
    "EXPLAIN CREATE TABLE sandbox.copy AS {}",
    "CREATE VIEW sandbox.peek AS {}",
    "CREATE VIEW IF NOT EXISTS sandbox.view AS {}",
    "CREATE OR REPLACE VIEW sandbox.view AS {}",
    "ALTER VIEW sandbox.view AS {}",
    "CREATE TEMPORARY VIEW peek AS {}",
    "CREATE FUNCTION sandbox.peek() RETURNS TABLE RETURN SELECT 1 AS x FROM ({})",
    "CREATE OR REPLACE FUNCTION sandbox.peek() RETURNS BOOLEAN RETURN EXISTS ({})",
    "CREATE TEMPORARY FUNCTION peek() RETURNS BOOLEAN RETURN EXISTS ({})",
    "CREATE OR REPLACE GLOBAL TEMPORARY VIEW peek AS {}",
    "SET VARIABLE (v) = ({})",
    "EXECUTE IMMEDIATE \"{}\"",
    "EXECUTE IMMEDIATE \"{}\" INTO v",
    "EXECUTE IMMEDIATE \"EXECUTE IMMEDIATE ?\" USING \"{}\"",
    "INSERT INTO sandbox.own {}",
    "INSERT INTO sandbox.own (id) {}",
    "INSERT INTO sandbox.own BY NAME {}",
    "INSERT OVERWRITE sandbox.own {}",
    "INSERT INTO sandbox.own REPLACE WHERE id = 1 {}",
    "EXPLAIN INSERT INTO sandbox.own {}",
    "DELETE FROM sandbox.own WHERE EXISTS ({})",
    "UPDATE sandbox.own SET id = 1 WHERE EXISTS ({})",
    "MERGE INTO sandbox.own USING ({}) AS s ON false WHEN NOT MATCHED THEN INSERT (id) VALUES (1)",
    "MERGE INTO sandbox.own USING open ON EXISTS ({}) WHEN MATCHED THEN DELETE",
};

// Statements that name the table themselves.
constexpr const char* kNaming[] = {
    "TABLE {}",
    "DESCRIBE {}",
    "DESCRIBE TABLE {}",
    "DESCRIBE TABLE EXTENDED {}",
    "DESCRIBE HISTORY {}",
    "DESCRIBE DETAIL {}",
    "SHOW COLUMNS IN {}",
    "SHOW TBLPROPERTIES {}",
    "SHOW CREATE TABLE {}",
    "SHOW GRANTS ON TABLE {}",
    "SHOW GRANTS `bob` ON TABLE {}",
    "EXPLAIN DESCRIBE {}",
    "EXPLAIN DESCRIBE HISTORY {}",
    "EXPLAIN DROP TABLE {}",
    "INSERT INTO {} VALUES ('x', 1, 'a')",
    "INSERT INTO {} (codename) VALUES ('x')",
    "INSERT INTO {} (nosuch) VALUES ('x')",
    "INSERT INTO {} SELECT * FROM open",
    "INSERT INTO {} BY NAME SELECT 1 AS weight",
    "INSERT OVERWRITE {} VALUES ('x', 1, 'a')",
    "INSERT OVERWRITE {} PARTITION (weight = 1) VALUES ('x', 'a')",
    "INSERT INTO {} REPLACE WHERE weight = 1 VALUES ('x', 1, 'a')",
    "INSERT INTO {} REPLACE WHERE nosuch = 1 VALUES ('x', 1, 'a')",
    "INSERT INTO {} SELECT * FROM {}",
    "DELETE FROM {}",
    "DELETE FROM {} WHERE nosuch",
    "UPDATE {} SET weight = 1",
    "UPDATE {} SET nosuch = 1",
    "MERGE INTO {} USING open ON weight = open.id WHEN MATCHED THEN DELETE",
    "MERGE INTO {} USING {} AS s ON true WHEN NOT MATCHED THEN INSERT *",
    "MERGE INTO sandbox.own USING {} AS s ON true WHEN MATCHED THEN DELETE",
    "EXPLAIN DELETE FROM {}",
    "TRUNCATE TABLE {}",
    "OPTIMIZE {}",
    "OPTIMIZE {} WHERE nosuch",
    "REORG TABLE {} APPLY (PURGE)",
    "RESTORE TABLE {} TO VERSION AS OF 0",
    "RESTORE TABLE {} TO VERSION AS OF 99",
    "COPY INTO {} FROM 'in' FILEFORMAT = CSV",
    "COPY INTO {} FROM 'in' FILEFORMAT = CSV VALIDATE COPY_OPTIONS ('force' = 'true')",
    "COPY INTO {} FROM '/nowhere' FILEFORMAT = NOSUCH",
    "EXPLAIN COPY INTO {} FROM 'in' FILEFORMAT = CSV",
    "CREATE OR REPLACE TABLE {} (x INT)",
    "CREATE OR REPLACE TABLE {} AS SELECT 1 AS x",
    "CREATE OR REPLACE TABLE {} LOCATION '/nowhere/else'",
    "CREATE OR REPLACE VIEW {} AS SELECT 1 AS x",
    "DROP TABLE {}",
    "DROP TABLE IF EXISTS {}",
    "DROP VIEW {}",
    "DROP VIEW IF EXISTS {}",
    "ALTER TABLE {} RENAME TO sandbox.mine",
    "ALTER TABLE {} SET TBLPROPERTIES ('a' = 'b')",
    "ALTER TABLE {} UNSET TBLPROPERTIES ('a')",
    "ALTER TABLE {} UNSET TBLPROPERTIES IF EXISTS ('a')",
    "ALTER TABLE {} ADD COLUMNS (more INT)",
    "ALTER TABLE {} ALTER COLUMN codename COMMENT 'x'",
    "ALTER TABLE {} ALTER COLUMN nosuch COMMENT 'x'",
    "ALTER TABLE {} SET OWNER TO `bob`",
    "ALTER VIEW {} SET OWNER TO `bob`",
    "ALTER VIEW {} SET TBLPROPERTIES ('a' = 'b')",
    "COMMENT ON TABLE {} IS 'x'",
    "COMMENT ON TABLE {} IS NULL",
    "COMMENT ON VIEW {} IS 'x'",
    "ALTER VIEW {} AS SELECT 1 AS x",
    "ALTER VIEW {} WITH SCHEMA EVOLUTION",
    "DROP TABLE IDENTIFIER('' || '{}')",
    "SET VARIABLE v = (SELECT count(*) FROM {})",
    "EXECUTE IMMEDIATE 'SELECT * FROM {}'",
    "GRANT SELECT ON TABLE {} TO `bob`",
    "GRANT ALL PRIVILEGES ON TABLE {} TO `bob`",
    "GRANT MANAGE ON TABLE {} TO `account users`",
    "REVOKE SELECT ON TABLE {} FROM `bob`",
};

// What is above the table, and not bob's either.
constexpr const char* kContainers[] = {
    "GRANT SELECT ON SCHEMA main.default TO `bob`",
    "GRANT SELECT ON CATALOG main TO `bob`",
    "REVOKE USE SCHEMA ON SCHEMA main.default FROM `admin`",
    "DROP SCHEMA main.default CASCADE",
    "DROP SCHEMA IF EXISTS main.default CASCADE",
    "DROP CATALOG main",
    "COMMENT ON SCHEMA main.default IS 'x'",
    "ALTER SCHEMA main.default SET OWNER TO `bob`",
    "USE hidden",
    "USE main.hidden",
    "DESCRIBE SCHEMA hidden",
    "SHOW TABLES IN hidden",
    "SHOW VIEWS IN hidden",
    "CREATE TABLE hidden.x (a INT)",
};

// Kinds of statements that have no table in them and no query; the default of a variable has none.
template <typename T>
constexpr bool kNamesNoTable =
    std::is_same_v<T, sql::CreateSchema> || std::is_same_v<T, sql::CreateCatalog> ||
    std::is_same_v<T, sql::Use> || std::is_same_v<T, sql::SetConfig> ||
    std::is_same_v<T, sql::ResetConfig> || std::is_same_v<T, sql::DeclareVariable> ||
    std::is_same_v<T, sql::DropVariable>;
// Those of volumes and their files: DeniedVolumesTest.
template <typename T>
constexpr bool kIsOfVolumes =
    std::is_same_v<T, sql::CreateVolume> || std::is_same_v<T, sql::PutFile> ||
    std::is_same_v<T, sql::GetFile> || std::is_same_v<T, sql::RemoveFile> ||
    std::is_same_v<T, sql::ListFiles>;
// Those that only parse: whoever is asked to run one refuses it by name.
template <typename T>
constexpr bool kIsRefused = std::is_same_v<T, sql::RefusedStatement>;
// Only pipelines run these: DeniedPipelinesTest.
template <typename T>
constexpr bool kOnlyInPipelines =
    std::is_same_v<T, sql::CreateDataset> || std::is_same_v<T, sql::CreateFlow>;

// Kinds of expressions that have no query in them; the amount of INTERVAL x DAYS is a name.
template <typename T>
constexpr bool kIsLeaf =
    std::is_same_v<T, sql::LiteralExpr> || std::is_same_v<T, sql::NameExpr> ||
    std::is_same_v<T, sql::StarExpr> || std::is_same_v<T, sql::ParameterExpr> ||
    std::is_same_v<T, sql::IntervalExpr>;

// The alternatives of a variant that `excused` does not excuse and `seen` does not have.
template <typename Variant, size_t at = 0, typename Excused>
std::vector<size_t> Unseen(const std::set<size_t>& seen, const Excused& excused) {
  if constexpr (at == std::variant_size_v<Variant>) {
    return {};
  } else {
    std::vector<size_t> rest = Unseen<Variant, at + 1>(seen, excused);
    using T = std::variant_alternative_t<at, Variant>;
    if (!excused(static_cast<T*>(nullptr)) && !seen.count(at)) rest.push_back(at);
    return rest;
  }
}

void AddKinds(const sql::Expr& expr, std::set<size_t>& seen) {
  seen.insert(expr.node.index());
  sql::ForEachChild(expr, [&](const sql::ExprPtr& child) { AddKinds(*child, seen); });
}

// The compiler asks for a line here, and this test for an attempt above, when a kind is added.
std::string TextOf(sql::Describe::What what) {
  switch (what) {
    case sql::Describe::What::kTable:
      return "DESCRIBE {}";
    case sql::Describe::What::kHistory:
      return "DESCRIBE HISTORY {}";
    case sql::Describe::What::kDetail:
      return "DESCRIBE DETAIL {}";
    case sql::Describe::What::kVolume:
    case sql::Describe::What::kFunction:
    case sql::Describe::What::kSchema:
    case sql::Describe::What::kCatalog:
    case sql::Describe::What::kQuery:
      return "";
  }
  return "";
}
std::string TextOf(sql::Show::What what) {
  switch (what) {
    case sql::Show::What::kColumns:
      return "SHOW COLUMNS IN {}";
    case sql::Show::What::kTblProperties:
      return "SHOW TBLPROPERTIES {}";
    case sql::Show::What::kCreateTable:
      return "SHOW CREATE TABLE {}";
    case sql::Show::What::kGrants:
      return "SHOW GRANTS ON TABLE {}";
    case sql::Show::What::kVolumes:
    case sql::Show::What::kCatalogs:
    case sql::Show::What::kSchemas:
    case sql::Show::What::kTables:
    case sql::Show::What::kViews:
    case sql::Show::What::kFunctions:
      return "";
  }
  return "";
}

TEST_F(DeniedStatementsTest, EveryKindOfStatementIsTriedHere) {
  std::set<size_t> statements, actions;
  std::set<std::string> texts;
  const auto see = [&](const std::string& text) {
    const auto statement = Parsed(Filled(Filled(text, "SELECT 1"), "secret"));
    statements.insert(statement->node.index());
    if (const auto* alter = std::get_if<sql::AlterTable>(&statement->node)) {
      actions.insert(alter->action.index());
    }
  };
  for (const char* text : kNaming) {
    texts.insert(text);
    see(Filled(text, "secret"));
  }
  for (const char* text : kCarriers) see(text);
  using Node = decltype(sql::StatementNode::node);
  EXPECT_THAT(Unseen<Node>(statements,
                           []<typename T>(T*) {
                             return kNamesNoTable<T> || kOnlyInPipelines<T> || kIsOfVolumes<T> ||
                                    kIsRefused<T>;
                           }),
              testing::IsEmpty())
      << "a kind of statement, by its place in sql::StatementNode, is not tried";
  EXPECT_THAT(Unseen<decltype(sql::AlterTable::action)>(actions, [](auto*) { return false; }),
              testing::IsEmpty());
  for (int what = 0; what <= static_cast<int>(sql::Describe::What::kQuery); ++what) {
    const std::string text = TextOf(static_cast<sql::Describe::What>(what));
    EXPECT_TRUE(text.empty() || texts.count(text)) << text;
  }
  for (int what = 0; what <= static_cast<int>(sql::Show::What::kFunctions); ++what) {
    const std::string text = TextOf(static_cast<sql::Show::What>(what));
    EXPECT_TRUE(text.empty() || texts.count(text)) << text;
  }
}

TEST_F(DeniedStatementsTest, EveryKindOfExpressionAndRelationIsTriedHere) {
  std::set<size_t> kinds, relations;
  for (const char* kind : kKinds) {
    const auto statement = Parsed("SELECT " + Filled(kind, "(SELECT 1)"));
    const auto& query = *std::get<sql::QueryStatement>(statement->node).query;
    AddKinds(*std::get<sql::Select>(query.body).items.front().expr, kinds);
  }
  using Node = decltype(sql::Expr::node);
  EXPECT_THAT(Unseen<Node>(kinds, []<typename T>(T*) { return kIsLeaf<T>; }), testing::IsEmpty())
      << "a kind of expression, by its place in sql::Expr, is not tried";
  const auto see = [&](const auto& self, const sql::FromItem& item) -> void {
    relations.insert(item.node.index());
    std::visit(
        [&](const auto& node) {
          if constexpr (requires { *node.input; }) self(self, *node.input);
        },
        item.node);
    if (const auto* join = std::get_if<sql::JoinFrom>(&item.node)) {
      self(self, *join->left);
      self(self, *join->right);
    }
  };
  for (const char* text : kRelations) {
    const auto statement = Parsed(Filled(text, "secret"));
    const auto& query = *std::get<sql::QueryStatement>(statement->node).query;
    const auto* select = std::get_if<sql::Select>(&query.body);
    if (select != nullptr && select->from) see(see, *select->from);
    if (const auto* from = std::get_if<sql::FromBody>(&query.body)) see(see, *from->from);
  }
  // A function has no relation in it; DeniedPathsTest tries read_files.
  EXPECT_THAT(Unseen<decltype(sql::FromItem::node)>(
                  relations, []<typename T>(T*) { return std::is_same_v<T, sql::FunctionFrom>; }),
              testing::IsEmpty());
}

TEST_F(DeniedStatementsTest, EveryQueryThatReadsItIsRefusedInEveryStatement) {
  std::vector<std::string> queries;
  for (const char* text : kRelations) queries.push_back(Filled(text, "secret"));
  const std::string number = Filled(kNumber, "secret");
  for (const char* text : kExpressions) queries.push_back(Filled(text, number));
  for (const char* kind : kKinds) queries.push_back("SELECT " + Filled(kind, number));
  ASSERT_EQ(AsBob("DECLARE VARIABLE v BIGINT").code, "");
  // Every query by itself and in three other statements, every statement with many queries.
  for (size_t i = 0; i < queries.size(); ++i) {
    std::set<size_t> carriers = {0};
    for (const size_t step : {1, 5, 7}) carriers.insert((i * step + step) % std::size(kCarriers));
    for (const size_t carrier : carriers) ExpectDenied(Filled(kCarriers[carrier], queries[i]));
  }
  EXPECT_THAT(AsAdmin("SHOW TABLES IN sandbox"),
              testing::ElementsAre("sandbox|own|false", "sandbox|view|false"));
  EXPECT_THAT(AsAdmin("SELECT count(*) FROM sandbox.own"), testing::ElementsAre("3"));
}

TEST_F(DeniedStatementsTest, EveryStatementThatNamesItIsRefused) {
  ASSERT_EQ(AsBob("DECLARE VARIABLE v BIGINT").code, "");
  for (const char* name : kNames) {
    for (const char* text : kNaming) ExpectDenied(Filled(text, name));
  }
  for (const char* text : kContainers) ExpectDenied(text);
  ASSERT_EQ(AsBob("USE main.default").code, "");
  ExpectDenied("SELECT * FROM secret");
}

// It reads with the rights of whoever reads it, when they do.
TEST_F(DeniedStatementsTest, ATemporaryViewGivesNoMoreThanItsReaderMayRead) {
  AsAdmin("GRANT SELECT ON TABLE main.default.secret TO bob");
  ASSERT_EQ(AsBob("CREATE TEMPORARY VIEW mine AS SELECT * FROM secret").code, "");
  ASSERT_EQ(AsBob("CREATE TEMPORARY VIEW above AS SELECT count(*) AS n FROM mine").code, "");
  ASSERT_EQ(AsBob("SELECT n FROM above").code, "");
  AsAdmin("REVOKE SELECT ON TABLE main.default.secret FROM bob");
  ExpectDenied("SELECT * FROM mine");
  ExpectDenied("SELECT n FROM above");
  // A view of that name is not the table of that name.
  ASSERT_EQ(AsBob("CREATE TEMPORARY VIEW secret AS SELECT 1 AS x").code, "");
  EXPECT_THAT(AsBob("SELECT * FROM secret").rows, testing::ElementsAre("1"));
  ExpectDenied("SELECT * FROM default.secret");
  ExpectDenied("CREATE OR REPLACE TABLE default.secret (x INT)");
}

// So does one of the session; one of the catalog reads with its owner's rights.
TEST_F(DeniedStatementsTest, AFunctionGivesNoMoreThanItsOwnerMayRead) {
  AsAdmin("GRANT SELECT ON TABLE main.default.secret TO bob");
  ASSERT_EQ(AsBob("CREATE TEMPORARY FUNCTION heaviest() RETURNS INT "
                  "RETURN (SELECT max(weight) FROM secret)")
                .code,
            "");
  ASSERT_EQ(AsBob("CREATE FUNCTION sandbox.heaviest() RETURNS INT "
                  "RETURN (SELECT max(weight) FROM default.secret)")
                .code,
            "");
  ASSERT_EQ(AsBob("CREATE FUNCTION sandbox.all_of_it() RETURNS TABLE (name STRING) "
                  "RETURN SELECT codename FROM default.secret")
                .code,
            "");
  ASSERT_EQ(AsBob("CREATE VIEW sandbox.above AS SELECT sandbox.heaviest() AS x").code, "");
  ASSERT_EQ(AsBob("SELECT heaviest(), sandbox.heaviest() FROM sandbox.all_of_it()").code, "");
  AsAdmin("REVOKE SELECT ON TABLE main.default.secret FROM bob");
  ExpectDenied("SELECT heaviest()");
  ExpectDenied("SELECT sandbox.heaviest()");
  ExpectDenied("SELECT name FROM sandbox.all_of_it()");
  ExpectDenied("SELECT x FROM sandbox.above");
  ExpectDenied("EXPLAIN SELECT sandbox.heaviest()");
  AsAdmin("CREATE FUNCTION default.guarded() RETURNS INT RETURN (SELECT max(weight) FROM secret)");
  for (const char* text :
       {"SELECT guarded()", "SELECT 1 WHERE guarded() > 0", "DESCRIBE FUNCTION guarded",
        "DESCRIBE FUNCTION EXTENDED default.guarded", "DROP FUNCTION guarded",
        "CREATE OR REPLACE FUNCTION guarded() RETURNS INT RETURN 1",
        "COMMENT ON FUNCTION guarded IS 'x'", "ALTER FUNCTION guarded OWNER TO `bob`",
        "GRANT EXECUTE ON FUNCTION guarded TO `bob`", "SHOW GRANTS ON FUNCTION guarded",
        "CREATE FUNCTION sandbox.f() RETURNS INT RETURN default.guarded()",
        "CREATE VIEW sandbox.g AS SELECT default.guarded() AS x"}) {
    ExpectDenied(text);
  }
  // Their own of the session.
  EXPECT_THAT(AsBob("SHOW USER FUNCTIONS IN default").rows, testing::ElementsAre("heaviest"));
}

TEST_F(DeniedStatementsTest, ItsNameIsTakenAndThatIsAllOneLearns) {
  for (const char* text :
       {"CREATE TABLE secret (x INT)", "CREATE TABLE secret AS SELECT 1 AS x",
        "CREATE VIEW secret AS SELECT 1 AS x", "CREATE VIEW vault AS SELECT 1 AS x",
        "ALTER TABLE sandbox.own RENAME TO default.secret",
        "ALTER VIEW sandbox.view RENAME TO default.secret"}) {
    const Outcome outcome = AsBob(text);
    EXPECT_EQ(outcome.code, "EXISTS") << text << "\n" << outcome;
    ExpectTellsNothing(outcome, text);
  }
  for (const char* text : {"CREATE TABLE IF NOT EXISTS secret (x INT)",
                           "CREATE VIEW IF NOT EXISTS secret AS SELECT 1 AS x"}) {
    EXPECT_EQ(AsBob(text).code, "");
  }
}

TEST_F(DeniedStatementsTest, ListsLeaveItOut) {
  EXPECT_THAT(AsBob("SHOW TABLES IN default").rows,
              testing::ElementsAre("default|open|false", "default|window|false"));
  EXPECT_THAT(AsBob("SHOW VIEWS IN default").rows, testing::ElementsAre("default|window|false"));
  EXPECT_THAT(AsBob("SHOW SCHEMAS").rows, testing::ElementsAre("default", "sandbox"));
  const Outcome outcome = AsBob("SELECT * FROM secre");
  EXPECT_EQ(outcome.condition, "TABLE_OR_VIEW_NOT_FOUND");
  EXPECT_THAT(outcome.message, testing::Not(testing::HasSubstr("secret")));
}

TEST_F(DeniedStatementsTest, FilesOfTheTableAreNotListed) {
  for (const char* name : kNames) {
    const int64_t before = Refusals();
    try {
      bob_->TableFiles(name);
      ADD_FAILURE() << name;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kDenied) << error.what();
    }
    EXPECT_EQ(Refusals(), before + 1);
  }
}

// Who may not even look into the schema can't tell what is there from what is not.
TEST_F(DeniedStatementsTest, InAHiddenSchemaItSaysTheSameAsAnAbsentOne) {
  ASSERT_EQ(AsBob("DECLARE VARIABLE v BIGINT").code, "");
  std::vector<std::string> texts(std::begin(kNaming), std::end(kNaming));
  for (const char* text :
       {"SELECT * FROM {}", "EXPLAIN SELECT * FROM {}",
        "CREATE VIEW sandbox.peek AS SELECT * FROM {}", "CREATE TABLE {} (x INT)",
        "CREATE TABLE IF NOT EXISTS {} (x INT)", "CREATE VIEW {} AS SELECT 1 AS x",
        "ALTER TABLE sandbox.own RENAME TO {}"}) {
    texts.push_back(text);
  }
  const auto answer = [&](const std::string& text, const std::string& name) {
    Outcome outcome = AsBob(Filled(text, name));
    for (size_t at; (at = outcome.message.find(name)) != std::string::npos;) {
      outcome.message.replace(at, name.size(), "{}");
    }
    for (const char* schema : {"main.hidden", "main.absent"}) {
      for (size_t at; (at = outcome.message.find(schema)) != std::string::npos;) {
        outcome.message.replace(at, std::string(schema).size(), "main.{}");
      }
    }
    return testing::PrintToString(outcome);
  };
  for (const std::string& text : texts) {
    const std::string present = answer(text, "hidden.secret");
    EXPECT_THAT(present, testing::StartsWith("DENIED")) << text;
    EXPECT_EQ(answer(text, "hidden.nosuch"), present) << text;
    EXPECT_EQ(answer(text, "absent.nosuch"), present) << text;
  }
  for (const char* text : {"USE {}", "DESCRIBE SCHEMA {}", "SHOW TABLES IN {}", "SHOW VIEWS IN {}",
                           "DROP SCHEMA {}", "DROP SCHEMA {} CASCADE",
                           "COMMENT ON SCHEMA {} IS 'x'", "GRANT SELECT ON SCHEMA {} TO `bob`"}) {
    const std::string present = answer(text, "main.hidden");
    EXPECT_THAT(present, testing::StartsWith("DENIED")) << text;
    EXPECT_EQ(answer(text, "main.absent"), present) << text;
  }
}

TEST_F(DeniedStatementsTest, WhatCopyIntoSelectsIsJudgedToo) {
  std::filesystem::create_directories(folder_ / "work");
  std::ofstream(folder_ / "work/in.csv") << "1\n";
  for (const char* name : kNames) {
    ExpectDenied("COPY INTO sandbox.own FROM (SELECT (SELECT max(weight) FROM " +
                 std::string(name) + ") AS id FROM 'in.csv') FILEFORMAT = CSV");
  }
}

}  // namespace
}  // namespace weir::test
