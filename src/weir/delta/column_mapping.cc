#include "weir/delta/column_mapping.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <set>

#include "weir/base/check.h"
#include "weir/base/error.h"
#include "weir/base/fingerprint.h"
#include "weir/base/json.h"
#include "weir/delta/type_widening.h"
#include "weir/types/schema_json.h"

namespace weir::delta {
namespace {

constexpr const char* kColumnId = "delta.columnMapping.id";
constexpr const char* kPhysicalName = "delta.columnMapping.physicalName";

Json MetadataJson(const Field& field) {
  return ParseJson(field.metadata, "the metadata of column " + field.name);
}

std::optional<int64_t> IdIn(const Json& json) {
  const auto id = json.find(kColumnId);
  if (id == json.end() || !id->is_number_integer()) return std::nullopt;
  const int64_t value = id->get<int64_t>();
  if (value < 0 || value > INT32_MAX) return std::nullopt;
  return value;
}

std::optional<std::string> NameIn(const Json& json) {
  const auto name = json.find(kPhysicalName);
  if (name == json.end() || !name->is_string()) return std::nullopt;
  return name->get<std::string>();
}

std::string_view ModeName(ColumnMapping mapping) {
  return mapping == ColumnMapping::kNone ? "none" : mapping == ColumnMapping::kName ? "name" : "id";
}

// Stored fields -----------------------------------------------------------------------------------

std::vector<StoredField> StoredFields(const std::vector<Field>& fields, ColumnMapping mapping);

std::vector<StoredField> StoredChildren(const DataType& type, ColumnMapping mapping) {
  const auto plain = [&](const char* name, const DataType& of) {
    StoredField child;
    child.name = name;
    child.children = StoredChildren(of, mapping);
    return child;
  };
  switch (type.id()) {
    case TypeId::kStruct:
      return StoredFields(type.fields(), mapping);
    case TypeId::kArray:
      return {plain("element", type.element())};
    case TypeId::kMap:
      return {plain("key", type.key()), plain("value", type.value())};
    default:
      return {};
  }
}

std::vector<StoredField> StoredFields(const std::vector<Field>& fields, ColumnMapping mapping) {
  std::vector<StoredField> stored;
  stored.reserve(fields.size());
  for (const Field& field : fields) {
    StoredField& own = stored.emplace_back();
    own.name = field.name;
    own.was_float = field.type.id() == TypeId::kDouble && WasFloat(field);
    own.children = StoredChildren(field.type, mapping);
    if (mapping == ColumnMapping::kNone) continue;
    const Json json = MetadataJson(field);
    const auto id = IdIn(json);
    const auto name = NameIn(json);
    if (!id || !name) {
      throw Error(ErrorCode::kCorrupt, "column " + QuoteName(field.name) + " has no " +
                                           (id ? kPhysicalName : kColumnId) +
                                           ", though the table's columns are mapped by " +
                                           std::string(ModeName(mapping)));
    }
    own.id = static_cast<int32_t>(*id);
    own.name = *name;
  }
  return stored;
}

// Assigning ---------------------------------------------------------------------------------------

using ChangeField = std::function<void(Field&)>;

void EachField(std::vector<Field>& fields, const ChangeField& change);

DataType EachFieldIn(const DataType& type, const ChangeField& change) {
  switch (type.id()) {
    case TypeId::kStruct: {
      std::vector<Field> fields = type.fields();
      EachField(fields, change);
      return DataType::Struct(std::move(fields));
    }
    case TypeId::kArray:
      return DataType::Array(EachFieldIn(type.element(), change), type.contains_null());
    case TypeId::kMap: {
      DataType key = EachFieldIn(type.key(), change);
      return DataType::Map(std::move(key), EachFieldIn(type.value(), change), type.contains_null());
    }
    default:
      return type;
  }
}

// Above before below, left before right.
void EachField(std::vector<Field>& fields, const ChangeField& change) {
  for (Field& field : fields) {
    change(field);
    if (field.type.IsNested()) field.type = EachFieldIn(field.type, change);
  }
}

Schema ChangedFields(const Schema& schema, const ChangeField& change) {
  std::vector<Field> fields = schema.fields();
  EachField(fields, change);
  return Schema(std::move(fields));
}

int64_t MaxColumnId(const Configuration& configuration) {
  const auto found = configuration.find(kMaxColumnId);
  if (found == configuration.end()) return 0;
  int64_t id = 0;
  const std::string& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size() || id < 0) {
    throw Error(ErrorCode::kCorrupt, "the table property " + std::string(kMaxColumnId) + " is '" +
                                         text + "', not a number");
  }
  return id;
}

// As a UUID is written; the same for the same column of the same table.
std::string NewPhysicalName(const std::string& table_id, int64_t column_id) {
  const std::string number = std::to_string(column_id);
  const std::string digits =
      Fingerprint(table_id + "/" + number) + Fingerprint(number + "/" + table_id);
  return "col-" + digits.substr(0, 8) + "-" + digits.substr(8, 4) + "-" + digits.substr(12, 4) +
         "-" + digits.substr(16, 4) + "-" + digits.substr(20);
}

// Metadata with the mapping of one field in it.
std::string MappedJson(Json json, int64_t id, const std::string& name) {
  json[kColumnId] = id;
  json[kPhysicalName] = name;
  return json.dump();
}

int64_t HighestId(const Schema& schema) {
  int64_t highest = 0;
  std::set<int64_t> seen;
  ChangedFields(schema, [&](const Field& field) {
    const auto id = IdIn(MetadataJson(field));
    if (!id) return;
    if (!seen.insert(*id).second) {
      throw Error(ErrorCode::kCorrupt, "column " + QuoteName(field.name) + " has the " +
                                           std::string(kColumnId) + " " + std::to_string(*id) +
                                           ", as another column has");
    }
    highest = std::max(highest, *id);
  });
  return highest;
}

// Copies the mapping of fields that are there by the same path and of the same type.
void KeepMapping(std::vector<Field>& fields, const std::vector<Field>& old);

DataType KeptIn(const DataType& type, const DataType& old) {
  if (type.id() != old.id()) return type;
  switch (type.id()) {
    case TypeId::kStruct: {
      std::vector<Field> fields = type.fields();
      KeepMapping(fields, old.fields());
      return DataType::Struct(std::move(fields));
    }
    case TypeId::kArray:
      return DataType::Array(KeptIn(type.element(), old.element()), type.contains_null());
    case TypeId::kMap: {
      DataType key = KeptIn(type.key(), old.key());
      return DataType::Map(std::move(key), KeptIn(type.value(), old.value()), type.contains_null());
    }
    default:
      return type;
  }
}

void KeepMapping(std::vector<Field>& fields, const std::vector<Field>& old) {
  for (Field& field : fields) {
    const std::string lowered = LowerName(field.name);
    const auto same = std::find_if(old.begin(), old.end(), [&](const Field& other) {
      return LowerName(other.name) == lowered;
    });
    if (same == old.end()) continue;
    const bool same_kind =
        field.type.IsNested() ? field.type.id() == same->type.id() : field.type == same->type;
    if (!same_kind) continue;
    field.type = KeptIn(field.type, same->type);
    const Json before = MetadataJson(*same);
    const auto id = IdIn(before);
    const auto name = NameIn(before);
    if (id && name) field.metadata = MappedJson(MetadataJson(field), *id, *name);
  }
}

// What is of one table alone.
using Details = std::vector<const char*>;
const Details kMappingDetails = {kColumnId, kPhysicalName, "delta.columnMapping.nested.ids"};
const Details kTypeDetails = {kTypeChanges};

void DropDetails(Field& field, const Details& details) {
  const auto has = [&](const char* key) {
    return field.metadata.find("\"" + std::string(key)) != std::string::npos;
  };
  if (std::none_of(details.begin(), details.end(), has)) return;
  Json json = MetadataJson(field);
  for (const char* key : details) json.erase(key);
  field.metadata = json.dump();
}

bool HoldsDetails(const std::vector<Field>& fields);

bool TypeHoldsDetails(const DataType& type) {
  switch (type.id()) {
    case TypeId::kStruct:
      return HoldsDetails(type.fields());
    case TypeId::kArray:
      return TypeHoldsDetails(type.element());
    case TypeId::kMap:
      return TypeHoldsDetails(type.key()) || TypeHoldsDetails(type.value());
    default:
      return false;
  }
}

bool HoldsDetails(const std::vector<Field>& fields) {
  return std::any_of(fields.begin(), fields.end(), [](const Field& field) {
    return field.metadata.find("\"delta.columnMapping") != std::string::npos ||
           field.metadata.find(kTypeChanges) != std::string::npos || TypeHoldsDetails(field.type);
  });
}

// Looks for fields whose names in files changed, though their own did not.
class LostFields {
 public:
  // Ids up to `given` were given out before.
  explicit LostFields(int64_t given) : given_(given) {}

