#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/base/uuid.h"
#include "weir/delta/apply.h"
#include "weir/delta/column_mapping.h"
#include "weir/delta/commit_times.h"
#include "weir/delta/deletion_vector.h"
#include "weir/delta/paths.h"
#include "weir/delta/properties.h"
#include "weir/delta/row_tracking.h"
#include "weir/io/cancel_scope.h"
#include "weir/io/parallel.h"
#include "weir/session/missing_files.h"
#include "weir/session/row_rules.h"
#include "weir/session/rows.h"
#include "weir/session/statement.h"
#include "weir/session/table_write.h"
#include "weir/session/volume_path.h"

// CREATE TABLE ... DEEP CLONE: a table with copies of another's files. See
// docs/decisions/0032-clones-copy.md.
namespace weir::session {
namespace {

constexpr sql::InputId kCloned = 0;
constexpr size_t kCopiersAtMost = 4;
constexpr size_t kCopiedAtOnce = 4 << 20;

struct CopyTask {
  std::string from;
  std::string to;
};

// Whether a name has a UUID in it, as those that writers of Delta tables give: no two objects that
// differ have it. Of files that CONVERT TO DELTA found that can't be said.
bool IsUniqueName(std::string_view name) {
  constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  name = name.substr(name.rfind('/') + 1);  // All of it, where there is none.
  for (size_t at = 0; at + kForm.size() <= name.size(); ++at) {
    const auto fits = [](char form, char c) {
      const bool is_hex = std::isxdigit(static_cast<unsigned char>(c)) != 0;
      return form == '-' ? c == '-' : is_hex;
    };
    if (std::equal(kForm.begin(), kForm.end(), name.begin() + static_cast<std::ptrdiff_t>(at),
                   fits)) {
      return true;
    }
  }
  return false;
}

// Whether two entries of one name and one deletion vector are of the same file.
bool IsSameFile(const delta::AddFile& a, const delta::AddFile& b) {
  if (a.size != b.size) return false;
  return IsUniqueName(a.path) || (a.modification_time_millis == b.modification_time_millis &&
                                  !a.stats_json.empty() && a.stats_json == b.stats_json);
}

// Unless it is there already by a unique name.
void CopyObject(io::ObjectStore& source, io::ObjectStore& target, const CopyTask& task) {
  const auto reader = source.Open(task.from);
  const uint64_t size = reader->info().size;
  const bool is_unique = IsUniqueName(task.to);
  if (is_unique) {
    if (const auto there = target.Find(task.to); there && there->size == size) return;
  }
  const auto writer = target.Create(task.to);
  std::string buffer(kCopiedAtOnce, '\0');
  for (uint64_t at = 0; at < size;) {
    io::CancelScope::ThrowIfCancelled();
    const size_t read = reader->ReadAt(at, buffer.data(), buffer.size());
    if (read == 0) {
      throw Error(ErrorCode::kCorrupt, "the file " + task.from + " ends before its end");
    }
    writer->Append(std::string_view(buffer).substr(0, read));
    at += read;
  }
  if (writer->FinishIfAbsent() == io::PutOutcome::kCreated) return;
  const auto there = target.Find(task.to);
  if (is_unique && there && there->size == size) return;
  throw Error(ErrorCode::kExists, "the clone can't be written: there is another file " + task.to);
}

int64_t SizeOfFiles(const std::vector<delta::AddFile>& files) {
  int64_t bytes = 0;
  for (const delta::AddFile& file : files) bytes += file.size;
  return bytes;
}

std::vector<delta::DomainMetadata> ClonedDomains(const delta::Snapshot& source,
                                                 const delta::Snapshot* base) {
  std::vector<delta::DomainMetadata> domains;
  // How far row ids go is told by the files, which keep theirs.
  const auto is_own = [](const std::string& name) { return name == delta::kRowTrackingDomain; };
  for (const auto& [name, domain] : source.domains()) {
    if (!is_own(name)) domains.push_back(domain);
  }
  if (base == nullptr) return domains;
  for (const auto& [name, domain] : base->domains()) {
    if (is_own(name) || source.domains().contains(name)) continue;
    domains.push_back(domain);
    domains.back().removed = true;
  }
  return domains;
}

// Since when entries tell their own times is a matter of one log; the transaction keeps the
// target's.
constexpr const char* kOfOneLog[] = {delta::kTimestampsSinceVersion, delta::kTimestampsSinceMillis};

delta::Metadata ClonedMetadata(const delta::Metadata& source, const sql::Properties& properties,
                               const delta::Snapshot* base, const Clock& clock) {
  delta::Metadata metadata = source;
  metadata.id = base != nullptr ? base->metadata().id : "";
  metadata.created_time_millis = clock.Now().millis();
  for (const auto& [key, value] : properties) {
    delta::CheckMayBeSet(key);
    CheckIsNoConstraint(key);  // Nobody asks the files whether they meet it.
    metadata.configuration[key] = value;
  }
  for (const char* property : kOfOneLog) metadata.configuration.erase(property);
  return delta::WithColumnsMappedSince(std::move(metadata), source);
}

// What of a source is to come into the folder of another table.
class Copies {
 public:
  Copies(const engine::TableInput& source, const io::Location& target)
      : source_(source), target_(target), vectors_(target) {}

