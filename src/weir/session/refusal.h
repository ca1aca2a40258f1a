#pragma once

#include <string>

#include "weir/base/error.h"
#include "weir/session/session.h"

namespace weir::session {

// Puts on record that a principal was refused `text`, and why.
void RecordRefusal(const Services& services, const std::string& principal, const std::string& text,
                   const Access& access, const Error& refusal);

// Runs `step`, which judges what is `text`'s to do; a refusal is on record before it is thrown on.
template <typename Step>
auto RecordingRefusals(const Services& services, const std::string& principal,
                       const std::string& text, const Step& step) {
  try {
    return step();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kDenied) RecordRefusal(services, principal, text, {}, error);
    throw;
  }
}

}  // namespace weir::session
