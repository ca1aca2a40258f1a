#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "weir/delta/packed_files.h"
#include "weir/io/object_store.h"

// Files that the log of a table names and that are gone.
namespace weir::session {

struct MissingFile {
  size_t at = 0;  // In the files that were asked for.
  bool data = false;
  bool deletion_vector = false;
};

// The key of the file that holds the deletion vector of `file`. Nothing where it has none, or the
// log itself holds it.
std::optional<std::string> VectorKeyOf(const io::Location& table, const delta::AddFile& file);

// Those of `files` of which the store lacks the data or the deletion vector, in their order. Asks
// the store for each; can be called off by a CancelScope.
std::vector<MissingFile> FindMissing(const io::Location& table, const delta::AddFiles& files);

// Throws Error{kInvalid} that names the first of `files`, which `version` of a table got back from
// older ones, that is missing: VACUUM may have been deleting while it was committed.
void CheckCameBack(const io::Location& table, const delta::AddFiles& files, delta::Version version);

}  // namespace weir::session
