#include "weir/app/app.h"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <ostream>

#include "weir/app/local_zone.h"
#include "weir/base/error.h"
#include "weir/engine/duckdb/duckdb_engine.h"

namespace weir::app {
namespace fs = std::filesystem;
namespace {

std::string Folder(const std::string& home, const char* name) { return home + "/" + name; }

// The state of a home that has tables. One that is gone or empty is not begun anew: names, grants
// and views would be lost without a word.
std::string DatabaseOf(const std::string& home) {
  const std::string database = Folder(home, "weir.db");
  std::error_code ignored;
  const auto is_empty = [&](const std::string& file) {
    return !fs::exists(file, ignored) || fs::file_size(file, ignored) == 0;
  };
  const std::string data = Folder(home, "data");
  if (is_empty(database) && is_empty(database + "-wal") && fs::exists(data, ignored) &&
      fs::directory_iterator(data, ignored) != fs::directory_iterator()) {
    throw Error(ErrorCode::kCorrupt,
                database + " is gone or empty, but " + data +
                    " holds tables; put it back from a copy, or begin with another --home");
  }
  return database;
}

}  // namespace

std::string HomeFolder(const std::string& given) {
  std::string home = given;
  if (home.empty()) {
    const char* set = std::getenv("WEIR_HOME");
    if (set != nullptr) home = set;
  }
  if (home.empty()) {
    const char* user = std::getenv("HOME");
    if (user == nullptr || *user == '\0') {
      throw Error(ErrorCode::kInvalid, "HOME is not set, so there is no ~/.weir; use --home DIR");
    }
    home = std::string(user) + "/.weir";
  }
  return fs::absolute(home).lexically_normal().string();
}

std::string SystemUser() {
  const passwd* entry = getpwuid(geteuid());
  return entry != nullptr ? entry->pw_name : "uid-" + std::to_string(geteuid());
}

bool HasState(const std::string& home) {
  std::error_code ignored;  // Opening it says what is wrong.
  return fs::exists(Folder(home, "weir.db"), ignored);
}

void WarnOfOpenHome(const std::string& home, std::ostream& err) {
  struct stat status {};
  if (stat(home.c_str(), &status) != 0 || (status.st_mode & 077) == 0) return;
  err << fmt::format(
      "weir: warning: {} was there already and is open to other users (mode {:03o}), who can read "
      "tables past all grants; chmod 700 it, or run weir doctor --fix\n",
      home, static_cast<unsigned>(status.st_mode & 0777));
}

App::App(AppOptions options, io::Stores& stores, const Clock& clock, Logger& log)
    : options_(std::move(options)),
      stores_(stores),
      clock_(clock),
      log_(log),
      database_(DatabaseOf(options_.home), options_.database),
      catalog_(database_, clock, stores.Resolve(Folder(options_.home, "data"), "").uri,
               options_.principal, {stores.Resolve(options_.home, "").uri}),
      engine_(engine::MakeDuckdbEngine(
          {options_.threads, options_.memory_limit_bytes, Folder(options_.home, "tmp")})),
      connectors_(connect::BuiltinConnectors()) {
  for (const auto& left : catalog_.CloseAbandonedStatements()) {
    log_.Log(LogLevel::kWarning, "statement " + left.record.id + " was abandoned by its process");
  }
}

std::string App::LockFolder() const { return Folder(options_.home, "locks"); }

std::unique_ptr<session::Session> App::NewSession(const std::string& base_folder) {
  session::SessionOptions options;
  options.principal = options_.principal;
  options.base_folder = base_folder;
  options.local_zone = LocalZoneName();
  return NewSession(std::move(options));
}

std::unique_ptr<session::Session> App::NewSession(session::SessionOptions options) {
  return std::make_unique<session::Session>(
      session::Services{catalog_, *engine_, snapshots_, stores_, connectors_, clock_, log_, flows_,
                        view_changes_},
      std::move(options));
}

}  // namespace weir::app
