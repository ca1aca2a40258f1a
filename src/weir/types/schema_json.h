#pragma once

#include <string>
#include <string_view>

#include "weir/types/data_type.h"

namespace weir {

// The JSON form of schemas in Delta's metaData.schemaString and Spark's Dataset.schema().json().
// Delta PROTOCOL.md, "Schema Serialization Format".
std::string SchemaToJson(const Schema& schema);
// Throws Error{kCorrupt} on malformed text, {kUnsupported} naming a type weir does not have.
Schema SchemaFromJson(std::string_view json);

}  // namespace weir
