#include <gtest/gtest.h>

#include "conformance/spark_sql/cases.h"
#include "conformance/spark_sql/comparison.h"
#include "conformance/spark_sql/home.h"
#include "conformance/spark_sql/ratchet.h"

namespace weir::spark_sql {
namespace {

TEST(FunctionExamplesTest, DocumentedExamplesGiveTheirResults) {
  const auto folder = CasesFolder();
  if (!folder) GTEST_SKIP() << "the cases are not there";
  Homes homes;
  const Exclusions excluded("function_examples.excluded");
  Ratchet ratchet("function_examples.misses");
  const auto home = homes.Make();
  const auto session = home->NewSession();
  session->BeginIn(kSuiteZone);
  for (const Case& one : FunctionExamples(*folder)) {
    if (excluded.Has(one)) continue;
    ratchet.Add(one, Difference(one, RunStatement(*session, one.sql)));
  }
  ratchet.Finish(true);
}

}  // namespace
}  // namespace weir::spark_sql
