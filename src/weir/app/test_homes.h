#pragma once

#include <atomic>
#include <memory>

#include "weir/app/scratch_folder.h"
#include "weir/engine/engine.h"
#include "weir/pipeline/cases/case_run.h"

namespace weir::app {

// Homes for tests of pipelines: each has a catalog of its own that is gone with it; all share one
// engine. Safe from many threads; the homes don't outlive it.
class TestHomes {
 public:
  TestHomes();
  std::unique_ptr<pipeline::CaseHome> Make(io::Stores& stores, const connect::Registry& connectors,
                                           const Clock& clock);

 private:
  ScratchFolder scratch_;
  std::unique_ptr<engine::Engine> engine_;
  std::atomic<int> made_ = 0;
};

}  // namespace weir::app
