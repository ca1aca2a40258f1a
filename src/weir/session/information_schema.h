#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "weir/session/session.h"
#include "weir/types/relation.h"

namespace weir::session {

// The schema in every catalog that tells what is in it.
inline constexpr const char* kInformationSchema = "information_schema";

// Rows made by the session itself.
struct InformationRows {
  Schema schema;
  std::vector<std::vector<Value>> rows;

  static Relation AsRelation(std::shared_ptr<const InformationRows> rows);
};

// What one of its relations holds for a principal: of schemata, tables, views, columns, volumes,
// routines, parameters and routine_columns, those rows that they may know of. Nothing: it has no
// such relation. Columns are Databricks'.
std::optional<InformationRows> InformationOf(const Services& services, const std::string& principal,
                                             const std::string& catalog,
                                             const std::string& relation);
// "columns, parameters, ..."
std::string InformationRelations();

}  // namespace weir::session
