#include <string_view>
#include <unordered_set>

#include <duckdb/function/create_sort_key.hpp>

#include "weir/engine/duckdb/functions/list_choice.h"

// Lists as sets whose elements keep the order of their first: NULL is an element like others.
namespace weir::engine {

namespace {

using duckdb::idx_t;
using duckdb::list_entry_t;
using duckdb::LogicalType;
using duckdb::Vector;

using ElementKeys = std::unordered_set<std::string_view>;

// One argument, each element with bytes that are the same for equal elements only.
class KeyedLists {
 public:
  KeyedLists(Vector& lists, idx_t count) : keys_(LogicalType::BLOB, SizeOf(lists)) {
    lists.ToUnifiedFormat(count, lists_);
    duckdb::CreateSortKeyHelpers::CreateSortKey(
        duckdb::ListVector::GetEntry(lists), SizeOf(lists),
        {duckdb::OrderType::ASCENDING, duckdb::OrderByNullType::NULLS_FIRST}, keys_);
    keys_.Flatten(SizeOf(lists));
  }

  // Null for NULL.
  const list_entry_t* At(idx_t row) const {
    const idx_t at = lists_.sel->get_index(row);
    if (!lists_.validity.RowIsValid(at)) return nullptr;
    return duckdb::UnifiedVectorFormat::GetData<list_entry_t>(lists_) + at;
  }
  std::string_view KeyOf(idx_t element) const {
    const auto& key = duckdb::FlatVector::GetData<duckdb::string_t>(keys_)[element];
    return {key.GetData(), key.GetSize()};
  }
  void KeysOf(const list_entry_t& list, ElementKeys& keys) const {
    keys.clear();
    for (idx_t i = 0; i < list.length; ++i) keys.insert(KeyOf(list.offset + i));
  }

 private:
  static idx_t SizeOf(Vector& lists) { return duckdb::ListVector::GetListSize(lists); }

  duckdb::UnifiedVectorFormat lists_;
  Vector keys_;
};

// The distinct elements of the first list; of those only the ones that are in the second, or only
// those that are not, when there is one.
template <bool in_second>
void Choose(duckdb::DataChunk& input, duckdb::ExpressionState&, Vector& result) {
  const bool constant = input.AllConstant();
  const idx_t count = constant ? 1 : input.size();
  const KeyedLists lists(input.data[0], input.size());
  std::optional<KeyedLists> others;
  if (input.ColumnCount() > 1) others.emplace(input.data[1], input.size());
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  auto* const out = duckdb::FlatVector::GetData<list_entry_t>(result);
  std::vector<idx_t> chosen;
  ElementKeys seen;
  ElementKeys second;
  for (idx_t row = 0; row < count; ++row) {
    const list_entry_t* const list = lists.At(row);
    const list_entry_t* const other = others ? others->At(row) : nullptr;
    out[row] = {chosen.size(), 0};
    if (list == nullptr || (others && other == nullptr)) {
      duckdb::FlatVector::SetNull(result, row, true);
      continue;
    }
    if (other != nullptr) others->KeysOf(*other, second);
    seen.clear();
    for (idx_t i = list->offset; i < list->offset + list->length; ++i) {
      const std::string_view key = lists.KeyOf(i);
      if (others && second.contains(key) != in_second) continue;
      if (seen.insert(key).second) chosen.push_back(i);
    }
    out[row].length = chosen.size() - out[row].offset;
  }
  CopyChosen(input.data[0], result, chosen);
  if (constant) result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
}

duckdb::unique_ptr<duckdb::FunctionData> BindLists(
    duckdb::ClientContext&, duckdb::ScalarFunction& function,
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& arguments) {
  LogicalType type = LogicalType::LIST(LogicalType::SQLNULL);
  for (const auto& argument : arguments) {
    const LogicalType& given = argument->return_type;
    const bool known = given.id() == duckdb::LogicalTypeId::LIST &&
                       duckdb::ListType::GetChildType(given).id() != duckdb::LogicalTypeId::SQLNULL;
    if (known) type = given;
  }
  for (auto& argument : function.arguments) argument = type;
  function.return_type = type;
  return nullptr;
}

void AddChoice(Registry& registry, const std::string& name, size_t lists,
               duckdb::scalar_function_t choose) {
  duckdb::ScalarFunction function(
      duckdb::vector<LogicalType>(lists, LogicalType::LIST(LogicalType::ANY)),
      LogicalType::LIST(LogicalType::ANY), std::move(choose), BindLists);
  function.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  registry.Add(name, std::move(function));
}

}  // namespace

void AddListSets(Registry& registry) {
  AddChoice(registry, "weir_list_distinct", 1, Choose<true>);
  AddChoice(registry, "weir_list_intersect", 2, Choose<true>);
  AddChoice(registry, "weir_list_except", 2, Choose<false>);
}

}  // namespace weir::engine
