#include "weir/engine/duckdb/shredded_variant.h"

#include <algorithm>
#include <duckdb/common/types/uuid.hpp>

#include "weir/base/error.h"
#include "weir/types/value.h"

namespace weir::engine {
namespace {

using duckdb::LogicalTypeId;
using UnifiedFormat = duckdb::RecursiveUnifiedVectorFormat;

[[noreturn]] void MalformedGroup(const std::string& what) {
  throw Error(ErrorCode::kCorrupt, "a VARIANT of a Parquet file is malformed: " + what)
      .WithCondition("MALFORMED_VARIANT");
}

// The position of a row in a vector's data; nothing where it is NULL.
std::optional<duckdb::idx_t> PositionIn(const UnifiedFormat& column, duckdb::idx_t row) {
  const duckdb::idx_t at = column.unified.sel->get_index(row);
  if (!column.unified.validity.RowIsValid(at)) return std::nullopt;
  return at;
}

template <typename T>
const T& DataAt(const UnifiedFormat& column, duckdb::idx_t at) {
  return duckdb::UnifiedVectorFormat::GetData<T>(column.unified)[at];
}

std::string_view BytesAt(const UnifiedFormat& column, duckdb::idx_t at) {
  const auto& bytes = DataAt<duckdb::string_t>(column, at);
  return {bytes.GetData(), bytes.GetSize()};
}

const UnifiedFormat* MemberNamed(const UnifiedFormat& group, const char* name) {
  const auto& members = duckdb::StructType::GetChildTypes(group.logical_type);
  for (duckdb::idx_t i = 0; i < members.size(); ++i) {
    if (members[i].first == name) return &group.children[i];
  }
  return nullptr;
}

Int128 Unscaled(const UnifiedFormat& column, duckdb::idx_t at) {
  switch (column.logical_type.InternalType()) {
    case duckdb::PhysicalType::INT16:
      return DataAt<int16_t>(column, at);
    case duckdb::PhysicalType::INT32:
      return DataAt<int32_t>(column, at);
    case duckdb::PhysicalType::INT64:
      return DataAt<int64_t>(column, at);
    default: {
      const auto& huge = DataAt<duckdb::hugeint_t>(column, at);
      return (static_cast<Int128>(huge.upper) << 64) | static_cast<Int128>(huge.lower);
    }
  }
}

std::string UuidBytes(const duckdb::hugeint_t& uuid) {
  std::string bytes(16, '\0');
  duckdb::BaseUUID::ToBlob(uuid, reinterpret_cast<duckdb::data_ptr_t>(bytes.data()));
  return bytes;
}

// Whatever its rows are, a column of another type is refused.
void JudgeTyped(const duckdb::LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::STRUCT:
      for (const auto& [name, part] : duckdb::StructType::GetChildTypes(type)) {
        if (part.id() != LogicalTypeId::STRUCT) continue;
        for (const auto& [member, typed] : duckdb::StructType::GetChildTypes(part)) {
          if (member == "typed_value") JudgeTyped(typed);
        }
      }
      return;
    case LogicalTypeId::LIST: {
      const auto& part = duckdb::ListType::GetChildType(type);
      if (part.id() == LogicalTypeId::STRUCT) JudgeTyped(duckdb::LogicalType::STRUCT({{"", part}}));
      return;
    }
    case LogicalTypeId::BOOLEAN:
    case LogicalTypeId::TINYINT:
    case LogicalTypeId::SMALLINT:
    case LogicalTypeId::INTEGER:
    case LogicalTypeId::BIGINT:
    case LogicalTypeId::FLOAT:
    case LogicalTypeId::DOUBLE:
    case LogicalTypeId::DECIMAL:
    case LogicalTypeId::DATE:
    case LogicalTypeId::TIMESTAMP_TZ:
    case LogicalTypeId::TIMESTAMP:
    case LogicalTypeId::VARCHAR:
    case LogicalTypeId::BLOB:
    case LogicalTypeId::UUID:
      return;
    default:
      throw Error(ErrorCode::kUnsupported, "a VARIANT is shredded into a column of type " +
                                               type.ToString() + ", of which weir has no VARIANT")
          .WithCondition("UNSUPPORTED_FEATURE");
  }
}

}  // namespace

ShreddedVariants::ShreddedVariants(duckdb::Vector& group, idx_t count) {
  duckdb::Vector::RecursiveToUnifiedFormat(group, count, group_);
  metadata_column_ = MemberNamed(group_, "metadata");
  parts_ = PartsOf(group_);
  if (parts_.typed != nullptr) JudgeTyped(parts_.typed->logical_type);
}

ShreddedVariants::Parts ShreddedVariants::PartsOf(const Format& group) {
  if (group.logical_type.id() != LogicalTypeId::STRUCT) {
    MalformedGroup("a shredded part is of type " + group.logical_type.ToString());
  }
  return {MemberNamed(group, "value"), MemberNamed(group, "typed_value")};
}

std::optional<std::string> ShreddedVariants::At(idx_t row) {
  const auto at = PositionIn(group_, row);
  if (!at) return std::nullopt;
  const auto metadata = PositionIn(*metadata_column_, *at);
  if (!metadata) MalformedGroup("it has no metadata");
  metadata_ = BytesAt(*metadata_column_, *metadata);
  if (parts_.typed == nullptr) {
    const auto value = PositionIn(*parts_.value, *at);
    if (!value) MalformedGroup("it has no value");
    const VariantView view = ViewOf(BytesAt(*parts_.value, *value));
    std::string bytes(view.metadata());
    bytes += view.value();
    return bytes;
  }
  // Nothing at all stands for the variant that is null.
  if (!Append(parts_, *at)) builder_.AppendNull();
  return builder_.Finish();
}

