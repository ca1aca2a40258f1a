#pragma once

#include <string_view>

namespace weir::app {

// The release, such as "0.1.0".
std::string_view Version();

// The commit that was built, such as "4428b98c1d2e", with ", changed" behind it when files that git
// knows were edited since; "" when it was not built from a git checkout.
std::string_view Commit();

}  // namespace weir::app
