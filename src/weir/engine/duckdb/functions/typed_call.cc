#include "weir/engine/duckdb/functions/typed_call.h"

#include "weir/base/json.h"
#include "weir/types/schema_json.h"

namespace weir::engine {

namespace {

std::string ConstantText(duckdb::ClientContext& context, duckdb::Expression& expr) {
  return duckdb::ExpressionExecutor::EvaluateScalar(context, expr).ToString();
}

}  // namespace

duckdb::unique_ptr<duckdb::FunctionData> TypedCall::Copy() const {
  auto copy = duckdb::make_uniq<TypedCall>();
  copy->type = type;
  copy->options = options;
  return copy;
}

bool TypedCall::Equals(const duckdb::FunctionData& other) const {
  const auto& call = other.Cast<TypedCall>();
  return type == call.type && options == call.options;
}

duckdb::unique_ptr<duckdb::FunctionData> BindTypedCall(
    duckdb::ClientContext& context, duckdb::ScalarFunction& function,
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& arguments) {
  auto call = duckdb::make_uniq<TypedCall>();
  call->type = SchemaFromJson(ConstantText(context, *arguments[1])).fields().at(0).type;
  const Json options = ParseJson(ConstantText(context, *arguments[2]), "the options of a call");
  for (const auto& [name, value] : options.items()) {
    call->options[name] = value.get<std::string>();
  }
  if (arguments.size() > 3) {
    function.arguments[3] = arguments[3]->return_type;
    function.return_type = arguments[3]->return_type;
  } else {
    function.arguments[0] = arguments[0]->return_type;
  }
  return call;
}

}  // namespace weir::engine
