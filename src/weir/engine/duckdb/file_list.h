#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "weir/engine/duckdb/duckdb_pch.h"
#include "weir/engine/duckdb/parquet_source.h"
#include "weir/sql/plan.h"

namespace weir::engine {

// What is known of a source's files together, as the optimiser wants it. Read from the files'
// statistics once, when first asked. Safe from many threads.
class SourceStatistics {
 public:
  // `files` are positions in `source`.
  SourceStatistics(std::shared_ptr<const ParquetSource> source, std::vector<size_t> files)
      : source_(std::move(source)), files_(std::move(files)) {}
  // Rows of all files; nothing when one does not say.
  std::optional<int64_t> rows();
  // Bounds and NULLs of a column over all the files; null when nothing is known, or when there are
  // so many files that finding out would take longer than it saves.
  duckdb::unique_ptr<duckdb::BaseStatistics> Of(size_t column);

 private:
  // Of one column, over the files seen so far.
  struct Known {
    std::optional<Value> min, max;
    bool everywhere = true;  // Every file tells of it.
    bool bounded = true;     // Between `min` and `max`.
    bool no_nulls = true;
    void Add(const delta::FileStatistics& file, const Field& field);
    void Add(const Known& other);
  };
  void ReadColumns();
  std::vector<Known> KnownOf(size_t first, size_t end) const;

  const std::shared_ptr<const ParquetSource> source_;
  const std::vector<size_t> files_;
  std::once_flag rows_once_;
  std::once_flag columns_once_;
  std::optional<int64_t> rows_;
  std::vector<Known> columns_;  // As in the schema; empty when nothing was looked at.
};

// The files of one scan, as far as filters left them. Immutable.
class FileList final : public duckdb::MultiFileList {
 public:
  FileList(std::shared_ptr<const ParquetSource> source, std::string path_prefix);

  const ParquetSource& source() const { return *source_; }
  // The position in the source of the i-th file.
  size_t At(size_t i) const { return files_.at(i); }
  SourceStatistics& statistics() const { return *statistics_; }

  duckdb::unique_ptr<duckdb::MultiFileList> ComplexFilterPushdown(
      duckdb::ClientContext& context, const duckdb::MultiFileOptions& options,
      duckdb::MultiFilePushdownInfo& info,
      duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& filters) const override;
  duckdb::unique_ptr<duckdb::MultiFileList> DynamicFilterPushdown(
      duckdb::ClientContext& context, const duckdb::MultiFileOptions& options,
      const duckdb::vector<std::string>& names, const duckdb::vector<duckdb::LogicalType>& types,
      const duckdb::vector<duckdb::column_t>& column_ids,
      duckdb::TableFilterSet& filters) const override;

  duckdb::vector<duckdb::OpenFileInfo> GetAllFiles() const override;
  // Never "one": the engine would then look at fields that only an opened first file sets.
  duckdb::FileExpandResult GetExpandResult() const override {
    return duckdb::FileExpandResult::MULTIPLE_FILES;
  }
  duckdb::idx_t GetTotalFileCount() const override { return files_.size(); }
  duckdb::unique_ptr<duckdb::NodeStatistics> GetCardinality(
      duckdb::ClientContext& context) const override;
  duckdb::unique_ptr<duckdb::MultiFileList> Copy() const override;

 protected:
  duckdb::OpenFileInfo GetFile(duckdb::idx_t i) const override;

 private:
  FileList(const FileList& base, std::vector<size_t> files, std::set<std::string> judged);
  // The list without the files that `rows` rules out; null when it was judged by that already.
  duckdb::unique_ptr<duckdb::MultiFileList> Without(const Predicate& rows) const;

  const std::shared_ptr<const ParquetSource> source_;
  const std::string path_prefix_;
  const std::vector<size_t> files_;
  const std::set<std::string> judged_;  // Predicates, printed: they come again and again.
  const std::shared_ptr<SourceStatistics> statistics_;
};

}  // namespace weir::engine
