#include "model/row_statements.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "model/condition.h"

namespace weir::test::model {
namespace {

constexpr int64_t kIds = 60;  // So few that many meet.
constexpr int64_t kParts = 4;
constexpr int64_t kValues = 40;
constexpr int64_t kMostRows = 5;
constexpr int64_t kAway = 100;  // From ids to those of rows that are copied.

int64_t DrawValue(const std::string& column, Draw& draw) {
  if (column == "id") return draw.Between(0, kIds - 1);
  if (column == "part") return draw.Between(0, kParts - 1);
  return draw.Between(0, kValues - 1);
}

// Rows for some of a table's columns.
struct NewRows {
  std::vector<Column> columns;
  std::vector<Row> rows;

  std::string ColumnsSql() const {
    std::string sql = "(";
    for (const Column& column : columns) sql += (sql.size() == 1 ? "" : ", ") + column.name;
    return sql + ")";
  }
  std::string ValuesSql() const {
    std::string sql = "VALUES ";
    for (size_t i = 0; i < rows.size(); ++i) {
      sql += i == 0 ? "(" : ", (";
      for (size_t at = 0; at < columns.size(); ++at) {
        sql += (at == 0 ? "" : ", ") + WrittenCell(columns[at].kind, rows[i][at]);
      }
      sql += ")";
    }
    return sql;
  }
  // Columns that are not given are NULL. False when one is not there.
  bool AddTo(Content& content) const {
    std::vector<size_t> places;
    for (const Column& column : columns) {
      const auto at = content.Find(column.name);
      if (!at) return false;
      places.push_back(*at);
    }
    for (const Row& row : rows) {
      Row whole(content.columns.size());
      for (size_t i = 0; i < places.size(); ++i) whole[places[i]] = row[i];
      content.rows.push_back(std::move(whole));
    }
    return true;
  }
};

// With the key and the partition, and most of the others.
NewRows DrawRows(const Content& now, Draw& draw) {
  NewRows fresh;
  for (const Column& column : now.columns) {
    const bool always = column.name == "id" || column.name == "part";
    if (always || !draw.OneIn(4)) fresh.columns.push_back(column);
  }
  const int64_t rows = draw.Between(1, kMostRows);
  for (int64_t i = 0; i < rows; ++i) {
    Row row;
    for (const Column& column : fresh.columns) {
      const Cell cell = DrawValue(column.name, draw);
      row.push_back(draw.OneIn(10) ? std::nullopt : cell);
    }
    fresh.rows.push_back(std::move(row));
  }
  return fresh;
}

// What an assignment of UPDATE gives: a number, or the column's old one and so much more.
struct Assignment {
  Column column;
  bool adds = false;
  Cell value;

