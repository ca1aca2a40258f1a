#include <algorithm>
#include <set>

#include "weir/base/error.h"
#include "weir/base/uuid.h"
#include "weir/delta/change_feed.h"
#include "weir/delta/clustering.h"
#include "weir/delta/column_mapping.h"
#include "weir/delta/commit_times.h"
#include "weir/delta/conflict.h"
#include "weir/delta/known_properties.h"
#include "weir/delta/log.h"
#include "weir/delta/log_entry.h"
#include "weir/delta/log_snapshot.h"
#include "weir/delta/log_upkeep.h"
#include "weir/delta/partition_value.h"
#include "weir/delta/properties.h"
#include "weir/delta/protocol.h"
#include "weir/delta/row_changes.h"
#include "weir/delta/row_tracking.h"
#include "weir/delta/schema_rules.h"
#include "weir/delta/table.h"
#include "weir/delta/type_widening.h"
#include "weir/types/schema_json.h"

namespace weir::delta {
namespace {

std::shared_ptr<const LogSnapshot> AsLogSnapshot(std::shared_ptr<const Snapshot> base) {
  if (base == nullptr) return nullptr;
  auto snapshot = std::dynamic_pointer_cast<const LogSnapshot>(std::move(base));
  if (snapshot == nullptr) {
    throw Error(ErrorCode::kInternal, "a transaction needs a snapshot that its table gave");
  }
  return snapshot;
}

// Partition columns as files know them: renaming one moves no row.
std::vector<std::string> StoredPartitions(const Schema& schema, const Metadata& metadata) {
  const auto stored = StoredFieldsOf(schema, metadata.configuration);
  std::vector<std::string> names;
  for (const std::string& column : metadata.partition_columns) {
    names.push_back(StoredName(schema, stored, column));
  }
  return names;
}

[[noreturn]] void Invalid(const std::string& message) { throw Error(ErrorCode::kInvalid, message); }

}  // namespace

struct Transaction::Impl {
  Impl(const Table& table_of, std::shared_ptr<const Snapshot> snapshot)
      : table(table_of),
        log(table.location()),
        base(AsLogSnapshot(std::move(snapshot))),
        txn_id(NewUuid()) {
    if (base != nullptr) {
      protocol = base->protocol();
      metadata = base->metadata();
      schema = base->schema();
    }
  }

  Table table;
  Log log;
  std::shared_ptr<const LogSnapshot> base;
  std::string txn_id;
  bool in_doubt = false;         // An entry of ours may be in the log.
  bool vectors_are_old = false;  // Others gave files other vectors since `staged_rows`.

  // As they will be after the commit.
  Protocol protocol;
  std::optional<Metadata> metadata;
  Schema schema;
  bool metadata_changed = false;
  bool files_fit_metadata = false;

  std::vector<AddFile> adds;
  std::vector<CdcFile> changes;
  CommitIntent intent;
  std::vector<DomainMetadata> domains;
  std::optional<RowChanges::Staged> staged_rows;  // What `intent.rows` comes to, once written.

  bool IsBlindAppend() const {
    return base != nullptr && intent.reads.empty() && intent.removes.empty() &&
           intent.retold.empty() && intent.rows.empty() && domains.empty() && !metadata_changed;
  }

