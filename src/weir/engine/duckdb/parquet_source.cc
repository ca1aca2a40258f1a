#include "weir/engine/duckdb/parquet_source.h"

#include <algorithm>
#include <numeric>

#include "weir/base/error.h"
#include "weir/delta/deletion_vector.h"
#include "weir/delta/paths.h"
#include "weir/delta/row_tracking.h"
#include "weir/delta/statistics.h"
#include "weir/sql/plan.h"

namespace weir::engine {
namespace {

std::vector<size_t> All(size_t count) {
  std::vector<size_t> all(count);
  std::iota(all.begin(), all.end(), size_t{0});
  return all;
}

class TableSource final : public ParquetSource {
 public:
  explicit TableSource(const TableInput& input)
      : location_(input.location),
        snapshot_(input.snapshot),
        files_(input.files),
        deleted_(input.deleted),
        is_past_(input.is_past),
        schema_(snapshot_->schema()) {
    for (const std::string& name : snapshot_->metadata().partition_columns) {
      const auto column = schema().Find(name);
      if (!column) {
        throw Error(ErrorCode::kCorrupt, "table " + location_.uri + ": partition column `" + name +
                                             "` is not in its schema");
      }
      constant_columns_.push_back(*column);
    }
    const auto& configuration = snapshot_->metadata().configuration;
    const auto mapping = delta::MappingOf(configuration);
    if (mapping != delta::ColumnMapping::kNone) {
      stored_columns_ = StoredColumns{delta::StoredFieldsOf(snapshot_->schema(), configuration),
                                      mapping == delta::ColumnMapping::kId};
    }
    AddRowTracking();
    if (!files_) return;
    for (const size_t file : *files_) position_of_.emplace(file, position_of_.size());
  }

  const Schema& schema() const override { return schema_; }
  const std::shared_ptr<io::ObjectStore>& store() const override { return location_.store; }
  size_t size() const override { return files_ ? files_->size() : snapshot_->files().size(); }
  std::string KeyOf(size_t file) const override { return snapshot_->KeyOf(HeadAt(file)); }
  std::string UriOf(size_t file) const override {
    const std::string path = HeadAt(file).path;
    return delta::IsAbsolutePath(path) ? path : location_.uri + "/" + path;
  }
  uint64_t BytesOf(size_t file) const override { return static_cast<uint64_t>(HeadAt(file).size); }
  // Nobody writes a data file anew by its name, and the log says how long it is.
  std::optional<io::ObjectInfo> KnownOf(size_t file) const override {
    const delta::AddFile head = HeadAt(file);
    if (head.size <= 0) return std::nullopt;
    return io::ObjectInfo{snapshot_->KeyOf(head), static_cast<uint64_t>(head.size),
                          Instant{head.modification_time_millis * 1000}, ""};
  }
  bool is_past() const override { return is_past_; }
  size_t PositionOf(size_t file) const override { return files_ ? files_->at(file) : file; }
  const std::vector<size_t>& constant_columns() const override { return constant_columns_; }
  const std::optional<StoredColumns>& stored_columns() const override { return stored_columns_; }
  std::optional<size_t> rescued_column() const override { return std::nullopt; }

  const std::map<std::string, std::string>& renamed_columns() const override {
    return renamed_columns_;
  }

  std::vector<Value> ConstantsOf(size_t file) const override {
    std::vector<Value> values;
    if (constant_columns_.empty()) return values;
    const delta::AddFile head = HeadAt(file);
    std::map<std::string, Value> constants = snapshot_->PartitionOf(head);
    const auto add = [&](const char* name, const std::optional<int64_t>& number) {
      if (number) constants.emplace(name, Value::Long(*number));
    };
    add(sql::kBaseRowIdColumn, head.base_row_id);
    add(sql::kFileVersionColumn, head.default_row_commit_version);
    for (const size_t column : constant_columns_) {
      const auto value = constants.find(schema()[column].name);
      values.push_back(value == constants.end() ? Value::Null(schema()[column].type)
                                                : value->second);
    }
    return values;
  }

