#include "weir/delta/checkpoint_writer.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "weir/base/fingerprint.h"
#include "weir/base/uuid.h"
#include "weir/delta/last_checkpoint.h"
#include "weir/delta/log_names.h"
#include "weir/delta/paths.h"
#include "weir/delta/protocol.h"

namespace weir::delta {
namespace {

// As many actions a file holds where the table does not say.
constexpr int64_t kClassicPartSize = 5'000'000;
constexpr int64_t kSidecarSize = 250'000;
// Every so many v2 checkpoints one has the classic name, too.
constexpr Version kClassicNameEvery = 10;

// That much of commits is read about as slowly as a small checkpoint is written.
constexpr int64_t kLargeTailBytes = 8 << 20;

constexpr int64_t kMostCheckpointParts = 10'000;

// What a checkpoint holds of a table's state.
struct Kept {
  Kept(const TableState& of, const TableProperties& properties, int64_t now_millis)
      : state(of), with_stats(properties.checkpoint_stats) {
    const int64_t oldest = now_millis - properties.deleted_file_retention_millis;
    for (const RemoveFile& remove : state.tombstones) {
      if (remove.deletion_timestamp_millis.value_or(0) > oldest) tombstones.Append(remove);
    }
  }
  int64_t about_files() const {
    return static_cast<int64_t>(tombstones.size() + state.files.size());
  }
  int64_t actions() const {
    return static_cast<int64_t>(2 + state.transactions.size() + state.domains.size()) +
           about_files();
  }

  const TableState& state;
  bool with_stats;
  RemoveFiles tombstones;
};

// All that is not about files.
std::vector<std::string> OtherActions(const TableState& state) {
  std::vector<std::string> actions = {ActionToJson(*state.protocol), ActionToJson(*state.metadata)};
  for (const auto& [app, txn] : state.transactions) actions.push_back(ActionToJson(txn));
  for (const auto& [name, domain] : state.domains) actions.push_back(ActionToJson(domain));
  return actions;
}

// Which part each file is told in, from 0: every part is written from all that is kept.
class CheckpointParts {
 public:
  CheckpointParts(const Kept& kept, int count) : count_(count) {
    if (count <= 1) return;
    tombstones_.reserve(kept.tombstones.size());
    for (const RemoveFile& remove : kept.tombstones) tombstones_.push_back(PartOf(remove.path));
    files_.reserve(kept.state.files.size());
    for (size_t at = 0; at < kept.state.files.size(); ++at) {
      files_.push_back(PartOf(kept.state.files.HeadAt(at).path));
    }
  }

  int count() const { return count_; }
  bool HasTombstone(int part, size_t at) const { return count_ == 1 || tombstones_[at] == part; }
  bool HasFile(int part, size_t at) const { return count_ == 1 || files_[at] == part; }

 private:
  using Number = uint16_t;
  static_assert(kMostCheckpointParts <= std::numeric_limits<Number>::max());

  Number PartOf(const std::string& path) const {
    const std::string digits = Fingerprint(CanonicalPath(path));
    return static_cast<Number>(std::stoull(digits, nullptr, 16) % static_cast<uint64_t>(count_));
  }

  const int count_;
  std::vector<Number> tombstones_;
  std::vector<Number> files_;
};

// The actions about files of one part, one at a time, as JSON.
class FileRows {
 public:
  FileRows(const Kept& kept, const CheckpointParts& parts, int part)
      : kept_(kept), parts_(parts), part_(part) {}

  bool Next(std::string& json) {
    while (tombstone_ < kept_.tombstones.size()) {
      const size_t at = tombstone_++;
      if (!parts_.HasTombstone(part_, at)) continue;
      RemoveFile remove = kept_.tombstones[at];
      remove.data_change = false;
      return Give(json, std::move(remove));
    }
    while (file_ < kept_.state.files.size()) {
      const size_t at = file_++;
      if (!parts_.HasFile(part_, at)) continue;
      AddFile add = kept_.state.files[at];
      add.data_change = false;
      if (!kept_.with_stats) add.stats_json.clear();
      return Give(json, std::move(add));
    }
    return false;
  }

 private:
  static bool Give(std::string& json, Action action) {
    json = ActionToJson(action);
    return true;
  }