  void Check() const;
  void CheckAdds() const;
  void CheckRemoves() const;
  void CheckRowChanges() const;
  void CheckMapping() const;
  void CheckFeed() const;
  // Other columns, or other statistics of them, must suit what clusters the table by then.
  void RestOnClustering();
  // Row tracking that is switched on here gives ids to all files that have none.
  void GiveOldFilesRowIds();
  PendingEntry Pending(const CommitOptions& options) const;
  // What precedes the entry, its version among it.
  EntryPlace FirstPlace() const;
  Committed Done(const PendingEntry& pending, const EntryPlace& place,
                 const WrittenEntry& written) const;
  CommitResult Write(const CommitOptions& options);
  io::PutOutcome Put(Version version, const std::string& entry);
  // What others wrote from the place on; moves it behind that. A result ends the commit.
  std::optional<CommitResult> LookAtWinners(EntryPlace& place);
  void ResolveDoubt();  // No entry of ours is in the log.
  void DropVectors();
};

void Transaction::Impl::CheckAdds() const {
  std::set<std::string> paths;
  const std::vector<std::string>& columns = metadata->partition_columns;
  const auto stored = StoredFieldsOf(schema, metadata->configuration);
  for (const AddFile& add : adds) {
    if (!paths.insert(FileKey(add.path, add.deletion_vector_json)).second) {
      Invalid("a commit can't add the file " + add.path + " twice");
    }
    bool fits = add.partition_values.size() == columns.size();
    for (const std::string& column : columns) {
      const auto value = add.partition_values.find(StoredName(schema, stored, column));
      fits = fits && value != add.partition_values.end();
      if (fits) PartitionValueFromText(value->second, schema[*schema.Find(column)].type, column);
    }
    if (!fits) {
      Invalid("the partition values of the file " + add.path +
              " are not those of the table's partition columns");
    }
  }
  for (const RemoveFile& remove : intent.removes) {
    if (paths.contains(FileKey(remove.path, remove.deletion_vector_json))) {
      Invalid("a commit can't both add and remove the file " + remove.path);
    }
  }
}

void Transaction::Impl::CheckRemoves() const {
  if (intent.removes.empty()) return;
  ByFileKey<const RemoveFile*> wanted;
  const auto refuse = [](const RemoveFile& remove) {
    Invalid("a commit can't remove the file " + remove.path +
            ": it is not in the table, or is removed twice");
  };
  for (const RemoveFile& remove : intent.removes) {
    std::string key = FileKey(remove.path, remove.deletion_vector_json);
    if (!wanted.emplace(std::move(key), &remove).second) refuse(remove);
  }
  const ByFileKey<size_t> found = base->files().Find(wanted);
  for (const RemoveFile& remove : intent.removes) {
    if (!found.contains(FileKey(remove.path, remove.deletion_vector_json))) refuse(remove);
  }
  const bool loses_rows = std::any_of(intent.removes.begin(), intent.removes.end(),
                                      [](const RemoveFile& remove) { return remove.data_change; });
  if (loses_rows) CheckMayLoseRows(base->metadata().configuration, table.location().uri);
}

void Transaction::Impl::CheckRowChanges() const {
  if (intent.rows.empty()) return;
  CheckMayLoseRows(base->metadata().configuration, table.location().uri);
  if (!PropertiesOf(metadata->configuration).deletion_vectors) {
    Invalid("table " + table.location().uri +
            " takes no new deletion vectors: its property delta.enableDeletionVectors is not true");
  }
  ByFileKey<const AddFile*> changed;
  for (const AddFile* file : intent.rows.files()) {
    changed.emplace(FileKey(file->path, file->deletion_vector_json), file);
  }
  ByFileKey<size_t> files = base->files().Find(changed);
  for (const RemoveFile& remove : intent.removes) {
    files.erase(FileKey(remove.path, remove.deletion_vector_json));
  }
  for (const AddFile* file : intent.rows.files()) {
    if (!files.contains(FileKey(file->path, file->deletion_vector_json))) {
      Invalid("a commit can't delete rows of the file " + file->path +
              ": it is not in the table, or is removed as a whole");
    }
    if (!base->StatisticsOf(*file).rows) {
      Invalid("a commit can't delete rows of the file " + file->path +
              ", of which nobody knows how many it has");
    }
  }
}

// Files that stay are read by the new mapping.
void Transaction::Impl::CheckMapping() const {
  if (base == nullptr || !metadata_changed || files_fit_metadata) return;
  if (intent.removes.size() == base->files().size()) return;
  CheckMappingChange(base->metadata().configuration, metadata->configuration);
  const auto lost = LostMapping(base->metadata(), *metadata);
  if (!lost) return;
  throw Error(ErrorCode::kInternal, "a change of table " + table.location().uri +
                                        " would lose what its files call the column " +
                                        QuoteName(*lost));
}

void Transaction::Impl::CheckFeed() const {
  if (PropertiesOf(metadata->configuration).change_feed) {
    CheckFeedColumns(schema, metadata->configuration, base != nullptr && schema == base->schema());
  } else if (!changes.empty()) {
    Invalid("table " + table.location().uri +
            " has no change feed: its property delta.enableChangeDataFeed is not true");
  }
}

void Transaction::Impl::Check() const {
  if (!metadata) Invalid("a table can't be created without metadata");
  const std::string& uri = table.location().uri;
  // What somebody else's protocol asks for holds for us; what we ask for must be honoured too.
  if (base != nullptr) CheckWritable(base->protocol(), uri);
  CheckWritable(protocol, uri);
  if (metadata_changed || !domains.empty()) {
    CheckClusteringAfter(base.get(), domains, *metadata, schema);
  }
  CheckAdds();
  CheckRemoves();
  CheckRowChanges();
  CheckMapping();
  CheckFeed();
  const bool other_partitions =
      base != nullptr &&
      StoredPartitions(schema, *metadata) != StoredPartitions(base->schema(), base->metadata());
  if (other_partitions && intent.removes.size() != base->files().size()) {
    Invalid("the partition columns of table " + uri + " can change only when all its rows do");
  }
}

void Transaction::Impl::RestOnClustering() {
  if (metadata_changed) intent.domains.push_back(kClusteringDomain);
}

void Transaction::Impl::GiveOldFilesRowIds() {
  if (base == nullptr || !TracksRows(metadata->configuration) ||
      TracksRows(base->metadata().configuration)) {
    return;
  }
  intent.reads_all_files = true;
  std::set<std::string> gone;
  for (const RemoveFile& remove : intent.removes) {
    gone.insert(FileKey(remove.path, remove.deletion_vector_json));
  }
  for (const AddFile& add : adds) gone.insert(FileKey(add.path, add.deletion_vector_json));
  for (const AddFile& file : base->files()) {
    if (file.base_row_id && file.default_row_commit_version) continue;
    if (gone.contains(FileKey(file.path, file.deletion_vector_json))) continue;
    adds.push_back(file);
    adds.back().data_change = false;
  }
}

PendingEntry Transaction::Impl::Pending(const CommitOptions& options) const {
  PendingEntry pending;
  pending.base = base;
  pending.protocol = protocol;
  pending.metadata = *metadata;
  pending.metadata_changed = metadata_changed;
  pending.progress = intent.progress;
  pending.marks = intent.marks;
  pending.moves_rows = (!intent.removes.empty() || !intent.rows.empty()) && !adds.empty();
  pending.removes = intent.removes;
  pending.removes.insert(pending.removes.end(), staged_rows->removes.begin(),
                         staged_rows->removes.end());
  pending.adds = staged_rows->adds;
  pending.adds.insert(pending.adds.end(), adds.begin(), adds.end());
  pending.changes = changes;
  pending.domains = domains;
  CommitInfo& info = pending.info;
  info.operation = options.operation;
  info.parameters = options.parameters;
  info.metrics = options.metrics;
  if (base != nullptr) info.read_version = base->version();
  info.isolation_level = "Serializable";
  info.is_blind_append = IsBlindAppend();
  info.engine_info = "weir";
  info.txn_id = txn_id;
  info.more = options.more;
  return pending;
}

EntryPlace Transaction::Impl::FirstPlace() const {
  EntryPlace place;
  if (base == nullptr) return place;
  place.version = base->version() + 1;
  const auto& info = base->state().last_commit;
  place.timestamp_millis = std::max(base->timestamp_millis(), info ? info->timestamp_millis : 0);
  place.row_id_high_water_mark = RowIdHighWaterMark(base->domains());
  return place;
}

std::optional<CommitResult> Transaction::Impl::LookAtWinners(EntryPlace& place) {
  const ConflictCheck check(table.location(), intent);
  for (;; ++place.version) {
    CommitActions winner;
    try {
      winner = log.ReadCommit(place.version);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kNotFound) return std::nullopt;
      throw;
    }
    for (const Action& action : winner.actions) {
      if (const auto* info = std::get_if<CommitInfo>(&action)) {
        if (info->txn_id == txn_id) {
          return Committed{
              place.version,
              KeepLogShort(table, base, PropertiesOf(metadata->configuration), place.version, 0)};
        }
        place.timestamp_millis = std::max(
            {place.timestamp_millis, info->timestamp_millis, InCommitTimestamp(*info).value_or(0)});
      }
      const auto* domain = std::get_if<DomainMetadata>(&action);
      if (domain != nullptr && domain->domain == kRowTrackingDomain && !domain->removed) {
        place.row_id_high_water_mark =
            std::max(place.row_id_high_water_mark, RowIdHighWaterMark(*domain));
      }
      const auto* txn = std::get_if<SetTransaction>(&action);
      if (txn != nullptr && intent.progress && txn->app_id == intent.progress->app_id &&
          txn->version >= intent.progress->version) {
        return AlreadyCommitted{place.version};
      }
    }
    if (auto conflict = check.Against(winner)) {
      return Conflict{place.version, std::move(conflict->reason), std::move(conflict->files)};
    }
    if (intent.rows.Rebase(winner)) vectors_are_old = true;
  }
}