  ChosenRows RowsOf(size_t file) const override {
    const auto known = deleted_.find(PositionOf(file));
    if (known != deleted_.end()) return {known->second};
    if (HeadAt(file).deletion_vector_json.empty()) return {};
    return {std::make_shared<const delta::RowSet>(delta::DeletedRows(location_, At(file)))};
  }

  delta::FileStatistics StatisticsOf(size_t file) const override {
    delta::FileStatistics statistics = snapshot_->StatisticsOf(At(file));
    const auto known = deleted_.find(PositionOf(file));
    if (known == deleted_.end()) return statistics;
    int64_t more = static_cast<int64_t>(known->second->size());
    if (const auto vector = delta::DeletionVectorOf(At(file))) more -= vector->cardinality;
    return delta::WithoutRows(std::move(statistics), more);
  }

  std::optional<int64_t> RowsIn(const std::vector<size_t>& files) const override {
    if (!deleted_.empty()) return ParquetSource::RowsIn(files);
    std::vector<size_t> positions;
    positions.reserve(files.size());
    for (const size_t file : files) positions.push_back(PositionOf(file));
    return snapshot_->RowsIn(positions);
  }

  std::vector<size_t> FilesFor(const Predicate& rows) const override {
    if (rows.IsTrue()) return All(size());
    const std::vector<size_t> matching = snapshot_->FilesFor(rows);
    if (!files_) return matching;
    std::vector<size_t> chosen;
    for (const size_t file : matching) {
      const auto position = position_of_.find(file);
      if (position != position_of_.end()) chosen.push_back(position->second);
    }
    std::sort(chosen.begin(), chosen.end());
    return chosen;
  }

 private:
  // What tells the ids of rows stands behind the table's own columns.
  void AddRowTracking() {
    const auto& configuration = snapshot_->metadata().configuration;
    if (!delta::TracksRows(configuration)) return;
    std::vector<Field> fields = schema_.fields();
    const auto add = [&](const char* name) {
      fields.push_back({name, TypeId::kLong, true, "{}"});
      return fields.size() - 1;
    };
    constant_columns_.push_back(add(sql::kBaseRowIdColumn));
    constant_columns_.push_back(add(sql::kFileVersionColumn));
    add(sql::kStoredRowIdColumn);  // Read from files that have them.
    add(sql::kStoredRowVersionColumn);
    schema_ = Schema(std::move(fields));
    const auto rename = [&](const char* property, const char* column) {
      const auto found = configuration.find(property);
      if (found != configuration.end()) renamed_columns_.emplace(found->second, column);
    };
    rename(delta::kRowIdColumn, sql::kStoredRowIdColumn);
    rename(delta::kRowVersionColumn, sql::kStoredRowVersionColumn);
  }

  delta::AddFile At(size_t file) const { return snapshot_->files().at(PositionOf(file)); }
  // Without its statistics.
  delta::AddFile HeadAt(size_t file) const { return snapshot_->files().HeadAt(PositionOf(file)); }

  const io::Location location_;
  const std::shared_ptr<const delta::Snapshot> snapshot_;
  const std::optional<std::vector<size_t>> files_;
  const std::map<size_t, std::shared_ptr<const delta::RowSet>> deleted_;
  const bool is_past_;
  std::map<size_t, size_t> position_of_;  // From the snapshot's positions to ours.
  Schema schema_;
  std::vector<size_t> constant_columns_;
  std::map<std::string, std::string> renamed_columns_;
  std::optional<StoredColumns> stored_columns_;
};

class FileSetSource final : public ParquetSource {
 public:
  FileSetSource(const FileSet& files, std::shared_ptr<io::ObjectStore> store,
                std::map<size_t, ChosenRows> chosen,
                std::optional<std::vector<CountedFile>> counted)
      : files_(files.files),
        store_(std::move(store)),
        chosen_(std::move(chosen)),
        counted_(std::move(counted)) {
    std::vector<Field> fields = files.schema.fields();
    for (const Field& folder : files.folder_columns.fields()) {
      constant_columns_.push_back(fields.size());
      fields.push_back(folder);
    }
    metadata_ = files.metadata;
    if (!files.rescued_column.empty()) {
      rescued_column_ = fields.size();
      fields.push_back({files.rescued_column, TypeId::kString, true, "{}"});
    }
    if (files.metadata) {
      constant_columns_.push_back(fields.size());
      fields.push_back({"_metadata", FileMetadataType(), false, "{}"});
    }
    schema_ = Schema(std::move(fields));
  }

