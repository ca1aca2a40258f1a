#include "weir/delta/skipping.h"

#include <algorithm>
#include <cmath>

namespace weir::delta {
namespace {

using Op = Predicate::Op;

// <0, 0, >0; nothing for values that can't be told apart safely.
std::optional<int> Order(const Value& left, const Value& right) {
  if (left.is_null() || right.is_null()) return std::nullopt;
  const DataType& a = left.type();
  const DataType& b = right.type();
  if (a.IsIntegral() && b.IsIntegral()) {
    return left.integer() < right.integer() ? -1 : left.integer() > right.integer() ? 1 : 0;
  }
  const auto is_real = [](const DataType& type) {
    return type.id() == TypeId::kFloat || type.id() == TypeId::kDouble;
  };
  if (is_real(a) && is_real(b)) {
    const double x = left.real();
    const double y = right.real();
    if (std::isnan(x) || std::isnan(y)) return int{std::isnan(x)} - int{std::isnan(y)};
    return x < y ? -1 : x > y ? 1 : 0;  // -0.0 equals 0.0.
  }
  if (a.id() != b.id() || a.IsNested()) return std::nullopt;
  if (a.id() == TypeId::kDecimal && a.scale() != b.scale()) return std::nullopt;
  if (a.id() == TypeId::kDecimal) {
    return left.decimal() < right.decimal() ? -1 : left.decimal() > right.decimal() ? 1 : 0;
  }
  return CompareValues(left, right);
}

bool Holds(Op op, int order) {
  switch (op) {
    case Op::kEq:
      return order == 0;
    case Op::kNe:
      return order != 0;
    case Op::kLt:
      return order < 0;
    case Op::kLe:
      return order <= 0;
    case Op::kGt:
      return order > 0;
    case Op::kGe:
      return order >= 0;
  }
  return true;
}

// Some rows may be NaN, which bounds do not tell and which sorts above every number.
bool MayHoldNan(const ColumnStatistics& column) {
  const auto real = [](const std::optional<Value>& value) {
    return value && (value->type().id() == TypeId::kFloat || value->type().id() == TypeId::kDouble);
  };
  return real(column.min) || real(column.max);
}

bool MayHold(const ColumnStatistics& column, Op op, const Value& value) {
  // How the bounds lie to `value`; what is not known rules nothing out.
  const int min = column.min ? Order(*column.min, value).value_or(-1) : -1;
  const int max = column.max ? Order(*column.max, value).value_or(1) : 1;
  const bool below = min > 0;  // All numbers are above `value`.
  const bool above = max < 0;  // All numbers are below it.
  const bool nan = MayHoldNan(column);
  const bool nan_wanted =
      nan && !value.is_null() &&
      (value.type().id() == TypeId::kFloat || value.type().id() == TypeId::kDouble) &&
      std::isnan(value.real());
  switch (op) {
    case Op::kEq:
      return nan_wanted || (!below && !above);
    case Op::kNe:
      return nan || min != 0 || max != 0;
    case Op::kLt:
      return min < 0;
    case Op::kLe:
      return nan_wanted || !below;
    case Op::kGt:
      return nan || max > 0;
    case Op::kGe:
      return nan || !above;
  }
  return true;
}

// A path of the predicate found in the schema: names as there, and the leaf's type.
struct Resolved {
  Predicate::Path path;
  const DataType* type = nullptr;
};

std::optional<Resolved> Resolve(const Predicate::Path& path, const Schema& schema) {
  Resolved resolved;
  const std::vector<Field>* fields = &schema.fields();
  for (const std::string& name : path) {
    if (fields == nullptr) return std::nullopt;
    const std::string lowered = LowerName(name);
    const auto found = std::find_if(fields->begin(), fields->end(), [&](const Field& field) {
      return LowerName(field.name) == lowered;
    });
    if (found == fields->end()) return std::nullopt;
    resolved.path.push_back(found->name);
    resolved.type = &found->type;
    fields = found->type.id() == TypeId::kStruct ? &found->type.fields() : nullptr;
  }
  if (resolved.type == nullptr) return std::nullopt;
  return resolved;
}

class Judge {
 public:
  Judge(const Schema& schema, const std::set<std::string>& partition_columns, const FileFacts& file)
      : schema_(schema), partition_columns_(partition_columns), file_(file) {}

  bool operator()(const Predicate::Constant& node) const { return node.value; }

