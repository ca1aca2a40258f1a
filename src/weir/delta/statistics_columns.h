#pragma once

#include <optional>

#include "weir/delta/actions.h"
#include "weir/delta/column_changes.h"

namespace weir::delta {

// Renames `column` in the property delta.dataSkippingStatsColumns, if the table has it, or takes it
// out of it, with all that is inside of it.
void ChangeStatisticsColumns(Metadata& metadata, const ColumnPath& column,
                             const std::optional<ColumnPath>& renamed);

}  // namespace weir::delta
