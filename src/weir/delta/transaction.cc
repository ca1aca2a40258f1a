#include <algorithm>
#include <set>

#include "weir/base/error.h"
#include "weir/base/uuid.h"
#include "weir/delta/checkpoint_writer.h"
#include "weir/delta/conflict.h"
#include "weir/delta/log.h"
#include "weir/delta/log_snapshot.h"
#include "weir/delta/partition_value.h"
#include "weir/delta/properties.h"
#include "weir/delta/protocol.h"
#include "weir/delta/schema_rules.h"
#include "weir/delta/table.h"
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

RemoveFile Tombstone(const AddFile& file, bool data_change) {
  RemoveFile remove;
  remove.path = file.path;
  remove.data_change = data_change;
  remove.extended_file_metadata = true;
  remove.partition_values = file.partition_values;
  remove.size = file.size;
  remove.deletion_vector_json = file.deletion_vector_json;
  return remove;
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
  bool in_doubt = false;  // An entry of ours may be in the log.

  // As they will be after the commit.
  Protocol protocol;
  std::optional<Metadata> metadata;
  Schema schema;
  bool metadata_changed = false;

  std::vector<AddFile> adds;
  CommitIntent intent;
  std::vector<DomainMetadata> domains;

  bool ProtocolChanged() const { return base == nullptr || !(protocol == base->protocol()); }
  bool IsBlindAppend() const {
    return base != nullptr && intent.reads.empty() && intent.removes.empty() && !metadata_changed;
  }

  void Check() const;
  void CheckAdds() const;
  void CheckRemoves() const;
  std::string Entry(const CommitOptions& options, int64_t timestamp_millis) const;
  int64_t LastTimestamp() const;
  std::string CheckpointIfDue(Version version, size_t entry_bytes) const;
  CommitResult Write(const CommitOptions& options);
  io::PutOutcome Put(Version version, const std::string& entry);
  // What others wrote from `next` on; moves `next` behind it. A result ends the commit.
  std::optional<CommitResult> LookAtWinners(Version& next, int64_t& last_timestamp) const;
};

