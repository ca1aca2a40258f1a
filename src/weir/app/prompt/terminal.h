#pragma once

#include <cstddef>

namespace weir::app {

// Columns of the terminal behind a file descriptor; 80 where it does not say.
size_t TerminalWidth(int descriptor);

struct TerminalSize {
  size_t columns = 80;
  size_t lines = 24;
};
TerminalSize TerminalSizeOf(int descriptor);

// Whether colour is welcome on a terminal: NO_COLOR is not set, and it is not a dumb one.
bool WantsColour();

}  // namespace weir::app
