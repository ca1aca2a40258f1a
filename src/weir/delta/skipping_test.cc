#include "weir/delta/skipping.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "weir/delta/partition_value.h"
#include "weir/delta/statistics.h"
#include "weir/delta/testing/tables.h"

namespace weir::delta {
namespace {

using Op = Predicate::Op;

// Rows, files and predicates by chance, judged by looking at every row. The columns are few-valued,
// so that predicates hit and miss bounds often.
class World {
 public:
  explicit World(uint32_t seed) : chance_(seed) {}

  static std::vector<Field> Columns() {
    return {{"p", TypeId::kString, true, "{}"},
            {"q", TypeId::kDate, true, "{}"},
            {"i", TypeId::kInt, true, "{}"},
            {"x", TypeId::kDouble, true, "{}"},
            {"s", TypeId::kString, true, "{}"},
            {"t", TypeId::kTimestamp, true, "{}"},
            {"d", DataType::Decimal(20, 2), true, "{}"},
            {"b", TypeId::kBoolean, true, "{}"},
            {"n", DataType::Struct({{"f", TypeId::kFloat, true, "{}"}}), true, "{}"}};
  }

  int Below(int n) { return static_cast<int>(chance_() % static_cast<uint32_t>(n)); }

  Value Of(const DataType& type, bool nulls) {
    if (nulls && Below(5) == 0) return Value::Null(type);
    switch (type.id()) {
      case TypeId::kString:
        return Value::String(Texts()[static_cast<size_t>(Below(8))]);
      case TypeId::kDouble:
      case TypeId::kFloat: {
        const double values[] = {-0.0, 0.0, 1.5, -2.5, NAN, INFINITY, -INFINITY, 3};
        return Value(type, values[Below(8)]);
      }
      case TypeId::kTimestamp:
        return Value(type, int64_t{Below(4000)} - 2000);
      case TypeId::kDecimal:
        return Value(type, Int128{Below(5) - 2} * Int128{1'234'567'890'123'456'789LL});
      case TypeId::kBoolean:
        return Value::Boolean(Below(2) == 0);
      default:
        return Value(type, int64_t{Below(7)} - 3);
    }
  }

  static std::vector<std::string> Texts() {
    const std::string stem(31, 'k');
    return {"",
            "a",
            stem + "a",
            stem + "ab",
            stem + "b",
            stem + "zz",
            stem + "\xf0\x90\x8d\x88!",
            stem + "\xef\xbf\xbdq"};
  }

  Predicate Guess(int depth) {
    const int kind = Below(depth == 0 ? 3 : 6);
    const auto [path, type] = Path();
    if (kind == 0) {
      return Predicate(Predicate::Compare{path, static_cast<Op>(Below(6)), Of(type, false)});
    }
    if (kind == 1) return Predicate(Predicate::IsNull{path, Below(2) == 0});
    if (kind == 2) {
      Predicate::In in{path, {}};
      for (int i = Below(3); i >= 0; --i) in.values.push_back(Of(type, true));
      return Predicate(in);
    }
    std::vector<Predicate> parts;
    for (int i = Below(3); i >= 0; --i) parts.push_back(Guess(depth - 1));
    if (kind == 3) return Predicate(Predicate::Or{parts});
    if (kind == 4) return Predicate(Predicate::And{parts});
    return Predicate(Predicate::Constant{Below(2) == 0});
  }

 private:
  std::pair<Predicate::Path, DataType> Path() {
    const auto columns = Columns();
    const Field& field = columns[static_cast<size_t>(Below(static_cast<int>(columns.size())))];
    if (field.type.id() != TypeId::kStruct) return {{field.name}, field.type};
    return {{"N", "F"}, TypeId::kFloat};  // Names compare without case.
  }

