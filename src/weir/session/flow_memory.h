#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "weir/session/flow_log.h"

namespace weir::session {

// How far one flow got, as its log says, and what its sources remember. Goes on from batch to batch
// without reading what it has read. Driven by one thread at a time.
class FlowProgress {
 public:
  // As of the table's snapshot.
  void GoTo(const FlowLog& log, const delta::Snapshot& snapshot);
  // It is to read the log anew; what sources remember stays.
  void Forget();

  int64_t done() const { return done_; }
  const std::map<std::string, TableReached>& tables() const { return reached_.tables; }
  bool HasTableCalled(const std::string& name) const { return reached_.HasTableCalled(name); }
  // In that source, by its identity. Lives until the next call of GoTo.
  const connect::Progress& In(const std::string& identity, const connect::Source& source);
  // For FlowLog::Compact, sources in their own words where they have been asked for.
  Reached ToCompact() const;

  connect::SourceMemory& memory() { return memory_; }
  // Sources are to look anew at what there is.
  void BeginRun() { ++memory_.runs; }

 private:
  void Add(const FlowBatch& batch, std::optional<Instant> committed);

  std::string app_id_;
  std::string folder_;
  int64_t done_ = -1;
  Reached reached_;  // Sources that were asked for are in `sources_` instead.
  std::map<std::string, std::unique_ptr<connect::Progress>> sources_;
  connect::SourceMemory memory_;
};

// The progress of flows between updates, so that one that goes on and on does not read it anew each
// time. Safe from many threads.
class FlowMemory {
 public:
  // Takes it out: nobody else has it meanwhile. New for a flow that is not known.
  std::unique_ptr<FlowProgress> Take(const std::string& flow);
  void PutBack(const std::string& flow, std::unique_ptr<FlowProgress> progress);

 private:
  static constexpr size_t kMostFlows = 1000;

  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<FlowProgress>> flows_;
};

// A flow's progress for as long as this lives; then it is put back.
class HeldProgress {
 public:
  HeldProgress(FlowMemory& memory, std::string flow)
      : memory_(memory), flow_(std::move(flow)), progress_(memory_.Take(flow_)) {}
  ~HeldProgress() { memory_.PutBack(flow_, std::move(progress_)); }
  HeldProgress(const HeldProgress&) = delete;
  HeldProgress& operator=(const HeldProgress&) = delete;

  FlowProgress& operator*() const { return *progress_; }
  FlowProgress* operator->() const { return progress_.get(); }

 private:
  FlowMemory& memory_;
  const std::string flow_;
  std::unique_ptr<FlowProgress> progress_;
};

}  // namespace weir::session