  // The copy's entry of a file. A deletion vector that is named by the whole path of its file is
  // written anew: the copy's would be elsewhere.
  delta::AddFile EntryOf(delta::AddFile file) {
    const io::Location& folder = source_.location;
    const auto vector = delta::DeletionVectorOf(file);
    if (vector && vector->storage == delta::DeletionVector::Storage::kByPath) {
      const delta::RowSet gone = delta::DeletedRows(folder, file);
      file.deletion_vector_json = gone.empty() ? "" : delta::ToJson(vectors_.Add(gone));
    }
    file.path = delta::EncodePath(source_.snapshot->KeyOf(file).substr(folder.prefix.size()));
    file.data_change = true;
    return file;
  }

  // What `file`, whose entry is to be `entry`, names.
  void Want(const delta::AddFile& file, const delta::AddFile& entry) {
    const io::Location& folder = source_.location;
    wanted_.emplace(source_.snapshot->KeyOf(file).substr(folder.prefix.size()),
                    delta::DecodePath(entry.path));
    const auto vector = delta::DeletionVectorOf(file);
    if (!vector || vector->storage == delta::DeletionVector::Storage::kByPath) return;
    if (const auto key = delta::KeyOf(folder, *vector)) {
      const std::string name = key->substr(folder.prefix.size());
      wanted_.emplace(name, name);
    }
  }

  // Gives files other names where something else may be there by theirs.
  void MoveAside(std::vector<delta::AddFile>& entries) const {
    io::InParallel(entries.size(), kCopiersAtMost, [&](size_t at) {
      delta::AddFile& entry = entries[at];
      if (IsUniqueName(entry.path)) return;
      if (target_.store->Find(target_.prefix + delta::DecodePath(entry.path))) Rename(entry);
    });
  }
  static void Rename(delta::AddFile& entry) {
    entry.path = entry.path.substr(0, entry.path.rfind('/') + 1) + NewUuid() + ".parquet";
  }

  // Everything is there, and durable, on return.
  void Make() {
    std::vector<CopyTask> tasks;
    for (const auto& [from, to] : wanted_) {
      tasks.push_back({source_.location.prefix + from, target_.prefix + to});
    }
    io::InParallel(tasks.size(), kCopiersAtMost, [&](size_t at) {
      CopyObject(*source_.location.store, *target_.store, tasks[at]);
    });
    vectors_.Finish();
  }

