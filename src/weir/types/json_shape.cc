#include "weir/types/json_shape.h"

namespace weir {

JsonShape::JsonShape(const DataType& type, bool case_sensitive)
    : type_(type), case_sensitive_(case_sensitive) {
  const auto add = [&](const DataType& child) {
    children_.push_back(std::make_unique<JsonShape>(child, case_sensitive));
  };
  if (type.id() == TypeId::kArray) add(type.element());
  if (type.id() == TypeId::kMap) add(type.value());
  if (type.id() != TypeId::kStruct) return;
  for (size_t i = 0; i < type.fields().size(); ++i) {
    const std::string& name = type.fields()[i].name;
    add(type.fields()[i].type);
    by_name_.emplace(case_sensitive ? name : LowerName(name), i);
  }
}

std::optional<size_t> JsonShape::Find(std::string_view name, size_t& hint) const {
  const auto& fields = type_.fields();
  if (hint < fields.size() && fields[hint].name == name) return hint++;
  const auto found = by_name_.find(case_sensitive_ ? std::string(name) : LowerName(name));
  if (found == by_name_.end()) return std::nullopt;
  hint = found->second + 1;
  return found->second;
}

}  // namespace weir
