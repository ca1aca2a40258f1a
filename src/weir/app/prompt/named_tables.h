#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "weir/sql/lexer.h"

namespace weir::app {

// A statement's tokens with their text; the last is kEnd.
class Tokens {
 public:
  explicit Tokens(const std::string& text);

  size_t size() const { return lexed_.tokens.size(); }
  const sql::Token& operator[](size_t i) const { return lexed_.tokens[i]; }
  std::string_view Text(size_t i) const;
  // As SQL means it, without backticks.
  std::string Name(size_t i) const;
  bool IsName(size_t i) const;
  bool Is(size_t i, sql::TokenKind kind) const;
  bool Is(size_t i, sql::Keyword keyword) const;

 private:
  std::shared_ptr<const SourceText> source_;
  sql::LexedText lexed_;
};

// A table as a statement names it, and by which name its columns are called.
struct NamedTable {
  std::vector<std::string> name;  // Its parts.
  std::string alias;              // "" for none.
};

// The tables behind FROM, JOIN, INTO, USING and the like, whether or not the statement is complete.
std::vector<NamedTable> NamedTables(const Tokens& tokens);

// The names that WITH gives to queries.
std::vector<std::string> NamedQueries(const Tokens& tokens);

}  // namespace weir::app
