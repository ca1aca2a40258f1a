#include "weir/session/statement_end.h"

namespace weir::session {

void EndStatement(const Services& services, const std::string& id, const std::string& outcome,
                  const std::map<std::string, int64_t>& versions) {
  std::string line = "statement " + id + " " + outcome;
  for (const auto& [table, version] : versions) {
    line += "; " + table + " is at version " + std::to_string(version);
  }
  services.log.Log(outcome == "SUCCEEDED" ? LogLevel::kInfo : LogLevel::kWarning, line);
  services.catalog.FinishStatement(id, outcome, versions);
}

}  // namespace weir::session
