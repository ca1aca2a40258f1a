#pragma once

#include <string>

#include "weir/session/session.h"
#include "weir/sql/ast.h"

namespace weir::session {

// The zone of that name. Throws Error{kInvalid} that names those that are near.
TimeZonePtr ZoneNamed(const Services& services, const std::string& name);

// A view keeps the time zone that it was made under, as a property of the catalog; none: UTC.
inline constexpr const char* kViewZoneProperty = "view.sqlConfig.spark.sql.session.timeZone";
void PutViewZone(sql::Properties& properties, const TimeZone& zone);
TimeZonePtr ViewZoneOf(const Services& services, const sql::Properties& properties);

}  // namespace weir::session
