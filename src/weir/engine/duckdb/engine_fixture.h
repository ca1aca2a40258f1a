#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "weir/delta/testing/tables.h"
#include "weir/engine/duckdb/batch_export.h"
#include "weir/engine/duckdb/statement_runner.h"
#include "weir/engine/duckdb/table_writer.h"
#include "weir/engine/duckdb/type_mapping.h"
#include "weir/sql/duckdb_printer.h"

namespace weir::engine {

// Hands on to a store in memory, and notes which objects were opened.
class WatchedStore final : public io::ObjectStore {
 public:
  explicit WatchedStore(const Clock& clock) : store_(clock) {}
  std::optional<io::ObjectInfo> Find(const std::string& key) override { return store_.Find(key); }
  std::string Read(const std::string& key) override { return store_.Read(key); }
  std::unique_ptr<io::ObjectReader> Open(const std::string& key) override {
    const std::lock_guard lock(mutex_);
    opened_.insert(key);
    return store_.Open(key);
  }
  void Put(const std::string& key, std::string_view bytes) override { store_.Put(key, bytes); }
  [[nodiscard]] io::PutOutcome PutIfAbsent(const std::string& key,
                                           std::string_view bytes) override {
    return store_.PutIfAbsent(key, bytes);
  }
  std::unique_ptr<io::ObjectWriter> Create(const std::string& key) override {
    return store_.Create(key);
  }
  std::vector<io::ObjectInfo> List(const std::string& prefix, const std::string& start_after,
                                   size_t limit) override {
    return store_.List(prefix, start_after, limit);
  }
  Level ListLevel(const std::string& prefix) override { return store_.ListLevel(prefix); }
  void Delete(const std::string& key) override { store_.Delete(key); }
  void DeleteAll(const std::string& prefix) override { store_.DeleteAll(prefix); }

  size_t TakeOpened() {
    const std::lock_guard lock(mutex_);
    const size_t count = opened_.size();
    opened_.clear();
    return count;
  }

 private:
  io::MemoryStore store_;
  std::mutex mutex_;
  std::set<std::string> opened_;
};

inline Field Column(const std::string& name, DataType type, bool nullable = true) {
  return {name, std::move(type), nullable, "{}"};
}

// An engine over tables in memory, spoken to in its own SQL.
class EngineTest : public testing::Test {
 protected:
  using Row = std::vector<std::string>;

  explicit EngineTest(EngineOptions options = {2, 1 << 30, ""}) : runner_(std::move(options)) {}

  // A table of that schema without files.
  delta::Table NewTable(const std::string& name, const Schema& schema,
                        std::vector<std::string> partition_columns = {},
                        std::map<std::string, std::string> properties = {}) {
    delta::Table table({store_, name + "/", "memory:///" + name}, format_, clock_);
    delta::Transaction create(table, nullptr);
    create.SetMetadata(
        delta::MetadataOf(schema, std::move(partition_columns), std::move(properties)));
    static_cast<void>(create.Commit(delta::Operation("CREATE TABLE")));
    return table;
  }

  // Writes the rows of `select`, whose columns are named as in `schema`, as new files.
  WriteResult Write(const delta::Table& table, const std::string& select,
                    std::map<sql::InputId, Input> inputs = {}) {
    const auto snapshot = table.Latest();
    return WriteAs(table, snapshot->schema(), select, std::move(inputs));
  }

  WriteResult WriteAs(const delta::Table& table, const Schema& schema, const std::string& select,
                      std::map<sql::InputId, Input> inputs = {}) {
    WriteTarget target;
    target.table = table.location();
    target.schema = schema;
    target.partition_columns = table.Latest()->metadata().partition_columns;
    target.properties = table.Latest()->metadata().configuration;
    std::vector<sql::PlanColumn> columns;
    std::string named;
    for (size_t i = 0; i < schema.size(); ++i) {
      columns.push_back(
          {static_cast<sql::ColumnId>(i), schema[i].name, schema[i].type, true, "{}"});
      named += (i > 0 ? ", " : "") + std::string("\"") + schema[i].name +
               "\"::" + ToText(schema[i].type) + " AS " +
               sql::ColumnName(static_cast<sql::ColumnId>(i));
    }
    EngineStatement statement;
    statement.id = "write";
    statement.inputs = std::move(inputs);
    statement.sql = WriteStatement("SELECT " + named + " FROM (" + select + ")", columns, target);
    statement.writable = GrantOf(target);
    return WrittenFiles(*runner_.Start(statement));
  }

  // The same, committed.
  void Append(const delta::Table& table, const std::string& select) {
    Commit(table, Write(table, select));
  }

  static void Commit(const delta::Table& table, const WriteResult& written) {
    delta::Transaction append(table, table.Latest());
    for (const delta::AddFile& file : written.files) append.Add(file);
    ASSERT_TRUE(std::holds_alternative<delta::Committed>(append.Commit(delta::Operation("WRITE"))));
  }

  static std::map<sql::InputId, Input> Reading(const delta::Table& table) {
    return {{0, TableInput{table.location(), table.Latest(), std::nullopt}}};
  }

  EngineStatement Statement(const std::string& text, std::map<sql::InputId, Input> inputs = {}) {
    EngineStatement statement;
    statement.id = "query";
    statement.sql = text;
    statement.inputs = std::move(inputs);
    return statement;
  }

  // The rows of a statement as the engine prints them.
  std::vector<Row> Rows(const std::string& text, std::map<sql::InputId, Input> inputs = {}) {
    const auto run = runner_.Start(Statement(text, std::move(inputs)));
    std::vector<Row> rows;
    while (const auto chunk = run->Next()) {
      for (duckdb::idx_t row = 0; row < chunk->size(); ++row) {
        rows.emplace_back();
        for (duckdb::idx_t column = 0; column < chunk->ColumnCount(); ++column) {
          rows.back().push_back(chunk->GetValue(column, row).ToString());
        }
      }
    }
    return rows;
  }

  // What the statement fails with.
  Error Failure(const EngineStatement& statement) {
    try {
      const auto run = runner_.Start(statement);
      while (run->Next()) {
      }
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "did not fail: " << statement.sql;
    return Error(ErrorCode::kInternal, "did not fail");
  }
  Error Failure(const std::string& text, std::map<sql::InputId, Input> inputs = {}) {
    return Failure(Statement(text, std::move(inputs)));
  }

  static std::string ToText(const DataType& type) { return ToDuckdb(type).ToString(); }

  FakeClock clock_{Instant{1'700'000'000'000'000}};
  std::shared_ptr<WatchedStore> store_ = std::make_shared<WatchedStore>(clock_);
  delta::JsonCheckpointFormat format_;
  StatementRunner runner_;
};

}  // namespace weir::engine