Committed Transaction::Impl::Done(const PendingEntry& pending, const EntryPlace& place,
                                  const WrittenEntry& written) const {
  Committed committed{place.version, {}};
  if (const auto checksum = ChecksumAfter(pending, place, written)) {
    committed.warning = WriteChecksum(table, place.version, *checksum);
  }
  const std::string warning = KeepLogShort(table, base, PropertiesOf(metadata->configuration),
                                           place.version, written.text.size());
  if (!warning.empty()) {
    committed.warning += (committed.warning.empty() ? "" : "; ") + warning;
  }
  return committed;
}

void Transaction::Impl::ResolveDoubt() {
  in_doubt = false;
  if (vectors_are_old) DropVectors();
}

// No entry may name them: it is known that none of ours is in the log.
void Transaction::Impl::DropVectors() {
  const std::string key = staged_rows ? staged_rows->vector_key : "";
  staged_rows.reset();
  vectors_are_old = false;
  if (key.empty()) return;
  try {
    table.location().store->Delete(key);
  } catch (const Error&) {
    // Nothing refers to the file; whatever kept it from being deleted is not worth failing for.
  }
}

Transaction::Transaction(const Table& table, std::shared_ptr<const Snapshot> base)
    : impl_(std::make_unique<Impl>(table, std::move(base))) {
  impl_->intent.base = impl_->base.get();
}

