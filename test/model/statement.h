#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "model/content.h"
#include "model/draw.h"
#include "model/history.h"
#include "model/shape.h"

namespace weir::test::model {

enum class StatementKind {
  kAppend,
  kAppendOwn,  // What is read from the table itself.
  kOverwrite,
  kReplaceWhere,
  kDelete,
  kUpdate,
  kMerge,
  kOptimize,
  kPurge,
  kAddColumn,
  kRenameColumn,
  kDropColumn,
  kWidenColumn,
  kProperty,
  kRestore,
  kVacuum,
};

// One statement that changes the table: its text, and what it makes of any content. A value.
struct Statement {
  StatementKind kind = StatementKind::kAppend;
  std::string sql;
  // What the table holds afterwards; nothing where it can't be done, as when a column that is named
  // was dropped meanwhile. Then it fails and changes nothing.
  std::function<std::optional<Content>(const Content&)> effect;
  int64_t most_versions = 1;    // That it makes.
  bool may_be_refused = false;  // What it needs of older versions may be gone.

  // Whether older versions may be gone afterwards.
  bool DeletesFiles() const { return kind == StatementKind::kVacuum && most_versions > 0; }
};

// One that suits the table as it is now.
Statement DrawStatement(const Shape& shape, const History& history, Draw& draw);

}  // namespace weir::test::model
