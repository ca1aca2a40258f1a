#include "weir/engine/duckdb/statement_runner.h"

#include <chrono>
#include <thread>
#include <vector>

#include "weir/base/error.h"
#include "weir/engine/duckdb/error_translation.h"
#include "weir/engine/duckdb/parquet_probe.h"

namespace weir::engine {
namespace {

constexpr int kStarts = 5;

void Grant(StatementContext& context, sql::InputId id, const Input& input) {
  if (const auto* const table = std::get_if<TableInput>(&input)) {
    context.parquet.emplace(id, OpenTable(*table));
    return;
  }
  if (const auto* const feed = std::get_if<FeedInput>(&input)) {
    context.parquet.emplace(id, OpenFeed(*feed));
    return;
  }
  const RelationInput& relation = std::get<RelationInput>(input);
  if (const auto* const sequence = std::get_if<BatchSequence>(&relation.relation)) {
    context.records.emplace(id, OpenSequence(*sequence));
    return;
  }
  const FileSet& files = std::get<FileSet>(relation.relation);
  if (relation.store == nullptr) {
    throw Error(ErrorCode::kInternal, "input " + std::to_string(id) + ": files without a store");
  }
  // Parquet files are opened first, by the statement: GrantParquetFiles.
  if (files.format != "parquet") {
    context.records.emplace(id, OpenRecordFiles(files, relation.store));
  }
}

// The Parquet files of an input that a connector found; null for any other input.
const FileSet* ParquetFilesOf(const Input& input) {
  const auto* const relation = std::get_if<RelationInput>(&input);
  const auto* const files =
      relation == nullptr ? nullptr : std::get_if<FileSet>(&relation->relation);
  return files != nullptr && files->format == "parquet" ? files : nullptr;
}

// Whether it may come from the bytes of a file.
bool MayBeBrokenFile(const duckdb::ErrorData& error) {
  switch (error.Type()) {
    case duckdb::ExceptionType::IO:
    case duckdb::ExceptionType::INVALID:
    case duckdb::ExceptionType::INVALID_INPUT:
    case duckdb::ExceptionType::SERIALIZATION:
      return !error.RawMessage().starts_with("[");
    default:
      return false;
  }
}

// Takes part in the work until there is a result. The engine's own loop would spin while other
// threads do what is left.
void Drive(duckdb::PendingQueryResult& pending) {
  constexpr int kEagerLooks = 64;
  for (int idle = 0;;) {
    const duckdb::PendingExecutionResult state = pending.ExecuteTask();
    if (duckdb::PendingQueryResult::IsResultReady(state)) return;
    if (state == duckdb::PendingExecutionResult::BLOCKED) {
      pending.WaitForTask();
    } else if (state == duckdb::PendingExecutionResult::RESULT_NOT_READY) {
      idle = 0;
    } else if (++idle < kEagerLooks) {
      std::this_thread::yield();
    } else {
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
  }
}

}  // namespace

duckdb::shared_ptr<StatementContext> StatementRunner::NewContext(const EngineStatement& statement) {
  auto context = duckdb::make_shared_ptr<StatementContext>();
  for (const auto& [id, input] : statement.inputs) Grant(*context, id, input);
  context->writable = statement.writable;
  for (const auto& plan : statement.expectations) {
    auto& counters = context->expectations.emplace_back();
    for (const sql::BoundExpectation& expectation : plan) {
      auto counter = std::make_unique<ExpectationCounter>();
      counter->name = expectation.name;
      counter->action = expectation.action;
      counter->error_condition = expectation.error_condition;
      counter->error_message = expectation.error_message;
      counter->error_columns = expectation.error_columns;
      counters.push_back(std::move(counter));
    }
  }
  return context;
}

std::unique_ptr<Run> StatementRunner::Start(const EngineStatement& statement) {
  return std::make_unique<Run>(*this, statement);
}

std::vector<std::shared_ptr<StatementRunner::Connected>> StatementRunner::Running(
    const std::string& statement_id) {
  std::vector<std::shared_ptr<Connected>> found;
  const std::lock_guard lock(mutex_);
  const auto [begin, end] = running_.equal_range(statement_id);
  for (auto entry = begin; entry != end; ++entry) {
    if (auto connected = entry->second.lock()) found.push_back(std::move(connected));
  }
  return found;
}

void StatementRunner::Cancel(const std::string& statement_id) {
  for (const auto& connected : Running(statement_id)) {
    connected->cancelled = true;
    connected->connection->Interrupt();
  }
}

std::optional<Progress> StatementRunner::ProgressOf(const std::string& statement_id) {
  std::optional<Progress> progress;
  for (const auto& connected : Running(statement_id)) {
    duckdb::QueryProgress known = connected->connection->context->GetQueryProgress();
    if (known.GetPercentage() < 0) continue;  // Not known yet, or never.
    progress = Progress{std::min(known.GetPercentage() / 100, 1.0),
                        static_cast<int64_t>(known.GetRowsProcesseed())};
  }
  return progress;
}

void StatementRunner::Forget(const Connected* connected) {
  const std::lock_guard lock(mutex_);
  std::erase_if(running_, [&](const auto& entry) {
    const auto other = entry.second.lock();
    return other == nullptr || other.get() == connected;
  });
}

Run::Run(StatementRunner& runner, EngineStatement statement, bool searched)
    : runner_(runner), statement_(std::move(statement)), searched_(searched) {
  StartAnew();
}

Run::~Run() {
  runner_.Forget(connected_.get());
  result_.reset();  // Before the connection that it runs on.
}

void Run::Connect() {
  const bool cancelled = connected_ && connected_->cancelled;
  auto connected = std::make_shared<StatementRunner::Connected>();
  connected->instance = runner_.instances_.Get(statement_.memory_limit_bytes);
  connected->context = StatementRunner::NewContext(statement_);
  connected->connection = connected->instance->Connect();
  connected->cancelled = cancelled;
  // Counted, for ProgressOf; never printed.
  duckdb::ClientConfig& config = duckdb::ClientConfig::GetConfig(*connected->connection->context);
  config.enable_progress_bar = true;
  config.print_progress_bar = false;
  StatementContext::Attach(*connected->connection, connected->context);
  result_.reset();
  if (connected_) runner_.Forget(connected_.get());
  connected_ = std::move(connected);
  const std::lock_guard lock(runner_.mutex_);
  runner_.running_.emplace(statement_.id, connected_);
}

void Run::GrantParquetFiles() {
  StatementContext& context = *connected_->context;
  for (const Reject& reject : broken_) context.Report(reject);
  for (const auto& [id, input] : statement_.inputs) {
    const FileSet* const files = ParquetFilesOf(input);
    if (files == nullptr) continue;
    const auto& relation = std::get<RelationInput>(input);
    auto good = ProbedFiles(*connected_->connection, context, id, *files, relation.store, broken_);
    context.parquet[id] = OpenParquetFiles(relation, std::move(good));
  }
}

bool Run::RejectBrokenFiles() {
  if (searched_ || delivered_) return false;
  searched_ = true;
  for (const auto& [id, input] : statement_.inputs) {
    const FileSet* const files = ParquetFilesOf(input);
    if (files == nullptr) continue;
    const auto lenient = files->options.find("ignorecorruptfiles");
    if (lenient != files->options.end() && lenient->second == "false") continue;
    for (const SourceFile& file : files->files) {
      FileSet alone = *files;
      alone.files = {file};
      EngineStatement reading;
      reading.id = statement_.id;
      reading.sql = "SELECT bit_xor(hash(t)) FROM weir_scan(0) t";
      reading.inputs.emplace(0,
                             RelationInput{std::move(alone), std::get<RelationInput>(input).store});
      try {
        Run run(runner_, std::move(reading), true);
        while (run.Next()) {
        }
      } catch (const Error& error) {
        if (error.code() != ErrorCode::kCorrupt) throw;
        broken_.push_back({file.uri, 0, error.what(), "", false});
      }
    }
  }
  return !broken_.empty();
}

void Run::StartAnew() {
  while (true) {
    ++starts_;
    Connect();
    try {
      GrantParquetFiles();
    } catch (const duckdb::Exception& error) {
      Fail(duckdb::ErrorData(error));
      continue;
    }
    auto pending = connected_->connection->PendingQuery(
        statement_.sql, duckdb::QueryResultOutputType::ALLOW_STREAMING);
    if (pending->HasError()) {
      Fail(pending->GetErrorObject());
      continue;
    }
    // From here on an interruption stays; before, starting the query forgot it.
    if (connected_->cancelled) {
      throw Error(ErrorCode::kCancelled, "the statement was cancelled", statement_.sql);
    }
    Drive(*pending);
    if (pending->HasError()) {
      Fail(pending->GetErrorObject());
      continue;
    }
    result_ = pending->Execute();
    if (!result_->HasError()) return;
    Fail(result_->GetErrorObject());
  }
}

duckdb::unique_ptr<duckdb::DataChunk> Run::Next() {
  // A stream that was read to its end is closed, and asking it again would be an error.
  while (!ended_) {
    duckdb::ErrorData error;
    duckdb::unique_ptr<duckdb::DataChunk> chunk;
    if (result_->TryFetch(chunk, error)) {
      delivered_ = delivered_ || chunk;
      ended_ = !chunk;
      return chunk;
    }
    if (!error.HasError()) error = result_->GetErrorObject();
    Fail(error);
    StartAnew();
  }
  return nullptr;
}

void Run::Fail(const duckdb::ErrorData& error) {
  if (IsRefusedByBrokenInstance(error) && !connected_->context->kept()) {
    if (delivered_ || starts_ >= kStarts) {
      throw Error(ErrorCode::kUnavailable,
                  "the engine was started anew because another statement broke it; run this one "
                  "again",
                  error.RawMessage());
    }
    return;
  }
  if (!connected_->context->kept() && MayBeBrokenFile(error) && RejectBrokenFiles()) return;
  ThrowTranslated(error, *connected_->context, statement_.sql);
}

}  // namespace weir::engine
