#include "weir/session/orphan_folders.h"

#include <algorithm>

#include "weir/base/error.h"
#include "weir/base/uuid.h"
#include "weir/session/refusal.h"
#include "weir/session/statement_end.h"
#include "weir/session/table_write.h"

namespace weir::session {
namespace {

constexpr const char* kStatement = "weir doctor --fix";

std::string WhyKept(const Services& services, const OrphanFolder& orphan, Instant grace) {
  const Instant now = services.clock.Now();
  if (now.micros - orphan.changed.micros < grace.micros) {
    return "changed at " + FormatIso(orphan.changed) +
           ", so somebody may be making something there";
  }
  for (const catalog::OpenStatement& statement : services.catalog.OpenStatements()) {
    if (statement.is_abandoned || statement.begun > orphan.changed) continue;
    return "the statement " + statement.record.id + " of process " +
           std::to_string(statement.process) + " was running then and runs still";
  }
  return "";
}

OrphanFolder Examine(const Services& services, const io::Location& folder, Instant grace) {
  OrphanFolder orphan;
  orphan.uri = folder.uri;
  orphan.changed = services.clock.Now();
  bool first = true;
  for (const io::ObjectInfo& object :
       folder.store->List(folder.prefix, "", io::ObjectStore::kNoLimit)) {
    orphan.changed = first ? object.modified : std::max(orphan.changed, object.modified);
    first = false;
    ++orphan.objects;
    orphan.bytes += object.size;
  }
  orphan.kept = WhyKept(services, orphan, grace);
  return orphan;
}

}  // namespace

std::vector<OrphanFolder> FindOrphans(const Services& services, const std::string& managed_root,
                                      Instant grace) {
  const io::Location root = services.stores.Resolve(managed_root, "");
  std::vector<OrphanFolder> orphans;
  for (const std::string& key : root.store->ListLevel(root.prefix).folders) {
    const std::string name = key.substr(root.prefix.size(), key.size() - root.prefix.size() - 1);
    const io::Location folder = services.stores.Resolve(root.uri + "/" + name, "");
    // A link that leads out of managed storage is not ours to judge.
    if (!folder.uri.starts_with(root.uri + "/")) continue;
    if (services.catalog.IsTaken(folder.uri)) continue;
    orphans.push_back(Examine(services, folder, grace));
  }
  return orphans;
}

void RemoveOrphan(const Services& services, const std::string& principal,
                  const std::string& managed_root, const OrphanFolder& orphan, Instant grace) {
  RecordingRefusals(services, principal, kStatement, [&] {
    services.catalog.RequireManage(principal, {catalog::SecurableKind::kMetastore, "", "", ""});
  });
  const catalog::StatementRecord record{NewUuid(), principal,    kStatement,
                                        {},        {orphan.uri}, "ALLOWED"};
  services.catalog.BeginStatement(record);
  try {
    const io::Location root = services.stores.Resolve(managed_root, "");
    const io::Location folder = services.stores.Resolve(orphan.uri, "");
    const OrphanFolder now = Examine(services, folder, grace);
    if (!folder.uri.starts_with(root.uri + "/") || services.catalog.IsTaken(folder.uri) ||
        !now.kept.empty()) {
      throw Error(ErrorCode::kConflict, orphan.uri + " is in use by now; it was left as it is");
    }
    DeleteFolder(folder);
  } catch (const Error& error) {
    EndStatement(services, record.id, "FAILED: " + std::string(ErrorCodeName(error.code())), {});
    throw;
  }
  EndStatement(services, record.id, "SUCCEEDED", {});
}

}  // namespace weir::session
