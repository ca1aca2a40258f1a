#include "weir/state/database.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>
#include <utility>

#include "weir/base/check.h"
#include "weir/base/error.h"
#include "weir/state/connection.h"
#include "weir/state/migrations.h"

namespace weir::state {
namespace {

namespace fs = std::filesystem;

// Marks the file as ours: "weir" in ASCII.
constexpr int64_t kApplicationId = 0x77656972;

void SyncFolder(const fs::path& folder) {
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;  // Not readable, so not made by us.
  fsync(descriptor);
  close(descriptor);
}

// Makes the folder that holds `file`, for this user alone, and what is above it.
void MakeFolderFor(const fs::path& file) {
  const fs::path folder = fs::absolute(file).parent_path();
  std::error_code error;
  if (fs::is_directory(folder, error)) return;
  fs::path above = folder;
  std::vector<fs::path> made;
  while (!above.empty() && !fs::exists(above, error)) {
    made.push_back(above);
    above = above.parent_path();
  }
  fs::create_directories(folder, error);
  if (!error) fs::permissions(folder, fs::perms::owner_all, error);
  if (error) {
    const bool full = error == std::errc::no_space_on_device;
    throw Error(full ? ErrorCode::kExhausted : ErrorCode::kDenied,
                "can't create the home '" + folder.string() + "': " + error.message() +
                    "; check the path and its permissions, or choose another --home");
  }
  for (const fs::path& one : made) SyncFolder(one.parent_path());
}

// Switching to write-ahead mode doesn't wait for others by itself.
void UseWriteAheadLog(Connection& connection, int busy_timeout_millis) {
  using std::chrono::steady_clock;
  const auto deadline = steady_clock::now() + std::chrono::milliseconds(busy_timeout_millis);
  for (;;) {
    try {
      connection.Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL");
      return;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kUnavailable || steady_clock::now() >= deadline) throw;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace

Statement::Statement(Connection& connection, std::string_view sql)
    : connection_(&connection), statement_(connection.Borrow(sql)) {}

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_),
      statement_(std::exchange(other.statement_, nullptr)),
      bound_(other.bound_) {}

Statement::~Statement() {
  if (statement_ != nullptr) connection_->Return(statement_);
}

Statement& Statement::Bind(int64_t value) {
  WEIR_CHECK(sqlite3_bind_int64(statement_, ++bound_, value) == SQLITE_OK);
  return *this;
}

Statement& Statement::Bind(std::string_view text) {
  WEIR_CHECK(sqlite3_bind_text64(statement_, ++bound_, text.empty() ? "" : text.data(), text.size(),
                                 SQLITE_TRANSIENT, SQLITE_UTF8) == SQLITE_OK);
  return *this;
}

Statement& Statement::Bind(const std::optional<std::string>& text) {
  if (text) return Bind(std::string_view(*text));
  WEIR_CHECK(sqlite3_bind_null(statement_, ++bound_) == SQLITE_OK);
  return *this;
}

bool Statement::Next() {
  WEIR_CHECK(bound_ == sqlite3_bind_parameter_count(statement_));
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) connection_->Fail(code, sqlite3_sql(statement_));
  return false;
}

bool Statement::IsNull(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

int64_t Statement::Int(int column) const { return sqlite3_column_int64(statement_, column); }

std::string Statement::Text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (text == nullptr) return {};
  return std::string(text, static_cast<size_t>(sqlite3_column_bytes(statement_, column)));
}

std::optional<std::string> Statement::TextOrNull(int column) const {
  if (IsNull(column)) return std::nullopt;
  return Text(column);
}

ReadTx::ReadTx(Database& database, const char* begin)
    : database_(&database), connection_(database.Take()) {
  try {
    connection_->Execute(begin);
  } catch (const Error&) {
    database.GiveBack(std::move(connection_));
    throw;
  }
}

ReadTx::~ReadTx() { database_->GiveBack(std::move(connection_)); }

Tx::Tx(Database& database) : ReadTx(database.ForWriting(), "BEGIN IMMEDIATE") {}

Tx::~Tx() = default;  // GiveBack rolls back.

int64_t Tx::RunBound(Statement& statement) {
  database_->Hook("write");
  WEIR_CHECK(!statement.Next());
  return connection_->changes();
}

void Tx::Commit() {
  WEIR_CHECK(!committed_);
  database_->Hook("commit");
  connection_->Execute("COMMIT");
  committed_ = true;
  database_->Hook("committed");
}

Database::Database(std::string path, DatabaseOptions options)
    : path_(std::move(path)), options_(std::move(options)) {
  if (options_.read_only) {
    RequireThisFormat();
    return;
  }
  MakeFolderFor(path_);
  std::error_code error;  // Opening it says what is wrong.
  const bool is_new = !fs::exists(path_, error);
  Migrate();
  if (is_new) SyncFolder(fs::absolute(path_).parent_path());
}

Database::~Database() = default;

int Database::Format() { return static_cast<int>(Migrations().size()); }

std::unique_ptr<Connection> Database::Take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
  }
  auto connection =
      std::make_unique<Connection>(path_, options_.busy_timeout_millis, options_.read_only);
  if (!options_.read_only) UseWriteAheadLog(*connection, options_.busy_timeout_millis);
  return connection;
}

