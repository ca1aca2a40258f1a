#include "weir/delta/log_loader.h"

#include <algorithm>
#include <memory>
#include <set>
#include <thread>

#include "weir/base/error.h"
#include "weir/delta/parallel.h"
#include "weir/delta/paths.h"

namespace weir::delta {
namespace {

// Enough work for a thread to be worth starting.
constexpr size_t kCommitsAtOnce = 64;

struct ParsedRows {
  TableState state;
  std::vector<Sidecar> sidecars;
};

class RowParser final : public CheckpointRows {
 public:
  explicit RowParser(bool is_sidecar) : is_sidecar_(is_sidecar) {}

  void Add(AddFile file) override { parsed_.state.files.Append(std::move(file)); }
  void Remove(RemoveFile file) override { parsed_.state.tombstones.Append(std::move(file)); }
  void Action(std::string_view json, const std::string& where) override {
    if (auto action = ActionFromJson(json, where)) {
      AddCheckpointAction(parsed_.state, *std::move(action));
    } else if (!is_sidecar_) {
      if (auto sidecar = SidecarFromJson(json, where)) {
        parsed_.sidecars.push_back(*std::move(sidecar));
      }
    }
  }

  // Packed in the thread that parsed it.
  ParsedRows Finish() && {
    parsed_.state.files.Seal();
    parsed_.state.tombstones.Seal();
    return std::move(parsed_);
  }

 private:
  const bool is_sidecar_;
  ParsedRows parsed_;
};

ParsedRows Parse(const CheckpointPart& part, bool is_sidecar) {
  RowParser parser(is_sidecar);
  part(parser);
  return std::move(parser).Finish();
}

ParsedRows ReadRows(const Log& log, CheckpointFormat& format, const std::string& key,
                    bool is_sidecar) try {
  ParsedRows all;
  const auto take = [&](ParsedRows parsed) {
    AddCheckpointPart(all.state, std::move(parsed.state));
    all.sidecars.insert(all.sidecars.end(), parsed.sidecars.begin(), parsed.sidecars.end());
  };
  OrderedTasks<ParsedRows> parsing(take);
  CheckpointPart last;  // Of most checkpoints the only one, which needs no thread.
  log.ReadCheckpointParts(key, format, [&](CheckpointPart part) {
    if (last) parsing.Start([last, is_sidecar] { return Parse(last, is_sidecar); });
    last = std::move(part);
  });
  parsing.Finish();
  if (last) take(Parse(last, is_sidecar));
  return all;
} catch (const Error& error) {
  throw error.WithContext("the checkpoint " + log.UriOf(key));
}

// What names the sidecars; the rest is passed over.
class SidecarFinder final : public CheckpointRows {
 public:
  void Add(AddFile) override {}
  void Remove(RemoveFile) override {}
  void Action(std::string_view json, const std::string& where) override {
    if (auto sidecar = SidecarFromJson(json, where)) found.push_back(*std::move(sidecar));
  }
  std::vector<Sidecar> found;
};

// Sidecars stand in one folder, whatever else their paths say.
std::string SidecarKeyOf(const Log& log, const Sidecar& sidecar) {
  const std::string decoded = DecodePath(sidecar.path);
  const std::string name = decoded.substr(decoded.find_last_of('/') + 1);
  if (name.empty()) throw Error(ErrorCode::kCorrupt, "a checkpoint names a sidecar without a name");
  return log.SidecarKey(name);
}

// The parts that are files of their own, or the sidecars, at the same time.
void AddParts(const Log& log, CheckpointFormat& format, const std::vector<std::string>& keys,
              bool are_sidecars, ParsedRows& into) {
  const auto take = [&](ParsedRows part) {
    AddCheckpointPart(into.state, std::move(part.state));
    into.sidecars.insert(into.sidecars.end(), part.sidecars.begin(), part.sidecars.end());
  };
  if (keys.size() == 1) return take(ReadRows(log, format, keys.front(), are_sidecars));
  OrderedTasks<ParsedRows> reading(take);
  for (const std::string& key : keys) {
    reading.Start([&, key] { return ReadRows(log, format, key, are_sidecars); });
  }
  reading.Finish();
}

// A checkpoint only repeats what commits say: one that is damaged is passed over as long as they,
// or another one, are still there. Else it is what is wrong with the table.
LoadedState StartOf(const Log& log, CheckpointFormat& format, std::optional<Version> version) {
  std::optional<Error> damage;
  for (std::set<std::string> spoilt;;) {
    LoadedState start;
    try {
      start.segment = log.SegmentFor(version, spoilt);
    } catch (const Error&) {
      if (damage) throw *damage;
      throw;
    }
    if (!start.segment.checkpoint) return start;
    try {
      start.state = ReadCheckpoint(log, *start.segment.checkpoint, format);
      return start;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kCorrupt && error.code() != ErrorCode::kNotFound) throw;
      if (!damage) damage = error;
      spoilt.insert(start.segment.checkpoint->keys.front());
    }
  }
}

// What is read together: some commits, or a file that stands for some.
struct CommitBatch {
  std::vector<Version> versions;
  std::optional<CompactedFile> compacted;
};

std::vector<CommitActions> ReadBatch(const Log& log, const CommitBatch& batch) {
  if (batch.compacted) {
    try {
      return {log.ReadCompacted(*batch.compacted)};
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kCorrupt && error.code() != ErrorCode::kNotFound) throw;
    }
  }
  return log.ReadCommits(batch.versions);
}

