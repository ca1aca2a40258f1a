#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "weir/pipeline/cases/rows.h"

namespace weir::pipeline {

// One way in which rows are not those that were expected.
struct RowChange {
  enum class Kind { kMissing, kUnexpected, kDiffers };
  Kind kind;
  std::vector<Value> expected;    // kMissing, kDiffers.
  std::vector<Value> found;       // kUnexpected, kDiffers.
  std::vector<size_t> differing;  // kDiffers: the columns.
};

struct RowDiff {
  Schema columns;
  int64_t expected_rows = 0;
  int64_t found_rows = 0;
  // How many there are of each kind, and the first of them, in the order of the expected rows.
  int64_t missing = 0;
  int64_t unexpected = 0;
  int64_t differing = 0;
  std::vector<RowChange> changes;
  // The same rows, but from this one on (counted from 0) in another order than was asked for.
  std::optional<size_t> out_of_order;

  bool IsSame() const { return missing + unexpected + differing == 0 && !out_of_order; }
};

struct RowComparison {
  bool ordered = false;
  // Columns that tell which row is which; none: those before the first that differs.
  std::vector<size_t> key;
  size_t most_changes = 20;  // To keep in RowDiff::changes.
};

// Equal values: doubles within a relative 1e-9 and floats within 1e-6 (NaN equals NaN), maps
// without order.
bool SameValue(const Value& left, const Value& right);

// Both have the same columns.
RowDiff CompareRows(const TypedRows& expected, const TypedRows& found,
                    const RowComparison& comparison);

}  // namespace weir::pipeline
