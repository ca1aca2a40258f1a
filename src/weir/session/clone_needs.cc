#include "weir/session/clone_needs.h"

#include <algorithm>

#include "weir/base/error.h"
#include "weir/delta/properties.h"
#include "weir/session/binding.h"
#include "weir/session/table_write.h"

namespace weir::session {
namespace {

constexpr size_t kListedAtOnce = 10'000;

// All that is there and that no clone needs.
void Sweep(const io::Location& folder, CloneNeeds& needs) {
  for (std::string after;;) {
    const auto page = folder.store->List(folder.prefix, after, kListedAtOnce);
    std::vector<delta::UnneededFile> files;
    for (const io::ObjectInfo& object : page) files.push_back({object.key, 0});
    needs.Keep(files);
    for (const delta::UnneededFile& file : files) folder.store->Delete(file.key);
    if (page.size() < kListedAtOnce) return;
    after = page.back().key;
  }
}

}  // namespace

Instant NotAfterRunning(const catalog::Catalog& catalog, const std::string& own, Instant cutoff) {
  for (const catalog::OpenStatement& statement : catalog.OpenStatements()) {
    if (statement.is_abandoned || statement.record.id == own) continue;
    cutoff = std::min(cutoff, statement.begun);
  }
  return cutoff;
}

CloneNeeds::CloneNeeds(const Services& services, std::string principal, io::Location folder,
                       Instant cutoff, Instant now)
    : services_(services),
      principal_(std::move(principal)),
      folder_(std::move(folder)),
      cutoff_(cutoff),
      now_(now) {}

void CloneNeeds::Keep(std::vector<delta::UnneededFile>& files) {
  if (files.empty()) return;
  for (const catalog::TableInfo& clone : services_.catalog.BorrowersOf(folder_.uri)) {
    if (clone.location == folder_.uri) continue;  // It knows its own.
    try {
      Look(clone);
    } catch (const Error& error) {
      const bool may_see = services_.catalog.Allows(principal_, catalog::Privilege::kSelect,
                                                    SecurableOf(clone.name));
      throw Error(error.code(),
                  may_see ? "files of " + folder_.uri + " may be those of its shallow clone " +
                                clone.name.ToString() + ", which can't be read (" + error.what() +
                                "); mend that table, or drop it"
                          : "files of " + folder_.uri +
                                " may be those of a shallow clone of it, which can't be read; ask "
                                "an admin to mend it, or to drop it",
                  error.detail())
          .WithCondition(error.condition());
    }
  }
  std::erase_if(files, [&](const delta::UnneededFile& file) {
    return std::any_of(known_.begin(), known_.end(),
                       [&](const auto& known) { return known.second.keys.contains(file.key); });
  });
}

void CloneNeeds::Look(const catalog::TableInfo& clone) {
  Known& known = known_[clone.id];
  const delta::Table table = OpenTable(services_, clone.location);
  auto latest = table.Refresh(known.latest);
  if (latest == known.latest) return;
  const int64_t kept =
      delta::PropertiesOf(latest->metadata().configuration).deleted_file_retention_millis;
  const Instant cutoff = std::min(cutoff_, Instant{now_.micros - kept * 1000});
  // What it needed a moment ago may be read still.
  known.keys.merge(delta::KeysNeeded(table, *latest, folder_.prefix, cutoff, now_));
  known.latest = std::move(latest);
}

void LetGoOfFolder(const Services& services, const std::string& principal,
                   const std::string& statement_id, const std::string& uri) {
  const io::Location folder = services.stores.Resolve(uri, "");
  if (services.catalog.BorrowersOf(uri).empty()) return DeleteFolder(folder);
  try {
    const Instant now = services.clock.Now();
    CloneNeeds needs(services, principal, folder,
                     NotAfterRunning(services.catalog, statement_id, now), now);
    Sweep(folder, needs);
  } catch (const Error& error) {
    services.log.Log(LogLevel::kWarning,
                     "what is left of " + uri + " stays for its shallow clones: " + error.what());
  }
}

void LetGoOfLoans(const Services& services, const std::string& principal,
                  const std::string& statement_id, const std::vector<catalog::Loan>& loans) {
  for (const catalog::Loan& loan : loans) {
    if (services.catalog.IsLeftBehind(loan.folder)) {
      LetGoOfFolder(services, principal, statement_id, loan.folder);
    }
  }
}

}  // namespace weir::session