bool ShreddedVariants::Append(const Parts& parts, idx_t row) {
  if (parts.typed != nullptr && PositionIn(*parts.typed, row)) {
    AppendTyped(parts, row);
    return true;
  }
  const auto value =
      parts.value == nullptr ? std::optional<idx_t>() : PositionIn(*parts.value, row);
  if (!value) return false;
  builder_.AppendVariant(ViewOf(BytesAt(*parts.value, *value)));
  return true;
}

void ShreddedVariants::AppendTyped(const Parts& parts, idx_t row) {
  if (parts.typed->logical_type.id() == LogicalTypeId::STRUCT) return AppendObject(parts, row);
  if (parts.value != nullptr && PositionIn(*parts.value, row)) {
    MalformedGroup("it has both a value and a typed one");
  }
  if (parts.typed->logical_type.id() == LogicalTypeId::LIST) return AppendList(*parts.typed, row);
  AppendPrimitive(*parts.typed, row);
}

// The members that are columns, and those that are not, which `value` has.
void ShreddedVariants::AppendObject(const Parts& parts, idx_t row) {
  const size_t start = builder_.position();
  std::vector<VariantBuilder::Member> members;
  const auto begin_member = [&](std::string_view name) {
    members.push_back({builder_.AddName(name), static_cast<uint32_t>(builder_.position() - start)});
  };
  const idx_t at = *PositionIn(*parts.typed, row);
  const auto& types = duckdb::StructType::GetChildTypes(parts.typed->logical_type);
  for (idx_t i = 0; i < types.size(); ++i) {
    const Format& member = parts.typed->children[i];
    const auto position = PositionIn(member, at);
    if (!position) continue;
    begin_member(types[i].first);
    if (!Append(PartsOf(member), *position)) members.pop_back();
  }
  const auto rest = parts.value == nullptr ? std::optional<idx_t>() : PositionIn(*parts.value, row);
  if (rest) {
    const VariantView others = ViewOf(BytesAt(*parts.value, *rest));
    if (others.kind() != VariantView::Kind::kObject) {
      MalformedGroup("beside members of an object it has a value that is none");
    }
    for (size_t i = 0; i < others.size(); ++i) {
      for (const auto& [name, part] : types) {
        if (name == others.name(i)) MalformedGroup("beside its column there is a member " + name);
      }
      begin_member(others.name(i));
      builder_.AppendVariant(others.item(i));
    }
  }
  if (!builder_.FinishObject(start, members)) MalformedGroup("an object has a member twice");
}

void ShreddedVariants::AppendList(const Format& list, idx_t row) {
  const size_t start = builder_.position();
  std::vector<uint32_t> offsets;
  const auto entry = DataAt<duckdb::list_entry_t>(list, *PositionIn(list, row));
  const Format& elements = list.children[0];
  const Parts parts = PartsOf(elements);
  for (idx_t i = 0; i < entry.length; ++i) {
    offsets.push_back(static_cast<uint32_t>(builder_.position() - start));
    const auto at = PositionIn(elements, entry.offset + i);
    if (!at || !Append(parts, *at)) builder_.AppendNull();
  }
  builder_.FinishArray(start, offsets);
}

void ShreddedVariants::AppendPrimitive(const Format& column, idx_t row) {
  const idx_t at = *PositionIn(column, row);
  switch (column.logical_type.id()) {
    case LogicalTypeId::BOOLEAN:
      return builder_.AppendBoolean(DataAt<bool>(column, at));
    case LogicalTypeId::TINYINT:
      return builder_.AppendLong(DataAt<int8_t>(column, at));
    case LogicalTypeId::SMALLINT:
      return builder_.AppendLong(DataAt<int16_t>(column, at));
    case LogicalTypeId::INTEGER:
      return builder_.AppendLong(DataAt<int32_t>(column, at));
    case LogicalTypeId::BIGINT:
      return builder_.AppendLong(DataAt<int64_t>(column, at));
    case LogicalTypeId::FLOAT:
      return builder_.AppendFloat(DataAt<float>(column, at));
    case LogicalTypeId::DOUBLE:
      return builder_.AppendDouble(DataAt<double>(column, at));
    case LogicalTypeId::DECIMAL:
      return builder_.AppendDecimal(Unscaled(column, at),
                                    duckdb::DecimalType::GetScale(column.logical_type));
    case LogicalTypeId::DATE:
      return builder_.AppendDate(DataAt<duckdb::date_t>(column, at).days);
    case LogicalTypeId::TIMESTAMP_TZ:
      return builder_.AppendTimestamp(DataAt<duckdb::timestamp_t>(column, at).value);
    case LogicalTypeId::TIMESTAMP:
      return builder_.AppendTimestampNtz(DataAt<duckdb::timestamp_t>(column, at).value);
    case LogicalTypeId::VARCHAR:
      return builder_.AppendText(BytesAt(column, at));
    case LogicalTypeId::BLOB:
      return builder_.AppendBinary(BytesAt(column, at));
    case LogicalTypeId::UUID:
      return builder_.AppendUuid(UuidBytes(DataAt<duckdb::hugeint_t>(column, at)));
    default:
      JudgeTyped(column.logical_type);  // Has thrown before the first row.
  }
}

}  // namespace weir::engine
