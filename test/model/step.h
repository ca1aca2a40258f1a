#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/lake.h"
#include "model/shape.h"

namespace weir::test::model {

enum class StepKind {
  kStatement,   // One statement.
  kFault,       // One while one call of the store fails.
  kCrash,       // One while the program dies, or the machine's power goes.
  kFaultyRead,  // A query while one call fails.
  kPair,        // Two programs prepare on one version, then run one after the other.
  kRace,        // One runs in the middle of another.
  kRestart,     // A program starts anew.
};

// What happens next. It means something for any table, so that steps before it may be left out.
struct Step {
  StepKind kind = StepKind::kStatement;
  uint64_t seed = 0;  // Of all that is chosen in it.
};

// All that decides what happens. A value.
struct Scenario {
  uint64_t seed = 0;
  Ground ground = Ground::kLocal;
  Shape shape;
  std::vector<Step> steps;
};

Scenario DrawScenario(uint64_t seed, Ground ground, size_t steps);

}  // namespace weir::test::model
