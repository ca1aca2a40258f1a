#include "weir/engine/duckdb/data_files.h"

#include <algorithm>
#include <duckdb/catalog/catalog_entry/copy_function_catalog_entry.hpp>
#include <duckdb/common/types/column/column_data_collection.hpp>
#include <parquet_writer.hpp>

#include "weir/base/check.h"
#include "weir/base/clock.h"
#include "weir/base/uuid.h"
#include "weir/delta/change_feed.h"
#include "weir/delta/paths.h"
#include "weir/delta/properties.h"
#include "weir/engine/duckdb/stored_columns.h"
#include "weir/engine/duckdb/type_mapping.h"
#include "weir/engine/duckdb/written_statistics.h"
#include "weir/types/schema_json.h"

namespace weir::engine {
namespace {

constexpr size_t kMostOpen = 64;
constexpr int64_t kLeastGroupBytes = 1 << 20;
constexpr int64_t kMostGroupBytes = 16 << 20;  // Each thread holds one as it grows.

duckdb::CopyFunction ParquetFunction(duckdb::ClientContext& context) {
  auto& catalog = duckdb::Catalog::GetSystemCatalog(context);
  return catalog.GetEntry<duckdb::CopyFunctionCatalogEntry>(context, DEFAULT_SCHEMA, "parquet")
      .function;
}

struct Codec {
  const char* name;  // As the writer calls it.
  const char* in_files;
};

Codec CodecOf(delta::ParquetCodec codec) {
  switch (codec) {
    case delta::ParquetCodec::kNone:
      return {"uncompressed", ""};
    case delta::ParquetCodec::kSnappy:
      return {"snappy", ".snappy"};
    case delta::ParquetCodec::kGzip:
      return {"gzip", ".gz"};
    case delta::ParquetCodec::kZstd:
      return {"zstd", ".zstd"};
    case delta::ParquetCodec::kLz4:
      return {"lz4_raw", ".lz4raw"};
    case delta::ParquetCodec::kBrotli:
      return {"brotli", ".br"};
  }
  WEIR_CHECK(false);
  return {};
}

// "7f/": stores that spread load by the beginning of keys spread these.
std::string RandomFolder(int64_t length) {
  std::string name;
  while (static_cast<int64_t>(name.size()) < length) {
    for (const char c : NewUuid()) {
      if (c != '-') name += c;
    }
  }
  return name.substr(0, static_cast<size_t>(length)) + "/";
}

duckdb::unique_ptr<duckdb::FunctionData> Bind(duckdb::ClientContext& context,
                                              const duckdb::CopyFunction& parquet,
                                              const DataFileFormat& format) {
  duckdb::CopyInfo info;
  info.format = "parquet";
  info.options["codec"] = {duckdb::Value(CodecOf(format.codec).name)};
  // As small as the level of zstd itself, 3, within a few percent either way, for a third less
  // work.
  if (format.codec == delta::ParquetCodec::kZstd) {
    info.options["compression_level"] = {duckdb::Value::INTEGER(2)};
  }
  if (format.parquet_version == 2) info.options["parquet_version"] = {duckdb::Value("V2")};
  duckdb::CopyFunctionBindInput input(info);
  duckdb::vector<std::string> names;
  duckdb::vector<duckdb::LogicalType> types;
  for (size_t i = 0; i < format.columns.size(); ++i) {
    names.push_back(format.stored[i].name);
    types.push_back(StoredType(format.columns[i].type, format.stored[i]));
  }
  if (const auto ids = FieldIdsOf(format.stored)) info.options["field_ids"] = {*ids};
  return parquet.copy_to_bind(context, input, names, types);
}

Schema FileColumnsOf(const WriteTarget& target, const std::vector<size_t>& partition_positions) {
  std::vector<Field> stored;
  for (size_t i = 0; i < target.schema.size(); ++i) {
    if (std::find(partition_positions.begin(), partition_positions.end(), i) ==
        partition_positions.end()) {
      stored.push_back(target.schema[i]);
    }
  }
  return Schema(std::move(stored));
}

}  // namespace

DataFileFormat::DataFileFormat(const WriteTarget& target,
                               const std::vector<size_t>& partition_positions)
    : columns(FileColumnsOf(target, partition_positions)),
      stored(target.change_data ? delta::StoredFeedFieldsOf(columns, target.properties)
                                : delta::StoredFieldsOf(columns, target.properties)),
      change_data(target.change_data) {
  const delta::TableProperties properties = delta::PropertiesOf(target.properties);
  target_bytes = properties.target_file_bytes;
  codec = properties.codec;
  parquet_version = properties.parquet_version;
  random_prefix = properties.random_prefix;
  metadata.schema_json = SchemaToJson(target.schema);
  metadata.partition_columns = target.partition_columns;
  metadata.configuration = target.properties;
}

struct DataFiles::OpenFile {
  explicit OpenFile(const Partition& of) : partition(&of) {}

  int64_t size() const {
    return static_cast<int64_t>(state->Cast<duckdb::ParquetWriteGlobalState>().writer->FileSize());
  }

