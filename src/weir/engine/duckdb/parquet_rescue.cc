#include "weir/engine/duckdb/parquet_rescue.h"

#include <algorithm>
#include <duckdb/function/function_binder.hpp>
#include <optional>
#include <string_view>

#include "weir/connect/files/rescue.h"
#include "weir/engine/duckdb/statement_context.h"
#include "weir/engine/duckdb/type_mapping.h"
#include "weir/engine/duckdb/variant_columns.h"
#include "weir/types/time_zone.h"

namespace weir::engine {
namespace {

using duckdb::idx_t;
using duckdb::LogicalType;
using duckdb::LogicalTypeId;

bool IsTimestamp(const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::TIMESTAMP:
    case LogicalTypeId::TIMESTAMP_TZ:
    case LogicalTypeId::TIMESTAMP_MS:
    case LogicalTypeId::TIMESTAMP_NS:
    case LogicalTypeId::TIMESTAMP_SEC:
      return true;
    default:
      return false;
  }
}

// Digits before the decimal point, and bytes for unsigned numbers, that a type may need.
int IntegralDigits(const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::TINYINT:
    case LogicalTypeId::UTINYINT:
      return 3;
    case LogicalTypeId::SMALLINT:
    case LogicalTypeId::USMALLINT:
      return 5;
    case LogicalTypeId::INTEGER:
    case LogicalTypeId::UINTEGER:
      return 10;
    case LogicalTypeId::BIGINT:
      return 19;
    case LogicalTypeId::UBIGINT:
      return 20;
    default:
      return 100;
  }
}

bool Fits(const LogicalType& file, const LogicalType& wanted);

bool MembersFit(const LogicalType& file, const LogicalType& wanted) {
  for (const auto& [name, type] : duckdb::StructType::GetChildTypes(file)) {
    for (const auto& [wanted_name, wanted_type] : duckdb::StructType::GetChildTypes(wanted)) {
      if (duckdb::StringUtil::CIEquals(name, wanted_name) && !Fits(type, wanted_type)) {
        return false;
      }
    }
  }
  return true;
}

bool Fits(const LogicalType& file, const LogicalType& wanted) {
  if (file == wanted || (IsTimestamp(file) && IsTimestamp(wanted))) return true;
  if (wanted == VariantFileType()) return IsVariantGroup(file);
  switch (wanted.id()) {
    case LogicalTypeId::SMALLINT:
    case LogicalTypeId::INTEGER:
    case LogicalTypeId::BIGINT:
      return file.IsIntegral() && file.InternalType() != duckdb::PhysicalType::INT128 &&
             IntegralDigits(file) <= IntegralDigits(wanted) &&
             (IntegralDigits(file) < IntegralDigits(wanted) || !file.IsUnsigned());
    case LogicalTypeId::DOUBLE:
      return file.id() == LogicalTypeId::FLOAT || (file.IsIntegral() && IntegralDigits(file) <= 10);
    case LogicalTypeId::DECIMAL: {
      const int scale = duckdb::DecimalType::GetScale(wanted);
      const int digits = duckdb::DecimalType::GetWidth(wanted) - scale;
      if (file.id() != LogicalTypeId::DECIMAL) {
        return file.IsIntegral() && IntegralDigits(file) <= digits;
      }
      return duckdb::DecimalType::GetScale(file) <= scale &&
             duckdb::DecimalType::GetWidth(file) - duckdb::DecimalType::GetScale(file) <= digits;
    }
    case LogicalTypeId::VARCHAR:
      return file.id() == LogicalTypeId::ENUM || file.id() == LogicalTypeId::UUID;
    case LogicalTypeId::TIMESTAMP:
      return file.id() == LogicalTypeId::DATE;
    case LogicalTypeId::LIST:
      return file.id() == LogicalTypeId::LIST &&
             Fits(duckdb::ListType::GetChildType(file), duckdb::ListType::GetChildType(wanted));
    case LogicalTypeId::MAP:
      return file.id() == LogicalTypeId::MAP &&
             Fits(duckdb::MapType::KeyType(file), duckdb::MapType::KeyType(wanted)) &&
             Fits(duckdb::MapType::ValueType(file), duckdb::MapType::ValueType(wanted));
    case LogicalTypeId::STRUCT:
      return file.id() == LogicalTypeId::STRUCT && MembersFit(file, wanted);
    default:
      return false;
  }
}

void Rescue(duckdb::DataChunk& arguments, duckdb::ExpressionState& state, duckdb::Vector& result) {
  const idx_t rows = arguments.size();
  std::vector<duckdb::UnifiedVectorFormat> columns(arguments.ColumnCount());
  for (idx_t i = 0; i < columns.size(); ++i) arguments.data[i].ToUnifiedFormat(rows, columns[i]);
  const auto text_at = [&](idx_t column, idx_t row) -> std::optional<std::string_view> {
    const auto& format = columns[column];
    const idx_t at = format.sel->get_index(row);
    if (!format.validity.RowIsValid(at)) return std::nullopt;
    const auto& text = duckdb::UnifiedVectorFormat::GetData<duckdb::string_t>(format)[at];
    return std::string_view(text.GetData(), text.GetSize());
  };
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  auto* const texts = duckdb::FlatVector::GetData<duckdb::string_t>(result);
  connect::Rescuer rescuer(text_at(0, 0).value_or(""));
  std::string name;
  int64_t rescued = 0;
  for (idx_t row = 0; row < rows; ++row) {
    rescuer.BeginRow();
    for (idx_t i = 1; i + 1 < columns.size(); i += 2) {
      const auto json = text_at(i + 1, row);
      if (!json || *json == "null") continue;
      name.clear();
      connect::AppendJsonText(name, *text_at(i, row));
      rescuer.Add(name, *json);
    }
    if (rescuer.HasAny()) {
      ++rescued;
      const std::string_view text = rescuer.Finish();
      texts[row] = duckdb::StringVector::AddString(result, text.data(), text.size());
    } else {
      duckdb::FlatVector::SetNull(result, row, true);
    }
  }
  if (rescued > 0) StatementContext::Of(state.GetContext()).CountRescued(rescued, 0);
}

