#include "weir/state/connection.h"

#include <sqlite3.h>

#include <cerrno>

#include "weir/base/check.h"

namespace weir::state {
namespace {

struct Meaning {
  ErrorCode code;
  const char* message;  // What is wrong and what to do.
};

Meaning MeaningOf(int code, int system_error) {
  const bool full = system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG;
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::kUnavailable,
              "another process has been writing to it for too long; wait for it or end it"};
    case SQLITE_FULL:
      return {ErrorCode::kExhausted, "the disk is full; free some space and run again"};
    case SQLITE_IOERR:
      if (full) return {ErrorCode::kExhausted, "the disk is full; free some space and run again"};
      // What SQLite does after the failure may have changed the system's own number for it.
      if (code == SQLITE_IOERR_WRITE || code == SQLITE_IOERR_SHMSIZE ||
          code == SQLITE_IOERR_TRUNCATE) {
        return {ErrorCode::kExhausted,
                "it can't grow: the disk is full or failing, or this process may not write files "
                "of that size (ulimit -f); free some space and run again"};
      }
      return {ErrorCode::kUnavailable, "the disk reported an error; check it and run again"};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return {ErrorCode::kDenied,
              "this user may not write it, and every statement, a SELECT too, is recorded there "
              "before it runs; give this user the right, or copy the home and use the copy with "
              "--home"};
    case SQLITE_CANTOPEN:
      if (full) return {ErrorCode::kExhausted, "the disk is full; free some space and run again"};
      return {ErrorCode::kDenied,
              "it can't be opened or created for writing, which every statement needs, a SELECT "
              "too, to be recorded before it runs; check the folder and its permissions, or "
              "choose another --home"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {ErrorCode::kCorrupt,
              "it is damaged or no SQLite database; restore it from a copy, or choose another "
              "--home"};
    case SQLITE_NOMEM:
      return {ErrorCode::kExhausted, "out of memory"};
    case SQLITE_CONSTRAINT:
      if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY) {
        return {ErrorCode::kExists, "the same thing is there already"};
      }
      return {ErrorCode::kInternal, "a rule of the state was broken; please report it"};
    default:
      return {ErrorCode::kInternal, "an unexpected failure; please report it"};
  }
}

}  // namespace

Connection::Connection(const std::string& path, int busy_timeout_millis, bool read_only)
    : path_(path) {
  const int access = read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int code = sqlite3_open_v2(path.c_str(), &handle_, access | SQLITE_OPEN_NOMUTEX, nullptr);
  try {
    if (code != SQLITE_OK) Fail(code, "open");
    sqlite3_extended_result_codes(handle_, 1);
    sqlite3_busy_timeout(handle_, busy_timeout_millis);
    // Folding the log at each exit would cost every short command several syncs.
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    Execute("PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY");
  } catch (...) {
    sqlite3_close(handle_);
    throw;
  }
}

Connection::~Connection() {
  for (const auto& [sql, statements] : idle_) {
    for (sqlite3_stmt* statement : statements) sqlite3_finalize(statement);
  }
  sqlite3_close(handle_);
}

void Connection::Execute(const char* sql) {
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) Fail(code, sql);
}

sqlite3_stmt* Connection::Borrow(std::string_view sql) {
  std::vector<sqlite3_stmt*>& idle = idle_[std::string(sql)];
  if (!idle.empty()) {
    sqlite3_stmt* statement = idle.back();
    idle.pop_back();
    return statement;
  }
  sqlite3_stmt* statement = nullptr;
  const char* rest = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, &rest);
  if (code != SQLITE_OK) Fail(code, sql);
  WEIR_CHECK(statement != nullptr && rest == sql.data() + sql.size());
  return statement;
}

void Connection::Return(sqlite3_stmt* statement) noexcept {
  sqlite3_reset(statement);  // Tells again what the last step told.
  sqlite3_clear_bindings(statement);
  try {
    idle_[sqlite3_sql(statement)].push_back(statement);
  } catch (const std::exception&) {
    sqlite3_finalize(statement);
  }
}

int64_t Connection::Number(std::string_view sql) {
  sqlite3_stmt* statement = Borrow(sql);
  const int code = sqlite3_step(statement);
  const int64_t number = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
  Return(statement);
  if (code != SQLITE_ROW) Fail(code, sql);
  return number;
}

int64_t Connection::changes() const { return sqlite3_changes64(handle_); }

bool Connection::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

void Connection::Fail(int code, std::string_view doing) const {
  const int extended = handle_ == nullptr ? code : sqlite3_extended_errcode(handle_);
  const int system_error = handle_ == nullptr ? 0 : sqlite3_system_errno(handle_);
  const Meaning meaning =
      MeaningOf((extended & 0xff) == (code & 0xff) ? extended : code, system_error);
  const char* told = handle_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle_);
  throw Error(meaning.code, "the state of this home, '" + path_ + "', failed: " + meaning.message,
              std::string(told) + " (" + std::to_string(code) + ") in: " + std::string(doing));
}

}  // namespace weir::state
