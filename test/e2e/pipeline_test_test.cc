#include "command_fixture.h"

// `weir pipeline test`: the program itself on projects of its own.
namespace weir::test {
namespace {

using testing::HasSubstr;

constexpr const char* kFlows = R"(
CREATE STREAMING TABLE orders (CONSTRAINT positive EXPECT (amount > 0) ON VIOLATION DROP ROW)
AS SELECT id, customer, amount, tags, place, seen
FROM STREAM read_files('${landing}/*.json', format => 'json', schema =>
  'id BIGINT, customer STRING, amount DECIMAL(10,2), tags ARRAY<STRING>,
   place STRUCT<zip: STRING, no: INT>, seen MAP<STRING, INT>');
CREATE MATERIALIZED VIEW totals AS
SELECT c.name, sum(o.amount) AS total, current_timestamp() AS at, '${unit}' AS unit
FROM orders AS o JOIN main.raw.customers AS c ON c.id = o.customer GROUP BY c.name;
CREATE VIEW big AS SELECT name, total FROM totals WHERE total > 10;
CREATE TEMPORARY VIEW small AS SELECT id FROM STREAM orders WHERE amount < 10;
CREATE STREAMING TABLE ratio AS SELECT id, CAST(1 / (amount - 1) AS DOUBLE) AS r FROM STREAM orders;
CREATE MATERIALIZED VIEW ratios AS SELECT count(*) AS n FROM ratio)";

class PipelineTestTest : public CommandTest {
 protected:
  PipelineTestTest() {
    WriteSpec(
        "name: shop\nlibraries:\n  - glob:\n      include: '*.sql'\nstorage: storage\n"
        "schema: shop\nconfiguration:\n  landing: in\n  unit: euro\n");
    WriteFlows(kFlows);
  }

  Ended Test(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"pipeline", "test"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Weir(arguments);
  }

  void ExpectPassed(const std::string& test) {
    Land("tests/t.yml", test);
    const Ended ended = Test();
    EXPECT_EQ(ended.exit_code, 0) << ended.out << ended.err;
  }

