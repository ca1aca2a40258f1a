#include <algorithm>

#include "model/player.h"
#include "weir/types/diagnostic.h"

// What the player's steps come to.
namespace weir::test::model {
namespace {

// Of what was asked, not of what it met.
bool IsRefusal(ErrorCode code) {
  return code == ErrorCode::kInvalid || code == ErrorCode::kNotFound ||
         code == ErrorCode::kUnsupported || code == ErrorCode::kExists;
}

std::string FailureText(const Ended& ended) {
  return std::string(ErrorCodeName(*ended.failed)) + ": " + ended.message;
}

}  // namespace

std::optional<Content> Player::EffectOf(const Statement& statement, const Content& content) const {
  if (options_.mistaken == statement.kind) return content;
  return statement.effect(content);
}

bool Player::ChangesNothing(const Statement& statement, const Content& content) const {
  const auto after = EffectOf(statement, content);
  return after && SameRows(*after, content);
}

void Player::SettleRefusal(const Statement& statement, const Ended& ended,
                           const std::vector<const Content*>& seen) {
  const bool is_expected = statement.may_be_refused ||
                           std::any_of(seen.begin(), seen.end(), [&](const Content* content) {
                             return !EffectOf(statement, *content).has_value();
                           });
  if (is_expected && IsRefusal(*ended.failed)) return;
  throw Mismatch(statement.sql + " fails with " + FailureText(ended));
}

void Player::Settle(const Statement& statement, const Ended& ended, Trouble trouble,
                    int64_t version) {
  const int64_t made = version - history_.version();
  if (made < 0 || made > statement.most_versions) {
    throw Mismatch(statement.sql + " leaves the table at version " + std::to_string(version) +
                   ", which was at " + std::to_string(history_.version()));
  }
  const auto after = EffectOf(statement, history_.now());
  const bool is_met =
      trouble == Trouble::kStore && ended.failed &&
      (*ended.failed == ErrorCode::kUnavailable || *ended.failed == ErrorCode::kExhausted);
  // Also by one that did not end.
  if (statement.DeletesFiles()) history_.MayLoseOlderThan(history_.version());
  if (ended.failed && made == 0) {
    if (!is_met) SettleRefusal(statement, ended, {&history_.now()});
    return;
  }
  // Only whoever gets no answer may not know that it was done. What a vacuum commits are notes.
  const bool may_be_done =
      is_met && (*ended.failed == ErrorCode::kUnavailable || statement.DeletesFiles());
  if (ended.failed && !may_be_done) {
    throw Mismatch(statement.sql + " makes a version and fails with " + FailureText(ended));
  }
  if (!after) throw Mismatch(statement.sql + " is done, and should have been refused");
  history_.Commit(version, *after);
}

// As if one had come after the other, whichever was committed first.
void Player::SettleRace(const Statement& outer, const Ended& ended, const Statement& inner,
                        const Inner& ran) {
  const int64_t version = lake_.Version();
  if (ran.version_before > history_.version()) {
    const int64_t first = ran.version_before - history_.version();
    Settle(outer, ended, Trouble::kNone, ran.version_before);
    Settle(inner, ran.ended, Trouble::kNone, ran.version_after);
    if (first + version - ran.version_after > outer.most_versions) {
      throw Mismatch(outer.sql + " makes too many versions");
    }
    // The second one of a VACUUM.
    if (version > ran.version_after) history_.Commit(version, Content(history_.now()));
    return;
  }
  const Content before = history_.now();
  Settle(inner, ran.ended, Trouble::kNone, ran.version_after);
  const Content& now = history_.now();
  if (ended.failed && version == ran.version_after) {
    return SettleRefusal(outer, ended, {&before, &now});
  }
  if (version == ran.version_after) {
    // It found nothing to do, before the other one or after it.
    if (ChangesNothing(outer, before) || ChangesNothing(outer, now)) return;
    throw Mismatch(outer.sql + " makes no version, beside " + inner.sql);
  }
  Settle(outer, ended, Trouble::kNone, version);
}

}  // namespace weir::test::model
