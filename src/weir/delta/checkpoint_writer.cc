#include "weir/delta/checkpoint_writer.h"

#include "weir/delta/json_writer.h"
#include "weir/delta/log.h"
#include "weir/delta/properties.h"

namespace weir::delta {
namespace {

// The actions of a checkpoint, one at a time, as JSON.
class CheckpointRows {
 public:
  CheckpointRows(const TableState& state, int64_t now_millis)
      : state_(state), properties_(PropertiesOf(state.metadata->configuration)) {
    oldest_tombstone_ = now_millis - properties_.deleted_file_retention_millis;
    txn_ = state.transactions.begin();
    domain_ = state.domains.begin();
  }

  bool Next(std::string& json) {
    if (!Step(json)) return false;
    ++rows_;
    return true;
  }
  int64_t rows() const { return rows_; }

 private:
  bool Step(std::string& json) {
    if (head_ == 0) return ++head_, Give(json, *state_.protocol);
    if (head_ == 1) return ++head_, Give(json, *state_.metadata);
    if (txn_ != state_.transactions.end()) return Give(json, (txn_++)->second);
    if (domain_ != state_.domains.end()) return Give(json, (domain_++)->second);
    while (tombstone_ < state_.tombstones.size()) {
      const RemoveFile& remove = state_.tombstones[tombstone_++];
      if (remove.deletion_timestamp_millis.value_or(0) <= oldest_tombstone_) continue;
      RemoveFile kept = remove;
      kept.data_change = false;
      return Give(json, std::move(kept));
    }
    if (file_ == state_.files.size()) return false;
    AddFile add = state_.files[file_++];
    add.data_change = false;
    if (!properties_.checkpoint_stats) add.stats_json.clear();
    return Give(json, std::move(add));
  }

  static bool Give(std::string& json, Action action) {
    json = ActionToJson(action);
    return true;
  }

  const TableState& state_;
  TableProperties properties_;
  int64_t oldest_tombstone_ = 0;
  int head_ = 0;
  std::map<std::string, SetTransaction>::const_iterator txn_;
  std::map<std::string, DomainMetadata>::const_iterator domain_;
  size_t tombstone_ = 0;
  size_t file_ = 0;
  int64_t rows_ = 0;
};

}  // namespace

void WriteCheckpoint(const io::Location& table, CheckpointFormat& format, const Clock& clock,
                     const LogSnapshot& snapshot) {
  const Log log(table);
  CheckpointRows rows(snapshot.state(), clock.Now().millis());
  const int64_t bytes = format.Write(*table.store, log.CheckpointKey(snapshot.version()),
                                     [&](std::string& json) { return rows.Next(json); });
  const auto last = log.ReadLastCheckpoint();
  if (last && last->version >= snapshot.version()) return;
  std::string json;
  JsonObjectWriter out(json);
  out.Integer("version", snapshot.version());
  out.Integer("size", rows.rows());
  out.Integer("sizeInBytes", bytes);
  out.Integer("numOfAddFiles", static_cast<int64_t>(snapshot.files().size()));
  out.End();
  table.store->Put(log.LastCheckpointKey(), json);
}

}  // namespace weir::delta
