#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "weir/pipeline/check.h"
#include "weir/pipeline/update.h"

namespace weir::pipeline {

struct EventLogOptions {
  std::string update_id;
  std::chrono::milliseconds interval{1000};  // From flush to flush while the update runs.
  bool tells_of_nothing = true;  // Whether an update in which nothing happened leaves events.
};

// Writes what happens in one update into the pipeline's event log, by a thread of its own: every so
// often, and what is left at the end. An update in which nothing happened leaves its begin and its
// end only, or nothing. That the log can't be written never stops the update. Take may be called
// from any thread; the others by the one that made it.
class EventLog {
 public:
  // `checked`, `sessions` and `clock` outlive it.
  EventLog(const CheckedProject& checked, const Selection& selection,
           const SessionFactory& sessions, const Clock& clock, EventLogOptions options);
  ~EventLog();  // What was not flushed is lost.

  void Take(const FlowEvent& event);
  // To be called once, after the update. Gives what kept the log from being written, if anything.
  std::optional<std::string> Finish(const UpdateReport& report);

 private:
  struct Flush {
    int64_t number;
    std::vector<session::PipelineEvent> events;
  };

  void Add(session::PipelineEvent event);  // With the mutex held.
  void AddDefinitions();
  void AddPlanning(const FlowEvent& event);
  void Run(const std::stop_token& stop);
  void Write();  // One thread at a time.

  const CheckedProject& checked_;
  const session::PipelineScope scope_;
  const Clock& clock_;
  const EventLogOptions options_;
  const std::unique_ptr<session::Session> session_;

  std::mutex mutex_;
  std::condition_variable_any stopping_;
  std::vector<session::PipelineEvent> pending_;
  std::set<std::pair<std::string, std::string>> queued_;
  int64_t sequence_ = 0;
  std::deque<Flush> flushes_;  // Decided, and not known to be in the log.
  int64_t next_flush_ = 0;
  bool is_over_ = false;  // It can't be written, and to try again is of no use.
  std::string problem_;
  std::jthread thread_;
};

}  // namespace weir::pipeline