  using Stored = std::vector<StoredField>;

  std::optional<std::string> In(const std::vector<Field>& before, const Stored& stored_before,
                                const std::vector<Field>& now, const Stored& stored_now) const {
    const Schema now_by_name(now);
    for (size_t i = 0; i < before.size(); ++i) {
      const auto at = now_by_name.Find(before[i].name);
      if (!at) continue;
      const StoredField& old = stored_before[i];
      const StoredField& own = stored_now[*at];
      // A column of an older version, restored, has the id of then.
      if (old.name != own.name && own.id && *own.id > given_) return before[i].name;
      if (auto lost = Inside(before[i].type, old.children, now[*at].type, own.children)) {
        return lost;
      }
    }
    return std::nullopt;
  }

 private:
  std::optional<std::string> Inside(const DataType& before, const Stored& stored_before,
                                    const DataType& now, const Stored& stored_now) const {
    if (before.id() != now.id()) return std::nullopt;
    const auto child = [&](size_t i, const DataType& old, const DataType& own) {
      return Inside(old, stored_before[i].children, own, stored_now[i].children);
    };
    switch (before.id()) {
      case TypeId::kStruct:
        return In(before.fields(), stored_before, now.fields(), stored_now);
      case TypeId::kArray:
        return child(0, before.element(), now.element());
      case TypeId::kMap:
        if (auto lost = child(0, before.key(), now.key())) return lost;
        return child(1, before.value(), now.value());
      default:
        return std::nullopt;
    }
  }

