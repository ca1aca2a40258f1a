#pragma once

#include <optional>
#include <string>

#include "weir/types/value.h"

namespace weir::delta {

// A value as `partitionValues` holds it (PROTOCOL.md, "Partition Value Serialization"). NULL and
// the empty string are both NULL there. Throws Error{kUnsupported} for what can't partition a
// table: nested types, intervals, bytes that are not UTF-8.
std::optional<std::string> PartitionValueToText(const Value& value);

// The reverse; both forms of timestamps are read, those without a zone as UTC. Throws
// Error{kCorrupt} that names `column` when the text spells no value of the type.
Value PartitionValueFromText(const std::optional<std::string>& text, const DataType& type,
                             const std::string& column);

}  // namespace weir::delta
