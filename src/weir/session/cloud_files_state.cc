#include "weir/session/cloud_files_state.h"

#include <map>
#include <memory>
#include <optional>

#include "weir/connect/files/file_progress.h"
#include "weir/session/binding.h"
#include "weir/session/flow_log.h"

namespace weir::session {
namespace {

constexpr int64_t kRowsAtOnce = 8192;
constexpr std::string_view kFileSources = "files:";

Schema StateSchema() {
  return Schema({{"path", TypeId::kString, false},
                 {"size", TypeId::kLong, false},
                 {"create_time", TypeId::kTimestamp, false},
                 {"discovery_time", TypeId::kTimestamp},
                 {"commit_time", TypeId::kTimestamp},
                 {"archive_time", TypeId::kTimestamp},
                 {"archive_mode", TypeId::kString},
                 {"move_location", TypeId::kString},
                 {"source_id", TypeId::kString, false},
                 {"flow_name", TypeId::kString, false}});
}

// What one flow has taken from one source.
struct TakenFrom {
  std::string flow;
  std::string source;
  connect::FileProgress progress;
  std::map<std::string, connect::LetGoFile> gone;  // By key.
};

class StateRows final : public BatchStream {
 public:
  explicit StateRows(std::shared_ptr<const std::vector<TakenFrom>> sources)
      : sources_(std::move(sources)), schema_(StateSchema()), builder_(schema_) {}

  const Schema& schema() const override { return schema_; }

  std::optional<Batch> Next() override {
    int64_t rows = 0;
    while (rows < kRowsAtOnce && source_ < sources_->size()) {
      const TakenFrom& source = sources_->at(source_);
      if (!files_) files_.emplace(source.progress);
      if (const connect::TakenFile* const file = files_->Next()) {
        Append(source, *file);
        ++rows;
      } else {
        files_.reset();
        ++source_;
      }
    }
    if (rows == 0) return std::nullopt;
    return builder_.Finish();
  }

 private:
  void Append(const TakenFrom& source, const connect::TakenFile& file) {
    const connect::BatchTimes& times = source.progress.TimesOf(file);
    const auto found = source.gone.find(file.key);
    const connect::LetGoFile* const gone = found == source.gone.end() ? nullptr : &found->second;
    builder_.column(0).AppendText(source.progress.UriOf(file.key));
    builder_.column(1).AppendInteger(static_cast<int64_t>(file.size));
    builder_.column(2).AppendInteger(file.modified.micros);
    AppendTime(3, times.planned);
    AppendTime(4, times.committed);
    AppendTime(5, gone == nullptr ? Instant{} : gone->at);
    AppendText(6, gone == nullptr ? "" : gone->mode);
    AppendText(7, gone == nullptr ? "" : gone->place);
    builder_.column(8).AppendText(source.source);
    builder_.column(9).AppendText(source.flow);
  }
  void AppendTime(size_t column, Instant instant) {
    if (instant.micros == 0) return builder_.column(column).AppendNull();
    builder_.column(column).AppendInteger(instant.micros);
  }
  void AppendText(size_t column, const std::string& text) {
    if (text.empty()) return builder_.column(column).AppendNull();
    builder_.column(column).AppendText(text);
  }

  const std::shared_ptr<const std::vector<TakenFrom>> sources_;
  const Schema schema_;
  BatchBuilder builder_;
  size_t source_ = 0;
  std::optional<connect::FileProgress::Files> files_;
};

connect::FileProgress ProgressOf(const SourceReached& reached) {
  connect::FileProgress progress =
      reached.progress ? connect::FileProgress(*reached.progress) : connect::FileProgress();
  for (const connect::BatchPlan& plan : reached.plans) progress.Add(plan);
  return progress;
}

std::vector<TakenFrom> TakenInto(const delta::Table& table, const delta::Snapshot& snapshot) {
  std::vector<TakenFrom> all;
  for (const std::string& name : FlowsOf(snapshot)) {
    const FlowLog log(table.location(), name, GenerationOf(snapshot));
    const Reached reached = log.Through(log.Done(snapshot), log.CommittedAt(snapshot));
    auto gone = log.Gone();
    for (const auto& [identity, source] : reached.sources) {
      if (!identity.starts_with(kFileSources)) continue;
      TakenFrom taken{name, identity.substr(kFileSources.size()), ProgressOf(source), {}};
      for (const connect::LetGoFile& file : gone[identity]) {
        taken.gone.insert_or_assign(file.key, file);
      }
      all.push_back(std::move(taken));
    }
  }
  return all;
}

}  // namespace

BatchSequence CloudFilesStateOf(const Services& services, const catalog::TableInfo& info) {
  const delta::Table table = OpenTable(services, info.location);
  auto sources =
      std::make_shared<const std::vector<TakenFrom>>(TakenInto(table, *LatestOf(table, info)));
  return {StateSchema(), [sources]() -> std::unique_ptr<BatchStream> {
            return std::make_unique<StateRows>(sources);
          }};
}

}  // namespace weir::session
