#include "weir/engine/duckdb/expect_function.h"

#include "weir/base/error.h"
#include "weir/engine/duckdb/statement_context.h"

namespace weir::engine {
namespace {

using duckdb::idx_t;

constexpr size_t kLongestRow = 500;  // Bytes of a row that a message shows.

std::string Shortened(std::string text) {
  if (text.size() <= kLongestRow) return text;
  size_t end = kLongestRow;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

// " - id : -1", a line each, of the columns that the message is to show.
std::string ValuesText(const ExpectationCounter& expectation, const duckdb::Value& row) {
  std::string text;
  if (row.IsNull() || row.type().id() != duckdb::LogicalTypeId::STRUCT) return text;
  const auto& members = duckdb::StructType::GetChildTypes(row.type());
  const auto& values = duckdb::StructValue::GetChildren(row);
  for (const std::string& name : expectation.error_columns) {
    for (size_t i = 0; i < members.size(); ++i) {
      if (members[i].first != name) continue;
      text += "\n - " + name + " : " +
              (values[i].IsNull() ? std::string("null") : Shortened(values[i].ToString()));
      break;
    }
  }
  return text;
}

// `failed` of the rows at hand fail; more may have been to come. `row`: one of them.
[[noreturn]] void FailUpdate(const ExpectationCounter& expectation, int64_t failed,
                             const duckdb::Value& row) {
  if (!expectation.error_condition.empty()) {
    throw Error(ErrorCode::kInvalid, expectation.error_message + ValuesText(expectation, row))
        .WithCondition(expectation.error_condition);
  }
  throw Error(ErrorCode::kInvalid,
              "at least " + std::to_string(failed) + (failed == 1 ? " row does" : " rows do") +
                  " not meet the expectation `" + expectation.name +
                  "`, which is declared ON VIOLATION FAIL UPDATE; nothing was written. One such "
                  "row: " +
                  Shortened(row.ToString()))
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
    const bool is_rule = !expectation.error_condition.empty();
    int64_t failed = 0;
    idx_t failing = 0;
    for (idx_t row = 0; row < rows; ++row) {
      const idx_t at = condition.sel->get_index(row);
      if (condition.validity.RowIsValid(at) && holds[at]) continue;
      // Of a row that is not written nothing is asked.
      if (is_rule && !keep[row]) continue;
      ++failed;
      failing = row;
      if (expectation.action == sql::ViolationAction::kDropRow) keep[row] = false;
    }
    expectation.failed += failed;
    expectation.passed += static_cast<int64_t>(rows) - failed;
    if (failed > 0 && expectation.action == sql::ViolationAction::kFailUpdate) {
      // Where no message shows the row there is none.
      const bool has_row = arguments.ColumnCount() > expectations.size() + 1;
      Guarded(context, [&] {
        FailUpdate(expectation, failed,
                   has_row ? arguments.data.back().GetValue(failing) : duckdb::Value());
      });
    }
  }
  context.dropped_rows += std::count(keep, keep + rows, false);
}

}  // namespace

void RegisterExpect(duckdb::ExtensionLoader& loader) {
  duckdb::ScalarFunction function("weir_expect", {duckdb::LogicalType::BIGINT},
                                  duckdb::LogicalType::BOOLEAN, Expect);
  function.varargs = duckdb::LogicalType::ANY;
  function.SetVolatile();  // Counts, so it must see every row once.
  function.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  loader.RegisterFunction(std::move(function));
}

}  // namespace weir::engine
