#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "weir/session/session.h"

namespace weir::session {

// Closes a statement's record and writes a line of the log. Throws as Catalog::FinishStatement.
void EndStatement(const Services& services, const std::string& id, const std::string& outcome,
                  const std::map<std::string, int64_t>& versions);

}  // namespace weir::session
