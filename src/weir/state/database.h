#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3_stmt;

namespace weir::state {

class Connection;
class Database;

// One run of one SQL statement inside a transaction, which outlives it. Parameters are bound in the
// order of their question marks, columns are read by number from 0. Not thread-safe.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  Statement& Bind(int64_t value);
  Statement& Bind(std::string_view text);
  Statement& Bind(const char* text) { return Bind(std::string_view(text)); }
  Statement& Bind(const std::string& text) { return Bind(std::string_view(text)); }
  Statement& Bind(const std::optional<std::string>& text);
  Statement& Bind(bool) = delete;

  // Whether there is a (further) row.
  bool Next();
  bool IsNull(int column) const;
  int64_t Int(int column) const;
  std::string Text(int column) const;
  std::optional<std::string> TextOrNull(int column) const;

 private:
  friend class ReadTx;
  friend class Tx;
  Statement(Connection& connection, std::string_view sql);

  Connection* connection_;
  sqlite3_stmt* statement_;
  int bound_ = 0;
};

// A view of the state as it was at one moment; ends with the object. Keep it short: while it lives,
// the write-ahead log can't be folded. Not thread-safe.
class ReadTx {
 public:
  ReadTx(ReadTx&&) = delete;
  ~ReadTx();

  template <typename... Values>
  Statement Query(std::string_view sql, const Values&... values) {
    Statement statement(*connection_, sql);
    (statement.Bind(values), ...);
    return statement;
  }

 protected:
  friend class Database;
  ReadTx(Database& database, const char* begin);

  Database* database_;
  std::unique_ptr<Connection> connection_;
};

// A write transaction. It holds the home's one write lock from its start, so what it reads stays
// true until it commits. Not committed when destroyed: as if it had never been. Not thread-safe.
class Tx final : public ReadTx {
 public:
  ~Tx();

  // Runs a statement that gives no rows; gives the number of rows it changed.
  template <typename... Values>
  int64_t Run(std::string_view sql, const Values&... values) {
    Statement statement = Query(sql, values...);
    return RunBound(statement);
  }
  // Durable when it returns. After kUnavailable nobody knows: look.
  void Commit();

 private:
  friend class Database;
  explicit Tx(Database& database);
  int64_t RunBound(Statement& statement);

  bool committed_ = false;
};

// Called before each BEGIN of a write ("begin"), write ("write") and commit ("commit"), and after
// each commit ("committed"), so that a crash test can throw or kill there.
using FaultHook = std::function<void(const std::string& call)>;

struct DatabaseOptions {
  int busy_timeout_millis = 30'000;  // How long to wait for another writer: then kUnavailable.
  FaultHook fault_hook = {};
  // Nothing is made, migrated or written: what is absent or of an older format is refused, and so
  // is Begin (kDenied).
  bool read_only = false;
};

// The control state of a home: one SQLite file in write-ahead mode that processes share. Missing
// folders and the file are made; an older format is migrated to this program's. Safe from many
// threads; not to be used in both halves of a fork. Failures throw Error: kUnsupported (a newer
// format, says what to do), kDenied, kExhausted (disk full), kCorrupt, kUnavailable (locked, I/O
// error), kExists (a uniqueness rule).
class Database {
 public:
  explicit Database(std::string path, DatabaseOptions options = {});
  ~Database();

  const std::string& path() const { return path_; }
  ReadTx Read() { return ReadTx(*this, "BEGIN"); }
  Tx Begin() { return Tx(*this); }
  // The format this program writes.
  static int Format();

 private:
  friend class ReadTx;
  friend class Tx;
  std::unique_ptr<Connection> Take();
  void GiveBack(std::unique_ptr<Connection> connection) noexcept;
  bool IsOlder(int64_t format) const;
  void Migrate();
  void RequireThisFormat();
  Database& ForWriting();
  void Hook(const char* call) const;

  const std::string path_;
  const DatabaseOptions options_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace weir::state
