#include <gtest/gtest.h>

#include "conformance/spark_sql/cases.h"
#include "conformance/spark_sql/comparison.h"
#include "conformance/spark_sql/home.h"
#include "conformance/spark_sql/ratchet.h"
#include "conformance/spark_sql/suite_tables.h"

namespace weir::spark_sql {
namespace {

std::string TextOf(const std::vector<Case>& cases, const std::string& file) {
  std::string text;
  for (const Case& one : cases) {
    if (one.file == file) text += one.sql + "\n";
  }
  return text;
}

// The statements of a file run in order in one session of a home of their own.
TEST(SqlTestsTest, StatementsOfSparksSuitesGiveWhatSparkGives) {
  const auto folder = CasesFolder();
  if (!folder) GTEST_SKIP() << "the cases are not there";
  Homes homes;
  const std::vector<Case> cases = SqlTests(*folder);
  SuiteTables tables(homes, *folder);
  Ratchet ratchet("sql_tests.misses");
  std::string file;
  std::unique_ptr<pipeline::CaseHome> home;
  std::unique_ptr<session::Session> session;
  for (const Case& one : cases) {
    if (one.file != file) {
      file = one.file;
      session.reset();
      home = homes.Make();
      session = home->NewSession();
      session->BeginIn(kSuiteZone);
      tables.Prepare(*session, TextOf(cases, file));
    }
    ratchet.Add(one, Difference(one, RunStatement(*session, Adapted(one.sql))));
  }
  ratchet.Finish(true);
}

}  // namespace
}  // namespace weir::spark_sql