  // Runs one test file; gives what is said below the pipeline's name.
  std::string Failed(const std::string& test) {
    Land("tests/t.yml", test);
    const Ended ended = Test();
    EXPECT_EQ(ended.exit_code, 1) << ended.out << ended.err;
    EXPECT_EQ(ended.err, "");
    const std::string head = "pipeline shop\n";
    EXPECT_TRUE(ended.out.starts_with(head)) << ended.out;
    return ended.out.substr(std::min(head.size(), ended.out.size()));
  }
};

TEST_F(PipelineTestTest, PassesWithNullsNestedTypesDecimalsAndUnicode) {
  ExpectPassed(R"(
name: everything
clock: 2026-03-01 12:00:00
configuration: {unit: 円}
given:
  read_files('${landing}/*.json'):
    - {id: 1, customer: c1, amount: 1.50, tags: [a, null, ü], place: {zip: "0123", no: 3}, seen: {x: 1, y: null}}
    - {id: 2, customer: c2, amount: 20, tags: [], place: null, seen: {}}
    - {id: 3, customer: c1, amount: -1}
    - {id: 4, customer: null, amount: 2}
  main.raw.customers:
    columns: id STRING, name STRING
    rows:
      - {id: c1, name: Zoë 日本}
      - {id: c2, name: ""}
expect:
  orders:
    rows:
      - {id: 4, customer: null, amount: 2.00, tags: null, place: null, seen: null}
      - {id: 1, customer: c1, amount: 1.5, tags: [a, null, ü], place: {no: 3, zip: "0123"}, seen: {y: null, x: 1}}
      - {id: 2, customer: c2, amount: 20, tags: [], place: null, seen: {}}
    dropped: 1
    rejected: 0
    expectations: {positive: {passed: 3, failed: 1}}
  totals:
    csv: |
      name,total,at,unit
      Zoë 日本,1.5,2026-03-01 12:00:00,円
      "",20.00,2026-03-01 12:00:00,円
  big: [{name: "", total: 20}]
  small: [{id: 1}, {id: 4}]
)");
}

TEST_F(PipelineTestTest, WhatArrivesLaterIsReadOnceAndNothingMore) {
  ExpectPassed(R"(
given:
  read_files('in/*.json'): [{id: 1, amount: 2}, {id: 1, amount: 2}]
expect:
  ratio: {rows: [{id: 1, r: 1}, {id: 1, r: 1}], dropped: 0}
  ratios: [{n: 2}]
then:
  - given:
      read_files('in/*.json'): [{id: 2, amount: 3}]
    expect:
      orders: {dropped: 0, expectations: {positive: {passed: 1, failed: 0}}}
      ratio: [{id: 1, r: 1}, {id: 1, r: 1}, {id: 2, r: 0.5}]
      ratios: [{n: 3}]
  - expect:
      orders: {expectations: {positive: {passed: 0, failed: 0}}}
      ratios: [{n: 3}]
  - full_refresh: all
    expect:
      orders: {expectations: {positive: {passed: 3, failed: 0}}}
      ratios: [{n: 3}]
)");
}

TEST_F(PipelineTestTest, AGivenDatasetCutsTheGraphThere) {
  ExpectPassed(R"(
given:
  orders: [{id: 1, amount: 2}]
expect:
  ratio: [{id: 1, r: 1}]
then:
  - given:
      orders: {csv: "id,amount\n2,5\n"}
    expect:
      ratio: [{id: 1, r: 1}, {id: 2, r: 0.25}]
---
name: replaced
given:
  totals:
    columns: name STRING, total INT
    rows: [{name: a, total: 50}]
expect:
  big: [{name: a, total: 50}]
then:
  - given:
      totals: {replace: true, rows: [{name: b, total: 11}, {name: c, total: 10}]}
    expect:
      big: [{name: b, total: 11}]
  - given:
      totals: {replace: true, rows: []}
    expect:
      big: []
)");
}

TEST_F(PipelineTestTest, ShowsWhichRowsDifferAndWhere) {
  EXPECT_EQ(Failed(R"(name: diff
given:
  read_files('in/*.json'):
    - {id: 1, amount: 1, customer: é}
    - {id: 2, amount: 3}
    - {id: 3, amount: 3}
    - {id: 4, amount: 3, tags: ["日本"]}
expect:
  orders:
    rows:
      - {id: 1, amount: 1.0, customer: ""}
      - {id: 2, amount: 30, customer: x}
      - {id: 4, amount: 3, customer: null}
      - {id: 9, amount: 3, customer: "NULL"}
    dropped: 4
    expectations: {positive: {failed: 1}}
)"),
            R"(  FAILED    diff
      tests/t.yml:9: main.shop.orders: dropped rows: expected 4, found 0
      tests/t.yml:16: main.shop.orders: expectation positive, rows that failed: expected 1, found 0
      tests/t.yml:9: main.shop.orders: 2 rows differ, 1 row is missing, 1 row is unexpected (expected 4 rows, found 4)
          id | amount | customer
        -  1 |   1.00 | ''
        +  1 |   1.00 | é
                        ^^
        -  2 |  30.00 | x
        +  2 |   3.00 | NULL
                ^^^^^   ^^^^
        -  9 |   3.00 | 'NULL'
        +  3 |   3.00 | NULL
FAILED: 0 passed, 1 failed, 0 broken
)");
}

TEST_F(PipelineTestTest, RowsWhereNoneAreExpectedAreShown) {
  EXPECT_EQ(Failed(R"(name: empty
given:
  read_files('in/*.json'): [{id: 1, amount: 2}]
expect:
  ratio: []
then:
  - expect:
      ratios: []
)"),
            R"(  FAILED    empty
      tests/t.yml:5: main.shop.ratio: 1 row is unexpected (expected 0 rows, found 1)
          id |   r
        +  1 | 1.0
FAILED: 0 passed, 1 failed, 0 broken
)");
}

TEST_F(PipelineTestTest, ALaterStepIsNamed) {
  EXPECT_EQ(Failed(R"(name: later
given:
  orders: []
expect:
  ratios: [{n: 0}]
then:
  - given:
      orders: [{id: 1, amount: 2}]
    expect:
      ratios: [{n: 2}]
)"),
            R"(  FAILED    later
      tests/t.yml:10: main.shop.ratios, step 2: 1 row is missing, 1 row is unexpected (expected 1 row, found 1)
          n
        - 2
        + 1
FAILED: 0 passed, 1 failed, 0 broken
)");
}

TEST_F(PipelineTestTest, LongDifferencesAreCut) {
  std::string test = "name: long\ngiven:\n  orders:\n    csv: |\n      id,amount\n";
  for (int i = 0; i < 500; ++i) test += "      " + std::to_string(i) + ",2\n";
  const std::string out = Failed(test + "expect:\n  ratio: [{id: 7, r: 1}]\n");
  EXPECT_THAT(out, HasSubstr("499 rows are unexpected (expected 1 row, found 500)"));
  EXPECT_THAT(out, HasSubstr("        ... and 479 more\n"));
  EXPECT_LT(std::count(out.begin(), out.end(), '\n'), 30);
}

TEST_F(PipelineTestTest, FailuresCanBeExpected) {
  ExpectPassed(R"(
given:
  read_files('in/*.json'): [{id: 1, amount: 1}]
fails:
  ratio: {condition: DIVIDE_BY_ZERO, message: try_divide}
expect:
  ratio: []
  ratios: []
)");
  EXPECT_EQ(
      Failed(R"(name: other
given:
  read_files('in/*.json'): [{id: 1, amount: 1}]
fails:
  ratio: {condition: CAST_OVERFLOW}
  orders: anything
)"),
      "  FAILED    other\n"
      "      tests/t.yml:5: main.shop.ratio: failed otherwise than expected (CAST_OVERFLOW): " +
          Path("flows.sql") +
          ":12: [DIVIDE_BY_ZERO] Division by zero. Use `try_divide` to tolerate divisor "
          "being 0 and return NULL instead.\n"
          "      tests/t.yml:6: main.shop.orders: did not fail; expected was \"anything\"\n"
          "FAILED: 0 passed, 1 failed, 0 broken\n");
}

TEST_F(PipelineTestTest, AnUnexpectedFailureFailsTheTest) {
  const std::string out = Failed(
      "name: t\ngiven:\n  read_files('in/*.json'): [{id: 1, amount: 1}]\nexpect:\n  ratios: []\n");
  EXPECT_THAT(out, HasSubstr("t.yml:1: main.shop.ratio: failed: " + Path("flows.sql") +
                             ":12: [DIVIDE_BY_ZERO]"));
}

TEST_F(PipelineTestTest, MistakesInTestFilesComeAllAtOnceByLine) {
  Land("tests/t.yml", R"(nam: x
configuration: {nope: 1}
given:
  orders: 3
expect:
  ratio:
    rows: [{id: 1}]
    colour: 3
    dropped: many
then:
  - given: 4
)");
  Land("tests/u.yml", "a: [\n");
  const Ended ended = Test();
  ExpectSays(ended, 1,
             {"tests/t.yml:1:1: [INVALID_PIPELINE_TEST] unknown key `nam` in a test",
              "tests/t.yml:2:17: [INVALID_PIPELINE_TEST] the spec has no configuration key `nope`",
              "tests/t.yml:4:11:", "must be keys and values, not a text",
              "tests/t.yml:8:5: [INVALID_PIPELINE_TEST] unknown key `colour`",
              "tests/t.yml:9:14: [INVALID_PIPELINE_TEST] `dropped` must be a number of rows",
              "tests/t.yml:11:12: [INVALID_PIPELINE_TEST] `given` must hold keys and values",
              "tests/u.yml:2:1: [INVALID_PIPELINE_TEST] not valid YAML"});
  EXPECT_EQ(ended.out, "");
}

TEST_F(PipelineTestTest, UnknownNamesBreakOnlyTheirTest) {
  const std::string out = Failed(R"(name: dataset
expect:
  orderz: []
---
name: given
given:
  read_files('other'): []
  orders: []
expect:
  ratio: []
---
name: not given
expect:
  totals: []
---
name: column
given:
  orders: [{id: 1, amount: 2}]
expect:
  ratio:
    - {id: 1, s: 2}
---
name: value
given:
  orders:
    csv: |
      id,amount
      1,2
      one,2
expect:
  ratio: []
---
name: expectation
given:
  read_files('in/*.json'): []
expect:
  orders: {expectations: {negative: {failed: 0}}}
---
name: good
given:
  orders: []
expect:
  ratio: []
)");
  for (const char* said :
       {"  BROKEN    dataset\n      tests/t.yml:3:3: [INVALID_PIPELINE_TEST] the project has no "
        "dataset main.shop.orderz\n",
        "hint: it has: big, orders, ratio, ratios, small, totals",
        "tests/t.yml:7:3: [INVALID_PIPELINE_TEST] nothing that this test runs reads "
        "read_files('other')",
        "tests/t.yml:12:1: [INVALID_PIPELINE_TEST] the test `not given` runs what reads "
        "main.raw.customers, and does not say what is there",
        "tests/t.yml:12:1: [INVALID_PIPELINE_TEST] the test `not given` runs what reads "
        "read_files('in/*.json'), and does not say what is there",
        "tests/t.yml:21:15: [INVALID_PIPELINE_TEST] no column is called s",
        "tests/t.yml:29:7: [INVALID_PIPELINE_TEST] 'one' is no value of type BIGINT",
        "tests/t.yml:37:27: [INVALID_PIPELINE_TEST] main.shop.orders has no expectation called "
        "negative",
        "  passed    good\n", "FAILED: 1 passed, 0 failed, 6 broken\n"}) {
    EXPECT_THAT(out, HasSubstr(said));
  }
}

TEST_F(PipelineTestTest, MistakesInTheProjectAreShownWhereTheyStand) {
  WriteFlows("CREATE MATERIALIZED VIEW v AS SELECT nope FROM range(3)");
  const std::string out = Failed("name: t\nexpect:\n  v: []\n");
  EXPECT_THAT(out, HasSubstr("flows.sql:1:38: [UNRESOLVED_COLUMN"));
  EXPECT_THAT(out, HasSubstr("FAILED: 0 passed, 0 failed, 1 broken\n"));
}

TEST_F(PipelineTestTest, FilesBesideTheTestAreGivenAndExpected) {
  Land("tests/data/orders.jsonl", "{\"id\": 1, \"amount\": 2.0}\n{\"id\": \"bad\"}\n");
  Land("tests/data/ratio.csv", "r,id\n1,1\n");
  ExpectPassed(R"(
given:
  read_files('in/*.json'): {file: data/orders.jsonl, as: monday.json}
expect:
  orders: {rejected: 1, dropped: 1}
  ratio: {file: data/ratio.csv}
)");
  Land("tests/data/ratio.csv", "r,id\n1,x\n");
  const Ended ended = Test();
  EXPECT_THAT(ended.out, HasSubstr("tests/data/ratio.csv:2:1: [INVALID_PIPELINE_TEST] 'x' is no "
                                   "value of type BIGINT"));
}

TEST_F(PipelineTestTest, SourcesOfAnyKindOfPathAreGiven) {
  WriteFlows(R"(
CREATE STREAMING TABLE remote AS SELECT id, name, _metadata.file_name AS file
FROM STREAM read_files('s3://bucket/in', format => 'csv', header => true, nullValue => 'NA');
CREATE MATERIALIZED VIEW one AS SELECT * FROM read_files('/data/{x,y}/part-[0-9]?.csv', format => 'csv',
  header => false, schema => 'id INT, name STRING'))");
  ExpectPassed(R"(
given:
  read_files('s3://bucket/in/'): [{id: 1, name: null}, {id: 2, name: ""}, {id: 3, name: "a,b \"c\""}]
  read_files('/data/{x,y}/part-[0-9]?.csv'): [{id: 1, name: one}]
expect:
  remote:
    csv: |
      id,name,file
      1,,given_1.csv
      2,"",given_1.csv
      3,"a,b ""c""",given_1.csv
  one: [{id: 1, name: one}]
)");
  const std::string out = Failed(R"(name: as
given:
  read_files('/data/{x,y}/part-[0-9]?.csv'): {rows: [{id: 1, name: one}], as: z/part-00.csv}
expect:
  one: []
)");
  EXPECT_THAT(out, HasSubstr("t.yml:3:79: [INVALID_PIPELINE_TEST] the file z/part-00.csv would not "
                             "be one that '/data/{x,y}/part-[0-9]?.csv' matches"));
}

TEST_F(PipelineTestTest, RowsThatAFileCantHoldAreRefused) {
  WriteFlows(R"(CREATE STREAMING TABLE t AS SELECT * FROM STREAM read_files('in', format => 'csv',
  header => true, nullValue => 'NA');
CREATE STREAMING TABLE u AS SELECT * FROM STREAM read_files('other', format => 'csv', header => true);
CREATE STREAMING TABLE p AS SELECT * FROM STREAM read_files('p', format => 'parquet', schema => 'id INT'))");
  const std::string out = Failed(R"(name: a
given:
  read_files('in'): [{name: NA}, {name: [1]}, {name: "a\nb"}]
  read_files('other'): [{name: a}, {name: null}]
  read_files('p'): [{id: 1}]
expect: {t: [], u: [], p: []}
---
name: b
given:
  read_files('in'): {json: '{"name": 1}'}
expect: {t: []}
)");
  for (const char* said :
       {":3:29: [INVALID_PIPELINE_TEST] 'NA' is what read_files('in') reads as NULL",
        ":3:41: [INVALID_PIPELINE_TEST] a record of CSV can't hold a list",
        ":3:54: [INVALID_PIPELINE_TEST] a record of CSV can't hold a line break",
        ":4:36: [INVALID_PIPELINE_TEST] a record of CSV that holds only NULL is an empty line",
        ":5:3: [INVALID_PIPELINE_TEST] rows can't be written as parquet for read_files('p')",
        ":10:28: [INVALID_PIPELINE_TEST] read_files('in') reads csv, not json"}) {
    EXPECT_THAT(out, HasSubstr(said));
  }
}

TEST_F(PipelineTestTest, NothingOfTheHomeOrTheProjectIsTouched) {
  Land("in/real.json", "{\"id\": 99, \"amount\": 9}\n");
  ExpectPassed(R"(
given:
  read_files('in/*.json'): [{id: 1, amount: 2}]
expect:
  orders: [{id: 1}]
)");
  EXPECT_FALSE(std::filesystem::exists(home()));
  EXPECT_FALSE(std::filesystem::exists(Path("storage")));
}

TEST_F(PipelineTestTest, NamesAndPatternsChoose) {
  Land("tests/a.yml",
       "name: one\ngiven: {orders: []}\nexpect: {ratio: []}\n---\n"
       "name: other\ngiven: {orders: []}\nexpect: {ratio: []}\n");
  Land("tests/deep/b.yaml", "given: {orders: []}\nexpect: {ratio: []}\n");
  Land("tests/_draft.yml", "not: a test\n");
  EXPECT_EQ(Test({"--list"}).out,
            "one (tests/a.yml:1)\nother (tests/a.yml:5)\nb (tests/deep/b.yaml:1)\n");
  EXPECT_EQ(
      Test({"b", "on*"}).out,
      "pipeline shop\n  passed    one\n  passed    b\npassed: 2 passed, 0 failed, 0 broken\n");
  ExpectSays(Test({"none"}), 1, {"no test is called none"});
  Land("tests/c.yml", "name: b\ngiven: {orders: []}\nexpect: {ratio: []}\n");
  ExpectSays(Test(), 1, {"tests/deep/b.yaml:1:1: [INVALID_PIPELINE_TEST] two tests are called b"});
}

TEST_F(PipelineTestTest, JUnitIsWellFormedWhateverIsInIt) {
  Land("tests/t.yml",
       "name: good & <b>\ngiven: {orders: []}\nexpect: {ratio: []}\n---\n"
       "name: \"bad \\u0001 \\\"日本\\\"\"\ngiven: {orders: [{id: 1, customer: \"]]><&\\x02\"}]}\n"
       "expect: {small: [], ratio: []}\n---\nname: broken\nexpect: {x: []}\n");
  EXPECT_EQ(Test({"--junit", "out.xml"}).exit_code, 1);
  const Ended read = RunProcess({"/usr/bin/python3", "-c", R"(
import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
suite = root.find('testsuite')
print(root.tag, suite.get('tests'), suite.get('failures'), suite.get('errors'))
for case in suite:
    print(case.get('name'), [part.tag for part in case], case.get('file'), case.get('line'))
print(suite[1][0].text.splitlines()[0])
)",
                                 Path("out.xml")});
  EXPECT_EQ(read.exit_code, 0) << read.err;
  EXPECT_EQ(read.out,
            "testsuites 3 1 1\n"
            "good & <b> [] tests/t.yml 1\n"
            "bad ? \"日本\" ['failure'] tests/t.yml 5\n"
            "broken ['error'] tests/t.yml 9\n"
            "tests/t.yml:7: main.shop.ratio: 1 row is unexpected (expected 0 rows, found 1)\n");
}

