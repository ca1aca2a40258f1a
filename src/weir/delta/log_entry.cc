#include "weir/delta/log_entry.h"

#include "weir/delta/commit_times.h"
#include "weir/delta/row_tracking.h"

namespace weir::delta {
namespace {

// Some tables have a great many; then who wants to know reads the log.
constexpr size_t kMostTransactions = 100;

Metadata MetadataAt(const PendingEntry& pending, const EntryPlace& place) {
  Metadata metadata = pending.metadata;
  if (pending.StartsInCommitTimestamps()) {
    metadata.configuration[kTimestampsSinceVersion] = std::to_string(place.version);
    metadata.configuration[kTimestampsSinceMillis] = std::to_string(place.timestamp_millis);
  }
  return metadata;
}

CommitInfo InfoAt(const PendingEntry& pending, const EntryPlace& place) {
  CommitInfo info = pending.info;
  info.timestamp_millis = place.timestamp_millis;
  if (IsTrue(pending.metadata.configuration, kEnableInCommitTimestamps)) {
    info.more[kInCommitTimestamp] = std::to_string(place.timestamp_millis);
  }
  if (TracksRows(pending.metadata.configuration)) {
    // Rows that moved have new ids, unless whoever moved them says that their files tell the old.
    info.more.try_emplace("tags", std::string("{\"delta.rowTracking.preserved\":\"") +
                                      (pending.moves_rows ? "false" : "true") + "\"}");
  }
  return info;
}

}  // namespace

bool PendingEntry::StartsInCommitTimestamps() const {
  return base != nullptr && IsTrue(metadata.configuration, kEnableInCommitTimestamps) &&
         !IsTrue(base->metadata().configuration, kEnableInCommitTimestamps);
}

std::vector<SetTransaction> PendingEntry::Transactions() const {
  std::vector<SetTransaction> all = marks;
  if (progress) all.push_back(*progress);
  return all;
}

WrittenEntry WriteEntry(const PendingEntry& pending, const EntryPlace& place) {
  WrittenEntry written{"", MetadataAt(pending, place), pending.domains};
  std::string lines;
  size_t count = 1;  // With commitInfo, which goes first.
  const auto put = [&](Action action) {
    lines += ActionToJson(action) + '\n';
    ++count;
  };
  std::string files;
  RowIds ids(place.row_id_high_water_mark, place.version);
  const bool gives_ids = AssignsRowIds(pending.protocol, written.metadata.configuration);
  for (const AddFile& add : pending.adds) {
    if (gives_ids) ids.Pass(add);
  }
  for (AddFile add : pending.adds) {
    if (gives_ids) ids.Give(add);
    files += ActionToJson(add) + '\n';
    ++count;
  }
  for (const CdcFile& file : pending.changes) {
    files += ActionToJson(file) + '\n';
    ++count;
  }
  if (auto mark = ids.Mark()) written.domains.push_back(*std::move(mark));
  if (pending.ProtocolChanged()) put(pending.protocol);
  if (pending.metadata_changed) put(written.metadata);
  for (SetTransaction& txn : pending.Transactions()) {
    txn.last_updated_millis = place.timestamp_millis;
    put(std::move(txn));
  }
  for (const DomainMetadata& domain : written.domains) put(domain);
  for (RemoveFile remove : pending.removes) {
    remove.deletion_timestamp_millis = place.timestamp_millis;
    put(std::move(remove));
  }
  CommitInfo info = InfoAt(pending, place);
  info.more[kActionCount] = std::to_string(count);
  written.text = ActionToJson(Action(std::move(info))) + '\n' + lines + files;
  return written;
}

std::optional<VersionChecksum> ChecksumAfter(const PendingEntry& pending, const EntryPlace& place,
                                             const WrittenEntry& written) {
  const LogSnapshot* base = pending.base.get();
  if (place.version != (base != nullptr ? base->version() + 1 : 0)) return std::nullopt;
  VersionChecksum checksum;
  std::map<std::string, DomainMetadata> domains;
  std::map<std::string, SetTransaction> transactions;
  ByFileKey<const AddFile*> added;
  for (const AddFile& add : pending.adds) {
    ++checksum.files;
    checksum.bytes += add.size;
    added.emplace(FileKey(add.path, add.deletion_vector_json), &add);
  }
  for (const RemoveFile& remove : pending.removes) {
    --checksum.files;
    checksum.bytes -= remove.size.value_or(0);
  }
  if (base != nullptr) {
    checksum.files += static_cast<int64_t>(base->files().size());
    checksum.bytes += base->file_bytes();
    // A file that is told anew is there once.
    for (const auto& [key, at] : base->files().Find(added)) {
      --checksum.files;
      checksum.bytes -= base->files().HeadAt(at).size;
    }
    domains = base->domains();
    transactions = base->transactions();
  }
  for (const DomainMetadata& domain : written.domains) {
    if (domain.removed) {
      domains.erase(domain.domain);
    } else {
      domains.insert_or_assign(domain.domain, domain);
    }
  }
  for (SetTransaction& txn : pending.Transactions()) {
    txn.last_updated_millis = place.timestamp_millis;
    transactions.insert_or_assign(txn.app_id, txn);
  }
  for (const auto& [name, domain] : domains) checksum.domains.push_back(domain);
  if (transactions.size() <= kMostTransactions) {
    checksum.transactions.emplace();
    for (const auto& [app, txn] : transactions) checksum.transactions->push_back(txn);
  }
  checksum.txn_id = pending.info.txn_id;
  if (IsTrue(written.metadata.configuration, kEnableInCommitTimestamps)) {
    checksum.in_commit_timestamp = place.timestamp_millis;
  }
  checksum.metadata = written.metadata;
  checksum.protocol = pending.protocol;
  return checksum;
}

}  // namespace weir::delta
