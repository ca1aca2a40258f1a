#pragma once

#include "weir/sql/binding.h"
#include "weir/types/raw_type.h"

// CHAR(n) and VARCHAR(n) columns (types/raw_type.h): their strings are checked when they are
// stored, and those of CHAR filled up with spaces when they are stored, read and compared.
// Internal to the binder.
namespace weir::sql {

// `value`, which has the column's type, as a column with this metadata stores it: CHAR filled up,
// spaces that are too many taken off. A string that is longer fails with EXCEED_LIMIT_LENGTH.
BoundExprPtr StoredStrings(Binding& binding, BoundExprPtr value, const std::string& metadata);

// `scan` with CHAR columns filled up, under ids of their own: files need not hold them so.
PlanPtr PaddedScan(Binding& binding, PlanPtr scan);

// Remembers what length a CHAR column has, for comparisons.
void NoteLength(Binding& binding, const PlanColumn& column);
// Operands of one comparison: a CHAR column and a constant, or CHAR columns, become of one length.
void PadForComparison(Binding& binding, const std::vector<BoundExprPtr*>& operands);

}  // namespace weir::sql
