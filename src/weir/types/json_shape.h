#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "weir/types/data_type.h"

namespace weir {

// A type prepared for reading many JSON values: members of structs are found by name.
class JsonShape {
 public:
  JsonShape(const DataType& type, bool case_sensitive);

  const DataType& type() const { return type_; }
  // Member of a struct, element of an array, value of a map.
  const JsonShape& child(size_t i) const { return *children_[i]; }
  // `hint`: where it is expected; moved on past what was found.
  std::optional<size_t> Find(std::string_view name, size_t& hint) const;

 private:
  DataType type_;
  bool case_sensitive_;
  std::vector<std::unique_ptr<JsonShape>> children_;
  std::unordered_map<std::string, size_t> by_name_;  // Lower case unless case_sensitive_.
};

}  // namespace weir
