#include "weir/engine/duckdb/functions/cells.h"

namespace weir::engine {

void PutText(duckdb::Vector& vector, duckdb::idx_t row, std::string_view text) {
  PutCell(vector, row, duckdb::StringVector::AddStringOrBlob(vector, text.data(), text.size()));
}

void PutWhole(duckdb::Vector& vector, duckdb::idx_t row, int64_t value) {
  switch (vector.GetType().InternalType()) {
    case duckdb::PhysicalType::INT8:
      return PutCell(vector, row, static_cast<int8_t>(value));
    case duckdb::PhysicalType::INT16:
      return PutCell(vector, row, static_cast<int16_t>(value));
    case duckdb::PhysicalType::INT32:
      return PutCell(vector, row, static_cast<int32_t>(value));
    default:
      return PutCell(vector, row, value);
  }
}

void PutDecimal(duckdb::Vector& vector, duckdb::idx_t row, Int128 unscaled) {
  if (vector.GetType().InternalType() != duckdb::PhysicalType::INT128) {
    return PutWhole(vector, row, static_cast<int64_t>(unscaled));
  }
  duckdb::hugeint_t huge;
  huge.lower = static_cast<uint64_t>(unscaled);
  huge.upper = static_cast<int64_t>(unscaled >> 64);
  PutCell(vector, row, huge);
}

void PutValue(duckdb::Vector& vector, duckdb::idx_t row, const Value& value) {
  if (value.is_null()) return duckdb::FlatVector::SetNull(vector, row, true);
  switch (value.type().id()) {
    case TypeId::kBoolean:
      return PutCell(vector, row, value.boolean());
    case TypeId::kFloat:
      return PutCell(vector, row, static_cast<float>(value.real()));
    case TypeId::kDouble:
      return PutCell(vector, row, value.real());
    case TypeId::kDecimal:
      return PutDecimal(vector, row, value.decimal());
    case TypeId::kString:
    case TypeId::kBinary:
    case TypeId::kVariant:
      return PutText(vector, row, value.text());
    default:
      return PutWhole(vector, row, value.integer());
  }
}

}  // namespace weir::engine
