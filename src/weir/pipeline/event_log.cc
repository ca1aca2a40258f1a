#include "weir/pipeline/event_log.h"

#include <algorithm>

#include "weir/base/error.h"
#include "weir/base/uuid.h"
#include "weir/pipeline/event_details.h"

namespace weir::pipeline {

using session::Dataset;
using session::Flow;
using session::PipelineEvent;

namespace {

bool DidNothing(const UpdateReport& report) {
  return std::all_of(report.flows.begin(), report.flows.end(), [](const FlowEvent& event) {
    return event.status == FlowStatus::kCompleted && event.outcome.batches == 0;
  });
}

PipelineEvent::Level LevelOf(const FlowEvent& event) {
  if (event.status == FlowStatus::kFailed) return PipelineEvent::Level::kError;
  if (event.status == FlowStatus::kSkipped || event.status == FlowStatus::kStopped) {
    return PipelineEvent::Level::kWarn;
  }
  return PipelineEvent::Level::kInfo;
}

PipelineEvent ProgressEvent(const FlowEvent& event) {
  PipelineEvent row;
  row.event_type = "flow_progress";
  row.message = "flow " + event.flow + ": " + std::string(FlowStatusName(event.status));
  if (!event.message.empty()) row.message += ": " + event.message;
  row.details = FlowProgressDetails(event);
  row.level = LevelOf(event);
  row.dataset = event.dataset;
  row.flow = event.flow;
  if (event.error_code) {
    const std::string code(ErrorCodeName(*event.error_code));
    row.error = {false, event.condition.empty() ? code : event.condition, event.message};
  }
  return row;
}

PipelineEvent Plain(const std::string& type, const std::string& message, std::string details) {
  PipelineEvent row;
  row.event_type = type;
  row.message = message;
  row.details = std::move(details);
  return row;
}

}  // namespace

EventLog::EventLog(const CheckedProject& checked, const Selection& selection,
                   const SessionFactory& sessions, const Clock& clock, EventLogOptions options)
    : checked_(checked),
      scope_(checked.project->Scope()),
      clock_(clock),
      options_(std::move(options)),
      session_(sessions()) {
  Add(Plain("create_update", "update " + options_.update_id + " was asked for",
            CreateUpdateDetails(selection)));
  Add(Plain("update_progress", "the update runs", UpdateProgressDetails("RUNNING")));
  AddDefinitions();
  thread_ = std::jthread([this](const auto& stop) { Run(stop); });
}

EventLog::~EventLog() = default;

void EventLog::Take(const FlowEvent& event) {
  const std::lock_guard lock(mutex_);
  if (event.status == FlowStatus::kQueued) queued_.insert({event.dataset, event.flow});
  Add(ProgressEvent(event));
  if (event.status == FlowStatus::kCompleted) AddPlanning(event);
}

std::optional<std::string> EventLog::Finish(const UpdateReport& report) {
  thread_.request_stop();
  thread_.join();
  {
    const std::lock_guard lock(mutex_);
    if (DidNothing(report) && next_flush_ == 0) {
      if (!options_.tells_of_nothing) return std::nullopt;
      std::erase_if(pending_, [](const PipelineEvent& event) {
        return event.event_type != "create_update" && event.event_type != "update_progress";
      });
    } else {
      for (const Dataset* dataset : checked_.graph->order()) {
        for (const Flow& flow : dataset->flows) {
          const std::string name = dataset->name.ToString();
          if (queued_.count({name, flow.name}) ||
              dataset->kind == session::DatasetKind::kTemporaryView) {
            continue;
          }
          PipelineEvent event =
              Plain("flow_progress", "flow " + flow.name + ": EXCLUDED", StatusDetails("EXCLUDED"));
          event.dataset = name;
          event.flow = flow.name;
          Add(std::move(event));
        }
      }
    }
    const bool stopped = report.Count(FlowStatus::kStopped) > 0;
    const std::string state = report.Succeeded() ? "COMPLETED" : stopped ? "CANCELED" : "FAILED";
    PipelineEvent end =
        Plain("update_progress", "the update is " + state, UpdateProgressDetails(state));
    if (!report.Succeeded()) end.level = PipelineEvent::Level::kError;
    Add(std::move(end));
  }
  Write();
  const std::lock_guard lock(mutex_);
  if (flushes_.empty()) return std::nullopt;
  return problem_;
}

void EventLog::Add(PipelineEvent event) {
  event.id = NewUuid();
  event.sequence = ++sequence_;
  event.timestamp = clock_.Now();
  pending_.push_back(std::move(event));
}

void EventLog::AddDefinitions() {
  for (const Dataset* dataset : checked_.graph->order()) {
    const auto schema = checked_.schemas.find(dataset->name);
    if (schema == checked_.schemas.end()) continue;
    const std::string name = dataset->name.ToString();
    PipelineEvent event = Plain("dataset_definition", "dataset " + name + " is defined",
                                DatasetDefinitionDetails(*dataset, schema->second));
    event.dataset = name;
    Add(std::move(event));
    for (const Flow& flow : dataset->flows) {
      PipelineEvent defined = Plain("flow_definition", "flow " + flow.name + " is defined",
                                    FlowDefinitionDetails(scope_, *dataset, flow, schema->second));
      defined.dataset = name;
      defined.flow = flow.name;
      Add(std::move(defined));
    }
  }
}

void EventLog::AddPlanning(const FlowEvent& event) {
  const auto dataset =
      std::find_if(checked_.graph->order().begin(), checked_.graph->order().end(),
                   [&](const Dataset* other) { return other->name.ToString() == event.dataset; });
  if (dataset == checked_.graph->order().end() ||
      (*dataset)->kind != session::DatasetKind::kMaterializedView) {
    return;
  }
  std::string message = "flow " + event.flow + ": " + event.outcome.how;
  if (!event.outcome.why.empty()) message += ", because " + event.outcome.why;
  PipelineEvent row = Plain("planning_information", message, PlanningDetails(event.outcome));
  row.dataset = event.dataset;
  row.flow = event.flow;
  Add(std::move(row));
}

void EventLog::Run(const std::stop_token& stop) {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      stopping_.wait_for(lock, stop, options_.interval, [&] { return stop.stop_requested(); });
    }
    if (stop.stop_requested()) return;
    Write();
  }
}

// The task runner's boundary: what goes wrong here is told at the end.
void EventLog::Write() {
  std::unique_lock lock(mutex_);
  if (!pending_.empty()) flushes_.push_back({next_flush_++, std::exchange(pending_, {})});
  while (!flushes_.empty() && !is_over_) {
    const Flush& flush = flushes_.front();  // Only this function takes it away.
    lock.unlock();
    std::string problem;
    bool again = false;
    try {
      session_->AppendEvents(scope_, options_.update_id, flush.number, flush.events);
    } catch (const Error& error) {
      problem = error.what();
      again = MayHelpToRetry(error);
    } catch (const std::exception& error) {
      problem = error.what();
    }
    lock.lock();
    if (problem.empty()) {
      flushes_.pop_front();
      continue;
    }
    problem_ = problem;
    is_over_ = !again;
    return;
  }
}

}  // namespace weir::pipeline
