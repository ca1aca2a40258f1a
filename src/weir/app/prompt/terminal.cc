#include "weir/app/prompt/terminal.h"

#include <sys/ioctl.h>

#include <cstdlib>
#include <string_view>

namespace weir::app {

size_t TerminalWidth(int descriptor) { return TerminalSizeOf(descriptor).columns; }

TerminalSize TerminalSizeOf(int descriptor) {
  TerminalSize known;
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0) return known;
  if (size.ws_col > 0) known.columns = size.ws_col;
  if (size.ws_row > 0) known.lines = size.ws_row;
  return known;
}

bool WantsColour() {
  const char* const refused = std::getenv("NO_COLOR");
  if (refused != nullptr && *refused != '\0') return false;
  const char* const kind = std::getenv("TERM");
  return kind != nullptr && std::string_view(kind) != "dumb" && *kind != '\0';
}

}  // namespace weir::app