 private:
  const engine::TableInput& source_;
  const io::Location& target_;
  delta::DeletionVectorWriter vectors_;
  // Paths in the source's folder, and what they are called in the copy's: many vectors share a
  // file.
  std::map<std::string, std::string> wanted_;
};

// What makes `base` (null: a new table) the same as `source`, once `copies` are made.
TableChange CloneChange(const engine::TableInput& source, const sql::Properties& properties,
                        std::shared_ptr<const delta::Snapshot> base, const Clock& clock,
                        Copies& copies) {
  const delta::Snapshot& from = *source.snapshot;
  TableChange change;
  change.base = base;
  change.metadata = ClonedMetadata(from.metadata(), properties, base.get(), clock);
  change.files_fit_metadata = true;
  change.raised_to = from.protocol();
  change.domains = ClonedDomains(from, base.get());
  change.reads_table = base != nullptr;
  const auto key = [](const delta::AddFile& file) {
    return delta::FileKey(file.path, file.deletion_vector_json);
  };
  delta::ByFileKey<size_t> there;  // To the position in `base`.
  std::set<size_t> kept;
  std::vector<size_t> copied;  // In the source, those of `change.returned`.
  for (size_t at = 0; base != nullptr && at < base->files().size(); ++at) {
    there.emplace(key(base->files().HeadAt(at)), at);
  }
  for (size_t at = 0; at < from.files().size(); ++at) {
    delta::AddFile entry = copies.EntryOf(from.files()[at]);
    const auto found = there.find(key(entry));
    std::optional<delta::AddFile> own;
    if (found != there.end()) own = base->files()[found->second];
    if (!own || !IsSameFile(*own, entry)) {
      if (own) Copies::Rename(entry);
      copied.push_back(at);
      change.returned.push_back(std::move(entry));
      continue;
    }
    kept.insert(found->second);
    if (own->base_row_id != entry.base_row_id ||
        own->default_row_commit_version != entry.default_row_commit_version) {
      change.retold.push_back(std::move(entry));
    }
  }
  copies.MoveAside(change.returned);
  for (size_t i = 0; i < copied.size(); ++i) {
    copies.Want(from.files().HeadAt(copied[i]), change.returned[i]);
  }
  for (const auto& [name, at] : there) {
    if (!kept.contains(at)) change.removed.push_back(base->files()[at]);
  }
  return change;
}

}  // namespace

void Preparer::operator()(const sql::CloneTable& statement) {
  const catalog::QualifiedName name = Qualify(statement.name, options_.catalog, options_.schema);
  RequireMayCreate(name);
  const auto existing = services_.catalog.FindTable(name);
  if (!existing && statement.must_exist) {
    throw DiagnosticError(
        {{"TABLE_OR_VIEW_NOT_FOUND", "42P01", statement.name.span,
          "the table " + name.ToString() + " can't be found", "write CREATE OR REPLACE TABLE"}});
  }
  if (existing && statement.or_replace) {
    services_.catalog.RequireManage(principal(), SecurableOf(name));
    services_.catalog.RequireTable(principal(), catalog::Privilege::kModify, name);
    if (!existing->location.empty()) {
      prepared_.target = LatestOf(OpenTable(services_, existing->location), *existing);
    }
    if (statement.location) {
      throw DiagnosticError(
          {{"DELTA_CREATE_TABLE_WITH_DIFFERENT_LOCATION", "0A000", statement.location_span,
            "the table " + name.ToString() + " stays where it is", "leave LOCATION out"}});
    }
  } else if (statement.location) {
    RefuseVolumePath(*statement.location, statement.location_span,
                     "a table can't have its folder in a volume",
                     "leave LOCATION out or name a folder outside of volumes");
    const std::string uri = services_.stores.Resolve(*statement.location, options_.base_folder).uri;
    services_.catalog.RequirePath(principal(), catalog::Privilege::kWriteFiles, uri,
                                  *statement.location);
    prepared_.access.writes.push_back(uri);
  }
  if (state_.FindView(statement.source) != nullptr) {
    throw Error(ErrorCode::kInvalid,
                statement.source.ToString() + " is a view; a clone is of a table")
        .WithCondition("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE");
  }
  RequireReadable(statement.source);
  std::string location;
  if (IsPathName(statement.source)) {
    location = AllowedPath(services_, principal(), catalog::Privilege::kReadFiles, statement.source,
                           options_.base_folder)
                   .uri;
  } else {
    const auto source = Qualify(statement.source, options_.catalog, options_.schema);
    const auto info = services_.catalog.FindTable(source);
    if (!info) {
      throw DiagnosticError({{"TABLE_OR_VIEW_NOT_FOUND", "42P01", statement.source.span,
                              "the table " + source.ToString() + " can't be found",
                              "SHOW TABLES lists what is there"}});
    }
    if (info->view) {
      throw Error(ErrorCode::kInvalid, source.ToString() + " is a view; a clone is of a table")
          .WithCondition("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE");
    }
    location = info->location;
  }
  const delta::Table table = OpenTable(services_, location);
  const bool now = std::holds_alternative<std::monostate>(statement.as_of);
  const auto moment = now ? std::nullopt : std::optional(MomentOf(statement.as_of));
  const auto snapshot = [&] {
    try {
      return now ? table.Latest() : VersionAt(table, *moment);
    } catch (const Error& error) {
      throw WithTableName(error, location, NameForRecord(statement.source, location));
    }
  }();
  CheckFilesAreInside(*snapshot, table.location());
  prepared_.inputs[kCloned] = engine::TableInput{table.location(), snapshot, std::nullopt};
  prepared_.access.reads.push_back(NameForRecord(statement.source, location));
  prepared_.access.writes.push_back(name.ToString());
}

std::unique_ptr<Result> Executor::operator()(const sql::CloneTable& statement) {
  const catalog::QualifiedName name = Name(statement.name);
  const auto existing = services_.catalog.FindTable(name);
  if (existing && statement.if_not_exists) return Done();
  if (existing && !statement.or_replace) {
    throw Error(ErrorCode::kExists, "the table or view " + name.ToString() +
                                        " exists already; use CREATE OR REPLACE TABLE, IF NOT "
                                        "EXISTS, or another name")
        .WithCondition("TABLE_OR_VIEW_ALREADY_EXISTS");
  }
  catalog::TableInfo info;
  if (existing) {
    CheckIsAsJudged(*existing);
    if (existing->kind != catalog::TableKind::kManaged &&
        existing->kind != catalog::TableKind::kExternal) {
      throw Error(ErrorCode::kInvalid, name.ToString() + " is no table; drop it first")
          .WithCondition("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE");
    }
    info = *existing;
  } else {
    const auto reserved = services_.catalog.Reserve({name.catalog, name.schema});
    info.id = reserved.id;
    info.name = name;
    info.owner = options_.principal;
    info.location = reserved.location;
    if (statement.location) {
      info.kind = catalog::TableKind::kExternal;
      info.location = services_.stores.Resolve(*statement.location, options_.base_folder).uri;
      services_.catalog.RequirePath(options_.principal, catalog::Privilege::kWriteFiles,
                                    info.location, *statement.location);
    }
  }
  const delta::Table table = OpenTable(services_, info.location);
  if (!existing && table.Exists()) {
    throw Error(ErrorCode::kExists, info.location + " holds a Delta table already")
        .WithCondition("DELTA_CREATE_TABLE_WITH_NON_EMPTY_LOCATION");
  }
  if (!existing && info.kind == catalog::TableKind::kExternal) RequireFreeFolder(table.location());
  const auto& source = std::get<engine::TableInput>(prepared_.inputs.at(kCloned));
  Copies copies(source, table.location());
  TableChange change = CloneChange(source, statement.properties,
                                   existing ? prepared_.target : nullptr, services_.clock, copies);
  info.comment = change.metadata->description;
  const bool is_new = !existing;
  const bool is_managed = info.kind == catalog::TableKind::kManaged;
  try {
    {
      const io::CancelScope scope([stop = stop_] { return stop.stop_requested(); });
      copies.Make();
    }
    change.commit = CommitOptions("CLONE");
    change.commit.parameters = {
        {"source", Json(source.location.uri).dump()},
        {"sourceVersion", Json(std::to_string(source.snapshot->version())).dump()},
        {"isShallow", "\"false\""}};
    change.commit.metrics = {
        {"sourceTableSize", std::to_string(source.snapshot->files().bytes())},
        {"sourceNumOfFiles", std::to_string(source.snapshot->files().size())},
        {"numRemovedFiles", std::to_string(change.removed.size())},
        {"numCopiedFiles", std::to_string(change.returned.size())},
        {"removedFilesSize", std::to_string(SizeOfFiles(change.removed))},
        {"copiedFilesSize", std::to_string(SizeOfFiles(change.returned))}};
    const delta::Version version = CommitChange(services_, table, change).version;
    versions_[name.ToString()] = version;
    if (!is_new) CheckCameBack(table.location(), change.returned, version);
    if (is_new) services_.catalog.CreateTable(info);
  } catch (const Error& error) {
    // After a lost answer the table may be there. Copies beside a table that was there are in no
    // version, and go with VACUUM.
    const bool is_absent = error.code() != ErrorCode::kUnavailable;
    if (is_new && is_managed && is_absent) DeleteFolder(table.location());
    throw;
  }
  std::vector<Field> fields;
  std::vector<Value> row;
  const std::vector<std::pair<const char*, int64_t>> counts = {
      {"source_table_size", source.snapshot->files().bytes()},
      {"source_num_of_files", static_cast<int64_t>(source.snapshot->files().size())},
      {"num_removed_files", static_cast<int64_t>(change.removed.size())},
      {"num_copied_files", static_cast<int64_t>(change.returned.size())},
      {"removed_files_size", SizeOfFiles(change.removed)},
      {"copied_files_size", SizeOfFiles(change.returned)}};
  for (const auto& [column, count] : counts) {
    fields.push_back({column, TypeId::kLong, true, "{}"});
    row.push_back(Value::Long(count));
  }
  return RowsResult(id_, Schema(std::move(fields)), {row});
}

}  // namespace weir::session
