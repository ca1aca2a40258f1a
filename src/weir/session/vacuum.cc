#include <atomic>
#include <cmath>

#include "weir/base/error.h"
#include "weir/delta/paths.h"
#include "weir/delta/properties.h"
#include "weir/delta/protocol.h"
#include "weir/delta/unneeded_files.h"
#include "weir/io/cancel_scope.h"
#include "weir/io/parallel.h"
#include "weir/session/clone_needs.h"
#include "weir/session/delta_settings.h"
#include "weir/session/rows.h"
#include "weir/session/statement.h"
#include "weir/session/table_write.h"

// VACUUM.
namespace weir::session {
namespace {

constexpr int64_t kHourMillis = 3'600'000;
// About 114,000 years; their microseconds are a number.
constexpr double kMostHours = 1e9;
constexpr size_t kDeletersAtMost = 8;
// So few that they are gone soon after the log was looked at.
constexpr size_t kDeletedPerLook = 250;

// What RETAIN says; nothing where it is left out.
std::optional<int64_t> AskedMillis(const sql::Vacuum& statement) {
  if (!statement.retain_hours) return std::nullopt;
  if (*statement.retain_hours > kMostHours) {
    throw DiagnosticError({{"INVALID_PARAMETER_VALUE", "22023", statement.retain_span,
                            "the retention of VACUUM can't be more than 1000000000 hours",
                            "leave RETAIN out, or name the hours that versions are kept for"}});
  }
  return std::llround(*statement.retain_hours) * kHourMillis;
}

// The guard of Delta: what is in use by somebody is not told by the log.
void CheckRetention(std::optional<int64_t> asked_millis, int64_t kept_millis, bool guarded,
                    const Span& span) {
  if (asked_millis && *asked_millis < 0) {
    throw DiagnosticError({{"INVALID_PARAMETER_VALUE", "22023", span,
                            "the retention of VACUUM can't be less than 0 hours",
                            "leave RETAIN out, or name the hours that versions are kept for"}});
  }
  if (!guarded || !asked_millis || *asked_millis >= kept_millis) return;
  const int64_t hours = (kept_millis + kHourMillis - 1) / kHourMillis;
  throw DiagnosticError(
      {{"DELTA_VACUUM_RETENTION_PERIOD_TOO_SHORT", "22023", span,
        "Are you sure you would like to vacuum files with such a low retention period? Readers of "
        "older versions and programs that are writing to this table now may need files that would "
        "be deleted.",
        "use at least " + std::to_string(hours) + " hours; where nobody else uses the table, SET " +
            kRetentionCheck + " = false turns this check off"}});
}

// Deletes files that `known` did not need, but for those that came back since, or that a clone
// needs by now; how many is counted in `deleted`. Throws what kept one from being deleted, once all
// that were begun have ended.
void DeleteUnneeded(const delta::Table& table, std::shared_ptr<const delta::Snapshot> known,
                    Instant cutoff, CloneNeeds& needs, std::vector<delta::UnneededFile> files,
                    std::atomic<size_t>& deleted) {
  while (!files.empty()) {
    if (auto now = table.Refresh(known); now != known) {
      known = std::move(now);
      delta::DropNeeded(table, *known, cutoff, files);
    }
    needs.Keep(files);
    const size_t count = std::min(files.size(), kDeletedPerLook);
    const size_t first = files.size() - count;
    io::InParallel(count, kDeletersAtMost, [&](size_t at) {
      io::CancelScope::ThrowIfCancelled();
      table.location().store->Delete(files[first + at].key);
      ++deleted;
    });
    files.resize(first);
  }
}

std::string QuotedNumber(int64_t number) { return "\"" + std::to_string(number) + "\""; }

}  // namespace

std::string Preparer::MaintainedLocation(const sql::Name& target, const std::string& statement) {
  RequireReadable(target);
  if (IsPathName(target) || state_.FindView(target) != nullptr)
    return WritableLocation(target, statement);
  const auto name = Qualify(target, options_.catalog, options_.schema);
  const auto info = services_.catalog.FindTable(name);
  const bool is_table = info && info->kind != catalog::TableKind::kView;
  if (!is_table) return WritableLocation(target, statement);  // Says what is wrong.
  services_.catalog.RequireTable(principal(), catalog::Privilege::kModify, name);
  return info->location;
}

void Preparer::operator()(const sql::Vacuum& statement) {
  const std::string location = MaintainedLocation(statement.target, "VACUUM");
  prepared_.target = OpenTable(services_, location).Latest();
  CheckRetention(
      AskedMillis(statement),
      delta::PropertiesOf(prepared_.target->metadata().configuration).deleted_file_retention_millis,
      IsDeltaFlagOn(state_, kRetentionCheck), statement.retain_span);
  prepared_.access.writes.push_back(NameForRecord(statement.target, location));
}

delta::Version Executor::CommitNote(const catalog::TableInfo& info, const delta::Table& table,
                                    delta::CommitOptions commit) {
  TableChange change;
  change.base = table.Latest();
  change.commit = std::move(commit);
  return versions_[info.name.ToString()] = CommitChange(services_, table, change).version;
}

std::unique_ptr<Result> Executor::operator()(const sql::Vacuum& statement) {
  const auto info = GetTable(statement.target);
  const delta::Table table = OpenTable(services_, info.location);
  const auto latest = LatestOf(table, info);
  const delta::Metadata& metadata = latest->metadata();
  // Whoever does not know all that a table needs does not know its files.
  delta::CheckWritable(latest->protocol(), info.location);
  const int64_t kept = delta::PropertiesOf(metadata.configuration).deleted_file_retention_millis;
  const int64_t retained = AskedMillis(statement).value_or(kept);
  const Instant now = services_.clock.Now();
  // Statements that have looked at the table and are not among the open ones yet look again.
  if (!statement.dry_run) services_.catalog.OutdatePrepared();
  const Instant cutoff = NotAfterRunning(services_.catalog, id_, {now.micros - retained * 1000});
  delta::UnneededFiles found = statement.lite ? delta::FindRemoved(table, *latest, cutoff, now)
                                              : delta::FindUnneeded(table, *latest, cutoff, now);
  CloneNeeds needs(services_, options_.principal, table.location(), cutoff, now);
  const size_t unneeded = found.files.size();
  needs.Keep(found.files);
  if (found.files.size() < unneeded) {
    delta::CountBytes(found);
    found.through.reset();  // LITE has to look at them again.
  }
  const Schema columns = TextColumns({"path"});
  if (statement.dry_run) {
    std::vector<std::vector<Value>> rows;
    for (const delta::UnneededFile& file : found.files) {
      rows.push_back({Text(table.location().uri + "/" +
                           delta::EncodePath(file.key.substr(table.location().prefix.size())))});
    }
    return RowsResult(id_, columns, rows);
  }
  const bool logs = IsDeltaFlagOn(state_, kVacuumLogging);
  if (logs) {
    auto start = CommitOptions("VACUUM START");
    start.parameters["retentionCheckEnabled"] =
        IsDeltaFlagOn(state_, kRetentionCheck) ? "\"true\"" : "\"false\"";
    start.parameters["defaultRetentionMillis"] = QuotedNumber(kept);
    if (statement.retain_hours)
      start.parameters["specifiedRetentionMillis"] = QuotedNumber(retained);
    start.metrics = {{"numFilesToDelete", std::to_string(found.files.size())},
                     {"sizeOfDataToDelete", std::to_string(found.bytes)}};
    CommitNote(info, table, std::move(start));
  }
  std::atomic<size_t> deleted{0};
  auto end = CommitOptions("VACUUM END");
  try {
    const io::CancelScope scope([stop = stop_] { return stop.stop_requested(); });
    DeleteUnneeded(table, latest, cutoff, needs, found.files, deleted);
    delta::NoteVacuum(table, found);
  } catch (const Error& error) {
    end.parameters["status"] = "\"FAILED\"";
    try {
      if (logs) CommitNote(info, table, std::move(end));
    } catch (const Error& also) {
      services_.log.Log(LogLevel::kWarning, "that VACUUM of " + info.location +
                                                " failed is not in its log: " + also.what());
    }
    throw error.WithContext(
        "VACUUM of " + info.location + " deleted " + std::to_string(deleted.load()) + " of " +
        std::to_string(found.files.size()) + " files; run it again once the cause is gone");
  }
  LetGoOfLoans(services_, options_.principal, id_, services_.catalog.LoansOf(info.id));
  end.parameters["status"] = "\"COMPLETED\"";
  end.metrics = {{"numDeletedFiles", std::to_string(deleted.load())},
                 {"numVacuumedDirectories", std::to_string(found.folders)}};
  if (logs) CommitNote(info, table, std::move(end));
  return RowsResult(id_, columns, {{Text(info.location)}});
}

}  // namespace weir::session
