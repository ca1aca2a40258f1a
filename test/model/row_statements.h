#pragma once

#include "model/statement.h"

namespace weir::test::model {

// Statements that change the rows of a table which holds `now`.
Statement DrawAppend(const Content& now, Draw& draw);
Statement DrawAppendOwn(const Content& now, Draw& draw);
Statement DrawOverwrite(const Content& now, Draw& draw);
Statement DrawReplaceWhere(const Content& now, Draw& draw);
Statement DrawDelete(const Content& now, Draw& draw);
Statement DrawUpdate(const Content& now, Draw& draw);

}  // namespace weir::test::model
