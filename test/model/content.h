#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "weir/types/data_type.h"

namespace weir::test::model {

// A number, or NULL. Columns of text hold numbers too, which SQL sees as 's<number>', and so do
// those of variants.
using Cell = std::optional<int64_t>;
using Row = std::vector<Cell>;

struct Column {
  enum class Kind { kInt, kBigint, kText, kVariant };
  std::string name;
  Kind kind = Kind::kInt;
  bool operator==(const Column&) const = default;
};

// What a table holds at one version: its columns and a multiset of rows. A value.
struct Content {
  std::vector<Column> columns;
  std::vector<Row> rows;  // Each as wide as `columns`, in no order.

  std::optional<size_t> Find(const std::string& column) const;
};

bool IsNumber(Column::Kind kind);

// "7", "s7" or "NULL", as SELECT gives it; "7", "'s7'", "parse_json('7')" or "NULL", as SQL writes
// it.
std::string ShownCell(Column::Kind kind, Cell cell);
std::string WrittenCell(Column::Kind kind, Cell cell);

// "id bigint, s string", as below.
std::string ColumnsText(const Content& content);
std::string ColumnsText(const Schema& schema);
// Cells joined by '|', sorted: what RowTexts gives of a query, once that is sorted.
std::vector<std::string> RowsTexts(const Content& content);
bool SameRows(const Content& left, const Content& right);

// What is in one of two sorted lists and not in the other, for people; "" when nothing is.
std::string Difference(const std::vector<std::string>& got, const std::vector<std::string>& wanted);

}  // namespace weir::test::model
