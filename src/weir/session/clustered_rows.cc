#include "weir/session/clustered_rows.h"

#include <algorithm>

#include "weir/base/check.h"
#include "weir/sql/bound_exprs.h"

namespace weir::session {
namespace {

constexpr sql::InputId kRows = 0;
constexpr double kSampledRows = 50'000;
constexpr int kMostRangeBits = 8;  // Of 256 ranges for each column.
constexpr int kCurveBits = 62;
constexpr int64_t kBytesOfARow = 64;  // Of files that don't say how many they hold.

int64_t CountedRows(const engine::TableInput& input) {
  const delta::Snapshot& snapshot = *input.snapshot;
  int64_t rows = 0;
  const auto add = [&](const delta::AddFile& file) {
    const auto counted = snapshot.StatisticsOf(file).rows;
    rows += counted.value_or(1 + file.size / kBytesOfARow);
  };
  if (!input.files) {
    for (const delta::AddFile& file : snapshot.files()) add(file);
  } else {
    for (const size_t at : *input.files) add(snapshot.files()[at]);
  }
  return rows;
}

// The values of one column in some of the rows, NULLs left out, in order.
std::vector<Value> Sampled(const Services& services, const std::string& id,
                           const engine::TableInput& input, const Predicate::Path& path) {
  std::vector<sql::PlanColumn> columns;
  for (sql::PlanColumn& column : sql::NumberedColumns(input.snapshot->schema())) {
    if (column.name == path.front()) columns.push_back(std::move(column));
  }
  const auto scan = sql::MakePlan(columns, sql::ScanPlan{kRows, "a sample"});
  const double rows = std::max<double>(1, static_cast<double>(CountedRows(input)));
  const auto sample = sql::MakePlan(
      columns, sql::SamplePlan{scan, std::min(100.0, 100 * kSampledRows / rows), std::nullopt});
  sql::BoundExprPtr value = ColumnAtPath(columns, path);
  const sql::PlanColumn named{static_cast<sql::ColumnId>(input.snapshot->schema().size()), "value",
                              value->type, true};
  const auto project = sql::MakeProject(sample, {{named, std::move(value)}});
  const auto found = services.engine.Query({id, project, {{kRows, input}}, std::nullopt});
  std::vector<Value> values;
  while (const auto batch = found->Next()) {
    for (int64_t row = 0; row < batch->rows(); ++row) {
      Value one = batch->At(0, row);
      if (!one.is_null()) values.push_back(std::move(one));
    }
  }
  std::sort(values.begin(), values.end(),
            [](const Value& a, const Value& b) { return CompareValues(a, b) < 0; });
  return values;
}

// Where a range ends and the next begins: values in order, none twice, about as many rows between
// one and the next everywhere.
std::vector<Value> RangeBounds(const std::vector<Value>& sorted, size_t ranges) {
  std::vector<Value> bounds;
  for (size_t i = 1; i < ranges; ++i) {
    const size_t at = i * sorted.size() / ranges;
    if (at == 0 || at >= sorted.size()) continue;
    if (CompareValues(sorted[at - 1], sorted[at]) == 0 && !bounds.empty() &&
        CompareValues(bounds.back(), sorted[at]) == 0) {
      continue;
    }
    if (bounds.empty() || CompareValues(bounds.back(), sorted[at]) < 0) {
      bounds.push_back(sorted[at]);
    }
  }
  return bounds;
}

// Bit i of `number` goes to bit i * step + offset.
int64_t SpreadBits(uint64_t number, int step, int offset) {
  int64_t spread = 0;
  for (int bit = 0; number != 0; ++bit, number >>= 1) {
    if ((number & 1) != 0) spread |= int64_t{1} << (bit * step + offset);
  }
  return spread;
}

// What the number of a value's range adds to its place on the curve: a search by halves.
class RangePlace {
 public:
  RangePlace(sql::BoundExprPtr value, const std::vector<Value>& bounds, int step, int offset)
      : value_(std::move(value)), bounds_(bounds), step_(step), offset_(offset) {}

  // NULL is less than nothing, and so comes into the last range.
  sql::BoundExprPtr Among(size_t first, size_t last) const {
    if (first == last) return sql::LiteralOf(Value::Long(SpreadBits(first, step_, offset_)), {});
    const size_t middle = (first + last + 1) / 2;
    auto below = sql::MakeCall("<", {value_, sql::LiteralOf(bounds_[middle - 1], {})});
    sql::BoundCase node;
    node.branches.emplace_back(std::move(below), Among(first, middle - 1));
    node.otherwise = Among(middle, last);
    return sql::MakeExpr({}, TypeId::kLong, false, std::move(node));
  }

 private:
  const sql::BoundExprPtr value_;
  const std::vector<Value>& bounds_;
  const int step_;
  const int offset_;
};

// Where a row stands on the curve, as a BIGINT.
sql::BoundExprPtr CurvePlace(const Services& services, const std::string& id,
                             const engine::TableInput& input,
                             const std::vector<sql::PlanColumn>& scanned,
                             const std::vector<Predicate::Path>& columns) {
  const int count = static_cast<int>(columns.size());
  const int bits = std::clamp(kCurveBits / count, 1, kMostRangeBits);
  sql::BoundExprPtr place;
  for (int i = 0; i < count && i < kCurveBits; ++i) {
    const auto bounds = RangeBounds(Sampled(services, id, input, columns[i]), size_t{1} << bits);
    const RangePlace range(ColumnAtPath(scanned, columns[i]), bounds, count, count - 1 - i);
    auto part = range.Among(0, bounds.size());
    place = place == nullptr ? std::move(part)
                             : sql::MakeCall("|", {std::move(place), std::move(part)});
  }
  return place;
}

}  // namespace

sql::BoundExprPtr ColumnAtPath(const std::vector<sql::PlanColumn>& columns,
                               const Predicate::Path& path) {
  const auto column = std::find_if(columns.begin(), columns.end(),
                                   [&](const auto& one) { return one.name == path.front(); });
  WEIR_CHECK(column != columns.end());
  sql::BoundExprPtr expr = sql::ColumnOf(*column, {});
  for (size_t part = 1; part < path.size(); ++part) {
    const auto& fields = expr->type.fields();
    size_t index = 0;
    while (index < fields.size() && fields[index].name != path[part]) ++index;
    WEIR_CHECK(index < fields.size());
    const DataType type = fields[index].type;
    expr = sql::MakeExpr({}, type, true, sql::BoundField{std::move(expr), index});
  }
  return expr;
}

sql::PlanPtr WholeRows(const Schema& schema, const std::string& name) {
  return sql::MakePlan(sql::NumberedColumns(schema), sql::ScanPlan{kRows, name});
}

sql::PlanPtr ClusteredRows(const Services& services, const std::string& statement_id,
                           const engine::TableInput& input, const sql::PlanPtr& rows,
                           const std::vector<Predicate::Path>& columns) {
  std::vector<sql::BoundSort> keys;
  for (const std::string& partition : input.snapshot->metadata().partition_columns) {
    keys.push_back({ColumnAtPath(rows->columns, {partition})});
  }
  if (columns.size() > 1) {
    keys.push_back({CurvePlace(services, statement_id, input, rows->columns, columns)});
  }
  for (const Predicate::Path& path : columns) keys.push_back({ColumnAtPath(rows->columns, path)});
  return sql::MakePlan(rows->columns, sql::SortPlan{rows, std::move(keys)});
}

}  // namespace weir::session
