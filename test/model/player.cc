#include "model/player.h"

#include <algorithm>
#include <exception>
#include <thread>
#include <utility>
#include <variant>

#include "support/test_app.h"
#include "weir/io/testing/faults.h"
#include "weir/types/diagnostic.h"

namespace weir::test::model {
namespace {

using io::Faults;

// A statement makes some tens of calls, or of changes of the disk; most happens in the first.
size_t DrawCall(Draw& draw) {
  return static_cast<size_t>(draw.OneIn(3) ? draw.Between(1, 90) : draw.Between(1, 30));
}

std::string ProgramText(size_t program) { return "program " + std::to_string(program + 1); }

void RunIn(Instance& instance, const std::string& sql) { Run(instance.session(), sql); }

// Bound to the version that is there now; or why it can't be.
struct Ready {
  std::optional<session::Prepared> prepared;
  Ended ended;
};

Ready PrepareIn(Instance& instance, const std::string& sql) {
  Ready ready;
  ready.ended = Try([&] {
    auto result =
        instance.session().Prepare(std::make_shared<SourceText>(SourceText{"<model>", sql}));
    if (auto* mistakes = std::get_if<Diagnostics>(&result)) throw DiagnosticError(*mistakes);
    ready.prepared = std::get<session::Prepared>(std::move(result));
  });
  return ready;
}

Ended ExecuteIn(Instance& instance, const session::Prepared& prepared) {
  return Try([&] {
    const auto rows = instance.session().Execute(prepared);
    RowTexts(*rows);
  });
}

// Does it in a thread of its own: where a store is called, one of the engine's is in its middle.
void InThread(const std::function<void()>& act) {
  std::exception_ptr thrown;
  std::thread thread([&] {
    try {
      act();
    } catch (...) {
      thrown = std::current_exception();
    }
  });
  thread.join();
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace

Player::Player(const Scenario& scenario, const PlayOptions& options)
    : scenario_(scenario),
      options_(options),
      lake_(scenario.ground),
      history_(Shape::Empty()),
      checks_(lake_, history_, scenario_.shape) {
  RunIn(lake_.instance(0), scenario.shape.Sql());
}

void Player::Take(const Step& step) {
  Draw draw(step.seed);
  const int64_t before = history_.version();
  switch (step.kind) {
    case StepKind::kStatement:
      Plain(draw);
      break;
    case StepKind::kFault:
      WithFault(draw);
      break;
    case StepKind::kCrash:
      scenario_.ground == Ground::kPowerLoss ? WithoutPower(draw) : WithCrash(draw);
      break;
    case StepKind::kFaultyRead:
      Note("a query while the store fails");
      checks_.WithFault(lake_.instance(draw.Below(Lake::kInstances)), draw);
      break;
    case StepKind::kPair:
      Pair(draw);
      break;
    case StepKind::kRace:
      Race(draw);
      break;
    case StepKind::kRestart:
      Restart(draw);
      break;
  }
  if (ForgetsVersions()) history_.MayLoseOlderThan(history_.version());
  checks_.Present(draw);
  checks_.ChangesSince(before, draw);
}

// The steps
// ----------------------------------------------------------------------------------------------

void Player::Plain(Draw& draw) {
  const size_t program = draw.Below(Lake::kInstances);
  const Statement statement = DrawOne(draw);
  Note(ProgramText(program) + ": " + statement.sql);
  Instance& instance = lake_.instance(program);
  const bool moves =
      statement.kind == StatementKind::kOptimize || statement.kind == StatementKind::kPurge;
  const auto ids = moves ? checks_.RowIds(instance) : std::nullopt;
  const Ended ended = Try([&] { RunIn(instance, statement.sql); });
  Settle(statement, ended, Trouble::kNone);
  if (!ids) return;
  const std::string difference = Difference(*checks_.RowIds(instance), *ids);
  if (!difference.empty()) throw Mismatch("rows that were moved have other ids:\n" + difference);
}

void Player::WithFault(Draw& draw) {
  const size_t program = draw.Below(Lake::kInstances);
  const Statement statement = DrawOne(draw);
  const size_t call = DrawCall(draw);
  const bool is_done = draw.OneIn(2);
  const bool is_full = !is_done && draw.OneIn(3);
  Note(ProgramText(program) + ", whose store " +
       (is_done   ? "does not answer after call "
        : is_full ? "is full at call "
                  : "fails at call ") +
       std::to_string(call) + ": " + statement.sql);
  Instance& instance = lake_.instance(program);
  Faults& faults = instance.faults();
  // What a store did it does not deny: it answers, or does not.
  if (is_done) {
    faults.After(call, Faults::Fail(ErrorCode::kUnavailable));
  } else {
    faults.Before(call, Faults::Fail(is_full ? ErrorCode::kExhausted : ErrorCode::kUnavailable));
  }
  const Ended ended = Try([&] { RunIn(instance, statement.sql); });
  faults.Clear();
  Settle(statement, ended, Trouble::kStore);
}

void Player::WithCrash(Draw& draw) {
  const size_t program = draw.Below(Lake::kInstances);
  const Statement statement = DrawOne(draw);
  const size_t call = DrawCall(draw);
  const bool is_done = draw.OneIn(2);
  Note(ProgramText(program) + ", which dies " + (is_done ? "after" : "before") + " call " +
       std::to_string(call) + " of its store: " + statement.sql);
  Instance& instance = lake_.instance(program);
  Faults& faults = instance.faults();
  if (is_done) faults.After(call, Faults::Fail(ErrorCode::kUnavailable));
  faults.BeforeAllFrom(is_done ? call + 1 : call, Faults::Fail(ErrorCode::kUnavailable));
  const Ended ended = Try([&] { RunIn(instance, statement.sql); });
  lake_.Restart(program);
  Settle(statement, ended, Trouble::kStore);
}

void Player::WithoutPower(Draw& draw) {
  const size_t program = draw.Below(Lake::kInstances);
  const Statement statement = DrawOne(draw);
  const size_t changes = DrawCall(draw);
  const uint64_t survives = draw.OneIn(2) ? draw.Seed() | 1 : 0;
  Note(ProgramText(program) + ", and the power goes after " + std::to_string(changes) +
       " changes of the disk" + (survives != 0 ? ", some unsynced ones survive" : "") + ": " +
       statement.sql);
  lake_.CutPowerAfter(changes, survives);
  const Ended ended = Try([&] { RunIn(lake_.instance(program), statement.sql); });
  lake_.RestorePower();
  Settle(statement, ended, Trouble::kStore);
}

void Player::Pair(Draw& draw) {
  const size_t first = draw.Below(Lake::kInstances);
  const size_t second = Lake::kInstances - 1 - first;
  const Statement one = DrawOne(draw);
  Statement other = DrawOne(draw);
  Note("both on version " + std::to_string(history_.version()) + ", " + ProgramText(first) + ": " +
       one.sql + "; then " + ProgramText(second) + ": " + other.sql);
  if (other.kind == StatementKind::kRestore) {
    other.may_be_refused |= ForgetsVersions() || one.DeletesFiles();
  }
  const Content seen = history_.now();
  const Ready one_ready = PrepareIn(lake_.instance(first), one.sql);
  const Ready other_ready = PrepareIn(lake_.instance(second), other.sql);
  const auto execute = [&](size_t program, const Statement& statement, const Ready& ready) {
    if (!ready.prepared) return SettleRefusal(statement, ready.ended, {&seen});
    const Ended ended = ExecuteIn(lake_.instance(program), *ready.prepared);
    // What found nothing to do on the version that it was prepared on came first, and so did what
    // can't be done there.
    const bool made_none = lake_.Version() == history_.version();
    if (made_none && ended.failed) {
      return SettleRefusal(statement, ended, {&seen, &history_.now()});
    }
    if (made_none && ChangesNothing(statement, seen)) return;
    Settle(statement, ended, Trouble::kNone);
  };
  execute(first, one, one_ready);
  execute(second, other, other_ready);
}

void Player::Race(Draw& draw) {
  const size_t program = draw.Below(Lake::kInstances);
  const Statement outer = DrawOne(draw);
  const Statement inner = DrawOne(draw);
  const size_t call = DrawCall(draw);
  if (!MayRace(outer, inner)) {
    Note("nothing: no race where what is being written looks old, or is deleted");
    return;
  }
  Note(ProgramText(program) + ": " + outer.sql + "; before call " + std::to_string(call) +
       " of its store the other one: " + inner.sql);
  Instance& instance = lake_.instance(program);
  Instance& other = lake_.instance(Lake::kInstances - 1 - program);
  Inner ran;
  const auto run_inner = [&] {
    ran.version_before = lake_.Version();
    ran.ended = Try([&] { RunIn(other, inner.sql); });
    ran.version_after = lake_.Version();
  };
  std::exception_ptr thrown;
  instance.faults().Before(call, [&] {
    ran.ran = true;
    try {
      InThread(run_inner);
    } catch (...) {
      thrown = std::current_exception();
    }
  });
  const Ended ended = Try([&] { RunIn(instance, outer.sql); });
  instance.faults().Clear();
  if (thrown) std::rethrow_exception(thrown);
  if (ran.ran) return SettleRace(outer, ended, inner, ran);
  Settle(outer, ended, Trouble::kNone);
  run_inner();
  Settle(inner, ran.ended, Trouble::kNone);
}

// Where files have the times of 1970, what the other one has just written is old. A RESTORE of what
// is being deleted makes a version that tells what it lacks.
bool Player::MayRace(const Statement& outer, const Statement& inner) const {
  if (ForgetsVersions()) return false;
  if (!outer.DeletesFiles() && !inner.DeletesFiles()) return true;
  return scenario_.ground == Ground::kLocal && outer.kind != StatementKind::kRestore &&
         inner.kind != StatementKind::kRestore;
}

void Player::Restart(Draw& draw) {
  const size_t program = draw.Below(Lake::kInstances);
  Note(ProgramText(program) + " starts anew");
  lake_.Restart(program);
}

}  // namespace weir::test::model
