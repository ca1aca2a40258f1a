// One table denied to one principal, while rights, names and owners change; and at random.
#include <gmock/gmock.h>

#include <random>

#include "e2e/denied_table.h"
#include "weir/base/error.h"

namespace weir::test {
namespace {

using testing::ElementsAre;

class DeniedChangesTest : public DeniedTable {
 protected:
  session::Prepared Prepare(const std::string& sql) {
    auto prepared = bob_->Prepare(std::make_shared<SourceText>(SourceText{"<test>", sql}));
    if (auto* wrong = std::get_if<Diagnostics>(&prepared)) throw DiagnosticError(*wrong);
    return std::get<session::Prepared>(prepared);
  }
  Outcome Execute(const session::Prepared& prepared) {
    try {
      return {"", "", "", RowTexts(*bob_->Execute(prepared))};
    } catch (const Error& error) {
      return {std::string(ErrorCodeName(error.code())), error.condition(), error.what(), {}};
    }
  }
};

TEST_F(DeniedChangesTest, APreparedStatementIsJudgedAgainAfterARevoke) {
  AsAdmin("CREATE TABLE lent AS SELECT 1 AS id");
  for (const char* privilege : {"SELECT", "MODIFY", "MANAGE"}) {
    AsAdmin(std::string("GRANT ") + privilege + " ON TABLE lent TO `bob`");
  }
  std::vector<session::Prepared> prepared;
  for (const char* sql :
       {"SELECT * FROM lent", "INSERT INTO lent VALUES (2)",
        "INSERT INTO sandbox.own (id) SELECT "
        "id FROM lent",
        "CREATE TABLE sandbox.copy AS SELECT * FROM lent",
        "CREATE VIEW sandbox.peek AS SELECT * FROM lent", "DESCRIBE lent", "DESCRIBE HISTORY lent",
        "SHOW COLUMNS IN lent", "SHOW GRANTS ON TABLE lent", "EXPLAIN SELECT * FROM lent",
        "ALTER TABLE lent SET OWNER TO `bob`", "ALTER TABLE lent RENAME TO sandbox.lent",
        "COMMENT ON TABLE lent IS 'x'", "GRANT SELECT ON TABLE lent TO `bob`", "DROP TABLE lent"}) {
    prepared.push_back(Prepare(sql));
  }
  EXPECT_THAT(Execute(prepared[0]).rows, ElementsAre("1"));
  for (const char* privilege : {"SELECT", "MODIFY", "MANAGE"}) {
    AsAdmin(std::string("REVOKE ") + privilege + " ON TABLE lent FROM `bob`");
  }
  for (const session::Prepared& statement : prepared) {
    const int64_t before = Refusals();
    const Outcome outcome = Execute(statement);
    EXPECT_TRUE(outcome.IsDenied()) << statement.text << "\n" << outcome;
    EXPECT_EQ(Refusals(), before + 1) << statement.text;
  }
  EXPECT_THAT(AsAdmin("SELECT * FROM lent"), ElementsAre("1"));
  AsAdmin("GRANT SELECT ON TABLE lent TO `bob`");
  EXPECT_THAT(Execute(prepared[0]).rows, ElementsAre("1"));
  AsAdmin("DROP TABLE lent");
}

TEST_F(DeniedChangesTest, ARefusedStatementMayRunOnceTheRightIsThere) {
  AsAdmin("CREATE TABLE lent AS SELECT 1 AS id");
  ExpectDenied("SELECT * FROM lent");
  AsAdmin("GRANT SELECT ON TABLE lent TO `bob`");
  EXPECT_THAT(AsBob("SELECT * FROM lent").rows, ElementsAre("1"));
  AsAdmin("DROP TABLE lent");
}

TEST_F(DeniedChangesTest, AGrantGoesWithARenamedTable) {
  AsAdmin("CREATE TABLE lent AS SELECT 1 AS id");
  AsAdmin("GRANT SELECT ON TABLE lent TO `bob`");
  const auto prepared = Prepare("SELECT * FROM lent");
  AsAdmin("ALTER TABLE lent RENAME TO renamed");
  EXPECT_THAT(AsBob("SELECT * FROM renamed").rows, ElementsAre("1"));
  EXPECT_NE(AsBob("SELECT * FROM lent").code, "");
  EXPECT_NE(Execute(prepared).code, "");
  // Another table that takes the old name has not the old one's grants.
  AsAdmin("CREATE TABLE lent AS SELECT 2 AS id");
  ExpectDenied("SELECT * FROM lent");
  EXPECT_TRUE(Execute(prepared).IsDenied());
  AsAdmin("DROP TABLE lent");
  AsAdmin("DROP TABLE renamed");
}

TEST_F(DeniedChangesTest, AGrantEndsWithWhatItStandsOn) {
  AsAdmin("CREATE SCHEMA lent");
  AsAdmin("CREATE TABLE lent.t AS SELECT 1 AS id");
  AsAdmin("GRANT USE SCHEMA ON SCHEMA lent TO `bob`");
  AsAdmin("GRANT SELECT ON TABLE lent.t TO `bob`");
  const auto prepared = Prepare("SELECT * FROM lent.t");
  EXPECT_THAT(Execute(prepared).rows, ElementsAre("1"));
  AsAdmin("DROP TABLE lent.t");
  AsAdmin("CREATE TABLE lent.t AS SELECT 2 AS id");
  ExpectDenied("SELECT * FROM lent.t");
  EXPECT_TRUE(Execute(prepared).IsDenied());

  AsAdmin("GRANT SELECT ON SCHEMA lent TO `bob`");
  EXPECT_THAT(AsBob("SELECT * FROM lent.t").rows, ElementsAre("2"));
  AsAdmin("DROP SCHEMA lent CASCADE");
  AsAdmin("CREATE SCHEMA lent");
  AsAdmin("CREATE TABLE lent.t AS SELECT 3 AS id");
  ExpectDenied("SELECT * FROM lent.t");
  EXPECT_TRUE(Execute(prepared).IsDenied());
  AsAdmin("DROP SCHEMA lent CASCADE");

  AsAdmin("CREATE CATALOG lent");
  AsAdmin("CREATE TABLE lent.default.t AS SELECT 1 AS id");
  AsAdmin("GRANT ALL PRIVILEGES ON CATALOG lent TO `bob`");
  EXPECT_THAT(AsBob("SELECT * FROM lent.default.t").rows, ElementsAre("1"));
  AsAdmin("DROP TABLE lent.default.t");
  AsAdmin("DROP CATALOG lent");
  AsAdmin("CREATE CATALOG lent");
  AsAdmin("CREATE TABLE lent.default.t AS SELECT 2 AS id");
  ExpectDenied("SELECT * FROM lent.default.t");
  AsAdmin("DROP TABLE lent.default.t");
}

TEST_F(DeniedChangesTest, AViewReadsNoLongerThanItsOwnerMay) {
  AsAdmin("CREATE TABLE lent AS SELECT 1 AS id");
  AsAdmin("GRANT SELECT ON TABLE lent TO `bob`");
  ASSERT_EQ(AsBob("CREATE VIEW sandbox.lens AS SELECT * FROM lent").code, "");
  ASSERT_EQ(AsBob("CREATE VIEW sandbox.chain AS SELECT * FROM sandbox.lens").code, "");
  ASSERT_EQ(AsBob("GRANT SELECT ON VIEW sandbox.chain TO `bob`").code, "");
  EXPECT_THAT(AsBob("SELECT * FROM sandbox.chain").rows, ElementsAre("1"));
  AsAdmin("REVOKE SELECT ON TABLE lent FROM `bob`");
  ExpectDenied("SELECT * FROM sandbox.lens");
  ExpectDenied("SELECT * FROM sandbox.chain");
  ExpectDenied("CREATE TABLE sandbox.copy AS SELECT * FROM sandbox.chain");
  ExpectDenied("CREATE VIEW sandbox.more AS SELECT * FROM sandbox.chain");
  // Whoever reads it, reads with bob's rights.
  EXPECT_TRUE(Try(*admin_, "SELECT * FROM sandbox.chain").IsDenied());
  // He can't lend himself the rights of somebody else by making them its owner.
  for (const char* owner : {"`admin`", "`account users`"}) {
    ExpectDenied(std::string("ALTER VIEW sandbox.lens SET OWNER TO ") + owner);
    ExpectDenied(std::string("ALTER TABLE sandbox.lens SET OWNER TO ") + owner);
  }
  EXPECT_EQ(AsBob("ALTER VIEW sandbox.lens SET OWNER TO `bob`").code, "");
  ExpectDenied("SELECT * FROM sandbox.lens");
  AsAdmin("DROP TABLE lent");
}

TEST_F(DeniedChangesTest, AViewOfSomebodyElseShowsWhatItShows) {
  EXPECT_THAT(AsBob("SELECT * FROM window").rows, ElementsAre("3"));
  ExpectDenied("SELECT * FROM window, secret");
  ExpectDenied("CREATE OR REPLACE VIEW window AS SELECT * FROM secret");
  ExpectDenied("DROP VIEW window");
  ExpectDenied("ALTER VIEW window SET OWNER TO `bob`");
  ExpectDenied("INSERT INTO window VALUES (1)");
  EXPECT_EQ(AsBob("SELECT codename FROM window").condition, "UNRESOLVED_COLUMN.WITH_SUGGESTION");
}

// Queries put together at random, with the denied table somewhere in them.
class RandomQuery {
 public:
  explicit RandomQuery(uint32_t seed) : random_(seed) {}

