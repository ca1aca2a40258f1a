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
  const StatementPtr& statement = std::get<StatementPtr>(result);
  return statement->refused.empty() ? ToSql(*statement) : Told(statement->refused);
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

// What is wrong with how `text` is read; empty when nothing is. Whatever the text: mistakes lie
// within it and say something, and what parses prints as what parses and prints the same.
inline std::string FaultOfReading(const std::string& text) {
  const ParsedScript script = ParseScript(Source(text));
  for (const Diagnostic& diagnostic : script.diagnostics) {
    const Span& span = diagnostic.span;
    if (!span.source || span.begin > span.end || span.end > span.source->text.size()) {
      return "a mistake outside the text";
    }
    if (diagnostic.message.empty() || diagnostic.condition.empty()) return "a mistake untold";
  }
  for (const StatementPtr& statement : script.statements) {
    const std::string printed = ToSql(*statement);
    const auto again = ParseStatement(Source(printed));
    if (const auto* bad = std::get_if<Diagnostics>(&again)) {
      return "printed as what does not parse: " + printed + "\n" + Told(*bad);
    }
    const std::string reprinted = ToSql(*std::get<StatementPtr>(again));
    if (reprinted != printed) return "printed differently: " + printed + "\n" + reprinted;
  }
  return {};
}

// The first mistake of a statement, or what it is refused for; an empty one when there is none.
inline Diagnostic FirstMistake(const std::string& text) {
  const auto result = ParseStatement(Source(text));
  const auto* statement = std::get_if<StatementPtr>(&result);
  const auto* bad =
      statement == nullptr ? std::get_if<Diagnostics>(&result) : &(*statement)->refused;
  return bad == nullptr || bad->empty() ? Diagnostic{} : bad->front();
}

inline std::string Repeated(std::string_view text, size_t count) {
  std::string result;
  result.reserve(text.size() * count);
  for (size_t i = 0; i < count; ++i) result += text;
  return result;
}

}  // namespace weir::sql
