#include <string>

#include "weir/engine/duckdb/functions/registry.h"
#include "weir/engine/duckdb/functions/typed_call.h"

// array_join(texts, separator [, instead of NULL]): the engine's own wants a constant separator.
namespace weir::engine {

namespace {

using duckdb::idx_t;
using duckdb::list_entry_t;
using duckdb::LogicalType;
using duckdb::string_t;
using duckdb::UnifiedVectorFormat;
using duckdb::Vector;

// NULL where an argument is; elements that are NULL are left out, or replaced by the third.
void JoinTexts(duckdb::DataChunk& input, duckdb::ExpressionState&, Vector& result) {
  const bool constant = input.AllConstant();
  const idx_t count = constant ? 1 : input.size();
  UnifiedVectorFormat lists;
  input.data[0].ToUnifiedFormat(input.size(), lists);
  const TextColumn elements(duckdb::ListVector::GetEntry(input.data[0]),
                            duckdb::ListVector::GetListSize(input.data[0]));
  const TextColumn separators(input.data[1], input.size());
  const bool replaces = input.ColumnCount() == 3;
  const TextColumn replacements(input.data[replaces ? 2 : 1], input.size());
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  auto* const out = duckdb::FlatVector::GetData<string_t>(result);
  std::string text;
  for (idx_t row = 0; row < count; ++row) {
    const idx_t at = lists.sel->get_index(row);
    const auto separator = separators.At(row);
    const auto replacement = replacements.At(row);
    if (!lists.validity.RowIsValid(at) || !separator || !replacement) {
      duckdb::FlatVector::SetNull(result, row, true);
      continue;
    }
    const list_entry_t& list = UnifiedVectorFormat::GetData<list_entry_t>(lists)[at];
    text.clear();
    bool first = true;
    for (idx_t i = list.offset; i < list.offset + list.length; ++i) {
      const auto element = elements.At(i);
      if (!element && !replaces) continue;
      if (!first) text += *separator;
      text += element ? *element : *replacement;
      first = false;
    }
    out[row] = duckdb::StringVector::AddStringOrBlob(result, text.data(), text.size());
  }
  if (constant) result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
}

}  // namespace

void AddListTexts(Registry& registry) {
  const LogicalType texts = LogicalType::LIST(LogicalType::VARCHAR);
  for (const size_t separators : {size_t{1}, size_t{2}}) {
    duckdb::vector<LogicalType> arguments = {texts};
    arguments.insert(arguments.end(), separators, LogicalType::VARCHAR);
    registry.Add("weir_array_join",
                 duckdb::ScalarFunction(std::move(arguments), LogicalType::VARCHAR, JoinTexts));
  }
}

}  // namespace weir::engine
