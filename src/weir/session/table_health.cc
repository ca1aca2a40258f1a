#include "weir/session/table_health.h"

#include <charconv>
#include <map>

#include "weir/base/error.h"
#include "weir/delta/deletion_vector.h"
#include "weir/delta/protocol.h"
#include "weir/session/binding.h"
#include "weir/session/flow_log.h"

namespace weir::session {
namespace {

constexpr size_t kNamedFiles = 3;

void ExamineFiles(const delta::Snapshot& snapshot, const io::Location& table, TableHealth& health) {
  size_t bad = 0;
  for (const delta::AddFile& file : snapshot.files()) {
    try {
      delta::DeletedRows(table, file);
    } catch (const Error& error) {
      if (++bad <= kNamedFiles) health.wrong.push_back(error.what());
    }
    const auto found = table.store->Find(snapshot.KeyOf(file));
    if (found && found->size == static_cast<uint64_t>(file.size)) continue;
    if (++bad > kNamedFiles) continue;
    health.wrong.push_back("the data file " + table.uri + "/" + file.path +
                           (found ? " has " + std::to_string(found->size) + " bytes instead of " +
                                        std::to_string(file.size)
                                  : " is gone"));
  }
  if (bad > kNamedFiles) {
    health.wrong.push_back("so are " + std::to_string(bad - kNamedFiles) +
                           " more of its data files");
  }
}

void ExamineFlows(const delta::Snapshot& snapshot, const io::Location& table, TableHealth& health) {
  for (const std::string& flow : FlowsOf(snapshot)) {
    try {
      const FlowLog log(table, flow, GenerationOf(snapshot));
      log.Through(log.Done(snapshot));
    } catch (const Error& error) {
      health.wrong.push_back("its flow " + flow + " can't go on: " + error.what());
    }
  }
}

}  // namespace

TableHealth ExamineTable(const Services& services, const std::string& principal,
                         const catalog::TableInfo& info) {
  services.catalog.RequireTable(principal, catalog::Privilege::kSelect, info.name);
  TableHealth health;
  try {
    const delta::Table table = OpenTable(services, info.location);
    const auto snapshot = LatestOf(table, info);
    health.version = snapshot->version();
    health.timestamp_millis = snapshot->timestamp_millis();
    health.files = snapshot->files().size();
    ExamineFiles(*snapshot, table.location(), health);
    ExamineFlows(*snapshot, table.location(), health);
    try {
      delta::CheckWritable(snapshot->protocol(), info.name.ToString());
    } catch (const Error& error) {
      health.warnings.emplace_back(error.what());
    }
  } catch (const Error& error) {
    health.wrong.emplace_back(error.what());
  }
  return health;
}

}  // namespace weir::session
