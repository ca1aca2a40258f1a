#include "weir/delta/unneeded_files.h"

#include <algorithm>
#include <set>

#include "weir/base/check.h"
#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/delta/column_mapping.h"
#include "weir/delta/deletion_vector.h"
#include "weir/delta/log.h"
#include "weir/delta/log_snapshot.h"
#include "weir/delta/paths.h"
#include "weir/delta/properties.h"

namespace weir::delta {
namespace {

constexpr size_t kListedAtOnce = 10'000;
constexpr int64_t kClocksDifferAtMost = int64_t{24} * 3600 * 1000;
constexpr const char* kLastVacuum = "_delta_log/_last_vacuum_info";
constexpr const char* kLastVacuumMember = "latestCommitVersionOutsideOfRetentionWindow";

// The key of a file; nothing for one in another store, which is none of this folder.
std::optional<std::string> KeyIn(const io::Location& table, const std::string& path) {
  try {
    return KeyOfPath(table, path);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kUnsupported) throw;
    return std::nullopt;
  }
}

// The same for the file that holds a deletion vector; nothing where it is in the log itself.
std::optional<std::string> VectorKeyIn(const io::Location& table, const std::string& json) {
  if (json.empty()) return std::nullopt;
  try {
    return KeyOf(table, ParseDeletionVector(json));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kUnsupported) throw;
    return std::nullopt;
  }
}

// The keys of files that are needed.
class NeededKeys {
 public:
  explicit NeededKeys(const io::Location& table) : table_(table) {}

  void Add(const std::string& path, const std::string& deletion_vector_json) {
    if (const auto key = KeyIn(table_, path)) keys_.insert(*key);
    if (const auto key = VectorKeyIn(table_, deletion_vector_json)) keys_.insert(*key);
  }
  bool Has(const std::string& key) const { return keys_.contains(key); }
  Keys In(const std::string& prefix) && {
    std::erase_if(keys_, [&](const std::string& key) { return !key.starts_with(prefix); });
    return std::move(keys_);
  }

 private:
  const io::Location& table_;
  Keys keys_;
};

const TableState& StateOf(const Snapshot& snapshot) {
  const auto* from_log = dynamic_cast<const LogSnapshot*>(&snapshot);
  WEIR_CHECK(from_log != nullptr);
  return from_log->state();
}

// By the version itself: its files, and those that were removed since the cutoff.
NeededKeys NeededBy(const Snapshot& table, const io::Location& location, Instant cutoff) {
  const TableState& state = StateOf(table);
  NeededKeys needed(location);
  for (size_t at = 0; at < state.files.size(); ++at) {
    const AddFile file = state.files.HeadAt(at);
    needed.Add(file.path, file.deletion_vector_json);
  }
  for (const RemoveFile& file : state.tombstones) {
    if (file.deletion_timestamp_millis.value_or(0) < cutoff.millis()) continue;
    needed.Add(file.path, file.deletion_vector_json);
  }
  return needed;
}

NeededKeys NeededSince(const Table& table, const Snapshot& latest, Instant cutoff, Instant now,
                       const std::vector<CommitFile>& commits) {
  NeededKeys needed = NeededBy(latest, table.location(), cutoff);
  // Checkpoints drop tombstones after the time that the table's property says. Where more is asked
  // for, the commits themselves tell, as long as they are there.
  const auto& configuration = latest.metadata().configuration;
  const int64_t kept = PropertiesOf(configuration).deleted_file_retention_millis;
  if (cutoff.millis() >= now.millis() - kept) return needed;
  const Log log(table.location());
  for (const CommitFile& commit : commits) {
    if (commit.timestamp_millis < cutoff.millis() || commit.version > latest.version()) continue;
    for (const Action& action : log.ReadCommit(commit.version).actions) {
      if (const auto* remove = std::get_if<RemoveFile>(&action)) {
        needed.Add(remove->path, remove->deletion_vector_json);
      } else if (const auto* changes = std::get_if<CdcFile>(&action)) {
        needed.Add(changes->path, "");
      }
    }
  }
  return needed;
}

