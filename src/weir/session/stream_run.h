#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "weir/session/flow_run.h"
#include "weir/session/held_files.h"
#include "weir/session/stream_state.h"

namespace weir::session {

// One batch of a flow of streams that keeps rows between its batches, while it runs. What is kept
// from now on is committed when this is made; the table's commit, to which Mark() belongs, decides
// whether that counts.
class StreamRun {
 public:
  StreamRun(KeepingBatch batch, std::map<sql::InputId, engine::Input> inputs);

  // The rows that come out, as long as this lives.
  const sql::PlanPtr& rows() const { return plans_.rows; }
  const std::map<sql::InputId, engine::Input>& inputs() const { return held_->inputs(); }
  // The version of what is kept that belongs to them.
  std::pair<std::string, int64_t> Mark() const { return {state_.app_id(), state_now_->version()}; }
  int64_t late_rows() const { return late_rows_; }
  // Adds what was found in the sources.
  void AddFoundTo(engine::RunStatistics& statistics) const { held_->AddFoundTo(statistics); }
  // Once the table's commit is there.
  void Tidy() { state_.Tidy(*batch_.table.Latest()); }

 private:
  void PutState(std::map<sql::InputId, engine::Input>& inputs);
  StreamClock ClockAfter() const;
  void Keep();

  const KeepingBatch batch_;
  StreamState state_;
  StreamClock clock_;
  sql::StatefulBatch plans_;
  std::shared_ptr<const delta::Snapshot> state_now_;
  std::vector<std::vector<size_t>> rewritten_;
  std::optional<HeldFiles> held_;
  int64_t late_rows_ = 0;
};

}  // namespace weir::session
