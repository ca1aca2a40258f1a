#pragma once

#include <optional>
#include <string>

#include "weir/base/clock.h"
#include "weir/io/object_store.h"
#include "weir/pipeline/check.h"

namespace weir::pipeline {

// The report of the update that ended last.
struct LastUpdate {
  std::string report_json;
  Instant ended;
};
// Nothing when the pipeline never ran. Throws what keeps the report from being read.
std::optional<LastUpdate> FindLastUpdate(const io::Location& storage);

// The graph of a checked project as one HTML page that needs nothing else: a picture with what
// feeds what from left to right, each dataset's columns, and what the last update did to it.
std::string ToHtml(const CheckedProject& checked, const std::optional<LastUpdate>& last);

}  // namespace weir::pipeline
