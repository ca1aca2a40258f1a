#include "model/play.h"

#include <algorithm>
#include <exception>
#include <sstream>

#include "model/player.h"

namespace weir::test::model {
namespace {

Scenario FirstSteps(Scenario scenario, size_t steps) {
  scenario.steps.resize(std::min(scenario.steps.size(), steps));
  return scenario;
}

Scenario Without(Scenario scenario, size_t first, size_t count) {
  const auto begin = scenario.steps.begin() + static_cast<std::ptrdiff_t>(first);
  scenario.steps.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
  return scenario;
}

}  // namespace

std::optional<Failure> Play(const Scenario& scenario, const PlayOptions& options) {
  size_t at = 0;
  std::vector<std::string> done;
  try {
    Player player(scenario, options);
    try {
      for (; at < scenario.steps.size(); ++at) player.Take(scenario.steps[at]);
      return std::nullopt;
    } catch (const std::exception&) {
      done = player.done();
      throw;
    }
  } catch (const std::exception& error) {
    return Failure{at, error.what(), done};
  }
}

Scenario Shortest(const Scenario& scenario, Failure& failure, int tries,
                  const PlayOptions& options) {
  Scenario shortest = FirstSteps(scenario, failure.step + 1);
  size_t size = shortest.steps.size() / 2;
  while (size > 0) {
    bool shrunk = false;
    for (size_t first = 0; first + size <= shortest.steps.size();) {
      if (tries-- <= 0) return shortest;
      const Scenario shorter = Without(shortest, first, size);
      const auto fails = Play(shorter, options);
      if (!fails) {
        first += size;
        continue;
      }
      failure = *fails;
      shortest = FirstSteps(shorter, fails->step + 1);
      shrunk = true;
    }
    // What could not be left out before may be now.
    if (size > 1 || !shrunk) size /= 2;
  }
  return shortest;
}

std::string Report(const Scenario& played, const Scenario& shortest, const Failure& failure) {
  std::ostringstream text;
  text << "seed " << played.seed << " on " << GroundName(played.ground) << ", "
       << shortest.steps.size() << " of " << played.steps.size() << " steps are enough:\n"
       << "  " << played.shape.Sql() << "\n";
  for (size_t i = 0; i < failure.done.size(); ++i) {
    text << "  " << i + 1 << ". " << failure.done[i] << "\n";
  }
  text << failure.what << "\nagain: WEIR_SOAK_SEED=" << played.seed
       << " WEIR_SOAK_STEPS=" << played.steps.size()
       << " build/test/model/model_test --gtest_filter='*/" << GroundName(played.ground) << "'\n";
  return text.str();
}

}  // namespace weir::test::model
