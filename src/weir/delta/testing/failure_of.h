#pragma once

#include <gtest/gtest.h>

#include <functional>

#include "weir/base/error.h"

namespace weir::delta {

// What `act` throws; a failure of the test when it throws nothing.
inline Error FailureOf(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return Error(ErrorCode::kInternal, "nothing was thrown");
}

}  // namespace weir::delta
