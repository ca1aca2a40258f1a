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
  held.AddFoundTo(written_.statistics);
}

// By files
// -----------------------------------------------------------------------------------------

void ChangeRun::RewriteTouched() {
  const TouchedFiles touched = FindFiles();
  if (touched.files.empty() && !change_.inserts) return;
  // Rows that are only looked up are read from all files that may have them.
  const bool rewrites = change_.touched != nullptr;
  const auto& files = rewrites ? touched.files : candidates_;
  const bool once = touched.most_matches > 1 && change_.rewritten_once != nullptr;
  // Where nothing takes the place of what is gone, the rest is copied.
  const bool copies = rewrites && change_.changed == nullptr;
  written_ = Write(once ? change_.rewritten_once : change_.rewritten, InputsWith(files), copies);
  if (!rewrites) return;
  for (const size_t at : touched.files) Remove(at);
}

ChangeRun::TouchedFiles ChangeRun::FindFiles() {
  TouchedFiles touched;
  if (change_.touched == nullptr || candidates_.empty()) return touched;
  const auto rows =
      services_.engine.Query({id_, change_.touched, InputsWith(candidates_), std::nullopt});
  while (const auto batch = rows->Next()) {
    for (int64_t row = 0; row < batch->rows(); ++row) {
      touched.files.push_back(static_cast<size_t>(batch->At(0, row).integer()));
      if (batch->schema().size() == 1) continue;
      touched.most_matches = std::max(touched.most_matches, batch->At(1, row).integer());
      touched.most_changes = std::max(touched.most_changes, batch->At(2, row).integer());
    }
  }
  CheckDecided(touched.most_changes);
  std::sort(touched.files.begin(), touched.files.end());
  return touched;
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
  const bool several = rows.most_matches > 1;
  auto inputs = InputsWith(FilesOf(rows.looked_at), PickedFor(rows.looked_at));
  if (!feeds_) {
    const bool once = several && change_.changed_once != nullptr;
    written_ = Write(once ? change_.changed_once : change_.changed, std::move(inputs), false);
    return;
  }
  WriteFeed(several && change_.feed_once != nullptr ? change_.feed_once : change_.feed,
            std::move(inputs));
  const auto counts = std::move(written_.statistics.expectations);
  // Here their rules are asked, of what came to the table alone.
  written_ = Write(RowsThatCome(kChangedTable, change_.schema), {{kChangedTable, feed_}}, false);
  written_.statistics.expectations = counts;
}

void ChangeRun::WriteFeed(const sql::PlanPtr& feed, std::map<sql::InputId, engine::Input> inputs) {
  WrittenChanges changes =
      WriteChanges(services_, id_, feed, std::move(inputs), table_.location(), MetadataAfter());
  staged_.changes = std::move(changes.files);
  staged_.numbers = std::move(changes.last_numbers);
  feed_ = std::move(changes.rows);
  written_.statistics = std::move(changes.statistics);
}

ChangeRun::TouchedRows ChangeRun::FindRows() {
  TouchedRows touched;
  if (candidates_.empty()) return touched;
  const auto rows =
      services_.engine.Query({id_, change_.rows, InputsWith(candidates_), std::nullopt});
  while (const auto batch = rows->Next()) {
    const bool counts = batch->schema().size() > 2;
    const int64_t* const files = LongsOf(*batch, 0);
    const int64_t* const positions = LongsOf(*batch, 1);
    const int64_t* const matches = counts ? LongsOf(*batch, 2) : nullptr;
    const int64_t* const changes = counts ? LongsOf(*batch, 3) : nullptr;
    const int64_t* const acting = counts ? LongsOf(*batch, 4) : nullptr;
    for (int64_t row = 0; row < batch->rows(); ++row) {
      const auto at = static_cast<size_t>(files[row]);
      const auto position = static_cast<uint64_t>(positions[row]);
      touched.looked_at[at].Add(position);
      if (counts) {
        touched.most_matches = std::max(touched.most_matches, matches[row]);
        touched.most_changes = std::max(touched.most_changes, changes[row]);
        if (acting[row] == 0) continue;
      }
      touched.deleted[at].Add(position);
    }
  }
  CheckDecided(touched.most_changes);
  for (const auto& [at, deleted] : touched.deleted) found_ += static_cast<int64_t>(deleted.size());
  return touched;
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
  copied_ = Write(change_.kept, inputs, true).statistics.rows;
}

// Both
// ---------------------------------------------------------------------------------------------

void ChangeRun::CheckDecided(int64_t most_changes) const {
  if (!change_.ambiguous || most_changes <= 1) return;
  throw Error(ErrorCode::kInvalid,
              "several rows of the source match the same row of the table, and which of them "
              "changes it is not decided; nothing was changed. Make the source have one row "
              "for each, for example with QUALIFY row_number() OVER (PARTITION BY key ORDER "
              "BY ...) = 1")
      .WithCondition("DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE");
}

std::map<sql::InputId, engine::Input> ChangeRun::InputsWith(std::vector<size_t> files,
                                                            RowsLeftOut left_out) const {
  auto inputs = inputs_;
  inputs[kChangedTable] =
      engine::TableInput{table_.location(), staged_.base, std::move(files), std::move(left_out)};
  return inputs;
}

RowsLeftOut ChangeRun::PickedFor(const RowsByFile& picked) const {
  return change_.settled ? RowsLeftOut() : NoneBut(picked, base_);
}

engine::WriteResult ChangeRun::Write(const sql::PlanPtr& plan,
                                     std::map<sql::InputId, engine::Input> inputs, bool copies) {
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
  return FindsRows() ? copied_ : written_.statistics.rows - changed;
}

int64_t ChangeRun::Counted(const std::string& name) const {
  for (const auto& count : written_.statistics.expectations) {
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
  return CommitChange(services_, table_, Staged(std::move(commit))).version;
}

TableChange ChangeRun::Staged(delta::CommitOptions commit) {
  staged_.commit = std::move(commit);
  return staged_;
}

}  // namespace weir::session
