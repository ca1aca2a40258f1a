#include "weir/engine/duckdb/file_list.h"

#include <algorithm>
#include <numeric>

#include "weir/engine/duckdb/scan_predicate.h"
#include "weir/engine/duckdb/type_mapping.h"

namespace weir::engine {
namespace {

std::vector<size_t> AllOf(const ParquetSource& source) {
  std::vector<size_t> all(source.size());
  std::iota(all.begin(), all.end(), size_t{0});
  return all;
}

// Whether `filter`, a condition on nothing but constant columns, is true in some file with these.
class ConstantCondition {
 public:
  ConstantCondition(duckdb::ClientContext& context, const ParquetSource& source,
                    const ColumnOfReference& column_of)
      : context_(context), source_(source), column_of_(column_of) {}

  bool Applies(const duckdb::Expression& filter) const {
    if (filter.IsVolatile()) return false;
    bool any = false;
    bool all = true;
    duckdb::ExpressionIterator::VisitExpression<duckdb::BoundColumnRefExpression>(
        filter, [&](const duckdb::BoundColumnRefExpression& reference) {
          any = true;
          all = all && ConstantIndex(reference).has_value();
        });
    return any && all;
  }

  bool MayHold(const duckdb::Expression& filter, size_t file) const {
    const std::vector<Value> constants = source_.ConstantsOf(file);
    auto copy = filter.Copy();
    duckdb::ExpressionIterator::VisitExpressionMutable<duckdb::BoundColumnRefExpression>(
        copy, [&](duckdb::BoundColumnRefExpression& reference,
                  duckdb::unique_ptr<duckdb::Expression>& expr) {
          const Value& constant = constants.at(*ConstantIndex(reference));
          expr = duckdb::make_uniq<duckdb::BoundConstantExpression>(ToDuckdb(constant));
        });
    duckdb::Value result;
    if (!copy->IsFoldable() ||
        !duckdb::ExpressionExecutor::TryEvaluateScalar(context_, *copy, result)) {
      return true;
    }
    return !result.IsNull() && duckdb::BooleanValue::Get(result);
  }

 private:
  std::optional<size_t> ConstantIndex(const duckdb::BoundColumnRefExpression& reference) const {
    const auto column = column_of_(reference);
    if (!column) return std::nullopt;
    const auto& constants = source_.constant_columns();
    const auto found = std::find(constants.begin(), constants.end(), *column);
    if (found == constants.end()) return std::nullopt;
    return static_cast<size_t>(found - constants.begin());
  }

