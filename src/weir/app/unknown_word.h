#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

namespace weir::app {

// Of a command line that `app` refused: the first word that is no command, or no option, of what
// stands before it, with the nearest ones that there are. Nothing when something else is wrong.
std::optional<std::string> UnknownWord(const CLI::App& app,
                                       const std::vector<std::string>& arguments);

}  // namespace weir::app
