#include "weir/session/rearranging.h"

#include <algorithm>
#include <limits>

#include "weir/base/json.h"
#include "weir/base/uuid.h"
#include "weir/delta/clustering.h"
#include "weir/delta/properties.h"
#include "weir/session/binding.h"
#include "weir/session/clustered_rows.h"

namespace weir::session {
namespace {

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

std::pair<int64_t, int64_t> BytesAndLeast(const std::vector<delta::AddFile>& files) {
  int64_t bytes = 0, least = files.empty() ? 0 : std::numeric_limits<int64_t>::max();
  for (const delta::AddFile& file : files) {
    bytes += file.size;
    least = std::min(least, file.size);
  }
  return {bytes, least};
}

}  // namespace

std::vector<size_t> SmallFiles(const delta::Snapshot& base, const std::vector<size_t>& candidates,
                               int64_t target, size_t least) {
  std::map<delta::PartitionValues, std::vector<size_t>> small;
  for (const size_t at : candidates) {
    const delta::AddFile& file = base.files()[at];
    if (file.size < target) small[file.partition_values].push_back(at);
  }
  std::vector<size_t> packed;
  for (const auto& [partition, files] : small) {
    if (files.size() >= least) packed.insert(packed.end(), files.begin(), files.end());
  }
  std::sort(packed.begin(), packed.end());
  return packed;
}

std::vector<size_t> UnclusteredFiles(const delta::Snapshot& base,
                                     const std::vector<Predicate::Path>& columns) {
  const int64_t part_of_a_file =
      delta::PropertiesOf(base.metadata().configuration).target_file_bytes / 2;
  const std::string by = NamesOf(columns).dump();
  std::vector<size_t> files;
  size_t unclustered = 0;
  for (size_t at = 0; at < base.files().size(); ++at) {
    const delta::AddFile& file = base.files()[at];
    const bool clustered = file.clustering_provider == delta::kClusteringProvider;
    const auto tag = file.tags.find(kCubeColumns);
    const bool grows = tag != file.tags.end() && tag->second == by && file.size < part_of_a_file;
    if (clustered && !grows) continue;
    files.push_back(at);
    if (!clustered) ++unclustered;
  }
  if (unclustered == 0 && files.size() < 2) files.clear();
  return files;
}

TableChange Rearranged(const Services& services, const std::string& statement_id,
                       const delta::Table& table, std::shared_ptr<const delta::Snapshot> base,
                       const std::vector<size_t>& files, const RowOrder& order) {
  TableChange change;
  change.base = base;
  change.rearranges = true;
  for (const size_t at : files) change.removed.push_back(base->files()[at]);
  if (files.empty()) return change;
  CheckFilesAreInside(*base, change.removed, table.location());
  const engine::TableInput input{table.location(), base, files};
  const sql::PlanPtr rows = order.columns.empty()
                                ? WholeRows(base->schema(), "the rows of small files")
                                : ClusteredRows(services, statement_id, input, order.columns);
  change.files = WriteFiles(services, statement_id, rows, {{sql::InputId{0}, input}},
                            table.location(), base->metadata())
                     .files;
  for (delta::AddFile& file : change.files) file.data_change = false;
  if (order.liquid) MarkClustered(change.files, order.columns);
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
  const int64_t removed = BytesAndLeast(change.removed).first;
  const auto [added, least_added] = BytesAndLeast(change.files);
  change.commit.metrics = {{"numRemovedFiles", std::to_string(change.removed.size())},
                           {"numAddedFiles", std::to_string(change.files.size())},
                           {"numRemovedBytes", std::to_string(removed)},
                           {"numAddedBytes", std::to_string(added)},
                           {"minFileSize", std::to_string(least_added)}};
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
