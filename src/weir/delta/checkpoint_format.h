#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "weir/io/object_store.h"

namespace weir::delta {

// What a file of a checkpoint may hold (PROTOCOL.md, "Checkpoint Specs").
enum class CheckpointKind {
  kV1,       // All actions.
  kV2,       // Those, and checkpointMetadata and sidecar.
  kSidecar,  // add and remove.
};

// How checkpoints are kept as Parquet. `delta` itself knows no Parquet: the engine implements this.
// A row of a checkpoint is the JSON text of one action, as a commit would hold it.
class CheckpointFormat {
 public:
  virtual ~CheckpointFormat() = default;
  // Calls `row` for every action of a checkpoint file, whatever its kind, in this thread; several
  // may be read at the same time. Throws Error{kCorrupt, kNotFound, ...}.
  virtual void Read(io::ObjectStore& store, const std::string& key,
                    const std::function<void(std::string_view)>& row) = 0;
  // Writes a checkpoint file of the actions that `next` gives until it returns false. Durable on
  // return; replaces what is there. Returns the size in bytes.
  virtual int64_t Write(io::ObjectStore& store, const std::string& key, CheckpointKind kind,
                        const std::function<bool(std::string& action_json)>& next) = 0;
};

}  // namespace weir::delta