  std::mt19937 chance_;
};

template <typename T>
int OrderOf(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

// By Spark's order, NaN above all.
int Order(const Value& left, const Value& right) {
  if (const auto* text = std::get_if<std::string>(&left.data())) {
    return OrderOf(*text, right.text());
  }
  if (const auto* real = std::get_if<double>(&left.data())) {
    const int nans = int{std::isnan(*real)} - int{std::isnan(right.real())};
    return nans != 0 || std::isnan(*real) ? nans : OrderOf(*real, right.real());
  }
  if (std::holds_alternative<Int128>(left.data())) return OrderOf(left.decimal(), right.decimal());
  if (std::holds_alternative<bool>(left.data())) return OrderOf(left.boolean(), right.boolean());
  return OrderOf(left.integer(), right.integer());
}

using Row = std::map<std::string, Value>;  // By column; the struct's member as "n".

bool Is(const Row& row, const Predicate& predicate);

struct RowJudge {
  const Row& row;

  const Value& At(const Predicate::Path& path) const { return row.at(LowerName(path[0])); }
  static bool Compare(const Value& left, Op op, const Value& right) {
    if (left.is_null() || right.is_null()) return false;
    const int order = Order(left, right);
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
    return false;
  }
  bool operator()(const Predicate::Constant& node) const { return node.value; }
  bool operator()(const Predicate::Compare& node) const {
    return Compare(At(node.column), node.op, node.value);
  }
  bool operator()(const Predicate::In& node) const {
    for (const Value& value : node.values) {
      if (Compare(At(node.column), Op::kEq, value)) return true;
    }
    return false;
  }
  bool operator()(const Predicate::IsNull& node) const {
    return At(node.column).is_null() != node.negated;
  }
  bool operator()(const Predicate::And& node) const {
    for (const Predicate& part : node.parts) {
      if (!Is(row, part)) return false;
    }
    return true;
  }
  bool operator()(const Predicate::Or& node) const {
    for (const Predicate& part : node.parts) {
      if (Is(row, part)) return true;
    }
    return false;
  }
};

bool Is(const Row& row, const Predicate& predicate) {
  return std::visit(RowJudge{row}, predicate.node());
}

// The `add` that a writer would make of these rows; `by_others` leaves NaNs out of bounds in
// silence, as other writers do.
AddFile FileOf(const std::vector<Row>& rows, const Schema& schema, bool by_others) {
  AddFile add;
  add.path = "f";
  add.partition_values = {{"p", PartitionValueToText(rows[0].at("p"))},
                          {"q", PartitionValueToText(rows[0].at("q"))}};
  std::map<Predicate::Path, WrittenColumn> columns;
  for (const Field& field : schema.fields()) {
    if (field.name == "p" || field.name == "q") continue;
    WrittenColumn column;
    column.statistics.null_count = 0;
    for (const Row& row : rows) {
      const Value& value = row.at(field.name);
      if (value.is_null()) {
        ++*column.statistics.null_count;
        continue;
      }
      if (std::holds_alternative<double>(value.data()) && std::isnan(value.real())) {
        column.has_nan = !by_others;
        continue;
      }
      auto& [min, max, nulls] = column.statistics;
      if (!min || Order(value, *min) < 0) min = value;
      if (!max || Order(*max, value) < 0) max = value;
    }
    columns[field.name == "n" ? Predicate::Path{"n", "f"} : Predicate::Path{field.name}] = column;
  }
  add.stats_json =
      BuildStatsJson(schema, MetadataOf(schema), static_cast<int64_t>(rows.size()), columns);
  return add;
}

TEST(SkippingTest, NoFileWithAMatchingRowIsEverDropped) {
  const Schema schema(World::Columns());
  const TestTable t(MetadataOf(schema, {"p", "q"}));
  size_t dropped = 0;
  size_t could_be_dropped = 0;
  for (uint32_t seed = 0; seed < 150; ++seed) {
    World world(seed);
    std::vector<Row> rows;
    Row partition;
    // "" and NULL are the same in a partition column.
    partition["p"] = world.Of(TypeId::kString, true);
    if (!partition["p"].is_null() && partition["p"].text().empty()) {
      partition["p"] = Value::Null(TypeId::kString);
    }
    partition["q"] = world.Of(TypeId::kDate, true);
    for (int i = world.Below(4); i >= 0; --i) {
      Row row = partition;
      for (const Field& field : schema.fields()) {
        if (row.contains(field.name)) continue;
        row[field.name] = world.Of(field.name == "n" ? DataType(TypeId::kFloat) : field.type, true);
      }
      rows.push_back(std::move(row));
    }
    const TestTable one(MetadataOf(schema, {"p", "q"}));
    one.Append(FileOf(rows, schema, world.Below(2) == 0));
    const auto snapshot = one.table.Latest();
    for (int i = 0; i < 200; ++i) {
      const Predicate predicate = world.Guess(2);
      const bool some =
          std::any_of(rows.begin(), rows.end(), [&](const Row& row) { return Is(row, predicate); });
      const bool kept = !snapshot->FilesFor(predicate).empty();
      EXPECT_TRUE(kept || !some) << seed << ": " << predicate.ToString() << "\n"
                                 << snapshot->files()[0].stats_json;
      could_be_dropped += some ? 0 : 1;
      dropped += kept ? 0 : 1;
    }
  }
  // And it is worth having: most files without a match are dropped.
  EXPECT_GT(dropped * 10, could_be_dropped * 6) << dropped << " of " << could_be_dropped;
}

TEST(SkippingTest, FilesWithoutStatisticsAreKept) {
  const TestTable t;
  AddFile add = DataFile("a");
  for (const char* stats : {"", "{}", "broken", R"({"numRecords":5})"}) {
    add.path += "x";
    add.stats_json = stats;
    t.Append(add);
  }
  EXPECT_EQ(t.table.Latest()->FilesFor(IdEquals(7)).size(), 4);
  EXPECT_EQ(t.table.Latest()->FilesFor(Predicate::False()).size(), 0);
}

TEST(SkippingTest, LiteralsOfOtherTypesAreComparedOnlyWhereThatIsSafe) {
  const TestTable t;
  t.Append(DataFile("a", 1, 5));
  const auto count = [&](Value value) {
    return t.table.Latest()
        ->FilesFor(Predicate(Predicate::Compare{{"ID"}, Op::kEq, std::move(value)}))
        .size();
  };
  EXPECT_EQ(count(Value::Int(9)), 0);
  EXPECT_EQ(count(Value::Int(3)), 1);
  EXPECT_EQ(count(Value::String("9")), 1);
  EXPECT_EQ(count(Value::Double(9)), 1);
}

}  // namespace
}  // namespace weir::delta