void Database::GiveBack(std::unique_ptr<Connection> connection) noexcept {
  try {
    if (connection->in_transaction()) connection->Execute("ROLLBACK");
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(connection));
  } catch (const std::exception&) {
    // Closing it rolls back as well.
  }
}

Database& Database::ForWriting() {
  Hook("begin");
  if (!options_.read_only) return *this;
  throw Error(ErrorCode::kDenied, "the state of the home, '" + path_ + "', is only read here");
}

void Database::Hook(const char* call) const {
  if (options_.fault_hook) options_.fault_hook(call);
}

// What the file's format asks for: nothing (false), or migrating (true).
bool Database::IsOlder(int64_t format) const {
  if (format > Format()) {
    throw Error(ErrorCode::kUnsupported,
                "the home of '" + path_ + "' has format " + std::to_string(format) +
                    ", written by a newer weir; this one knows formats up to " +
                    std::to_string(Format()) +
                    ". Use that newer weir, or choose another home with --home or WEIR_HOME");
  }
  return format < Format();
}

void Database::RequireThisFormat() {
  ReadTx now = Read();
  Connection& connection = *now.connection_;
  const int64_t format = connection.Number("PRAGMA user_version");
  if (!IsOlder(format)) return;
  if (format == 0 && connection.Number("SELECT count(*) FROM sqlite_schema") == 0) {
    throw Error(ErrorCode::kNotFound,
                path_ + " is empty: what was to begin the home did not end (a full disk?)");
  }
  throw Error(ErrorCode::kUnsupported,
              "the home of '" + path_ + "' has format " + std::to_string(format) +
                  ", and this weir works with format " + std::to_string(Format()) +
                  "; any command that may write the home brings it there");
}

void Database::Migrate() {
  {
    const ReadTx now = Read();
    if (!IsOlder(now.connection_->Number("PRAGMA user_version"))) return;
  }
  Tx tx = Begin();
  Connection& connection = *tx.connection_;
  int64_t format = connection.Number("PRAGMA user_version");
  if (!IsOlder(format)) return;  // Another process was faster.
  if (connection.Number("PRAGMA application_id") != kApplicationId &&
      connection.Number("SELECT count(*) FROM sqlite_schema") > 0) {
    throw Error(ErrorCode::kInvalid,
                "'" + path_ +
                    "' is the database of another program, not of a weir home; choose another home "
                    "with --home or WEIR_HOME");
  }
  for (; format < Format(); ++format) {
    Hook("write");
    connection.Execute(std::string(Migrations()[static_cast<size_t>(format)]).c_str());
  }
  connection.Execute(("PRAGMA application_id=" + std::to_string(kApplicationId)).c_str());
  connection.Execute(("PRAGMA user_version=" + std::to_string(format)).c_str());
  tx.Commit();
}

}  // namespace weir::state
