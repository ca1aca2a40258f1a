#include "model/condition.h"

#include <algorithm>

namespace weir::test::model {
namespace {

using Op = Condition::Op;

std::string TestSql(const Condition::Test& test, const std::string& alias) {
  const bool variant = test.kind == Column::Kind::kVariant && test.op != Op::kIsNull;
  const std::string column =
      (alias.empty() ? "" : alias + ".") + test.column + (variant ? "::BIGINT" : "");
  const std::string value = WrittenCell(variant ? Column::Kind::kBigint : test.kind, test.value);
  switch (test.op) {
    case Op::kEqual:
      return column + " = " + value;
    case Op::kLess:
      return column + " < " + value;
    case Op::kGreater:
      return column + " > " + value;
    case Op::kRemainder:
      return column + " % " + std::to_string(Condition::kDivisor) + " = " + value;
    case Op::kIsNull:
      return column + " IS NULL";
  }
  return "";
}

bool TestHolds(const Condition::Test& test, const Cell& cell) {
  if (test.op == Op::kIsNull) return !cell;
  if (!cell) return false;
  switch (test.op) {
    case Op::kEqual:
      return *cell == test.value;
    case Op::kLess:
      return *cell < test.value;
    case Op::kGreater:
      return *cell > test.value;
    case Op::kRemainder:
      return *cell % Condition::kDivisor == test.value;
    case Op::kIsNull:
      break;
  }
  return false;
}

// A value that the column has in some row, so that the condition finds something; else a small one.
int64_t LikelyValue(const Content& content, size_t column, Draw& draw) {
  if (!content.rows.empty() && !draw.OneIn(4)) {
    const Cell cell = draw.Of(content.rows)[column];
    if (cell) return *cell;
  }
  return draw.Between(0, 9);
}

}  // namespace

std::string Condition::Sql(const std::string& alias) const {
  std::string text;
  for (const Test& test : tests) text += (text.empty() ? "" : " AND ") + TestSql(test, alias);
  return text.empty() ? "true" : text;
}

bool Condition::Fits(const Content& content) const {
  return std::all_of(tests.begin(), tests.end(),
                     [&](const Test& test) { return content.Find(test.column).has_value(); });
}

bool Condition::Holds(const Content& content, const Row& row) const {
  return std::all_of(tests.begin(), tests.end(), [&](const Test& test) {
    return TestHolds(test, row[*content.Find(test.column)]);
  });
}

Condition DrawCondition(const Content& content, Draw& draw) {
  Condition condition;
  const int64_t tests = draw.OneIn(3) ? 2 : 1;
  for (int64_t i = 0; i < tests; ++i) {
    // By the key or the partition as often as by all others together.
    const size_t at = draw.OneIn(2) ? draw.Below(std::min<size_t>(content.columns.size(), 2))
                                    : draw.Below(content.columns.size());
    const Column& column = content.columns[at];
    Condition::Test test{column.name, column.kind, Op::kEqual, LikelyValue(content, at, draw)};
    if (draw.OneIn(8)) {
      test.op = Op::kIsNull;
    } else if (column.kind != Column::Kind::kText) {
      test.op = draw.Of({Op::kEqual, Op::kLess, Op::kGreater, Op::kRemainder});
      if (test.op == Op::kRemainder) test.value = draw.Between(0, Condition::kDivisor - 1);
    }
    condition.tests.push_back(test);
  }
  return condition;
}

}  // namespace weir::test::model
