#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "weir/catalog/catalog.h"
#include "weir/session/session.h"
#include "weir/sql/ast.h"
#include "weir/types/data_type.h"

// PRIMARY KEY and FOREIGN KEY of tables: said, shown, and never checked.
namespace weir::session {

// A table that a foreign key may refer to.
struct KeyParent {
  Schema columns;
  std::optional<catalog::KeyInfo> primary;
};

// Where a definition stands.
struct KeyPlace {
  catalog::QualifiedName table;
  const Schema& columns;
  std::string catalog;  // In force.
  std::string schema;
  // Tables as they are to be; those of which it gives nothing are as the catalog has them.
  std::function<std::optional<KeyParent>(const catalog::QualifiedName&)> planned = nullptr;
};
// What definitions of one table mean, beside the keys that it has. Throws Error and
// DiagnosticError: columns and parent tables have to be there and fit, and those of a primary key
// be NOT NULL.
std::vector<catalog::KeyInfo> KeysFrom(const Services& services, const KeyPlace& place,
                                       const std::vector<sql::KeyDefinition>& definitions,
                                       const std::vector<catalog::KeyInfo>& there = {});
std::vector<catalog::KeyInfo> KeysFrom(const Services& services, const KeyPlace& place,
                                       const std::vector<const sql::KeyDefinition*>& definitions,
                                       const std::vector<catalog::KeyInfo>& there = {});

// The same columns; those of a primary key are NOT NULL.
Schema WithKeyColumns(Schema schema, const std::vector<sql::KeyDefinition>& definitions);

// "FOREIGN KEY (`a`) REFERENCES `main`.`default`.`t` (`b`) RELY"
std::string KeyText(const catalog::KeyInfo& key);

// Throws Error{kInvalid} where a key of the table, or one that refers to it, has the column.
void CheckIsNoKeyColumn(const Services& services, const catalog::TableInfo& table,
                        const std::string& column, const std::string& change,
                        bool only_primary = false);

}  // namespace weir::session
