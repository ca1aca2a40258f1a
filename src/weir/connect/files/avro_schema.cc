#include "weir/connect/files/avro_schema.h"

#include <algorithm>
#include <set>

#include "weir/base/error.h"
#include "weir/base/json.h"

namespace weir::connect {

namespace {

constexpr int kDeepest = 100;
constexpr size_t kMostParts = 20'000;
constexpr int kMostDecimalPlaces = 38;

[[noreturn]] void BadSchema(const std::string& why) {
  throw Error(ErrorCode::kCorrupt, "its Avro schema is wrong: " + why);
}

constexpr std::pair<const char*, AvroKind> kPlainKinds[] = {
    {"null", AvroKind::kNull},   {"boolean", AvroKind::kBoolean}, {"int", AvroKind::kInt},
    {"long", AvroKind::kLong},   {"float", AvroKind::kFloat},     {"double", AvroKind::kDouble},
    {"bytes", AvroKind::kBytes}, {"string", AvroKind::kString}};

// A logical type that does not go with what it stands on is passed over, as the format says.
bool GoesWith(const std::string& logical, const AvroType& type) {
  const bool is_bytes = type.kind == AvroKind::kBytes || type.kind == AvroKind::kFixed;
  if (logical == "decimal") {
    return is_bytes && type.precision > 0 && type.precision <= kMostDecimalPlaces &&
           type.scale >= 0 && type.scale <= type.precision;
  }
  if (logical == "date") return type.kind == AvroKind::kInt;
  return type.kind == AvroKind::kLong &&
         (logical == "timestamp-millis" || logical == "timestamp-micros" ||
          logical == "local-timestamp-millis" || logical == "local-timestamp-micros");
}

}  // namespace

class AvroSchema::Parser {
 public:
  explicit Parser(AvroSchema& schema) : schema_(schema) {}

  const AvroType* Parse(const Json& json, const std::string& space, int depth) {
    if (depth > kDeepest || schema_.types_.size() > kMostParts) {
      throw Error(ErrorCode::kInvalid, "its Avro schema is too deep or too large");
    }
    if (json.is_string()) return Named(json.get<std::string>(), space);
    if (json.is_array()) return Union(json, space, depth);
    if (!json.is_object()) BadSchema("a type is neither a name nor an object nor a list");
    const Json& type = json.at("type");
    if (!type.is_string()) return Parse(type, space, depth + 1);
    const std::string name = type.get<std::string>();
    if (name == "record" || name == "error") return Record(json, space, depth);
    if (name == "enum") return Enum(json, space);
    if (name == "fixed") return Fixed(json, space);
    if (name == "array") return Items(AvroKind::kArray, json.at("items"), space, depth);
    if (name == "map") return Items(AvroKind::kMap, json.at("values"), space, depth);
    for (const auto& [plain, kind] : kPlainKinds) {
      if (name != plain) continue;
      AvroType& made = New(kind);
      SetLogical(json, made);
      return &made;
    }
    return Named(name, space);
  }

 private:
  AvroType& New(AvroKind kind) {
    schema_.types_.push_back(std::make_unique<AvroType>());
    schema_.types_.back()->kind = kind;
    return *schema_.types_.back();
  }

  static void SetLogical(const Json& json, AvroType& type) {
    const auto found = json.find("logicalType");
    if (found == json.end() || !found->is_string()) return;
    const auto number = [&](const char* name) {
      const auto at = json.find(name);
      return at != json.end() && at->is_number_integer() ? at->get<int>() : 0;
    };
    type.precision = number("precision");
    type.scale = number("scale");
    const std::string logical = found->get<std::string>();
    if (GoesWith(logical, type)) type.logical = logical;
  }

  const AvroType* Named(const std::string& name, const std::string& space) {
    for (const auto& [plain, kind] : kPlainKinds) {
      if (name == plain) return &New(kind);
    }
    const bool is_full = name.find('.') != std::string::npos || space.empty();
    const auto found = named_.find(is_full ? name : space + "." + name);
    if (found == named_.end()) BadSchema("there is no type " + name);
    return found->second;
  }

  // Makes it known before its fields are read: they may name it.
  AvroType& NewNamed(AvroKind kind, const Json& json, const std::string& space,
                     std::string& own_space) {
    AvroType& type = New(kind);
    const std::string name = json.at("name").get<std::string>();
    const size_t dot = name.rfind('.');
    own_space = dot != std::string::npos     ? name.substr(0, dot)
                : json.contains("namespace") ? json.at("namespace").get<std::string>()
                                             : space;
    type.name = dot != std::string::npos || own_space.empty() ? name : own_space + "." + name;
    if (!named_.emplace(type.name, &type).second) BadSchema("it has two types " + type.name);
    return type;
  }

  const AvroType* Record(const Json& json, const std::string& space, int depth) {
    std::string own_space;
    AvroType& type = NewNamed(AvroKind::kRecord, json, space, own_space);
    for (const Json& field : json.at("fields")) {
      type.names.push_back(field.at("name").get<std::string>());
      type.parts.push_back(Parse(field.at("type"), own_space, depth + 1));
    }
    return &type;
  }

