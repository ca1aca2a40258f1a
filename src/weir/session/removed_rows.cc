#include "weir/session/removed_rows.h"

#include <utility>

#include "weir/delta/deletion_vector.h"
#include "weir/delta/properties.h"
#include "weir/sql/bound_exprs.h"

namespace weir::session {
namespace {

// As of DELETE: docs/decisions/0028-deletion-vectors.md.
constexpr double kMostGone = 0.5;

// Whether the rest of a file is better written anew than rows of it named as gone.
bool IsToBeCopied(const delta::AddFile& file, const std::optional<int64_t>& left,
                  const delta::RowSet& rows) {
  if (!left) return true;
  const auto vector = delta::DeletionVectorOf(file);
  const int64_t before = vector ? vector->cardinality : 0;
  const auto gone = static_cast<double>(before + static_cast<int64_t>(rows.size()));
  return gone > kMostGone * static_cast<double>(before + *left);
}

int64_t CopyOthers(const Services& services, const std::string& statement_id,
                   const delta::Table& table, const RowsByFile& without, TableChange& change) {
  const delta::Snapshot& base = *change.base;
  for (const size_t at : FilesOf(without)) change.removed.push_back(base.files()[at]);
  const sql::PlanPtr all =
      sql::MakePlan(sql::NumberedColumns(base.schema()), sql::ScanPlan{0, "its own rows"});
  const engine::TableInput rest{table.location(), change.base, FilesOf(without),
                                AllBut(without, table.location(), base)};
  const auto copied =
      CopyRows(services, statement_id, all, {{0, rest}}, table.location(), base.metadata());
  change.files.insert(change.files.end(), copied.files.begin(), copied.files.end());
  return copied.statistics.rows;
}

}  // namespace

int64_t StageRemoval(const Services& services, const std::string& statement_id,
                     const delta::Table& table, RowsByFile rows, TableChange& change) {
  const delta::Snapshot& base = *change.base;
  const bool by_vectors = delta::PropertiesOf(base.metadata().configuration).deletion_vectors;
  RowsByFile copied;
  for (auto& [at, gone] : rows) {
    const delta::AddFile& file = base.files()[at];
    const auto left = base.StatisticsOf(file).rows;
    if (left && gone.size() == static_cast<uint64_t>(*left)) {
      change.removed.push_back(file);
    } else if (!by_vectors || IsToBeCopied(file, left, gone)) {
      copied.emplace(at, std::move(gone));
    } else {
      change.deleted_rows.push_back({file, std::move(gone)});
    }
  }
  return copied.empty() ? 0 : CopyOthers(services, statement_id, table, copied, change);
}

}  // namespace weir::session
