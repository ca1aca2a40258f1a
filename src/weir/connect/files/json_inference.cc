#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "weir/base/json_cursor.h"
#include "weir/connect/files/sample.h"
#include "weir/connect/files/utf8.h"
#include "weir/types/parse_text.h"

namespace weir::connect {

namespace {

constexpr int kMostDigits = 38;

int Digits(const DataType& type) {
  return type.id() == TypeId::kLong ? 20 : type.precision() - type.scale();
}

DataType MergeJsonNumbers(const DataType& left, const DataType& right) {
  if (left == right) return left;
  if (left.id() == TypeId::kDouble || right.id() == TypeId::kDouble) return TypeId::kDouble;
  const int precision = std::max(Digits(left), Digits(right));
  return precision > kMostDigits ? DataType(TypeId::kDouble) : DataType::Decimal(precision, 0);
}

DataType TypeOfNumber(std::string_view number) {
  if (number.find_first_of(".eE") != std::string_view::npos) return TypeId::kDouble;
  if (ParseLong(number)) return TypeId::kLong;
  const int digits = static_cast<int>(std::min<size_t>(number.size(), 1000)) - (number[0] == '-');
  return digits > kMostDigits ? DataType(TypeId::kDouble) : DataType::Decimal(digits, 0);
}

// What the values at one place in the records were like so far.
class Seen {
 public:
  void Look(JsonCursor& cursor) {
    const JsonKind kind = cursor.Kind();
    if (kind != JsonKind::kNull) ++times_;
    if (kind == JsonKind::kObject && Is(TypeId::kStruct)) {
      std::string scratch;
      cursor.BeginObject();
      for (std::string_view name; cursor.NextMember(name);) {
        members_[std::string(UnescapeJson(name, scratch))].Look(cursor);
      }
    } else if (kind == JsonKind::kArray && Is(TypeId::kArray)) {
      if (!element_) element_ = std::make_unique<Seen>();
      cursor.BeginArray();
      while (cursor.NextItem()) element_->Look(cursor);
    } else if (kind == JsonKind::kNumber && (Is(TypeId::kLong) || type_.IsNumeric())) {
      const DataType type = TypeOfNumber(cursor.TakeNumber());
      type_ = times_ == 1 || type_.id() == TypeId::kVoid ? type : MergeJsonNumbers(type_, type);
    } else {
      const bool word = kind == JsonKind::kTrue || kind == JsonKind::kFalse;
      if (kind != JsonKind::kNull && !(word && Is(TypeId::kBoolean))) type_ = TypeId::kString;
      cursor.Skip();
    }
  }

  // Nothing when no column can be made of it: objects that never had a member.
  std::optional<DataType> Type(bool primitives_as_text) const {
    switch (type_.id()) {
      case TypeId::kVoid:
        return TypeId::kString;
      case TypeId::kStruct: {
        std::vector<Field> fields = Fields(primitives_as_text);
        if (fields.empty()) return std::nullopt;
        return DataType::Struct(std::move(fields));
      }
      case TypeId::kArray: {
        const auto element = element_->Type(primitives_as_text);
        if (!element) return std::nullopt;
        return DataType::Array(*element);
      }
      default:
        return primitives_as_text ? DataType(TypeId::kString) : type_;
    }
  }

  // By name. Of names that differ only in case, the most frequent; the others are rescued.
  std::vector<Field> Fields(bool primitives_as_text) const {
    std::map<std::string, const std::string*> chosen;
    for (const auto& [name, seen] : members_) {
      const std::string*& best = chosen[LowerName(name)];
      if (best == nullptr || members_.at(*best).times_ < seen.times_) best = &name;
    }
    std::vector<Field> fields;
    for (const auto& [name, seen] : members_) {
      if (*chosen[LowerName(name)] != name) continue;
      if (const auto type = seen.Type(primitives_as_text)) fields.push_back({name, *type});
    }
    return fields;
  }

 private:
  // Whether it is, or can still become, of this type; then it is.
  bool Is(TypeId id) {
    if (type_.id() == TypeId::kVoid) {
      if (id == TypeId::kLong) return true;  // A number; which, is seen from its digits.
      type_ = id == TypeId::kStruct  ? DataType::Struct({})
              : id == TypeId::kArray ? DataType::Array(TypeId::kVoid)
                                     : DataType(id);
    }
    return type_.id() == id;
  }

  int64_t times_ = 0;
  DataType type_;
  std::unique_ptr<Seen> element_;
  std::map<std::string, Seen> members_;
};

bool IsWellFormed(std::string_view text) {
  JsonCursor cursor(text);
  const JsonKind kind = cursor.Kind();
  cursor.Skip();
  return IsUtf8(text) && cursor.ok() && cursor.AtEnd() &&
         (kind == JsonKind::kObject || kind == JsonKind::kArray);
}

void LookAtRecord(Seen& records, std::string_view text, bool may_be_list) {
  if (!IsWellFormed(text)) return;
  JsonCursor cursor(text);
  if (cursor.Kind() == JsonKind::kObject) return records.Look(cursor);
  if (!may_be_list) return;
  cursor.BeginArray();
  while (cursor.NextItem()) {
    if (cursor.Kind() == JsonKind::kObject) {
      records.Look(cursor);
    } else {
      cursor.Skip();
    }
  }
}

}  // namespace

Schema InferJson(const FileOptions& options, const std::vector<SourceFile>& sample,
                 io::ObjectStore& store) {
  Seen records;
  const RecordOptions record_options = RecordOptionsFrom(options.record_options, options.zone);
  const size_t bytes = SampleBytes(sample.size());
  for (const SourceFile& file : sample) {
    SampleRecords(file, store, options.format, record_options, [&](TextReader& lines) {
      TextLine line;
      while (lines.offset() < bytes && lines.Next(line)) {
        LookAtRecord(records, line.text, !record_options.multi_line);
      }
    });
  }
  std::vector<Field> fields = records.Fields(record_options.primitives_as_text);
  for (Field& field : fields) {
    if (!options.infer_types) field.type = TypeId::kString;
  }
  return Schema(std::move(fields));
}

}  // namespace weir::connect