  const Kept& kept_;
  const CheckpointParts& parts_;
  const int part_;
  size_t tombstone_ = 0;
  size_t file_ = 0;
};

// `lines`, then what `rest` gives.
std::function<bool(std::string&)> After(const std::vector<std::string>& lines, FileRows& rest) {
  return [&lines, &rest, at = size_t{0}](std::string& json) mutable {
    if (at == lines.size()) return rest.Next(json);
    json = lines[at++];
    return true;
  };
}

int PartsFor(int64_t actions, int64_t size) {
  return static_cast<int>(std::min<int64_t>((actions + size - 1) / size, kMostCheckpointParts));
}

WrittenCheckpoint WriteClassic(const io::Location& table, CheckpointFormat& format,
                               const Kept& kept, Version version, int64_t part_size) {
  const Log log(table);
  WrittenCheckpoint written;
  written.actions = kept.actions();
  written.parts = PartsFor(kept.actions(), part_size);
  const std::vector<std::string> none;
  const std::vector<std::string> others = OtherActions(kept.state);
  const CheckpointParts parts(kept, written.parts);
  for (int part = 0; part < written.parts; ++part) {
    FileRows rows(kept, parts, part);
    const std::string key = written.parts == 1
                                ? log.CheckpointKey(version)
                                : log.CheckpointPartKey(version, part + 1, written.parts);
    written.bytes += format.Write(*table.store, key, CheckpointKind::kV1,
                                  After(part == 0 ? others : none, rows));
  }
  return written;
}

WrittenCheckpoint WriteV2(const io::Location& table, CheckpointFormat& format, const Clock& clock,
                          const Kept& kept, Version version, int64_t part_size) {
  const Log log(table);
  WrittenCheckpoint written;
  written.other_actions = OtherActions(kept.state);
  written.other_actions.insert(
      written.other_actions.begin(),
      "{\"checkpointMetadata\":{\"version\":" + std::to_string(version) + "}}");
  std::string text;
  for (const std::string& action : written.other_actions) text += action + '\n';
  const CheckpointParts parts(kept, PartsFor(kept.about_files(), part_size));
  for (int part = 0; part < parts.count(); ++part) {
    FileRows rows(kept, parts, part);
    Sidecar sidecar{SidecarName(version, part + 1, parts.count()), 0, clock.Now().millis()};
    sidecar.size =
        format.Write(*table.store, log.SidecarKey(sidecar.path), CheckpointKind::kSidecar,
                     [&](std::string& json) { return rows.Next(json); });
    written.bytes += sidecar.size;
    text += SidecarToJson(sidecar) + '\n';
    written.sidecars.push_back(std::move(sidecar));
  }
  const std::string key = log.V2CheckpointKey(version, NewUuid());
  table.store->Put(key, text);
  written.v2_name = key.substr(log.folder().size());
  written.v2_bytes = static_cast<int64_t>(text.size());
  written.v2_millis = clock.Now().millis();
  written.bytes += written.v2_bytes;
  written.actions = kept.actions() + 1 + static_cast<int64_t>(written.sidecars.size());
  return written;
}

// The same as the v2 checkpoint that was written, under the name that everybody knows.
void WriteClassicName(const io::Location& table, CheckpointFormat& format,
                      const WrittenCheckpoint& v2, Version version) {
  std::vector<std::string> lines = v2.other_actions;
  for (const Sidecar& sidecar : v2.sidecars) lines.push_back(SidecarToJson(sidecar));
  size_t at = 0;
  format.Write(*table.store, Log(table).CheckpointKey(version), CheckpointKind::kV2,
               [&](std::string& json) {
                 if (at == lines.size()) return false;
                 json = lines[at++];
                 return true;
               });
}

// Where a request takes long, a checkpoint spares many; on a disk it takes as long to read as a
// hundred small commits do.
int64_t IntervalOf(const TableProperties& properties, const io::Location& table) {
  constexpr int64_t kFar = 10;
  constexpr int64_t kNear = 64;
  return properties.checkpoint_interval.value_or(table.store->IsFar() ? kFar : kNear);
}

}  // namespace

bool IsCheckpointDue(const io::Location& table, const LogTail& tail, Version version,
                     const TableProperties& properties) {
  if (version - std::max<Version>(tail.checkpoint, 0) >= IntervalOf(properties, table)) return true;
  // Not much more is written for checkpoints than is for commits.
  return tail.commit_bytes >= std::max(kLargeTailBytes, 2 * tail.checkpoint_bytes);
}

LogTail CurrentTail(const Log& log, const LogSnapshot& snapshot) {
  const auto last = log.ReadLastCheckpoint();
  if (!last || last->version <= snapshot.tail().checkpoint) return snapshot.tail();
  return Log::TailOf(LogTail(), log.NewsAfter(last->version));
}

void WriteCheckpoint(const io::Location& table, CheckpointFormat& format, const Clock& clock,
                     const LogSnapshot& snapshot) {
  const TableProperties properties = PropertiesOf(snapshot.metadata().configuration);
  const Kept kept(snapshot.state(), properties, clock.Now().millis());
  const Version version = snapshot.version();
  const Log log(table);
  const auto last = log.ReadLastCheckpoint();
  const bool knows_v2 = HasWriterFeature(snapshot.protocol(), "v2Checkpoint");
  WrittenCheckpoint written;
  if (knows_v2 && properties.v2_checkpoints) {
    written = WriteV2(table, format, clock, kept, version,
                      properties.checkpoint_part_size.value_or(kSidecarSize));
    if (!last || version / IntervalOf(properties, table) % kClassicNameEvery == 0) {
      WriteClassicName(table, format, written, version);
    }
  } else {
    const int64_t part_size =
        knows_v2 ? INT64_MAX / 2 : properties.checkpoint_part_size.value_or(kClassicPartSize);
    written = WriteClassic(table, format, kept, version, part_size);
  }
  if (last && last->version >= version) return;
  written.version = version;
  written.add_files = static_cast<int64_t>(snapshot.files().size());
  table.store->Put(log.LastCheckpointKey(), LastCheckpointToJson(written));
}

}  // namespace weir::delta
