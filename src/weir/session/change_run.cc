#include "weir/session/change_run.h"

#include <algorithm>
#include <set>

#include "weir/base/error.h"
#include "weir/delta/deletion_vector.h"
#include "weir/delta/properties.h"
#include "weir/session/held_files.h"
#include "weir/sql/row_predicate.h"
#include "weir/types/schema_json.h"

namespace weir::session {
namespace {

// A file that has lost more is written anew: every later scan would read more of what is gone than
// of what is there, and the copy is the smaller half. docs/decisions/0028-deletion-vectors.md.
constexpr double kMostDeleted = 0.5;

int64_t VectorSizeOf(const delta::AddFile& file) {
  const auto vector = delta::DeletionVectorOf(file);
  return vector ? vector->cardinality : 0;
}

[[noreturn]] void ThrowUndecided() {
  throw Error(ErrorCode::kInvalid,
              "several rows of the source match the same row of the table, and which of them "
              "changes it is not decided; nothing was changed. Make the source have one row "
              "for each, for example with QUALIFY row_number() OVER (PARTITION BY key ORDER "
              "BY ...) = 1")
      .WithCondition("DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE");
}

void Add(engine::RunStatistics& sum, const engine::RunStatistics& part) {
  sum.rows += part.rows;
  sum.dropped_rows += part.dropped_rows;
  sum.rescued_rows += part.rescued_rows;
  sum.lossy_rows += part.lossy_rows;
  // Each part has read the same files.
  sum.rejects = part.rejects;
  sum.reject_count = part.reject_count;
  if (sum.expectations.empty()) {
    sum.expectations = part.expectations;
    return;
  }
  for (size_t i = 0; i < part.expectations.size(); ++i) {
    sum.expectations[i].passed += part.expectations[i].passed;
    sum.expectations[i].failed += part.expectations[i].failed;
  }
}

}  // namespace

bool TakesDeletedRows(const delta::Snapshot& table, const sql::BoundChange& change) {
  return change.rows != nullptr &&
         delta::PropertiesOf(table.metadata().configuration).deletion_vectors;
}

ChangeRun::ChangeRun(const Services& services, const std::string& id, const Prepared& prepared,
                     const delta::Table& table, sql::BindOptions rules)
    : rules_(std::move(rules)),
      services_(services),
      id_(id),
      change_(*prepared.change),
      inputs_(prepared.inputs),
      table_(table),
      base_(*prepared.target),
      by_rows_(TakesDeletedRows(base_, change_)),
      feeds_(change_.feed != nullptr && HasChangeFeed(base_)) {
  staged_.base = prepared.target;
  staged_.reads_table = std::any_of(inputs_.begin(), inputs_.end(), [&](const auto& input) {
    const auto* read = engine::TableOf(input.second);
    return input.first != kChangedTable && read != nullptr && read->uri == table.location().uri;
  });
  const Predicate picked = sql::PredicateOf(*change_.picked, sql::Truth::kTrue, change_.columns);
  staged_.reads.push_back(picked);
  staged_.knows_rows = by_rows_;
  candidates_ = base_.FilesFor(picked);
}

void ChangeRun::RemoveWholeFiles() {
  const auto others =
      base_.FilesFor(sql::PredicateOf(*change_.picked, sql::Truth::kNotTrue, change_.columns));
  std::vector<size_t> rest;
  for (const size_t at : candidates_) {
    const auto rows = base_.StatisticsOf(base_.files()[at]).rows;
    if (!rows || std::binary_search(others.begin(), others.end(), at)) {
      rest.push_back(at);
      continue;
    }
    Remove(at);
    removed_whole_ += *rows;
  }
  candidates_ = std::move(rest);
}

void ChangeRun::Change() {
  if (candidates_.empty() && !change_.inserts) return;
  const HeldFiles held(services_, id_, change_.held, std::move(inputs_), table_.location());
  inputs_ = held.inputs();
  try {
    FindsRows() ? ChangeRows() : RewriteTouched();
  } catch (const Error&) {
    DeleteFiles(table_.location(), staged_.files);
    DeleteFiles(table_.location(), staged_.changes);
    throw;
  }
  held.AddFoundTo(written_);
}

// By files
// -----------------------------------------------------------------------------------------

void ChangeRun::RewriteTouched() {
  if (IsMerge()) return RewriteMerged();
  // Rows that are only looked up are read from all files that may have them.
  const bool rewrites = change_.touched != nullptr;
  const std::vector<size_t> files = rewrites ? FindFiles() : candidates_;
  if (files.empty() && !change_.inserts) return;
  // Where nothing takes the place of what is gone, the rest is copied.
  Write(change_.rewritten, InputsWith(files), rewrites && change_.changed == nullptr);
  if (!rewrites) return;
  for (const size_t at : files) Remove(at);
}

void ChangeRun::RewriteMerged() {
  const TouchedRows rows = FindRows();
  const std::vector<size_t> files = FilesOf(rows.looked_at);
  if (files.empty() && !change_.inserts) return;
  const bool once = rows.several_match && change_.rewritten_once != nullptr;
  for (const MergePart& part : PartsOf(files)) {
    Write(once ? change_.rewritten_once : change_.rewritten, InputsOf(part, {}), false);
  }
  for (const size_t at : files) Remove(at);
}

std::vector<size_t> ChangeRun::FindFiles() {
  std::vector<size_t> files;
  if (candidates_.empty()) return files;
  const auto rows =
      services_.engine.Query({id_, change_.touched, InputsWith(candidates_), std::nullopt});
  while (const auto batch = rows->Next()) {
    for (int64_t row = 0; row < batch->rows(); ++row) {
      files.push_back(static_cast<size_t>(batch->At(0, row).integer()));
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

// By rows
// ------------------------------------------------------------------------------------------

void ChangeRun::ChangeRows() {
  TouchedRows rows = FindRows();
  if (rows.deleted.empty() && !change_.inserts) return;
  if (change_.changed != nullptr) WriteRowsThatCome(rows);
  const std::vector<size_t> files = FilesOf(rows.looked_at);
  const bool deletes = feeds_ && change_.changed == nullptr;
  RowsLeftOut left_out = deletes ? PickedFor(rows.deleted) : RowsLeftOut();
  const bool copies = DeleteRows(std::move(rows));
  // A file that goes as a whole and the rows that a vector takes tell by themselves what changed,
  // unless something else of the same commit does not.
  if (deletes && copies) {
    std::set<size_t> changed(files.begin(), files.end());
    changed.insert(removed_at_.begin(), removed_at_.end());
    WriteFeed(change_.feed, InputsWith({changed.begin(), changed.end()}, std::move(left_out)));
  }
}

void ChangeRun::WriteRowsThatCome(const TouchedRows& rows) {
  const bool several = rows.several_match;
  const std::vector<MergePart> parts = PartsOf(FilesOf(rows.looked_at));
  if (!feeds_) {
    const bool once = several && change_.changed_once != nullptr;
    for (const MergePart& part : parts) {
      Write(once ? change_.changed_once : change_.changed,
            InputsOf(part, PickedFor(rows.looked_at)), false);
    }
    return;
  }
  for (const MergePart& part : parts) {
    WriteFeed(several && change_.feed_once != nullptr ? change_.feed_once : change_.feed,
              InputsOf(part, PickedFor(rows.looked_at)));
  }
  const auto counts = std::move(written_.expectations);
  // Here their rules are asked, of what came to the table alone.
  written_ = {};
  Write(RowsThatCome(kChangedTable, change_.schema), {{kChangedTable, feed_}}, false);
  written_.expectations = counts;
}

void ChangeRun::WriteFeed(const sql::PlanPtr& feed, std::map<sql::InputId, engine::Input> inputs) {
  WrittenChanges changes =
      WriteChanges(services_, id_, feed, std::move(inputs), table_.location(), MetadataAfter());
  staged_.changes.insert(staged_.changes.end(), changes.files.begin(), changes.files.end());
  staged_.numbers.insert(changes.last_numbers.begin(), changes.last_numbers.end());
  std::move(feed_.files.begin(), feed_.files.end(), std::back_inserter(changes.rows.files));
  feed_ = std::move(changes.rows);
  Add(written_, changes.statistics);
}

TouchedRows ChangeRun::FindRows() {
  TouchedRows touched;
  if (candidates_.empty()) return touched;
  if (IsMerge()) {
    touched = FindPairs();
  } else {
    const auto rows =
        services_.engine.Query({id_, change_.rows, InputsWith(candidates_), std::nullopt});
    touched = ReadPickedRows(*rows);
  }
  for (const auto& [at, deleted] : touched.deleted) found_ += static_cast<int64_t>(deleted.size());
  return touched;
}

TouchedRows ChangeRun::FindPairs() {
  const bool placed = change_.placed_rows != nullptr && HasPlaces(inputs_.at(change_.source));
  if (placed) source_.emplace(inputs_.at(change_.source), base_.files(), candidates_);
  const auto pairs = services_.engine.Query(
      {id_, placed ? change_.placed_rows : change_.rows, InputsWith(candidates_), std::nullopt});
  TouchedRows touched = ReadPairs(*pairs, change_.inserts, placed ? &*source_ : nullptr);
  for (const auto& count : pairs->statistics().expectations) {
    if (count.name == sql::kSourceRows) source_rows_ = count.failed;
  }
  if (change_.ambiguous && touched.several_change) ThrowUndecided();
  return touched;
}

std::vector<MergePart> ChangeRun::PartsOf(const std::vector<size_t>& files) const {
  if (!source_) return {{files, std::nullopt}};
  return source_->Parts(files, source_rows_, change_.inserts);
}

bool ChangeRun::DeleteRows(TouchedRows rows) {
  RowsByFile copied;
  for (auto& [at, deleted] : rows.deleted) {
    const delta::AddFile& file = base_.files()[at];
    const auto left = base_.StatisticsOf(file).rows;
    if (left && deleted.size() == static_cast<uint64_t>(*left)) {
      Remove(at);
    } else if (IsCheaperToCopy(at, deleted)) {
      copied.emplace(at, std::move(deleted));
    } else {
      staged_.deleted_rows.push_back({file, std::move(deleted)});
    }
  }
  for (auto& [at, looked_at] : rows.looked_at) {
    staged_.read_rows.push_back({base_.files()[at], std::move(looked_at)});
  }
  if (!copied.empty()) Copy(copied);
  return !copied.empty();
}

void ChangeRun::Remove(size_t at) {
  staged_.removed.push_back(base_.files()[at]);
  removed_at_.push_back(at);
}

bool ChangeRun::IsCheaperToCopy(size_t at, const delta::RowSet& rows) const {
  if (!by_rows_) return true;
  const delta::AddFile& file = base_.files()[at];
  const auto left = base_.StatisticsOf(file).rows;
  // A vector may stand only where it is known how many rows there are.
  if (!left) return true;
  const int64_t before = VectorSizeOf(file);
  const auto gone = static_cast<double>(before + static_cast<int64_t>(rows.size()));
  return gone > kMostDeleted * static_cast<double>(before + *left);
}

void ChangeRun::Copy(const RowsByFile& without) {
  const std::vector<size_t> files = FilesOf(without);
  for (const size_t at : files) Remove(at);
  const auto inputs = InputsWith(files, AllBut(without, table_.location(), base_));
  copied_ = WriteNewFiles(change_.kept, inputs, true).statistics.rows;
}

// Both
// ---------------------------------------------------------------------------------------------

std::map<sql::InputId, engine::Input> ChangeRun::InputsWith(std::vector<size_t> files,
                                                            RowsLeftOut left_out) const {
  auto inputs = inputs_;
  inputs[kChangedTable] =
      engine::TableInput{table_.location(), staged_.base, std::move(files), std::move(left_out)};
  return inputs;
}

std::map<sql::InputId, engine::Input> ChangeRun::InputsOf(const MergePart& part,
                                                          RowsLeftOut left_out) const {
  auto inputs = InputsWith(part.files, std::move(left_out));
  if (part.source) inputs[change_.source] = *part.source;
  return inputs;
}

RowsLeftOut ChangeRun::PickedFor(const RowsByFile& picked) const {
  return change_.settled ? RowsLeftOut() : NoneBut(picked, base_);
}

void ChangeRun::Write(const sql::PlanPtr& plan, std::map<sql::InputId, engine::Input> inputs,
                      bool copies) {
  const engine::WriteResult written = WriteNewFiles(plan, std::move(inputs), copies);
  Add(written_, written.statistics);
}

engine::WriteResult ChangeRun::WriteNewFiles(const sql::PlanPtr& plan,
                                             std::map<sql::InputId, engine::Input> inputs,
                                             bool copies) {
  const delta::Metadata& metadata = MetadataAfter();
  auto written =
      copies ? CopyRows(services_, id_, plan, std::move(inputs), table_.location(), metadata)
             : WriteFiles(services_, id_, plan, std::move(inputs), table_.location(), metadata,
                          rules_);
  staged_.files.insert(staged_.files.end(), written.files.begin(), written.files.end());
  staged_.numbers.insert(written.last_numbers.begin(), written.last_numbers.end());
  return written;
}

const delta::Metadata& ChangeRun::MetadataAfter() {
  if (change_.schema == base_.schema()) return base_.metadata();
  if (!staged_.metadata) {
    staged_.metadata = base_.metadata();
    staged_.metadata->schema_json = SchemaToJson(change_.schema);
  }
  return *staged_.metadata;
}

int64_t ChangeRun::picked(const char* counted) const {
  return removed_whole_ + (FindsRows() ? found_ : Counted(counted));
}

int64_t ChangeRun::copied(int64_t changed) const {
  return FindsRows() ? copied_ : written_.rows - changed;
}

int64_t ChangeRun::Counted(const std::string& name) const {
  for (const auto& count : written_.expectations) {
    if (count.name == name) return count.failed;
  }
  return 0;
}

std::map<std::string, std::string> ChangeRun::VectorMetrics(const std::string& target) const {
  size_t added = 0;
  size_t updated = 0;
  size_t removed = 0;
  for (const auto& change : staged_.deleted_rows) {
    ++(change.file.deletion_vector_json.empty() ? added : updated);
  }
  for (const delta::AddFile& file : staged_.removed) {
    if (!file.deletion_vector_json.empty()) ++removed;
  }
  const std::string name = "num" + target + "DeletionVectors";
  const std::string files =
      target.empty() ? "numAddedChangeFiles" : "num" + target + "ChangeFilesAdded";
  return {{files, std::to_string(staged_.changes.size())},
          {name + "Added", std::to_string(added)},
          {name + "Updated", std::to_string(updated)},
          {name + "Removed", std::to_string(removed)}};
}

std::optional<delta::Version> ChangeRun::Commit(delta::CommitOptions commit) {
  if (staged_.files.empty() && staged_.removed.empty() && staged_.deleted_rows.empty()) {
    return std::nullopt;
  }
  staged_.commit = std::move(commit);
  return CommitChange(services_, table_, staged_).version;
}

}  // namespace weir::session
