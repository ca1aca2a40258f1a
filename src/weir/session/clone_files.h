#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "weir/delta/deletion_vector.h"
#include "weir/engine/engine.h"
#include "weir/io/object_store.h"

// The files of a clone.
namespace weir::session {

// What becomes of a source's files in a clone, for CREATE TABLE ... CLONE. Driven by one thread.
class CloneFiles {
 public:
  virtual ~CloneFiles() = default;
  // The clone's entry of a file of the source.
  virtual delta::AddFile EntryOf(delta::AddFile file) = 0;
  // Whether a file of the clone is the one that `entry`, of the same name, is of.
  virtual bool IsSame(const delta::AddFile& there, const delta::AddFile& entry) const = 0;
  // Gives an entry another name, since a file of its name is another one.
  virtual void Rename(delta::AddFile& entry) const = 0;
  // The files of the source at these positions come into the clone by these entries, whose names
  // may change once more.
  virtual void Bring(const std::vector<size_t>& files, std::vector<delta::AddFile>& entries) = 0;
  // Everything that was brought is there, and durable, on return. Can be called off by a
  // CancelScope.
  virtual void Make() = 0;
};

// DEEP: files of its own. `source` and `target` outlive it.
std::unique_ptr<CloneFiles> CopiedFiles(const engine::TableInput& source,
                                        const io::Location& target);
// SHALLOW: those of the source, by their whole paths.
std::unique_ptr<CloneFiles> NamedFiles(const engine::TableInput& source,
                                       const io::Location& target);

}  // namespace weir::session
