#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "weir/engine/engine.h"

namespace weir::engine {

// Who is told what is wrong with rows that are read. Called from many threads.
class ScanFindings {
 public:
  virtual ~ScanFindings() = default;
  virtual void Report(Reject reject) = 0;
  virtual void CountRescued(int64_t rescued_rows, int64_t lossy_rows) = 0;
};

// Rows that come as batches of ours: files of records, cut into ranges that many threads read, or
// the one sequence that a connector produces.
class RecordSource {
 public:
  virtual ~RecordSource() = default;
  virtual const Schema& schema() const = 0;
  // How many streams there are; they can be read in any order and at the same time.
  virtual size_t streams() const = 0;
  // One of them, with the given columns in that order. What is found on the way goes to `findings`,
  // which outlives the stream.
  virtual std::unique_ptr<BatchStream> Open(size_t stream, const std::vector<size_t>& columns,
                                            ScanFindings& findings) const = 0;
  virtual uint64_t bytes() const = 0;  // Of all files; 0 when not known.
};

std::shared_ptr<const RecordSource> OpenRecordFiles(const FileSet& files,
                                                    std::shared_ptr<io::ObjectStore> store);
std::shared_ptr<const RecordSource> OpenSequence(const BatchSequence& sequence);

}  // namespace weir::engine