std::vector<CommitBatch> BatchesOf(const std::vector<CommitFile>& commits,
                                   const std::vector<CompactedFile>& compacted) {
  std::vector<CommitBatch> batches;
  auto next = compacted.begin();
  for (size_t at = 0; at < commits.size();) {
    CommitBatch batch;
    if (next != compacted.end() && next->first == commits[at].version) {
      batch.compacted = *next;
      for (; at < commits.size() && commits[at].version <= next->last; ++at) {
        batch.versions.push_back(commits[at].version);
      }
      ++next;
    } else {
      for (; at < commits.size() && batch.versions.size() < kCommitsAtOnce; ++at) {
        if (next != compacted.end() && next->first == commits[at].version) break;
        batch.versions.push_back(commits[at].version);
      }
    }
    batches.push_back(std::move(batch));
  }
  return batches;
}

TableState ApplyBatches(const Log& log, TableState before, std::vector<CommitBatch> batches) {
  StateBuilder builder(std::move(before));
  const auto add = [&](std::vector<CommitActions> commits) {
    for (CommitActions& commit : commits) builder.Add(std::move(commit));
  };
  if (batches.size() == 1) {
    add(ReadBatch(log, batches.front()));
    return std::move(builder).Finish();
  }
  OrderedTasks<std::vector<CommitActions>> reading(add);
  for (CommitBatch& batch : batches) {
    reading.Start([&log, batch = std::move(batch)] { return ReadBatch(log, batch); });
  }
  reading.Finish();
  return std::move(builder).Finish();
}

}  // namespace

size_t ReadingThreads() { return std::clamp<size_t>(std::thread::hardware_concurrency(), 2, 8); }

TableState ReadCheckpoint(const Log& log, const CheckpointFiles& files, CheckpointFormat& format) {
  ParsedRows all;
  if (files.keys.size() == 1) {
    all = ReadRows(log, format, files.keys.front(), /*is_sidecar=*/false);
  } else {
    AddParts(log, format, files.keys, /*are_sidecars=*/false, all);
  }
  std::vector<std::string> sidecars;
  for (const Sidecar& sidecar : all.sidecars) sidecars.push_back(SidecarKeyOf(log, sidecar));
  AddParts(log, format, sidecars, /*are_sidecars=*/true, all);
  CompleteCheckpoint(all.state);
  if (all.state.protocol && all.state.metadata) return std::move(all.state);
  throw Error(ErrorCode::kCorrupt, "the checkpoint of version " + std::to_string(files.version) +
                                       " of table " + log.table_uri() + " (" +
                                       log.UriOf(files.keys.front()) +
                                       ") holds no protocol or no metaData action");
}

std::vector<Sidecar> SidecarsOf(const Log& log, const CheckpointFiles& files,
                                CheckpointFormat& format) {
  SidecarFinder finder;
  for (const std::string& key : files.keys) {
    log.ReadCheckpointParts(key, format, [&](const CheckpointPart& part) { part(finder); });
  }
  return std::move(finder.found);
}

TableState ApplyCommits(const Log& log, TableState before, const std::vector<CommitFile>& commits) {
  return ApplyBatches(log, std::move(before), BatchesOf(commits, {}));
}

LoadedState LoadState(const Log& log, CheckpointFormat& format, std::optional<Version> version) {
  LoadedState loaded = StartOf(log, format, version);
  loaded.state = ApplyBatches(log, std::move(loaded.state),
                              BatchesOf(loaded.segment.commits, loaded.segment.compacted));
  return loaded;
}

}  // namespace weir::delta