// Whether an entry removed what is needed still. Its file may be older than it says itself: the
// clocks of writers and stores differ.
bool RemovesSince(const CommitActions& commit, Instant cutoff) {
  return std::any_of(commit.actions.begin(), commit.actions.end(), [&](const Action& action) {
    const auto* remove = std::get_if<RemoveFile>(&action);
    return remove != nullptr && remove->deletion_timestamp_millis.value_or(0) >= cutoff.millis();
  });
}

// The last of the commits before `cutoff` none of which removed what is needed still.
std::optional<Version> LastDoneWith(const Log& log, const std::vector<CommitFile>& commits,
                                    Instant cutoff) {
  std::optional<Version> last;
  for (const CommitFile& commit : commits) {
    if (commit.timestamp_millis >= cutoff.millis()) break;
    const bool may_differ = commit.timestamp_millis >= cutoff.millis() - kClocksDifferAtMost;
    if (may_differ && RemovesSince(log.ReadCommit(commit.version), cutoff)) break;
    last = commit.version;
  }
  return last;
}

// What folders of partitions may be called by: the columns' own names, or those in files.
std::vector<std::string> PartitionNames(const Snapshot& table) {
  const Metadata& metadata = table.metadata();
  const auto stored = StoredFieldsOf(table.schema(), metadata.configuration);
  std::vector<std::string> names = metadata.partition_columns;
  for (const std::string& column : metadata.partition_columns) {
    names.push_back(StoredName(table.schema(), stored, column));
  }
  return names;
}

bool IsHiddenPart(std::string_view part, const std::vector<std::string>& partition_columns) {
  if (!part.starts_with('_') && !part.starts_with('.')) return false;
  if (part.starts_with("_change_data") || part.starts_with("_delta_index")) return false;
  return std::none_of(partition_columns.begin(), partition_columns.end(),
                      [&](const std::string& column) { return part.starts_with(column + "="); });
}

// Whether a file, by its path from the table's folder, is none of VACUUM's business.
bool IsHidden(std::string_view path, const std::vector<std::string>& partition_columns) {
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view part = path.substr(begin, end - begin);
    // The log of the same table as Iceberg, where another program keeps one.
    if (part == "metadata" && end < path.size()) return true;
    if (IsHiddenPart(part, partition_columns)) return true;
    begin = end + 1;
  }
  return false;
}

// The folder of the table whose log the path is in, if it is another one's: "b/" of
// "b/_delta_log/0".
std::string NestedTable(std::string_view path) {
  const size_t log = path.find("/_delta_log/");
  return log == std::string_view::npos ? "" : std::string(path.substr(0, log + 1));
}

void AddUp(UnneededFiles& found) {
  std::sort(found.files.begin(), found.files.end(),
            [](const UnneededFile& a, const UnneededFile& b) { return a.key < b.key; });
  CountBytes(found);
}

// The files that one commit took out of the table, and those that hold its changed rows.
void AddRemovedBy(const CommitActions& commit, const io::Location& table, const NeededKeys& needed,
                  std::map<std::string, int64_t>& found) {
  const auto add = [&](const std::optional<std::string>& key, int64_t size) {
    const bool inside = key && key->starts_with(table.prefix);
    if (inside && !needed.Has(*key)) found.emplace(*key, size);
  };
  for (const Action& action : commit.actions) {
    if (const auto* remove = std::get_if<RemoveFile>(&action)) {
      add(KeyIn(table, remove->path), remove->size.value_or(0));
      add(VectorKeyIn(table, remove->deletion_vector_json), 0);
    } else if (const auto* changes = std::get_if<CdcFile>(&action)) {
      add(KeyIn(table, changes->path), changes->size);
    }
  }
}

// The version that the last VACUUM noted; nothing where none did, or what it wrote is spoilt.
std::optional<Version> LastVacuumed(const io::Location& table) {
  const std::string key = table.prefix + kLastVacuum;
  if (!table.store->Find(key)) return std::nullopt;
  try {
    const Json info = ParseJson(table.store->Read(key), key);
    const auto version = info.find(kLastVacuumMember);
    if (version == info.end() || !version->is_number_integer()) return std::nullopt;
    return version->get<Version>();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kUnavailable) throw;
    return std::nullopt;
  }
}

}  // namespace

