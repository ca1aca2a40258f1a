#include "weir/engine/duckdb/expect_function.h"

#include "weir/base/error.h"
#include "weir/engine/duckdb/statement_context.h"

namespace weir::engine {
namespace {

using duckdb::idx_t;

[[noreturn]] void FailUpdate(const ExpectationCounter& expectation) {
  if (!expectation.error_condition.empty()) {
    throw Error(ErrorCode::kInvalid, expectation.error_message)
        .WithCondition(expectation.error_condition);
  }
  throw Error(ErrorCode::kInvalid,
              "a row does not meet the expectation `" + expectation.name +
                  "`, which is declared ON VIOLATION FAIL UPDATE; nothing was written")
      .WithCondition("EXPECTATION_VIOLATED");
}

void Expect(duckdb::DataChunk& arguments, duckdb::ExpressionState& state, duckdb::Vector& result) {
  StatementContext& context = StatementContext::Of(state.GetContext());
  const idx_t rows = arguments.size();
  const auto ordinal = arguments.data[0].GetValue(0).GetValue<int64_t>();
  const auto& expectations = context.expectations.at(static_cast<size_t>(ordinal));
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  bool* const keep = duckdb::FlatVector::GetData<bool>(result);
  std::fill_n(keep, rows, true);
  for (size_t i = 0; i < expectations.size(); ++i) {
    ExpectationCounter& expectation = *expectations[i];
    duckdb::UnifiedVectorFormat condition;
    arguments.data[i + 1].ToUnifiedFormat(rows, condition);
    const bool* const holds = duckdb::UnifiedVectorFormat::GetData<bool>(condition);
    int64_t failed = 0;
    for (idx_t row = 0; row < rows; ++row) {
      const idx_t at = condition.sel->get_index(row);
      if (condition.validity.RowIsValid(at) && holds[at]) continue;
      ++failed;
      if (expectation.action == sql::ViolationAction::kDropRow) keep[row] = false;
    }
    expectation.failed += failed;
    expectation.passed += static_cast<int64_t>(rows) - failed;
    if (failed > 0 && expectation.action == sql::ViolationAction::kFailUpdate) {
      Guarded(context, [&] { FailUpdate(expectation); });
    }
  }
  context.dropped_rows += std::count(keep, keep + rows, false);
}

}  // namespace

void RegisterExpect(duckdb::ExtensionLoader& loader) {
  duckdb::ScalarFunction function("weir_expect", {duckdb::LogicalType::BIGINT},
                                  duckdb::LogicalType::BOOLEAN, Expect);
  function.varargs = duckdb::LogicalType::BOOLEAN;
  function.SetVolatile();  // Counts, so it must see every row once.
  function.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  loader.RegisterFunction(std::move(function));
}

}  // namespace weir::engine