  const Partition* partition;
  std::string path;  // Below the table's folder.
  duckdb::CopyFunctionFileStatistics statistics;
  duckdb::unique_ptr<duckdb::GlobalFunctionData> state;
  std::list<OpenFile*>::iterator use;
  // Under the mutex:
  int users = 0;
  int64_t bytes_coming = 0;   // In memory, of row groups that are being written.
  int64_t bytes_counted = 0;  // Of size(), in file_bytes_.
  bool retired = false;       // Completed by whoever uses it last.
};

DataFiles::DataFiles(duckdb::ClientContext& context, DataFileFormat format)
    : context_(context),
      statement_(StatementContext::Of(context)),
      grant_(*statement_.writable),
      format_(std::move(format)),
      group_bytes_(static_cast<duckdb::idx_t>(
          std::clamp(format_.target_bytes, kLeastGroupBytes, kMostGroupBytes))),
      parquet_(ParquetFunction(context)),
      bound_(Bind(context, parquet_, format_)) {}

DataFiles::~DataFiles() {
  for (const std::string& key : keys_) {
    try {
      grant_.store->Delete(key);
    } catch (const std::exception&) {
      // Nothing refers to the file, and the write has failed for a reason that is told.
    }
  }
}

void DataFiles::Append(const Partition& partition, Rows rows) {
  if (context_.IsInterrupted()) throw duckdb::InterruptException();
  const auto bytes = static_cast<int64_t>(rows->SizeInBytes());
  std::vector<OpenFilePtr> full;
  const OpenFilePtr file = Acquire(partition, bytes, full);
  for (const OpenFilePtr& other : full) Complete(other);
  const auto group = parquet_.prepare_batch(context_, *bound_, *file->state, std::move(rows));
  parquet_.flush_batch(context_, *bound_, *file->state, *group);
  Release(file, bytes);
}

int64_t DataFiles::ExpectedBytes(const OpenFile& file, int64_t more) const {
  const double share =
      raw_bytes_ == 0 ? 0.5 : static_cast<double>(file_bytes_) / static_cast<double>(raw_bytes_);
  return file.size() + static_cast<int64_t>(static_cast<double>(file.bytes_coming + more) * share);
}

DataFiles::OpenFilePtr DataFiles::Acquire(const Partition& partition, int64_t bytes,
                                          std::vector<OpenFilePtr>& full) {
  const std::lock_guard lock(mutex_);
  auto found = open_.find(partition.number);
  // With half of what comes it is nearer to the size wanted than without.
  if (found != open_.end() && ExpectedBytes(*found->second, bytes / 2) > format_.target_bytes) {
    Retire(found->second, full);
    found = open_.end();
  }
  OpenFilePtr file;
  if (found != open_.end()) {
    file = found->second;
    by_use_.erase(file->use);
  } else {
    if (open_.size() >= kMostOpen) RetireLongestIdle(full);
    file = Open(partition);
    open_.emplace(partition.number, file);
  }
  file->use = by_use_.insert(by_use_.end(), file.get());
  ++file->users;
  file->bytes_coming += bytes;
  return file;
}

DataFiles::OpenFilePtr DataFiles::Open(const Partition& partition) {
  auto file = std::make_shared<OpenFile>(partition);
  const std::string folder =
      format_.random_prefix > 0 ? RandomFolder(format_.random_prefix) : partition.folder;
  file->path = (format_.change_data ? delta::kChangeDataFolder : "") + folder +
               (format_.change_data ? "cdc-" : "part-") + std::to_string(serial_++) + "-" +
               NewUuid() + ".c000" + CodecOf(format_.codec).in_files + ".parquet";
  file->state = parquet_.copy_to_initialize_global(
      context_, *bound_, std::string(StatementContext::kNewFiles) + file->path);
  parquet_.copy_to_get_written_statistics(context_, *bound_, *file->state, file->statistics);
  return file;
}

void DataFiles::Retire(OpenFilePtr file, std::vector<OpenFilePtr>& full) {
  by_use_.erase(file->use);
  open_.erase(file->partition->number);
  file->retired = true;
  if (file->users == 0) full.push_back(std::move(file));
}

void DataFiles::RetireLongestIdle(std::vector<OpenFilePtr>& full) {
  const auto idle = std::find_if(by_use_.begin(), by_use_.end(),
                                 [](const OpenFile* file) { return file->users == 0; });
  if (idle != by_use_.end()) Retire(open_.at((*idle)->partition->number), full);
}

void DataFiles::Release(const OpenFilePtr& file, int64_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    file->bytes_coming -= bytes;
    raw_bytes_ += bytes;
    file_bytes_ += file->size() - file->bytes_counted;
    file->bytes_counted = file->size();
    --file->users;
    if (!file->retired || file->users > 0) return;
  }
  Complete(file);
}

void DataFiles::Complete(const Partition& partition) {
  std::vector<OpenFilePtr> full;
  {
    const std::lock_guard lock(mutex_);
    const auto found = open_.find(partition.number);
    if (found != open_.end()) Retire(found->second, full);
  }
  for (const OpenFilePtr& file : full) Complete(file);
}

void DataFiles::CompleteAll() {
  std::vector<OpenFilePtr> full;
  {
    const std::lock_guard lock(mutex_);
    while (!open_.empty()) Retire(open_.begin()->second, full);
  }
  for (const OpenFilePtr& file : full) Complete(file);
}

void DataFiles::Complete(const OpenFilePtr& file) {
  {
    const std::lock_guard lock(mutex_);
    keys_.push_back(grant_.prefix + file->path);
  }
  parquet_.copy_to_finalize(context_, *bound_, *file->state);
  file->state.reset();
  delta::AddFile add;
  add.path = delta::EncodePath(file->path);
  add.partition_values = file->partition->values;
  add.size = static_cast<int64_t>(file->statistics.file_size_bytes);
  add.modification_time_millis = SystemClock().Now().millis();
  if (!format_.change_data) {  // No reader asks for statistics of those.
    add.stats_json = StatsJson(file->statistics, format_.columns, format_.stored, format_.metadata);
  }
  const std::lock_guard lock(mutex_);
  written_.rows += static_cast<int64_t>(file->statistics.row_count);
  written_.files.push_back(std::move(add));
}

DataFiles::Written DataFiles::Take() {
  const std::lock_guard lock(mutex_);
  WEIR_CHECK(open_.empty());
  keys_.clear();
  return std::move(written_);
}

}  // namespace weir::engine
