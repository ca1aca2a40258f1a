#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "weir/engine/duckdb/duckdb_engine.h"
#include "weir/engine/duckdb/duckdb_pch.h"

namespace weir::engine {

// A connection that ends what runs on it when it goes. The engine's own does not while an exception
// unwinds the stack (~ClientContext, 1.5.5), and its threads then look at freed memory.
class EndingConnection : public duckdb::Connection {
 public:
  explicit EndingConnection(duckdb::DuckDB& database) : duckdb::Connection(database) {}
  EndingConnection(const EndingConnection&) = delete;
  ~EndingConnection();
};

// One running engine: in memory, with our functions and our file system, and locked: its
// configuration can't be changed, it loads no extensions and reaches no file but through us and in
// its own folder for spilling. Safe from many threads.
class Instance {
 public:
  explicit Instance(const EngineOptions& options);
  ~Instance();

  std::unique_ptr<EndingConnection> Connect() {
    return std::make_unique<EndingConnection>(*database_);
  }
  // Whether an internal error made it refuse all further work.
  bool IsDead() const;

 private:
  std::string spill_folder_;  // "" for none.
  std::unique_ptr<duckdb::DuckDB> database_;
};

// The instance in force. An internal error of the engine puts a whole instance out of work; the
// next statement then gets a new one, while those that still run keep the old one alive. Opens
// nothing before it is asked. Safe from many threads.
class InstancePool {
 public:
  explicit InstancePool(EngineOptions options) : options_(std::move(options)) {}
  // The instance for a statement; one of its own when it has a memory limit of its own.
  std::shared_ptr<Instance> Get(std::optional<int64_t> memory_limit_bytes);

 private:
  const EngineOptions options_;
  std::mutex mutex_;
  std::shared_ptr<Instance> current_;
};

}  // namespace weir::engine
