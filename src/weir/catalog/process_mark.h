#pragma once

#include <cstdint>
#include <string>

namespace weir::catalog {

// Tells a process from all others there ever were on this machine, also after its number was used
// again or the machine was started anew.
struct ProcessMark {
  int64_t process = 0;
  int64_t start = 0;  // Clock ticks since the machine started.
  std::string boot;   // This run of the machine, and its name space of process numbers.
};

ProcessMark ThisProcess();

// Whether that process has certainly ended. One in another container is not known to have.
bool HasEnded(const ProcessMark& mark);

}  // namespace weir::catalog
