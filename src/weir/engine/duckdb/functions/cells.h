#pragma once

#include <string_view>

#include "weir/engine/duckdb/functions/registry.h"
#include "weir/types/value.h"

namespace weir::engine {

// Storing in flat vectors; a cell that was NULL before is none then.
template <typename T>
void PutCell(duckdb::Vector& vector, duckdb::idx_t row, const T& value) {
  duckdb::FlatVector::GetData<T>(vector)[row] = value;
  duckdb::FlatVector::Validity(vector).SetValid(row);
}
void PutText(duckdb::Vector& vector, duckdb::idx_t row, std::string_view text);
// byte to long, date, timestamps, by the vector's own width.
void PutWhole(duckdb::Vector& vector, duckdb::idx_t row, int64_t value);
void PutDecimal(duckdb::Vector& vector, duckdb::idx_t row, Int128 unscaled);

// Any value that is not nested.
void PutValue(duckdb::Vector& vector, duckdb::idx_t row, const Value& value);

}  // namespace weir::engine
