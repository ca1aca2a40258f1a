#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "weir/engine/duckdb/duckdb_pch.h"
#include "weir/engine/duckdb/parquet_source.h"
#include "weir/engine/duckdb/record_source.h"
#include "weir/engine/engine.h"

namespace weir::engine {

// What one expectation saw so far.
struct ExpectationCounter {
  std::string name;
  sql::ViolationAction action;
  std::string error_condition;
  std::string error_message;
  std::vector<std::string> error_columns;
  std::atomic<int64_t> passed{0};
  std::atomic<int64_t> failed{0};
};

// Where a statement may write new files.
struct WriteGrant {
  std::shared_ptr<io::ObjectStore> store;
  std::string prefix;                                   // Of keys.
  std::shared_ptr<const WriteTarget> target = nullptr;  // The table whose data files they are.
};

// All that one run of a statement was granted and what it gathers, reached from inside the engine
// through the connection. Nothing else can be opened by the statement. Gathering is safe from many
// threads; the grants are set up before it runs.
class StatementContext final : public duckdb::ClientContextState, public ScanFindings {
 public:
  StatementContext();

  // Of the statement that `context` runs; throws a PermissionException when there is none.
  static StatementContext& Of(duckdb::ClientContext& context);
  // Makes this the statement of a connection.
  static void Attach(duckdb::Connection& connection, duckdb::shared_ptr<StatementContext> context);

  // Paths of this statement start with it: "weir://17/". No two runs share one.
  const std::string& root() const { return root_; }

  // What may be read, by input number.
  std::map<sql::InputId, std::shared_ptr<const ParquetSource>> parquet;
  std::map<sql::InputId, std::shared_ptr<const RecordSource>> records;
  std::optional<WriteGrant> writable;
  // By ordinal of the ExpectPlan.
  std::vector<std::vector<std::unique_ptr<ExpectationCounter>>> expectations;
  std::atomic<int64_t> dropped_rows{0};
  // Of `rows` numbers of a sequence that nobody else gets the first; the others follow in steps.
  // Throws Error{kInvalid}, ARITHMETIC_OVERFLOW, where they leave the range of BIGINT.
  int64_t TakeNumbers(const std::string& column, int64_t first, int64_t step, int64_t rows);
  // The last number that was taken of each.
  std::map<std::string, int64_t> LastNumbers() const;
  // What a write has written, once it is done.
  std::vector<delta::AddFile> written;
  int64_t written_rows = 0;

  // The path under which the engine opens a file of an input.
  std::string PathOf(sql::InputId input, size_t file) const;
  // What the path of a new file starts with; the rest is relative to the write grant.
  static constexpr std::string_view kNewFiles = "weir://new/";

  // What a path of the engine's stands for. Throws a PermissionException for one that this
  // statement was not granted.
  struct Readable {
    std::shared_ptr<io::ObjectStore> store;
    std::string key;
    std::string uri;
    bool is_past;                         // ParquetSource::is_past().
    std::optional<io::ObjectInfo> known;  // ParquetSource::KnownOf(), where the store is far.
  };
  Readable ToRead(std::string_view path) const;
  struct Writable {
    std::shared_ptr<io::ObjectStore> store;
    std::string key;
  };
  Writable ToWrite(std::string_view path) const;

  // The engine's paths in `text` replaced by what people know the files as.
  std::string Readably(std::string text) const;

  // A file that the thread reads from, as people know it.
  void NoteRead(const std::string& uri);
  // What each thread read from last: where it is not said in which file something is wrong, it is
  // one of these.
  std::set<std::string> LastRead() const;

  // Keeps a failure of ours, which would lose its type inside the engine; the first one counts.
  void Keep(std::exception_ptr failure);
  std::exception_ptr kept() const;

  void Report(Reject reject) override;
  void CountRescued(int64_t rescued_rows, int64_t lossy_rows) override;
  // Rejects, expectations and dropped rows so far.
  RunStatistics Statistics() const;

 private:
  const std::string root_;
  mutable std::mutex mutex_;
  std::exception_ptr kept_;
  std::map<std::thread::id, std::string> last_read_;
  std::map<std::string, int64_t> last_numbers_;  // By column.
  std::vector<Reject> rejects_;
  int64_t reject_count_ = 0;
  int64_t rescued_rows_ = 0;
  int64_t lossy_rows_ = 0;
};

// Runs `body`; an Error of ours is kept in the statement's context and goes on as an exception that
// the engine carries to the statement's result.
template <typename Body>
auto Guarded(StatementContext& context, const Body& body) -> decltype(body()) {
  try {
    return body();
  } catch (const Error& error) {
    context.Keep(std::current_exception());
    throw duckdb::IOException(std::string("weir: ") + error.what());
  }
}

}  // namespace weir::engine
