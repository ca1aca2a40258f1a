#pragma once

#include "model/statement.h"

namespace weir::test::model {

// ALTER TABLE of columns, also such as the shape refuses. "id", "part" and one number besides are
// always there; the last digit, or the letter, of a name tells what kind the column is.
Statement DrawAddColumn(const Content& now, Draw& draw);
Statement DrawRenameColumn(const Shape& shape, const Content& now, Draw& draw);
Statement DrawDropColumn(const Shape& shape, const Content& now, Draw& draw);
Statement DrawWidenColumn(const Shape& shape, const Content& now, Draw& draw);

}  // namespace weir::test::model
