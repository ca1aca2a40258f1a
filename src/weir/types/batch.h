#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "weir/types/data_type.h"
#include "weir/types/value.h"

// The Arrow C data interface, as its specification defines it:
// https://arrow.apache.org/docs/format/CDataInterface.html
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE
#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4
extern "C" {
struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;
  void (*release)(struct ArrowSchema*);
  void* private_data;
};
struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);
  void* private_data;
};
}
#endif

namespace weir {

// Rows in columns: a struct array of the Arrow C data interface that this object owns, and the
// schema of its columns. Layouts are Arrow's canonical ones: utf8 and binary with 32-bit offsets,
// decimal128, date32, timestamp in microseconds ("tsu:UTC" for an instant, "tsu:" without zone),
// 32-bit list and map, struct; year-month intervals as int32, day-time intervals as duration in
// microseconds; variants as binary (variant.h). Movable. Reading is safe from many threads.
class Batch {
 public:
  Batch(Schema schema, ArrowArray array) : schema_(std::move(schema)), array_(array) {}
  Batch(Batch&& other) noexcept;
  Batch& operator=(Batch&& other) noexcept;
  ~Batch();

  const Schema& schema() const { return schema_; }
  int64_t rows() const { return array_.length; }
  const ArrowArray& array() const { return array_; }
  // One cell; slow (it copies), for printing and small results.
  Value At(size_t column, int64_t row) const;
  // Gives the array away, for handing it to another owner; the batch is empty afterwards.
  ArrowArray Release();

 private:
  Schema schema_;
  ArrowArray array_;
};

// Builds a Batch cell by cell, by column. Calls for one row: exactly one Append* per column, in any
// column order. Nested columns: child(0..) of an array is its element, of a map its key and value,
// of a struct its fields; append the children first, then close the parent with AppendList(n) (the
// number of elements or entries just appended) or AppendStruct(). AppendNull on a struct appends
// nulls to its children by itself. Not thread-safe.
class ColumnBuilder {
 public:
  virtual ~ColumnBuilder() = default;
  virtual void AppendNull() = 0;
  virtual void AppendBoolean(bool value) = 0;
  virtual void AppendInteger(int64_t value) = 0;  // byte..long, date, timestamps, intervals
  virtual void AppendReal(double value) = 0;      // float, double
  virtual void AppendDecimal(Int128 unscaled) = 0;
  virtual void AppendText(std::string_view value) = 0;  // string, binary, variant
  virtual void AppendList(int64_t items) = 0;           // array, map
  virtual void AppendStruct() = 0;
  virtual ColumnBuilder& child(size_t i) = 0;
  // Forgets the cells from `length` on, and with them what they hold.
  virtual void Truncate(int64_t length) = 0;
  virtual int64_t length() const = 0;
  virtual const DataType& type() const = 0;
  void Append(const Value& value);  // Any type, nested too.
};

class BatchBuilder {
 public:
  explicit BatchBuilder(Schema schema);
  ~BatchBuilder();
  ColumnBuilder& column(size_t i);
  // Rows so far: the length of the shortest column.
  int64_t rows() const;
  // Hands over what was built and starts anew. All columns must be of one length; where there are
  // no columns, the batch has `rows_without_columns` rows.
  Batch Finish(int64_t rows_without_columns = 0);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The schema as the Arrow C data interface describes it: a struct of the columns in the layouts
// that Batch names. The caller owns the result and calls its `release`.
ArrowSchema ExportArrowSchema(const Schema& schema);

// A sequence of batches of one schema, produced as they are asked for. Driven by one thread.
class BatchStream {
 public:
  virtual ~BatchStream() = default;
  virtual const Schema& schema() const = 0;
  // The next batch, never empty; nothing at the end. Throws what went wrong on the way.
  virtual std::optional<Batch> Next() = 0;
};

}  // namespace weir
