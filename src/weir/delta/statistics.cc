#include "weir/delta/statistics.h"

#include <simdjson.h>

#include <algorithm>

namespace weir::delta {
namespace {

namespace ondemand = simdjson::ondemand;

enum class Part { kMin, kMax, kNullCount };

struct Target {
  FileStatistics& statistics;
  const std::set<std::string>* wanted;
  bool is_tight = true;
};

std::string_view Trimmed(std::string_view text) {
  const size_t end = text.find_last_not_of(" \t\r\n");
  return end == std::string_view::npos ? std::string_view() : text.substr(0, end + 1);
}

// Writers cut long strings to a prefix and append one of these to the maximum, which need not sort
// above every character that was cut off.
bool TakeTieBreaker(std::string& text) {
  for (const std::string_view mark : {"\xEF\xBF\xBD", "\xF4\x8F\xBF\xBF"}) {
    if (!text.ends_with(mark)) continue;
    text.resize(text.size() - mark.size());
    return true;
  }
  return false;
}

std::optional<Value> StringMaximum(std::string text) {
  if (!TakeTieBreaker(text)) return Value::String(std::move(text));
  auto above = AboveAllWithPrefix(std::move(text));
  if (!above) return std::nullopt;
  return Value::String(*std::move(above));
}

// Some writers take decimals through a double, which keeps 15 digits.
Value Widened(const Value& decimal, Part part) {
  if (decimal.type().precision() <= 15) return decimal;
  const Int128 unscaled = decimal.decimal();
  const Int128 slack = ((unscaled < 0 ? -unscaled : unscaled) >> 52) + 1;
  return Value(decimal.type(), part == Part::kMin ? unscaled - slack : unscaled + slack);
}

std::optional<Value> Bound(std::string text, const DataType& type, Part part) {
  if (type.id() == TypeId::kBinary || type.id() == TypeId::kVariant || type.IsNested()) {
    return std::nullopt;
  }
  if (type.id() == TypeId::kString) {
    return part == Part::kMax ? StringMaximum(std::move(text)) : Value::String(std::move(text));
  }
  auto value = ParseValue(text, type);
  if (!value || value->is_null()) return std::nullopt;
  switch (type.id()) {
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
      if (part == Part::kMin) return value;
      return Value(type, value->integer() + 1000);
    case TypeId::kDecimal:
      return Widened(*value, part);
    case TypeId::kFloat:  // "0.1" stands for the float nearest to it.
      return Value(type, static_cast<double>(static_cast<float>(value->real())));
    default:
      return value;
  }
}

void ReadLeaf(ondemand::value value, const DataType& type, Part part, ColumnStatistics& column) {
  if (part == Part::kNullCount) {
    int64_t count = 0;
    if (!value.get_int64().get(count) && count >= 0) column.null_count = count;
    return;
  }
  ondemand::json_type kind;
  if (value.type().get(kind)) return;
  std::optional<Value> bound;
  if (kind == ondemand::json_type::string) {
    std::string_view text;
    if (!value.get_string().get(text)) bound = Bound(std::string(text), type, part);
  } else if (kind == ondemand::json_type::number || kind == ondemand::json_type::boolean) {
    bound = Bound(std::string(Trimmed(value.raw_json_token())), type, part);
  }
  (part == Part::kMin ? column.min : column.max) = std::move(bound);
}

std::optional<size_t> FindStored(const std::vector<StoredField>& stored, std::string_view name) {
  for (size_t i = 0; i < stored.size(); ++i) {
    if (stored[i].name == name) return i;
  }
  return std::nullopt;
}

// A bound may be of a FLOAT, whose text stands for the FLOAT nearest to it, or already of a DOUBLE.
void LoosenFloat(std::optional<Value>& bound, Part part) {
  if (!bound || part == Part::kNullCount) return;
  const double as_float = static_cast<float>(bound->real());
  bound = Value(bound->type(), part == Part::kMin ? std::min(bound->real(), as_float)
                                                  : std::max(bound->real(), as_float));
}

void ReadPart(ondemand::object object, const std::vector<Field>& fields,
              const std::vector<StoredField>& stored, Part part, Predicate::Path& path,
              Target& target) {
  for (auto member : object) {
    std::string_view key;
    ondemand::value value;
    if (member.unescaped_key().get(key) || member.value().get(value)) return;
    const auto at = FindStored(stored, key);
    if (!at) continue;
    const Field* const field = &fields[*at];
    if (path.empty() && target.wanted != nullptr && !target.wanted->contains(field->name)) continue;
    path.push_back(field->name);
    if (field->type.id() == TypeId::kStruct) {
      ondemand::object inner;
      if (!value.get_object().get(inner)) {
        ReadPart(inner, field->type.fields(), stored[*at].children, part, path, target);
      }
    } else {
      ColumnStatistics& column = target.statistics.columns[path];
      ReadLeaf(value, field->type, part, column);
      if (stored[*at].was_float) LoosenFloat(part == Part::kMin ? column.min : column.max, part);
    }
    path.pop_back();
  }
}

void ReadStatistics(ondemand::object object, const Schema& schema,
                    const std::vector<StoredField>& stored, Target& target) {
  for (auto member : object) {
    std::string_view key;
    ondemand::value value;
    if (member.unescaped_key().get(key) || member.value().get(value)) return;
    if (key == "numRecords") {
      int64_t rows = 0;
      if (!value.get_int64().get(rows) && rows >= 0) target.statistics.rows = rows;
      continue;
    }
    if (key == "tightBounds") {
      bool tight = true;
      if (!value.get_bool().get(tight)) target.is_tight = tight;
      continue;
    }
    const bool min = key == "minValues";
    const bool max = key == "maxValues";
    if (!min && !max && key != "nullCount") continue;
    ondemand::object part;
    if (value.get_object().get(part)) continue;
    Predicate::Path path;
    ReadPart(part, schema.fields(), stored,
             min   ? Part::kMin
             : max ? Part::kMax
                   : Part::kNullCount,
             path, target);
  }
}

// The code point that `text` ends with, taken off it. `text` is UTF-8 and not empty.
char32_t TakeLast(std::string& text) {
  size_t begin = text.size() - 1;
  while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xc0) == 0x80) --begin;
  const auto lead = static_cast<unsigned char>(text[begin]);
  const size_t length = text.size() - begin;
  char32_t point = length == 1 ? lead : lead & (0xff >> (length + 1));
  for (size_t i = begin + 1; i < text.size(); ++i) {
    point = point << 6 | (static_cast<unsigned char>(text[i]) & 0x3f);
  }
  text.resize(begin);
  return point;
}

