#pragma once

#include <compare>
#include <string>

namespace weir::catalog {

// catalog.schema.name of a table or view. Lower case throughout: Unity Catalog keeps names so.
struct QualifiedName {
  std::string catalog;
  std::string schema;
  std::string name;
  auto operator<=>(const QualifiedName&) const = default;
  // "main.sales.orders", parts in backticks where SQL needs it.
  std::string ToString() const;
};

struct SchemaName {
  std::string catalog;
  std::string schema;
  auto operator<=>(const SchemaName&) const = default;
  std::string ToString() const;
};

}  // namespace weir::catalog
