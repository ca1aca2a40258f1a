#pragma once

#include <optional>

#include "weir/sql/binding.h"

// Where the rows of a query stand in the files of what it reads. Internal to the binder.
namespace weir::sql {

struct PlacedRows {
  PlanPtr plan;      // The columns that were there, and `place`.
  PlanColumn place;  // BIGINT, by types/row_place.h.
  InputId input;
};

// `plan` with the places of its rows; nothing where they do not come from one scan, each from
// another row. Only an input whose files hold rows by position can be asked for them.
std::optional<PlacedRows> WithPlaces(Binding& binding, const PlanPtr& plan);

}  // namespace weir::sql
