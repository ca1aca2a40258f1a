#pragma once

#include "weir/sql/binder.h"
#include "weir/sql/binding.h"

namespace weir::sql {

// The query of a view that stands at `span`, with the columns that the view has. Null: reported.
PlanPtr BindView(Binding& binding, const ResolvedView& view, const Span& span,
                 const Surroundings& around);

}  // namespace weir::sql
