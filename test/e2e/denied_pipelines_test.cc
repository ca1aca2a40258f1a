// One table denied to one principal: no pipeline of theirs reads or writes it.
#include <gmock/gmock.h>

#include "e2e/denied_table.h"
#include "weir/base/error.h"
#include "weir/pipeline/check.h"

namespace weir::test {
namespace {

using pipeline::FlowStatus;
using testing::Contains;
using testing::Field;

class DeniedPipelinesTest : public DeniedTable {
 protected:
  // The dry run says so at the flow, nothing else, and it is on record.
  void ExpectCheckDenies(const pipeline::Spec& spec, const std::string& sql) {
    const int64_t before = Refusals();
    const auto session = app_.NewSession("bob", spec.folder);
    const Diagnostics wrong = Check(*session, spec);
    EXPECT_THAT(wrong, Contains(Field(&Diagnostic::condition, "PERMISSION_DENIED"))) << sql;
    for (const Diagnostic& diagnostic : wrong) {
      EXPECT_EQ(diagnostic.condition, "PERMISSION_DENIED") << diagnostic.message;
      ExpectTellsNothing({"", "", diagnostic.message + diagnostic.hint, {}}, sql);
    }
    EXPECT_GT(Refusals(), before) << "not on record: " << sql;
  }

  // So does running it, though somebody else checked it.
  void ExpectRunDenies(const pipeline::Spec& spec, const std::string& sql) {
    const int64_t before = Refusals();
    const auto report = RunAsBob(spec);
    bool denied = false;
    for (const auto& flow : report.flows) {
      denied |= flow.status == FlowStatus::kFailed && flow.error_code == ErrorCode::kDenied;
      ExpectTellsNothing({"", "", flow.message, {}}, sql);
      EXPECT_EQ(flow.outcome.statistics.rows, 0) << sql;
    }
    EXPECT_TRUE(denied) << sql << "\n" << report.ToJson();
    EXPECT_GT(Refusals(), before) << "not on record: " << sql;
  }

  std::string NextName() { return "p" + std::to_string(++projects_); }

