#pragma once

#include <string>
#include <variant>
#include <vector>

#include "weir/catalog/catalog.h"
#include "weir/session/session.h"
#include "weir/sql/binder.h"
#include "weir/types/data_type.h"

namespace weir::session {

// The columns of an event log: those of Databricks.
Schema EventLogSchema();

// The log that event_log('<name or id of a pipeline>') or event_log(TABLE(t)) means, of those that
// the principal may read. What is absent and what may not be read is told in the same words.
std::variant<catalog::TableInfo, Diagnostic> FindEventLog(
    const Services& services, const std::string& principal, const std::string& catalog,
    const std::string& schema, const sql::Name& function,
    const std::vector<sql::NamedArgument>& arguments);

// The table that an argument TABLE(t) of a function names.
catalog::QualifiedName TableArgument(const sql::Name& function, const sql::NamedArgument& argument,
                                     const std::string& catalog, const std::string& schema);

}  // namespace weir::session
