#include "weir/app/cell_text.h"

#include "weir/base/base64.h"
#include "weir/types/variant.h"

namespace weir::app {
namespace {

std::string Item(const Value& value, const TimeZone& zone) {
  return value.is_null() ? "null" : CellText(value, zone);
}

std::string Entries(const Value& map, const TimeZone& zone) {
  std::string text;
  for (size_t i = 0; i + 1 < map.items().size(); i += 2) {
    text += (text.empty() ? "" : ", ") + Item(map.items()[i], zone) + " -> " +
            Item(map.items()[i + 1], zone);
  }
  return "{" + text + "}";
}

std::string Items(const Value& value, const char* open, const char* close, const TimeZone& zone) {
  std::string text;
  for (size_t i = 0; i < value.items().size(); ++i) {
    text += (i ? ", " : "") + Item(value.items()[i], zone);
  }
  return open + text + close;
}

}  // namespace

std::string CellText(const Value& value, const TimeZone& zone) {
  if (value.is_null()) return value.ToString();
  switch (value.type().id()) {
    case TypeId::kBinary:
      return ToBase64(value.text());
    case TypeId::kStruct:
      return Items(value, "{", "}", zone);
    case TypeId::kArray:
      return Items(value, "[", "]", zone);
    case TypeId::kMap:
      return Entries(value, zone);
    case TypeId::kVariant:
      return VariantView(value.text()).ToJson(zone);
    default:
      return value.ToString();
  }
}

}  // namespace weir::app