Transaction::~Transaction() = default;

void Transaction::RaiseProtocol(const Protocol& at_least) {
  impl_->protocol = RaisedTo(std::move(impl_->protocol), at_least);
}

void Transaction::SetProtocol(Protocol protocol) { impl_->protocol = std::move(protocol); }

void Transaction::StandsAlone() { impl_->intent.stands_alone = true; }

void Transaction::FilesFitMetadata() { impl_->files_fit_metadata = true; }

void Transaction::SetMetadata(Metadata metadata) {
  Impl& impl = *impl_;
  const LogSnapshot* base = impl.base.get();
  Protocol protocol = TakeProtocolProperties(metadata, impl.protocol);
  CheckProperties(base != nullptr ? base->metadata().configuration : Configuration(),
                  metadata.configuration);
  if (base != nullptr) {
    KeepTimestampsSince(base->metadata().configuration, metadata.configuration);
    if (metadata.id.empty()) metadata.id = base->metadata().id;
    if (!metadata.created_time_millis) {
      metadata.created_time_millis = base->metadata().created_time_millis;
    }
    // Files that somebody adds meanwhile would be laid out by the old columns.
    if (metadata.partition_columns != base->metadata().partition_columns) Reads(Predicate::True());
  } else {
    if (metadata.id.empty()) metadata.id = NewUuid();
    if (!metadata.created_time_millis) {
      metadata.created_time_millis = impl.table.clock().Now().millis();
    }
  }
  if (base != nullptr) metadata = WithIdsAfter(std::move(metadata), base->metadata());
  metadata = WithMappedColumns(std::move(metadata));
  Schema schema = SchemaFromJson(metadata.schema_json);
  const bool same_schema = base != nullptr && schema == base->schema();
  if (!same_schema) CheckTableSchema(schema, metadata.configuration);
  CheckPartitionColumns(schema, metadata.partition_columns);
  CheckTypeChanges(schema);
  if (base == nullptr || metadata.configuration != base->metadata().configuration) {
    CheckStatisticsColumns(metadata.configuration, schema);
  }
  NameRowTrackingColumns(metadata.configuration);
  protocol = RaisedFor(metadata, schema, std::move(protocol));
  impl.protocol = std::move(protocol);
  impl.schema = std::move(schema);
  impl.metadata_changed =
      base == nullptr || ActionToJson(Action(metadata)) != ActionToJson(Action(base->metadata()));
  impl.metadata = std::move(metadata);
}

void Transaction::Reads(Predicate rows) { impl_->intent.reads.push_back(std::move(rows)); }

void Transaction::Add(AddFile file) { impl_->adds.push_back(std::move(file)); }

void Transaction::AddChanges(CdcFile file) { impl_->changes.push_back(std::move(file)); }

void Transaction::Retell(AddFile file) {
  if (impl_->base == nullptr) Invalid("a new table has no files to tell of anew");
  file.data_change = false;
  impl_->intent.retold.push_back(file);
  impl_->adds.push_back(std::move(file));
}

void Transaction::Remove(const AddFile& file, bool data_change) {
  if (impl_->base == nullptr) Invalid("a new table has no files to remove");
  impl_->intent.removes.push_back(TombstoneOf(file, data_change));
}

