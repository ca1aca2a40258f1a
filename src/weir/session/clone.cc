#include <map>
#include <set>

#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/delta/apply.h"
#include "weir/delta/column_mapping.h"
#include "weir/delta/commit_times.h"
#include "weir/delta/known_properties.h"
#include "weir/delta/paths.h"
#include "weir/delta/properties.h"
#include "weir/delta/row_tracking.h"
#include "weir/io/cancel_scope.h"
#include "weir/session/clone_files.h"
#include "weir/session/lent_files.h"
#include "weir/session/missing_files.h"
#include "weir/session/row_rules.h"
#include "weir/session/rows.h"
#include "weir/session/statement.h"
#include "weir/session/table_write.h"
#include "weir/session/volume_path.h"

// CREATE TABLE ... CLONE: a table with copies of another's files, or with their names. See
// docs/decisions/0032-clones-copy.md and 0039-shallow-clones.md.
namespace weir::session {
namespace {

constexpr sql::InputId kCloned = 0;

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
  for (const auto& [written, value] : properties) {
    const std::string key = delta::PropertyName(written);
    delta::CheckMayBeSet(key);
    CheckIsNoConstraint(key);  // Nobody asks the files whether they meet it.
    metadata.configuration[key] = value;
  }
  for (const char* property : kOfOneLog) metadata.configuration.erase(property);
  return delta::WithColumnsMappedSince(std::move(metadata), source);
}

// What makes `base` (null: a new table) the same as `source`, once `files` are made.
TableChange CloneChange(const engine::TableInput& source, const sql::Properties& properties,
                        std::shared_ptr<const delta::Snapshot> base, const Clock& clock,
                        CloneFiles& files) {
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
  std::vector<size_t> brought;  // In the source, those of `change.returned`.
  for (size_t at = 0; base != nullptr && at < base->files().size(); ++at) {
    there.emplace(key(base->files().HeadAt(at)), at);
  }
  for (size_t at = 0; at < from.files().size(); ++at) {
    delta::AddFile entry = files.EntryOf(from.files()[at]);
    const auto found = there.find(key(entry));
    std::optional<delta::AddFile> own;
    if (found != there.end()) own = base->files()[found->second];
    if (!own || !files.IsSame(*own, entry)) {
      if (own) files.Rename(entry);
      brought.push_back(at);
      change.returned.push_back(std::move(entry));
      continue;
    }
    kept.insert(found->second);
    if (own->base_row_id != entry.base_row_id ||
        own->default_row_commit_version != entry.default_row_commit_version) {
      change.retold.push_back(std::move(entry));
    }
  }
  files.Bring(brought, change.returned);
  for (const auto& [name, at] : there) {
    if (!kept.contains(at)) change.removed.push_back(base->files()[at]);
  }
  return change;
}

// The files that a shallow clone names are found from its own store only.
void CheckIsInStoreOf(const io::Location& source, const io::Location& clone) {
  if (delta::AbsolutePath(source, "") == delta::AbsolutePath(clone, "")) return;
  throw Error(ErrorCode::kUnsupported, "a shallow clone reads the files of its source, and " +
                                           clone.uri + " is in another store than " + source.uri +
                                           "; write DEEP CLONE, or a LOCATION beside the source")
      .WithCondition("UNSUPPORTED_FEATURE");
}

// Others may write what is outside of managed storage: a log there can't be a right to managed
// files.
void CheckMayBorrow(const catalog::Catalog& names, const catalog::TableInfo& clone,
                    const std::vector<catalog::Loan>& loans) {
  if (clone.kind != catalog::TableKind::kExternal) return;
  for (const catalog::Loan& loan : loans) {
    if (!names.IsManaged(loan.folder)) continue;
    throw Error(ErrorCode::kUnsupported,
                "a shallow clone with a folder of its own (LOCATION) can't read the files of a "
                "managed table, such as the source of " +
                    clone.name.ToString() + "; leave LOCATION out, or write DEEP CLONE")
        .WithCondition("CANNOT_SHALLOW_CLONE_NON_UC_MANAGED_TABLE_AS_SOURCE_OR_TARGET");
  }
}

std::vector<std::pair<const char*, int64_t>> CloneCounts(const delta::Snapshot& source,
                                                         const TableChange& change, bool shallow) {
  const std::vector<delta::AddFile> none;
  const auto& copied = shallow ? none : change.returned;
  return {{"source_table_size", source.files().bytes()},
          {"source_num_of_files", static_cast<int64_t>(source.files().size())},
          {"num_removed_files", static_cast<int64_t>(change.removed.size())},
          {"num_copied_files", static_cast<int64_t>(copied.size())},
          {"removed_files_size", SizeOfFiles(change.removed)},
          {"copied_files_size", SizeOfFiles(copied)}};
}

// "sourceTableSize" of "source_table_size".
std::string MetricOf(std::string_view column) {
  std::string name;
  for (size_t i = 0; i < column.size(); ++i) {
    if (column[i] != '_') {
      name += column[i];
    } else if (++i < column.size()) {
      name += static_cast<char>(column[i] - 'a' + 'A');
    }
  }
  return name;
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
  JudgeFiles(services_, principal(), *snapshot, table.location());
  prepared_.inputs[kCloned] = engine::TableInput{table.location(), snapshot, std::nullopt};
  prepared_.access.reads.push_back(NameForRecord(statement.source, location));
  prepared_.access.writes.push_back(name.ToString());
}

std::unique_ptr<Result> Executor::operator()(const sql::CloneTable& statement) {
  const catalog::QualifiedName name = Name(statement.name);
  const auto existing = services_.catalog.FindTable(name);
  if (!IsToBeMade(existing, name, statement.if_not_exists, statement.or_replace)) return Done();
  if (existing) {
    CheckIsAsJudged(*existing);
    if (existing->kind != catalog::TableKind::kManaged &&
        existing->kind != catalog::TableKind::kExternal) {
      throw Error(ErrorCode::kInvalid, name.ToString() + " is no table; drop it first")
          .WithCondition("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE");
    }
    return Clone(statement, *existing, prepared_.target);
  }
  std::unique_ptr<Result> result;
  const bool made = MakeUnlessThere(
      statement.if_not_exists, [&] { result = CloneAnew(statement, name); },
      [&] { return services_.catalog.FindTable(name).has_value(); });
  if (made) return result;
  versions_.erase(name.ToString());
  return Done();
}

std::unique_ptr<Result> Executor::CloneAnew(const sql::CloneTable& statement,
                                            const catalog::QualifiedName& name) {
  const auto reserved = services_.catalog.Reserve({name.catalog, name.schema});
  catalog::TableInfo info;
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
  const delta::Table table = OpenTable(services_, info.location);
  if (table.Exists()) {
    throw Error(ErrorCode::kExists, info.location + " holds a Delta table already")
        .WithCondition("DELTA_CREATE_TABLE_WITH_NON_EMPTY_LOCATION");
  }
  if (statement.location) RequireFreeFolder(table.location());
  try {
    return Clone(statement, std::move(info), nullptr);
  } catch (const Error& error) {
    // After a lost answer the table may be there. Copies beside a table that was there are in no
    // version, and go with VACUUM.
    const bool is_absent = error.code() != ErrorCode::kUnavailable;
    if (!statement.location && is_absent) DeleteFolder(table.location());
    throw;
  }
}

std::unique_ptr<Result> Executor::Clone(const sql::CloneTable& statement, catalog::TableInfo info,
                                        std::shared_ptr<const delta::Snapshot> base) {
  const delta::Table table = OpenTable(services_, info.location);
  const auto& source = std::get<engine::TableInput>(prepared_.inputs.at(kCloned));
  std::vector<catalog::Loan> loans;
  if (statement.shallow) {
    CheckIsInStoreOf(source.location, table.location());
    loans = LoansFor(services_, options_.principal, *source.snapshot, source.location,
                     table.location());
    CheckMayBorrow(services_.catalog, info, loans);
  }
  const auto files = statement.shallow ? NamedFiles(source, table.location())
                                       : CopiedFiles(source, table.location());
  const bool is_new = base == nullptr;
  TableChange change =
      CloneChange(source, statement.properties, std::move(base), services_.clock, *files);
  info.comment = change.metadata->description;
  {
    const io::CancelScope scope([stop = stop_] { return stop.stop_requested(); });
    files->Make();
  }
  const auto counts = CloneCounts(*source.snapshot, change, statement.shallow);
  change.commit = CommitOptions("CLONE");
  change.commit.parameters = {
      {"source", Json(source.location.uri).dump()},
      {"sourceVersion", Json(std::to_string(source.snapshot->version())).dump()},
      {"isShallow", statement.shallow ? "\"true\"" : "\"false\""}};
  for (const auto& [column, count] : counts) {
    change.commit.metrics[MetricOf(column)] = std::to_string(count);
  }
  // Before the log names them: whoever deletes files looks here.
  if (!is_new) services_.catalog.Borrow(info.id, loans);
  const delta::Version version = CommitChange(services_, table, change).version;
  versions_[info.name.ToString()] = version;
  if (is_new) services_.catalog.CreateTable(info, loans);
  const bool is_past = !std::holds_alternative<std::monostate>(statement.as_of);
  if (!is_new) {
    CheckCameBack(table.location(), change.returned, version);
  } else if (statement.shallow && is_past) {
    RequireAllThere(info, table.location(), change.returned);
  }
  std::vector<Field> fields;
  std::vector<Value> row;
  for (const auto& [column, count] : counts) {
    fields.push_back({column, TypeId::kLong, true, "{}"});
    row.push_back(Value::Long(count));
  }
  return RowsResult(id_, Schema(std::move(fields)), {row});
}

// VACUUM of the source may have begun before the clone was there to be asked.
void Executor::RequireAllThere(const catalog::TableInfo& clone, const io::Location& table,
                               const std::vector<delta::AddFile>& files) {
  const auto missing = FindMissing(table, files);
  if (missing.empty()) return;
  services_.catalog.DropTable(clone.name);
  versions_.erase(clone.name.ToString());
  throw Error(ErrorCode::kInvalid,
              "the version can't be cloned: its file " + files[missing[0].at].path +
                  ", or its deletion vector, was deleted, as VACUUM does; a later version may be "
                  "whole")
      .WithCondition("DELTA_FILE_NOT_FOUND_DETAILED");
}

}  // namespace weir::session
