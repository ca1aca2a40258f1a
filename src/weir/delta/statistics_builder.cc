#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>

#include "weir/base/clock.h"
#include "weir/delta/json_writer.h"
#include "weir/delta/properties.h"
#include "weir/delta/statistics.h"

namespace weir::delta {
namespace {

constexpr size_t kLongestText = 32;  // Characters.

using WrittenColumns = std::map<Predicate::Path, WrittenColumn>;

bool IsLead(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

// The first `count` characters of UTF-8 `text`.
std::string_view FirstCharacters(std::string_view text, size_t count) {
  size_t seen = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (IsLead(text[i]) && seen++ == count) return text.substr(0, i);
  }
  return text;
}

std::optional<std::string> TextBound(const std::string& text, bool is_max) {
  const std::string_view first = FirstCharacters(text, kLongestText);
  if (first.size() == text.size() || !is_max) return std::string(first);
  return AboveAllWithPrefix(std::string(first));
}

// Milliseconds, rounded toward the past, as readers expect of both bounds.
std::string TimestampBound(int64_t micros, bool is_instant) {
  const int64_t millis = Instant{micros}.millis();
  int64_t fraction = millis % 1000;
  if (fraction < 0) fraction += 1000;
  std::string text = FormatIso(Instant{(millis - fraction) * 1000});
  text.pop_back();
  std::string digits = std::to_string(fraction);
  digits.insert(0, 3 - digits.size(), '0');
  return text + "." + digits + (is_instant ? "Z" : "");
}

template <typename Real>
std::string Shortest(Real value) {
  char text[64];
  const auto [end, error] = std::to_chars(text, text + sizeof(text), value);
  return error == std::errc() ? std::string(text, end) : std::string();
}

std::string Quoted(std::string_view text) {
  std::string json;
  AppendJsonString(json, text);
  return json;
}

// The bound as JSON text; "" when it can't be told.
std::string BoundJson(const Value& value, bool is_max) {
  if (value.is_null()) return {};
  switch (value.type().id()) {
    case TypeId::kByte:
    case TypeId::kShort:
    case TypeId::kInt:
    case TypeId::kLong:
      return std::to_string(value.integer());
    case TypeId::kFloat:
      return std::isfinite(value.real()) ? Shortest(static_cast<float>(value.real())) : "";
    case TypeId::kDouble:
      return std::isfinite(value.real()) ? Shortest(value.real()) : "";
    case TypeId::kDecimal:
      return DecimalToString(value.decimal(), value.type().scale());
    case TypeId::kDate:
      return Quoted(value.ToString());
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
      return Quoted(TimestampBound(value.integer(), value.type().id() == TypeId::kTimestamp));
    case TypeId::kString:
      if (const auto text = TextBound(value.text(), is_max)) return Quoted(*text);
      return {};
    default:
      return {};
  }
}

// "`a`.b" for telling whether a property names a column or a struct above it.
std::string DottedName(const Predicate::Path& path, size_t length) {
  std::string name;
  for (size_t i = 0; i < length; ++i) name += (i > 0 ? "." : "") + LowerName(path[i]);
  return name;
}

bool Named(const std::vector<std::string>& names, const Predicate::Path& path) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    std::string plain = LowerName(name);
    std::erase(plain, '`');
    for (size_t length = 1; length <= path.size(); ++length) {
      if (DottedName(path, length) == plain) return true;
    }
    return false;
  });
}

// Which leaves get statistics, asked in schema order.
class Choice {
 public:
  explicit Choice(const TableProperties& properties) : properties_(properties) {}
  bool Takes(const Predicate::Path& leaf) {
    if (properties_.statistics_columns) return Named(*properties_.statistics_columns, leaf);
    return properties_.indexed_columns < 0 || seen_++ < properties_.indexed_columns;
  }

 private:
  const TableProperties& properties_;
  int64_t seen_ = 0;
};

struct Leaf {
  Predicate::Path path;    // In the schema's names.
  Predicate::Path stored;  // In those of the files.
};