void AppendPoint(std::string& text, char32_t point) {
  if (point < 0x80) {
    text += static_cast<char>(point);
  } else if (point < 0x800) {
    text += static_cast<char>(0xc0 | point >> 6);
    text += static_cast<char>(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    text += static_cast<char>(0xe0 | point >> 12);
    text += static_cast<char>(0x80 | (point >> 6 & 0x3f));
    text += static_cast<char>(0x80 | (point & 0x3f));
  } else {
    text += static_cast<char>(0xf0 | point >> 18);
    text += static_cast<char>(0x80 | (point >> 12 & 0x3f));
    text += static_cast<char>(0x80 | (point >> 6 & 0x3f));
    text += static_cast<char>(0x80 | (point & 0x3f));
  }
}

}  // namespace

std::optional<std::string> AboveAllWithPrefix(std::string prefix) {
  while (!prefix.empty()) {
    char32_t point = TakeLast(prefix);
    if (point >= 0x10ffff) continue;
    ++point;
    if (point == 0xd800) point = 0xe000;  // Surrogates are no characters.
    AppendPoint(prefix, point);
    return prefix;
  }
  return std::nullopt;
}

FileStatistics ParseStatistics(std::string_view stats_json, const Schema& schema,
                               const std::vector<StoredField>& stored,
                               const std::set<std::string>* wanted) {
  FileStatistics statistics;
  if (stats_json.empty()) return statistics;
  thread_local ondemand::parser parser;
  thread_local std::string padded;
  padded.assign(stats_json);
  padded.append(simdjson::SIMDJSON_PADDING, ' ');
  const simdjson::padded_string_view view(padded.data(), stats_json.size(), padded.size());
  ondemand::document document;
  ondemand::object object;
  if (parser.iterate(view).get(document) || document.get_object().get(object)) return statistics;
  Target target{statistics, wanted};
  ReadStatistics(object, schema, stored, target);
  return target.is_tight ? statistics : WithoutRows(std::move(statistics), 0);
}

std::optional<int64_t> RowsOfStatistics(std::string_view stats_json) {
  if (stats_json.empty()) return std::nullopt;
  thread_local ondemand::parser parser;
  thread_local std::string padded;
  padded.assign(stats_json);
  padded.append(simdjson::SIMDJSON_PADDING, ' ');
  ondemand::document document;
  ondemand::object object;
  int64_t rows = 0;
  const simdjson::padded_string_view view(padded.data(), stats_json.size(), padded.size());
  if (parser.iterate(view).get(document) || document.get_object().get(object) ||
      object.find_field("numRecords").get_int64().get(rows) || rows < 0) {
    return std::nullopt;
  }
  return rows;
}

FileStatistics WithoutRows(FileStatistics statistics, int64_t deleted) {
  const std::optional<int64_t> before = statistics.rows;
  if (statistics.rows) statistics.rows = std::max<int64_t>(*statistics.rows - deleted, 0);
  // Of the NULLs only none and all tell anything: whose rows are gone is not known.
  for (auto& [path, column] : statistics.columns) {
    if (column.null_count == 0) continue;
    const bool all = before && column.null_count == before;
    column.null_count = all ? statistics.rows : std::nullopt;
  }
  return statistics;
}

FileStatistics ParseStatistics(std::string_view stats_json, const Schema& schema) {
  return ParseStatistics(stats_json, schema, StoredFieldsOf(schema, {}));
}

}  // namespace weir::delta
