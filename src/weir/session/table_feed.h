#pragma once

#include <optional>
#include <string>
#include <vector>

#include "weir/delta/change_feed.h"
#include "weir/session/binding.h"
#include "weir/sql/binder.h"

// table_changes('t', start [, end]): what changed in a table.
namespace weir::session {

// Whether a table function is one of them.
bool IsTableChanges(const sql::Name& function);

struct FeedCall {
  sql::Name table;  // delta.`path` of table_changes_by_path.
  delta::FeedBound start;
  std::optional<delta::FeedBound> end;
  std::string text;  // "table_changes(main.sales.orders, 3, 7)", for people.
};
// Reads the arguments; times without a zone are of `zone`. Throws DiagnosticError.
FeedCall FeedCallOf(const sql::Name& function, const std::vector<sql::NamedArgument>& arguments,
                    bool stream, const TimeZone& zone, const TimeZones& zones);

// What `input`, which has a feed, gives of these versions. Reads the log, and judges the files that
// it names.
engine::FeedInput FeedInputOf(const Services& services, const BoundInput& input,
                              const delta::FeedRange& range);

}  // namespace weir::session
