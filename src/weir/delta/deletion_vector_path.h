#pragma once

#include <optional>
#include <string>

#include "weir/io/object_store.h"

namespace weir::delta {

// The key of the file that holds a deletion vector, in the table's store; nothing for one that is
// in the log itself, lies in another store, or does not parse. PROTOCOL.md, "Deletion Vector
// Descriptor Schema".
std::optional<std::string> DeletionVectorKey(const io::Location& table,
                                             const std::string& deletion_vector_json);

}  // namespace weir::delta
