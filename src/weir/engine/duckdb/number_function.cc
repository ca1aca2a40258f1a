#include "weir/engine/duckdb/number_function.h"

#include "weir/engine/duckdb/statement_context.h"

namespace weir::engine {
namespace {

using duckdb::LogicalType;

void NextNumbers(duckdb::DataChunk& arguments, duckdb::ExpressionState& state,
                 duckdb::Vector& result) {
  StatementContext& context = StatementContext::Of(state.GetContext());
  const auto rows = static_cast<int64_t>(arguments.size());
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  if (rows == 0) return;
  const auto column = arguments.data[0].GetValue(0).GetValue<std::string>();
  const auto first = arguments.data[1].GetValue(0).GetValue<int64_t>();
  const auto step = arguments.data[2].GetValue(0).GetValue<int64_t>();
  int64_t number = Guarded(context, [&] { return context.TakeNumbers(column, first, step, rows); });
  auto* const out = duckdb::FlatVector::GetData<int64_t>(result);
  for (int64_t row = 0; row < rows; ++row) {
    out[row] = number;
    if (row + 1 < rows) number += step;
  }
}

}  // namespace

void RegisterNextNumber(duckdb::ExtensionLoader& loader) {
  duckdb::ScalarFunction function("weir_next_number",
                                  {LogicalType::VARCHAR, LogicalType::BIGINT, LogicalType::BIGINT},
                                  LogicalType::BIGINT, NextNumbers);
  function.SetVolatile();  // Each row has a number of its own.
  function.SetFallible();
  function.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  loader.RegisterFunction(std::move(function));
}

}  // namespace weir::engine
