#include "weir/session/view_refresh.h"

#include <algorithm>
#include <utility>

#include "weir/base/error.h"
#include "weir/session/lent_files.h"
#include "weir/session/removed_rows.h"
#include "weir/session/telling_column.h"

namespace weir::session {
namespace {

// Of changes that are held in memory, once.
constexpr int64_t kMostHeldBytes = int64_t{256} << 20;

uint64_t CountOf(const RowsByFile& rows) {
  uint64_t count = 0;
  for (const auto& [at, of_file] : rows) count += of_file.size();
  return count;
}

// What the weights of found rows come to.
struct Weights {
  int64_t come = 0;
  int64_t go = 0;
  int64_t most = 0;
};

Weights WeightsOf(const FoundBatches& found, size_t column) {
  Weights sum;
  for (const auto& batch : found.batches()) {
    const int64_t* const weights = LongsOf(*batch, column);
    for (int64_t row = 0; row < batch->rows(); ++row) {
      (weights[row] > 0 ? sum.come : sum.go) += weights[row];
      sum.most = std::max(sum.most, weights[row]);
    }
  }
  sum.go = -sum.go;
  return sum;
}

}  // namespace

engine::WriteResult ViewRefresh::Stage(TableChange& change) {
  counts_.changed = changes_.likely_rows();
  engine::WriteResult written =
      shape_.way == sql::RefreshShape::Way::kByKeys ? ByKeys(change) : ByRows(change);
  counts_.added = written.statistics.rows;
  return written;
}

std::map<sql::InputId, engine::Input> ViewRefresh::InputsFor(const sql::Plan& plan,
                                                             const FoundBatches* found,
                                                             const TableChange& change) const {
  auto inputs = now_;
  changes_.AddTo(inputs, plan);
  const engine::TableInput view{table_.location(), change.base, std::nullopt};
  JudgeFiles(services_, rules_.current_user, *change.base, table_.location());
  inputs[sql::kViewInput] = view;
  if (found != nullptr) inputs[sql::kFoundInput] = found->AsInput();
  return inputs;
}

FoundBatches ViewRefresh::Find(const sql::PlanPtr& plan, const FoundBatches* found,
                               const TableChange& change) const {
  const auto rows =
      services_.engine.Query({id_, plan, InputsFor(*plan, found, change), std::nullopt});
  return FoundBatches(*rows, kMostHeldBytes);
}

engine::WriteResult ViewRefresh::Write(const sql::PlanPtr& rows, const FoundBatches* found,
                                       TableChange& change) {
  auto written = WriteFiles(services_, id_, rows, InputsFor(*rows, found, change),
                            table_.location(), change.base->metadata(), rules_);
  change.files.insert(change.files.end(), written.files.begin(), written.files.end());
  return written;
}

void ViewRefresh::Remove(RowsByFile rows, TableChange& change) {
  counts_.removed = static_cast<int64_t>(CountOf(rows));
  StageRemoval(services_, id_, table_, std::move(rows), change);
}

engine::WriteResult ViewRefresh::ByRows(TableChange& change) {
  const auto changes = statements_.FindRows();
  if (!changes) return {};
  if (changes->only_inserts) return Write(statements_.Expected(changes->plan), nullptr, change);
  FoundBatches found = Find(changes->plan, nullptr, change);
  const Weights weights = WeightsOf(found, shape_.query->columns.size());
  if (weights.go > 0) {
    Remove(FindRowsThatGo(found, weights.go, change), change);
  }
  engine::WriteResult written;
  if (weights.come > 0) {
    written = Write(statements_.RowsThatCome(weights.most > 1), &found, change);
  }
  KeepChanges(sql::HeldChanges::kWeighted, std::move(found));
  return written;
}

bool ViewRefresh::DropsRows() const {
  return std::any_of(shape_.expectations.begin(), shape_.expectations.end(),
                     [](const auto& one) { return one.action == sql::ViolationAction::kDropRow; });
}

// What is dropped neither comes nor goes.
void ViewRefresh::KeepChanges(sql::HeldChanges kind, FoundBatches found) {
  if (!DropsRows()) made_ = {kind, std::move(found)};
}

RowsByFile ViewRefresh::FindRowsThatGo(const FoundBatches& found, int64_t count,
                                       const TableChange& change) {
  const bool drops = DropsRows();
  const size_t weight = shape_.query->columns.size();
  const auto start = [&](const sql::PlanPtr& plan, const std::vector<size_t>* files = nullptr) {
    auto inputs = InputsFor(*plan, &found, change);
    if (files != nullptr) std::get<engine::TableInput>(inputs.at(sql::kViewInput)).files = *files;
    return services_.engine.Query({id_, plan, std::move(inputs), std::nullopt});
  };
  const auto telling = TellingColumn(found, weight);
  if (telling && !drops) {
    const auto files =
        change.base->FilesFor(RangesOfRowsThatGo(found, weight, change.base->schema()));
    const auto rows = ReadFoundRows(*start(statements_.RowsLikeThoseThatGo(*telling), &files),
                                    static_cast<uint64_t>(count));
    if (rows && CountOf(*rows) == static_cast<uint64_t>(count)) return *rows;
  }
  RowsByFile rows = ReadFoundRows(*start(statements_.RowsThatGo(found.NeverNull())));
  if (!drops && CountOf(rows) != static_cast<uint64_t>(count)) {
    throw Error(ErrorCode::kConflict, "of " + std::to_string(count) +
                                          " rows that are to go, the view has " +
                                          std::to_string(CountOf(rows)))
        .WithCondition("MATERIALIZED_VIEW_OUT_OF_STEP");
  }
  return rows;
}

sql::FoundKeyFacts ViewRefresh::FactsOf(const FoundBatches& keys) const {
  return {keys.NeverNull(), MostTellingKey(keys, shape_.keys.size())};
}

std::optional<engine::WriteResult> ViewRefresh::ByMerging(TableChange& change) {
  const sql::PlanPtr differences = statements_.FindDifferences();
  if (differences == nullptr) return engine::WriteResult();
  const FoundBatches changed = Find(differences, nullptr, change);
  counts_.keys = changed.rows();
  if (changed.rows() == 0) return engine::WriteResult();
  FoundBatches groups = Find(statements_.MergeGroups(FactsOf(changed)), &changed, change);
  const size_t weight = shape_.query->columns.size();
  RowsByFile gone;
  bool any_come = false;
  for (const auto& batch : groups.batches()) {
    const int64_t* const weights = LongsOf(*batch, weight);
    const int64_t* const files = LongsOf(*batch, weight + 1);
    const int64_t* const rows = LongsOf(*batch, weight + 2);
    const int64_t* const unsure = LongsOf(*batch, weight + 3);
    for (int64_t row = 0; row < batch->rows(); ++row) {
      if (unsure[row] != 0) return std::nullopt;
      any_come |= weights[row] > 0;
      if (files[row] < 0) continue;
      gone[static_cast<size_t>(files[row])].Add(static_cast<uint64_t>(rows[row]));
    }
  }
  if (!gone.empty()) Remove(std::move(gone), change);
  engine::WriteResult written;
  if (any_come) written = Write(statements_.RowsThatCome(false), &groups, change);
  KeepChanges(sql::HeldChanges::kPaired, std::move(groups));
  return written;
}

engine::WriteResult ViewRefresh::ByKeys(TableChange& change) {
  if (shape_.merged != nullptr) {
    if (auto written = ByMerging(change)) return *std::move(written);
  }
  std::optional<FoundBatches> keys;
  if (!shape_.keys.empty()) {
    const sql::PlanPtr touched = statements_.FindKeys();
    if (touched == nullptr) return {};
    keys.emplace(Find(touched, nullptr, change));
    counts_.keys = keys->rows();
    if (keys->rows() == 0) return {};
  }
  const sql::PlanPtr replaced =
      statements_.ReplaceKeys(keys ? FactsOf(*keys) : sql::FoundKeyFacts());
  FoundBatches found = Find(replaced, keys ? &*keys : nullptr, change);
  const size_t weight = shape_.query->columns.size();
  RowsByFile gone;
  bool any_come = false;
  for (const auto& batch : found.batches()) {
    const int64_t* const weights = LongsOf(*batch, weight);
    const int64_t* const files = LongsOf(*batch, weight + 1);
    const int64_t* const rows = LongsOf(*batch, weight + 2);
    for (int64_t row = 0; row < batch->rows(); ++row) {
      any_come |= weights[row] > 0;
      if (weights[row] > 0) continue;
      gone[static_cast<size_t>(files[row])].Add(static_cast<uint64_t>(rows[row]));
    }
  }
  if (!gone.empty()) Remove(std::move(gone), change);
  engine::WriteResult written;
  if (any_come) written = Write(statements_.RowsThatCome(false), &found, change);
  KeepChanges(sql::HeldChanges::kWeighted, std::move(found));
  return written;
}

}  // namespace weir::session
