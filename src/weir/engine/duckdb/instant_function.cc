#include "weir/engine/duckdb/instant_function.h"

#include "duckdb/function/cast/cast_function_set.hpp"
#include "duckdb/planner/expression/bound_function_expression.hpp"
#include "weir/engine/duckdb/variant_columns.h"

namespace weir::engine {
namespace {

// A set of its own has the casts of the core alone, and those of variants.
duckdb::CastFunctionSet& FileCasts() {
  static duckdb::CastFunctionSet casts = [] {
    duckdb::CastFunctionSet set;
    RegisterVariantCasts(set);
    return set;
  }();
  return casts;
}

void ToFile(duckdb::DataChunk& arguments, duckdb::ExpressionState&, duckdb::Vector& result) {
  duckdb::GetCastFunctionInput input;
  duckdb::VectorOperations::TryCast(FileCasts(), input, arguments.data[0], result, arguments.size(),
                                    nullptr, true);
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
  duckdb::GetCastFunctionInput input;
  return FileCasts().GetCastFunction(from, to, input);
}

void RegisterInstant(duckdb::ExtensionLoader& loader) {
  duckdb::ScalarFunction function("weir_file", {duckdb::LogicalType::ANY, duckdb::LogicalType::ANY},
                                  duckdb::LogicalType::ANY, ToFile, BindToFile);
  function.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  loader.RegisterFunction(std::move(function));
}

}  // namespace weir::engine
