#include "weir/session/view_changes.h"

#include <utility>

#include "weir/sql/plan_changes.h"

namespace weir::session {

void ViewChanges::Keep(Step step) {
  const std::lock_guard lock(mutex_);
  steps_.remove_if([&](const Step& one) { return one.table == step.table; });
  steps_.push_front(std::move(step));
  int64_t bytes = 0;
  std::erase_if(steps_, [&](const Step& one) {
    bytes += one.rows.bytes();
    return bytes > kMostBytes;
  });
}

std::optional<engine::RelationInput> ViewChanges::Find(const std::string& table,
                                                       delta::Version before, delta::Version now,
                                                       const Schema& schema) const {
  const std::lock_guard lock(mutex_);
  for (const Step& step : steps_) {
    if (step.table != table || step.before != before || step.now != now) continue;
    const Schema& found = step.rows.schema();
    if (found.size() <= schema.size()) return std::nullopt;
    std::vector<Field> fields;
    for (size_t i = 0; i < found.size(); ++i) {
      Field field = found[i];
      if (i < schema.size() && field.type != schema[i].type) return std::nullopt;
      if (i < schema.size()) field.name = schema[i].name;
      if (i == schema.size()) field.name = sql::kHeldWeight;
      fields.push_back(std::move(field));
    }
    return step.rows.AsInput(Schema(std::move(fields)));
  }
  return std::nullopt;
}

}  // namespace weir::session
