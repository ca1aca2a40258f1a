#include "weir/pipeline/cases/rows.h"

#include <algorithm>

namespace weir::pipeline {
namespace {

// Adds a row of members, and the columns that only it names.
void AddMembers(const Cell& members, WrittenRows& rows, Diagnostics& diagnostics) {
  WrittenRows::Row row;
  row.span = members.span;
  row.cells.resize(rows.columns.size());
  for (size_t i = 0; i < members.items.size(); ++i) {
    const Cell& name = members.names[i];
    const auto found = std::find_if(
        rows.columns.begin(), rows.columns.end(),
        [&](const Cell& column) { return LowerName(column.text) == LowerName(name.text); });
    const auto at = static_cast<size_t>(found - rows.columns.begin());
    if (found == rows.columns.end()) {
      rows.columns.push_back(name);
      row.cells.emplace_back();
    }
    if (row.cells[at]) {
      diagnostics.push_back(CaseProblem(name.span, "the column `" + name.text + "` stands twice"));
    }
    row.cells[at] = members.items[i];
  }
  rows.rows.push_back(std::move(row));
}

// Rows that came before a column was first named have nothing there.
void Complete(WrittenRows& rows) {
  for (auto& row : rows.rows) row.cells.resize(rows.columns.size());
}

class CsvReader {
 public:
  CsvReader(const RowsText& text, Diagnostics& diagnostics)
      : text_(text), lines_(text.Lines()), rest_(text.text), diagnostics_(diagnostics) {}

  WrittenRows Read() {
    WrittenRows rows;
    while (!rest_.empty()) {
      const size_t line = line_;
      std::vector<Cell> record = Record();
      const bool blank = record.size() == 1 && record[0].IsNull();
      if (blank && (rows.columns.size() != 1)) continue;
      if (rows.columns.empty()) {
        rows.columns = std::move(record);
        CheckHeader(rows.columns);
      } else {
        AddRow(std::move(record), line, rows);
      }
    }
    if (rows.columns.empty()) {
      diagnostics_.push_back(CaseProblem(text_.span, "there is no header in this CSV",
                                         "its first line names the columns"));
    }
    return rows;
  }

 private:
  void CheckHeader(const std::vector<Cell>& columns) {
    for (size_t i = 0; i < columns.size(); ++i) {
      if (columns[i].text.empty()) {
        diagnostics_.push_back(CaseProblem(columns[i].span, "a column of the header has no name"));
      }
      for (size_t j = 0; j < i; ++j) {
        if (LowerName(columns[i].text) != LowerName(columns[j].text)) continue;
        diagnostics_.push_back(CaseProblem(
            columns[i].span, "the column `" + columns[i].text + "` stands twice in the header"));
      }
    }
  }

  void AddRow(std::vector<Cell> record, size_t line, WrittenRows& rows) {
    if (record.size() != rows.columns.size()) {
      diagnostics_.push_back(
          CaseProblem(lines_[line], "this row has " + std::to_string(record.size()) +
                                        " fields, but the header names " +
                                        std::to_string(rows.columns.size()) + " columns"));
      return;
    }
    WrittenRows::Row row;
    row.span = lines_[line];
    for (Cell& cell : record) row.cells.emplace_back(std::move(cell));
    rows.rows.push_back(std::move(row));
  }

  std::vector<Cell> Record() {
    std::vector<Cell> fields;
    for (;;) {
      fields.push_back(Field());
      const char end = rest_.empty() ? '\n' : rest_.front();
      if (!rest_.empty()) rest_.remove_prefix(1);
      if (end == '\n') {
        ++line_;
        return fields;
      }
    }
  }

  Cell Field() {
    Cell cell;
    cell.span = lines_[line_];
    cell.base64 = true;  // As `--output csv` prints a BINARY; other types don't look at it.
    if (!rest_.empty() && rest_.front() == '"') {
      cell.kind = Cell::Kind::kText;
      cell.quoted = true;
      rest_.remove_prefix(1);
      cell.text = Quoted(cell.span);
    }
    const size_t end = std::min(rest_.find_first_of(",\n"), rest_.size());
    std::string_view plain = rest_.substr(0, end);
    if (plain.ends_with('\r') && (end == rest_.size() || rest_[end] == '\n')) {
      plain.remove_suffix(1);
    }
    if (cell.quoted && !plain.empty()) {
      diagnostics_.push_back(CaseProblem(cell.span, "text stands behind a closing quote"));
    }
    if (!cell.quoted && !plain.empty()) {
      cell.kind = Cell::Kind::kText;
      cell.text = plain;
    }
    rest_.remove_prefix(end);
    return cell;
  }

  std::string Quoted(const Span& span) {
    std::string text;
    for (;;) {
      const size_t quote = rest_.find('"');
      if (quote == std::string_view::npos) {
        diagnostics_.push_back(CaseProblem(span, "a quote that opens here is never closed"));
        rest_ = {};
        return text;
      }
      line_ += static_cast<size_t>(std::count(rest_.begin(), rest_.begin() + quote, '\n'));
      text += rest_.substr(0, quote);
      rest_.remove_prefix(quote + 1);
      if (rest_.empty() || rest_.front() != '"') return text;
      text += '"';
      rest_.remove_prefix(1);
    }
  }

