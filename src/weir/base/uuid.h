#pragma once

#include <string>

namespace weir {

// A random (version 4) UUID in its usual text form. Safe from many threads.
std::string NewUuid();

}  // namespace weir
