#include <algorithm>

#include "weir/engine/duckdb/functions/json_text.h"
#include "weir/engine/duckdb/functions/registry.h"

// json_tuple, json_array_length, json_object_keys: what stands at the top of a JSON text.
namespace weir::engine {

namespace {

using duckdb::FlatVector;
using duckdb::idx_t;
using duckdb::list_entry_t;
using duckdb::ListVector;
using duckdb::LogicalType;
using duckdb::string_t;
using duckdb::StringVector;
using duckdb::Vector;

std::optional<int32_t> ArrayLength(std::string_view text) {
  JsonCursor cursor(text, kHiveDialect);
  if (cursor.Kind() != JsonKind::kArray) return std::nullopt;
  int32_t length = 0;
  cursor.BeginArray();
  for (; cursor.NextItem(); ++length) cursor.Skip();
  return cursor.ok() ? std::optional(length) : std::nullopt;
}

// ------------------------------------------------------------------------------- keys

bool ReadKeys(std::string_view text, std::vector<std::string>& keys) {
  keys.clear();
  JsonCursor cursor(text, kHiveDialect);
  if (cursor.Kind() != JsonKind::kObject) return false;
  std::string scratch;
  cursor.BeginObject();
  for (std::string_view name; cursor.NextName(name, scratch);) {
    keys.emplace_back(name);
    cursor.Skip();
  }
  return cursor.ok();
}

void ObjectKeys(duckdb::DataChunk& input, duckdb::ExpressionState&, Vector& result) {
  const bool constant = input.AllConstant();
  const idx_t count = constant ? 1 : input.size();
  duckdb::UnifiedVectorFormat texts;
  input.data[0].ToUnifiedFormat(input.size(), texts);
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  auto* const out = FlatVector::GetData<list_entry_t>(result);
  std::vector<std::string> keys;
  for (idx_t row = 0; row < count; ++row) {
    const idx_t at = texts.sel->get_index(row);
    const idx_t begin = ListVector::GetListSize(result);
    out[row] = {begin, 0};
    const auto& text = duckdb::UnifiedVectorFormat::GetData<string_t>(texts)[at];
    if (!texts.validity.RowIsValid(at) || !ReadKeys({text.GetData(), text.GetSize()}, keys)) {
      FlatVector::SetNull(result, row, true);
      continue;
    }
    ListVector::Reserve(result, begin + keys.size());
    Vector& items = ListVector::GetEntry(result);
    auto* const names = FlatVector::GetData<string_t>(items);
    for (size_t i = 0; i < keys.size(); ++i) {
      names[begin + i] = StringVector::AddString(items, keys[i]);
    }
    ListVector::SetListSize(result, begin + keys.size());
    out[row].length = keys.size();
  }
  if (constant) result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
}

// ------------------------------------------------------------------------------- tuples

// One row's fields by name, and what was found for each.
struct Tuple {
  std::vector<std::optional<std::string_view>> names;
  std::vector<std::optional<std::string>> values;

  void Put(std::string_view name, const std::string& value) {
    for (size_t i = 0; i < names.size(); ++i) {
      if (names[i] == name) values[i] = value;
    }
  }
  bool Wants(std::string_view name) const {
    return std::find(names.begin(), names.end(), std::optional(name)) != names.end();
  }
  void Read(std::string_view text) {
    JsonCursor cursor(text, kHiveDialect);
    std::string scratch;
    std::string value;
    if (cursor.Kind() == JsonKind::kObject) {
      cursor.BeginObject();
      for (std::string_view name; cursor.NextName(name, scratch);) {
        if (!Wants(name) || cursor.Kind() == JsonKind::kNull) {
          cursor.Skip();
          continue;
        }
        const std::string wanted(name);
        value.clear();
        if (cursor.Kind() == JsonKind::kText) {
          value = cursor.TakeText(scratch);
        } else {
          CopyJson(cursor, value, JsonEscapes::kPairs);
        }
        Put(wanted, value);
      }
    }
    if (!cursor.ok()) values.assign(names.size(), std::nullopt);
  }
};

// A list of one row: a struct of the values, or the value itself where there is one.
void Tuples(duckdb::DataChunk& input, duckdb::ExpressionState&, Vector& result) {
  const bool constant = input.AllConstant();
  const idx_t count = constant ? 1 : input.size();
  std::vector<duckdb::UnifiedVectorFormat> columns(input.ColumnCount());
  for (size_t i = 0; i < columns.size(); ++i) {
    input.data[i].ToUnifiedFormat(input.size(), columns[i]);
  }
  const auto cell = [&](size_t column, idx_t row) -> std::optional<std::string_view> {
    const idx_t at = columns[column].sel->get_index(row);
    if (!columns[column].validity.RowIsValid(at)) return std::nullopt;
    const auto& text = duckdb::UnifiedVectorFormat::GetData<string_t>(columns[column])[at];
    return std::string_view(text.GetData(), text.GetSize());
  };
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  ListVector::Reserve(result, count);
  ListVector::SetListSize(result, count);
  auto* const out = FlatVector::GetData<list_entry_t>(result);
  Vector& rows = ListVector::GetEntry(result);
  std::vector<Vector*> fields{&rows};
  if (columns.size() > 2) {
    fields.clear();
    for (auto& entry : duckdb::StructVector::GetEntries(rows)) fields.push_back(&*entry);
  }
  Tuple tuple;
  tuple.names.resize(fields.size());
  for (idx_t row = 0; row < count; ++row) {
    out[row] = {row, 1};
    for (size_t i = 0; i < fields.size(); ++i) tuple.names[i] = cell(i + 1, row);
    tuple.values.assign(fields.size(), std::nullopt);
    if (const auto text = cell(0, row)) tuple.Read(*text);
    for (size_t i = 0; i < fields.size(); ++i) {
      if (tuple.values[i]) {
        FlatVector::GetData<string_t>(*fields[i])[row] =
            StringVector::AddString(*fields[i], *tuple.values[i]);
      } else {
        FlatVector::SetNull(*fields[i], row, true);
      }
    }
  }
  if (constant) result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
}

duckdb::unique_ptr<duckdb::FunctionData> BindTuples(
    duckdb::ClientContext&, duckdb::ScalarFunction& function,
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& arguments) {
  duckdb::child_list_t<LogicalType> fields;
  for (size_t i = 1; i < arguments.size(); ++i) {
    fields.emplace_back("c" + std::to_string(i - 1), LogicalType::VARCHAR);
  }
  const bool single = fields.size() == 1;
  function.return_type =
      LogicalType::LIST(single ? LogicalType::VARCHAR : LogicalType::STRUCT(std::move(fields)));
  return nullptr;
}

}  // namespace

void AddJsonTuples(Registry& registry) {
  registry.Add("weir_json_array_length", [](std::string_view text) { return ArrayLength(text); });
  duckdb::ScalarFunction keys({LogicalType::VARCHAR}, LogicalType::LIST(LogicalType::VARCHAR),
                              ObjectKeys);
  keys.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  registry.Add("weir_json_object_keys", std::move(keys));
  duckdb::ScalarFunction tuples({LogicalType::VARCHAR}, LogicalType::LIST(LogicalType::ANY), Tuples,
                                BindTuples);
  tuples.varargs = LogicalType::VARCHAR;
  tuples.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  registry.Add("weir_json_tuple", std::move(tuples));
}

}  // namespace weir::engine
