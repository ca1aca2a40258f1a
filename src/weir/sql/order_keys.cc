#include "weir/sql/order_keys.h"

#include <algorithm>

namespace weir::sql {

namespace {

constexpr const char* kKeyFunction = "weir_order_key";

// Each element as a struct of its own, in which `parts` come before it.
std::string WithKeys(const std::string& list, const std::string& parts) {
  return "list_transform(" + list + ", lambda weir_x: struct_pack(" + parts +
         "k := " + kKeyFunction + "(weir_x), v := weir_x))";
}

}  // namespace

bool NeedsOrderKey(const DataType& type) {
  if (type.id() == TypeId::kArray) return type.contains_null() || NeedsOrderKey(type.element());
  if (type.id() != TypeId::kStruct) return false;
  return std::any_of(type.fields().begin(), type.fields().end(), [](const Field& field) {
    return field.nullable || NeedsOrderKey(field.type);
  });
}

std::string OrderKey(const DataType& type, const std::string& text) {
  return NeedsOrderKey(type) ? std::string(kKeyFunction) + "(" + text + ")" : text;
}

std::string ExtremeByKey(const std::string& list, const std::string& function) {
  const std::string given = "list_filter(" + list + ", lambda weir_x: weir_x IS NOT NULL)";
  return "struct_extract(" + function + "(" + WithKeys(given, "") + "), 'v')";
}

std::string SortedByKey(const std::string& list, KeySort order) {
  const bool nulls_last = order == KeySort::kNullsLast;
  const std::string keyed =
      WithKeys(list, nulls_last ? "n := weir_x IS NULL, " : "n := weir_x IS NOT NULL, ");
  const std::string direction =
      order == KeySort::kDescendingNullsLast ? "'DESC', 'NULLS LAST'" : "'ASC', 'NULLS FIRST'";
  return "list_transform(list_sort(" + keyed + ", " + direction + "), lambda weir_x: weir_x.v)";
}

}  // namespace weir::sql
