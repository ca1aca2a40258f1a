#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weir/types/data_type.h"

// CHAR(n) and VARCHAR(n) are what columns are declared as; their values are strings, and their type
// is STRING. The declaration stands in the metadata of the column's field, where Spark and Delta
// look for it: "char(5)", "array<varchar(3)>".
namespace weir {

// One string within a type.
struct StringType {
  enum class Kind : uint8_t { kAny, kChar, kVarchar };
  Kind kind = Kind::kAny;
  int64_t length = 0;  // In characters; of kAny none.

  std::string ToString() const;  // "string", "char(5)"
};
// The strings of a type, in the order of its text.
using StringTypes = std::vector<StringType>;
bool HasLengths(const StringTypes& strings);

// `type` in the form of DataType::ToString, with these for its strings.
std::string RawTypeText(const DataType& type, const StringTypes& strings);

// What `metadata` says that its column was declared as; nothing where it says nothing.
std::optional<std::string> RawTypeOf(std::string_view metadata);
std::string WithRawType(const std::string& metadata, const std::string& raw_type);
// The field declared so; nothing: as its type is.
Field WithDeclaredType(Field field, const std::optional<std::string>& raw_type);
// The type as its column was declared: "char(5)"; else as DataType::ToString.
std::string DeclaredType(const Field& field);

}  // namespace weir
