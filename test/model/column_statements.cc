#include "model/column_statements.h"

#include <utility>
#include <vector>

namespace weir::test::model {
namespace {

constexpr int64_t kPlainColumns = 6;
constexpr int64_t kMoreColumns = 8;

// c0, c2, c4 are numbers; c1, c3, c5 text; c6, c7 variants.
Column MoreColumn(int64_t n) {
  const std::string name = "c" + std::to_string(n);
  if (n >= kPlainColumns) return {name, Column::Kind::kVariant};
  return {name, n % 2 == 0 ? Column::Kind::kInt : Column::Kind::kText};
}

// Another name of the same kind: of v it is w, of s it is u, of c2 it is c4.
std::string OtherName(const std::string& name, Draw& draw) {
  if (name == "v") return "w";
  if (name == "w") return "v";
  if (name == "s") return "u";
  if (name == "u") return "s";
  const int64_t n = name.back() - '0';
  if (n >= kPlainColumns) return MoreColumn(2 * kPlainColumns + 1 - n).name;
  return MoreColumn((n + 2 * draw.Between(1, 2)) % kPlainColumns).name;
}

// Those that may be renamed.
std::vector<std::string> FreeColumns(const Content& now) {
  std::vector<std::string> names;
  for (const Column& column : now.columns) {
    if (column.name != "id" && column.name != "part") names.push_back(column.name);
  }
  return names;
}

Statement Alteration(StatementKind kind, const std::string& what,
                     std::function<bool(Content&)> change) {
  Statement statement;
  statement.kind = kind;
  statement.sql = "ALTER TABLE t " + what;
  statement.effect = [change = std::move(change)](Content content) -> std::optional<Content> {
    if (!change(content)) return std::nullopt;
    return content;
  };
  return statement;
}

}  // namespace

Statement DrawAddColumn(const Content& now, Draw& draw) {
  const Column column = MoreColumn(draw.Between(0, kMoreColumns - 1));
  const char* type = IsNumber(column.kind)                ? " INT"
                     : column.kind == Column::Kind::kText ? " STRING"
                                                          : " VARIANT";
  const std::string after = draw.OneIn(2) ? draw.Of(FreeColumns(now)) : "";
  return Alteration(
      StatementKind::kAddColumn,
      "ADD COLUMNS (" + column.name + type + (after.empty() ? "" : " AFTER " + after) + ")",
      [column, after](Content& content) {
        const auto before = after.empty() ? content.columns.size() - 1 : content.Find(after);
        if (content.Find(column.name) || !before) return false;
        const auto place = static_cast<std::ptrdiff_t>(*before) + 1;
        content.columns.insert(content.columns.begin() + place, column);
        for (Row& row : content.rows) row.insert(row.begin() + place, Cell());
        return true;
      });
}

Statement DrawRenameColumn(const Shape& shape, const Content& now, Draw& draw) {
  const std::string from = draw.Of(FreeColumns(now));
  const std::string to = OtherName(from, draw);
  return Alteration(StatementKind::kRenameColumn, "RENAME COLUMN " + from + " TO " + to,
                    [from, to, may = shape.maps_columns()](Content& content) {
                      const auto at = content.Find(from);
                      if (!may || !at || content.Find(to)) return false;
                      content.columns[*at].name = to;
                      return true;
                    });
}

Statement DrawDropColumn(const Shape& shape, const Content& now, Draw& draw) {
  std::vector<std::string> names;
  for (const std::string& name : FreeColumns(now)) {
    if (name.front() == 'c') names.push_back(name);
  }
  const std::string name =
      names.empty() ? MoreColumn(draw.Between(0, kMoreColumns - 1)).name : draw.Of(names);
  return Alteration(StatementKind::kDropColumn, "DROP COLUMN " + name,
                    [name, may = shape.maps_columns()](Content& content) {
                      const auto at = content.Find(name);
                      if (!may || !at) return false;
                      const auto place = static_cast<std::ptrdiff_t>(*at);
                      content.columns.erase(content.columns.begin() + place);
                      for (Row& row : content.rows) row.erase(row.begin() + place);
                      return true;
                    });
}

Statement DrawWidenColumn(const Shape& shape, const Content& now, Draw& draw) {
  std::vector<std::string> names;
  for (const Column& column : now.columns) {
    if (IsNumber(column.kind) && column.name != "id" && column.name != "part") {
      names.push_back(column.name);
    }
  }
  const std::string name = draw.Of(names);
  return Alteration(StatementKind::kWidenColumn, "ALTER COLUMN " + name + " TYPE BIGINT",
                    [name, may = shape.type_widening](Content& content) {
                      const auto at = content.Find(name);
                      if (!at) return false;
                      Column& column = content.columns[*at];
                      if (!IsNumber(column.kind)) return false;
                      if (column.kind == Column::Kind::kBigint) return true;
                      column.kind = Column::Kind::kBigint;
                      return may;
                    });
}

}  // namespace weir::test::model
