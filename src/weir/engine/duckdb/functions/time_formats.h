#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "weir/engine/duckdb/functions/time_pattern.h"
#include "weir/engine/duckdb/functions/typed_call.h"

namespace weir::engine {

// Dates and times in texts, by the options dateFormat, timestampFormat and timestampNTZFormat;
// without one, as CAST reads them and ISO 8601 writes them. Times without a zone are of the option
// timeZone, or UTC.
class TimeFormats {
 public:
  explicit TimeFormats(const TypedCall& call);

  // Days or microseconds; `type` is a date or either timestamp.
  std::optional<int64_t> Read(std::string_view text, const DataType& type) const;
  std::string Write(int64_t value, const DataType& type) const;

  const TimeZone& zone() const { return *zone_; }

 private:
  const std::optional<TimePattern>& PatternOf(const DataType& type) const;

  TimeZonePtr zone_;
  std::optional<TimePattern> date_;
  std::optional<TimePattern> instant_;
  std::optional<TimePattern> local_;
};

}  // namespace weir::engine
