#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "weir/base/json_cursor.h"
#include "weir/connect/files/rescue.h"
#include "weir/types/batch.h"
#include "weir/types/json_shape.h"
#include "weir/types/time_zone.h"
#include "weir/types/variant.h"

namespace weir::connect {

// Turns JSON values into cells as Spark's JSON reader converts them. Not thread-safe.
class JsonCells {
 public:
  // With a rescuer, members of structs that fit nowhere go there, under their path. Null: they are
  // forgotten.
  void set_rescuer(Rescuer* rescuer) { rescuer_ = rescuer; }
  // Of times that name none; UTC until it is set.
  void set_zone(TimeZonePtr zone) { zone_ = std::move(zone); }

  // Takes the next value into one cell of `column`, or only judges it when there is no column.
  // False: it is not of the type, or an array or map holds something that is not, and a NULL was
  // appended; mistake() then says what. When the JSON is malformed the cell may or may not be
  // there.
  bool Read(JsonCursor& cursor, const JsonShape& shape, ColumnBuilder* column);

  // Whether structs within an array or map had members that fit nowhere since the last time it was
  // asked: then the whole of it is to be rescued.
  bool TakeUnplaced() { return std::exchange(unplaced_, false); }
  const std::string& mistake() const { return mistake_; }
  void ForgetMistake() { mistake_.clear(); }

 private:
  bool ReadText(JsonCursor& cursor, ColumnBuilder* column);
  bool ReadVariant(JsonCursor& cursor, ColumnBuilder* column);
  bool ReadWord(JsonCursor& cursor, const DataType& type, JsonKind kind, ColumnBuilder* column);
  bool ReadNumber(JsonCursor& cursor, const DataType& type, ColumnBuilder* column);
  bool ReadQuoted(JsonCursor& cursor, const DataType& type, ColumnBuilder* column);
  bool ReadArray(JsonCursor& cursor, const JsonShape& shape, ColumnBuilder* column);
  bool ReadMap(JsonCursor& cursor, const JsonShape& shape, ColumnBuilder* column);
  bool ReadStruct(JsonCursor& cursor, const JsonShape& shape, ColumnBuilder* column);
  static bool EndItems(bool fits, int64_t count, int64_t before, ColumnBuilder* column);
  bool Mismatch(std::string_view raw, const DataType& type, ColumnBuilder* column);

  Rescuer* rescuer_ = nullptr;
  TimeZonePtr zone_ = UtcZone();
  int in_items_ = 0;  // Inside of arrays and maps there is no path to rescue to.
  bool unplaced_ = false;
  std::string scratch_;
  std::string name_;
  VariantBuilder variant_;
  std::string mistake_;
};

}  // namespace weir::connect
