#pragma once

#include <map>
#include <string>

#include "weir/engine/duckdb/functions/registry.h"
#include "weir/types/data_type.h"

// Calls that depend on a type of ours and on options, both constant: from_json(text, schema,
// map(...)). The text for the engine is f(value, '<type>', '<options>' [, CAST(NULL AS <the
// result's type>)]), where <type> is as SchemaToJson writes a schema of one column, and <options> a
// JSON object of texts with names in lower case.
namespace weir::engine {

struct TypedCall : duckdb::FunctionData {
  DataType type;
  std::map<std::string, std::string> options;

  // "" where it was not given.
  std::string Option(const std::string& lower_name, const std::string& otherwise = {}) const {
    const auto found = options.find(lower_name);
    return found == options.end() ? otherwise : found->second;
  }
  bool Flag(const std::string& lower_name, bool otherwise) const {
    const auto found = options.find(lower_name);
    return found == options.end() ? otherwise : LowerName(found->second) == "true";
  }

  duckdb::unique_ptr<duckdb::FunctionData> Copy() const override;
  bool Equals(const duckdb::FunctionData& other) const override;
};

// For a function's bind callback: what the call was given, with the return type where it is told.
duckdb::unique_ptr<duckdb::FunctionData> BindTypedCall(
    duckdb::ClientContext& context, duckdb::ScalarFunction& function,
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& arguments);

// The call's own state of one thread, made from its TypedCall.
template <typename State>
duckdb::unique_ptr<duckdb::FunctionLocalState> NewTypedState(duckdb::ExpressionState&,
                                                             const duckdb::BoundFunctionExpression&,
                                                             duckdb::FunctionData* data) {
  return duckdb::make_uniq<State>(data->Cast<TypedCall>());
}

// Values of one column read row by row, whatever form its vector has.
struct TextColumn {
  TextColumn(duckdb::Vector& vector, duckdb::idx_t count) { vector.ToUnifiedFormat(count, format); }
  std::optional<std::string_view> At(duckdb::idx_t row) const {
    const auto at = format.sel->get_index(row);
    if (!format.validity.RowIsValid(at)) return std::nullopt;
    const auto& text = duckdb::UnifiedVectorFormat::GetData<duckdb::string_t>(format)[at];
    return std::string_view(text.GetData(), text.GetSize());
  }

  duckdb::UnifiedVectorFormat format;
};

}  // namespace weir::engine
