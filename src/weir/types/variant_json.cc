#include "weir/types/variant_json.h"

#include <algorithm>

#include "weir/types/parse_text.h"

namespace weir {

namespace {

// A number without exponent that a decimal holds with all its digits.
bool AppendDecimal(std::string_view number, VariantBuilder& builder) {
  constexpr int kMostDigits = 38;
  Int128 unscaled = 0;
  int digits = 0;
  int scale = 0;
  bool fraction = false;
  for (const char c : number) {
    if (c == '-') continue;
    if (c == '.') {
      fraction = true;
      continue;
    }
    if (c < '0' || c > '9') return false;
    if (digits > 0 || c != '0') ++digits;
    if (fraction) ++scale;
    if (digits > kMostDigits || scale > kMostDigits) return false;
    unscaled = unscaled * 10 + (c - '0');
  }
  builder.AppendDecimal(number[0] == '-' ? -unscaled : unscaled, scale);
  return true;
}

void AppendNumber(std::string_view number, VariantBuilder& builder) {
  const bool whole = number.find_first_of(".eEN") == std::string_view::npos;
  if (const auto value = whole ? ParseLong(number) : std::nullopt) {
    builder.AppendLong(*value);
  } else if (!AppendDecimal(number, builder)) {
    builder.AppendDouble(ParseDouble(number).value_or(0));
  }
}

bool AppendObject(JsonCursor& cursor, VariantBuilder& builder) {
  const size_t start = builder.position();
  std::vector<VariantBuilder::Member> members;
  std::string scratch;
  cursor.BeginObject();
  for (std::string_view name; cursor.NextName(name, scratch);) {
    members.push_back({builder.AddName(name), static_cast<uint32_t>(builder.position() - start)});
    if (!AppendJson(cursor, builder)) return false;
  }
  return cursor.ok() && builder.FinishObject(start, members);
}

bool AppendArray(JsonCursor& cursor, VariantBuilder& builder) {
  const size_t start = builder.position();
  std::vector<uint32_t> offsets;
  cursor.BeginArray();
  while (cursor.NextItem()) {
    offsets.push_back(static_cast<uint32_t>(builder.position() - start));
    if (!AppendJson(cursor, builder)) return false;
  }
  if (cursor.ok()) builder.FinishArray(start, offsets);
  return cursor.ok();
}

}  // namespace

bool AppendJson(JsonCursor& cursor, VariantBuilder& builder) {
  switch (const JsonKind kind = cursor.Kind()) {
    case JsonKind::kObject:
      return AppendObject(cursor, builder);
    case JsonKind::kArray:
      return AppendArray(cursor, builder);
    case JsonKind::kText: {
      std::string scratch;
      const std::string_view text = cursor.TakeText(scratch);
      if (cursor.ok()) builder.AppendText(text);
      return cursor.ok();
    }
    case JsonKind::kNumber: {
      const std::string_view number = cursor.TakeNumber();
      if (cursor.ok()) AppendNumber(number, builder);
      return cursor.ok();
    }
    default:
      cursor.TakeWord();
      if (!cursor.ok()) return false;
      if (kind == JsonKind::kNull) {
        builder.AppendNull();
      } else {
        builder.AppendBoolean(kind == JsonKind::kTrue);
      }
      return true;
  }
}

}  // namespace weir