void CollectLeaves(const std::vector<Field>& fields, Predicate::Path& path, Choice& choice,
                   std::vector<Predicate::Path>& leaves) {
  for (const Field& field : fields) {
    path.push_back(field.name);
    if (field.type.id() == TypeId::kStruct) {
      CollectLeaves(field.type.fields(), path, choice, leaves);
    } else if (choice.Takes(path)) {
      leaves.push_back(path);
    }
    path.pop_back();
  }
}

// What files call a leaf that is there.
Predicate::Path StoredPath(const Predicate::Path& path, std::span<const Field> fields,
                           std::span<const StoredField> stored) {
  Predicate::Path names;
  for (const std::string& part : path) {
    size_t at = 0;
    while (fields[at].name != part) ++at;
    names.push_back(stored[at].name);
    if (names.size() == path.size()) break;
    stored = stored[at].children;
    fields = fields[at].type.fields();
  }
  return names;
}

// Writes {"a":..,"s":{"b":..}} for the leaves that `json_of` has a text for.
template <typename JsonOf>
void WriteNested(std::string& out, const std::vector<Leaf>& leaves, const JsonOf& json_of) {
  std::vector<std::string> open;  // The structs that are open around the next leaf.
  std::vector<bool> has_member{false};
  out += '{';
  const auto comma = [&] {
    if (has_member.back()) out += ',';
    has_member.back() = true;
  };
  const auto close_to = [&](size_t depth) {
    for (; open.size() > depth; open.pop_back(), has_member.pop_back()) out += '}';
  };
  for (const auto& [path, leaf] : leaves) {
    const std::string json = json_of(path);
    if (json.empty()) continue;
    size_t shared = 0;
    while (shared < open.size() && shared + 1 < leaf.size() && open[shared] == leaf[shared])
      ++shared;
    close_to(shared);
    for (size_t i = shared; i + 1 < leaf.size(); ++i) {
      comma();
      AppendJsonString(out, leaf[i]);
      out += ":{";
      open.push_back(leaf[i]);
      has_member.push_back(false);
    }
    comma();
    AppendJsonString(out, leaf.back());
    out += ':';
    out += json;
  }
  close_to(0);
  out += '}';
}

}  // namespace

std::vector<Predicate::Path> StatisticsLeaves(const Schema& file_columns,
                                              const Metadata& metadata) {
  const TableProperties properties = PropertiesOf(metadata.configuration);
  Choice choice(properties);
  std::vector<Predicate::Path> leaves;
  Predicate::Path path;
  CollectLeaves(file_columns.fields(), path, choice, leaves);
  return leaves;
}

std::string BuildStatsJson(const Schema& file_columns, const Metadata& metadata, int64_t rows,
                           const WrittenColumns& columns) {
  const auto stored = StoredFieldsOf(file_columns, metadata.configuration);
  std::vector<Leaf> leaves;
  for (Predicate::Path& path : StatisticsLeaves(file_columns, metadata)) {
    Predicate::Path in_files = StoredPath(path, file_columns.fields(), stored);
    leaves.push_back({std::move(path), std::move(in_files)});
  }

  const auto bound = [&](const Predicate::Path& leaf, bool is_max) -> std::string {
    const auto found = columns.find(leaf);
    if (found == columns.end() || found->second.has_nan) return {};
    const auto& value = is_max ? found->second.statistics.max : found->second.statistics.min;
    return value ? BoundJson(*value, is_max) : std::string();
  };
  std::string json;
  JsonObjectWriter out(json);
  out.Integer("numRecords", rows);
  WriteNested(out.Key("minValues"), leaves, [&](const auto& leaf) { return bound(leaf, false); });
  WriteNested(out.Key("maxValues"), leaves, [&](const auto& leaf) { return bound(leaf, true); });
  WriteNested(out.Key("nullCount"), leaves, [&](const auto& leaf) -> std::string {
    const auto found = columns.find(leaf);
    if (found == columns.end() || !found->second.statistics.null_count) return {};
    return std::to_string(*found->second.statistics.null_count);
  });
  out.End();
  return json;
}

}  // namespace weir::delta
