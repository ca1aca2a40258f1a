#pragma once

#include <span>
#include <string_view>

namespace weir::state {

// The files of migrations/, which the build embeds. Number n (from 1) turns format n-1 into n.
// One that has been released is never changed.
std::span<const std::string_view> Migrations();

}  // namespace weir::state
