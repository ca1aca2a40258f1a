#pragma once

#include <filesystem>
#include <string>

#include "conformance/spark_sql/home.h"
#include "weir/app/scratch_folder.h"

namespace weir::spark_sql {

// The tables that Spark's suites have before the first statement of a file: testdata, arraydata,
// mapdata, and PostgreSQL's aggtest, onek and tenk1. Made once, as Delta tables; homes share them.
class SuiteTables {
 public:
  // `folder` holds test-data-postgresql. What can't be made is thrown.
  SuiteTables(Homes& homes, const std::filesystem::path& folder);

  // Makes spark_catalog, where the suites run, the session's catalog, with those tables that are
  // named in `text`, the statements of a file.
  void Prepare(session::Session& session, const std::string& text) const;

 private:
  app::ScratchFolder place_;
};

}  // namespace weir::spark_sql
