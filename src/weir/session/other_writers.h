#pragma once

#include "weir/delta/table.h"

namespace weir::session {

// What other programs did to the rows of a pipeline's table since its flows last wrote it.
enum class OthersDid {
  kNothing,
  kAddedRows,
  kRemovedRows,
  kUnknown,  // The log does not reach back so far any more.
};
OthersDid WhatOthersDid(const delta::Table& table, const delta::Snapshot& now);

}  // namespace weir::session
