#pragma once

#include <duckdb/common/types/column/column_data_collection.hpp>
#include <vector>

#include "weir/engine/duckdb/data_files.h"

namespace weir::engine {

// Rows that are gathered, in memory that the engine may move to disk. Driven by one thread.
class RowCollection {
 public:
  RowCollection(duckdb::ClientContext& context, const duckdb::vector<duckdb::LogicalType>& types)
      : context_(context), types_(types) {}

  duckdb::idx_t rows() const { return collection_ ? collection_->Count() : 0; }
  duckdb::idx_t bytes() const { return collection_ ? collection_->SizeInBytes() : 0; }
  bool empty() const { return rows() == 0; }
  void Append(duckdb::DataChunk& chunk);
  // What was gathered, null for nothing; it starts empty again.
  DataFiles::Rows Take();

 private:
  duckdb::ClientContext& context_;
  const duckdb::vector<duckdb::LogicalType>& types_;
  DataFiles::Rows collection_;
  duckdb::ColumnDataAppendState append_;
};

// Deals out the rows of chunks to `targets` collections.
class RowDealer {
 public:
  explicit RowDealer(size_t targets);

  // The row goes to that target.
  void Choose(duckdb::idx_t row, size_t target);
  // Calls `each(target, rows)` for every target that rows of `chunk` were chosen for.
  template <typename Each>
  void Deal(duckdb::DataChunk& chunk, const Each& each) {
    for (const size_t target : chosen_) {
      duckdb::DataChunk part;
      part.InitializeEmpty(chunk.GetTypes());
      part.Reference(chunk);
      Selection& selection = selections_[target];
      if (selection.count < chunk.size()) {
        part.Slice(selection.rows, selection.count);
      }
      each(target, part);
      selection.count = 0;
    }
    chosen_.clear();
  }

 private:
  struct Selection {
    duckdb::SelectionVector rows;
    duckdb::idx_t count = 0;
  };
  std::vector<Selection> selections_;
  std::vector<size_t> chosen_;
};

}  // namespace weir::engine
