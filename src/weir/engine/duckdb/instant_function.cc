#include "weir/engine/duckdb/instant_function.h"

#include "duckdb/function/cast/cast_function_set.hpp"
#include "duckdb/planner/expression/bound_function_expression.hpp"

namespace weir::engine {
namespace {

void ToFile(duckdb::DataChunk& arguments, duckdb::ExpressionState&, duckdb::Vector& result) {
  duckdb::VectorOperations::DefaultCast(arguments.data[0], result, arguments.size(), true);
}

duckdb::unique_ptr<duckdb::FunctionData> BindToFile(
    duckdb::ClientContext&, duckdb::ScalarFunction& function,
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& arguments) {
  function.arguments[0] = arguments[0]->return_type;
  function.arguments[1] = arguments[1]->return_type;
  function.SetReturnType(arguments[1]->return_type);
  return nullptr;
}

}  // namespace

duckdb::BoundCastInfo PlainCast(const duckdb::LogicalType& from, const duckdb::LogicalType& to) {
  // A set of its own has the casts of the core alone.
  static duckdb::CastFunctionSet casts;
  duckdb::GetCastFunctionInput input;
  return casts.GetCastFunction(from, to, input);
}

void RegisterInstant(duckdb::ExtensionLoader& loader) {
  duckdb::ScalarFunction function("weir_file", {duckdb::LogicalType::ANY, duckdb::LogicalType::ANY},
                                  duckdb::LogicalType::ANY, ToFile, BindToFile);
  function.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  loader.RegisterFunction(std::move(function));
}

}  // namespace weir::engine
