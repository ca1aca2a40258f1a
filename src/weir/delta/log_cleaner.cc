#include "weir/delta/log_cleaner.h"

#include <algorithm>
#include <set>

#include "weir/base/error.h"
#include "weir/delta/log.h"
#include "weir/delta/log_loader.h"
#include "weir/delta/log_names.h"
#include "weir/delta/paths.h"
#include "weir/delta/properties.h"
#include "weir/delta/protocol.h"

namespace weir::delta {
namespace {

constexpr int64_t kDayMillis = 24LL * 3600 * 1000;
// A commit waits for this: what is left goes after a later one.
constexpr size_t kMostDeleted = 1000;

int64_t MidnightBefore(int64_t millis) {
  return millis - (millis % kDayMillis + kDayMillis) % kDayMillis;
}

// A whole checkpoint and all that is older.
class ExpiredLog {
 public:
  ExpiredLog(const Log& log, io::ObjectStore& store, int64_t oldest_millis)
      : log_(log), objects_(store.List(log.folder(), "", io::ObjectStore::kNoLimit)) {
    const LogNews all = log.NewsAfter(-1);
    std::optional<Version> kept;  // The newest commit that is old enough.
    for (const CommitFile& commit : all.commits) {
      if (commit.timestamp_millis <= oldest_millis) kept = commit.version;
    }
    if (!kept) return;
    for (const CheckpointFiles& files : log.Checkpoints()) {
      if (files.version <= *kept) checkpoint_ = files;
    }
  }

  // By which the oldest version that is kept is read.
  const std::optional<CheckpointFiles>& checkpoint() const { return checkpoint_; }

  // Oldest first.
  std::vector<std::string> Keys() const {
    std::vector<std::string> keys;
    if (!checkpoint_) return keys;
    for (const io::ObjectInfo& object : objects_) {
      const auto name = ParseLogName(std::string_view(object.key).substr(log_.folder().size()));
      if (!name) continue;
      const Version needed =
          checkpoint_->version + (name->kind == LogName::Kind::kCompacted ? 1 : 0);
      if (name->version < needed) keys.push_back(object.key);
    }
    return keys;
  }

  // Sidecars old enough to belong to no checkpoint that is being written.
  std::vector<std::string> Sidecars(int64_t before_millis) const {
    std::vector<std::string> keys;
    for (const io::ObjectInfo& object : objects_) {
      if (!std::string_view(object.key).substr(log_.folder().size()).starts_with(kSidecarFolder))
        continue;
      if (object.modified.millis() < before_millis) keys.push_back(object.key);
    }
    return keys;
  }

 private:
  const Log& log_;
  std::vector<io::ObjectInfo> objects_;
  std::optional<CheckpointFiles> checkpoint_;
};

size_t Delete(io::ObjectStore& store, const std::vector<std::string>& keys, size_t most) {
  const size_t count = std::min(keys.size(), most);
  for (size_t i = 0; i < count; ++i) store.Delete(keys[i]);
  return count;
}

// The version before which a table protects its log; 0 for one that does not.
Version ProtectedBefore(const LogSnapshot& snapshot) {
  if (!HasWriterFeature(snapshot.protocol(), "checkpointProtection")) return 0;
  return PropertiesOf(snapshot.metadata().configuration).protected_before;
}

// Whether only a part of what is protected would go.
bool IsProtected(const LogSnapshot& snapshot, const ExpiredLog& expired) {
  return expired.checkpoint()->version < ProtectedBefore(snapshot);
}

// Those that no checkpoint names. One that can't be read leaves them all.
size_t DeleteSidecars(const Log& log, io::ObjectStore& store, CheckpointFormat& format,
                      std::vector<std::string> sidecars, size_t most) {
  std::set<std::string> named;
  for (const CheckpointFiles& files : log.Checkpoints()) {
    for (const Sidecar& sidecar : SidecarsOf(log, files, format)) {
      const std::string path = DecodePath(sidecar.path);
      named.insert(log.SidecarKey(path.substr(path.find_last_of('/') + 1)));
    }
  }
  std::erase_if(sidecars, [&](const std::string& key) { return named.contains(key); });
  return Delete(store, sidecars, most);
}

}  // namespace

size_t CleanLog(const io::Location& table, CheckpointFormat& format, const Clock& clock,
                const LogSnapshot& snapshot) {
  const TableProperties properties = PropertiesOf(snapshot.metadata().configuration);
  if (!properties.clean_log) return 0;
  const int64_t now = clock.Now().millis();
  const Log log(table);
  io::ObjectStore& store = *table.store;
  const ExpiredLog expired(log, store, MidnightBefore(now - properties.log_retention_millis));
  const std::vector<std::string> keys = expired.Keys();
  if (keys.empty() || IsProtected(snapshot, expired)) return 0;
  ReadCheckpoint(log, *expired.checkpoint(), format);
  const bool at_once = ProtectedBefore(snapshot) > 0;
  size_t deleted = Delete(store, keys, at_once ? keys.size() : kMostDeleted);
  if (deleted < keys.size()) return deleted;
  auto sidecars = expired.Sidecars(MidnightBefore(now - kDayMillis));
  if (sidecars.empty()) return deleted;
  return deleted + DeleteSidecars(log, store, format, std::move(sidecars),
                                  kMostDeleted - std::min(deleted, kMostDeleted));
}

void CleanLogBefore(const io::Location& table, CheckpointFormat& format,
                    const LogSnapshot& snapshot, Instant moment) {
  const Log log(table);
  const ExpiredLog expired(log, *table.store, moment.millis());
  const std::vector<std::string> keys = expired.Keys();
  if (keys.empty() || IsProtected(snapshot, expired)) return;
  ReadCheckpoint(log, *expired.checkpoint(), format);
  Delete(*table.store, keys, keys.size());
}

}  // namespace weir::delta
