#include "weir/engine/duckdb/checkpoint_format.h"

#include <atomic>

#include "weir/base/error.h"
#include "weir/engine/duckdb/checkpoint_rows.h"
#include "weir/engine/duckdb/engine_text.h"
#include "weir/engine/duckdb/type_mapping.h"
#include "weir/io/key.h"

namespace weir::engine {
namespace {

// Enough work for a thread to be worth starting.
constexpr size_t kRowsAtOnce = 8192;

// Row groups are held until they are whole, by writers and readers, and a row is a kilobyte and
// more: the engine's own size, 122,880, took a gigabyte.
constexpr size_t kRowGroupRows = 16'384;

Field Nullable(const char* name, DataType type) { return {name, std::move(type), true, "{}"}; }

DataType Texts() { return DataType::Map(TypeId::kString, TypeId::kString); }

DataType DeletionVector() {
  return DataType::Struct({Nullable("storageType", TypeId::kString),
                           Nullable("pathOrInlineDv", TypeId::kString),
                           Nullable("offset", TypeId::kInt), Nullable("sizeInBytes", TypeId::kInt),
                           Nullable("cardinality", TypeId::kLong)});
}

// All that a checkpoint's file may hold.
Schema CheckpointSchema(delta::CheckpointKind kind) {
  const DataType txn =
      DataType::Struct({Nullable("appId", TypeId::kString), Nullable("version", TypeId::kLong),
                        Nullable("lastUpdated", TypeId::kLong)});
  const DataType add = DataType::Struct(
      {Nullable("path", TypeId::kString), Nullable("partitionValues", Texts()),
       Nullable("size", TypeId::kLong), Nullable("modificationTime", TypeId::kLong),
       Nullable("dataChange", TypeId::kBoolean), Nullable("stats", TypeId::kString),
       Nullable("tags", Texts()), Nullable("deletionVector", DeletionVector()),
       Nullable("baseRowId", TypeId::kLong), Nullable("defaultRowCommitVersion", TypeId::kLong),
       Nullable("clusteringProvider", TypeId::kString)});
  const DataType remove = DataType::Struct(
      {Nullable("path", TypeId::kString), Nullable("deletionTimestamp", TypeId::kLong),
       Nullable("dataChange", TypeId::kBoolean), Nullable("extendedFileMetadata", TypeId::kBoolean),
       Nullable("partitionValues", Texts()), Nullable("size", TypeId::kLong),
       Nullable("deletionVector", DeletionVector()), Nullable("baseRowId", TypeId::kLong),
       Nullable("defaultRowCommitVersion", TypeId::kLong)});
  const DataType format =
      DataType::Struct({Nullable("provider", TypeId::kString), Nullable("options", Texts())});
  const DataType metadata = DataType::Struct(
      {Nullable("id", TypeId::kString), Nullable("name", TypeId::kString),
       Nullable("description", TypeId::kString), Nullable("format", format),
       Nullable("schemaString", TypeId::kString),
       Nullable("partitionColumns", DataType::Array(TypeId::kString)),
       Nullable("configuration", Texts()), Nullable("createdTime", TypeId::kLong)});
  const DataType protocol = DataType::Struct(
      {Nullable("minReaderVersion", TypeId::kInt), Nullable("minWriterVersion", TypeId::kInt),
       Nullable("readerFeatures", DataType::Array(TypeId::kString)),
       Nullable("writerFeatures", DataType::Array(TypeId::kString))});
  const DataType domain = DataType::Struct({Nullable("domain", TypeId::kString),
                                            Nullable("configuration", TypeId::kString),
                                            Nullable("removed", TypeId::kBoolean)});
  if (kind == delta::CheckpointKind::kSidecar) {
    return Schema({Nullable("add", add), Nullable("remove", remove)});
  }
  std::vector<Field> columns = {Nullable("txn", txn),           Nullable("add", add),
                                Nullable("remove", remove),     Nullable("metaData", metadata),
                                Nullable("protocol", protocol), Nullable("domainMetadata", domain)};
  if (kind == delta::CheckpointKind::kV2) {
    columns.push_back(Nullable(
        "checkpointMetadata",
        DataType::Struct({Nullable("version", TypeId::kLong), Nullable("tags", Texts())})));
    columns.push_back(Nullable(
        "sidecar", DataType::Struct(
                       {Nullable("path", TypeId::kString), Nullable("sizeInBytes", TypeId::kLong),
                        Nullable("modificationTime", TypeId::kLong), Nullable("tags", Texts())})));
  }
  return Schema(std::move(columns));
}

// The caller keeps the store alive for the length of the call.
std::shared_ptr<io::ObjectStore> Borrowed(io::ObjectStore& store) {
  return {std::shared_ptr<void>(), &store};
}

std::string NextId() {
  static std::atomic<uint64_t> serial{0};
  return "checkpoint-" + std::to_string(++serial);
}

// A type as json_transform takes it: '{"path":"VARCHAR",...}'.
std::string TransformText(const DataType& type) {
  if (type.id() == TypeId::kStruct) {
    std::string text = "{";
    for (const Field& field : type.fields()) {
      if (text.size() > 1) text += ",";
      text += "\"" + field.name + "\":" + TransformText(field.type);
    }
    return text + "}";
  }
  if (type.id() == TypeId::kArray) return "[" + TransformText(type.element()) + "]";
  return "\"" + ToDuckdb(type).ToString() + "\"";
}

// The lines that a function gives, once.
class LineStream final : public BatchStream {
 public:
  LineStream(const Schema& schema, const std::function<bool(std::string&)>& next)
      : schema_(schema), next_(next), builder_(schema) {}
  const Schema& schema() const override { return schema_; }
  std::optional<Batch> Next() override {
    std::string line;
    int64_t rows = 0;
    for (; rows < 2048 && next_(line); ++rows) builder_.column(0).AppendText(line);
    if (rows == 0) return std::nullopt;
    return builder_.Finish();
  }