  int64_t given_;
};

}  // namespace

ColumnMapping MappingOf(const Configuration& configuration) {
  const auto found = configuration.find(kMappingMode);
  if (found == configuration.end()) return ColumnMapping::kNone;
  const std::string mode = LowerName(found->second);
  for (const auto mapping : {ColumnMapping::kNone, ColumnMapping::kName, ColumnMapping::kId}) {
    if (mode == ModeName(mapping)) return mapping;
  }
  throw Error(ErrorCode::kInvalid, "table property " + std::string(kMappingMode) + " = '" +
                                       found->second + "' should be 'none', 'name' or 'id'")
      .WithCondition("DELTA_MODE_NOT_SUPPORTED");
}

void CheckMappingChange(const Configuration& before, const Configuration& now) {
  const ColumnMapping from = MappingOf(before);
  const ColumnMapping to = MappingOf(now);
  if (from == to || (from == ColumnMapping::kNone && to == ColumnMapping::kName)) return;
  throw Error(ErrorCode::kInvalid,
              "the column mapping mode of a table can't change from '" +
                  std::string(ModeName(from)) + "' to '" + std::string(ModeName(to)) +
                  "': its files are written by the old one; only from 'none' to 'name' it can")
      .WithCondition("DELTA_UNSUPPORTED_COLUMN_MAPPING_MODE_CHANGE");
}

std::vector<StoredField> StoredFieldsOf(const Schema& schema, const Configuration& configuration) {
  return StoredFields(schema.fields(), MappingOf(configuration));
}

