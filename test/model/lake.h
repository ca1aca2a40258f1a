#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "support/temporary_folder.h"
#include "weir/app/app.h"
#include "weir/base/clock.h"
#include "weir/io/disk.h"
#include "weir/io/local_store.h"
#include "weir/io/local_stores.h"
#include "weir/io/testing/faults.h"
#include "weir/io/testing/power_loss_disk.h"

namespace weir::test::model {

// What the table lies on.
enum class Ground {
  kLocal,      // The machine's own disk.
  kFaulty,     // One in memory, whose calls fail at times, once or from then on.
  kPowerLoss,  // One in memory that forgets what was not synced.
};
const char* GroundName(Ground ground);

// One program on the home with a session of its own; every call of its store counts and may fail.
// Driven by one thread at a time.
class Instance {
 public:
  // `clock` is that of the disk.
  Instance(const std::string& home, io::Disk& disk, const Clock& clock);

  session::Session& session() { return *session_; }
  io::Faults& faults() { return faults_; }
  std::string TableLocation();

 private:
  io::Faults faults_;
  SystemClock clock_;
  io::LocalStores stores_;
  NoLogger log_;
  app::App app_;
  std::unique_ptr<session::Session> session_;
};

// A home whose table is `t`, and programs that work on it at once. The state is on the machine's
// own disk, which SQLite keeps safe by itself; the table's files are on the ground.
class Lake {
 public:
  static constexpr size_t kInstances = 2;

  explicit Lake(Ground ground);

  Ground ground() const { return ground_; }
  Instance& instance(size_t i) { return *instances_.at(i); }
  // Another program in its place, which knows nothing of what the first remembered.
  void Restart(size_t i);

  // Of kPowerLoss. The power goes after so many changes of the disk; with a seed some of what was
  // not synced survives.
  void CutPowerAfter(size_t changes, uint64_t seed);
  // It is gone now if it was not, and comes again.
  void RestorePower();

  // The last version in the table's log, which is read past all faults.
  int64_t Version();

 private:
  const Ground ground_;
  TemporaryFolder folder_;
  SystemClock clock_;
  // The files of a disk in memory have the times of its calls, in 1970: in a later year what
  // another program is just writing would be left-overs.
  FakeClock long_ago_{Instant{0}};
  io::LocalDisk local_;
  io::PowerLossDisk memory_;
  std::array<std::unique_ptr<Instance>, kInstances> instances_;
  std::string log_folder_;  // Once it is known.

  io::Disk& disk();
  const Clock& disk_clock() const;
};

}  // namespace weir::test::model
