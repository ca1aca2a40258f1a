#pragma once

#include <optional>

#include "weir/engine/duckdb/statement_runner.h"
#include "weir/types/batch.h"

namespace weir::engine {

// Throws Error{kInternal} naming the first column whose type is not the one `schema` says: a
// defect of the printer.
void CheckTypes(const duckdb::vector<duckdb::LogicalType>& types, const Schema& schema);

// The next rows of a statement as a batch of `schema`, a first small one soon and then larger ones;
// nothing at the end.
class BatchExporter {
 public:
  BatchExporter(Run& run, Schema schema);
  std::optional<Batch> Next();

 private:
  Run& run_;
  const Schema schema_;
  size_t wanted_rows_;
};

}  // namespace weir::engine
