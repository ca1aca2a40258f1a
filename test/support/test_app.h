#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/temporary_folder.h"
#include "weir/app/app.h"
#include "weir/base/clock.h"
#include "weir/io/disk.h"
#include "weir/io/local_stores.h"

namespace weir::test {

// The whole program in a temporary home, on the real disk. The home's admin is "admin".
class TestApp {
 public:
  explicit TestApp(const std::string& home)
      : stores_(disk_, system_clock_), app_({home, "admin", {}}, stores_, system_clock_, log_) {}
  // `clock` outlives it.
  TestApp(const std::string& home, const Clock& clock)
      : stores_(disk_, clock), app_({home, "admin", {}}, stores_, clock, log_) {}

  app::App& app() { return app_; }
  std::unique_ptr<session::Session> NewSession(const std::string& principal,
                                               const std::string& base_folder) {
    session::SessionOptions options;
    options.principal = principal;
    options.base_folder = base_folder;
    return app_.NewSession(std::move(options));
  }

 private:
  SystemClock system_clock_;
  io::LocalDisk disk_;
  io::LocalStores stores_;
  NoLogger log_;
  app::App app_;
};

// Rows as text, cells joined by '|', NULL as "NULL"; times as clocks of `zone` show them.
std::vector<std::string> RowTexts(BatchStream& rows, const TimeZone& zone = *UtcZone());
// Runs one statement and gives its rows.
std::vector<std::string> Run(session::Session& session, const std::string& sql);

}  // namespace weir::test
