#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "weir/base/error.h"

struct sqlite3;
struct sqlite3_stmt;

namespace weir::state {

// One open connection to the file, with its prepared statements. Not thread-safe.
class Connection {
 public:
  Connection(const std::string& path, int busy_timeout_millis, bool read_only = false);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  // Statements without parameters and rows.
  void Execute(const char* sql);
  // One that is in no use now: prepared once, kept for the next time.
  sqlite3_stmt* Borrow(std::string_view sql);
  void Return(sqlite3_stmt* statement) noexcept;
  // The single number that a pragma or query gives.
  int64_t Number(std::string_view sql);
  int64_t changes() const;
  bool in_transaction() const;
  // The failure that SQLite reported last.
  [[noreturn]] void Fail(int code, std::string_view doing) const;

 private:
  const std::string path_;
  sqlite3* handle_ = nullptr;
  std::unordered_map<std::string, std::vector<sqlite3_stmt*>> idle_;
};

}  // namespace weir::state