void Transaction::DeleteRows(const AddFile& file, RowSet rows) {
  if (impl_->base == nullptr) Invalid("a new table has no rows to delete");
  impl_->intent.rows.Read(file, rows);
  impl_->intent.rows.Delete(file, std::move(rows));
}

void Transaction::ReadsRows(const AddFile& file, const RowSet& rows) {
  impl_->intent.rows.Read(file, rows);
}

void Transaction::ReadsNoOtherRows() { impl_->intent.rows.ReadNoOthers(); }

void Transaction::RemoveAll() {
  if (impl_->base == nullptr) return;
  Reads(Predicate::True());
  impl_->intent.removes.clear();
  for (const AddFile& file : impl_->base->files()) {
    impl_->intent.removes.push_back(TombstoneOf(file, true));
  }
}

void Transaction::SetProgress(std::string app_id, int64_t version) {
  impl_->intent.progress = SetTransaction{std::move(app_id), version, std::nullopt};
}

void Transaction::Mark(std::string app_id, int64_t version) {
  impl_->intent.marks.push_back({std::move(app_id), version, std::nullopt});
}

void Transaction::ReadsProgress(std::string app_id) {
  impl_->intent.read_apps.push_back(std::move(app_id));
}

void Transaction::SetDomain(DomainMetadata domain) {
  if (domain.domain == kClusteringDomain) {
    impl_->protocol = WithWriterFeature(std::move(impl_->protocol), "clustering");
  } else if (domain.domain.starts_with("delta.") &&
             !(domain.removed && domain.domain == kRowTrackingDomain)) {
    throw Error(ErrorCode::kUnsupported, "domain '" + domain.domain +
                                             "' belongs to a table feature that weir does not "
                                             "support yet");
  }
  impl_->protocol = WithWriterFeature(std::move(impl_->protocol), "domainMetadata");
  impl_->intent.domains.push_back(domain.domain);
  impl_->domains.push_back(std::move(domain));
}

CommitResult Transaction::Impl::Write(const CommitOptions& options) {
  EntryPlace before = FirstPlace();
  const bool taken = base == nullptr && log.Exists();
  if (in_doubt || taken) {
    if (auto result = LookAtWinners(before)) return *std::move(result);
    ResolveDoubt();
    // Its first entry was cleaned up long ago.
    if (taken) return Conflict{0, "the table exists already", {}};
  }
  for (;;) {
    if (!staged_rows) staged_rows = intent.rows.Stage(table.location());
    const PendingEntry pending = Pending(options);
    EntryPlace place = before;
    place.timestamp_millis = std::max(table.clock().Now().millis(), before.timestamp_millis + 1);
    const WrittenEntry written = WriteEntry(pending, place);
    if (Put(place.version, written.text) == io::PutOutcome::kCreated) {
      return Done(pending, place, written);
    }
    // A store that tries again by itself may have met our own entry.
    in_doubt = true;
    if (auto result = LookAtWinners(before)) return *std::move(result);
    ResolveDoubt();
  }
}

io::PutOutcome Transaction::Impl::Put(Version version, const std::string& entry) {
  try {
    return table.location().store->PutIfAbsent(log.CommitKey(version), entry);
  } catch (const Error& error) {
    in_doubt = in_doubt || error.code() == ErrorCode::kUnavailable;
    throw;
  }
}

CommitResult Transaction::Commit(const CommitOptions& options) {
  Impl& impl = *impl_;
  if (impl.metadata) impl.GiveOldFilesRowIds();
  impl.RestOnClustering();
  impl.Check();
  if (impl.base != nullptr && impl.intent.progress) {
    const auto& known = impl.base->transactions();
    const auto done = known.find(impl.intent.progress->app_id);
    if (done != known.end() && done->second.version >= impl.intent.progress->version) {
      return AlreadyCommitted{impl.base->version()};
    }
  }
  try {
    CommitResult result = impl.Write(options);
    if (!std::holds_alternative<Committed>(result)) {
      impl.in_doubt = false;
      impl.DropVectors();
    }
    return result;
  } catch (const Error& error) {
    if (!impl.in_doubt) impl.DropVectors();
    if (!impl.in_doubt || error.code() == ErrorCode::kUnavailable) throw;
    // Whatever stopped us from looking, the files we added may be in the table.
    throw Error(ErrorCode::kUnavailable,
                std::string(error.what()) + "; whether the commit to table " +
                    impl.table.location().uri + " is in its log is not known",
                error.detail());
  }
}

}  // namespace weir::delta
