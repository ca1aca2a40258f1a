#include "model/lake.h"

#include <algorithm>
#include <stdexcept>

#include "support/test_app.h"
#include "weir/io/testing/faulty_store.h"

namespace weir::test::model {
namespace {

// "00000000000000000007.json"
constexpr size_t kEntryNameSize = 25;

app::AppOptions OptionsOf(const std::string& home) {
  app::AppOptions options;
  options.home = home;
  options.principal = app::SystemUser();
  options.threads = 1;  // So that calls come in the same order when it is played again.
  return options;
}

std::shared_ptr<io::ObjectStore> StoreOn(io::Disk& disk, const Clock& clock, io::Faults& faults) {
  return std::make_shared<io::FaultyStore>(std::make_shared<io::LocalStore>("/", disk, clock),
                                           faults);
}

}  // namespace

const char* GroundName(Ground ground) {
  switch (ground) {
    case Ground::kLocal:
      return "Local";
    case Ground::kFaulty:
      return "Faulty";
    case Ground::kPowerLoss:
      return "PowerLoss";
  }
  return "";
}

Instance::Instance(const std::string& home, io::Disk& disk, const Clock& clock)
    : stores_(disk, StoreOn(disk, clock, faults_)),
      app_(OptionsOf(home), stores_, clock_, log_),
      session_(app_.NewSession("/")) {
  Run(*session_, "SET spark.databricks.delta.retentionDurationCheck.enabled = false");
}

std::string Instance::TableLocation() {
  const auto info = app_.catalog().FindTable({"main", "default", "t"});
  if (!info) throw std::runtime_error("there is no table t");
  return info->location;
}

Lake::Lake(Ground ground) : ground_(ground) {
  for (size_t i = 0; i < kInstances; ++i) Restart(i);
}

io::Disk& Lake::disk() {
  if (ground_ == Ground::kLocal) return local_;
  return memory_;
}

const Clock& Lake::disk_clock() const {
  if (ground_ == Ground::kLocal) return clock_;
  return long_ago_;
}

void Lake::Restart(size_t i) {
  instances_.at(i).reset();
  instances_.at(i) = std::make_unique<Instance>(folder_ / "home", disk(), disk_clock());
}

void Lake::CutPowerAfter(size_t changes, uint64_t seed) { memory_.CutAfter(changes, seed); }

void Lake::RestorePower() {
  if (!memory_.is_cut()) memory_.Cut();  // What was acknowledged must be there.
  for (auto& instance : instances_) instance.reset();
  memory_.Restart();
  for (size_t i = 0; i < kInstances; ++i) Restart(i);
}

int64_t Lake::Version() {
  io::LocalStore store("/", disk(), disk_clock());
  if (log_folder_.empty()) {
    const std::string location = instance(0).TableLocation();
    log_folder_ = io::LocalStores(disk(), disk_clock()).Resolve(location, "").prefix;
    log_folder_ += "_delta_log/";
  }
  int64_t latest = -1;
  for (const io::ObjectInfo& object : store.ListLevel(log_folder_).objects) {
    const std::string name = object.key.substr(log_folder_.size());
    if (name.size() != kEntryNameSize || !name.ends_with(".json")) continue;
    latest = std::max(latest, static_cast<int64_t>(std::stoll(name)));
  }
  return latest;
}

}  // namespace weir::test::model
