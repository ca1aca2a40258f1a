// Specs and SQL files that can't be used: one message with the place and the way out, and nothing
// is run.
#include "e2e/command_fixture.h"

namespace weir::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kRestOfSpec =
    "libraries:\n  - glob:\n      include: '*.sql'\nstorage: storage\nschema: p\n";
constexpr const char* kTable =
    "CREATE STREAMING TABLE t AS SELECT id, name FROM STREAM read_files('in', format => 'csv', "
    "header => true, schema => 'id INT, name STRING');\n";

ProcessOptions WithoutPrivileges() {
  ProcessOptions options;
  options.without_privileges = true;
  return options;
}

class BadInputTest : public CommandTest {
 protected:
  void ExpectRefused(int exit_code, const std::vector<std::string>& parts) {
    const Ended ended = Update(WithoutPrivileges());
    ExpectSays(ended, exit_code, parts);
    EXPECT_THAT(ended.err, Not(HasSubstr("done")));
    EXPECT_FALSE(std::filesystem::exists(Path("storage")));
  }
  // After `kTable`, so on line 2.
  void WriteSecond(const std::string& sql) { WriteFlows(kTable + sql); }
};

TEST_F(BadInputTest, ASpecThatIsNoYamlIsToldByItsLine) {
  WriteSpec("name: p\nlibraries: [\nstorage: x\n");
  ExpectRefused(1, {"spark-pipeline.yml:4:1", "not valid YAML", "hint: check indentation"});
  WriteSpec("name: *unknown\n");
  ExpectRefused(1, {"spark-pipeline.yml:1:7", "not valid YAML"});
}

TEST_F(BadInputTest, WrongTypesInASpecAreToldAllAtOnce) {
  WriteSpec("name: [a]\nlibraries: text\nstorage: {a: b}\nconfiguration: 7\n[x, y]: z\n");
  ExpectRefused(1, {":1:7: ", "`name` must be a text", "as in `name: text`",
                    ":2:12: ", "`libraries` must be a list", "include: transformations/**",
                    ":3:10: ", "`storage` must be a text", ":4:16: ", "`configuration` must hold",
                    ":5:1: ", "a key must be a plain text"});
  WriteSpec(std::string("name: p\n") + kRestOfSpec + "configuration:\n  a: [1]\n  [b]: 2\n");
  ExpectRefused(1, {":8:6: ", "`configuration.a`", ":9:3: ", "a key must be a plain text"});
}

TEST_F(BadInputTest, AnUnknownKeyAndASecondDocumentAreRefused) {
  WriteSpec(std::string("name: p\n") + kRestOfSpec + "storrage: x\n---\nname: q\n");
  ExpectRefused(1, {"spark-pipeline.yml:7:1", "unknown key `storrage`", "known keys: name",
                    "a second document begins here"});
}

TEST_F(BadInputTest, AnEmptySpecSaysHowToStart) {
  WriteSpec("");
  ExpectRefused(1, {"spark-pipeline.yml:1:1", "weir pipeline init"});
}

TEST_F(BadInputTest, ASpecThatIsNotUtf8IsToldByItsLine) {
  WriteSpec("name: p\nschema: caf\xe9\n");
  ExpectRefused(1, {"spark-pipeline.yml:2: not UTF-8", "save the file"});
  WriteSpec(std::string("n\0a\0m\0e\0", 8));
  ExpectRefused(1, {"spark-pipeline.yml:1: a NUL byte", "save the file"});
}

TEST_F(BadInputTest, ASpecThatIsNotThereSaysSo) {
  ExpectSays(Weir({"pipeline", "run", "--spec", "nope.yml"}), 1,
             {"can't read nope.yml", "No such file", "check the path"});
  std::filesystem::remove(Path("spark-pipeline.yml"));
  ExpectRefused(1, {"no spark-pipeline.yml in ", "weir pipeline init", "--spec FILE"});
}

TEST_F(BadInputTest, AFolderIsNoSpec) {
  ExpectSays(Weir({"pipeline", "run", "--spec", Path("")}), 1,
             {Path(""), "it is a folder; name a file in it"});
}

TEST_F(BadInputTest, FilesThatMayNotBeReadSayWhoIsToChangeIt) {
  std::filesystem::permissions(Path("flows.sql"), std::filesystem::perms::none);
  ExpectRefused(3, {"can't read " + Path("flows.sql"), "Permission denied", "give this user"});
  std::filesystem::permissions(Path("spark-pipeline.yml"), std::filesystem::perms::none);
  ExpectRefused(3, {"spark-pipeline.yml", "Permission denied", "give this user the right"});
}

TEST_F(BadInputTest, AStorageThatCannotBeIsRefusedBeforeAnythingRuns) {
  WriteSpec("name: p\nlibraries:\n  - glob:\n      include: '*.sql'\nstorage: gs://bucket/x\n");
  ExpectRefused(1, {"`storage` in ", "spark-pipeline.yml", "does not support", "local path"});
}

