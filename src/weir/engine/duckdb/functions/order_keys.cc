#include "weir/engine/duckdb/functions/registry.h"

// weir_order_key(x): what nested values are ordered by, so that a NULL in them comes first. The
// engine puts it last; the key holds, in place of each part, whether there is one, and then it.
namespace weir::engine {

namespace {

using duckdb::idx_t;
using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using duckdb::Vector;

LogicalType OrderKeyType(const LogicalType& type);

LogicalType OrderedPartType(const LogicalType& type) {
  duckdb::child_list_t<LogicalType> members;
  members.emplace_back("there", LogicalType::BOOLEAN);
  members.emplace_back("part", OrderKeyType(type));
  return LogicalType::STRUCT(std::move(members));
}

LogicalType OrderKeyType(const LogicalType& type) {
  if (type.id() == LogicalTypeId::LIST) {
    return LogicalType::LIST(OrderedPartType(duckdb::ListType::GetChildType(type)));
  }
  // No function gives NULLs of no type.
  if (type.id() == LogicalTypeId::SQLNULL) return LogicalType::INTEGER;
  if (type.id() != LogicalTypeId::STRUCT) return type;
  duckdb::child_list_t<LogicalType> members;
  for (const auto& [name, member] : duckdb::StructType::GetChildTypes(type)) {
    members.emplace_back(name, OrderedPartType(member));
  }
  return LogicalType::STRUCT(std::move(members));
}

void FillOrderKey(Vector& values, Vector& keys, idx_t count);

void FillOrderedPart(Vector& values, Vector& parts, idx_t count) {
  auto& members = duckdb::StructVector::GetEntries(parts);
  auto* const there = duckdb::FlatVector::GetData<bool>(*members[0]);
  duckdb::UnifiedVectorFormat format;
  values.ToUnifiedFormat(count, format);
  for (idx_t i = 0; i < count; ++i) {
    there[i] = format.validity.RowIsValid(format.sel->get_index(i));
  }
  FillOrderKey(values, *members[1], count);
}

void FillListKey(Vector& lists, Vector& keys, idx_t count) {
  const idx_t size = duckdb::ListVector::GetListSize(lists);
  duckdb::ListVector::Reserve(keys, size);
  duckdb::ListVector::SetListSize(keys, size);
  FillOrderedPart(duckdb::ListVector::GetEntry(lists), duckdb::ListVector::GetEntry(keys), size);
  const auto* const from = duckdb::FlatVector::GetData<duckdb::list_entry_t>(lists);
  auto* const to = duckdb::FlatVector::GetData<duckdb::list_entry_t>(keys);
  for (idx_t i = 0; i < count; ++i) {
    const bool null = duckdb::FlatVector::IsNull(lists, i);
    to[i] = null ? duckdb::list_entry_t{0, 0} : from[i];
    if (null) duckdb::FlatVector::SetNull(keys, i, true);
  }
}

void FillStructKey(Vector& structs, Vector& keys, idx_t count) {
  auto& from = duckdb::StructVector::GetEntries(structs);
  auto& to = duckdb::StructVector::GetEntries(keys);
  for (idx_t member = 0; member < from.size(); ++member) {
    FillOrderedPart(*from[member], *to[member], count);
  }
  for (idx_t i = 0; i < count; ++i) {
    if (duckdb::FlatVector::IsNull(structs, i)) duckdb::FlatVector::SetNull(keys, i, true);
  }
}

void FillOrderKey(Vector& values, Vector& keys, idx_t count) {
  const LogicalTypeId type = values.GetType().id();
  if (type == LogicalTypeId::SQLNULL) {
    for (idx_t i = 0; i < count; ++i) duckdb::FlatVector::SetNull(keys, i, true);
    return;
  }
  if (type != LogicalTypeId::LIST && type != LogicalTypeId::STRUCT) {
    duckdb::VectorOperations::Copy(values, keys, count, 0, 0);
    return;
  }
  Vector flat(values);
  flat.Flatten(count);
  if (type == LogicalTypeId::LIST) {
    FillListKey(flat, keys, count);
  } else {
    FillStructKey(flat, keys, count);
  }
}

void OrderKeys(duckdb::DataChunk& input, duckdb::ExpressionState&, Vector& result) {
  const bool constant = input.AllConstant();
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  FillOrderKey(input.data[0], result, constant ? 1 : input.size());
  if (constant) result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
}

duckdb::unique_ptr<duckdb::FunctionData> BindOrderKey(
    duckdb::ClientContext&, duckdb::ScalarFunction& function,
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& arguments) {
  function.arguments[0] = arguments[0]->return_type;
  function.return_type = OrderKeyType(arguments[0]->return_type);
  return nullptr;
}

}  // namespace

void AddOrderKeys(Registry& registry) {
  duckdb::ScalarFunction function({LogicalType::ANY}, LogicalType::ANY, OrderKeys, BindOrderKey);
  function.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  registry.Add("weir_order_key", std::move(function));
}

}  // namespace weir::engine
