#include "weir/session/flow_memory.h"

#include <utility>

namespace weir::session {

void FlowProgress::Forget() {
  app_id_.clear();
  folder_.clear();
  done_ = -1;
  reached_ = {};
  sources_.clear();
}

void FlowProgress::GoTo(const FlowLog& log, const delta::Snapshot& snapshot) {
  const int64_t done = log.Done(snapshot);
  const bool is_same = app_id_ == log.app_id() && folder_ == log.folder();
  if (is_same && done == done_) return;
  if (is_same && done > done_) {
    const auto batch = log.Find(done);
    if (batch && batch->previous.value_or(done - 1) == done_) {
      Add(*batch, log.CommittedAt(snapshot));
      done_ = done;
      return;
    }
  }
  // What a source remembers goes by how far it got, which it is told; but not if all began anew.
  if (!is_same && !app_id_.empty()) memory_.kept.clear();
  Forget();
  reached_ = log.Through(done, log.CommittedAt(snapshot));
  app_id_ = log.app_id();
  folder_ = log.folder();
  done_ = done;
}

void FlowProgress::Add(const FlowBatch& batch, std::optional<Instant> committed) {
  for (const InputPlan& input : batch.inputs) {
    if (!input.stream) continue;
    if (!input.source) {
      reached_.tables[input.identity] = {input.to, input.name};
      continue;
    }
    connect::BatchPlan plan = *input.source;
    plan.committed = committed;
    const auto known = sources_.find(input.identity);
    if (known != sources_.end()) {
      known->second->Add(plan);
    } else {
      reached_.sources[input.identity].plans.push_back(std::move(plan));
    }
  }
}

const connect::Progress& FlowProgress::In(const std::string& identity,
                                          const connect::Source& source) {
  auto& progress = sources_[identity];
  if (progress == nullptr) {
    const auto at = reached_.sources.find(identity);
    progress = at == reached_.sources.end() ? source.NewProgress() : at->second.In(source);
    if (at != reached_.sources.end()) reached_.sources.erase(at);
  }
  return *progress;
}

Reached FlowProgress::ToCompact() const {
  Reached all = reached_;
  for (const auto& [identity, progress] : sources_) {
    all.sources[identity] = {progress->ToJson(), {}};
  }
  return all;
}

std::unique_ptr<FlowProgress> FlowMemory::Take(const std::string& flow) {
  const std::lock_guard lock(mutex_);
  const auto found = flows_.find(flow);
  if (found == flows_.end()) return std::make_unique<FlowProgress>();
  auto progress = std::move(found->second);
  flows_.erase(found);
  return progress;
}

void FlowMemory::PutBack(const std::string& flow, std::unique_ptr<FlowProgress> progress) {
  const std::lock_guard lock(mutex_);
  if (flows_.size() >= kMostFlows) flows_.clear();
  flows_[flow] = std::move(progress);
}

}  // namespace weir::session
