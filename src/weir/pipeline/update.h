#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "weir/pipeline/check.h"
#include "weir/session/session.h"

namespace weir::pipeline {

// Which datasets an update brings up to date. Empty: all of them.
struct Selection {
  std::set<std::string> refresh;       // Names as the user wrote them.
  std::set<std::string> full_refresh;  // Emptied first, every flow started anew.
  bool full_refresh_all = false;
  bool StartsAnew(const catalog::QualifiedName& table) const;
};

// What an update of that selection looks at, in the order of the graph. Throws Error{kInvalid} for
// a name that no table of the project has.
std::vector<const session::Dataset*> ChosenBy(const Selection& selection,
                                              const CheckedProject& checked);

// Whether a name that a user wrote, with or without catalog and schema, means this table.
bool Names(const std::string& written, const catalog::QualifiedName& table);

enum class FlowStatus { kQueued, kRunning, kCompleted, kFailed, kSkipped, kStopped };
std::string_view FlowStatusName(FlowStatus status);  // "RUNNING", as in the event log.

// Something that happened to a flow, for whoever watches.
struct FlowEvent {
  std::string dataset;
  std::string flow;
  FlowStatus status = FlowStatus::kRunning;
  session::FlowOutcome outcome;         // kCompleted.
  std::string message;                  // kFailed, kSkipped, kStopped: why.
  std::optional<ErrorCode> error_code;  // kFailed.
  double seconds = 0;
  std::string condition = {};  // kFailed: Spark's; "" where there is none.
};

// One line of `--output json`.
std::string ToJson(const FlowEvent& event);

struct UpdateReport {
  std::string id;
  std::vector<FlowEvent> flows;  // As they ended.
  double seconds = 0;
  bool Succeeded() const;  // Every flow was completed.
  int64_t Count(FlowStatus status) const;
  std::string ToJson() const;
};

// A flow that runs at this moment.
struct RunningFlow {
  std::string dataset;
  std::string flow;
  double seconds = 0;
  std::optional<engine::Progress> progress;  // Of the batch it computes, as far as is known.
};

struct UpdateOptions {
  std::string id;  // "": a new one.
  Selection selection;
  size_t parallel = 0;  // Datasets at a time; 0: one a core.
  // How often a flow that met a conflict or a store that did not answer is tried again, and how
  // long after the first time; doubled for each further one, and up to half of it at random.
  int retries = 2;
  std::chrono::milliseconds retry_pause{100};
  // Ends the update early: flows that run are cancelled, which leaves what they committed, and
  // those that wait are not begun.
  std::stop_token stop = {};
  // Called for every event, by one thread at a time: kQueued for each chosen flow at first, in the
  // order of the graph; then kRunning and how it ended, or kSkipped or kStopped. May be empty.
  std::function<void(const FlowEvent&)> observe;
  // Called every so often while the update runs, never beside `observe`. May be empty.
  std::function<void(const std::vector<RunningFlow>&)> observe_running;
  std::chrono::milliseconds running_interval{100};
};

// Makes a session for one of the update's threads.
using SessionFactory = std::function<std::unique_ptr<session::Session>()>;

// Runs a checked project once: every selected dataset after those it reads, independent ones side
// by side. A flow that fails stops only what reads from it. Throws only for what concerns the whole
// update (an unknown name in the selection).
UpdateReport RunUpdate(const CheckedProject& checked, const SessionFactory& sessions,
                       const UpdateOptions& options);

// Where reports are kept. Throws Error naming the spec when it can't be.
io::Location StorageOf(io::Stores& stores, const Spec& spec);
// Keeps the report as updates/<id>.json in the spec's storage.
void StoreReport(io::Stores& stores, const Spec& spec, const UpdateReport& report);

}  // namespace weir::pipeline