  std::string Text() {
    depth_ = 0;
    left_ = static_cast<int>(Pick(6));
    std::string query = Query();
    // When chance put it nowhere, it goes last.
    if (query.find("secret") == std::string::npos) {
      query = "SELECT a.* FROM (" + query + ") AS a LEFT JOIN secret ON true";
    }
    return Pick(6) == 0 ? "EXPLAIN " + query : query;
  }

 private:
  size_t Pick(size_t of) { return random_() % of; }

  std::string Query() {
    ++depth_;
    std::string query;
    switch (depth_ > 4 ? 0 : Pick(7)) {
      case 0:
      case 1:
        query = "SELECT " + Number() + " AS n FROM " + Relation();
        break;
      case 2:
        query = "SELECT " + Number() + " AS n FROM " + Relation() + " WHERE " + Condition();
        break;
      case 3:
        query = Query() + " UNION ALL " + Query();
        break;
      case 4:
        query = "WITH c AS (" + Query() + ") SELECT " + Number() + " AS n FROM " + Relation();
        break;
      case 5:
        query = "SELECT count(*) AS n FROM " + Relation() + " GROUP BY ALL HAVING " +
                (Pick(2) ? "count(*) > 0" : "max(n) > " + Constant());
        break;
      default:
        query = "SELECT n FROM (" + Query() + ") AS q ORDER BY n LIMIT " + std::to_string(Pick(3));
    }
    --depth_;
    // A query with a LIMIT is an operand only in parentheses.
    return depth_ > 0 && query.find("LIMIT") != std::string::npos
               ? "SELECT n FROM (" + query + ") AS p"
               : query;
  }

