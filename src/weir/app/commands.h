#pragma once

#include <filesystem>
#include <iostream>
#include <memory>

#include "weir/app/app.h"
#include "weir/app/command_line.h"
#include "weir/app/log_file.h"
#include "weir/base/clock.h"
#include "weir/io/disk.h"
#include "weir/io/s3_stores.h"
#include "weir/pipeline/spec.h"

namespace weir::app {

// The program as a command uses it: on the local disk, as the system's user.
struct LocalApp {
  explicit LocalApp(const GlobalOptions& global)
      : home(HomeFolder(global.home)),
        begins(!HasState(home)),
        stores(disk, home, clock),
        log(home + "/log/weir.log", clock, global.verbose ? &std::cerr : nullptr),
        app({home, SystemUser(), {}, global.threads, global.memory_limit_bytes}, stores, clock,
            log),
        folder(std::filesystem::current_path().string()) {
    if (begins) WarnOfOpenHome(home, std::cerr);
  }

  std::unique_ptr<session::Session> NewSession() { return app.NewSession(folder); }
  // In a time zone. Throws Error{kInvalid} where there is none of that name.
  std::unique_ptr<session::Session> NewSession(const std::string& time_zone) {
    auto session = app.NewSession(folder);
    session->BeginIn(time_zone);
    return session;
  }

  const std::string home;
  const bool begins;  // The home has no state yet.
  SystemClock clock;
  io::LocalDisk disk;
  io::AllStores stores;
  LogFile log;
  App app;
  std::string folder;
};

// The project whose spec is `file`, or lies in this folder or above it. Throws what is wrong with
// it.
pipeline::Spec LoadSpecOrThrow(const std::string& file);

}  // namespace weir::app
