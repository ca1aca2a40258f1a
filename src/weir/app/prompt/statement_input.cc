#include "weir/app/prompt/statement_input.h"

#include <algorithm>
#include <memory>

#include "weir/sql/lexer.h"

namespace weir::app {
namespace {

using sql::TokenKind;

// What a token that the lexer could not read leaves open.
OpenPart OpenedBy(std::string_view token) {
  if (token.starts_with("/*")) return OpenPart::kComment;
  if (token.starts_with('`')) return OpenPart::kQuotedName;
  if (token.starts_with('r') || token.starts_with('R')) token.remove_prefix(1);
  const bool is_string = token.starts_with('\'') || token.starts_with('"');
  return is_string ? OpenPart::kString : OpenPart::kNothing;
}

}  // namespace

TextEnd EndOf(std::string_view text) {
  const auto source = std::make_shared<SourceText>(SourceText{"", std::string(text)});
  TextEnd end;
  for (const sql::Token& token : sql::Lex(source).tokens) {
    if (token.kind == TokenKind::kEnd) break;
    end.has_words = true;
    if (token.kind == TokenKind::kSemicolon) {
      end.statements = token.end;
      end.has_words = false;
    }
    if (token.kind != TokenKind::kInvalid) continue;
    end.open = OpenedBy(text.substr(token.begin, token.end - token.begin));
    end.begin = token.begin;
    // The lexer goes on behind the line, to find more mistakes; a quote goes on until it is closed.
    if (end.open != OpenPart::kNothing) break;
  }
  return end;
}

void StatementInput::AddLine(std::string_view line) {
  text_ += line;
  text_ += '\n';
  end_ = EndOf(text_);
}

std::optional<std::string> StatementInput::TakeComplete() {
  if (end_.statements == 0) return std::nullopt;
  std::string complete = text_.substr(0, end_.statements);
  // The line's end belongs to what it ended.
  size_t rest = end_.statements;
  while (rest < text_.size() && (text_[rest] == ' ' || text_[rest] == '\n')) ++rest;
  text_.erase(0, rest);
  end_ = EndOf(text_);
  return complete;
}

void StatementInput::Clear() { *this = {}; }

bool StatementInput::IsEmpty() const { return !end_.has_words; }

}  // namespace weir::app
