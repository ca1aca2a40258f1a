#pragma once

#include <string>

#include "weir/base/clock.h"
#include "weir/pipeline/spec.h"
#include "weir/state/file_lock.h"

namespace weir::pipeline {

// A pipeline has one update at a time, whichever processes run it. Holds that place for as long as
// the object lives; a process that dies leaves it. Throws Error{kConflict,
// PIPELINE_UPDATE_IN_PROGRESS} saying who has it.
class UpdateLock {
 public:
  // `folder` is that of the home's locks.
  UpdateLock(const std::string& folder, const Spec& spec, const std::string& principal,
             const Clock& clock);

 private:
  state::FileLock lock_;
};

}  // namespace weir::pipeline
