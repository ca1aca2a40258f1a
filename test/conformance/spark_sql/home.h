#pragma once

#include <memory>
#include <string>
#include <vector>

#include "weir/app/test_homes.h"
#include "weir/base/clock.h"
#include "weir/io/disk.h"
#include "weir/io/local_stores.h"
#include "weir/session/session.h"

namespace weir::spark_sql {

// Where Spark's suites run.
inline constexpr const char* kSuiteZone = "America/Los_Angeles";

// What weir did with one statement.
struct Outcome {
  std::string condition;  // Of an error; its code where it has no condition.
  std::string message;    // Its first line.
  bool unsupported = false;
  std::string schema;             // "struct<a:int>".
  std::vector<std::string> rows;  // Cells joined by tabs.
  bool ordered = false;           // The query orders its rows.

  bool failed() const { return !condition.empty(); }
};

// Homes in memory on one engine, as Spark's suites have a catalog each.
class Homes {
 public:
  Homes();
  // An empty home with one session, gone with the session's owner.
  std::unique_ptr<pipeline::CaseHome> Make();

 private:
  SystemClock clock_;
  io::LocalDisk disk_;
  io::LocalStores stores_;
  connect::Registry connectors_;
  app::TestHomes homes_;
};

// The statement as weir is asked it: tables that Spark's suites make `USING parquet` are Delta
// here.
std::string Adapted(const std::string& sql);

// Runs one statement to its last row. Nothing is thrown: a failure is an outcome.
Outcome RunStatement(session::Session& session, const std::string& sql);

}  // namespace weir::spark_sql
