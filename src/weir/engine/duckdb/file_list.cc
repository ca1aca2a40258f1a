#include "weir/engine/duckdb/file_list.h"

#include <algorithm>
#include <numeric>

#include "weir/delta/parallel.h"
#include "weir/engine/duckdb/scan_predicate.h"
#include "weir/engine/duckdb/type_mapping.h"
#include "weir/io/parallel.h"

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

  bool MayHold(const duckdb::Expression& filter, const std::vector<Value>& constants) const {
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

void SourceStatistics::Known::Add(const delta::FileStatistics& file, const Field& field) {
  const auto known = file.columns.find({field.name});
  everywhere = everywhere && known != file.columns.end();
  if (!everywhere) return;
  const delta::ColumnStatistics& column = known->second;
  no_nulls = no_nulls && column.null_count == 0;
  const bool only_nulls = file.rows && column.null_count == file.rows;
  if (only_nulls) return;
  bounded = bounded && column.min && column.max;
  if (!bounded) return;
  if (!min || CompareValues(*column.min, *min) < 0) min = column.min;
  if (!max || CompareValues(*column.max, *max) > 0) max = column.max;
}

void SourceStatistics::Known::Add(const Known& other) {
  everywhere = everywhere && other.everywhere;
  bounded = bounded && other.bounded;
  no_nulls = no_nulls && other.no_nulls;
  if (other.min && (!min || CompareValues(*other.min, *min) < 0)) min = other.min;
  if (other.max && (!max || CompareValues(*other.max, *max) > 0)) max = other.max;
}

std::vector<SourceStatistics::Known> SourceStatistics::KnownOf(size_t first, size_t end) const {
  const Schema& schema = source_->schema();
  std::vector<Known> columns(schema.size());
  for (size_t column = 0; column < schema.size(); ++column) {
    const TypeId type = schema[column].type.id();
    // NaNs are left out of bounds, and texts' bounds are prefixes.
    columns[column].bounded = type != TypeId::kFloat && type != TypeId::kDouble &&
                              type != TypeId::kString && type != TypeId::kBinary;
  }
  for (size_t i = first; i < end; ++i) {
    const delta::FileStatistics file = source_->StatisticsOf(files_[i]);
    for (size_t column = 0; column < schema.size(); ++column) {
      columns[column].Add(file, schema[column]);
    }
  }
  return columns;
}

void SourceStatistics::ReadColumns() {
  constexpr size_t kMostExamined = 100'000;
  constexpr size_t kFilesAtOnce = 4'096;
  if (files_.size() > kMostExamined) return;
  std::vector<std::vector<Known>> parts((files_.size() + kFilesAtOnce - 1) / kFilesAtOnce);
  io::InParallel(parts.size(), delta::ReadingThreads(), [&](size_t part) {
    const size_t first = part * kFilesAtOnce;
    parts[part] = KnownOf(first, std::min(files_.size(), first + kFilesAtOnce));
  });
  for (const std::vector<Known>& part : parts) {
    if (columns_.empty()) {
      columns_ = part;
      continue;
    }
    for (size_t column = 0; column < part.size(); ++column) columns_[column].Add(part[column]);
  }
}

std::optional<int64_t> SourceStatistics::rows() {
  std::call_once(rows_once_, [this] { rows_ = source_->RowsIn(files_); });
  return rows_;
}

duckdb::unique_ptr<duckdb::BaseStatistics> SourceStatistics::Of(size_t column) {
  const Field& field = source_->schema()[column];
  const auto& constants = source_->constant_columns();
  if (field.type.IsNested() ||
      std::find(constants.begin(), constants.end(), column) != constants.end()) {
    return nullptr;
  }
  std::call_once(columns_once_, [this] { ReadColumns(); });
  if (columns_.empty() || !columns_[column].everywhere) return nullptr;
  const Known& known = columns_[column];
  auto result = duckdb::BaseStatistics::CreateUnknown(ToDuckdb(field.type));
  if (known.bounded && known.min && known.max &&
      result.GetStatsType() == duckdb::StatisticsType::NUMERIC_STATS) {
    duckdb::NumericStats::SetMin(result, ToDuckdb(*known.min));
    duckdb::NumericStats::SetMax(result, ToDuckdb(*known.max));
  }
  if (known.no_nulls) result.Set(duckdb::StatsInfo::CANNOT_HAVE_NULL_VALUES);
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
  // Files of a partition, which mostly come one after the other, share their constants.
  std::vector<Value> last;
  bool last_may = false;
  for (size_t i = 0; i < list.files_.size(); ++i) {
    std::vector<Value> constants = source_->ConstantsOf(list.files_[i]);
    if (i == 0 || constants != last) {
      last = std::move(constants);
      last_may = std::all_of(
          conditions.begin(), conditions.end(),
          [&](const duckdb::Expression* filter) { return constant.MayHold(*filter, last); });
    }
    if (last_may) left.push_back(list.files_[i]);
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
  if (const auto rows = statistics_->rows()) {
    const auto count = static_cast<duckdb::idx_t>(*rows);
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
