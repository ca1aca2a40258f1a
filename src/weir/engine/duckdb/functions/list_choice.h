#pragma once

#include <algorithm>
#include <vector>

#include "weir/engine/duckdb/functions/registry.h"

namespace weir::engine {

// Makes the elements of the list `result` those of `from` at the places `chosen`; the entries of
// `result` are the caller's.
inline void CopyChosen(duckdb::Vector& from, duckdb::Vector& result,
                       const std::vector<duckdb::idx_t>& chosen) {
  duckdb::ListVector::Reserve(result, chosen.size());
  duckdb::ListVector::SetListSize(result, chosen.size());
  if (chosen.empty()) return;
  duckdb::SelectionVector selection(chosen.size());
  for (duckdb::idx_t i = 0; i < chosen.size(); ++i) selection.set_index(i, chosen[i]);
  duckdb::VectorOperations::Copy(duckdb::ListVector::GetEntry(from),
                                 duckdb::ListVector::GetEntry(result), selection, chosen.size(), 0,
                                 0);
}

}  // namespace weir::engine
