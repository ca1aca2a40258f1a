#pragma once

#include "weir/delta/checkpoint_format.h"
#include "weir/engine/duckdb/statement_runner.h"

namespace weir::engine {

// Checkpoints as Parquet, with the columns that PROTOCOL.md of delta-io/delta names under
// "Checkpoint Schema". Safe from many threads.
class ParquetCheckpoints final : public delta::CheckpointFormat {
 public:
  explicit ParquetCheckpoints(StatementRunner& runner) : runner_(runner) {}
  void Read(io::ObjectStore& store, const std::string& key,
            const std::function<void(delta::CheckpointPart)>& take) override;
  int64_t Write(io::ObjectStore& store, const std::string& key, delta::CheckpointKind kind,
                const std::function<bool(std::string& action_json)>& next) override;

 private:
  StatementRunner& runner_;
};

}  // namespace weir::engine
