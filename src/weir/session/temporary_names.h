#pragma once

#include <set>
#include <string>

namespace weir::session {

// Objects of the session that a text names, by their keys in the session's state.
struct TemporaryNames {
  std::set<std::string> views;
  std::set<std::string> variables;
  std::set<std::string> functions;
};

}  // namespace weir::session
