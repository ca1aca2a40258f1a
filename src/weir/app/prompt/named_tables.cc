#include "weir/app/prompt/named_tables.h"

#include <memory>

namespace weir::app {

using sql::Keyword;
using sql::TokenKind;

Tokens::Tokens(const std::string& text)
    : source_(std::make_shared<SourceText>(SourceText{"", text})), lexed_(sql::Lex(source_)) {}

std::string_view Tokens::Text(size_t i) const {
  const sql::Token& token = lexed_.tokens[i];
  return std::string_view(source_->text).substr(token.begin, token.end - token.begin);
}

std::string Tokens::Name(size_t i) const {
  const std::string_view text = Text(i);
  if (lexed_.tokens[i].kind != TokenKind::kQuotedName) return std::string(text);
  std::string name;
  for (size_t at = 1; at + 1 < text.size(); ++at) {
    name += text[at];
    if (text[at] == '`') ++at;
  }
  return name;
}

bool Tokens::IsName(size_t i) const {
  return Is(i, TokenKind::kWord) || Is(i, TokenKind::kQuotedName);
}

bool Tokens::Is(size_t i, TokenKind kind) const {
  return i < lexed_.tokens.size() && lexed_.tokens[i].kind == kind;
}

bool Tokens::Is(size_t i, Keyword keyword) const {
  return i < lexed_.tokens.size() && lexed_.tokens[i].keyword == keyword;
}

namespace {

// Walks along the tables behind one FROM.
class TableReader {
 public:
  TableReader(const Tokens& tokens, size_t at) : tokens_(tokens), at_(at) {}

  // The tables here, with commas between.
  void ReadInto(std::vector<NamedTable>& tables) {
    do {
      if (tokens_.Is(at_, Keyword::kSTREAM) && tokens_.IsName(at_ + 1)) ++at_;
      if (!tokens_.IsName(at_) || IsClause(at_)) return;
      NamedTable table;
      ReadName(table);
      if (tokens_.Is(at_, TokenKind::kLeftParen)) return;  // A function.
      ReadAlias(table);
      tables.push_back(std::move(table));
    } while (tokens_.Is(at_++, TokenKind::kComma));
  }

 private:
  bool IsClause(size_t i) const {
    return tokens_.Is(i, Keyword::kSELECT) || tokens_.Is(i, Keyword::kLATERAL) ||
           tokens_.Is(i, Keyword::kVALUES) || tokens_.Is(i, Keyword::kWHERE);
  }

  void ReadName(NamedTable& table) {
    table.name.push_back(tokens_.Name(at_++));
    while (tokens_.Is(at_, TokenKind::kDot) && tokens_.IsName(at_ + 1)) {
      table.name.push_back(tokens_.Name(at_ + 1));
      at_ += 2;
    }
  }

  // Without AS a keyword is taken for what follows the table.
  void ReadAlias(NamedTable& table) {
    const bool is_explicit = tokens_.Is(at_, Keyword::kAS) && tokens_.IsName(at_ + 1);
    if (is_explicit) ++at_;
    const bool is_plain = tokens_.IsName(at_) && tokens_[at_].keyword == Keyword::kNone;
    if (is_explicit || is_plain) table.alias = tokens_.Name(at_++);
  }

  const Tokens& tokens_;
  size_t at_;
};

bool IntroducesTable(const Tokens& tokens, size_t i) {
  for (const Keyword keyword : {Keyword::kFROM, Keyword::kJOIN, Keyword::kINTO, Keyword::kUPDATE,
                                Keyword::kTABLE, Keyword::kOVERWRITE, Keyword::kUSING}) {
    if (tokens.Is(i, keyword)) return true;
  }
  return false;
}

}  // namespace

std::vector<NamedTable> NamedTables(const Tokens& tokens) {
  std::vector<NamedTable> tables;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (IntroducesTable(tokens, i)) TableReader(tokens, i + 1).ReadInto(tables);
  }
  return tables;
}

std::vector<std::string> NamedQueries(const Tokens& tokens) {
  std::vector<std::string> names;
  for (size_t i = 0; i + 2 < tokens.size(); ++i) {
    const bool begins = tokens.Is(i, Keyword::kWITH) || tokens.Is(i, TokenKind::kComma);
    const bool is_query = tokens.IsName(i + 1) && tokens.Is(i + 2, Keyword::kAS) &&
                          tokens.Is(i + 3, TokenKind::kLeftParen);
    if (begins && is_query) names.push_back(tokens.Name(i + 1));
  }
  return names;
}

}  // namespace weir::app
