#pragma once

#include <string>
#include <string_view>

#include "weir/engine/duckdb/functions/registry.h"
#include "weir/engine/duckdb/functions/zones.h"

namespace weir::engine {

// Raises INVALID_TIMEZONE for what is none.
TimeZonePtr ZoneNamed(std::string_view name);

// The zone that a function was given by name. Of one thread, for one call in a statement.
class ZoneState : public duckdb::FunctionLocalState {
 public:
  // Raises INVALID_TIMEZONE for what is none.
  const TimeZone& Get(std::string_view name) {
    if (zone_ == nullptr || zone_->name() != name) zone_ = ZoneNamed(name);
    return *zone_;
  }

 private:
  TimeZonePtr zone_;
};

duckdb::unique_ptr<duckdb::FunctionLocalState> NewZoneState(duckdb::ExpressionState&,
                                                            const duckdb::BoundFunctionExpression&,
                                                            duckdb::FunctionData*);

// For f(Frame&, ...), which finds a ZoneState in its frame.
template <typename F>
void AddZoned(Registry& registry, const std::string& name, const F& f) {
  duckdb::ScalarFunction function = registry.Make(f);
  function.SetInitStateCallback(NewZoneState);
  registry.Add(name, std::move(function));
}

}  // namespace weir::engine
