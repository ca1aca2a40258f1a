#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "weir/base/json_cursor.h"
#include "weir/sql/function_options.h"
#include "weir/types/data_type.h"

namespace weir::sql {

// What is wrong with a JSON text of which a schema is wanted.
struct JsonMistake {
  std::string condition;
  std::string message;
};

// The dialect that the allow... options ask for, with Spark's defaults.
JsonDialect DialectOf(const FunctionOptions& options);

// The type of a JSON text as Spark infers it for schema_of_json: BIGINT, DOUBLE, STRING, BOOLEAN,
// decimals for large numbers, arrays of what all items fit in, structs with fields by name.
std::variant<DataType, JsonMistake> SchemaOfJson(std::string_view json,
                                                 const FunctionOptions& options);

}  // namespace weir::sql
