// One table denied to one principal: no statement reaches it.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "e2e/denied_table.h"
#include "e2e/denied_texts.h"
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

// Kinds of statements that have no table in them and no query; the default of a variable has none.
template <typename T>
constexpr bool kNamesNoTable =
    std::is_same_v<T, sql::CreateSchema> || std::is_same_v<T, sql::CreateCatalog> ||
    std::is_same_v<T, sql::Use> || std::is_same_v<T, sql::SetConfig> ||
    std::is_same_v<T, sql::ResetConfig> || std::is_same_v<T, sql::DeclareVariable> ||
    std::is_same_v<T, sql::DropVariable> ||
    std::is_same_v<T, sql::ConvertToDelta>;  // A folder: DeniedPathsTest.
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
constexpr bool kOnlyInPipelines = std::is_same_v<T, sql::CreateFlow>;

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
    case sql::Show::What::kPartitions:
      return "SHOW PARTITIONS {}";
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
  for (int what = 0; what <= static_cast<int>(sql::Show::What::kPartitions); ++what) {
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

// Who may use a schema and nothing in it can't tell what is there from what is not.
TEST_F(DeniedStatementsTest, AbsentAndUnreadableAreAnsweredAlike) {
  AsAdmin("CREATE VOLUME closed");
  for (const char* grant :
       {"USE CATALOG ON CATALOG main", "USE SCHEMA ON SCHEMA main.default",
        "CREATE TABLE ON SCHEMA main.sandbox", "USE SCHEMA ON SCHEMA main.sandbox"}) {
    AsAdmin(std::string("GRANT ") + grant + " TO `eve`");
  }
  const auto eve = NewSession("eve");
  const auto answer = [&](const std::string& text, const std::string& name) {
    const Outcome outcome = Try(*eve, Filled(text, name));
    std::string message = outcome.message;
    for (size_t at = message.find(name); at != std::string::npos; at = message.find(name, at)) {
      message.replace(at, name.size(), "it");
    }
    return outcome.code + " " + outcome.condition + " " + message;
  };
  for (const char* text : {"SELECT * FROM {}",
                           "SELECT 1 WHERE EXISTS (SELECT 1 FROM {})",
                           "INSERT INTO {} VALUES (1)",
                           "UPDATE {} SET x = 1",
                           "DELETE FROM {}",
                           "OPTIMIZE {}",
                           "VACUUM {}",
                           "DESCRIBE {}",
                           "DESCRIBE HISTORY {}",
                           "SHOW COLUMNS IN {}",
                           "DROP TABLE {}",
                           "DROP TABLE IF EXISTS {}",
                           "DROP VIEW IF EXISTS {}",
                           "ALTER TABLE {} SET TBLPROPERTIES ('a' = 'b')",
                           "SELECT * FROM table_changes('{}', 0)",
                           "RESTORE TABLE {} TO VERSION AS OF 0",
                           "CREATE TABLE sandbox.c SHALLOW CLONE {}",
                           "SELECT * FROM {} VERSION AS OF 0",
                           "COPY INTO {} FROM 'x' FILEFORMAT = CSV",
                           "SHOW GRANTS ON TABLE {}"}) {
    EXPECT_EQ(answer(text, "secret"), answer(text, "absent")) << text;
    EXPECT_THAT(answer(text, "absent"), testing::StartsWith("DENIED PERMISSION_DENIED")) << text;
  }
  for (const char* text : {"LIST '/Volumes/main/default/{}'", "DROP VOLUME IF EXISTS {}",
                           "SELECT * FROM read_files('/Volumes/main/default/{}')",
                           "DESCRIBE VOLUME {}", "REMOVE '/Volumes/main/default/{}/a'"}) {
    EXPECT_EQ(answer(text, "closed"), answer(text, "absent")) << text;
    EXPECT_THAT(answer(text, "absent"), testing::StartsWith("DENIED PERMISSION_DENIED")) << text;
  }
  // Who may make one is told that there is none.
  EXPECT_EQ(Try(*eve, "SELECT * FROM sandbox.absent").condition, "TABLE_OR_VIEW_NOT_FOUND");
  EXPECT_EQ(Try(*eve, "DROP TABLE IF EXISTS sandbox.absent").code, "");
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
