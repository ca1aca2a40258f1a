#include "conformance/spark_sql/hive_text.h"

#include <cstdlib>

#include <fmt/format.h>

#include "weir/types/variant.h"

namespace weir::spark_sql {
namespace {

std::string YearMonth(int64_t months) {
  return fmt::format("{}{}-{}", months < 0 ? "-" : "", std::llabs(months) / 12,
                     std::llabs(months) % 12);
}

std::string DayTime(int64_t micros) {
  const int64_t size = std::llabs(micros);
  const int64_t seconds = size / 1000000;
  return fmt::format("{}{} {:02}:{:02}:{:02}.{:09}", micros < 0 ? "-" : "", seconds / 86400,
                     seconds / 3600 % 24, seconds / 60 % 60, seconds % 60, size % 1000000 * 1000);
}

std::string Nested(const Value& value) {
  if (value.is_null()) return "null";
  const std::string text = HiveText(value);
  return value.type().id() == TypeId::kString ? '"' + text + '"' : text;
}

std::string Items(const Value& value) {
  std::string text;
  for (const Value& item : value.items()) text += (text.empty() ? "" : ",") + Nested(item);
  return "[" + text + "]";
}

std::string Entries(const Value& value) {
  std::string text;
  for (size_t i = 0; i + 1 < value.items().size(); i += 2) {
    text += (i == 0 ? "" : ",") + Nested(value.items()[i]) + ":" + Nested(value.items()[i + 1]);
  }
  return "{" + text + "}";
}

std::string Members(const Value& value) {
  std::string text;
  for (size_t i = 0; i < value.items().size(); ++i) {
    text += (i == 0 ? "" : ",") + ('"' + value.type().fields()[i].name + "\":") +
            Nested(value.items()[i]);
  }
  return "{" + text + "}";
}

}  // namespace

std::string HiveText(const Value& value) {
  if (value.is_null()) return "NULL";
  switch (value.type().id()) {
    case TypeId::kYearMonthInterval:
      return YearMonth(value.integer());
    case TypeId::kDayTimeInterval:
      return DayTime(value.integer());
    case TypeId::kBinary:
      return value.text();
    case TypeId::kArray:
      return Items(value);
    case TypeId::kMap:
      return Entries(value);
    case TypeId::kStruct:
      return Members(value);
    case TypeId::kVariant:
      return VariantView(value.text()).ToJson();
    default:
      return value.ToString();
  }
}

}  // namespace weir::spark_sql
