#include "weir/engine/duckdb/variant_columns.h"

#include <duckdb/common/type_visitor.hpp>
#include <duckdb/function/cast/cast_function_set.hpp>
#include <optional>

#include "weir/base/error.h"
#include "weir/engine/duckdb/functions/registry.h"
#include "weir/engine/duckdb/shredded_variant.h"
#include "weir/engine/duckdb/type_mapping.h"
#include "weir/types/variant.h"

namespace weir::engine {
namespace {

using duckdb::FlatVector;
using duckdb::idx_t;
using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using duckdb::MultiFileColumnDefinition;
using duckdb::string_t;
using duckdb::StringVector;
using duckdb::Vector;

constexpr const char* kMetadata = "metadata";
constexpr const char* kValue = "value";

// Calls `each(row)`, and raises what it throws as the engine's functions do.
template <typename Each>
void ForRows(idx_t count, const Each& each) {
  try {
    for (idx_t row = 0; row < count; ++row) each(row);
  } catch (const Error& error) {
    Raise(error.condition(), error.what());
  }
}

bool JoinGroups(Vector& source, Vector& result, idx_t count, duckdb::CastParameters&) {
  const bool constant = source.GetVectorType() == duckdb::VectorType::CONSTANT_VECTOR;
  // Of a vector that is a selection of another one, members are those of the other.
  source.Flatten(count);
  ShreddedVariants groups(source, count);
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  auto* const blobs = FlatVector::GetData<string_t>(result);
  ForRows(count, [&](idx_t row) {
    if (const auto bytes = groups.At(row)) {
      blobs[row] = StringVector::AddStringOrBlob(result, bytes->data(), bytes->size());
    } else {
      FlatVector::SetNull(result, row, true);
    }
  });
  if (constant) {
    result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
  }
  return true;
}

bool SplitBlobs(Vector& source, Vector& result, idx_t count, duckdb::CastParameters&) {
  duckdb::UnifiedVectorFormat format;
  source.ToUnifiedFormat(count, format);
  const auto* const blobs = duckdb::UnifiedVectorFormat::GetData<string_t>(format);
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  auto& members = duckdb::StructVector::GetEntries(result);
  const auto put = [&](idx_t member, idx_t row, std::string_view bytes) {
    FlatVector::GetData<string_t>(*members[member])[row] =
        StringVector::AddStringOrBlob(*members[member], bytes.data(), bytes.size());
  };
  ForRows(count, [&](idx_t row) {
    const idx_t at = format.sel->get_index(row);
    if (!format.validity.RowIsValid(at)) return FlatVector::SetNull(result, row, true);
    const VariantView view(std::string_view(blobs[at].GetData(), blobs[at].GetSize()));
    put(0, row, view.metadata());
    put(1, row, view.value());
  });
  if (source.GetVectorType() == duckdb::VectorType::CONSTANT_VECTOR) {
    result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
  }
  return true;
}

std::optional<LogicalType> MemberOf(const LogicalType& type, const char* name) {
  for (const auto& [member, member_type] : duckdb::StructType::GetChildTypes(type)) {
    if (member == name) return member_type;
  }
  return std::nullopt;
}

// Whatever struct is to become a BLOB: a group, or the cast that the core has, which fails.
duckdb::BoundCastInfo BindJoin(duckdb::BindCastInput& input, const LogicalType& source,
                               const LogicalType& target) {
  if (!IsVariantGroup(source)) {
    return duckdb::DefaultCasts::GetDefaultCastFunction(input, source, target);
  }
  return JoinGroups;
}

LogicalType GroupType(const duckdb::ParquetColumnSchema& column) {
  duckdb::child_list_t<LogicalType> members;
  for (const auto& child : column.children) members.emplace_back(child.name, child.type);
  return LogicalType::STRUCT(std::move(members));
}

// Brings the type of what has children in line with theirs.
void Retype(duckdb::ParquetColumnSchema& column) {
  switch (column.type.id()) {
    case LogicalTypeId::STRUCT:
      column.type = GroupType(column);
      break;
    case LogicalTypeId::LIST:
      column.type = LogicalType::LIST(column.children[0].type);
      break;
    case LogicalTypeId::MAP:
      column.type = LogicalType::MAP(column.children[0].children[0].type,
                                     column.children[0].children[1].type);
      break;
    default:
      break;
  }
}

void MakeGroup(duckdb::ParquetColumnSchema& column) {
  for (auto& child : column.children) MakeGroup(child);
  if (column.schema_type == duckdb::ParquetColumnSchemaType::VARIANT) {
    column.schema_type = duckdb::ParquetColumnSchemaType::COLUMN;
    column.type = GroupType(column);
  } else if (column.schema_type == duckdb::ParquetColumnSchemaType::COLUMN) {
    Retype(column);
  }
}

bool HoldsVariants(const LogicalType& type) {
  return duckdb::TypeVisitor::Contains(type, LogicalTypeId::VARIANT);
}

// A column as the reader tells of it, with the type that its schema has now.
void Describe(MultiFileColumnDefinition& column, const duckdb::ParquetColumnSchema& schema) {
  column.type = schema.type;
  if (column.children.empty()) {
    for (const auto& child : schema.children) {
      MultiFileColumnDefinition member(child.name, child.type);
      Describe(member, child);
      column.children.push_back(std::move(member));
    }
    return;
  }
  for (idx_t i = 0; i < column.children.size() && i < schema.children.size(); ++i) {
    Describe(column.children[i], schema.children[i]);
  }
}

}  // namespace

namespace {

// The member or item of a column that goes by the name; null: it has none.
const MultiFileColumnDefinition* ChildOf(const MultiFileColumnDefinition* column, idx_t at) {
  return column != nullptr && at < column->children.size() ? &column->children[at] : nullptr;
}

const MultiFileColumnDefinition* MemberNamed(const MultiFileColumnDefinition* column,
                                             const std::string& name) {
  if (column == nullptr || column->type.id() != LogicalTypeId::STRUCT) return nullptr;
  for (const auto& child : column->children) {
    if (duckdb::StringUtil::CIEquals(child.name, name)) return &child;
  }
  return nullptr;
}

LogicalType Shape(const DataType& type, const MultiFileColumnDefinition* in_file) {
  switch (type.id()) {
    case TypeId::kVariant:
      return in_file != nullptr && IsVariantGroup(in_file->type) ? in_file->type
                                                                 : VariantFileType();
    case TypeId::kArray: {
      const bool is_list = in_file != nullptr && in_file->type.id() == LogicalTypeId::LIST;
      return LogicalType::LIST(Shape(type.element(), is_list ? ChildOf(in_file, 0) : nullptr));
    }
    case TypeId::kMap: {
      const bool is_map = in_file != nullptr && in_file->type.id() == LogicalTypeId::MAP;
      const auto* const entry = is_map ? ChildOf(in_file, 0) : nullptr;
      return LogicalType::MAP(Shape(type.key(), ChildOf(entry, 0)),
                              Shape(type.value(), ChildOf(entry, 1)));
    }
    case TypeId::kStruct: {
      duckdb::child_list_t<LogicalType> members;
      for (const Field& field : type.fields()) {
        members.emplace_back(field.name, Shape(field.type, MemberNamed(in_file, field.name)));
      }
      return LogicalType::STRUCT(std::move(members));
    }
    default:
      return ToDuckdb(type);
  }
}

}  // namespace

LogicalType ShapeInFile(const DataType& type, const MultiFileColumnDefinition& in_file) {
  return Shape(type, &in_file);
}

LogicalType VariantFileType() {
  return LogicalType::STRUCT({{kMetadata, LogicalType::BLOB}, {kValue, LogicalType::BLOB}});
}

bool IsVariantGroup(const LogicalType& type) {
  if (type.id() == LogicalTypeId::VARIANT) return true;
  if (type.id() != LogicalTypeId::STRUCT) return false;
  const auto metadata = MemberOf(type, kMetadata);
  const auto value = MemberOf(type, kValue);
  if (!metadata || metadata->id() != LogicalTypeId::BLOB) return false;
  if (value && value->id() != LogicalTypeId::BLOB) return false;
  const bool typed = MemberOf(type, "typed_value").has_value();
  const size_t known = 1 + (value ? 1 : 0) + (typed ? 1 : 0);
  return (value || typed) && duckdb::StructType::GetChildCount(type) == known;
}

void RegisterVariantCasts(duckdb::CastFunctionSet& casts) {
  casts.RegisterCastFunction(LogicalType::STRUCT({{"any", LogicalType::ANY}}), LogicalType::BLOB,
                             BindJoin);
  casts.RegisterCastFunction(LogicalType::BLOB, VariantFileType(),
                             duckdb::BoundCastInfo(SplitBlobs));
}

void ReadVariantsAsStored(duckdb::BaseFileReader& reader) {
  auto& schema = *reader.Cast<duckdb::ParquetReader>().root_schema;
  for (idx_t i = 0; i < reader.columns.size() && i < schema.children.size(); ++i) {
    if (!HoldsVariants(reader.columns[i].type)) continue;
    MakeGroup(schema.children[i]);
    Describe(reader.columns[i], schema.children[i]);
  }
}

}  // namespace weir::engine
