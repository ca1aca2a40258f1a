#include <algorithm>
#include <numeric>

#include "weir/delta/change_feed.h"
#include "weir/delta/column_mapping.h"
#include "weir/delta/partition_value.h"
#include "weir/delta/paths.h"
#include "weir/engine/duckdb/parquet_source.h"

namespace weir::engine {
namespace {

// The files of a change feed. A partition column is one of the table's columns by which some files
// were laid out; others, written when it was none, may hold it.
class FeedSource final : public ParquetSource {
 public:
  explicit FeedSource(const FeedInput& input) : feed_(input) {
    constant_columns_ = {*schema().Find(delta::kCommitVersionColumn),
                         *schema().Find(delta::kCommitTimestampColumn)};
    StoredColumns columns{delta::StoredFeedFieldsOf(schema(), feed_.properties)};
    for (size_t i = 0; i < schema().size(); ++i) {
      column_called_.emplace(columns.fields[i].name, i);
      names_.push_back(columns.fields[i].name);
    }
    const auto mapping = delta::MappingOf(feed_.properties);
    columns.by_id = mapping == delta::ColumnMapping::kId;
    if (mapping != delta::ColumnMapping::kNone) stored_columns_ = std::move(columns);
    for (size_t column = 0; column < schema().size() && !feed_.files.empty(); ++column) {
      const std::string& name = names_[column];
      const bool all = std::all_of(feed_.files.begin(), feed_.files.end(), [&](const auto& file) {
        return file.file.partition_values.contains(name);
      });
      if (all) constant_columns_.push_back(column);
    }
  }

  const Schema& schema() const override { return feed_.schema; }
  const std::shared_ptr<io::ObjectStore>& store() const override { return feed_.location.store; }
  size_t size() const override { return feed_.files.size(); }
  std::string KeyOf(size_t file) const override {
    return delta::KeyOfPath(feed_.location, At(file).file.path);
  }
  std::string UriOf(size_t file) const override {
    return feed_.location.uri + "/" + At(file).file.path;
  }
  // By which the engine guesses how many rows there are: a vector may take few of a large file.
  uint64_t BytesOf(size_t file) const override {
    constexpr int64_t kLikelyRow = 32;
    const delta::FeedFile& feed = At(file);
    const int64_t size = feed.file.size;
    return static_cast<uint64_t>(feed.likely_rows ? std::min(size, *feed.likely_rows * kLikelyRow)
                                                  : size);
  }
  bool is_past() const override { return true; }
  size_t PositionOf(size_t file) const override { return file; }
  const std::vector<size_t>& constant_columns() const override { return constant_columns_; }
  const std::optional<StoredColumns>& stored_columns() const override { return stored_columns_; }
  std::optional<size_t> rescued_column() const override { return std::nullopt; }
  // A feed has no ids of rows.
  const std::map<std::string, std::string>& renamed_columns() const override {
    return renamed_columns_;
  }

  std::vector<Value> ConstantsOf(size_t file) const override {
    std::vector<Value> values;
    for (const size_t column : constant_columns_) values.push_back(ConstantOf(At(file), column));
    return values;
  }

  std::vector<std::pair<size_t, Value>> OwnConstantsOf(size_t at) const override {
    std::vector<std::pair<size_t, Value>> own;
    const delta::FeedFile& file = At(at);
    if (!file.change_type.empty()) {
      own.emplace_back(*schema().Find(delta::kChangeTypeColumn), Value::String(file.change_type));
    }
    for (const auto& [name, value] : file.file.partition_values) {
      const auto column = column_called_.find(name);
      if (column == column_called_.end() ||
          std::find(constant_columns_.begin(), constant_columns_.end(), column->second) !=
              constant_columns_.end()) {
        continue;
      }
      own.emplace_back(column->second, ConstantOf(file, column->second));
    }
    return own;
  }

  ChosenRows RowsOf(size_t file) const override {
    const auto chosen = feed_.rows.find(file);
    if (chosen != feed_.rows.end() && !chosen->second.others) return chosen->second;
    auto left_out = delta::RowsLeftOut(feed_.location, At(file));
    if (chosen == feed_.rows.end()) return {std::move(left_out)};
    if (left_out == nullptr) return chosen->second;
    delta::RowSet both = *left_out;
    both.AddAll(*chosen->second.set);
    return {std::make_shared<const delta::RowSet>(std::move(both))};
  }
  // Their writers' are of the rows that the files were made of, not of those that changed.
  delta::FileStatistics StatisticsOf(size_t file) const override {
    delta::FileStatistics statistics;
    const auto chosen = feed_.rows.find(file);
    if (chosen != feed_.rows.end() && !chosen->second.others) {
      statistics.rows = static_cast<int64_t>(chosen->second.set->size());
    }
    return statistics;
  }
  std::vector<size_t> FilesFor(const Predicate&) const override {
    std::vector<size_t> all(size());
    std::iota(all.begin(), all.end(), size_t{0});
    return all;
  }

 private:
  const delta::FeedFile& At(size_t file) const { return feed_.files.at(file); }

  Value ConstantOf(const delta::FeedFile& file, size_t column) const {
    const Field& field = schema()[column];
    if (field.name == delta::kCommitVersionColumn) return Value::Long(file.version);
    if (field.name == delta::kCommitTimestampColumn) {
      return Value(TypeId::kTimestamp, file.timestamp_millis * 1000);
    }
    return delta::PartitionValueFromText(file.file.partition_values.at(names_[column]), field.type,
                                         field.name);
  }

  const FeedInput feed_;
  std::vector<std::string> names_;  // Of the schema's columns in files.
  std::map<std::string, size_t> column_called_;
  std::optional<StoredColumns> stored_columns_;
  std::vector<size_t> constant_columns_;
  const std::map<std::string, std::string> renamed_columns_;
};

}  // namespace

std::shared_ptr<const ParquetSource> OpenFeed(const FeedInput& input) {
  return std::make_shared<FeedSource>(input);
}

}  // namespace weir::engine
