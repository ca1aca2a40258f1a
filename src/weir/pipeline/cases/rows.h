#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "weir/pipeline/cases/cell.h"
#include "weir/types/data_type.h"

namespace weir::pipeline {

// CSV or JSON lines, in a test or in a file beside it.
struct RowsText {
  std::string format;  // "csv", "json"; another format is only ever handed on as bytes.
  std::string text;
  std::shared_ptr<const SourceText> source;
  size_t first_line = 0;  // Of `source`, where the text starts, from 1; 0: somewhere in `span`.
  Span span;

  // Where each line of the text stands.
  std::vector<Span> Lines() const;
};

// Rows before they have types.
struct WrittenRows {
  std::vector<Cell> columns;  // Names, in the order in which they first stood.
  struct Row {
    std::vector<std::optional<Cell>> cells;  // Beside `columns`; nothing: the row has none there.
    Span span;
  };
  std::vector<Row> rows;
};

// Rows as somebody wrote them in a list, each with its columns' names.
WrittenRows RowsOfList(const Cell& list, Diagnostics& diagnostics);
// CSV: a header, quotes as in RFC 4180; a field of nothing is NULL, "" the empty text. JSON: an
// object a line.
WrittenRows ParseRows(const RowsText& text, Diagnostics& diagnostics);

// Either of them, as rows.
using RowsGiven = std::variant<WrittenRows, RowsText>;
WrittenRows Written(const RowsGiven& rows, Diagnostics& diagnostics);

// Rows as values.
struct TypedRows {
  Schema columns;
  std::vector<std::vector<Value>> rows;
};

// All columns of `schema`, NULL where a row has none. What is wrong is appended: unknown columns,
// cells that don't fit their type.
TypedRows FilledRows(const WrittenRows& rows, const Schema& schema, Diagnostics& diagnostics);
// The columns that the rows name (all of `schema` when they name none), which each row has to have.
TypedRows NamedRows(const WrittenRows& rows, const Schema& schema, Diagnostics& diagnostics);

}  // namespace weir::pipeline
