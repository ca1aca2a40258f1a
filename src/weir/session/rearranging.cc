#include "weir/session/rearranging.h"

#include <algorithm>
#include <limits>
#include <set>

#include "weir/base/json.h"
#include "weir/base/uuid.h"
#include "weir/delta/clustering.h"
#include "weir/delta/deletion_vector.h"
#include "weir/delta/properties.h"
#include "weir/session/binding.h"
#include "weir/session/clustered_rows.h"
#include "weir/session/moved_rows.h"

namespace weir::session {
namespace {

constexpr sql::InputId kMovedFiles = 0;
// The share of a file's rows beyond which OPTIMIZE writes it anew for the deleted ones alone, as
// Delta's default has it.
constexpr double kMostDeletedKept = 0.05;

constexpr const char* kCubeId = "ZCUBE_ID";
constexpr const char* kCubeColumns = "ZCUBE_ZORDER_BY";
constexpr const char* kCubeCurve = "ZCUBE_ZORDER_CURVE";

Json NamesOf(const std::vector<Predicate::Path>& columns) {
  Json names = Json::array();
  for (const Predicate::Path& path : columns) names.push_back(delta::DottedPath(path));
  return names;
}

// A JSON text within a JSON text, as Delta's history has lists.
std::string ListParameter(const Json& list) { return Json(list.dump()).dump(); }

void MarkClustered(std::vector<delta::AddFile>& files,
                   const std::vector<Predicate::Path>& columns) {
  const std::string cube = NewUuid();
  for (delta::AddFile& file : files) {
    file.clustering_provider = delta::kClusteringProvider;
    file.tags[kCubeId] = cube;
    file.tags[kCubeColumns] = NamesOf(columns).dump();
    file.tags[kCubeCurve] = "zorder";
  }
}

bool IsMuchDeleted(const delta::Snapshot& base, const delta::AddFile& file) {
  const auto vector = delta::DeletionVectorOf(file);
  if (!vector) return false;
  const auto left = base.StatisticsOf(file).rows;
  // How many there are must be known where some are deleted; else it is made right by that.
  if (!left) return true;
  const auto gone = static_cast<double>(vector->cardinality);
  return gone / std::max(gone + static_cast<double>(*left), 1.0) > kMostDeletedKept;
}

std::pair<int64_t, int64_t> BytesAndLeast(const std::vector<delta::AddFile>& files) {
  int64_t bytes = 0, least = files.empty() ? 0 : std::numeric_limits<int64_t>::max();
  for (const delta::AddFile& file : files) {
    bytes += file.size;
    least = std::min(least, file.size);
  }
  return {bytes, least};
}

}  // namespace

FilePositions SmallFiles(const delta::Snapshot& base, const FilePositions& candidates,
                         int64_t target, size_t least) {
  std::map<delta::PartitionValues, std::vector<size_t>> small;
  for (const size_t at : candidates) {
    const delta::AddFile file = base.files().HeadAt(at);
    if (file.size < target) small[file.partition_values].push_back(at);
  }
  FilePositions packed;
  for (const auto& [partition, files] : small) {
    if (files.size() >= least) packed.insert(packed.end(), files.begin(), files.end());
  }
  std::sort(packed.begin(), packed.end());
  return packed;
}

FilePositions FilesToPack(const delta::Snapshot& base, const FilePositions& candidates) {
  const int64_t target = delta::PropertiesOf(base.metadata().configuration).target_file_bytes;
  std::map<delta::PartitionValues, FilePositions> small;
  std::set<size_t> packed;
  for (const size_t at : candidates) {
    const delta::AddFile file = base.files()[at];
    const bool holed = IsMuchDeleted(base, file);
    if (holed) packed.insert(at);
    if (holed || file.size < target) small[file.partition_values].push_back(at);
  }
  for (const auto& [partition, files] : small) {
    if (files.size() > 1) packed.insert(files.begin(), files.end());
  }
  return {packed.begin(), packed.end()};
}

FilePositions FilesToPurge(const delta::Snapshot& base, FilePositions candidates) {
  std::erase_if(candidates,
                [&](size_t at) { return base.files().HeadAt(at).deletion_vector_json.empty(); });
  return candidates;
}

FilePositions UnclusteredFiles(const delta::Snapshot& base,
                               const std::vector<Predicate::Path>& columns) {
  const int64_t part_of_a_file =
      delta::PropertiesOf(base.metadata().configuration).target_file_bytes / 2;
  const std::string by = NamesOf(columns).dump();
  FilePositions files;
  size_t wanted = 0;  // For their own sake.
  for (size_t at = 0; at < base.files().size(); ++at) {
    const delta::AddFile file = base.files()[at];
    const bool clustered = file.clustering_provider == delta::kClusteringProvider;
    const auto tag = file.tags.find(kCubeColumns);
    const bool grows = tag != file.tags.end() && tag->second == by && file.size < part_of_a_file;
    const bool holed = IsMuchDeleted(base, file);
    if (clustered && !grows && !holed) continue;
    files.push_back(at);
    if (!clustered || holed) ++wanted;
  }
  if (wanted == 0 && files.size() < 2) files.clear();
  return files;
}

TableChange Rearranged(const Services& services, const std::string& statement_id,
                       const delta::Table& table, std::shared_ptr<const delta::Snapshot> base,
                       const FilePositions& files, const RowOrder& order,
                       delta::CommitOptions commit) {
  TableChange change;
  change.base = base;
  change.commit = std::move(commit);
  change.rearranges = true;
  for (const size_t at : files) change.removed.push_back(base->files()[at]);
  if (files.empty()) return change;
  const engine::TableInput input{table.location(), base, files};
  const MovedRows moved = MoveRows(*base, kMovedFiles, table.location().uri);
  const sql::PlanPtr rows = order.columns.empty() ? moved.rows
                                                  : ClusteredRows(services, statement_id, input,
                                                                  moved.rows, order.columns);
  change.files = CopyRows(services, statement_id, rows, {{kMovedFiles, input}}, table.location(),
                          moved.metadata)
                     .files;
  for (delta::AddFile& file : change.files) file.data_change = false;
  if (order.liquid) MarkClustered(change.files, order.columns);
  if (moved.keeps_ids) TellIdsAreKept(change.commit);
  return change;
}

void DescribeRearranging(TableChange& change, const RowOrder& order, const std::string& predicate,
                         bool automatic) {
  auto& parameters = change.commit.parameters;
  const Json picked = predicate.empty() ? Json::array() : Json::array({predicate});
  parameters["predicate"] = ListParameter(picked);
  parameters["zOrderBy"] = ListParameter(order.liquid ? Json::array() : NamesOf(order.columns));
  if (order.liquid) parameters["clusterBy"] = ListParameter(NamesOf(order.columns));
  parameters["auto"] = automatic ? "true" : "false";
  const auto vectors =
      std::count_if(change.removed.begin(), change.removed.end(),
                    [](const delta::AddFile& file) { return !file.deletion_vector_json.empty(); });
  const int64_t removed = BytesAndLeast(change.removed).first;
  const auto [added, least_added] = BytesAndLeast(change.files);
  change.commit.metrics = {{"numRemovedFiles", std::to_string(change.removed.size())},
                           {"numAddedFiles", std::to_string(change.files.size())},
                           {"numRemovedBytes", std::to_string(removed)},
                           {"numAddedBytes", std::to_string(added)},
                           {"minFileSize", std::to_string(least_added)},
                           {"numDeletionVectorsRemoved", std::to_string(vectors)}};
}

std::vector<Predicate::Path> ColumnPaths(const std::vector<sql::Name>& names, const Schema& schema,
                                         const std::string& condition) {
  std::vector<Predicate::Path> paths;
  for (const sql::Name& name : names) {
    Predicate::Path path;
    const std::vector<Field>* level = &schema.fields();
    for (const sql::Identifier& part : name.parts) {
      const Field* found = nullptr;
      static const std::vector<Field> kNone;
      for (const Field& field : level != nullptr ? *level : kNone) {
        if (LowerName(field.name) == LowerName(part.text)) found = &field;
      }
      if (found == nullptr) {
        throw DiagnosticError(
            {{condition, "42703", name.span, "the table has no column " + name.ToString(),
              "its columns: " + schema.ToDdl()}});
      }
      path.push_back(found->name);
      level = found->type.id() == TypeId::kStruct ? &found->type.fields() : nullptr;
    }
    paths.push_back(std::move(path));
  }
  return paths;
}

}  // namespace weir::session
