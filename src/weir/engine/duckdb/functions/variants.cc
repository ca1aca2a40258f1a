#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/engine/duckdb/functions/json_writer.h"
#include "weir/engine/duckdb/functions/variant_cells.h"
#include "weir/engine/duckdb/functions/zone_state.h"
#include "weir/types/schema_json.h"
#include "weir/types/variant_cast.h"
#include "weir/types/variant_json.h"

// parse_json, variant_get, casts to and from VARIANT, variant_explode, schema_of_variant.
namespace weir::engine {

namespace {

using duckdb::FlatVector;
using duckdb::idx_t;
using duckdb::ListVector;
using duckdb::LogicalType;
using duckdb::Vector;

std::optional<NewBlob> Parsed(std::string_view text, VariantBuilder& builder) {
  JsonCursor cursor(text);
  const bool good = AppendJson(cursor, builder);
  std::string bytes = builder.Finish();
  if (!good) return std::nullopt;
  return NewBlob{std::move(bytes)};
}

// ------------------------------------------------------------------------------- variant_get

// The last path, understood; most calls have one.
struct FromVariantState : duckdb::FunctionLocalState {
  explicit FromVariantState(const TypedCall& call)
      : cells(call.type, call.Flag("try", false),
              ZoneNamed(call.Option("timezone", UtcZone()->name()))) {}

  const std::vector<VariantStep>& Get(std::string_view path) {
    if (!steps || path != text) {
      steps = ParseVariantPath(path);
      text = path;
    }
    if (!steps) {
      Raise("INVALID_VARIANT_GET_PATH",
            "The path `" + text +
                "` is not a valid variant extraction path in `variant_get`. A valid path should "
                "start with `$` and is followed by zero or more segments like `[123]`, `.name`, "
                "`['name']`, or `[\"name\"]`.");
    }
    return *steps;
  }

