#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "weir/delta/table.h"
#include "weir/delta/testing/json_checkpoint_format.h"
#include "weir/io/memory_store.h"
#include "weir/types/schema_json.h"

// Small tables for tests.
namespace weir::delta {

inline Schema IdAndName() {
  return Schema({{"id", TypeId::kLong, true, "{}"}, {"name", TypeId::kString, true, "{}"}});
}

inline Metadata MetadataOf(const Schema& schema, std::vector<std::string> partition_columns = {},
                           std::map<std::string, std::string> configuration = {}) {
  Metadata metadata;
  metadata.schema_json = SchemaToJson(schema);
  metadata.partition_columns = std::move(partition_columns);
  metadata.configuration = std::move(configuration);
  return metadata;
}

// A file of so many rows whose `id` goes from `min` to `max`.
inline AddFile DataFile(const std::string& path, int64_t min = 0, int64_t max = 0,
                        int64_t rows = 1) {
  AddFile add;
  add.path = path;
  add.size = 100;
  add.stats_json = "{\"numRecords\":" + std::to_string(rows) +
                   ",\"minValues\":{\"id\":" + std::to_string(min) +
                   "},\"maxValues\":{\"id\":" + std::to_string(max) + "},\"nullCount\":{\"id\":0}}";
  return add;
}

inline CommitOptions Operation(const std::string& name) {
  CommitOptions options;
  options.operation = name;
  return options;
}

inline Predicate IdEquals(int64_t id) {
  return Predicate(Predicate::Compare{{"id"}, Predicate::Op::kEq, Value::Long(id)});
}

inline std::vector<std::string> Paths(const Snapshot& snapshot) {
  std::vector<std::string> paths;
  for (const AddFile& file : snapshot.files()) paths.push_back(file.path);
  std::sort(paths.begin(), paths.end());
  return paths;
}

// A table of its own in a store in memory.
struct TestTable {
  explicit TestTable(Metadata metadata = MetadataOf(IdAndName()),
                     std::shared_ptr<io::ObjectStore> in = nullptr)
      : store(in != nullptr ? std::move(in) : std::make_shared<io::MemoryStore>(clock)),
        table({store, "t/", "memory:///t"}, format, clock) {
    Transaction create(table, nullptr);
    create.SetMetadata(std::move(metadata));
    static_cast<void>(create.Commit(Operation("CREATE TABLE")));
  }

  CommitResult Append(AddFile file) const {
    Transaction append(table, table.Latest());
    append.Add(std::move(file));
    return append.Commit(Operation("WRITE"));
  }
  std::string LogKey(const std::string& name) const { return "t/_delta_log/" + name; }

  FakeClock clock{Instant{1'700'000'000'000'000}};
  std::shared_ptr<io::ObjectStore> store;
  JsonCheckpointFormat format;
  Table table;
};

}  // namespace weir::delta