 private:
  int projects_ = 0;
};

TEST_F(DeniedPipelinesTest, NoFlowReadsIt) {
  int number = 0;
  for (const char* table : {"main.default.secret", "main.default.vault", "default.secret"}) {
    for (const char* text :
         {"CREATE MATERIALIZED VIEW # AS SELECT * FROM {};",
          "CREATE MATERIALIZED VIEW # AS SELECT 1 AS x FROM {} LIMIT 0;",
          "CREATE MATERIALIZED VIEW # AS SELECT (SELECT count(*) FROM {}) AS x;",
          "CREATE MATERIALIZED VIEW # AS WITH s AS (SELECT * FROM {}) SELECT 1 AS x;",
          "CREATE MATERIALIZED VIEW # AS SELECT * FROM {} VERSION AS OF 1;",
          "CREATE STREAMING TABLE # AS SELECT * FROM STREAM {};",
          "CREATE STREAMING TABLE # AS SELECT * FROM STREAM(main.default.open) WHERE id IN "
          "(SELECT weight FROM {});",
          "CREATE TEMPORARY VIEW t# AS SELECT * FROM {}; CREATE MATERIALIZED VIEW # AS SELECT * "
          "FROM t#;",
          "CREATE TEMPORARY VIEW t# AS SELECT * FROM STREAM {}; CREATE STREAMING TABLE # AS SELECT "
          "* FROM STREAM t#;",
          "CREATE VIEW # AS SELECT * FROM {};",
          "CREATE VIEW v# AS SELECT * FROM {}; CREATE MATERIALIZED VIEW # AS SELECT * FROM v#;",
          "CREATE STREAMING TABLE #; CREATE FLOW f# AS INSERT INTO # BY NAME SELECT * FROM STREAM "
          "{};",
          "CREATE STREAMING TABLE #; CREATE FLOW f# AS INSERT INTO ONCE # BY NAME SELECT * FROM "
          "{};",
          "CREATE STREAMING TABLE # FLOW INSERT BY NAME SELECT * FROM STREAM {};",
          "CREATE PRIVATE STREAMING TABLE # AS SELECT * FROM STREAM {};",
          "CREATE PRIVATE MATERIALIZED VIEW # AS SELECT * FROM {};",
          "CREATE STREAMING TABLE # AS SELECT * FROM read_stream('{}');",
          "CREATE STREAMING TABLE # AS SELECT * FROM read_stream('{}', skipChangeCommits => true);",
          "CREATE STREAMING TABLE # FLOW REPLACE WHERE weight > 0 BY NAME SELECT * FROM {};",
          "CREATE STREAMING TABLE # FLOW REPLACE USING (weight) SEQUENCE BY weight BY NAME SELECT "
          "* "
          "FROM STREAM {};",
          "CREATE STREAMING TABLE #; CREATE FLOW f# AS INSERT ONCE INTO # BY NAME REPLACE WHERE id "
          "> "
          "0 SELECT weight AS id FROM {};",
          "CREATE STREAMING TABLE #; CREATE FLOW f# AS AUTO CDC INTO # FROM STREAM {} KEYS "
          "(weight) "
          "SEQUENCE BY weight;",
          "CREATE STREAMING TABLE # FLOW AUTO CDC FROM STREAM main.default.open KEYS (id) APPLY AS "
          "DELETE WHEN id IN (SELECT weight FROM {}) SEQUENCE BY id;",
          "CREATE STREAMING TABLE # FLOW AUTO CDC FROM STREAM main.default.open KEYS (id) SEQUENCE "
          "BY (SELECT max(weight) FROM {});",
          "CREATE STREAMING TABLE # FLOW AUTO CDC FROM SNAPSHOT (SELECT * FROM {}) KEYS (weight);",
          "CREATE STREAMING TABLE # FLOW AUTO CDC FROM SNAPSHOT (SELECT * FROM main.default.open) "
          "WITH VERSION (SELECT max(weight) FROM {}) KEYS (id);"}) {
      std::string sql = Filled(text, table);
      const std::string name = "d" + std::to_string(++number);
      for (size_t at; (at = sql.find('#')) != std::string::npos;) sql.replace(at, 1, name);
      const auto spec = Project(NextName(), sql);
      ExpectCheckDenies(spec, sql);
      ExpectRunDenies(spec, sql);
    }
  }
}

TEST_F(DeniedPipelinesTest, AnExpectationThatReadsItIsRefused) {
  const std::string sql =
      "CREATE MATERIALIZED VIEW kept (CONSTRAINT c EXPECT (id IN (SELECT weight FROM "
      "main.default.secret)) ON VIOLATION DROP ROW) AS SELECT id FROM main.default.open;";
  const auto spec = Project("expects", sql);
  ExpectCheckDenies(spec, sql);
  ExpectRunDenies(spec, sql);
}

TEST_F(DeniedPipelinesTest, NoFlowReadsItsFiles) {
  for (const char* table : {"secret", "vault"}) {
    for (const char* text :
         {"CREATE STREAMING TABLE d AS SELECT * FROM STREAM read_files('{}', format => 'parquet');",
          "CREATE MATERIALIZED VIEW d AS SELECT * FROM read_files('{}/*', format => 'parquet');",
          "CREATE MATERIALIZED VIEW d AS SELECT * FROM delta.`{}`;",
          "CREATE STREAMING TABLE d AS SELECT * FROM STREAM delta.`{}`;"}) {
      const std::string sql = Filled(text, FolderOf(table));
      ExpectCheckDenies(Project(NextName(), sql), sql);
    }
  }
}

// Who may read files may not thereby take them away.
TEST_F(DeniedPipelinesTest, CleaningUpTakesTheRightToWrite) {
  AsAdmin("CREATE VOLUME landing");
  AsAdmin("CREATE VOLUME done");
  AsAdmin("GRANT READ VOLUME ON VOLUME landing TO `bob`");
  AsAdmin("GRANT READ VOLUME ON VOLUME done TO `bob`");
  const auto wrong_of = [&](const std::string& options) {
    const auto spec =
        Project(NextName(),
                "CREATE STREAMING TABLE d AS SELECT * FROM STREAM "
                "read_files('/Volumes/main/default/landing', format => 'csv', schema => 'id INT'" +
                    options + ");");
    return Check(*app_.NewSession("bob", spec.folder), spec);
  };
  const std::string deleting = ", cleanSource => 'DELETE'";
  const std::string moving =
      ", cleanSource => 'MOVE', `cleanSource.moveDestination` => '/Volumes/main/default/done'";
  const auto denied = Contains(Field(&Diagnostic::condition, "PERMISSION_DENIED"));
  EXPECT_THAT(wrong_of(""), testing::IsEmpty());
  EXPECT_THAT(wrong_of(deleting), denied);
  EXPECT_THAT(wrong_of(moving), denied);
  AsAdmin("GRANT WRITE VOLUME ON VOLUME landing TO `bob`");
  EXPECT_THAT(wrong_of(deleting), testing::IsEmpty());
  EXPECT_THAT(wrong_of(moving), denied);
  AsAdmin("GRANT WRITE VOLUME ON VOLUME done TO `bob`");
  EXPECT_THAT(wrong_of(moving), testing::IsEmpty());
}

TEST_F(DeniedPipelinesTest, NoDatasetTakesItsNameOrWritesIntoIt) {
  for (const char* text :
       {"CREATE MATERIALIZED VIEW {} AS SELECT 1 AS x;",
        "CREATE STREAMING TABLE {} AS SELECT id FROM STREAM main.default.open;",
        "CREATE STREAMING TABLE {};", "CREATE VIEW {} AS SELECT 1 AS x;",
        "CREATE STREAMING TABLE {}; CREATE FLOW f AS INSERT INTO {} BY NAME SELECT id FROM STREAM "
        "main.default.open;",
        "CREATE STREAMING TABLE {} FLOW AUTO CDC FROM STREAM main.default.open KEYS (id) SEQUENCE "
        "BY "
        "id;"}) {
    for (const char* table : {"main.default.secret", "main.default.vault", "main.hidden.secret"}) {
      const std::string sql = Filled(text, table);
      const auto spec = Project(NextName(), sql);
      const auto session = app_.NewSession("bob", spec.folder);
      const Diagnostics wrong = Check(*session, spec);
      EXPECT_FALSE(wrong.empty()) << sql;
      for (const Diagnostic& diagnostic : wrong) {
        ExpectTellsNothing({"", "", diagnostic.message + diagnostic.hint, {}}, sql);
        // Which kind of table it is.
        EXPECT_THAT(diagnostic.message, testing::Not(testing::HasSubstr("exists already as")))
            << sql;
      }
      // Whether it is there is not told where one may not look.
      const std::string absent = Filled(text, "main.hidden.nosuch");
      const auto other = Project(NextName(), absent);
      EXPECT_FALSE(Check(*session, other).empty());
    }
  }
  const std::string sql =
      "CREATE FLOW f AS INSERT INTO main.default.secret BY NAME SELECT id FROM STREAM "
      "main.default.open;";
  const auto session = NewSession("bob");
  EXPECT_FALSE(Check(*session, Project(NextName(), sql)).empty());
}

TEST_F(DeniedPipelinesTest, NoSinkWritesIntoIt) {
  const auto flows_to = [&](const std::string& option) {
    return "from pyspark import pipelines as dp\nfrom pyspark.sql import SparkSession\n"
           "dp.create_sink('out', 'delta', {" +
           option +
           ", 'mergeSchema': 'true'})\n@dp.append_flow(target='out')\ndef send():\n"
           "    return SparkSession.active().readStream.table('main.default.open')\n";
  };
  for (const std::string& option :
       {std::string("'tableName': 'main.default.secret'"),
        std::string("'tableName': 'main.default.vault'"),
        std::string("'tableName': 'main.hidden.secret'"),
        std::string("'tableName': 'main.hidden.nosuch'"), "'path': '" + FolderOf("secret") + "'",
        "'path': '" + FolderOf("vault") + "'", "'path': '" + FolderOf("vault") + "/in_it'"}) {
    const auto spec = PythonProject(NextName(), flows_to(option));
    ExpectCheckDenies(spec, option);
    // Nobody names the folder of a table, so the check of whoever may write it fails as well.
    if (option.starts_with("'tableName'")) ExpectRunDenies(spec, option);
  }
}

// A table that a pipeline of admin's fills.
TEST_F(DeniedPipelinesTest, AnotherPipelineDoesNotFillIt) {
  const std::string sql = "CREATE MATERIALIZED VIEW main.default.filled AS SELECT 1 AS classified;";
  const auto spec = Project("theirs", sql);
  const auto admin = app_.NewSession("admin", spec.folder);
  Diagnostics diagnostics;
  const auto checked = pipeline::CheckProject(spec, *admin, diagnostics);
  ASSERT_TRUE(diagnostics.empty()) << DiagnosticError(diagnostics).what();
  const auto sessions = [&] { return app_.NewSession("admin", spec.folder); };
  ASSERT_TRUE(pipeline::RunUpdate(checked, sessions, {}).Succeeded());

  ExpectCheckDenies(spec, sql);
  ExpectRunDenies(spec, sql);
  const auto other =
      Project("mine", "CREATE MATERIALIZED VIEW main.default.filled AS SELECT 2 AS x;");
  const auto bob = app_.NewSession("bob", other.folder);
  const Diagnostics wrong = Check(*bob, other);
  ASSERT_EQ(wrong.size(), 1u);
  EXPECT_EQ(wrong[0].condition, "PERMISSION_DENIED") << wrong[0].message;
  EXPECT_THAT(AsAdmin("SELECT * FROM filled"), testing::ElementsAre("1"));
  AsAdmin("DROP TABLE filled");
}

// What bob calls his datasets does not change what a view of somebody else means.
TEST_F(DeniedPipelinesTest, AViewDoesNotSeeTheReadersDatasets) {
  AsAdmin("CREATE VIEW sandbox.shared AS SELECT name FROM sandbox.own");
  const std::string sql =
      "CREATE TEMPORARY VIEW own AS SELECT 'planted' AS name;\n"
      "CREATE MATERIALIZED VIEW out AS SELECT name FROM sandbox.shared;\n";
  const auto spec = Project("shadow", sql);
  const auto session = app_.NewSession("bob", spec.folder);
  Diagnostics diagnostics;
  const auto checked = pipeline::CheckProject(spec, *session, diagnostics);
  ASSERT_TRUE(diagnostics.empty()) << DiagnosticError(diagnostics).what();
  const auto report =
      pipeline::RunUpdate(checked, [&] { return app_.NewSession("bob", spec.folder); }, {});
  ASSERT_TRUE(report.Succeeded()) << report.ToJson();
  EXPECT_THAT(AsAdmin("SELECT DISTINCT name FROM sandbox.out ORDER BY name"),
              testing::ElementsAre("0", "1", "2"));
}

TEST_F(DeniedPipelinesTest, ItsFolderIsNoPlaceForReports) {
  for (const std::string& storage :
       {FolderOf("secret"), FolderOf("vault"), FolderOf("vault") + "/inside",
        "file://" + FolderOf("secret"), folder_ / "elsewhere", folder_ / "home",
        folder_ / "home/data/new"}) {
    const auto spec = Project(NextName(), "CREATE MATERIALIZED VIEW d AS SELECT 1 AS x;", storage);
    ExpectCheckDenies(spec, "storage: " + storage);
  }
}

TEST_F(DeniedPipelinesTest, ARightThatIsLostAfterTheCheckIsLostForTheRun) {
  AsAdmin("GRANT SELECT ON TABLE open TO `bob`");
  const auto spec =
      Project("late", "CREATE MATERIALIZED VIEW d AS SELECT * FROM main.default.open;");
  const auto session = app_.NewSession("bob", spec.folder);
  Diagnostics diagnostics;
  const auto checked = pipeline::CheckProject(spec, *session, diagnostics);
  ASSERT_TRUE(diagnostics.empty()) << DiagnosticError(diagnostics).what();
  AsAdmin("REVOKE SELECT ON TABLE open FROM `bob`");
  const auto report =
      pipeline::RunUpdate(checked, [&] { return app_.NewSession("bob", spec.folder); }, {});
  ASSERT_EQ(report.flows.size(), 1u);
  EXPECT_EQ(report.flows[0].error_code, ErrorCode::kDenied) << report.ToJson();
}

}  // namespace
}  // namespace weir::test
