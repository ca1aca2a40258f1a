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
  // May be read any number of times.
  engine::RelationInput AsInput() const;

 private:
  Schema schema_;
  std::vector<std::shared_ptr<const Batch>> batches_;
  int64_t rows_ = 0;
};

}  // namespace weir::session
