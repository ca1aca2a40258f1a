#include "weir/types/clock_value.h"

#include <utility>
#include <vector>

namespace weir {

Value OnClocksOf(const TimeZone& zone, Value value) {
  if (value.is_null() || zone.IsUtc()) return value;
  if (value.type().id() == TypeId::kTimestamp) {
    return Value(value.type(), zone.ToLocal(value.integer()));
  }
  if (!value.type().IsNested()) return value;
  std::vector<Value> items;
  items.reserve(value.items().size());
  for (const Value& item : value.items()) items.push_back(OnClocksOf(zone, item));
  return Value(value.type(), std::move(items));
}

}  // namespace weir