  std::string Relation() {
    ++depth_;
    std::string relation;
    if (left_-- == 0) {
      relation = "(SELECT weight AS n FROM secret) AS r";
    } else if (depth_ > 5 || Pick(2)) {
      relation = "(SELECT id AS n FROM open) AS r";
    } else {
      relation = "(" + Query() + ") AS r";
    }
    --depth_;
    return relation;
  }

  std::string Constant() {
    return left_-- == 0 ? "(SELECT max(weight) FROM secret)" : std::to_string(Pick(9));
  }

  std::string Number() {
    ++depth_;
    std::string number;
    switch (depth_ > 5 ? 0 : Pick(8)) {
      case 0:
      case 1:
        number = Constant();
        break;
      case 2:
        number = "n";
        break;
      case 3:
        number = "(" + Number() + " + " + Number() + ")";
        break;
      case 4:
        number = "CASE WHEN " + Condition() + " THEN " + Number() + " ELSE " + Number() + " END";
        break;
      case 5:
        number = "coalesce(" + Number() + ", " + Number() + ")";
        break;
      case 6:
        number = "array(" + Number() + ", 1)[0]";
        break;
      default:
        number = "(SELECT max(n) FROM " + Relation() + ")";
    }
    --depth_;
    return number;
  }

  std::string Condition() {
    ++depth_;
    std::string condition;
    switch (depth_ > 5 ? 0 : Pick(5)) {
      case 0:
        condition = Number() + " > " + Constant();
        break;
      case 1:
        condition = "EXISTS (" + Query() + ")";
        break;
      case 2:
        condition = "n IN (" + Query() + ")";
        break;
      case 3:
        condition = "(" + Condition() + " AND false)";
        break;
      default:
        condition = "NOT (" + Number() + " IS NULL)";
    }
    --depth_;
    return condition;
  }

  std::mt19937 random_;
  int depth_ = 0;
  int left_ = 0;  // Places before the one where the denied table goes.
};

TEST_F(DeniedChangesTest, RandomQueriesThatNameItGiveNoRows) {
  int denied = 0;
  constexpr int kQueries = 400;
  for (uint32_t seed = 0; seed < kQueries; ++seed) {
    const std::string sql = RandomQuery(seed).Text();
    const Outcome outcome = AsBob(sql);
    EXPECT_NE(outcome.code, "") << "seed " << seed << ": " << sql;
    ExpectTellsNothing(outcome, sql);
    // Another mistake may be met first, and is one of the text.
    EXPECT_TRUE(outcome.IsDenied() || outcome.code == "INVALID" || outcome.code == "UNSUPPORTED")
        << "seed " << seed << ": " << sql << "\n"
        << outcome;
    denied += outcome.IsDenied();
  }
  EXPECT_GT(denied, kQueries * 9 / 10) << "too many of the queries are wrong in themselves";
}

}  // namespace
}  // namespace weir::test