const std::string& StoredName(const Schema& schema, const std::vector<StoredField>& stored,
                              const std::string& column) {
  const auto at = schema.Find(column);
  WEIR_CHECK(at && *at < stored.size());
  return stored[*at].name;
}

Metadata WithMappedColumns(Metadata metadata) {
  if (MappingOf(metadata.configuration) == ColumnMapping::kNone) return metadata;
  const Schema schema = SchemaFromJson(metadata.schema_json);
  int64_t last = std::max(MaxColumnId(metadata.configuration), HighestId(schema));
  const Schema mapped = ChangedFields(schema, [&](Field& field) {
    Json json = MetadataJson(field);
    const auto id = IdIn(json);
    const auto name = NameIn(json);
    if (id && name) return;
    const int64_t own = id ? *id : ++last;
    field.metadata =
        MappedJson(std::move(json), own, name ? *name : NewPhysicalName(metadata.id, own));
  });
  metadata.schema_json = SchemaToJson(mapped);
  metadata.configuration[kMaxColumnId] = std::to_string(last);
  return metadata;
}

Metadata WithColumnsMappedSince(Metadata metadata, const Metadata& before) {
  CheckMappingChange(before.configuration, metadata.configuration);
  if (MappingOf(before.configuration) == MappingOf(metadata.configuration)) return metadata;
  const Schema named = ChangedFields(SchemaFromJson(metadata.schema_json), [](Field& field) {
    Json json = MetadataJson(field);
    if (NameIn(json)) return;
    json[kPhysicalName] = field.name;
    field.metadata = json.dump();
  });
  metadata.schema_json = SchemaToJson(named);
  return WithMappedColumns(std::move(metadata));
}

Metadata WithIdsAfter(Metadata metadata, const Metadata& old) {
  if (MappingOf(metadata.configuration) == ColumnMapping::kNone) return metadata;
  const int64_t given = MaxColumnId(old.configuration);
  if (given > MaxColumnId(metadata.configuration)) {
    metadata.configuration[kMaxColumnId] = std::to_string(given);
  }
  return metadata;
}

Metadata WithMappingOf(Metadata metadata, const Metadata& old) {
  if (MappingOf(metadata.configuration) == ColumnMapping::kNone) return metadata;
  if (MappingOf(old.configuration) != ColumnMapping::kNone) {
    std::vector<Field> fields = SchemaFromJson(metadata.schema_json).fields();
    KeepMapping(fields, SchemaFromJson(old.schema_json).fields());
    metadata.schema_json = SchemaToJson(Schema(std::move(fields)));
  }
  return WithMappedColumns(WithIdsAfter(std::move(metadata), old));
}

std::optional<std::string> LostMapping(const Metadata& before, const Metadata& now) {
  const Schema old = SchemaFromJson(before.schema_json);
  const Schema own = SchemaFromJson(now.schema_json);
  return LostFields(MaxColumnId(before.configuration))
      .In(old.fields(), StoredFieldsOf(old, before.configuration), own.fields(),
          StoredFieldsOf(own, now.configuration));
}

bool MapsNothing(const Schema& schema, const Configuration& configuration) {
  int64_t fields = 0;
  bool same = true;
  ChangedFields(schema, [&](const Field& field) {
    ++fields;
    same = same && NameIn(MetadataJson(field)).value_or(field.name) == field.name;
  });
  return same && MaxColumnId(configuration) <= fields;
}

Schema WithoutMapping(const Schema& schema) {
  return ChangedFields(schema, [](Field& field) { DropDetails(field, kMappingDetails); });
}

Schema WithoutTypeChanges(const Schema& schema) {
  return ChangedFields(schema, [](Field& field) { DropDetails(field, kTypeDetails); });
}

Schema WithoutTableDetails(const Schema& schema) {
  if (!HoldsDetails(schema.fields())) return schema;
  return WithoutMapping(WithoutTypeChanges(schema));
}

}  // namespace weir::delta
