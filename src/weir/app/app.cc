#include "weir/app/app.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "weir/base/error.h"
#include "weir/engine/duckdb/duckdb_engine.h"

namespace weir::app {
namespace fs = std::filesystem;
namespace {

// Makes the home for its owner only, before anything is put there.
std::string PrepareHome(const std::string& home) {
  std::error_code error;
  fs::create_directories(fs::path(home).parent_path(), error);
  if (mkdir(home.c_str(), 0700) != 0 && errno != EEXIST) {
    throw Error(errno == EACCES ? ErrorCode::kDenied : ErrorCode::kUnavailable,
                "can't make the home folder " + home + ": " + std::strerror(errno) +
                    "; choose another with --home or WEIR_HOME");
  }
  return home;
}

std::string Folder(const std::string& home, const char* name) { return home + "/" + name; }

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

App::App(AppOptions options, io::Stores& stores, const Clock& clock)
    : options_(std::move(options)),
      stores_(stores),
      clock_(clock),
      database_(Folder(PrepareHome(options_.home), "weir.db"), options_.database),
      catalog_(database_, clock, stores.Resolve(Folder(options_.home, "data"), "").uri,
               options_.principal),
      engine_(engine::MakeDuckdbEngine({{}, {}, Folder(options_.home, "tmp")})),
      connectors_(connect::BuiltinConnectors()) {}

std::unique_ptr<session::Session> App::NewSession(const std::string& base_folder) {
  return NewSession({options_.principal, "main", "default", base_folder});
}

std::unique_ptr<session::Session> App::NewSession(session::SessionOptions options) {
  return std::make_unique<session::Session>(
      session::Services{catalog_, *engine_, stores_, connectors_, clock_}, std::move(options));
}

}  // namespace weir::app
