#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "weir/delta/actions.h"
#include "weir/io/object_store.h"

namespace weir::delta {

// What a file of a checkpoint may hold (PROTOCOL.md, "Checkpoint Specs").
enum class CheckpointKind {
  kV1,       // All actions.
  kV2,       // Those, and checkpointMetadata and sidecar.
  kSidecar,  // add and remove.
};

// Takes what the rows of a checkpoint's file say.
class CheckpointRows {
 public:
  virtual ~CheckpointRows() = default;
  virtual void Add(AddFile file) = 0;
  virtual void Remove(RemoveFile file) = 0;
  // Any action, those two among them, as a commit would hold it; `where` it stands, for messages.
  virtual void Action(std::string_view json, const std::string& where) = 0;
};

// Some rows of a file, read but not looked at: to be gone through once, in any thread.
using CheckpointPart = std::function<void(CheckpointRows&)>;

// How checkpoints are kept as Parquet. `delta` itself knows no Parquet: the engine implements this.
class CheckpointFormat {
 public:
  virtual ~CheckpointFormat() = default;
  // Calls `take` with all rows of a checkpoint file, whatever its kind, in this thread; several
  // may be read at the same time. Both throw Error{kCorrupt, kNotFound, ...}.
  virtual void Read(io::ObjectStore& store, const std::string& key,
                    const std::function<void(CheckpointPart)>& take) = 0;
  // Writes a checkpoint file of the actions that `next` gives until it returns false. Durable on
  // return; replaces what is there. Returns the size in bytes.
  virtual int64_t Write(io::ObjectStore& store, const std::string& key, CheckpointKind kind,
                        const std::function<bool(std::string& action_json)>& next) = 0;
};

}  // namespace weir::delta