  const Schema& schema() const override { return schema_; }
  const std::shared_ptr<io::ObjectStore>& store() const override { return store_; }
  size_t size() const override { return counted_ ? counted_->size() : files_.size(); }
  std::string KeyOf(size_t file) const override { return At(file).key; }
  std::string UriOf(size_t file) const override { return At(file).uri; }
  uint64_t BytesOf(size_t file) const override { return At(file).size; }
  size_t PositionOf(size_t file) const override {
    return counted_ ? counted_->at(file).position : file;
  }
  const std::vector<size_t>& constant_columns() const override { return constant_columns_; }
  const std::optional<StoredColumns>& stored_columns() const override { return stored_columns_; }
  std::optional<size_t> rescued_column() const override { return rescued_column_; }
  const std::map<std::string, std::string>& renamed_columns() const override {
    static const std::map<std::string, std::string> kNone;
    return kNone;
  }

  std::vector<Value> ConstantsOf(size_t file) const override {
    std::vector<Value> values = At(file).folder_values;
    if (metadata_) values.push_back(weir::FileMetadataOf(At(file)));
    return values;
  }

  ChosenRows RowsOf(size_t file) const override {
    const auto chosen = chosen_.find(PositionOf(file));
    return chosen == chosen_.end() ? ChosenRows() : chosen->second;
  }
  delta::FileStatistics StatisticsOf(size_t file) const override {
    delta::FileStatistics statistics;
    if (!counted_) return statistics;
    statistics.rows = counted_->at(file).rows;
    const ChosenRows chosen = RowsOf(file);
    if (chosen.set == nullptr) return statistics;
    const auto size = static_cast<int64_t>(chosen.set->size());
    statistics.rows = chosen.others ? *statistics.rows - size : size;
    return statistics;
  }
  std::vector<size_t> FilesFor(const Predicate&) const override { return All(size()); }

 private:
  const SourceFile& At(size_t file) const { return files_.at(PositionOf(file)); }

  const std::vector<SourceFile> files_;
  const std::shared_ptr<io::ObjectStore> store_;
  const std::map<size_t, ChosenRows> chosen_;              // By position in files_.
  const std::optional<std::vector<CountedFile>> counted_;  // Nothing: all files, uncounted.
  Schema schema_;
  const std::optional<StoredColumns> stored_columns_;
  std::optional<size_t> rescued_column_;
  std::vector<size_t> constant_columns_;
  bool metadata_ = false;
};

}  // namespace

std::optional<int64_t> ParquetSource::RowsIn(const std::vector<size_t>& files) const {
  int64_t rows = 0;
  for (const size_t file : files) {
    const auto of_file = StatisticsOf(file).rows;
    if (!of_file) return std::nullopt;
    rows += *of_file;
  }
  return rows;
}

std::shared_ptr<const ParquetSource> OpenTable(const TableInput& input) {
  return std::make_shared<TableSource>(input);
}

std::shared_ptr<const ParquetSource> OpenParquetFiles(const FileSet& files,
                                                      std::shared_ptr<io::ObjectStore> store) {
  return std::make_shared<FileSetSource>(files, std::move(store), std::map<size_t, ChosenRows>(),
                                         std::nullopt);
}

std::shared_ptr<const ParquetSource> OpenParquetFiles(const RelationInput& input,
                                                      std::vector<CountedFile> files) {
  return std::make_shared<FileSetSource>(std::get<FileSet>(input.relation), input.store, input.rows,
                                         std::move(files));
}

}  // namespace weir::engine
