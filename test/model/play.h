#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/statement.h"
#include "model/step.h"

namespace weir::test::model {

struct Failure {
  size_t step = 0;  // At which it came out, from 0.
  std::string what;
  std::vector<std::string> done;  // A line for each step up to that.
};

struct PlayOptions {
  // The model takes statements of that kind for such that change nothing: to see that it is found.
  std::optional<StatementKind> mistaken;
};

// Plays a scenario on a table of its own, against the model. The same scenario comes out the same
// way. Nothing when all was as the model says.
std::optional<Failure> Play(const Scenario& scenario, const PlayOptions& options = {});

// One that fails too with fewer steps, where leaving some out finds one in so many tries; the
// failure becomes that one's. Needs a scenario that has failed with `failure`.
Scenario Shortest(const Scenario& scenario, Failure& failure, int tries,
                  const PlayOptions& options = {});

// What a person needs to see what happened, and to play it again.
std::string Report(const Scenario& played, const Scenario& shortest, const Failure& failure);

}  // namespace weir::test::model
