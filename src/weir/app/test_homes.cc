#include "weir/app/test_homes.h"

#include <filesystem>

#include "weir/engine/duckdb/duckdb_engine.h"
#include "weir/session/flow_memory.h"
#include "weir/session/view_changes.h"

namespace weir::app {
namespace {

// The same on every machine, so that current_user() is.
constexpr const char* kPrincipal = "test";

class RemovedFolder {
 public:
  explicit RemovedFolder(std::string path) : path_(std::move(path)) {}
  RemovedFolder(const RemovedFolder&) = delete;
  RemovedFolder& operator=(const RemovedFolder&) = delete;
  ~RemovedFolder() {
    std::error_code ignored;  // It goes with the scratch folder at last.
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class TestHome final : public pipeline::CaseHome {
 public:
  TestHome(const std::string& folder, engine::Engine& engine, io::Stores& stores,
           const connect::Registry& connectors, const Clock& clock)
      : folder_(folder),
        database_(folder + "/weir.db"),
        catalog_(database_, clock, stores.Resolve(folder + "/data", "").uri, kPrincipal,
                 {stores.Resolve(folder, "").uri}),
        services_{catalog_, engine, snapshots_, stores,       connectors,
                  clock,    log_,   flows_,     view_changes_} {}

  std::unique_ptr<session::Session> NewSession() override {
    return std::make_unique<session::Session>(
        services_, session::SessionOptions{kPrincipal, "main", "default", folder_.path()});
  }

 private:
  const RemovedFolder folder_;
  state::Database database_;
  catalog::Catalog catalog_;
  delta::SnapshotCache snapshots_;
  session::FlowMemory flows_;
  session::ViewChanges view_changes_;
  NoLogger log_;
  session::Services services_;
};

}  // namespace

// Rows of tests fit in memory; the scratch folder is memory, too.
TestHomes::TestHomes() : engine_(engine::MakeDuckdbEngine({})) {}

std::unique_ptr<pipeline::CaseHome> TestHomes::Make(io::Stores& stores,
                                                    const connect::Registry& connectors,
                                                    const Clock& clock) {
  const std::string folder = scratch_.path() + "/" + std::to_string(++made_);
  return std::make_unique<TestHome>(folder, *engine_, stores, connectors, clock);
}

}  // namespace weir::app
