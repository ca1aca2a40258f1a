// Tables, and folders of tables that no row of the catalog names.
#include <fmt/format.h>

#include "weir/app/commands.h"
#include "weir/app/doctor/home_checks.h"
#include "weir/app/doctor/home_state.h"
#include "weir/base/error.h"
#include "weir/session/orphan_folders.h"
#include "weir/session/standalone_dataset.h"
#include "weir/session/table_health.h"

namespace weir::app {
namespace {

constexpr const char* kTables = "tables";
constexpr const char* kOrphans = "orphan folders";

std::string Joined(const std::vector<std::string>& texts) {
  return fmt::format("{}", fmt::join(texts, "; "));
}

// Adds what is wrong with it.
void Judge(const catalog::TableInfo& info, const session::TableHealth& health, Instant now,
           Findings& findings) {
  constexpr int64_t kSlackMillis = 60'000;
  const std::string name = info.name.ToString();
  if (!health.wrong.empty()) {
    const std::string again =
        "put the files back from a copy, or " +
        (info.pipeline_id.empty()      ? "DROP TABLE " + name
         : session::IsStandalone(info) ? "REFRESH TABLE " + name + " FULL"
                                       : "run its pipeline with --full-refresh " + name);
    findings.push_back({kTables, Verdict::kWrong, name + ": " + Joined(health.wrong), again});
  }
  if (!health.warnings.empty()) {
    findings.push_back(
        {kTables, Verdict::kWarning, name + ": " + Joined(health.warnings), "it can be read only"});
  }
  if (health.timestamp_millis > now.millis() + kSlackMillis) {
    findings.push_back({kTables, Verdict::kWarning,
                        name + ": its last version is of " +
                            FormatIso({health.timestamp_millis * 1000}) + ", which is to come",
                        "set the clock of whoever writes it; time travel goes by it"});
  }
}

}  // namespace

Findings HomeState::CheckTables() const {
  if (!catalog_) return {};
  Findings findings;
  size_t tables = 0;
  size_t files = 0;
  size_t denied = 0;
  const auto examine = [&](const catalog::TableInfo& info) {
    if (info.location.empty()) return;  // A view.
    try {
      const auto health = session::ExamineTable(services(), principal_, info);
      ++tables;
      files += health.files;
      Judge(info, health, clock_.Now(), findings);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kDenied) throw;
      ++denied;
    }
  };
  try {
    for (const auto& one : catalog_->ListCatalogs(principal_)) {
      for (const auto& schema : catalog_->ListSchemas(principal_, one.name)) {
        for (const auto& info : catalog_->ListTables(principal_, schema.name)) examine(info);
        for (const auto& info : catalog_->ListPrivateTables(principal_, schema.name)) {
          examine(info);
        }
      }
    }
  } catch (const Error& error) {
    findings.push_back({kTables, Verdict::kWrong, error.what(), ""});
  }
  std::string text = fmt::format("{} examined, {} data files", tables, files);
  if (denied > 0) text += fmt::format("; {} more are not yours to read", denied);
  findings.push_back({kTables, Verdict::kOk, text, ""});
  return findings;
}

Findings HomeState::CheckOrphans() const {
  if (!catalog_) return {};
  const std::string root = stores_.Resolve(home_ + "/data", "").uri;
  Findings findings;
  try {
    for (const session::OrphanFolder& orphan : session::FindOrphans(services(), root, grace_)) {
      const std::string text =
          fmt::format("{} ({}) belongs to no table or volume", orphan.uri, SizeText(orphan.bytes));
      if (!orphan.kept.empty() || !LockHolders().empty()) {
        findings.push_back({kOrphans, Verdict::kOk,
                            text + "; left alone: " +
                                (orphan.kept.empty() ? "a pipeline is being updated" : orphan.kept),
                            ""});
        continue;
      }
      findings.push_back(
          {kOrphans, Verdict::kWarning, text, "it only takes space; weir doctor --fix removes it",
           [this, orphan, root] {
             LocalApp app(global_);
             session::RemoveOrphan({app.app.catalog(), *engine_, snapshots_, app.stores,
                                    connectors_, app.clock, app.log, flows_, view_changes_},
                                   principal_, root, orphan, grace_);
             return "removed " + orphan.uri + " (" + SizeText(orphan.bytes) + ")";
           }});
    }
  } catch (const Error& error) {
    findings.push_back({kOrphans, Verdict::kWrong, error.what(), "see the check of the folder"});
  }
  if (findings.empty()) findings.push_back({kOrphans, Verdict::kOk, "none", ""});
  return findings;
}

}  // namespace weir::app
