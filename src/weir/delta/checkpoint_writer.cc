#include "weir/delta/checkpoint_writer.h"

#include <algorithm>

#include "weir/base/fingerprint.h"
#include "weir/delta/json_writer.h"
#include "weir/delta/paths.h"

namespace weir::delta {
namespace {

// That much of commits is read about as slowly as a small checkpoint is written.
constexpr int64_t kLargeTailBytes = 8 << 20;

// From 0.
int PartOf(const std::string& path, int parts) {
  if (parts == 1) return 0;
  const std::string digits = Fingerprint(CanonicalPath(path));
  return static_cast<int>(std::stoull(digits, nullptr, 16) % static_cast<uint64_t>(parts));
}

// What a checkpoint holds of a table's state.
struct Kept {
  Kept(const TableState& of, const TableProperties& properties, int64_t now_millis)
      : state(of), with_stats(properties.checkpoint_stats) {
    const int64_t oldest = now_millis - properties.deleted_file_retention_millis;
    for (const RemoveFile& remove : state.tombstones) {
      if (remove.deletion_timestamp_millis.value_or(0) > oldest) tombstones.push_back(&remove);
    }
  }
  int64_t actions() const {
    return static_cast<int64_t>(2 + state.transactions.size() + state.domains.size() +
                                tombstones.size() + state.files.size());
  }

  const TableState& state;
  bool with_stats;
  std::vector<const RemoveFile*> tombstones;
};

// The actions of one part, one at a time, as JSON. All that is not about files is in part 0.
class PartRows {
 public:
  PartRows(const Kept& kept, int part, int parts) : kept_(kept), part_(part), parts_(parts) {
    head_ = part == 0 ? 0 : 2;
    txn_ = part == 0 ? kept.state.transactions.begin() : kept.state.transactions.end();
    domain_ = part == 0 ? kept.state.domains.begin() : kept.state.domains.end();
  }

  bool Next(std::string& json) {
    const TableState& state = kept_.state;
    if (head_ == 0) return ++head_, Give(json, *state.protocol);
    if (head_ == 1) return ++head_, Give(json, *state.metadata);
    if (txn_ != state.transactions.end()) return Give(json, (txn_++)->second);
    if (domain_ != state.domains.end()) return Give(json, (domain_++)->second);
    while (tombstone_ < kept_.tombstones.size()) {
      RemoveFile remove = *kept_.tombstones[tombstone_++];
      if (PartOf(remove.path, parts_) != part_) continue;
      remove.data_change = false;
      return Give(json, std::move(remove));
    }
    while (file_ < state.files.size()) {
      const AddFile& file = state.files[file_++];
      if (PartOf(file.path, parts_) != part_) continue;
      AddFile add = file;
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
  const int part_;
  const int parts_;
  int head_;
  std::map<std::string, SetTransaction>::const_iterator txn_;
  std::map<std::string, DomainMetadata>::const_iterator domain_;
  size_t tombstone_ = 0;
  size_t file_ = 0;
};

// The size in bytes.
int64_t WriteParts(const io::Location& table, CheckpointFormat& format, const Kept& kept,
                   Version version, int parts) {
  const Log log(table);
  int64_t bytes = 0;
  for (int part = 0; part < parts; ++part) {
    PartRows rows(kept, part, parts);
    const std::string key =
        parts == 1 ? log.CheckpointKey(version) : log.CheckpointPartKey(version, part + 1, parts);
    bytes += format.Write(*table.store, key, [&](std::string& json) { return rows.Next(json); });
  }
  return bytes;
}

}  // namespace

bool IsCheckpointDue(const LogTail& tail, Version version, const TableProperties& properties) {
  if (version - std::max<Version>(tail.checkpoint, 0) >= properties.checkpoint_interval)
    return true;
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
  const int64_t size = properties.checkpoint_part_size;
  const auto parts =
      static_cast<int>(std::min<int64_t>((kept.actions() + size - 1) / size, 10'000));
  const int64_t bytes = WriteParts(table, format, kept, snapshot.version(), parts);
  const Log log(table);
  const auto last = log.ReadLastCheckpoint();
  if (last && last->version >= snapshot.version()) return;
  std::string json;
  JsonObjectWriter out(json);
  out.Integer("version", snapshot.version());
  out.Integer("size", kept.actions());
  if (parts > 1) out.Integer("parts", parts);
  out.Integer("sizeInBytes", bytes);
  out.Integer("numOfAddFiles", static_cast<int64_t>(snapshot.files().size()));
  out.End();
  table.store->Put(log.LastCheckpointKey(), json);
}

}  // namespace weir::delta
