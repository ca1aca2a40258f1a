#include <algorithm>

#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/pipeline/update.h"

// What is told and kept of an update.
namespace weir::pipeline {

std::string_view FlowStatusName(FlowStatus status) {
  switch (status) {
    case FlowStatus::kQueued:
      return "QUEUED";
    case FlowStatus::kRunning:
      return "RUNNING";
    case FlowStatus::kCompleted:
      return "COMPLETED";
    case FlowStatus::kFailed:
      return "FAILED";
    case FlowStatus::kSkipped:
      return "SKIPPED";
    case FlowStatus::kStopped:
      return "STOPPED";
  }
  return "";
}

int64_t UpdateReport::Count(FlowStatus status) const {
  return std::count_if(flows.begin(), flows.end(),
                       [&](const FlowEvent& event) { return event.status == status; });
}

bool UpdateReport::Succeeded() const {
  return Count(FlowStatus::kCompleted) == static_cast<int64_t>(flows.size());
}

std::string UpdateReport::ToJson() const {
  Json list = Json::array();
  for (const FlowEvent& event : flows) list.push_back(Json::parse(pipeline::ToJson(event)));
  return Json{{"update_id", id},
              {"state", Succeeded()                   ? "COMPLETED"
                        : Count(FlowStatus::kStopped) ? "CANCELED"
                                                      : "FAILED"},
              {"seconds", seconds},
              {"flows", std::move(list)}}
      .dump();
}

std::string ToJson(const FlowEvent& event) {
  Json json{{"dataset", event.dataset},
            {"flow", event.flow},
            {"status", FlowStatusName(event.status)},
            {"seconds", event.seconds}};
  if (!event.message.empty()) json["message"] = event.message;
  if (event.error_code) json["error_code"] = ErrorCodeName(*event.error_code);
  if (!event.condition.empty()) json["condition"] = event.condition;
  const session::FlowOutcome& outcome = event.outcome;
  if (!outcome.column_changes.empty()) json["column_changes"] = outcome.column_changes;
  if (event.status != FlowStatus::kCompleted && outcome.batches == 0) return json.dump();
  json["how"] = outcome.how;
  if (!outcome.why.empty()) json["why"] = outcome.why;
  json["batches"] = outcome.batches;
  json["files_read"] = outcome.files_read;
  json["num_output_rows"] = outcome.statistics.rows;
  json["table_version"] = outcome.table_version;
  json["rejected_records"] = outcome.statistics.reject_count;
  json["rescued_rows"] = outcome.statistics.rescued_rows;
  json["lossy_rows"] = outcome.statistics.lossy_rows;
  json["dropped_records"] = outcome.statistics.dropped_rows;
  Json expectations = Json::array();
  for (const auto& count : outcome.statistics.expectations) {
    expectations.push_back(
        {{"name", count.name}, {"passed_records", count.passed}, {"failed_records", count.failed}});
  }
  json["expectations"] = std::move(expectations);
  Json rejects = Json::array();
  for (const auto& reject : outcome.statistics.rejects) {
    rejects.push_back({{"file", reject.file},
                       {"line", reject.line},
                       {"reason", reject.reason},
                       {"kept", reject.kept}});
  }
  json["rejects"] = std::move(rejects);
  return json.dump();
}

io::Location StorageOf(io::Stores& stores, const Spec& spec) {
  try {
    return stores.Resolve(spec.storage, spec.folder);
  } catch (const Error& error) {
    throw error.WithContext("`storage` in " + spec.file);
  }
}

void StoreReport(io::Stores& stores, const Spec& spec, const UpdateReport& report) {
  const io::Location storage = StorageOf(stores, spec);
  try {
    storage.store->Put(storage.prefix + "updates/" + report.id + ".json", report.ToJson());
  } catch (const Error& error) {
    throw error.WithContext(
        "the update ended and its tables are as told, but its report was not "
        "kept in the `storage` of " +
        spec.file);
  }
}

}  // namespace weir::pipeline