TEST_F(BadInputTest, AProjectWithoutDatasetsIsRefused) {
  for (const char* empty : {"", "-- nothing yet\n/* at all */"}) {
    WriteFlows(empty);
    ExpectRefused(1, {"spark-pipeline.yml", "RUN_EMPTY_PIPELINE", "hint: write one"});
  }
}

TEST_F(BadInputTest, AnEmptySqlFileBesideOthersIsNoMistake) {
  Land("empty.sql", "");
  Land("comments.sql", "-- only\n");
  ExpectGoodUpdate();
  EXPECT_EQ(Rows("SELECT * FROM main.p.t").size(), 2u);
}

TEST_F(BadInputTest, NamesOfAllLettersWork) {
  WriteSecond("CREATE MATERIALIZED VIEW `größe` AS SELECT name AS `straße`, id AS `数` FROM t;");
  ExpectGoodUpdate();
  EXPECT_THAT(Rows("SELECT `straße`, `数` FROM main.p.`größe`"),
              testing::ElementsAre("one,1", "two,2"));
}

TEST_F(BadInputTest, SqlThatIsNoTextIsToldByItsLine) {
  WriteSecond("CREATE MATERIALIZED VIEW v AS SELECT 'caf\xe9' AS x;");
  ExpectRefused(1, {"flows.sql:2: not UTF-8", "save the file"});
  WriteSecond(std::string("CREATE MATERIALIZED VIEW v AS SELECT 1\0 AS x;", 45));
  ExpectRefused(1, {"flows.sql:2: a NUL byte", "save the file"});
}

TEST_F(BadInputTest, TenThousandColumnsAreNotTooMany) {
  std::string columns;
  for (int i = 0; i < 10'000; ++i) {
    columns += (i ? ", id + " : "id + ") + std::to_string(i) + " AS c" + std::to_string(i);
  }
  WriteSecond("CREATE MATERIALIZED VIEW v AS SELECT " + columns + " FROM t;");
  ExpectGoodUpdate();
  EXPECT_THAT(Rows("SELECT c0, c9999 FROM main.p.v"), testing::ElementsAre("1,10000", "2,10001"));
}

TEST_F(BadInputTest, WhatIsNestedTooDeeplyIsToldInShort) {
  constexpr int kDepth = 100'000;
  std::string sums = "id";
  for (int i = 0; i < kDepth; ++i) sums += "+id";
  for (const std::string& query :
       {"SELECT " + std::string(kDepth, '(') + "1" + std::string(kDepth, ')'),
        "SELECT " + sums + " FROM t"}) {
    WriteSecond("CREATE MATERIALIZED VIEW v AS " + query + ";");
    ExpectRefused(1, {"flows.sql:2:", "nested too deeply", "hint: split it"});
    EXPECT_LT(Update().err.size(), 1000u);
  }
}

TEST_F(BadInputTest, WrongTypesInSqlAreToldAllAtOnce) {
  WriteSecond(
      "CREATE MATERIALIZED VIEW v AS SELECT id + array(1) AS x FROM t;\n"
      "CREATE MATERIALIZED VIEW w (a DATE) AS SELECT id FROM t;");
  ExpectRefused(1, {"flows.sql:2:38", "DATATYPE_MISMATCH", "flows.sql:3:", "CANNOT_SAFELY_CAST",
                    "hint: convert it with CAST"});
}

TEST_F(BadInputTest, AValueThatCannotBeCastIsToldWithItsQueryAndStopsOnlyThat) {
  WriteSecond("CREATE MATERIALIZED VIEW v AS SELECT CAST(name AS INT) AS x FROM t;");
  ExpectSays(Update(), 1,
             {"FAILED    main.p.v: " + Path("flows.sql") + ":2: [CAST_INVALID_INPUT]", "'one'",
              "try_cast", "done      main.p.t", "1 failed"});
  EXPECT_EQ(Rows("SELECT * FROM main.p.t").size(), 2u);
}

TEST_F(BadInputTest, ADatasetDefinedTwiceNamesBothPlaces) {
  Land("other.sql", kTable);
  ExpectRefused(1, {"other.sql:1:24", "main.p.t is defined twice", "flows.sql:1"});
}

TEST_F(BadInputTest, ACircleIsSpelledOut) {
  WriteSecond(
      "CREATE MATERIALIZED VIEW a AS SELECT * FROM b;\n"
      "CREATE MATERIALIZED VIEW b AS SELECT * FROM a;");
  ExpectRefused(1, {"flows.sql:2:26", "main.p.a reads main.p.b reads main.p.a",
                    "hint: take one of these reads out"});
}

}  // namespace
}  // namespace weir::test
