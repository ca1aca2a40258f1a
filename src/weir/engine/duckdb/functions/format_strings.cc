#include "weir/engine/duckdb/functions/java_format.h"
#include "weir/engine/duckdb/functions/registry.h"

// format_string(format, values...)
namespace weir::engine {

namespace {

struct Formats : duckdb::FunctionLocalState {
  std::string text;
  std::optional<JavaFormat> format;

  const JavaFormat& Get(std::string_view wanted) {
    if (!format || text != wanted) {
      format.emplace(wanted);
      text = wanted;
    }
    return *format;
  }
};

duckdb::unique_ptr<duckdb::FunctionLocalState> NewFormats(duckdb::ExpressionState&,
                                                          const duckdb::BoundFunctionExpression&,
                                                          duckdb::FunctionData*) {
  return duckdb::make_uniq<Formats>();
}

template <typename T>
const T& Cell(const duckdb::UnifiedVectorFormat& format, duckdb::idx_t at) {
  return duckdb::UnifiedVectorFormat::GetData<T>(format)[at];
}

FormatArgument ArgumentOf(const duckdb::LogicalType& type,
                          const duckdb::UnifiedVectorFormat& format, duckdb::idx_t row) {
  using Id = duckdb::LogicalTypeId;
  const auto at = format.sel->get_index(row);
  if (!format.validity.RowIsValid(at)) return std::monostate();
  const auto whole = [&]<typename T>(T) {
    return FormatWhole{Cell<T>(format, at), static_cast<int>(sizeof(T) * 8)};
  };
  switch (type.id()) {
    case Id::BOOLEAN:
      return Cell<bool>(format, at);
    case Id::TINYINT:
      return whole(int8_t());
    case Id::SMALLINT:
      return whole(int16_t());
    case Id::INTEGER:
    case Id::DATE:  // Spark prints its days.
      return whole(int32_t());
    case Id::BIGINT:
    case Id::TIMESTAMP:  // Its microseconds.
      return whole(int64_t());
    case Id::FLOAT:
      return FormatReal{Cell<float>(format, at), true};
    case Id::DOUBLE:
      return FormatReal{Cell<double>(format, at), false};
    default: {
      const auto& text = Cell<duckdb::string_t>(format, at);
      return std::string_view(text.GetData(), text.GetSize());
    }
  }
}

void Format(duckdb::DataChunk& input, duckdb::ExpressionState& state, duckdb::Vector& result) {
  const bool constant = input.AllConstant();
  const duckdb::idx_t count = constant ? 1 : input.size();
  auto& formats = Frame{state}.Local<Formats>();
  std::vector<duckdb::UnifiedVectorFormat> columns(input.ColumnCount());
  for (size_t i = 0; i < columns.size(); ++i) {
    input.data[i].ToUnifiedFormat(input.size(), columns[i]);
  }
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  auto* const out = duckdb::FlatVector::GetData<duckdb::string_t>(result);
  std::vector<FormatArgument> arguments(columns.size() - 1);
  for (duckdb::idx_t row = 0; row < count; ++row) {
    const auto format = ArgumentOf(duckdb::LogicalType::VARCHAR, columns[0], row);
    const auto* const text = std::get_if<std::string_view>(&format);
    if (text == nullptr) {
      duckdb::FlatVector::SetNull(result, row, true);
      continue;
    }
    for (size_t i = 1; i < columns.size(); ++i) {
      arguments[i - 1] = ArgumentOf(input.data[i].GetType(), columns[i], row);
    }
    const std::string printed = formats.Get(*text).Print(arguments);
    out[row] = duckdb::StringVector::AddString(result, printed);
  }
  if (constant) result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
}

}  // namespace

void AddFormats(Registry& registry) {
  duckdb::ScalarFunction function({duckdb::LogicalType::VARCHAR}, duckdb::LogicalType::VARCHAR,
                                  Format);
  function.varargs = duckdb::LogicalType::ANY;
  function.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  function.SetInitStateCallback(NewFormats);
  function.SetFallible();
  registry.Add("weir_format_string", std::move(function));
}

}  // namespace weir::engine
