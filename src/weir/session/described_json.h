#pragma once

#include <memory>
#include <string>

#include "weir/catalog/catalog.h"
#include "weir/delta/snapshot.h"
#include "weir/session/session_state.h"

namespace weir::session {

// DESCRIBE TABLE EXTENDED ... AS JSON, in Spark's form. `snapshot`: null for views.
std::string DescribedAsJson(const catalog::TableInfo& info, const delta::Snapshot* snapshot);
std::string DescribedAsJson(const TemporaryView& view);

}  // namespace weir::session