  const RowsText& text_;
  const std::vector<Span> lines_;
  std::string_view rest_;
  size_t line_ = 0;
  Diagnostics& diagnostics_;
};

WrittenRows ParseJsonLines(const RowsText& text, Diagnostics& diagnostics) {
  WrittenRows rows;
  std::string_view rest = text.text;
  const std::vector<Span> lines = text.Lines();
  for (size_t line = 0; !rest.empty(); ++line) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view json = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (json.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const auto cell = ParseJsonCell(json, lines[line], diagnostics);
    if (cell && cell->kind != Cell::Kind::kMembers) {
      diagnostics.push_back(CaseProblem(cell->span, "a row must be an object on one line"));
    } else if (cell) {
      AddMembers(*cell, rows, diagnostics);
    }
  }
  Complete(rows);
  return rows;
}

// The column that each written one means.
std::vector<std::optional<size_t>> Positions(const WrittenRows& rows, const Schema& schema,
                                             Diagnostics& diagnostics) {
  std::vector<std::optional<size_t>> positions;
  for (const Cell& column : rows.columns) {
    positions.push_back(schema.Find(column.text));
    if (positions.back()) continue;
    diagnostics.push_back(CaseProblem(column.span, "no column is called " + column.text,
                                      "its columns: " + schema.ToDdl()));
  }
  return positions;
}

}  // namespace

std::vector<Span> RowsText::Lines() const {
  const auto count = static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  if (first_line == 0) return std::vector<Span>(count, span);
  std::vector<Span> lines;
  size_t begin = 0;
  for (size_t line = 1; line < first_line + count; ++line) {
    const size_t end = std::min(source->text.find('\n', begin), source->text.size());
    if (line >= first_line) {
      // Rows in a test are indented.
      lines.push_back({source, std::min(source->text.find_first_not_of(' ', begin), end), end});
    }
    begin = std::min(end + 1, source->text.size());
  }
  return lines;
}

WrittenRows RowsOfList(const Cell& list, Diagnostics& diagnostics) {
  WrittenRows rows;
  for (const Cell& item : list.items) {
    if (item.kind != Cell::Kind::kMembers) {
      diagnostics.push_back(CaseProblem(
          item.span, std::string("a row must be keys and values, not ") + item.KindName(),
          "- {id: 1, name: one}"));
      continue;
    }
    AddMembers(item, rows, diagnostics);
  }
  Complete(rows);
  return rows;
}

WrittenRows ParseRows(const RowsText& text, Diagnostics& diagnostics) {
  return text.format == "csv" ? CsvReader(text, diagnostics).Read()
                              : ParseJsonLines(text, diagnostics);
}

WrittenRows Written(const RowsGiven& rows, Diagnostics& diagnostics) {
  const auto* text = std::get_if<RowsText>(&rows);
  return text == nullptr ? std::get<WrittenRows>(rows) : ParseRows(*text, diagnostics);
}

TypedRows FilledRows(const WrittenRows& written, const Schema& schema, Diagnostics& diagnostics) {
  TypedRows typed{schema, {}};
  const auto positions = Positions(written, schema, diagnostics);
  for (const auto& row : written.rows) {
    std::vector<Value> values;
    for (const Field& field : schema.fields()) values.push_back(Value::Null(field.type));
    for (size_t i = 0; i < positions.size(); ++i) {
      if (!positions[i] || !row.cells[i]) continue;
      const size_t at = *positions[i];
      if (auto value = ToValue(*row.cells[i], schema[at].type, diagnostics)) {
        values[at] = std::move(*value);
      }
    }
    typed.rows.push_back(std::move(values));
  }
  return typed;
}

TypedRows NamedRows(const WrittenRows& written, const Schema& schema, Diagnostics& diagnostics) {
  if (written.columns.empty()) return {schema, {}};
  const auto positions = Positions(written, schema, diagnostics);
  std::vector<Field> fields;
  for (const auto& at : positions) {
    if (!at) return {};
    fields.push_back(schema[*at]);
  }
  TypedRows typed{Schema(std::move(fields)), {}};
  for (const auto& row : written.rows) {
    std::vector<Value> values;
    for (size_t i = 0; i < positions.size(); ++i) {
      const DataType& type = typed.columns[i].type;
      values.push_back(Value::Null(type));
      if (!row.cells[i]) {
        diagnostics.push_back(CaseProblem(
            row.span,
            "the column `" + written.columns[i].text + "`, which other rows have, is missing here",
            "write null for NULL, or leave the column out of every row"));
      } else if (auto value = ToValue(*row.cells[i], type, diagnostics)) {
        values.back() = std::move(*value);
      }
    }
    typed.rows.push_back(std::move(values));
  }
  return typed;
}

}  // namespace weir::pipeline
