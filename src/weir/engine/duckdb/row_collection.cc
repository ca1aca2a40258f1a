#include "weir/engine/duckdb/row_collection.h"

namespace weir::engine {

void RowCollection::Append(duckdb::DataChunk& chunk) {
  if (!collection_) {
    collection_ = duckdb::make_uniq<duckdb::ColumnDataCollection>(context_, types_);
    collection_->InitializeAppend(append_);
  }
  collection_->Append(append_, chunk);
}

DataFiles::Rows RowCollection::Take() {
  append_ = duckdb::ColumnDataAppendState();
  return std::move(collection_);
}

RowDealer::RowDealer(size_t targets) : selections_(targets) {}

void RowDealer::Choose(duckdb::idx_t row, size_t target) {
  Selection& selection = selections_[target];
  if (selection.count == 0) {
    chosen_.push_back(target);
    if (selection.rows.data() == nullptr) selection.rows.Initialize(STANDARD_VECTOR_SIZE);
  }
  selection.rows.set_index(selection.count++, row);
}

}  // namespace weir::engine
