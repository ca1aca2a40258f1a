#pragma once

#include <string>

namespace weir::app {

// The machine's time zone: TZ, else what /etc/localtime or /etc/timezone says, else UTC. It may be
// a name that weir does not know.
std::string LocalZoneName();

}  // namespace weir::app
