#pragma once

#include <optional>
#include <string>
#include <vector>

#include "weir/base/clock.h"
#include "weir/types/data_type.h"
#include "weir/types/relation.h"

namespace weir::connect {

// What a batch of a file source takes: the source's own plan. docs/formats/batch_plans.md
struct FilePlan {
  std::vector<SourceFile> files;  // Read, oldest first.
  // URIs of those that were read before and are others now: rows of what they were are to go.
  std::vector<std::string> replaced;
  std::string existing;              // Packed: count as read without being read; "" for none.
  std::optional<Schema> schema;      // The columns in force, without the rescued one.
  std::vector<std::string> folders;  // Those of them that folders tell.
  std::optional<Instant> planned;    // Of a stream.
  std::optional<Instant> listed;     // All that a listing found then has been taken with it.
  // What the keys of the files start with, and how people know that place.
  std::string prefix;
  std::string shown;

  std::string ToJson() const;
  // Throws Error{kCorrupt}.
  static FilePlan FromJson(const std::string& json);
};

// For FilePlan::existing.
std::string PackExisting(std::vector<SourceFile> files);

}  // namespace weir::connect
