#pragma once

#include <iosfwd>

#include "weir/app/command_line.h"

namespace weir::app {

// Whether statements come from somebody at a terminal, who sees what is asked.
bool IsAtTerminal();

// The interactive prompt of `weir sql`, until it is left. Gives the exit code: what fails at the
// prompt is said there and ends nothing.
int RunPrompt(const GlobalOptions& global, const std::string& time_zone, std::ostream& out,
              std::ostream& err);

}  // namespace weir::app
