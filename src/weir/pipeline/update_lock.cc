#include "weir/pipeline/update_lock.h"

#include <unistd.h>

#include "weir/base/error.h"
#include "weir/base/fingerprint.h"

namespace weir::pipeline {
namespace {

state::FileLock Take(const std::string& folder, const Spec& spec, const std::string& principal,
                     const Clock& clock) {
  const std::string note = "process " + std::to_string(getpid()) + " of " + principal + " since " +
                           FormatIso(clock.Now());
  auto taken = state::TryLock(folder + "/" + Fingerprint(spec.PipelineId()) + ".lock", note);
  if (auto* lock = std::get_if<state::FileLock>(&taken)) return std::move(*lock);
  const std::string& holder = std::get<std::string>(taken);
  throw Error(ErrorCode::kConflict, "pipeline " + spec.name + " is being updated already, by " +
                                        (holder.empty() ? "another process" : holder) +
                                        "; wait until that has ended, or stop it")
      .WithCondition("PIPELINE_UPDATE_IN_PROGRESS");
}

}  // namespace

UpdateLock::UpdateLock(const std::string& folder, const Spec& spec, const std::string& principal,
                       const Clock& clock)
    : lock_(Take(folder, spec, principal, clock)) {}

}  // namespace weir::pipeline
