#include <algorithm>

#include "weir/session/binding.h"
#include "weir/session/table_feed.h"

// What a bound query reads.
namespace weir::session {
namespace {

constexpr connect::ReadLimit kEverything{std::nullopt, std::nullopt, true};

}  // namespace

bool Binding::HasStream() const {
  return std::any_of(inputs_.begin(), inputs_.end(),
                     [](const BoundInput& input) { return input.stream; });
}

Schema Binding::ColumnsOf(const BoundInput& input) const {
  if (!input.stream || progress_ == nullptr) return input.source->Discover();
  return input.source->DiscoverAfter(progress_->In(input.identity, *input.source));
}

BoundInput& Binding::NewInput(const std::string& display_name, bool stream) {
  BoundInput& input = inputs_.emplace_back();
  input.id = static_cast<sql::InputId>(inputs_.size() - 1);
  input.display_name = display_name;
  input.stream = stream;
  return input;
}

std::map<sql::InputId, engine::Input> Binding::WholeInputs() const {
  std::map<sql::InputId, engine::Input> whole;
  for (const BoundInput& input : inputs_) {
    if (input.feed) {
      whole.emplace(input.id, FeedInputOf(services_, input, *input.feed));
    } else if (input.table != nullptr) {
      whole.emplace(input.id,
                    engine::TableInput{
                        input.table->location(), input.snapshot, std::nullopt, {}, input.is_past});
    } else if (input.made) {
      whole.emplace(input.id, engine::RelationInput{*input.made});
    } else if (input.source != nullptr) {
      const auto plan = input.Plan(*input.source->NewProgress(), kEverything);
      Relation relation =
          input.source->Read(plan.value_or(connect::BatchPlan{}), input.source_schema);
      whole.emplace(input.id, engine::RelationInput{std::move(relation), input.store});
    }
  }
  return whole;
}

}  // namespace weir::session
