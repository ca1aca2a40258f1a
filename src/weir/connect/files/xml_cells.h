#pragma once

#include <functional>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "weir/connect/files/record_options.h"
#include "weir/connect/files/rescue.h"
#include "weir/types/batch.h"
#include "weir/types/json_shape.h"

namespace weir::connect {

// Turns elements into cells as Spark's XML source converts them. Not thread-safe.
class XmlCells {
 public:
  explicit XmlCells(RecordOptions options) : options_(std::move(options)) {}
  // With a rescuer, what fits nowhere goes there, under its path.
  void set_rescuer(Rescuer* rescuer) { rescuer_ = rescuer; }
  // Called with the name of a field of a row that no column is there for.
  void set_unknown(std::function<void(std::string_view name)> unknown) {
    unknown_ = std::move(unknown);
  }

  // Where fields of a row, or of a struct, go.
  struct Target {
    std::function<ColumnBuilder*(size_t field)> column;  // Null for one that is not wanted.
    bool judges_all = false;                             // What is not wanted, too.
    int64_t rows = 0;                                    // Before this one.
  };
  // Attributes, elements and text as cells. Columns without a value get none. False within an array
  // or map where something does not fit, which spoils the whole of it.
  bool ReadFields(const pugi::xml_node& element, const JsonShape& shape, const Target& target);

  const std::string& mistake() const { return mistake_; }
  void ForgetMistake() { mistake_.clear(); }

 private:
  // One field of an element: what goes there, and whether it fits.
  struct Found {
    int64_t items = 0;
    bool misfits = false;
    std::vector<std::string> json;  // For the rescuer.
  };
  using Fields = std::vector<Found>;
  // `read` appends the cell; `json` gives the value as JSON.
  void Put(size_t field, const std::string& label, const JsonShape& shape, const Target& target,
           Fields& fields, const std::function<bool(const JsonShape&, ColumnBuilder*)>& read,
           const std::function<std::string()>& json);
  bool FinishFields(const JsonShape& shape, const Target& target, Fields& fields);
  void PutUnknown(const std::string& name, const std::string& json);
  bool PutAny(const pugi::xml_node& element, const JsonShape& shape, const Target& target,
              Fields& fields);
  bool rescues() const { return rescuer_ != nullptr && in_items_ == 0; }

  bool ReadElement(const pugi::xml_node& element, const JsonShape& shape, ColumnBuilder* column);
  bool ReadText(std::string_view text, const DataType& type, ColumnBuilder* column);
  bool ReadMap(const pugi::xml_node& element, const JsonShape& shape, ColumnBuilder* column);
  bool ReadStruct(const pugi::xml_node& element, const JsonShape& shape, ColumnBuilder* column);
  bool Misfit(std::string_view text, const DataType& type, ColumnBuilder* column);

  const RecordOptions options_;
  Rescuer* rescuer_ = nullptr;
  std::function<void(std::string_view name)> unknown_;
  int depth_ = 0;          // Structs within the row.
  int in_items_ = 0;       // Inside of arrays and maps there is no path to rescue to.
  bool unplaced_ = false;  // Something in there fits nowhere.
  std::string mistake_;
};

}  // namespace weir::connect