TEST_F(PipelineTestTest, JsonHasALineForEachTestAndExactValues) {
  Land("tests/t.yml",
       "name: t\ngiven: {orders: [{id: 1, amount: 2.10, customer: é}]}\n"
       "expect: {totals: [{name: a}]}\n");
  Land("tests/t.yml",
       "name: t\ngiven:\n  read_files('in/*.json'): [{id: 1, amount: 12345678.90}]\n"
       "expect: {orders: [{id: 1, amount: 1}]}\n");
  const Ended ended = Test({"--output", "json"});
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.out,
              HasSubstr("\"changes\":[{\"expected\":{\"id\":1,\"amount\":1.00},\"found\":{\"id\":1,"
                        "\"amount\":12345678.90},\"differing\":[\"amount\"]}]"));
  EXPECT_THAT(ended.out, HasSubstr("\n{\"state\":\"FAILED\",\"passed\":0,\"failed\":1,"
                                   "\"broken\":0}\n"));
  ExpectSays(Test({"--output", "csv"}), 1, {"pipeline test prints no csv"});
}

TEST_F(PipelineTestTest, AProjectWithoutTestsSaysSo) {
  ExpectSays(Test(), 1, {"there are no tests: no .yml file under"});
}

TEST_F(PipelineTestTest, ANewProjectComesWithATestThatPasses) {
  EXPECT_EQ(Weir({"pipeline", "init", "--name", "trips"}).exit_code, 0);
  ProcessOptions inside;
  inside.folder = Path("trips");
  const Ended ended = Weir({"pipeline", "test"}, inside);
  EXPECT_EQ(ended.exit_code, 0) << ended.out << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("passed: 1 passed, 0 failed, 0 broken"));
}

}  // namespace
}  // namespace weir::test
