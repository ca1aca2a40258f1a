#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace weir::catalog {

// catalog.schema.name of a table or view. Lower case throughout: Unity Catalog keeps names so.
// A table that is named by its folder alone has the catalog "", the schema "delta" and the path.
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

// Where the catalog keeps a table that is private to a pipeline: beside what is called `name`,
// under a name that nothing else can have.
QualifiedName PrivateName(const QualifiedName& name, const std::string& pipeline_id);
bool IsPrivate(const QualifiedName& name);
// What its pipeline calls it: `name` itself where it is not private.
QualifiedName PublicName(const QualifiedName& name);

// As the catalog keeps it: ASCII letters in lower case.
std::string CatalogCase(std::string_view name);

// `name` as SQL writes it: in backticks unless it is a plain identifier.
std::string QuoteName(std::string_view name);

// Throws Error{kInvalid} for what Unity Catalog refuses as the name of a catalog, schema or table
// (`what` is one of those words): empty or over 255 bytes, with a period, a space, a slash or a
// control character in it.
void CheckName(std::string_view name, const char* what);

}  // namespace weir::catalog
