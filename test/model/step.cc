#include "model/step.h"

#include "model/draw.h"

namespace weir::test::model {
namespace {

StepKind DrawStepKind(Ground ground, Draw& draw) {
  const int64_t at = draw.Between(1, 100);
  if (at <= 14) return StepKind::kPair;
  if (at <= 24) return StepKind::kRace;
  if (at <= 28) return StepKind::kRestart;
  if (ground == Ground::kFaulty) {
    if (at <= 42) return StepKind::kFault;
    if (at <= 47) return StepKind::kFaultyRead;
    if (at <= 57) return StepKind::kCrash;
  }
  if (ground == Ground::kPowerLoss && at <= 48) return StepKind::kCrash;
  return StepKind::kStatement;
}

}  // namespace

Scenario DrawScenario(uint64_t seed, Ground ground, size_t steps) {
  Draw draw(seed);
  Scenario scenario{seed, ground, DrawShape(draw), {}};
  for (size_t i = 0; i < steps; ++i) {
    const StepKind kind = DrawStepKind(ground, draw);
    scenario.steps.push_back({kind, draw.Seed()});
  }
  return scenario;
}

}  // namespace weir::test::model
