#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/checks.h"
#include "model/history.h"
#include "model/lake.h"
#include "model/play.h"
#include "model/statement.h"
#include "model/step.h"

namespace weir::test::model {

// Takes the steps of one scenario on a lake, and keeps the model beside it.
class Player {
 public:
  Player(const Scenario& scenario, const PlayOptions& options);

  // Throws Mismatch.
  void Take(const Step& step);
  // A line for each step that was begun.
  const std::vector<std::string>& done() const { return done_; }

 private:
  void Plain(Draw& draw);
  void WithFault(Draw& draw);
  void WithCrash(Draw& draw);
  void WithoutPower(Draw& draw);
  void Pair(Draw& draw);
  void Race(Draw& draw);
  bool MayRace(const Statement& outer, const Statement& inner) const;
  void Restart(Draw& draw);

  // What a statement made of the present content, which left the log at `version`. Without trouble
  // it fails only where the model says so.
  enum class Trouble { kNone, kStore };
  void Settle(const Statement& statement, const Ended& ended, Trouble trouble, int64_t version);
  void Settle(const Statement& statement, const Ended& ended, Trouble trouble) {
    Settle(statement, ended, trouble, lake_.Version());
  }
  bool ChangesNothing(const Statement& statement, const Content& content) const;
  void SettleRefusal(const Statement& statement, const Ended& ended,
                     const std::vector<const Content*>& seen);
  // The inner one ran in the middle of the outer one.
  struct Inner {
    bool ran = false;
    int64_t version_before = 0;
    int64_t version_after = 0;
    Ended ended;
  };
  void SettleRace(const Statement& outer, const Ended& ended, const Statement& inner,
                  const Inner& ran);

  std::optional<Content> EffectOf(const Statement& statement, const Content& content) const;
  Statement DrawOne(Draw& draw) const { return DrawStatement(scenario_.shape, history_, draw); }
  // Whether older versions go by themselves: what is on a disk in memory is very old.
  bool ForgetsVersions() const {
    return scenario_.shape.cleans_log && scenario_.ground != Ground::kLocal;
  }
  void Note(const std::string& line) { done_.push_back(line); }

  const Scenario& scenario_;
  const PlayOptions options_;
  Lake lake_;
  History history_;
  Checks checks_;
  std::vector<std::string> done_;
};

}  // namespace weir::test::model
