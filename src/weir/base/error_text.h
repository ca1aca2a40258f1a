#pragma once

#include <string>

#include "weir/base/error.h"

namespace weir {

// A failure as people read it: "[CONDITION] what went wrong".
std::string ErrorText(const Error& error);

}  // namespace weir
