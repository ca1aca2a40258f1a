#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "weir/engine/duckdb/instance.h"
#include "weir/engine/duckdb/statement_context.h"

namespace weir::engine {

// A statement in the engine's own words, and what it may touch.
struct EngineStatement {
  std::string id;
  std::string sql;
  std::map<sql::InputId, Input> inputs;
  std::vector<std::vector<sql::BoundExpectation>> expectations;  // By ordinal.
  std::optional<WriteGrant> writable;
  std::optional<int64_t> memory_limit_bytes;
};

class Run;

// Runs statements on the instance in force, each on a connection of its own. One that the instance
// refuses because another statement broke it is run again on the next instance. Safe from many
// threads.
class StatementRunner {
 public:
  explicit StatementRunner(EngineOptions options) : instances_(std::move(options)) {}

  // Starts it; rows come from the Run.
  std::unique_ptr<Run> Start(const EngineStatement& statement);
  void Cancel(const std::string& statement_id);
  std::optional<Progress> ProgressOf(const std::string& statement_id);
  InstancePool& instances() { return instances_; }

 private:
  friend class Run;
  struct Connected;

  // Grants and counters of one run, made anew each time it is run.
  static duckdb::shared_ptr<StatementContext> NewContext(const EngineStatement& statement);
  void Forget(const Connected* connected);
  std::vector<std::shared_ptr<Connected>> Running(const std::string& statement_id);

  InstancePool instances_;
  std::mutex mutex_;
  std::multimap<std::string, std::weak_ptr<Connected>> running_;
};

// A connection that runs one statement; Cancel reaches it from other threads.
struct StatementRunner::Connected {
  std::shared_ptr<Instance> instance;
  duckdb::shared_ptr<StatementContext> context;
  std::unique_ptr<EndingConnection> connection;
  std::atomic<bool> cancelled{false};
};

// A statement that runs. Destroying it ends it. Driven by one thread.
class Run {
 public:
  // `searched`: broken files are not looked for, it fails with the first.
  Run(StatementRunner& runner, EngineStatement statement, bool searched = false);
  ~Run();

  const duckdb::vector<duckdb::LogicalType>& types() const { return result_->types; }
  // The next rows, flat; null at the end. Throws as Error what the statement fails with.
  duckdb::unique_ptr<duckdb::DataChunk> Next();
  StatementContext& context() { return *connected_->context; }

 private:
  // Throws what it failed with; returns when it is to be started again.
  void Fail(const duckdb::ErrorData& error);
  void StartAnew();
  // Connects, with all that is granted.
  void Connect();
  void GrantParquetFiles();
  // Reads each Parquet file that a connector found alone, and rejects those that can't be read to
  // their end. Whether there were any.
  bool RejectBrokenFiles();

  StatementRunner& runner_;
  const EngineStatement statement_;
  std::shared_ptr<StatementRunner::Connected> connected_;
  duckdb::unique_ptr<duckdb::QueryResult> result_;
  bool delivered_ = false;  // Rows have gone out, so it can't be run again.
  bool ended_ = false;      // The last chunk was given.
  int starts_ = 0;
  bool searched_;  // For broken files.
  std::vector<Reject> broken_;
};

}  // namespace weir::engine
