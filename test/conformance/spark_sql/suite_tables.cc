#include "conformance/spark_sql/suite_tables.h"

#include <algorithm>
#include <cctype>

namespace weir::spark_sql {
namespace {

constexpr const char* kTenk =
    "unique1 INT, unique2 INT, two INT, four INT, ten INT, twenty INT, hundred INT, thousand INT, "
    "twothousand INT, fivethous INT, tenthous INT, odd INT, even INT, stringu1 STRING, stringu2 "
    "STRING, string4 STRING";

struct SuiteTable {
  std::string name;
  std::string query;
};

std::vector<SuiteTable> Tables(const std::filesystem::path& folder) {
  const auto postgres = [&](const std::string& file, const std::string& columns) {
    return "SELECT * FROM read_files('" +
           (folder / "test-data-postgresql" / file).lexically_normal().string() +
           "', format => 'csv', sep => '\t', header => false, schema => '" + columns + "')";
  };
  return {
      {"testdata", "SELECT CAST(id AS INT) AS key, CAST(id AS STRING) AS value FROM range(1, 101)"},
      {"arraydata",
       "SELECT * FROM VALUES (array(1, 2, 3), array(array(1, 2, 3))), "
       "(array(2, 3, 4), array(array(2, 3, 4))) AS t(arraycol, nestedarraycol)"},
      {"mapdata",
       "SELECT * FROM VALUES (map(1, 'a1', 2, 'b1', 3, 'c1', 4, 'd1', 5, 'e1')), "
       "(map(1, 'a2', 2, 'b2', 3, 'c2', 4, 'd2')), (map(1, 'a3', 2, 'b3', 3, 'c3')), "
       "(map(1, 'a4', 2, 'b4')), (map(1, 'a5')) AS t(mapcol)"},
      {"aggtest", postgres("agg.data", "a INT, b FLOAT")},
      {"onek", postgres("onek.data", kTenk)},
      {"tenk1", postgres("tenk.data", kTenk)},
  };
}

void Run(session::Session& session, const std::string& sql) {
  const auto result = session.Run(sql, "<suite tables>");
  while (result->Next()) {
  }
}

}  // namespace

SuiteTables::SuiteTables(Homes& homes, const std::filesystem::path& folder) {
  const auto home = homes.Make();
  const auto session = home->NewSession();
  session->BeginIn(kSuiteZone);
  const auto absolute = std::filesystem::absolute(folder);
  for (const SuiteTable& table : Tables(absolute)) {
    Run(*session, "CREATE TABLE " + table.name + " LOCATION '" + place_.path() + "/" + table.name +
                      "' AS " + table.query);
  }
}

void SuiteTables::Prepare(session::Session& session, const std::string& text) const {
  // Where Spark's suites run, which some of them print.
  Run(session, "CREATE CATALOG spark_catalog");
  Run(session, "USE CATALOG spark_catalog");
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const char* const name : {"testdata", "arraydata", "mapdata", "aggtest", "onek", "tenk1"}) {
    if (lower.find(name) == std::string::npos) continue;
    Run(session,
        std::string("CREATE TABLE ") + name + " LOCATION '" + place_.path() + "/" + name + "'");
  }
}

}  // namespace weir::spark_sql
