#include "model/content.h"

#include <algorithm>
#include <iterator>

namespace weir::test::model {
namespace {

// More rows than these tell nobody more.
constexpr size_t kMostShown = 8;

const char* TypeText(Column::Kind kind) {
  switch (kind) {
    case Column::Kind::kInt:
      return "int";
    case Column::Kind::kBigint:
      return "bigint";
    case Column::Kind::kText:
      return "string";
    case Column::Kind::kVariant:
      return "variant";
  }
  return "";
}

std::string TypeText(const DataType& type) {
  switch (type.id()) {
    case TypeId::kInt:
      return "int";
    case TypeId::kLong:
      return "bigint";
    case TypeId::kString:
      return "string";
    case TypeId::kVariant:
      return "variant";
    default:
      return type.ToSql();
  }
}

std::string Listed(const char* what, const std::vector<std::string>& rows) {
  if (rows.empty()) return "";
  std::string text = std::string(what) + " " + std::to_string(rows.size()) + ":";
  for (size_t i = 0; i < std::min(rows.size(), kMostShown); ++i) text += "  " + rows[i];
  return text + (rows.size() > kMostShown ? "  ...\n" : "\n");
}

}  // namespace

std::optional<size_t> Content::Find(const std::string& column) const {
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name == column) return i;
  }
  return std::nullopt;
}

bool IsNumber(Column::Kind kind) {
  return kind == Column::Kind::kInt || kind == Column::Kind::kBigint;
}

std::string ShownCell(Column::Kind kind, Cell cell) {
  if (!cell) return "NULL";
  return (kind == Column::Kind::kText ? "s" : "") + std::to_string(*cell);
}

std::string WrittenCell(Column::Kind kind, Cell cell) {
  const std::string shown = ShownCell(kind, cell);
  if (!cell || IsNumber(kind)) return shown;
  return kind == Column::Kind::kText ? "'" + shown + "'" : "parse_json('" + shown + "')";
}

std::string ColumnsText(const Content& content) {
  std::string text;
  for (const Column& column : content.columns) {
    text += (text.empty() ? "" : ", ") + column.name + " " + TypeText(column.kind);
  }
  return text;
}

std::string ColumnsText(const Schema& schema) {
  std::string text;
  for (const Field& field : schema.fields()) {
    text += (text.empty() ? "" : ", ") + field.name + " " + TypeText(field.type);
  }
  return text;
}

std::vector<std::string> RowsTexts(const Content& content) {
  std::vector<std::string> texts;
  for (const Row& row : content.rows) {
    std::string text;
    for (size_t i = 0; i < row.size(); ++i) {
      text += (i == 0 ? "" : "|") + ShownCell(content.columns[i].kind, row[i]);
    }
    texts.push_back(std::move(text));
  }
  std::sort(texts.begin(), texts.end());
  return texts;
}

bool SameRows(const Content& left, const Content& right) {
  return left.columns == right.columns && RowsTexts(left) == RowsTexts(right);
}

std::string Difference(const std::vector<std::string>& got,
                       const std::vector<std::string>& wanted) {
  std::vector<std::string> more;
  std::vector<std::string> missing;
  std::set_difference(got.begin(), got.end(), wanted.begin(), wanted.end(),
                      std::back_inserter(more));
  std::set_difference(wanted.begin(), wanted.end(), got.begin(), got.end(),
                      std::back_inserter(missing));
  return Listed("  too many", more) + Listed("  missing", missing);
}

}  // namespace weir::test::model
