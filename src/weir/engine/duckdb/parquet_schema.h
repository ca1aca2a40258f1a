#pragma once

#include "weir/connect/source.h"
#include "weir/engine/duckdb/statement_runner.h"

namespace weir::engine {

// The schemas of Parquet files, as Spark reads them: every column may be NULL, unsigned numbers
// become the next wider type. Safe from many threads.
class ParquetSchemas final : public connect::FormatReader {
 public:
  explicit ParquetSchemas(InstancePool& instances) : instances_(instances) {}
  // Throws Error{kCorrupt} for what is not Parquet, {kUnsupported} naming a column whose type weir
  // does not have, {kNotFound}.
  Schema ReadSchema(const std::string& format, io::ObjectStore& store,
                    const std::string& key) override;

 private:
  InstancePool& instances_;
};

// The schema of one file that the statement on `context` was granted, under the engine's path.
Schema SchemaOfParquet(duckdb::ClientContext& context, const std::string& path);

}  // namespace weir::engine
