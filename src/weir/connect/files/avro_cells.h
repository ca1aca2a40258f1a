#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "weir/connect/files/avro_input.h"
#include "weir/connect/files/avro_schema.h"
#include "weir/connect/files/rescue.h"
#include "weir/types/batch.h"

namespace weir::connect {

// How values of one type of a file become cells of one type of column, worked out once.
struct AvroPlan {
  enum class How {
    kSkip,    // No column is there for it.
    kMisfit,  // One is, of a type that does not go with it.
    kBoolean,
    kWhole,  // Into a whole number of its width, or of fewer bits.
    kWholeAsReal,
    kWholeAsDecimal,
    kDate,
    kMoment,  // `factor` microseconds each.
    kReal,
    kDecimal,
    kText,
    kBinary,
    kEnum,
    kArray,
    kMap,
    kStruct,
    kNullable,  // A union: of null and one more, or of numbers of two widths.
    kMembers,   // Another union, as a struct of its branches.
  };
  How how = How::kSkip;
  const AvroType* from = nullptr;
  DataType to;
  int64_t factor = 1;
  std::vector<AvroPlan> parts;      // Of `from`'s parts.
  std::vector<size_t> places;       // Of a struct: the member that a part goes to, or SIZE_MAX.
  std::vector<std::string> labels;  // Of a record: its names as JSON.
};

// Names are the same where they differ only in case, unless two do.
AvroPlan PlanAvro(const AvroType& from, const DataType& to);

// Reads values into cells. Not thread-safe.
class AvroCells {
 public:
  // With a rescuer, members of structs that fit nowhere go there, under their path.
  void set_rescuer(Rescuer* rescuer) { rescuer_ = rescuer; }
  // Appends one cell to `column`, or only passes over the value when there is no column. False: it
  // does not fit, and what is in the cell does not count; mistake() says what.
  bool Read(const AvroPlan& plan, AvroInput& input, ColumnBuilder* column);
  const std::string& mistake() const { return mistake_; }
  void ForgetMistake() { mistake_.clear(); }

 private:
  bool ReadWhole(const AvroPlan& plan, int64_t value, ColumnBuilder& column);
  bool ReadBytes(const AvroPlan& plan, std::string_view bytes, ColumnBuilder& column);
  bool ReadItems(const AvroPlan& plan, AvroInput& input, ColumnBuilder& column);
  bool ReadStruct(const AvroPlan& plan, AvroInput& input, ColumnBuilder& column);
  bool ReadMembers(const AvroPlan& plan, AvroInput& input, ColumnBuilder& column);
  bool Misfit(const AvroPlan& plan, ColumnBuilder& column);

  Rescuer* rescuer_ = nullptr;
  int in_items_ = 0;  // Inside of arrays and maps there is no path to rescue to.
  std::string mistake_;
  std::string json_;
};

}  // namespace weir::connect