  bool operator()(const Predicate::Compare& node) const {
    return MayCompare(node.column, [&](const Value* exact, const ColumnStatistics* column) {
      return May(node.op, node.value, exact, column);
    });
  }

  bool operator()(const Predicate::In& node) const {
    return MayCompare(node.column, [&](const Value* exact, const ColumnStatistics* column) {
      return std::any_of(node.values.begin(), node.values.end(), [&](const Value& value) {
        return !value.is_null() && May(Op::kEq, value, exact, column);
      });
    });
  }

  bool operator()(const Predicate::IsNull& node) const {
    const auto resolved = Resolve(node.column, schema_);
    if (!resolved) return true;
    if (const Value* exact = PartitionValue(*resolved)) return exact->is_null() != node.negated;
    const ColumnStatistics* column = Statistics(*resolved);
    if (column == nullptr || !column->null_count) return true;
    if (!node.negated) return *column->null_count > 0;
    return !AllNull(*column);
  }

  bool operator()(const Predicate::And& node) const {
    return std::all_of(node.parts.begin(), node.parts.end(),
                       [&](const Predicate& part) { return std::visit(*this, part.node()); });
  }

  bool operator()(const Predicate::Or& node) const {
    return std::any_of(node.parts.begin(), node.parts.end(),
                       [&](const Predicate& part) { return std::visit(*this, part.node()); });
  }

 private:
  // Calls `may` with the value that all rows of the file share, or with the column's statistics.
  template <typename MayFunction>
  bool MayCompare(const Predicate::Path& path, const MayFunction& may) const {
    const auto resolved = Resolve(path, schema_);
    if (!resolved) return true;
    if (const Value* exact = PartitionValue(*resolved)) {
      return !exact->is_null() && may(exact, nullptr);
    }
    const ColumnStatistics* column = Statistics(*resolved);
    if (column == nullptr) return true;
    return !AllNull(*column) && may(nullptr, column);
  }

  static bool May(Op op, const Value& value, const Value* exact, const ColumnStatistics* column) {
    if (exact == nullptr) return MayHold(*column, op, value);
    const auto order = Order(*exact, value);
    return !order || Holds(op, *order);
  }

  const Value* PartitionValue(const Resolved& resolved) const {
    if (resolved.path.size() != 1 || !partition_columns_.contains(resolved.path[0])) return nullptr;
    const auto& values = file_.partition();
    const auto found = values.find(resolved.path[0]);
    return found == values.end() ? nullptr : &found->second;
  }

  const ColumnStatistics* Statistics(const Resolved& resolved) const {
    if (partition_columns_.contains(resolved.path[0])) return nullptr;
    const auto& columns = file_.statistics().columns;
    const auto found = columns.find(resolved.path);
    return found == columns.end() ? nullptr : &found->second;
  }

  bool AllNull(const ColumnStatistics& column) const {
    const auto& rows = file_.statistics().rows;
    return rows && column.null_count && *column.null_count >= *rows;
  }

  const Schema& schema_;
  const std::set<std::string>& partition_columns_;
  const FileFacts& file_;
};

struct Columns {
  const Schema& schema;
  std::set<std::string>& found;

  void Add(const Predicate::Path& path) const {
    if (path.empty()) return;
    if (const auto at = schema.Find(path[0])) found.insert(schema[*at].name);
  }
  void operator()(const Predicate::Constant&) const {}
  void operator()(const Predicate::Compare& node) const { Add(node.column); }
  void operator()(const Predicate::In& node) const { Add(node.column); }
  void operator()(const Predicate::IsNull& node) const { Add(node.column); }
  void operator()(const Predicate::And& node) const { Each(node.parts); }
  void operator()(const Predicate::Or& node) const { Each(node.parts); }
  void Each(const std::vector<Predicate>& parts) const {
    for (const Predicate& part : parts) std::visit(*this, part.node());
  }
};

}  // namespace

bool MayMatch(const Predicate& rows, const Schema& schema,
              const std::set<std::string>& partition_columns, const FileFacts& file) {
  return std::visit(Judge(schema, partition_columns, file), rows.node());
}

std::set<std::string> ColumnsOf(const Predicate& rows, const Schema& schema) {
  std::set<std::string> found;
  std::visit(Columns{schema, found}, rows.node());
  return found;
}

}  // namespace weir::delta
