#include "weir/connect/files/inference.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "weir/base/error.h"
#include "weir/connect/files/records_fixture.h"

namespace weir::connect {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class NoFormats : public FormatReader {
 public:
  Schema ReadSchema(const std::string&, io::ObjectStore&, const std::string&) override {
    return Schema();
  }
};

class InferenceTest : public testing::Test, public RecordsFixture {
 protected:
  std::string Infer(const std::string& format) {
    options.format = format;
    return InferSchema(options, files.files, store, formats).ToDdl();
  }
  std::string InferCsv(const std::string& text) {
    files.files.clear();
    AddFile("in/a.csv", text);
    return Infer("csv");
  }
  std::string InferJson(const std::string& text) {
    files.files.clear();
    AddFile("in/a.json", text);
    return Infer("json");
  }

  FileOptions options;
  NoFormats formats;
};

// What pyspark 4.1 infers for the same bytes.
TEST_F(InferenceTest, CsvTypesAreSparks) {
  options.record_options = {{"header", "true"}};
  EXPECT_EQ(InferCsv("i,l,d,f,dt,ts,b,s,mix,big,dtm,pad,nan,inf,tz,yr,half,void\n"
                     "1,1,1,1.5,2013-01-01,2013-01-01 05:00:00,true,x,1,12345678901234567890,"
                     "2013-01-01, 5,NaN,inf,2013-01-01T05:00:00Z,2013,2013-01,\n"
                     "2,3000000000,2.5,1e10,2013-01-02,2013-01-01T05:00:00.5,FALSE,NA,2013-01-01,"
                     "1,2013-01-01 05:00:00,6,1.0,Infinity,2013-01-01T05:00:00+01:00,2014,2013-02,"
                     "\n"),
            "i INT, l BIGINT, d DOUBLE, f DOUBLE, dt DATE, ts TIMESTAMP, b BOOLEAN, s STRING, "
            "mix STRING, big DECIMAL(20,0), dtm TIMESTAMP, pad DOUBLE, nan DOUBLE, inf STRING, "
            "tz TIMESTAMP, yr INT, half TIMESTAMP, void STRING");
}

TEST_F(InferenceTest, MissingValuesAreNoValuesOnlyByName) {
  options.record_options = {{"header", "true"}};
  EXPECT_EQ(InferCsv("a,b\n1,\nNA,2\n"), "a STRING, b INT");
  options.record_options["nullvalue"] = "NA";
  EXPECT_EQ(InferCsv("a,b\n1,\nNA,2\n"), "a INT, b INT");
}

TEST_F(InferenceTest, HeadersNameTheColumns) {
  EXPECT_EQ(InferCsv("a,b\n1,2\n"), "_c0 STRING, _c1 STRING");
  options.record_options = {{"header", "true"}};
  EXPECT_EQ(InferCsv("a,A,,b c\n1,2,3,4\n"), "a0 INT, A1 INT, _c2 INT, `b c` INT");
}

TEST_F(InferenceTest, FilesAreMergedByName) {
  options.record_options = {{"header", "true"}};
  AddFile("in/a.csv", "id,x\n1,1\n");
  AddFile("in/b.csv", "ID,y\n2.5,2013-01-01\n");
  EXPECT_EQ(Infer("csv"), "id DOUBLE, x INT, y DATE");
  options.infer_types = false;
  EXPECT_EQ(Infer("csv"), "id STRING, x STRING, y STRING");
}

TEST_F(InferenceTest, HintsOverrideAndAdd) {
  options.record_options = {{"header", "true"}};
  options.hints = Schema({{"ID", TypeId::kString}, {"later", TypeId::kDate}});
  EXPECT_EQ(InferCsv("id,x\n1,1\n"), "id STRING, x INT, later DATE");
  options.hints = Schema({{"s.x", TypeId::kString}, {"s.z", TypeId::kInt}});
  EXPECT_EQ(InferJson("{\"s\":{\"x\":1,\"y\":2}}"), "s STRUCT<x: STRING, y: BIGINT, z: INT>");
}

TEST_F(InferenceTest, JsonTypesAreSparks) {
  EXPECT_EQ(InferJson(R"({"b":1,"a":"x","c":[1,2.5],"d":{"z":1,"y":null},"e":[],"f":{},"g":null,)"
                      R"("h":true,"big":12345678901234567890123,"ts":"2013-01-01T00:00:00Z"})"
                      "\n"
                      R"({"b":1.5,"a":2,"c":null,"d":{"z":"q"},"h":"no","e":[{"k":1}],"g":[null]})"
                      "\n{\"b\":\n"
                      R"([{"a":"l1"},{"a":"l2"}])"
                      "\n"),
            "a STRING, b DOUBLE, big DECIMAL(23,0), c ARRAY<DOUBLE>, d STRUCT<y: STRING, z: "
            "STRING>, e ARRAY<STRUCT<k: BIGINT>>, g ARRAY<STRING>, h STRING, ts STRING");
  options.record_options = {{"primitivesasstring", "true"}};
  EXPECT_EQ(InferJson(R"({"a":1,"b":[true]})"), "a STRING, b ARRAY<STRING>");
}

TEST_F(InferenceTest, OfNamesThatDifferInCaseTheMostFrequentIsTaken) {
  EXPECT_EQ(InferJson("{\"Id\":1}\n{\"id\":1}\n{\"id\":2}\n"), "id BIGINT");
}

TEST_F(InferenceTest, AManyTimesNestedOrDamagedFileDoesNotStopTheOthers) {
  AddFile("in/a.json", std::string(5000, '['));
  AddFile("in/b.json.gz", "no gzip");
  AddFile("in/c.json", "{\"a\":1}");
  EXPECT_EQ(Infer("json"), "a BIGINT");
}

TEST_F(InferenceTest, WithoutAnyColumnThereIsAHint) {
  AddFile("in/a.csv", "");
  try {
    Infer("csv");
    FAIL();
  } catch (const DiagnosticError& error) {
    EXPECT_EQ(error.condition(), "UNABLE_TO_INFER_SCHEMA");
    EXPECT_THAT(error.what(), HasSubstr("hold no column"));
  }
}

// Small files that come with Spark, read in place.
TEST_F(InferenceTest, SparksOwnExamples) {
  const char* const given = std::getenv("WEIR_CASES");
  const std::filesystem::path folder =
      std::filesystem::path(given ? given : "../shared/data") / "ingest/spark-examples";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no " << folder;
  const auto load = [&](const std::string& name) {
    std::ifstream stream(folder / name);
    std::stringstream text;
    text << stream.rdbuf();
    files.files.clear();
    AddFile("in/" + name, text.str());
  };
  load("people.json");
  EXPECT_EQ(Infer("json"), "age BIGINT, name STRING");
  files.format = "json";
  files.schema = Schema({{"age", TypeId::kLong}, {"name", TypeId::kString}});
  EXPECT_THAT(Rows(), ElementsAre(Row{"NULL", "Michael"}, Row{"30", "Andy"}, Row{"19", "Justin"}));
  load("employees.json");
  EXPECT_EQ(Infer("json"), "name STRING, salary BIGINT");
  load("people.csv");
  options.record_options = {{"header", "true"}, {"sep", ";"}};
  EXPECT_EQ(Infer("csv"), "name STRING, age INT, job STRING");
  files.format = "csv";
  files.options = options.record_options;
  files.schema =
      Schema({{"name", TypeId::kString}, {"age", TypeId::kInt}, {"job", TypeId::kString}});
  EXPECT_THAT(Rows(), ElementsAre(Row{"Jorge", "30", "Developer"}, Row{"Bob", "32", "Developer"}));
}

}  // namespace
}  // namespace weir::connect
