#pragma once

#include <cstddef>
#include <optional>

#include "weir/session/found_batches.h"
#include "weir/types/predicate.h"

namespace weir::session {

// A column by which alone the found rows that go can be told apart: none of them has NULL there,
// and no two of them the same. `weight` is the column with what each row weighs; a row that goes
// twice is none. Nothing where no column does, and for few rows, whose other columns tell the
// engine as much.
std::optional<size_t> TellingColumn(const FoundBatches& found, size_t weight);

// Between which values the rows that go lie, column by column; `schema` is the view's. They say
// which of its files have none of these rows.
Predicate RangesOfRowsThatGo(const FoundBatches& found, size_t weight, const Schema& schema);

// Of the first `count` columns of found keys the one with the most values, where none is NULL and
// there are about as many as keys. Nothing where there is no such one, and for few keys.
std::optional<size_t> MostTellingKey(const FoundBatches& keys, size_t count);

}  // namespace weir::session
