#pragma once

#include <memory>
#include <string>
#include <variant>

#include "weir/sql/ast_printer.h"
#include "weir/sql/parser.h"

// How the parser's tests read texts.
namespace weir::sql {

inline std::shared_ptr<const SourceText> Source(std::string text) {
  return std::make_shared<SourceText>(SourceText{"test.sql", std::move(text)});
}

// "CONDITION @line:column" of each mistake, parted by "; ".
inline std::string Told(const Diagnostics& diagnostics) {
  std::string told;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (!told.empty()) told += "; ";
    told += diagnostic.condition + " @" + std::to_string(diagnostic.span.Line()) + ":" +
            std::to_string(diagnostic.span.Column());
  }
  return told;
}

// The statement printed again, or what is wrong with it.
inline std::string Statement(const std::string& text) {
  const auto result = ParseStatement(Source(text));
  if (const auto* bad = std::get_if<Diagnostics>(&result)) return Told(*bad);
  return ToSql(*std::get<StatementPtr>(result));
}

inline std::string Expression(const std::string& text) {
  const auto result = ParseExpression(Source(text));
  if (const auto* bad = std::get_if<Diagnostics>(&result)) return Told(*bad);
  return ToSql(*std::get<ExprPtr>(result));
}

inline std::string Type(const std::string& text) {
  const auto result = ParseType(Source(text));
  if (const auto* bad = std::get_if<Diagnostics>(&result)) return Told(*bad);
  return std::get<DataType>(result).ToSql();
}

// The first mistake of a statement; an empty one when there is none.
inline Diagnostic FirstMistake(const std::string& text) {
  const auto result = ParseStatement(Source(text));
  const auto* bad = std::get_if<Diagnostics>(&result);
  return bad == nullptr || bad->empty() ? Diagnostic{} : bad->front();
}

}  // namespace weir::sql