  const AvroType* Enum(const Json& json, const std::string& space) {
    std::string own_space;
    AvroType& type = NewNamed(AvroKind::kEnum, json, space, own_space);
    type.symbols = json.at("symbols").get<std::vector<std::string>>();
    return &type;
  }

  const AvroType* Fixed(const Json& json, const std::string& space) {
    std::string own_space;
    AvroType& type = NewNamed(AvroKind::kFixed, json, space, own_space);
    type.size = json.at("size").get<size_t>();
    SetLogical(json, type);
    return &type;
  }

  const AvroType* Items(AvroKind kind, const Json& of, const std::string& space, int depth) {
    AvroType& type = New(kind);
    type.parts.push_back(Parse(of, space, depth + 1));
    return &type;
  }

  const AvroType* Union(const Json& json, const std::string& space, int depth) {
    AvroType& type = New(AvroKind::kUnion);
    for (const Json& branch : json) type.parts.push_back(Parse(branch, space, depth + 1));
    if (type.parts.empty()) BadSchema("a union has no branches");
    return &type;
  }

  AvroSchema& schema_;
  std::map<std::string, const AvroType*> named_;
};

AvroSchema::AvroSchema(const std::string& text) {
  const Json json = ParseJson(text, "its Avro schema");
  try {
    root_ = Parser(*this).Parse(json, "", 0);
  } catch (const Json::exception& error) {
    throw Error(ErrorCode::kCorrupt, "its Avro schema is wrong", error.what());
  }
}

size_t NullBranch(const AvroType& type) {
  const auto found = std::find_if(type.parts.begin(), type.parts.end(), [](const AvroType* part) {
    return part->kind == AvroKind::kNull;
  });
  return static_cast<size_t>(found - type.parts.begin());
}

namespace {

class ColumnTypes {
 public:
  DataType Of(const AvroType& type) {
    switch (type.kind) {
      case AvroKind::kNull:
        return TypeId::kVoid;
      case AvroKind::kBoolean:
        return TypeId::kBoolean;
      case AvroKind::kInt:
        return type.logical == "date" ? TypeId::kDate : TypeId::kInt;
      case AvroKind::kLong:
        return type.logical.starts_with("local-") ? TypeId::kTimestampNtz
               : type.logical.empty()             ? TypeId::kLong
                                                  : TypeId::kTimestamp;
      case AvroKind::kFloat:
        return TypeId::kFloat;
      case AvroKind::kDouble:
        return TypeId::kDouble;
      case AvroKind::kBytes:
      case AvroKind::kFixed:
        if (type.logical == "decimal") return DataType::Decimal(type.precision, type.scale);
        return TypeId::kBinary;
      case AvroKind::kString:
      case AvroKind::kEnum:
        return TypeId::kString;
      case AvroKind::kArray:
        return DataType::Array(Stored(*type.parts[0]));
      case AvroKind::kMap:
        return DataType::Map(TypeId::kString, Stored(*type.parts[0]));
      case AvroKind::kUnion:
        return OfUnion(type);
      case AvroKind::kRecord:
        return DataType::Struct(FieldsOf(type));
    }
    return TypeId::kVoid;
  }

  std::vector<Field> FieldsOf(const AvroType& record) {
    if (!within_.insert(&record).second) {
      throw Error(ErrorCode::kUnsupported,
                  "its Avro record " + record.name +
                      " contains itself, for which there is no type of column")
          .WithCondition("UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE");
    }
    std::vector<Field> fields;
    for (size_t i = 0; i < record.names.size(); ++i) {
      fields.push_back({record.names[i], Stored(*record.parts[i])});
    }
    within_.erase(&record);
    return fields;
  }

 private:
  // No table has columns that are never anything but NULL.
  DataType Stored(const AvroType& type) {
    const DataType mapped = Of(type);
    return mapped.id() == TypeId::kVoid ? DataType(TypeId::kString) : mapped;
  }

  DataType OfUnion(const AvroType& type) {
    std::vector<const AvroType*> branches;
    for (const AvroType* part : type.parts) {
      if (part->kind != AvroKind::kNull) branches.push_back(part);
    }
    if (branches.empty()) return TypeId::kVoid;
    if (branches.size() == 1) return Of(*branches[0]);
    const auto are = [&](AvroKind one, AvroKind other) {
      return branches.size() == 2 &&
             std::all_of(branches.begin(), branches.end(), [&](const AvroType* branch) {
               return branch->logical.empty() && (branch->kind == one || branch->kind == other);
             });
    };
    if (are(AvroKind::kInt, AvroKind::kLong)) return TypeId::kLong;
    if (are(AvroKind::kFloat, AvroKind::kDouble)) return TypeId::kDouble;
    std::vector<Field> members;
    for (const AvroType* branch : branches) {
      members.push_back({"member" + std::to_string(members.size()), Stored(*branch)});
    }
    return DataType::Struct(std::move(members));
  }

  std::set<const AvroType*> within_;
};

}  // namespace

DataType AvroDataType(const AvroType& type) { return ColumnTypes().Of(type); }

Schema AvroColumns(const AvroType& root) {
  if (root.kind == AvroKind::kRecord) return Schema(ColumnTypes().FieldsOf(root));
  return Schema({{"value", ColumnTypes().Of(root)}});
}

}  // namespace weir::connect
