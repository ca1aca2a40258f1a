#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "weir/engine/duckdb/functions/cells.h"
#include "weir/engine/duckdb/functions/json_text.h"
#include "weir/engine/duckdb/functions/time_formats.h"
#include "weir/engine/duckdb/functions/typed_call.h"

namespace weir::engine {

// A column's values, and those within them, whatever form the vectors have.
struct WriterColumn {
  WriterColumn(duckdb::Vector& vector, duckdb::idx_t count, const DataType& type);

  duckdb::idx_t At(duckdb::idx_t row) const { return format.sel->get_index(row); }
  bool IsNull(duckdb::idx_t at) const { return !format.validity.RowIsValid(at); }
  template <typename T>
  const T& Get(duckdb::idx_t at) const {
    return duckdb::UnifiedVectorFormat::GetData<T>(format)[at];
  }
  std::string_view Text(duckdb::idx_t at) const;
  int64_t Whole(duckdb::idx_t at) const;  // Also dates and times.
  Int128 Decimal(duckdb::idx_t at) const;

  DataType type;
  duckdb::PhysicalType physical;
  duckdb::UnifiedVectorFormat format;
  std::vector<WriterColumn> children;  // Fields; the element; key and value.
  std::vector<size_t> order;           // Of fields, as they are written.
};

// Writes values as JSON, as Spark's to_json does. Not thread-safe.
class JsonWriter {
 public:
  explicit JsonWriter(const TypedCall& call);

  // The value at `row`, which is not NULL.
  void Write(const WriterColumn& column, duckdb::idx_t row, std::string& out);
  bool sorts() const { return sorts_; }

 private:
  using idx_t = duckdb::idx_t;

  void WriteValue(const WriterColumn& column, idx_t row);
  void WritePrimitive(const WriterColumn& column, idx_t at);
  void WriteStruct(const WriterColumn& column, idx_t at);
  void WriteArray(const WriterColumn& column, idx_t at);
  void WriteMap(const WriterColumn& column, idx_t at);
  void WriteKey(const WriterColumn& column, idx_t row, std::string& key);
  void WriteName(std::string_view name, bool first);
  void BeginObject();
  void EndObject(bool empty);

  bool writes_nulls_;
  bool pretty_;
  bool sorts_;
  JsonEscapes escapes_;
  TimeFormats formats_;
  std::string* out_ = nullptr;
  size_t level_ = 0;
};

}  // namespace weir::engine
