#pragma once

#include <string>
#include <vector>

#include "weir/catalog/catalog.h"
#include "weir/sql/binder.h"
#include "weir/types/data_type.h"

namespace weir::session {

// A view's columns are stored as a schema whose fields say what the view's query called them.
Field WithQueryColumn(const Field& field, const std::string& name);
// The columns of a view out of that schema; none when it does not say.
std::vector<sql::ViewColumn> ViewColumnsOf(const Schema& schema);

// The property of a view of the catalog that says what it does when its query's columns change, and
// its values, as in Spark.
inline constexpr const char* kViewSchemaProperty = "view.schemaMode";
// Those that are the user's.
sql::Properties OwnProperties(const sql::Properties& properties);
std::string ViewSchemaName(sql::ViewSchema schema);
sql::ViewSchema ViewSchemaOf(const sql::Properties& properties);
// The columns of a view that follows its query, which gives `now`: their names and comments stay
// where only types may change.
Schema ShownColumns(const catalog::TableInfo& view, const Schema& now);

}  // namespace weir::session
