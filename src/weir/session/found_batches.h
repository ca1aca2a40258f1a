#pragma once

#include <memory>
#include <vector>

#include "weir/engine/engine.h"
#include "weir/types/batch.h"

namespace weir::session {

// The rows that a query gave, kept in memory to be read by other queries.
class FoundBatches {
 public:
  // Reads the stream to its end, but no more than about `most_bytes`: Error{kExhausted} beyond.
  FoundBatches(BatchStream& rows, int64_t most_bytes);

  const std::vector<std::shared_ptr<const Batch>>& batches() const { return batches_; }
  int64_t rows() const { return rows_; }
  // Of each column whether no row has NULL there.
  std::vector<bool> NeverNull() const;
  const Schema& schema() const { return schema_; }
  // About how much memory they take.
  int64_t bytes() const { return bytes_; }
  // May be read any number of times, and longer than this lives.
  engine::RelationInput AsInput() const { return AsInput(schema_); }
  // With other names for the same columns.
  engine::RelationInput AsInput(Schema schema) const;

 private:
  Schema schema_;
  std::vector<std::shared_ptr<const Batch>> batches_;
  int64_t rows_ = 0;
  int64_t bytes_ = 0;
};

}  // namespace weir::session