Keys KeysNeeded(const Table& table, const Snapshot& latest, const std::string& prefix,
                Instant cutoff, Instant now) {
  const Log log(table.location());
  return NeededSince(table, latest, cutoff, now, log.Commits()).In(prefix);
}

UnneededFiles FindUnneeded(const Table& table, const Snapshot& latest, Instant cutoff,
                           Instant now) {
  const io::Location& location = table.location();
  const std::vector<std::string> partitions = PartitionNames(latest);
  const Log log(location);
  const std::vector<CommitFile> commits = log.Commits();
  const NeededKeys needed = NeededSince(table, latest, cutoff, now, commits);
  UnneededFiles found;
  found.through = LastDoneWith(log, commits, cutoff);
  std::set<std::string> nested, folders;
  for (std::string after;;) {
    const auto page = location.store->List(location.prefix, after, kListedAtOnce);
    for (const io::ObjectInfo& object : page) {
      const std::string_view path = std::string_view(object.key).substr(location.prefix.size());
      if (std::string other = NestedTable(path); !other.empty()) nested.insert(std::move(other));
      if (IsHidden(path, partitions)) continue;
      if (const size_t slash = path.rfind('/'); slash != std::string_view::npos) {
        folders.insert(std::string(path.substr(0, slash)));
      }
      if (object.modified >= cutoff || needed.Has(object.key)) continue;
      found.files.push_back({object.key, static_cast<int64_t>(object.size)});
    }
    if (page.size() < kListedAtOnce) break;
    after = page.back().key;
  }
  std::erase_if(found.files, [&](const UnneededFile& file) {
    return std::any_of(nested.begin(), nested.end(), [&](const std::string& other) {
      return file.key.starts_with(location.prefix + other);
    });
  });
  found.folders += static_cast<int64_t>(folders.size());
  AddUp(found);
  return found;
}

UnneededFiles FindRemoved(const Table& table, const Snapshot& latest, Instant cutoff, Instant now) {
  const io::Location& location = table.location();
  const Log log(location);
  const std::vector<CommitFile> commits = log.Commits();
  const auto done = LastVacuumed(location);
  const Version first = done ? *done + 1 : 0;
  const bool news = first <= latest.version();
  if (news && (commits.empty() || commits.front().version > first)) {
    throw Error(ErrorCode::kInvalid,
                "VACUUM ... LITE of table " + location.uri +
                    " can't tell which files are not needed: the log no longer has version " +
                    std::to_string(first) + "; run VACUUM ... FULL once")
        .WithCondition("DELTA_CANNOT_VACUUM_LITE");
  }
  const NeededKeys needed = NeededSince(table, latest, cutoff, now, commits);
  UnneededFiles found;
  found.through = done;
  std::map<std::string, int64_t> removed;
  for (const CommitFile& commit : commits) {
    if (commit.version < first) continue;
    if (commit.timestamp_millis >= cutoff.millis()) break;
    const CommitActions actions = log.ReadCommit(commit.version);
    if (RemovesSince(actions, cutoff)) break;
    AddRemovedBy(actions, location, needed, removed);
    found.through = commit.version;
  }
  for (const auto& [key, size] : removed) found.files.push_back({key, size});
  AddUp(found);
  return found;
}

void DropNeeded(const Table& table, const Snapshot& latest, Instant cutoff,
                std::vector<UnneededFile>& files) {
  const NeededKeys needed = NeededBy(latest, table.location(), cutoff);
  std::erase_if(files, [&](const UnneededFile& file) { return needed.Has(file.key); });
}

void CountBytes(UnneededFiles& found) {
  found.bytes = 0;
  for (const UnneededFile& file : found.files) found.bytes += file.size;
}

void NoteVacuum(const Table& table, const UnneededFiles& found) {
  if (!found.through) return;
  const io::Location& location = table.location();
  Json info;
  info[kLastVacuumMember] = *found.through;
  location.store->Put(location.prefix + kLastVacuum, info.dump());
}

}  // namespace weir::delta
