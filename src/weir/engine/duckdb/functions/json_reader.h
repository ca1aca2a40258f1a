#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "weir/base/json_cursor.h"
#include "weir/engine/duckdb/functions/cells.h"
#include "weir/engine/duckdb/functions/time_formats.h"
#include "weir/engine/duckdb/functions/typed_call.h"
#include "weir/types/json_shape.h"
#include "weir/types/variant_json.h"

namespace weir::engine {

// Turns JSON texts into values of one type, as Spark's from_json does. What of a text is not of its
// type becomes NULL, and the text then counts as corrupt; of an array nothing is kept in that case.
// Not thread-safe.
class JsonReader {
 public:
  // Options that weir does not have were refused before.
  explicit JsonReader(const TypedCall& call);

  // Into one cell of a flat vector.
  void Read(std::string_view text, duckdb::Vector& result, duckdb::idx_t row);

 private:
  enum class Fit {
    kWhole,
    kPartly,  // There is a value, and something within it did not fit.
    kNot,     // Nothing was written.
  };
  using Vector = duckdb::Vector;
  using idx_t = duckdb::idx_t;

  Fit ReadRoot(JsonCursor& cursor, Vector& result, idx_t row);
  Fit ReadValue(JsonCursor& cursor, const JsonShape& shape, Vector& result, idx_t row);
  Fit ReadMisplaced(JsonCursor& cursor);
  bool ReadPrimitive(JsonCursor& cursor, const DataType& type, JsonKind kind, Vector& result,
                     idx_t row);
  bool ReadNumber(std::string_view number, const DataType& type, Vector& result, idx_t row);
  bool ReadText(std::string_view text, const DataType& type, Vector& result, idx_t row);
  void ReadString(JsonCursor& cursor, JsonKind kind, Vector& result, idx_t row);
  Fit ReadVariant(JsonCursor& cursor, Vector& result, idx_t row);
  void ReadSingleVariant(JsonCursor& cursor, std::string_view text, Vector& result, idx_t row);
  Fit ReadStruct(JsonCursor& cursor, const JsonShape& shape, Vector& result, idx_t row);
  Fit ReadArray(JsonCursor& cursor, const JsonShape& shape, Vector& result, idx_t row);
  Fit ReadSingle(JsonCursor& cursor, const JsonShape& shape, Vector& result, idx_t row);
  Fit ReadMap(JsonCursor& cursor, const JsonShape& shape, Vector& result, idx_t row);
  void EndCorrupt(std::string_view text, bool partly, Vector& result, idx_t row);

  JsonShape shape_;
  JsonDialect dialect_;
  bool fail_fast_;
  std::optional<size_t> corrupt_;         // The root's field that takes texts which don't fit.
  std::optional<size_t> single_variant_;  // The root's field that takes whole texts.
  TimeFormats formats_;
  VariantBuilder variant_;
  std::string scratch_;
  std::string bytes_;
};

}  // namespace weir::engine
