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
      : stores_(disk_, clock_), app_({home, "admin", {}}, stores_, clock_, log_) {}

  app::App& app() { return app_; }
  std::unique_ptr<session::Session> NewSession(const std::string& principal,
                                               const std::string& base_folder) {
    return app_.NewSession(session::SessionOptions{principal, "main", "default", base_folder});
  }

 private:
  SystemClock clock_;
  io::LocalDisk disk_;
  io::LocalStores stores_;
  NoLogger log_;
  app::App app_;
};

// Rows as text, cells joined by '|', NULL as "NULL".
std::vector<std::string> RowTexts(BatchStream& rows);
// Runs one statement and gives its rows.
std::vector<std::string> Run(session::Session& session, const std::string& sql);

}  // namespace weir::test
