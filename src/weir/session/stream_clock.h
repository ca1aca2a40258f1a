#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "weir/sql/stateful_query.h"

namespace weir::session {

// How late it is in the streams of a flow, by the event times of the rows that they gave. A value;
// moments are milliseconds since 1970. As in Spark: it begins with 1970, is the earliest of what
// several streams say (or the latest, if that is asked for), never goes back, and is told by rows
// to the batches behind theirs.
class StreamClock {
 public:
  StreamClock() = default;
  static StreamClock FromJson(const std::string& json, const std::string& where);
  std::string ToJson() const;

  // By which the next batch goes.
  sql::Watermarks Next() const { return {ended_ms_, now_ms_}; }
  // Whether a batch without rows would end something.
  bool IsAhead() const { return now_ms_ > ended_ms_; }
  int64_t now_ms() const { return now_ms_; }

  // After the next batch. Of each WATERMARK: the newest event time of its rows, less the delay;
  // nothing where there were none.
  StreamClock After(const std::vector<std::optional<int64_t>>& reached_ms,
                    bool latest = false) const;

  bool operator==(const StreamClock&) const = default;

 private:
  std::vector<std::optional<int64_t>> reached_ms_;
  int64_t ended_ms_ = 0;  // The watermark of the last batch.
  int64_t now_ms_ = 0;    // That of the next.
};

}  // namespace weir::session
