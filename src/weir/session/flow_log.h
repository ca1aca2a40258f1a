#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "weir/connect/source.h"
#include "weir/delta/snapshot.h"
#include "weir/io/object_store.h"

// What a flow's batches read, decided and stored before they run (docs/formats/flows.md).
namespace weir::session {

// What one batch takes from one input of the flow's query.
struct InputPlan {
  std::string identity;  // Of the input: BoundInput::identity.
  std::string name;      // As the query called it.
  bool stream = false;
  // A table: files added after version `from` (-1: all) up to `to`; not a stream: all at `to`.
  delta::Version from = -1;
  delta::Version to = -1;
  // A source.
  std::optional<connect::BatchPlan> source;
  bool operator==(const InputPlan& other) const;
};

// Of what AUTO CDC ... FROM SNAPSHOT reads: a value as text, and its type.
struct SnapshotVersion {
  std::string type;
  std::string value;
  bool operator==(const SnapshotVersion&) const = default;
  std::string ToSql() const;  // An expression that gives it.
};

struct FlowBatch {
  std::string fingerprint;  // Of the query as bound.
  std::string target;       // The table's Delta id: it is another one once the table was replaced.
  std::vector<InputPlan> inputs;
  // The batch that this one follows, where it is not the one before: see FlowLog::StoreAfter.
  std::optional<int64_t> previous = std::nullopt;
  std::optional<SnapshotVersion> version = std::nullopt;  // Of FROM SNAPSHOT.
  // Of a view that varies by time alone: when its clocks were read.
  std::optional<Instant> read_clocks = std::nullopt;
  // When the batch before was committed, as its table's log says.
  std::optional<Instant> previous_committed = std::nullopt;
  std::string ToJson() const;
  static FlowBatch FromJson(const std::string& json, const std::string& where);
  const InputPlan* Find(const std::string& identity) const;
  // Whether both take the same by the same query, whenever clocks were read.
  bool IsAlike(const FlowBatch& other) const;
};

struct StoredBatch {
  int64_t number = -1;
  FlowBatch batch;
};

// How far the batches that count got in one source.
struct SourceReached {
  std::optional<std::string> progress;    // Of the batches that were compacted, as JSON.
  std::vector<connect::BatchPlan> plans;  // Of those since.
  // Both, as `source` understands them.
  std::unique_ptr<connect::Progress> In(const connect::Source& source) const;
};

struct TableReached {
  delta::Version through = -1;
  std::string name;
};

// How far they got in each input, by its identity.
struct Reached {
  std::map<std::string, TableReached> tables;
  std::map<std::string, SourceReached> sources;
  bool HasTableCalled(const std::string& name) const;
};

// The batches of one flow since it last started anew (its generation), in the folder of its table:
// `_weir/flows/<flow>/<generation>/<batch>.json`, written put-if-absent. Which of them counts is
// said by the table's own transaction identifiers, so the two can't disagree. Batches that count
// are compacted into one object now and then, so that a flow of many batches starts as quickly as
// one of few.
class FlowLog {
 public:
  FlowLog(io::Location table, const std::string& flow, int64_t generation);

  // The appId under which the table's commits carry the number of the batch.
  const std::string& app_id() const { return app_id_; }
  const std::string& folder() const { return folder_; }
  // The last batch that is in the table, or -1.
  int64_t Done(const delta::Snapshot& snapshot) const;
  // When it was committed.
  std::optional<Instant> CommittedAt(const delta::Snapshot& snapshot) const;
  // Throws Error{kCorrupt} naming the file and the way out when it is damaged; so do the others.
  std::optional<FlowBatch> Find(int64_t batch) const;
  // The last one that was stored to follow `done` by a run that did not get to commit it, or has
  // not yet.
  std::optional<StoredBatch> PendingAfter(int64_t done) const;
  // Stores a batch that follows `done` under the first number behind it that is free, and returns
  // that. Those in between belong to runs that failed, were killed or still go on; they never count
  // once this one does.
  int64_t StoreAfter(int64_t done, FlowBatch plan) const;
  // How far batches 0 to `done`, of which the last was committed then, got. Throws Error: kCorrupt
  // when the plan of one is gone, kConflict when another process is far ahead of `done`.
  Reached Through(int64_t done, std::optional<Instant> committed = std::nullopt) const;

  // Keeps what is about to become of files that a source has read.
  void RecordGone(const std::string& identity, const std::vector<connect::LetGoFile>& files) const;
  // All that was recorded, by the identity of the source; of one file the last is at the end.
  std::map<std::string, std::vector<connect::LetGoFile>> Gone() const;

  // After how many batches they are compacted.
  static constexpr int64_t kCompactionInterval = 64;
  // Keeps `reached`, which is Through(done), in one object, and deletes what the compaction before
  // this one replaced: a run that is a little behind still finds its plans.
  void Compact(int64_t done, const Reached& reached) const;

 private:
  std::string KeyOf(int64_t batch) const;
  void CompactGone() const;
  std::string UriOf(const std::string& key) const;  // For messages.
  FlowBatch Read(int64_t batch) const;
  std::string CompactionKeyOf(int64_t batch) const;
  // Through which batches there are compactions, in order.
  std::vector<int64_t> Compactions() const;
  // Of a batch that counts; what it took is added to `reached` by the other.
  FlowBatch ReadCounted(int64_t batch) const;
  static void AddPlan(const FlowBatch& plan, std::optional<Instant> committed, Reached& reached);

  io::Location table_;
  std::string folder_;
  std::string app_id_;
};

// A flow's name as part of a key: letters, digits, '.', '_' and '-' as they are, the rest as %XX.
std::string FolderName(const std::string& flow);
// The flows whose batches are in the table, of its current generation.
std::set<std::string> FlowsOf(const delta::Snapshot& snapshot);
// Throws Error{kInvalid} for a table, called that, of which programs may forget how far streams
// got.
void RequireLastingProgress(const delta::Snapshot& snapshot, const std::string& table);
inline constexpr const char* kGenerationAppId = "weir/generation";
// How often the flows of a table were started anew.
int64_t GenerationOf(const delta::Snapshot& snapshot, const std::string& app = kGenerationAppId);
// Deletes the batches of generations before this one, of all flows of the table.
void DeleteGenerationsBefore(const io::Location& table, int64_t generation);

}  // namespace weir::session
