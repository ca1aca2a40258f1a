#include <algorithm>

#include "weir/engine/duckdb/functions/registry.h"

// array_insert(array, position, value).
namespace weir::engine {

namespace {

using duckdb::idx_t;
using duckdb::list_entry_t;
using duckdb::LogicalType;
using duckdb::Vector;

constexpr int64_t kMostElements = INT32_MAX - 15;

// What a list becomes: some of its elements, NULLs, the value, the others.
struct Insertion {
  idx_t before;
  idx_t nulls_before;
  idx_t nulls_after;
};

Insertion InsertionAt(int64_t size, int32_t position) {
  if (position == 0) {
    Raise("INVALID_INDEX_OF_ZERO",
          "The index 0 is invalid. An index shall be either < 0 or > 0 (the first element has "
          "index 1).");
  }
  const int64_t wanted = std::max<int64_t>(size + 1, std::abs(int64_t{position}));
  if (wanted > kMostElements) {
    Raise("COLLECTION_SIZE_LIMIT_EXCEEDED.FUNCTION",
          "Can't create array with " + std::to_string(wanted) +
              " elements which exceeding the array size limit " + std::to_string(kMostElements) +
              ", unsuccessful try to create arrays in the function `array_insert`.");
  }
  const int64_t at = position > 0 ? int64_t{position} - 1 : size + 1 + position;
  if (at < 0) return {0, 0, static_cast<idx_t>(-at)};
  return {static_cast<idx_t>(std::min(at, size)),
          static_cast<idx_t>(std::max<int64_t>(at - size, 0)), 0};
}

// Appends to the elements of a result.
class Elements {
 public:
  explicit Elements(Vector& list) : list_(list) {}

  idx_t size() const { return duckdb::ListVector::GetListSize(list_); }
  void Copy(const Vector& from, idx_t begin, idx_t end) {
    if (begin == end) return;
    const idx_t at = Grow(end - begin);
    duckdb::VectorOperations::Copy(from, duckdb::ListVector::GetEntry(list_), end, begin, at);
  }
  void Nulls(idx_t count) {
    const idx_t at = Grow(count);
    for (idx_t i = 0; i < count; ++i) {
      duckdb::FlatVector::SetNull(duckdb::ListVector::GetEntry(list_), at + i, true);
    }
  }

 private:
  idx_t Grow(idx_t count) {
    const idx_t at = size();
    duckdb::ListVector::Reserve(list_, at + count);
    duckdb::ListVector::SetListSize(list_, at + count);
    return at;
  }

  Vector& list_;
};

void Insert(duckdb::DataChunk& input, duckdb::ExpressionState&, Vector& result) {
  const bool constant = input.AllConstant();
  const idx_t count = constant ? 1 : input.size();
  duckdb::UnifiedVectorFormat lists;
  duckdb::UnifiedVectorFormat positions;
  input.data[0].ToUnifiedFormat(input.size(), lists);
  input.data[1].ToUnifiedFormat(input.size(), positions);
  const Vector& from = duckdb::ListVector::GetEntry(input.data[0]);
  Vector& values = input.data[2];
  if (!constant) values.Flatten(input.size());
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  auto* const out = duckdb::FlatVector::GetData<list_entry_t>(result);
  Elements elements(result);
  for (idx_t row = 0; row < count; ++row) {
    const idx_t l = lists.sel->get_index(row);
    const idx_t p = positions.sel->get_index(row);
    out[row] = {elements.size(), 0};
    if (!lists.validity.RowIsValid(l) || !positions.validity.RowIsValid(p)) {
      duckdb::FlatVector::SetNull(result, row, true);
      continue;
    }
    const auto& list = duckdb::UnifiedVectorFormat::GetData<list_entry_t>(lists)[l];
    const Insertion insertion =
        InsertionAt(static_cast<int64_t>(list.length),
                    duckdb::UnifiedVectorFormat::GetData<int32_t>(positions)[p]);
    elements.Copy(from, list.offset, list.offset + insertion.before);
    elements.Nulls(insertion.nulls_before);
    elements.Copy(values, row, row + 1);
    elements.Nulls(insertion.nulls_after);
    elements.Copy(from, list.offset + insertion.before, list.offset + list.length);
    out[row].length = elements.size() - out[row].offset;
  }
  if (constant) result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
}

duckdb::unique_ptr<duckdb::FunctionData> BindInsert(
    duckdb::ClientContext&, duckdb::ScalarFunction& function,
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& arguments) {
  const LogicalType& list = arguments[0]->return_type;
  const bool known = list.id() == duckdb::LogicalTypeId::LIST;
  function.arguments[0] = known ? list : LogicalType::LIST(LogicalType::SQLNULL);
  function.arguments[2] = duckdb::ListType::GetChildType(function.arguments[0]);
  function.return_type = function.arguments[0];
  return nullptr;
}

}  // namespace

void AddListInserts(Registry& registry) {
  duckdb::ScalarFunction function(
      {LogicalType::LIST(LogicalType::ANY), LogicalType::INTEGER, LogicalType::ANY},
      LogicalType::LIST(LogicalType::ANY), Insert, BindInsert);
  function.SetFallible();
  function.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  registry.Add("weir_array_insert", std::move(function));
}

}  // namespace weir::engine
