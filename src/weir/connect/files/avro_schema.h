#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "weir/types/data_type.h"

// What an Avro file says its records are like, and what columns Spark makes of that.
namespace weir::connect {

enum class AvroKind {
  kNull,
  kBoolean,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kBytes,
  kString,
  kFixed,
  kEnum,
  kArray,
  kMap,
  kUnion,
  kRecord,
};

struct AvroType {
  AvroKind kind = AvroKind::kNull;
  std::string name;     // Of a record, enum or fixed, with its namespace.
  std::string logical;  // "timestamp-micros"; "" for none, and where it does not go with the kind.
  int precision = 0;    // Of a decimal.
  int scale = 0;
  size_t size = 0;                     // Of a fixed.
  std::vector<std::string> symbols;    // Of an enum.
  std::vector<std::string> names;      // Of a record's fields.
  std::vector<const AvroType*> parts;  // Fields, branches, or the one kind of items or values.
};

// Immutable; safe from many threads.
class AvroSchema {
 public:
  // Throws Error: kCorrupt for what is no schema, kInvalid for one too deep or large to be meant.
  explicit AvroSchema(const std::string& json);
  const AvroType& root() const { return *root_; }

 private:
  class Parser;
  std::vector<std::unique_ptr<AvroType>> types_;
  const AvroType* root_ = nullptr;
};

// As Spark maps it; a union with null is nullable, of other unions int and long are BIGINT, float
// and double DOUBLE, and the rest are structs of `member0`, `member1`, .... Throws
// Error{kUnsupported} for a record within itself.
DataType AvroDataType(const AvroType& type);
// The branch of a union that is null, or its size.
size_t NullBranch(const AvroType& type);

// The columns of a file: a record's fields, else one called `value`.
Schema AvroColumns(const AvroType& root);

}  // namespace weir::connect
