#include "weir/session/merge_parts.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <tuple>
#include <utility>

#include "weir/types/row_place.h"

namespace weir::session {
namespace {

constexpr uint8_t kRuns = 64;
constexpr uint8_t kSeveral = 255;
// A part reads the source again. So there are few of them, each of so many rows that their reading
// is worth what it takes to begin.
constexpr int64_t kMostParts = 3;
constexpr int64_t kRowsOfPart = 1 << 18;

using Chosen = std::map<size_t, engine::ChosenRows>;

// The files of `rows`, and what to read of them, by their positions among these.
template <typename File>
std::pair<std::vector<File>, Chosen> These(const std::vector<File>& files, const RowsByFile& rows) {
  std::pair<std::vector<File>, Chosen> these;
  for (const auto& [at, of_file] : rows) {
    these.second.emplace(these.first.size(),
                         engine::ChosenRows{std::make_shared<const delta::RowSet>(of_file), false});
    these.first.push_back(files.at(at));
  }
  return these;
}

Chosen Others(const RowsByFile& rows) {
  Chosen others;
  for (const auto& [at, of_file] : rows) {
    others.emplace(at, engine::ChosenRows{std::make_shared<const delta::RowSet>(of_file), true});
  }
  return others;
}

engine::Input Only(const RowsByFile& rows, const engine::Input& whole) {
  engine::Input input = whole;
  if (auto* table = std::get_if<engine::TableInput>(&input)) {
    table->files = FilesOf(rows);
    table->deleted = NoneBut(rows, *table->snapshot);
  } else if (auto* feed = std::get_if<engine::FeedInput>(&input)) {
    std::tie(feed->files, feed->rows) = These(feed->files, rows);
  } else {
    auto& relation = std::get<engine::RelationInput>(input);
    auto& files = std::get<FileSet>(relation.relation).files;
    std::tie(files, relation.rows) = These(files, rows);
  }
  return input;
}

engine::Input AllBut(const RowsByFile& rows, const engine::Input& whole) {
  engine::Input input = whole;
  if (auto* table = std::get_if<engine::TableInput>(&input)) {
    table->deleted = session::AllBut(rows, table->location, *table->snapshot);
  } else if (auto* feed = std::get_if<engine::FeedInput>(&input)) {
    feed->rows = Others(rows);
  } else {
    std::get<engine::RelationInput>(input).rows = Others(rows);
  }
  return input;
}

// The rows of all parts but those of one of them.
RowsByFile Without(const std::vector<RowsByFile>& parts, size_t one) {
  RowsByFile all;
  for (const RowsByFile& part : parts) {
    for (const auto& [at, rows] : part) all[at].AddAll(rows);
  }
  if (one == parts.size()) return all;
  for (const auto& [at, rows] : parts[one]) all[at].Subtract(rows);
  return all;
}

}  // namespace

bool HasPlaces(const engine::Input& input) {
  const auto few = [](const auto& files) {
    return files.size() <= static_cast<size_t>(kFilesOfPlaces);
  };
  if (const auto* table = std::get_if<engine::TableInput>(&input)) {
    return table->deleted.empty() && few(table->snapshot->files());
  }
  if (const auto* feed = std::get_if<engine::FeedInput>(&input)) {
    return feed->rows.empty() && few(feed->files);
  }
  const auto& relation = std::get<engine::RelationInput>(input);
  const auto* files = std::get_if<FileSet>(&relation.relation);
  return files != nullptr && files->format == "parquet" && relation.rows.empty() &&
         few(files->files);
}

MatchedSource::MatchedSource(engine::Input source, const delta::AddFiles& table,
                             const std::vector<size_t>& files)
    : source_(std::move(source)), run_of_(table.size()), rows_(kRuns + 1), also_(kRuns + 1) {
  const auto bytes = [&](size_t at) { return std::max<int64_t>(1, table.HeadAt(at).size); };
  int64_t all = 0;
  for (const size_t at : files) all += bytes(at);
  int64_t before = 0;
  for (const size_t at : files) {
    const double share = static_cast<double>(before) / static_cast<double>(all);
    run_of_[at] = static_cast<Run>(1 + static_cast<Run>(share * kRuns));
    before += bytes(at);
  }
}

void MatchedSource::Add(size_t file, int64_t place) {
  const Run run = run_of_[file];
  const auto at = static_cast<size_t>(place / kRowsOfPlaces);
  const auto row = static_cast<size_t>(place % kRowsOfPlaces);
  if (last_ == nullptr || at != last_at_) {
    last_ = &matches_[at];
    last_at_ = at;
  }
  std::vector<Run>& matches = *last_;
  if (row >= matches.size()) matches.resize(row + 1);
  Run& known = matches[row];
  if (known == run) return;
  if (known == 0) {
    known = run;
    ++matched_;
    ++rows_[run];
    return;
  }
  if (known != kSeveral) also_[known][at].Add(row);
  known = kSeveral;
  if (also_[run][at].Add(row)) ++rows_[run];
}

MatchedSource::Division MatchedSource::Divide() const {
  const int64_t all = std::accumulate(rows_.begin(), rows_.end(), int64_t{0});
  const int64_t wanted = std::clamp<int64_t>(all / kRowsOfPart, 1, kMostParts);
  Division division{std::vector<size_t>(rows_.size()), 1, all / wanted};
  int64_t before = 0;
  for (size_t run = 0; run < rows_.size(); ++run) {
    // By where the middle of the run is.
    const int64_t middle = before + rows_[run] / 2;
    const auto part =
        static_cast<size_t>(all == 0 ? 0 : std::min(wanted - 1, middle * wanted / all));
    division.part_of[run] = part;
    division.parts = std::max(division.parts, part + 1);
    before += rows_[run];
  }
  return division;
}

std::vector<RowsByFile> MatchedSource::RowsOfParts(const Division& division) const {
  std::vector<RowsByFile> parts(division.parts);
  for (const auto& [at, matches] : matches_) {
    std::vector<delta::RowSet> rows(division.parts);
    for (size_t row = 0; row < matches.size(); ++row) {
      const Run run = matches[row];
      if (run != 0 && run != kSeveral) rows[division.part_of[run]].Add(row);
    }
    for (size_t part = 0; part < rows.size(); ++part) {
      if (!rows[part].empty()) parts[part].emplace(at, std::move(rows[part]));
    }
  }
  for (size_t run = 0; run < also_.size(); ++run) {
    for (const auto& [at, rows] : also_[run]) parts[division.part_of[run]][at].AddAll(rows);
  }
  return parts;
}

std::vector<MergePart> MatchedSource::Parts(const std::vector<size_t>& files, int64_t rows,
                                            bool inserts) const {
  const Division division = Divide();
  // Those that match nothing need not wait for a table's rows: by themselves the engine holds none.
  const bool apart = inserts && rows - matched_ > std::max(kRowsOfPart, division.rows);
  if (division.parts == 1 && !apart) return {{files, std::nullopt}};
  const std::vector<RowsByFile> chosen = RowsOfParts(division);
  std::vector<std::vector<size_t>> files_of(division.parts);
  for (const size_t at : files) files_of[division.part_of[run_of_[at]]].push_back(at);
  std::vector<MergePart> parts;
  for (size_t part = 0; part < division.parts; ++part) {
    const bool takes_others = inserts && !apart && part + 1 == division.parts;
    if (files_of[part].empty() && !takes_others) continue;
    parts.push_back({std::move(files_of[part]), takes_others
                                                    ? AllBut(Without(chosen, part), source_)
                                                    : Only(chosen[part], source_)});
  }
  if (apart) parts.push_back({{}, AllBut(Without(chosen, chosen.size()), source_)});
  return parts;
}

}  // namespace weir::session
