#pragma once

#include <iosfwd>
#include <memory>
#include <optional>
#include <string>

#include "weir/base/clock.h"
#include "weir/base/logger.h"
#include "weir/catalog/catalog.h"
#include "weir/connect/source.h"
#include "weir/delta/snapshot_cache.h"
#include "weir/engine/engine.h"
#include "weir/io/object_store.h"
#include "weir/session/flow_memory.h"
#include "weir/session/session.h"
#include "weir/session/view_changes.h"
#include "weir/state/database.h"

namespace weir::app {

struct AppOptions {
  std::string home;  // Absolute. Made when absent, for its owner only.
  std::string principal;
  state::DatabaseOptions database = {};  // Fault hooks of crash tests.
  // Shared by all that runs at once; nothing: a thread a core, 60 % of the machine's memory. What
  // does not fit spills to <home>/tmp.
  std::optional<int> threads = {};
  std::optional<int64_t> memory_limit_bytes = {};
};

// The home to use: `given` (--home), else WEIR_HOME, else ~/.weir; absolute.
std::string HomeFolder(const std::string& given);
// Who runs this program, as the system knows them.
std::string SystemUser();
// Whether the home was begun.
bool HasState(const std::string& home);
// Says so where a home that was just begun is in a folder that others may look into: one that was
// there already keeps its mode.
void WarnOfOpenHome(const std::string& home, std::ostream& err);

// The whole program: services in the order in which they start. `stores`, `clock` and `log` outlive
// it; tests pass stores that fail.
class App {
 public:
  App(AppOptions options, io::Stores& stores, const Clock& clock, Logger& log);

  // A session of the app's principal; relative paths start in `base_folder`.
  std::unique_ptr<session::Session> NewSession(const std::string& base_folder);
  std::unique_ptr<session::Session> NewSession(session::SessionOptions options);
  catalog::Catalog& catalog() { return catalog_; }
  const std::string& principal() const { return options_.principal; }
  // Where what only one process may do at a time is locked.
  std::string LockFolder() const;

 private:
  const AppOptions options_;
  io::Stores& stores_;
  const Clock& clock_;
  Logger& log_;
  state::Database database_;
  catalog::Catalog catalog_;
  std::unique_ptr<engine::Engine> engine_;
  delta::SnapshotCache snapshots_;
  session::FlowMemory flows_;
  session::ViewChanges view_changes_;
  connect::Registry connectors_;
};

}  // namespace weir::app
