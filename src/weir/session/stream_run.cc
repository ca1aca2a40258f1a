#include "weir/session/stream_run.h"

#include "weir/base/error.h"

namespace weir::session {

StreamRun::StreamRun(KeepingBatch batch, std::map<sql::InputId, engine::Input> inputs)
    : batch_(std::move(batch)),
      state_(batch_.services, batch_.table.location(), GenerationOf(*batch_.base),
             batch_.flow.name),
      clock_(state_.ClockOf(*batch_.base)),
      plans_(sql::BatchOf(batch_.bound.plan, batch_.bound.streams, clock_.Next())) {
  state_now_ = state_.Open(*batch_.base, plans_.kept);
  PutState(inputs);
  held_.emplace(batch_.services, batch_.statement_id, plans_.held, std::move(inputs),
                state_.table().location());
  for (size_t i = 0; i < plans_.held.size(); ++i) late_rows_ += held_->StatisticsOf(i).dropped_rows;
  Keep();
}

void StreamRun::PutState(std::map<sql::InputId, engine::Input>& inputs) {
  rewritten_ = StreamState::FilesToRewrite(*state_now_, plans_.kept, clock_.Next().now_ms);
  for (size_t part = 0; part < plans_.kept.size(); ++part) {
    const auto id = static_cast<sql::InputId>(part);
    const auto put = [&](sql::InputId first, std::vector<size_t> files) {
      inputs.insert_or_assign(
          first + id, engine::TableInput{state_.table().location(), state_now_, std::move(files)});
    };
    put(sql::kKeptInputs, StreamState::FilesOf(*state_now_, part));
    put(sql::kEndedInputs, rewritten_[part]);
  }
}

StreamClock StreamRun::ClockAfter() const {
  std::vector<std::optional<int64_t>> reached;
  for (const sql::SeenTime& seen : plans_.seen) {
    const auto rows = batch_.services.engine.Query(
        {batch_.statement_id, seen.newest, held_->inputs(), std::nullopt});
    const auto found = rows->Next();
    reached.emplace_back();
    if (!found || found->rows() == 0) continue;
    const Value newest = found->At(0, 0);
    if (!newest.is_null()) reached.back() = newest.integer() - seen.delay_ms;
  }
  return clock_.After(reached, batch_.bound.latest_watermark);
}

void StreamRun::Keep() {
  TableChange change;
  change.base = state_now_;
  change.reads_table = true;
  const delta::Metadata metadata = StreamState::MetadataAt(*state_now_, ClockAfter());
  change.metadata = metadata;
  change.files = WriteFiles(batch_.services, batch_.statement_id, plans_.next, held_->inputs(),
                            state_.table().location(), metadata, batch_.bound.binding->Options())
                     .files;
  for (const auto& files : rewritten_) {
    for (const size_t at : files) change.removed.push_back(state_now_->files()[at]);
  }
  change.commit.operation = "STREAM STATE";
  change.commit.more["weirStatement"] = "\"" + batch_.statement_id + "\"";
  CommitChange(batch_.services, state_.table(), change);
  state_now_ = state_.table().Latest();
}

}  // namespace weir::session
