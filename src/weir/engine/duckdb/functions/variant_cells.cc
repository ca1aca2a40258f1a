#include "weir/engine/duckdb/functions/variant_cells.h"

#include "weir/engine/duckdb/functions/zones.h"
#include "weir/types/variant_cast.h"

namespace weir::engine {

using duckdb::FlatVector;
using duckdb::ListVector;
using duckdb::StructVector;
using Kind = VariantView::Kind;

void VariantCells::Fail(const VariantView& value, const DataType& type, Vector& result,
                        idx_t row) const {
  if (!is_try_) {
    Raise("INVALID_VARIANT_CAST", "The variant value `" + value.ToJson(*zone_).substr(0, 200) +
                                      "` cannot be cast into `\"" + type.ToSql() +
                                      "\"`. Please use `try_variant_get` instead.");
  }
  FlatVector::SetNull(result, row, true);
}

void VariantCells::Put(const VariantView& value, const DataType& type, Vector& result, idx_t row) {
  if (type.id() == TypeId::kVariant) {
    builder_.AppendVariant(value);
    return PutText(result, row, builder_.Finish());
  }
  const Kind kind = value.kind();
  if (kind == Kind::kNull) return FlatVector::SetNull(result, row, true);
  const bool nested = kind == Kind::kObject || kind == Kind::kArray;
  if (type.id() == TypeId::kStruct && kind == Kind::kObject) {
    return PutStruct(value, type, result, row);
  }
  if (type.id() == TypeId::kMap && kind == Kind::kObject) return PutMap(value, type, result, row);
  if (type.id() == TypeId::kArray && kind == Kind::kArray) {
    return PutArray(value, type, result, row);
  }
  if (type.id() == TypeId::kString) return PutText(result, row, value.ToText(*zone_));
  const auto cast =
      nested || type.IsNested() ? std::nullopt : CastVariant(value, type, *zone_, &EngineZones());
  if (!cast) return Fail(value, type, result, row);
  PutValue(result, row, *cast);
}

void VariantCells::PutStruct(const VariantView& value, const DataType& type, Vector& result,
                             idx_t row) {
  FlatVector::Validity(result).SetValid(row);
  auto& entries = StructVector::GetEntries(result);
  for (size_t i = 0; i < entries.size(); ++i) {
    const Field& field = type.fields()[i];
    if (const auto member = value.Find(field.name)) {
      Put(*member, field.type, *entries[i], row);
    } else {
      FlatVector::SetNull(*entries[i], row, true);
    }
  }
}

void VariantCells::PutArray(const VariantView& value, const DataType& type, Vector& result,
                            idx_t row) {
  const idx_t begin = ListVector::GetListSize(result);
  const size_t size = value.size();
  ListVector::Reserve(result, begin + size);
  ListVector::SetListSize(result, begin + size);
  for (size_t i = 0; i < size; ++i) {
    Put(value.item(i), type.element(), ListVector::GetEntry(result), begin + i);
  }
  PutCell(result, row, duckdb::list_entry_t{begin, size});
}

void VariantCells::PutMap(const VariantView& value, const DataType& type, Vector& result,
                          idx_t row) {
  const idx_t begin = ListVector::GetListSize(result);
  const size_t size = value.size();
  ListVector::Reserve(result, begin + size);
  ListVector::SetListSize(result, begin + size);
  auto& entries = StructVector::GetEntries(ListVector::GetEntry(result));
  for (size_t i = 0; i < size; ++i) {
    FlatVector::Validity(ListVector::GetEntry(result)).SetValid(begin + i);
    PutText(*entries[0], begin + i, value.name(i));
    Put(value.item(i), type.value(), *entries[1], begin + i);
  }
  PutCell(result, row, duckdb::list_entry_t{begin, size});
}

// ------------------------------------------------------------------------------- writing

namespace {

using duckdb::idx_t;

void AppendPrimitive(const WriterColumn& column, idx_t at, VariantBuilder& builder) {
  switch (column.type.id()) {
    case TypeId::kBoolean:
      return builder.AppendBoolean(column.Get<bool>(at));
    case TypeId::kFloat:
      return builder.AppendFloat(column.Get<float>(at));
    case TypeId::kDouble:
      return builder.AppendDouble(column.Get<double>(at));
    case TypeId::kDecimal:
      return builder.AppendDecimal(column.Decimal(at), column.type.scale());
    case TypeId::kString:
      return builder.AppendText(column.Text(at));
    case TypeId::kBinary:
      return builder.AppendBinary(column.Text(at));
    case TypeId::kDate:
      return builder.AppendDate(column.Whole(at));
    case TypeId::kTimestamp:
      return builder.AppendTimestamp(column.Whole(at));
    case TypeId::kTimestampNtz:
      return builder.AppendTimestampNtz(column.Whole(at));
    case TypeId::kVariant:
      return builder.AppendVariant(VariantView(column.Text(at)));
    default:
      return builder.AppendLong(column.Whole(at));
  }
}

uint32_t Offset(const VariantBuilder& builder, size_t start) {
  return static_cast<uint32_t>(builder.position() - start);
}

[[noreturn]] void RaiseTwice() {
  Raise("VARIANT_DUPLICATE_KEY", "A VARIANT cannot have a name twice in one object.");
}

void AppendStruct(const WriterColumn& column, idx_t at, VariantBuilder& builder) {
  const size_t start = builder.position();
  std::vector<VariantBuilder::Member> members;
  for (size_t i = 0; i < column.children.size(); ++i) {
    members.push_back({builder.AddName(column.type.fields()[i].name), Offset(builder, start)});
    AppendCell(column.children[i], at, builder);
  }
  if (!builder.FinishObject(start, members)) RaiseTwice();
}

void AppendMap(const WriterColumn& column, idx_t at, VariantBuilder& builder) {
  const size_t start = builder.position();
  const auto entry = column.Get<duckdb::list_entry_t>(at);
  std::vector<VariantBuilder::Member> members;
  for (idx_t i = entry.offset; i < entry.offset + entry.length; ++i) {
    const WriterColumn& keys = column.children[0];
    members.push_back({builder.AddName(keys.Text(keys.At(i))), Offset(builder, start)});
    AppendCell(column.children[1], i, builder);
  }
  if (!builder.FinishObject(start, members)) RaiseTwice();
}

void AppendArray(const WriterColumn& column, idx_t at, VariantBuilder& builder) {
  const size_t start = builder.position();
  const auto entry = column.Get<duckdb::list_entry_t>(at);
  std::vector<uint32_t> offsets;
  for (idx_t i = entry.offset; i < entry.offset + entry.length; ++i) {
    offsets.push_back(Offset(builder, start));
    AppendCell(column.children[0], i, builder);
  }
  builder.FinishArray(start, offsets);
}

}  // namespace

void AppendCell(const WriterColumn& column, idx_t row, VariantBuilder& builder) {
  const idx_t at = column.At(row);
  if (column.type.id() == TypeId::kVoid || column.IsNull(at)) return builder.AppendNull();
  switch (column.type.id()) {
    case TypeId::kStruct:
      return AppendStruct(column, at, builder);
    case TypeId::kMap:
      return AppendMap(column, at, builder);
    case TypeId::kArray:
      return AppendArray(column, at, builder);
    default:
      return AppendPrimitive(column, at, builder);
  }
}

}  // namespace weir::engine
