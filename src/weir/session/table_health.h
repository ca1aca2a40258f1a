#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "weir/delta/snapshot.h"
#include "weir/session/session.h"

namespace weir::session {

// What a look at a table's log, its files' names and sizes and its flows' plans tells.
struct TableHealth {
  delta::Version version = -1;
  int64_t timestamp_millis = 0;  // Of that version.
  size_t files = 0;
  std::vector<std::string> wrong;     // The table can't be read, or not all of it.
  std::vector<std::string> warnings;  // It can be read, but not everything works.
};

// Whether the table can be read as its catalog row says. No row of it is read and nothing is
// written, also no statement's record: the home may be one that can't be written. Judged as reading
// it: throws Error{kDenied} where the principal may not SELECT from it. What is wrong with the
// table is told, not thrown.
TableHealth ExamineTable(const Services& services, const std::string& principal,
                         const catalog::TableInfo& info);

}  // namespace weir::session