  duckdb::ClientContext& context_;
  const ParquetSource& source_;
  const ColumnOfReference& column_of_;
};

}  // namespace

// Statistics --------------------------------------------------------------------------------------

void SourceStatistics::Read() {
  std::call_once(once_, [this] {
    std::vector<int64_t> rows;
    for (const size_t file : files_) {
      statistics_.push_back(source_->StatisticsOf(file));
      if (statistics_.back().rows) rows.push_back(*statistics_.back().rows);
    }
    if (rows.size() == files_.size()) rows_ = std::move(rows);
  });
}

const std::optional<std::vector<int64_t>>& SourceStatistics::rows() {
  Read();
  return rows_;
}

duckdb::unique_ptr<duckdb::BaseStatistics> SourceStatistics::Of(size_t column) {
  Read();
  const Field& field = source_->schema()[column];
  const auto& constants = source_->constant_columns();
  if (field.type.IsNested() ||
      std::find(constants.begin(), constants.end(), column) != constants.end()) {
    return nullptr;
  }
  std::optional<Value> min;
  std::optional<Value> max;
  // NaNs are left out of bounds, and texts' bounds are prefixes.
  bool bounded = field.type.id() != TypeId::kFloat && field.type.id() != TypeId::kDouble &&
                 field.type.id() != TypeId::kString && field.type.id() != TypeId::kBinary;
  bool no_nulls = true;
  for (const delta::FileStatistics& file : statistics_) {
    const auto known = file.columns.find({field.name});
    if (known == file.columns.end()) return nullptr;
    const delta::ColumnStatistics& column_statistics = known->second;
    no_nulls = no_nulls && column_statistics.null_count == 0;
    const bool only_nulls = file.rows && column_statistics.null_count == file.rows;
    if (only_nulls) continue;
    if (!column_statistics.min || !column_statistics.max) {
      bounded = false;
      continue;
    }
    if (!min || CompareValues(*column_statistics.min, *min) < 0) min = column_statistics.min;
    if (!max || CompareValues(*column_statistics.max, *max) > 0) max = column_statistics.max;
  }
  auto result = duckdb::BaseStatistics::CreateUnknown(ToDuckdb(field.type));
  if (bounded && min && max && result.GetStatsType() == duckdb::StatisticsType::NUMERIC_STATS) {
    duckdb::NumericStats::SetMin(result, ToDuckdb(*min));
    duckdb::NumericStats::SetMax(result, ToDuckdb(*max));
  }
  if (no_nulls) result.Set(duckdb::StatsInfo::CANNOT_HAVE_NULL_VALUES);
  return result.ToUnique();
}

// The list ----------------------------------------------------------------------------------------

FileList::FileList(std::shared_ptr<const ParquetSource> source, std::string path_prefix)
    : source_(std::move(source)),
      path_prefix_(std::move(path_prefix)),
      files_(AllOf(*source_)),
      statistics_(std::make_shared<SourceStatistics>(source_, files_)) {}

FileList::FileList(const FileList& base, std::vector<size_t> files, std::set<std::string> judged)
    : source_(base.source_),
      path_prefix_(base.path_prefix_),
      files_(std::move(files)),
      judged_(std::move(judged)),
      statistics_(files_.size() == base.files_.size()
                      ? base.statistics_
                      : std::make_shared<SourceStatistics>(source_, files_)) {}

duckdb::unique_ptr<duckdb::MultiFileList> FileList::Without(const Predicate& rows) const {
  if (rows.IsTrue() || files_.empty()) return nullptr;
  std::string text = rows.ToString();
  if (judged_.contains(text)) return nullptr;
  const std::vector<size_t> matching = source_->FilesFor(rows);
  std::vector<size_t> left;
  std::set_intersection(files_.begin(), files_.end(), matching.begin(), matching.end(),
                        std::back_inserter(left));
  std::set<std::string> judged = judged_;
  judged.insert(std::move(text));
  return duckdb::unique_ptr<duckdb::MultiFileList>(
      new FileList(*this, std::move(left), std::move(judged)));
}

duckdb::unique_ptr<duckdb::MultiFileList> FileList::ComplexFilterPushdown(
    duckdb::ClientContext& context, const duckdb::MultiFileOptions&,
    duckdb::MultiFilePushdownInfo& info,
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& filters) const {
  const Schema& schema = source_->schema();
  const ColumnOfReference column_of =
      [&](const duckdb::BoundColumnRefExpression& reference) -> std::optional<size_t> {
    if (reference.depth > 0 || reference.binding.table_index != info.table_index ||
        reference.binding.column_index >= info.column_ids.size()) {
      return std::nullopt;
    }
    const size_t column = info.column_ids[reference.binding.column_index];
    return column < schema.size() ? std::optional(column) : std::nullopt;
  };
  std::vector<Predicate> parts;
  for (const auto& filter : filters) parts.push_back(PredicateOf(*filter, schema, column_of));
  auto pruned = Without(Predicate(Predicate::And{std::move(parts)}));

  const ConstantCondition constant(context, *source_, column_of);
  std::vector<const duckdb::Expression*> conditions;
  const FileList& list = pruned ? static_cast<const FileList&>(*pruned) : *this;
  std::set<std::string> judged = list.judged_;
  for (const auto& filter : filters) {
    if (constant.Applies(*filter) && judged.insert("constant: " + filter->ToString()).second) {
      conditions.push_back(filter.get());
    }
  }
  if (conditions.empty()) return pruned;
  std::vector<size_t> left;
  for (const size_t file : list.files_) {
    if (std::all_of(conditions.begin(), conditions.end(), [&](const duckdb::Expression* filter) {
          return constant.MayHold(*filter, file);
        })) {
      left.push_back(file);
    }
  }
  return duckdb::unique_ptr<duckdb::MultiFileList>(
      new FileList(list, std::move(left), std::move(judged)));
}

duckdb::unique_ptr<duckdb::MultiFileList> FileList::DynamicFilterPushdown(
    duckdb::ClientContext&, const duckdb::MultiFileOptions&, const duckdb::vector<std::string>&,
    const duckdb::vector<duckdb::LogicalType>&, const duckdb::vector<duckdb::column_t>& column_ids,
    duckdb::TableFilterSet& filters) const {
  std::vector<Predicate> parts;
  for (const auto& [position, filter] : filters.filters) {
    const size_t column = column_ids.at(position);
    if (column >= source_->schema().size()) continue;
    parts.push_back(PredicateOf(*filter, source_->schema(), column));
  }
  return Without(Predicate(Predicate::And{std::move(parts)}));
}

duckdb::vector<duckdb::OpenFileInfo> FileList::GetAllFiles() const {
  duckdb::vector<duckdb::OpenFileInfo> all;
  for (size_t i = 0; i < files_.size(); ++i) all.push_back(GetFile(i));
  return all;
}

duckdb::OpenFileInfo FileList::GetFile(duckdb::idx_t i) const {
  if (i >= files_.size()) return {};
  const std::string uri = source_->UriOf(files_[i]);
  return {path_prefix_ + std::to_string(files_[i]) + "/" + uri.substr(uri.rfind('/') + 1)};
}

duckdb::unique_ptr<duckdb::NodeStatistics> FileList::GetCardinality(duckdb::ClientContext&) const {
  if (const auto& rows = statistics_->rows()) {
    const auto count =
        static_cast<duckdb::idx_t>(std::accumulate(rows->begin(), rows->end(), int64_t{0}));
    return duckdb::make_uniq<duckdb::NodeStatistics>(count, count);
  }
  uint64_t bytes = 0;
  for (const size_t file : files_) bytes += source_->BytesOf(file);
  return duckdb::make_uniq<duckdb::NodeStatistics>(bytes / 32);  // A guess.
}

duckdb::unique_ptr<duckdb::MultiFileList> FileList::Copy() const {
  return duckdb::unique_ptr<duckdb::MultiFileList>(new FileList(*this, files_, judged_));
}

}  // namespace weir::engine
