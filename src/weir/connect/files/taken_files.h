#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weir/base/clock.h"
#include "weir/types/relation.h"

// The files that batches have taken, as they are kept: packed and sorted by key, some twenty bytes
// each. docs/formats/batch_plans.md
namespace weir::connect {

// A number that differs when the file's bytes do: of its etag, or else its time and size.
uint64_t VersionHash(const SourceFile& file);

struct TakenFile {
  std::string key;
  uint64_t version = 0;  // VersionHash.
  uint64_t size = 0;
  Instant modified;
  uint32_t batch = 0;    // That took it.
  bool was_read = true;  // It was there before the first run, and counts as read.
};

// Of a batch; 0 where it is not known.
struct BatchTimes {
  Instant planned;
  Instant committed;
};

class TakenFilesWriter {
 public:
  explicit TakenFilesWriter(const std::vector<BatchTimes>& batches);
  // In the order of their keys.
  void Add(const TakenFile& file);
  // The whole as text.
  std::string Finish();

 private:
  std::string bytes_;
  std::string last_key_;
  int64_t last_modified_ = 0;
};

class TakenFilesReader {
 public:
  // Throws Error{kCorrupt}, as Next does.
  explicit TakenFilesReader(std::string_view text);
  const std::vector<BatchTimes>& batches() const { return batches_; }
  // The next one, as long as it is not followed by another; null at the end.
  const TakenFile* Next();

 private:
  uint64_t Varint();
  int64_t Signed();
  std::string_view Take(uint64_t bytes);

  std::string bytes_;
  size_t at_ = 0;
  std::vector<BatchTimes> batches_;
  TakenFile file_;
};

}  // namespace weir::connect