void Transaction::Impl::CheckAdds() const {
  std::set<std::string> paths;
  const std::vector<std::string>& columns = metadata->partition_columns;
  for (const AddFile& add : adds) {
    if (!paths.insert(FileKey(add.path, add.deletion_vector_json)).second) {
      Invalid("a commit can't add the file " + add.path + " twice");
    }
    bool fits = add.partition_values.size() == columns.size();
    for (const std::string& column : columns) {
      const auto value = add.partition_values.find(column);
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
  std::set<std::string> files;
  for (const AddFile& file : base->files()) {
    files.insert(FileKey(file.path, file.deletion_vector_json));
  }
  for (const RemoveFile& remove : intent.removes) {
    if (files.erase(FileKey(remove.path, remove.deletion_vector_json)) == 0) {
      Invalid("a commit can't remove the file " + remove.path +
              ": it is not in the table, or is removed twice");
    }
  }
  const bool loses_rows = std::any_of(intent.removes.begin(), intent.removes.end(),
                                      [](const RemoveFile& remove) { return remove.data_change; });
  if (loses_rows) CheckMayLoseRows(base->metadata().configuration, table.location().uri);
}

void Transaction::Impl::Check() const {
  if (!metadata) Invalid("a table can't be created without metadata");
  const std::string& uri = table.location().uri;
  // What somebody else's protocol asks for holds for us; what we ask for must be honoured too.
  if (base != nullptr) CheckWritable(base->protocol(), base->metadata(), base->schema(), uri);
  CheckWritable(protocol, *metadata, schema, uri);
  CheckAdds();
  CheckRemoves();
  const bool other_partitions =
      base != nullptr && metadata->partition_columns != base->metadata().partition_columns;
  if (other_partitions && intent.removes.size() != base->files().size()) {
    Invalid("the partition columns of table " + uri + " can change only when all its rows do");
  }
}

std::string Transaction::Impl::Entry(const CommitOptions& options, int64_t timestamp_millis) const {
  CommitInfo info;
  info.timestamp_millis = timestamp_millis;
  info.operation = options.operation;
  info.parameters = options.parameters;
  info.metrics = options.metrics;
  if (base != nullptr) info.read_version = base->version();
  info.isolation_level = "Serializable";
  info.is_blind_append = IsBlindAppend();
  info.engine_info = "weir";
  info.txn_id = txn_id;
  info.more = options.more;

  std::string entry;
  size_t count = 1;  // With commitInfo, which goes first.
  const auto put = [&](Action action) {
    entry += ActionToJson(action) + '\n';
    ++count;
  };
  if (ProtocolChanged()) put(protocol);
  if (metadata_changed) put(*metadata);
  if (intent.progress) {
    SetTransaction txn = *intent.progress;
    txn.last_updated_millis = timestamp_millis;
    put(std::move(txn));
  }
  for (const DomainMetadata& domain : domains) put(domain);
  for (RemoveFile remove : intent.removes) {
    remove.deletion_timestamp_millis = timestamp_millis;
    put(std::move(remove));
  }
  for (const AddFile& add : adds) put(add);
  info.more[kActionCount] = std::to_string(count);
  return ActionToJson(Action(std::move(info))) + '\n' + entry;
}

int64_t Transaction::Impl::LastTimestamp() const {
  if (base == nullptr) return 0;
  const auto& info = base->state().last_commit;
  return info ? info->timestamp_millis : base->timestamp_millis();
}

std::optional<CommitResult> Transaction::Impl::LookAtWinners(Version& next,
                                                             int64_t& last_timestamp) const {
  const ConflictCheck check(intent);
  for (;; ++next) {
    CommitActions winner;
    try {
      winner = log.ReadCommit(next);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kNotFound) return std::nullopt;
      throw;
    }
    for (const Action& action : winner.actions) {
      if (const auto* info = std::get_if<CommitInfo>(&action)) {
        if (info->txn_id == txn_id) return Committed{next, CheckpointIfDue(next, 0)};
        last_timestamp = std::max(last_timestamp, info->timestamp_millis);
      }
      const auto* txn = std::get_if<SetTransaction>(&action);
      if (txn != nullptr && intent.progress && txn->app_id == intent.progress->app_id &&
          txn->version >= intent.progress->version) {
        return AlreadyCommitted{next};
      }
    }
    if (auto conflict = check.Against(winner)) {
      return Conflict{next, std::move(conflict->reason), std::move(conflict->files)};
    }
  }
}

std::string Transaction::Impl::CheckpointIfDue(Version version, size_t entry_bytes) const {
  const TableProperties properties = PropertiesOf(metadata->configuration);
  LogTail tail = base != nullptr ? base->tail() : LogTail();
  tail.commit_bytes += static_cast<int64_t>(entry_bytes);
  if (!IsCheckpointDue(tail, version, properties)) return {};
  // The commit stands whatever happens here: a reader needs no checkpoint.
  try {
    const auto snapshot = AsLogSnapshot(table.Refresh(base));
    if (!IsCheckpointDue(CurrentTail(log, *snapshot), snapshot->version(), properties)) return {};
    WriteCheckpoint(table.location(), table.checkpoints(), table.clock(), *snapshot);
    return {};
  } catch (const std::exception& error) {
    return "the checkpoint of version " + std::to_string(version) + " of table " +
           table.location().uri + " was not written: " + error.what();
  }
}

Transaction::Transaction(const Table& table, std::shared_ptr<const Snapshot> base)
    : impl_(std::make_unique<Impl>(table, std::move(base))) {
  impl_->intent.base = impl_->base.get();
}

Transaction::~Transaction() = default;

void Transaction::SetMetadata(Metadata metadata) {
  Impl& impl = *impl_;
  const LogSnapshot* base = impl.base.get();
  Protocol protocol = TakeProtocolProperties(metadata, impl.protocol);
  CheckProperties(base != nullptr ? base->metadata().configuration : Configuration(),
                  metadata.configuration);
  Schema schema = SchemaFromJson(metadata.schema_json);
  const bool same_schema = base != nullptr && schema == base->schema();
  if (!same_schema) CheckTableSchema(schema);
  CheckPartitionColumns(schema, metadata.partition_columns);
  protocol = RaisedFor(metadata, schema, std::move(protocol));
  if (base != nullptr) {
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
  impl.protocol = std::move(protocol);
  impl.schema = std::move(schema);
  impl.metadata_changed =
      base == nullptr || ActionToJson(Action(metadata)) != ActionToJson(Action(base->metadata()));
  impl.metadata = std::move(metadata);
}

void Transaction::Reads(Predicate rows) { impl_->intent.reads.push_back(std::move(rows)); }

void Transaction::Add(AddFile file) { impl_->adds.push_back(std::move(file)); }

void Transaction::Remove(const AddFile& file, bool data_change) {
  if (impl_->base == nullptr) Invalid("a new table has no files to remove");
  impl_->intent.removes.push_back(Tombstone(file, data_change));
}

void Transaction::RemoveAll() {
  if (impl_->base == nullptr) return;
  Reads(Predicate::True());
  impl_->intent.removes.clear();
  for (const AddFile& file : impl_->base->files()) {
    impl_->intent.removes.push_back(Tombstone(file, true));
  }
}

void Transaction::SetProgress(std::string app_id, int64_t version) {
  impl_->intent.progress = SetTransaction{std::move(app_id), version, std::nullopt};
}

void Transaction::ReadsProgress(std::string app_id) {
  impl_->intent.read_apps.push_back(std::move(app_id));
}

void Transaction::SetDomain(DomainMetadata domain) {
  if (domain.domain.starts_with("delta.")) {
    throw Error(ErrorCode::kUnsupported, "domain '" + domain.domain +
                                             "' belongs to a table feature that weir does not "
                                             "support yet");
  }
  impl_->protocol = WithWriterFeature(std::move(impl_->protocol), "domainMetadata");
  impl_->intent.domains.push_back(domain.domain);
  impl_->domains.push_back(std::move(domain));
}

CommitResult Transaction::Impl::Write(const CommitOptions& options) {
  Version next = base != nullptr ? base->version() + 1 : 0;
  int64_t last_timestamp = LastTimestamp();
  const bool taken = base == nullptr && log.Exists();
  if (in_doubt || taken) {
    if (auto result = LookAtWinners(next, last_timestamp)) return *std::move(result);
    in_doubt = false;
    // Its first entry was cleaned up long ago.
    if (taken) return Conflict{0, "the table exists already", {}};
  }
  for (;;) {
    const int64_t timestamp = std::max(table.clock().Now().millis(), last_timestamp + 1);
    const std::string entry = Entry(options, timestamp);
    if (Put(next, entry) == io::PutOutcome::kCreated) {
      return Committed{next, CheckpointIfDue(next, entry.size())};
    }
    // A store that tries again by itself may have met our own entry.
    in_doubt = true;
    if (auto result = LookAtWinners(next, last_timestamp)) return *std::move(result);
    in_doubt = false;
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
  impl.Check();
  if (impl.base != nullptr && impl.intent.progress) {
    const auto& known = impl.base->transactions();
    const auto done = known.find(impl.intent.progress->app_id);
    if (done != known.end() && done->second.version >= impl.intent.progress->version) {
      return AlreadyCommitted{impl.base->version()};
    }
  }
  try {
    return impl.Write(options);
  } catch (const Error& error) {
    if (!impl.in_doubt || error.code() == ErrorCode::kUnavailable) throw;
    // Whatever stopped us from looking, the files we added may be in the table.
    throw Error(ErrorCode::kUnavailable,
                std::string(error.what()) + "; whether the commit to table " +
                    impl.table.location().uri + " is in its log is not known",
                error.detail());
  }
}

}  // namespace weir::delta
