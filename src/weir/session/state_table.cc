#include "weir/session/state_table.h"

#include <charconv>
#include <set>
#include <utility>

#include "weir/base/error.h"
#include "weir/delta/deletion_vector.h"
#include "weir/delta/paths.h"
#include "weir/session/missing_files.h"
#include "weir/session/rearranging.h"

namespace weir::session {
namespace {

// Fewer small files than this are not worth packing.
constexpr size_t kPackedAtOnce = 16;
constexpr int64_t kSmallFile = 32 << 20;

// Which file it is, with what is gone of it.
std::pair<std::string, std::string> IdOf(const delta::AddFile& file) {
  return {delta::CanonicalPath(file.path), delta::DeletionVectorId(file.deletion_vector_json)};
}

std::set<std::pair<std::string, std::string>> IdsOf(const delta::Snapshot& snapshot) {
  std::set<std::pair<std::string, std::string>> ids;
  for (const delta::AddFile& file : snapshot.files()) ids.insert(IdOf(file));
  return ids;
}

}  // namespace

io::Location StateFolder(const io::Location& table, const std::string& folder) {
  return {table.store, table.prefix + folder,
          table.uri + (table.uri.ends_with('/') ? "" : "/") + folder.substr(0, folder.size() - 1)};
}

StateTable::StateTable(const Services& services, const io::Location& location, std::string app_id)
    : services_(services),
      app_id_(std::move(app_id)),
      table_(location, services.engine.checkpoint_format(), services.clock, &services.snapshots) {}

delta::Version StateTable::NamedBy(const delta::Snapshot& target) const {
  return FindNamedBy(target).value_or(0);
}

std::optional<delta::Version> StateTable::FindNamedBy(const delta::Snapshot& target) const {
  const auto at = target.transactions().find(app_id_);
  if (at == target.transactions().end()) return std::nullopt;
  return at->second.version;
}

std::shared_ptr<const delta::Snapshot> StateTable::Open(const delta::Snapshot& target,
                                                        const TableDeclaration& when_new) {
  const delta::Version named = NamedBy(target);
  // Of a batch that was never committed.
  if (named == 0) table_.location().store->DeleteAll(table_.location().prefix);
  if (named == 0) Create(when_new);
  auto now = table_.Latest();
  if (now->version() < named) throw Error(ErrorCode::kNotFound, "a version is missing");
  return now->version() > named ? GoBackTo(named, now) : now;
}

void StateTable::Create(const TableDeclaration& declaration) {
  TableChange change;
  change.metadata = MetadataOf(declaration, services_.clock);
  change.commit.operation = "CREATE STATE";
  CommitChange(services_, table_, change);
}

std::string StateTable::PropertyOf(const std::string& key) const {
  if (!table_.Exists()) return "";
  const auto now = table_.Latest();
  const auto at = now->metadata().configuration.find(key);
  return at == now->metadata().configuration.end() ? "" : at->second;
}

std::shared_ptr<const delta::Snapshot> StateTable::GoBackTo(
    delta::Version version, const std::shared_ptr<const delta::Snapshot>& now) {
  const auto wanted = table_.At(version);
  const auto then = IdsOf(*wanted);
  const auto today = IdsOf(*now);
  TableChange change;
  change.base = now;
  change.reads_table = true;
  for (const delta::AddFile& file : wanted->files()) {
    if (today.contains(IdOf(file))) continue;
    change.returned.push_back(file);
    change.returned.back().data_change = true;
  }
  for (const delta::AddFile& file : now->files()) {
    if (!then.contains(IdOf(file))) change.removed.push_back(file);
  }
  if (!FindMissing(table_.location(), change.returned).empty()) {
    throw Error(ErrorCode::kNotFound, "a file is missing");
  }
  if (change.returned.empty() && change.removed.empty()) return now;
  change.commit.operation = "GO BACK";
  CommitChange(services_, table_, change);
  return table_.Latest();
}

std::shared_ptr<const delta::Snapshot> StateTable::Packed(
    const std::string& statement_id, std::shared_ptr<const delta::Snapshot> now) {
  const FilePositions small =
      SmallFiles(*now, now->FilesFor(Predicate::True()), kSmallFile, kPackedAtOnce);
  if (small.empty()) return now;
  delta::CommitOptions commit;
  commit.operation = "OPTIMIZE";
  CommitChange(services_, table_,
               Rearranged(services_, statement_id, table_, now, small, {}, std::move(commit)));
  return table_.Latest();
}

void StateTable::Tidy(const delta::Snapshot& target) noexcept {
  try {
    if (!table_.Exists()) return table_.location().store->DeleteAll(table_.location().prefix);
    const auto now = table_.Latest();
    if (now->version() != NamedBy(target)) return;
    DeleteUnneeded(*now);
  } catch (const std::exception& error) {
    try {
      services_.log.Log(LogLevel::kWarning,
                        table_.location().uri + " was not tidied: " + error.what());
    } catch (const std::exception&) {
    }
  }
}

void StateTable::DeleteUnneeded(const delta::Snapshot& latest) {
  std::set<std::string> needed;
  for (const delta::AddFile& file : latest.files()) {
    needed.insert(delta::KeyOfPath(table_.location(), file.path));
    if (const auto vector = VectorKeyOf(table_.location(), file)) needed.insert(*vector);
  }
  const io::Location& folder = table_.location();
  for (const auto& object : folder.store->List(folder.prefix, "", io::ObjectStore::kNoLimit)) {
    if (object.key.starts_with(folder.prefix + "_delta_log/") || needed.contains(object.key)) {
      continue;
    }
    folder.store->Delete(object.key);
  }
}

namespace {

void DeleteGenerationsOf(const io::Location& table, const std::string& states, int64_t generation) {
  for (const std::string& folder : table.store->ListLevel(states).folders) {
    const std::string name = folder.substr(states.size(), folder.size() - states.size() - 1);
    int64_t number = 0;
    const auto [end, failure] = std::from_chars(name.data(), name.data() + name.size(), number);
    const bool whole = failure == std::errc() && end == name.data() + name.size();
    if (whole && number < generation) table.store->DeleteAll(folder);
  }
}

}  // namespace

void DeleteStatesBefore(const io::Location& table, int64_t generation) {
  for (const char* kind : {kCdcStates, kStreamStates}) {
    DeleteGenerationsOf(table, table.prefix + kind, generation);
  }
}

}  // namespace weir::session
