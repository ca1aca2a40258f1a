#include "weir/engine/duckdb/functions/zone_state.h"

namespace weir::engine {

TimeZonePtr ZoneNamed(std::string_view name) {
  if (name == UtcZone()->name()) return UtcZone();
  TimeZonePtr zone = EngineZones().Find(name);
  if (zone != nullptr) return zone;
  Raise("INVALID_TIMEZONE",
        "The timezone: " + std::string(name.substr(0, 100)) +
            " is invalid. The timezone must be either a region-based zone ID or a zone offset. "
            "Region IDs must have the form 'area/city', such as 'America/Los_Angeles'. Zone "
            "offsets must be in the format '(+|-)HH', '(+|-)HH:mm' or '(+|-)HH:mm:ss', e.g "
            "'-08', '+01:00' or '-13:33:33', and must be in the range from -18:00 to +18:00.");
}

duckdb::unique_ptr<duckdb::FunctionLocalState> NewZoneState(duckdb::ExpressionState&,
                                                            const duckdb::BoundFunctionExpression&,
                                                            duckdb::FunctionData*) {
  return duckdb::make_uniq<ZoneState>();
}

}  // namespace weir::engine
