#include "weir/connect/files/folder_columns.h"

#include <algorithm>
#include <limits>
#include <map>

#include "weir/base/error.h"
#include "weir/types/parse_text.h"

namespace weir::connect {

namespace {

constexpr std::string_view kNullFolder = "__HIVE_DEFAULT_PARTITION__";
constexpr size_t kMostDecimalDigits = 38;

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string UnescapedFolder(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = high < 0 ? -1 : HexDigit(text[i + 2]);
    if (low < 0) {
      plain += text[i];
    } else {
      plain += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return plain;
}

bool IsWholeNumber(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// "2024-01-31", and behind it a time if `timed`: what CAST takes besides would be too much.
bool LooksLikeDate(std::string_view text, bool timed) {
  constexpr std::string_view kDate = "dddd-dd-dd";
  constexpr std::string_view kTime = "dddd-dd-dd dd:dd:dd";
  const std::string_view shape = timed ? kTime : kDate;
  if (timed ? text.size() < shape.size() : text.size() != shape.size()) return false;
  for (size_t i = 0; i < shape.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    const bool separates = text[i] == shape[i] || (shape[i] == ' ' && text[i] == 'T');
    if (shape[i] == 'd' ? !digit : !separates) return false;
  }
  return true;
}

DataType TypeOfFolder(const std::string& text, const TimeZone& zone) {
  if (IsWholeNumber(text)) {
    const auto value = ParseLong(text);
    if (value) {
      const bool is_int = *value >= std::numeric_limits<int32_t>::min() &&
                          *value <= std::numeric_limits<int32_t>::max();
      return is_int ? TypeId::kInt : TypeId::kLong;
    }
    const size_t digits = text.size() - (text.find_first_of("+-") == 0 ? 1 : 0);
    if (digits <= kMostDecimalDigits) return DataType::Decimal(static_cast<int>(digits), 0);
  }
  const bool has_digit = text.find_first_of("0123456789") != std::string::npos;
  if (has_digit && ParseDouble(text)) return TypeId::kDouble;
  if (LooksLikeDate(text, false) && ParseDate(text)) return TypeId::kDate;
  if (LooksLikeDate(text, true) && ParseTimestamp(text, zone)) return TypeId::kTimestamp;
  return TypeId::kString;
}

DataType MergedFolderType(const DataType& left, const DataType& right) {
  if (left == right) return left;
  const auto rank = [](const DataType& type) {
    return type.id() == TypeId::kInt ? 0 : type.id() == TypeId::kLong ? 1 : 2;
  };
  if (left.IsNumeric() && right.IsNumeric()) {
    if (left.id() == TypeId::kDouble || right.id() == TypeId::kDouble) return TypeId::kDouble;
    if (left.IsIntegral() && right.IsIntegral()) return rank(left) > rank(right) ? left : right;
    const auto digits = [](const DataType& type) {
      return type.id() == TypeId::kInt ? 10 : type.id() == TypeId::kLong ? 20 : type.precision();
    };
    return DataType::Decimal(std::max(digits(left), digits(right)), 0);
  }
  const auto is_moment = [](const DataType& type) {
    return type.id() == TypeId::kDate || type.id() == TypeId::kTimestamp;
  };
  return is_moment(left) && is_moment(right) ? TypeId::kTimestamp : TypeId::kString;
}

std::string_view BelowPrefix(const SourceFile& file, const std::string& prefix) {
  std::string_view path = file.key;
  if (path.starts_with(prefix)) path.remove_prefix(prefix.size());
  return path;
}

std::optional<Value> FolderValue(const std::string& text, const DataType& type,
                                 const TimeZone& zone) {
  if (type.id() != TypeId::kTimestamp) return ParseValue(text, type);
  const auto micros = ParseTimestamp(text, zone);
  return micros ? std::optional(Value(type, *micros)) : std::nullopt;
}

[[noreturn]] void RefuseValue(const Field& column, const std::string& text,
                              const SourceFile& file) {
  throw DiagnosticError({{"INVALID_PARTITION_VALUE", "42846", Span{},
                          "the folder value '" + text + "' of column " + QuoteName(column.name) +
                              " is not of type " + column.type.ToSql() + ": " + file.uri,
                          "move the folder away, or give schemaHints => '" + column.name +
                              " STRING' (which an "
                              "existing table takes with a full refresh)"}});
}

}  // namespace

FolderPairs FoldersOf(std::string_view path) {
  FolderPairs pairs;
  for (size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/')) {
    const std::string_view folder = path.substr(0, slash);
    path.remove_prefix(slash + 1);
    const size_t equals = folder.find('=');
    if (equals == std::string_view::npos || equals == 0) continue;
    const std::string_view value = folder.substr(equals + 1);
    pairs.emplace_back(UnescapedFolder(folder.substr(0, equals)),
                       value == kNullFolder ? std::nullopt : std::optional(UnescapedFolder(value)));
  }
  return pairs;
}

Schema InferFolderColumns(const FileOptions& options, const std::vector<SourceFile>& files,
                          const std::string& prefix) {
  std::vector<Field> fields;
  std::map<std::string, size_t> places;  // By name in lower case.
  const auto place_of = [&](const std::string& name) {
    const auto [at, is_new] = places.emplace(LowerName(name), fields.size());
    if (is_new) fields.push_back({name, TypeId::kVoid});
    return at->second;
  };
  if (options.folder_columns) {
    for (const std::string& name : *options.folder_columns) place_of(name);
  }
  if (options.reads_folders) {
    std::map<std::pair<size_t, std::string>, bool> seen;
    for (const SourceFile& file : files) {
      const std::string_view below = BelowPrefix(file, prefix);
      if (below.find('=') == std::string_view::npos) continue;
      for (const auto& [name, value] : FoldersOf(below)) {
        if (options.folder_columns && !places.contains(LowerName(name))) continue;
        const size_t place = place_of(name);
        if (!value || !seen.emplace(std::pair(place, *value), true).second) continue;
        DataType& type = fields[place].type;
        const DataType now = TypeOfFolder(*value, *options.zone);
        type = type.id() == TypeId::kVoid ? now : MergedFolderType(type, now);
      }
    }
  }
  for (Field& field : fields) {
    if (field.type.id() == TypeId::kVoid || !options.infer_types) field.type = TypeId::kString;
    for (const Field& hint : options.hints.fields()) {
      if (LowerName(hint.name) == LowerName(field.name)) field.type = hint.type;
    }
  }
  return Schema(std::move(fields));
}

Schema WithFolderColumns(const Schema& columns, const Schema& folders) {
  std::vector<Field> fields = columns.fields();
  for (const Field& folder : folders.fields()) {
    const auto same = std::find_if(fields.begin(), fields.end(), [&](const Field& field) {
      return LowerName(field.name) == LowerName(folder.name);
    });
    if (same == fields.end()) {
      fields.push_back(folder);
    } else {
      same->type = folder.type;
    }
  }
  return Schema(std::move(fields));
}

void SetFolderValues(const Schema& columns, const std::string& prefix, const TimeZone& zone,
                     std::vector<SourceFile>& files) {
  if (columns.size() == 0) return;
  for (SourceFile& file : files) {
    file.folder_values.clear();
    const FolderPairs pairs = FoldersOf(BelowPrefix(file, prefix));
    for (const Field& column : columns.fields()) {
      const auto pair = std::find_if(pairs.begin(), pairs.end(), [&](const auto& one) {
        return LowerName(one.first) == LowerName(column.name);
      });
      if (pair == pairs.end() || !pair->second) {
        file.folder_values.push_back(Value::Null(column.type));
        continue;
      }
      auto value = FolderValue(*pair->second, column.type, zone);
      if (!value) RefuseValue(column, *pair->second, file);
      file.folder_values.push_back(*std::move(value));
    }
  }
}

}  // namespace weir::connect