  std::string Sql() const {
    const std::string written = WrittenCell(column.kind, value);
    return column.name + " = " + (adds ? column.name + " + " + written : written);
  }
  Cell Of(Cell old) const {
    if (!adds) return value;
    return old ? Cell(*old + *value) : std::nullopt;
  }
};

std::vector<Assignment> DrawAssignments(const Content& now, Draw& draw) {
  std::vector<Assignment> assignments;
  const size_t first = draw.Below(now.columns.size());
  for (size_t i = 0; i < now.columns.size(); ++i) {
    const Column& column = now.columns[i];
    if (i != first && !draw.OneIn(5)) continue;
    Assignment assignment{column, false, DrawValue(column.name, draw)};
    if (IsNumber(column.kind) && column.name != "part" && draw.OneIn(2)) {
      assignment.adds = true;
      assignment.value = draw.Between(1, 3);
    } else if (draw.OneIn(10)) {
      assignment.value = std::nullopt;
    }
    assignments.push_back(std::move(assignment));
  }
  return assignments;
}

}  // namespace

Statement DrawAppend(const Content& now, Draw& draw) {
  const NewRows fresh = DrawRows(now, draw);
  Statement statement;
  statement.kind = StatementKind::kAppend;
  statement.sql = "INSERT INTO t " + fresh.ColumnsSql() + " " + fresh.ValuesSql();
  statement.effect = [fresh](Content content) -> std::optional<Content> {
    if (!fresh.AddTo(content)) return std::nullopt;
    return content;
  };
  return statement;
}

Statement DrawAppendOwn(const Content& now, Draw& draw) {
  const Condition condition = DrawCondition(now, draw);
  Statement statement;
  statement.kind = StatementKind::kAppendOwn;
  statement.sql = "INSERT INTO t (id, part) SELECT id + " + std::to_string(kAway) +
                  ", part FROM t WHERE " + condition.Sql();
  statement.effect = [condition](Content content) -> std::optional<Content> {
    if (!condition.Fits(content)) return std::nullopt;
    const size_t id = *content.Find("id");
    const size_t part = *content.Find("part");
    const size_t before = content.rows.size();
    for (size_t i = 0; i < before; ++i) {
      if (!condition.Holds(content, content.rows[i])) continue;
      Row row(content.columns.size());
      if (content.rows[i][id]) row[id] = *content.rows[i][id] + kAway;
      row[part] = content.rows[i][part];
      content.rows.push_back(std::move(row));
    }
    return content;
  };
  return statement;
}

Statement DrawOverwrite(const Content& now, Draw& draw) {
  const NewRows fresh = DrawRows(now, draw);
  Statement statement;
  statement.kind = StatementKind::kOverwrite;
  statement.sql = "INSERT OVERWRITE t " + fresh.ColumnsSql() + " " + fresh.ValuesSql();
  statement.effect = [fresh](Content content) -> std::optional<Content> {
    content.rows.clear();
    if (!fresh.AddTo(content)) return std::nullopt;
    return content;
  };
  return statement;
}

Statement DrawReplaceWhere(const Content& now, Draw& draw) {
  NewRows fresh = DrawRows(now, draw);
  Condition condition;
  const bool by_part = draw.OneIn(2);
  const int64_t value = by_part ? draw.Between(0, kParts - 1) : draw.Between(1, kIds);
  const size_t at = by_part ? 1 : 0;
  condition.tests.push_back({now.columns[at].name, now.columns[at].kind,
                             by_part ? Condition::Op::kEqual : Condition::Op::kLess, value});
  // New rows have to match it.
  for (Row& row : fresh.rows) row[at] = by_part ? value : draw.Between(0, value - 1);
  Statement statement;
  statement.kind = StatementKind::kReplaceWhere;
  statement.sql = "INSERT INTO t " + fresh.ColumnsSql() + " REPLACE WHERE " + condition.Sql() +
                  " " + fresh.ValuesSql();
  statement.effect = [fresh, condition](Content content) -> std::optional<Content> {
    if (!condition.Fits(content)) return std::nullopt;
    std::erase_if(content.rows, [&](const Row& row) { return condition.Holds(content, row); });
    if (!fresh.AddTo(content)) return std::nullopt;
    return content;
  };
  return statement;
}

Statement DrawDelete(const Content& now, Draw& draw) {
  Condition condition;
  if (!draw.OneIn(15)) condition = DrawCondition(now, draw);
  Statement statement;
  statement.kind = StatementKind::kDelete;
  statement.sql = "DELETE FROM t";
  if (!condition.tests.empty()) statement.sql += " WHERE " + condition.Sql();
  statement.effect = [condition](Content content) -> std::optional<Content> {
    if (!condition.Fits(content)) return std::nullopt;
    std::erase_if(content.rows, [&](const Row& row) { return condition.Holds(content, row); });
    return content;
  };
  return statement;
}

Statement DrawUpdate(const Content& now, Draw& draw) {
  const Condition condition = DrawCondition(now, draw);
  const std::vector<Assignment> assignments = DrawAssignments(now, draw);
  Statement statement;
  statement.kind = StatementKind::kUpdate;
  statement.sql = "UPDATE t SET ";
  for (size_t i = 0; i < assignments.size(); ++i) {
    statement.sql += (i == 0 ? "" : ", ") + assignments[i].Sql();
  }
  statement.sql += " WHERE " + condition.Sql();
  statement.effect = [condition, assignments](Content content) -> std::optional<Content> {
    if (!condition.Fits(content)) return std::nullopt;
    for (const Assignment& assignment : assignments) {
      if (!content.Find(assignment.column.name)) return std::nullopt;
    }
    for (Row& row : content.rows) {
      if (!condition.Holds(content, row)) continue;
      for (const Assignment& assignment : assignments) {
        Cell& cell = row[*content.Find(assignment.column.name)];
        cell = assignment.Of(cell);
      }
    }
    return content;
  };
  return statement;
}

}  // namespace weir::test::model