 private:
  const Schema schema_;
  const std::function<bool(std::string&)>& next_;
  BatchBuilder builder_;
};

}  // namespace

void ParquetCheckpoints::Read(io::ObjectStore& store, const std::string& key,
                              const std::function<void(delta::CheckpointPart)>& take) {
  const auto info = store.Find(key);
  if (!info) throw Error(ErrorCode::kNotFound, key + " is not there");
  FileSet files;
  files.format = "parquet";
  files.files.push_back({key, key, info->size, info->modified, info->etag});
  // The kind is told by what is there: columns that a file lacks are NULL.
  files.schema = CheckpointSchema(delta::CheckpointKind::kV2);
  files.metadata = false;
  files.options["ignorecorruptfiles"] = "false";
  EngineStatement statement;
  statement.id = NextId();
  statement.inputs.emplace(0, RelationInput{files, Borrowed(store)});
  statement.sql = CheckpointRowsSql(files.schema);
  const auto run = runner_.Start(statement);
  CheckpointChunks chunks;
  size_t rows = 0, given = 0;
  const auto give = [&] {
    if (!chunks.empty()) take(CheckpointRowsOf(std::move(chunks), given + 1));
    chunks.clear();
    given = rows;
  };
  while (auto chunk = run->Next()) {
    rows += chunk->size();
    chunks.push_back(std::move(chunk));
    if (rows - given >= kRowsAtOnce) give();
  }
  give();
}

int64_t ParquetCheckpoints::Write(io::ObjectStore& store, const std::string& key,
                                  delta::CheckpointKind kind,
                                  const std::function<bool(std::string& action_json)>& next) {
  const Schema schema = CheckpointSchema(kind);
  const Schema lines({Nullable("line", TypeId::kString)});
  bool opened = false;
  BatchSequence sequence{lines, [&]() -> std::unique_ptr<BatchStream> {
                           if (opened) {
                             throw Error(ErrorCode::kUnavailable,
                                         "the engine was started anew meanwhile");
                           }
                           opened = true;
                           return std::make_unique<LineStream>(lines, next);
                         }};
  EngineStatement statement;
  statement.id = NextId();
  statement.inputs.emplace(0, RelationInput{std::move(sequence)});
  statement.writable = WriteGrant{Borrowed(store), std::string(io::FolderOf(key))};
  std::string columns;
  for (const Field& field : schema.fields()) {
    const std::string name = QuotedName(field.name);
    columns += (columns.empty() ? "action." : ", action.") + name + " AS " + name;
  }
  const std::string target =
      std::string(StatementContext::kNewFiles) + std::string(io::NameOf(key));
  statement.sql = "COPY (SELECT " + columns + " FROM (SELECT json_transform(line, " +
                  QuotedText(TransformText(schema.AsStruct())) +
                  ") AS action FROM weir_records(0))) TO " + QuotedText(target) +
                  " (FORMAT parquet, CODEC 'snappy', USE_TMP_FILE false, RETURN_STATS true, "
                  "PRESERVE_ORDER false, ROW_GROUP_SIZE " +
                  std::to_string(kRowGroupRows) + ")";
  const auto run = runner_.Start(statement);
  int64_t bytes = 0;
  while (const auto chunk = run->Next()) bytes += chunk->GetValue(2, 0).GetValue<int64_t>();
  return bytes;
}

}  // namespace weir::engine
