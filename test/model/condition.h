#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/content.h"
#include "model/draw.h"

namespace weir::test::model {

// Which rows: in SQL, and by the model. True only where SQL says true; NULL is not.
struct Condition {
  enum class Op { kEqual, kLess, kGreater, kRemainder, kIsNull };
  struct Test {
    std::string column;
    Column::Kind kind = Column::Kind::kInt;
    Op op = Op::kEqual;
    int64_t value = 0;  // Of kRemainder: by kDivisor.
  };
  static constexpr int64_t kDivisor = 3;

  std::vector<Test> tests;  // All hold; none: of every row.

  // Of a table that is called `alias`, where it has one.
  std::string Sql(const std::string& alias = "") const;
  // Whether a table with these columns has those that are named.
  bool Fits(const Content& content) const;
  // Needs that it fits.
  bool Holds(const Content& content, const Row& row) const;
};

// About one or two of the content's columns.
Condition DrawCondition(const Content& content, Draw& draw);

}  // namespace weir::test::model