void CountLoss(duckdb::DataChunk& arguments, duckdb::ExpressionState& state,
               duckdb::Vector& result) {
  const idx_t rows = arguments.size();
  std::vector<duckdb::UnifiedVectorFormat> columns(arguments.ColumnCount());
  for (idx_t i = 0; i < columns.size(); ++i) arguments.data[i].ToUnifiedFormat(rows, columns[i]);
  int64_t lossy = 0;
  for (idx_t row = 0; row < rows; ++row) {
    lossy += std::any_of(columns.begin(), columns.end(), [&](const auto& column) {
      return column.validity.RowIsValid(column.sel->get_index(row));
    });
  }
  if (lossy > 0) StatementContext::Of(state.GetContext()).CountRescued(0, lossy);
  result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
  duckdb::ConstantVector::SetNull(result, true);
}

// A column of the file, which is read beside those that are read anyway.
duckdb::unique_ptr<duckdb::Expression> AlsoRead(duckdb::BaseFileReader& reader, size_t column) {
  const idx_t place = reader.column_ids.size();
  reader.column_ids.emplace_back(duckdb::MultiFileLocalColumnId(column));
  reader.column_indexes.emplace_back(column);
  return duckdb::make_uniq<duckdb::BoundReferenceExpression>(reader.GetColumns()[column].type,
                                                             place);
}

duckdb::unique_ptr<duckdb::Expression> Call(
    duckdb::ClientContext& context, const std::string& name,
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>> arguments) {
  duckdb::ErrorData error;
  duckdb::FunctionBinder binder(context);
  auto call = binder.BindScalarFunction(DEFAULT_SCHEMA, name, std::move(arguments), error);
  if (!call) error.Throw();
  return call;
}

duckdb::unique_ptr<duckdb::Expression> Constant(const std::string& text) {
  return duckdb::make_uniq<duckdb::BoundConstantExpression>(duckdb::Value(text));
}

duckdb::unique_ptr<duckdb::Expression> JsonOf(duckdb::ClientContext& context,
                                              duckdb::unique_ptr<duckdb::Expression> value) {
  duckdb::vector<duckdb::unique_ptr<duckdb::Expression>> arguments;
  if (IsVariantGroup(value->return_type)) {
    arguments.push_back(
        duckdb::BoundCastExpression::AddCastToType(context, std::move(value), LogicalType::BLOB));
    arguments.push_back(Constant(UtcZone()->name()));
    return Call(context, "weir_variant_to_json", std::move(arguments));
  }
  arguments.push_back(std::move(value));
  return duckdb::BoundCastExpression::AddCastToType(
      context, Call(context, "to_json", std::move(arguments)), LogicalType::VARCHAR);
}

}  // namespace

bool FitsInto(const LogicalType& file, const DataType& wanted) {
  return Fits(file, ToDuckdbStored(wanted));
}

duckdb::unique_ptr<duckdb::Expression> RescueExpression(duckdb::ClientContext& context,
                                                        duckdb::BaseFileReader& reader,
                                                        const std::vector<size_t>& columns,
                                                        const std::string& uri) {
  duckdb::vector<duckdb::unique_ptr<duckdb::Expression>> arguments;
  arguments.push_back(Constant(uri));
  for (const size_t column : columns) {
    arguments.push_back(Constant(reader.GetColumns()[column].name));
    arguments.push_back(JsonOf(context, AlsoRead(reader, column)));
  }
  return Call(context, "weir_rescue", std::move(arguments));
}

duckdb::unique_ptr<duckdb::Expression> LossExpression(duckdb::BaseFileReader& reader,
                                                      const std::vector<size_t>& columns,
                                                      const LogicalType& type) {
  duckdb::vector<duckdb::unique_ptr<duckdb::Expression>> values;
  for (const size_t column : columns) values.push_back(AlsoRead(reader, column));
  duckdb::ScalarFunction function("weir_loss", {}, type, CountLoss);
  function.varargs = LogicalType::ANY;
  function.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  function.SetVolatile();
  return duckdb::make_uniq<duckdb::BoundFunctionExpression>(type, std::move(function),
                                                            std::move(values), nullptr);
}

void RegisterRescue(duckdb::ExtensionLoader& loader) {
  duckdb::ScalarFunction function("weir_rescue", {LogicalType::VARCHAR}, LogicalType::VARCHAR,
                                  Rescue);
  function.varargs = LogicalType::VARCHAR;
  function.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  loader.RegisterFunction(std::move(function));
}

}  // namespace weir::engine
