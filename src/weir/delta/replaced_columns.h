#pragma once

#include "weir/delta/actions.h"
#include "weir/types/data_type.h"

namespace weir::delta {

// ALTER TABLE ... REPLACE COLUMNS: the table's columns become these, in this order. Columns, and
// fields of structs, that go by a name that is there stay what they are: with their spelling, their
// metadata and the files' values; a comment that is given is new, and NOT NULL that is not repeated
// goes. Others are new and take NULL. What is left out is dropped where columns are mapped and none
// is new beside it; a type may grow where the table's types widen.
// Throws Error{kInvalid}: DELTA_UNSUPPORTED_ALTER_TABLE_REPLACE_COL_OP for all that is more than
// that, DELTA_UNSUPPORTED_DROP_PARTITION_COLUMN. Whether a rule of the table looks at a column is
// for the caller to know.
void ReplaceColumns(Metadata& metadata, const Schema& columns);

}  // namespace weir::delta