  VariantCells cells;
  std::string text;
  std::optional<std::vector<VariantStep>> steps;
};

// f(value, type, options, NULL of the type [, path])
void GetVariant(duckdb::DataChunk& input, duckdb::ExpressionState& state, Vector& result) {
  const bool constant = input.AllConstant();
  const idx_t count = constant ? 1 : input.size();
  const TextColumn values(input.data[0], input.size());
  std::optional<TextColumn> paths;
  if (input.ColumnCount() > 4) paths.emplace(input.data[4], input.size());
  auto& local = Frame{state}.Local<FromVariantState>();
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  for (idx_t row = 0; row < count; ++row) {
    const auto bytes = values.At(row);
    const auto path = paths ? paths->At(row) : std::optional<std::string_view>("$");
    std::optional<VariantView> found;
    if (bytes && path) found = FollowPath(VariantView(*bytes), local.Get(*path));
    if (found) {
      local.cells.Put(*found, result, row);
    } else {
      FlatVector::SetNull(result, row, true);
    }
  }
  if (constant) result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
}

// ------------------------------------------------------------------------------- to VARIANT

struct ToVariantState : duckdb::FunctionLocalState {
  explicit ToVariantState(const TypedCall& call) : type(call.type) {}
  DataType type;
  VariantBuilder builder;
};

void ToVariant(duckdb::DataChunk& input, duckdb::ExpressionState& state, Vector& result) {
  const bool constant = input.AllConstant();
  const idx_t count = constant ? 1 : input.size();
  auto& local = Frame{state}.Local<ToVariantState>();
  const WriterColumn column(input.data[0], count, local.type);
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  for (idx_t row = 0; row < count; ++row) {
    if (column.IsNull(column.At(row))) {
      FlatVector::SetNull(result, row, true);
      continue;
    }
    AppendCell(column, row, local.builder);
    PutText(result, row, local.builder.Finish());
  }
  if (constant) result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
}

// ------------------------------------------------------------------------------- variant_explode

LogicalType ExplodedType() {
  return LogicalType::LIST(LogicalType::STRUCT({{"pos", LogicalType::INTEGER},
                                                {"key", LogicalType::VARCHAR},
                                                {"value", LogicalType::BLOB}}));
}

void Explode(duckdb::DataChunk& input, duckdb::ExpressionState&, Vector& result) {
  const bool constant = input.AllConstant();
  const idx_t count = constant ? 1 : input.size();
  const TextColumn values(input.data[0], input.size());
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  VariantBuilder builder;
  for (idx_t row = 0; row < count; ++row) {
    const idx_t begin = ListVector::GetListSize(result);
    size_t size = 0;
    if (const auto bytes = values.At(row)) {
      const VariantView value(*bytes);
      const bool object = value.kind() == VariantView::Kind::kObject;
      if (object || value.kind() == VariantView::Kind::kArray) size = value.size();
      ListVector::Reserve(result, begin + size);
      auto& fields = duckdb::StructVector::GetEntries(ListVector::GetEntry(result));
      for (size_t i = 0; i < size; ++i) {
        PutCell(*fields[0], begin + i, static_cast<int32_t>(i));
        if (object) {
          PutText(*fields[1], begin + i, value.name(i));
        } else {
          FlatVector::SetNull(*fields[1], begin + i, true);
        }
        builder.AppendVariant(value.item(i));
        PutText(*fields[2], begin + i, builder.Finish());
      }
    }
    ListVector::SetListSize(result, begin + size);
    PutCell(result, row, duckdb::list_entry_t{begin, size});
  }
  if (constant) result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
}

// ------------------------------------------------------------------------------- schemas

std::string ShapeText(const DataType& type) {
  return SchemaToJson(Schema({Field{"value", type, true, "{}"}}));
}

DataType ShapeOf(std::string_view text) { return SchemaFromJson(text).fields().at(0).type; }

// The shapes that rows have, as one; few rows have shapes of their own.
void MergeShapes(duckdb::DataChunk& input, duckdb::ExpressionState&, Vector& result) {
  const idx_t count = input.size();
  duckdb::UnifiedVectorFormat lists;
  input.data[0].ToUnifiedFormat(count, lists);
  Vector& items = ListVector::GetEntry(input.data[0]);
  const TextColumn texts(items, ListVector::GetListSize(input.data[0]));
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  for (idx_t row = 0; row < count; ++row) {
    const idx_t at = lists.sel->get_index(row);
    DataType merged = TypeId::kVoid;
    if (lists.validity.RowIsValid(at)) {
      const auto& list = duckdb::UnifiedVectorFormat::GetData<duckdb::list_entry_t>(lists)[at];
      for (idx_t i = 0; i < list.length; ++i) {
        if (const auto text = texts.At(list.offset + i)) {
          merged = CommonVariantType(merged, ShapeOf(*text));
        }
      }
    }
    PutText(result, row, VariantTypeToSql(merged));
  }
}

void AddReading(Registry& registry) {
  const auto add = [&](duckdb::vector<LogicalType> arguments) {
    duckdb::ScalarFunction function(std::move(arguments), LogicalType::ANY, GetVariant,
                                    BindTypedCall);
    function.SetInitStateCallback(NewTypedState<FromVariantState>);
    function.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
    function.SetFallible();
    registry.Add("weir_variant_get", std::move(function));
  };
  const auto text = LogicalType::VARCHAR;
  add({LogicalType::BLOB, text, text, LogicalType::ANY});
  add({LogicalType::BLOB, text, text, LogicalType::ANY, text});
}

}  // namespace

void AddVariants(Registry& registry) {
  registry.Add("weir_try_parse_json", [](std::string_view text) -> std::optional<NewBlob> {
    VariantBuilder builder;
    return Parsed(text, builder);
  });
  registry.Add("weir_parse_json", [](std::string_view text) {
    VariantBuilder builder;
    auto parsed = Parsed(text, builder);
    if (!parsed) {
      Raise(
          "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
          "Malformed records are detected in record parsing: " + std::string(text.substr(0, 100)) +
              ". It is no JSON, or an object in it has a name twice. Use `try_parse_json` to "
              "get NULL instead.");
    }
    return std::move(*parsed);
  });
  duckdb::ScalarFunction is_null = registry.Make([](std::optional<Blob> value) {
    return value && VariantView(value->bytes).kind() == VariantView::Kind::kNull;
  });
  is_null.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  registry.Add("weir_is_variant_null", std::move(is_null));
  AddZoned(registry, "weir_variant_to_json", [](Frame& frame, Blob value, std::string_view zone) {
    return VariantView(value.bytes).ToJson(frame.Local<ZoneState>().Get(zone));
  });
  registry.Add("weir_schema_of_variant", [](Blob value) {
    return VariantTypeToSql(TypeOfVariant(VariantView(value.bytes)));
  });
  registry.Add("weir_variant_shape",
               [](Blob value) { return ShapeText(TypeOfVariant(VariantView(value.bytes))); });
  duckdb::ScalarFunction merge({LogicalType::LIST(LogicalType::VARCHAR)}, LogicalType::VARCHAR,
                               MergeShapes);
  merge.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  registry.Add("weir_merge_variant_shapes", std::move(merge));
  AddReading(registry);
  duckdb::ScalarFunction writing({LogicalType::ANY, LogicalType::VARCHAR, LogicalType::VARCHAR},
                                 LogicalType::BLOB, ToVariant, BindTypedCall);
  writing.SetInitStateCallback(NewTypedState<ToVariantState>);
  writing.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  writing.SetFallible();
  registry.Add("weir_to_variant", std::move(writing));
  duckdb::ScalarFunction explode({LogicalType::BLOB}, ExplodedType(), Explode);
  explode.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  registry.Add("weir_variant_explode", std::move(explode));
}

}  // namespace weir::engine
