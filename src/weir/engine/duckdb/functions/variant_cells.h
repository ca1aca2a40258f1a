#pragma once

#include "weir/engine/duckdb/functions/cells.h"
#include "weir/engine/duckdb/functions/json_writer.h"
#include "weir/types/variant.h"

namespace weir::engine {

// Puts variants into cells of one type, as Spark casts them. Not thread-safe.
class VariantCells {
 public:
  // `is_try`: what can't be cast becomes NULL, within arrays and structs too; else it raises
  // INVALID_VARIANT_CAST.
  VariantCells(DataType type, bool is_try, TimeZonePtr zone)
      : type_(std::move(type)), is_try_(is_try), zone_(std::move(zone)) {}

  void Put(const VariantView& value, duckdb::Vector& result, duckdb::idx_t row) {
    Put(value, type_, result, row);
  }

 private:
  using Vector = duckdb::Vector;
  using idx_t = duckdb::idx_t;

  void Put(const VariantView& value, const DataType& type, Vector& result, idx_t row);
  void PutStruct(const VariantView& value, const DataType& type, Vector& result, idx_t row);
  void PutArray(const VariantView& value, const DataType& type, Vector& result, idx_t row);
  void PutMap(const VariantView& value, const DataType& type, Vector& result, idx_t row);
  void Fail(const VariantView& value, const DataType& type, Vector& result, idx_t row) const;

  DataType type_;
  bool is_try_;
  TimeZonePtr zone_;
  VariantBuilder builder_;
};

// Appends the value at `row` of a column, NULL as the variant that is null.
void AppendCell(const WriterColumn& column, duckdb::idx_t row, VariantBuilder& builder);

}  // namespace weir::engine
