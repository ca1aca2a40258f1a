#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "weir/types/diagnostic.h"
#include "weir/types/value.h"

namespace weir::pipeline {

// A value as somebody wrote it in YAML, JSON or CSV: before it has a type, with where it stands.
struct Cell {
  enum class Kind { kNull, kText, kList, kMembers };
  Kind kind = Kind::kNull;
  std::string text;         // kText.
  bool quoted = false;      // kText: in quotes, or a block.
  bool base64 = false;      // kText: to be decoded for a BINARY column.
  std::vector<Cell> names;  // kMembers: what stands before the colons, beside `items`.
  std::vector<Cell> items;  // kList, kMembers.
  Span span;

  bool IsNull() const { return kind == Kind::kNull; }
  bool IsText() const { return kind == Kind::kText; }
  // "a text", "a list", ...: for messages.
  const char* KindName() const;
};

// The documents of a YAML file. Mistakes of syntax are appended.
std::vector<Cell> ParseYaml(const std::shared_ptr<const SourceText>& source,
                            Diagnostics& diagnostics);

// One JSON text. Numbers keep their digits. A mistake is appended, at `span`.
std::optional<Cell> ParseJsonCell(std::string_view json, const Span& span,
                                  Diagnostics& diagnostics);

// The value that a cell spells in `type`, by Spark's CAST of the text, and for nested types of each
// part. What is wrong is appended; then there is no value.
std::optional<Value> ToValue(const Cell& cell, const DataType& type, Diagnostics& diagnostics);

// The cell as JSON: what is not in quotes and reads as a number, true or false stays so.
std::string ToJson(const Cell& cell);

// What tests report about their own files: INVALID_PIPELINE_TEST.
Diagnostic CaseProblem(const Span& span, const std::string& message, const std::string& hint = "");

}  // namespace weir::pipeline
