#include "weir/session/view_changes.h"

#include <utility>

namespace weir::session {
namespace {

// The columns of held changes under the names that queries read; nothing where they are not those
// of the table any more.
std::optional<Schema> NamedFor(const Schema& table, const ViewChanges::Changes& changes) {
  constexpr size_t kBetween = 4;  // Weight, file, row, unsure.
  const bool is_paired = changes.kind == sql::HeldChanges::kPaired;
  const Schema& found = changes.rows.schema();
  if (found.size() < table.size() + (is_paired ? kBetween + table.size() : 1)) return std::nullopt;
  std::vector<Field> fields = found.fields();
  // Columns of tables may be called anything.
  for (size_t i = table.size(); i < fields.size(); ++i) fields[i].name.insert(0, "\x01other ");
  fields[table.size()].name = sql::kHeldWeight;
  if (is_paired) fields[table.size() + 1].name = sql::kHeldPlace;
  const auto name = [&](size_t first, const std::string& prefix) {
    for (size_t i = 0; i < table.size(); ++i) {
      if (fields[first + i].type != table[i].type) return false;
      fields[first + i].name = prefix + table[i].name;
    }
    return true;
  };
  if (!name(0, "")) return std::nullopt;
  if (is_paired && !name(table.size() + kBetween, sql::kHeldBefore)) return std::nullopt;
  return Schema(std::move(fields));
}

}  // namespace

void ViewChanges::Keep(Step step) {
  const std::lock_guard lock(mutex_);
  steps_.remove_if([&](const Step& one) { return one.table == step.table; });
  steps_.push_front(std::move(step));
  int64_t bytes = 0;
  std::erase_if(steps_, [&](const Step& one) {
    bytes += one.changes.rows.bytes();
    return bytes > kMostBytes;
  });
}

std::optional<ViewChanges::Found> ViewChanges::Find(const std::string& table, delta::Version before,
                                                    delta::Version now,
                                                    const Schema& schema) const {
  const std::lock_guard lock(mutex_);
  for (const Step& step : steps_) {
    if (step.table != table || step.before != before || step.now != now) continue;
    auto named = NamedFor(schema, step.changes);
    if (!named) return std::nullopt;
    return Found{step.changes.kind, step.changes.rows.AsInput(*std::move(named))};
  }
  return std::nullopt;
}

}  // namespace weir::session
