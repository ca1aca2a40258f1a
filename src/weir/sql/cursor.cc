#include "weir/sql/cursor.h"

#include <algorithm>
#include <array>

#include "weir/base/edit_distance.h"

namespace weir::sql {
namespace {

// Words that begin a part of a statement: what a misspelt word was most likely meant to be.
constexpr std::array kGuessable = {
    Keyword::kSELECT,    Keyword::kFROM,       Keyword::kWHERE,         Keyword::kGROUP,
    Keyword::kHAVING,    Keyword::kORDER,      Keyword::kLIMIT,         Keyword::kOFFSET,
    Keyword::kJOIN,      Keyword::kUNION,      Keyword::kINSERT,        Keyword::kCREATE,
    Keyword::kALTER,     Keyword::kDESCRIBE,   Keyword::kEXPLAIN,       Keyword::kTABLE,
    Keyword::kVALUES,    Keyword::kBETWEEN,    Keyword::kDISTINCT,      Keyword::kPARTITION,
    Keyword::kQUALIFY,   Keyword::kREFRESH,    Keyword::kEXPECT,        Keyword::kSTREAMING,
    Keyword::kREPLACE,   Keyword::kCONSTRAINT, Keyword::kMATERIALIZED,  Keyword::kVIOLATION,
    Keyword::kINTERSECT, Keyword::kEXCEPT,     Keyword::kINNER,         Keyword::kLATERAL,
    Keyword::kDROP,      Keyword::kSHOW,       Keyword::kGRANT,         Keyword::kREVOKE,
    Keyword::kWITH,      Keyword::kWHEN,       Keyword::kTHEN,          Keyword::kELSE,
    Keyword::kINTO,      Keyword::kCOMMENT,    Keyword::kTBLPROPERTIES, Keyword::kPARTITIONED,
};

std::string_view SymbolText(TokenKind kind) {
  switch (kind) {
    case TokenKind::kLeftParen:
      return "(";
    case TokenKind::kRightParen:
      return ")";
    case TokenKind::kLeftBracket:
      return "[";
    case TokenKind::kRightBracket:
      return "]";
    case TokenKind::kComma:
      return ",";
    case TokenKind::kDot:
      return ".";
    case TokenKind::kEq:
      return "=";
    case TokenKind::kLt:
      return "<";
    case TokenKind::kGt:
      return ">";
    case TokenKind::kStar:
      return "*";
    case TokenKind::kString:
      return "a string";
    case TokenKind::kNumber:
      return "a number";
    default:
      return "";
  }
}

// How much of a token an error message quotes.
constexpr size_t kQuotedLength = 60;

}  // namespace

Cursor::Cursor(std::shared_ptr<const SourceText> source) : source_(std::move(source)) {
  LexedText lexed = Lex(source_);
  tokens_ = std::move(lexed.tokens);
  diagnostics_ = std::move(lexed.diagnostics);
  steps_ = lexed.steps;
}

void Cursor::BeginStatement() {
  end_ = at_;
  has_invalid_ = false;
  while (tokens_[end_].kind != TokenKind::kSemicolon && tokens_[end_].kind != TokenKind::kEnd) {
    has_invalid_ |= tokens_[end_].kind == TokenKind::kInvalid;
    ++end_;
  }
}

void Cursor::EndStatement() {
  at_ = tokens_[end_].kind == TokenKind::kSemicolon ? end_ + 1 : end_;
  end_ = at_;
}

const Token& Cursor::Next() {
  const Token& token = Peek();
  if (at_ < end_) ++at_;
  return token;
}

std::string_view Cursor::Text(const Token& token) const {
  return std::string_view(source_->text).substr(token.begin, token.end - token.begin);
}

bool Cursor::At(TokenKind kind, size_t ahead) const {
  ++steps_;
  return at_ + ahead < end_ ? tokens_[at_ + ahead].kind == kind : kind == TokenKind::kEnd;
}

bool Cursor::AtAny(std::initializer_list<Keyword> keywords, size_t ahead) const {
  const Keyword here = Peek(ahead).keyword;
  return here != Keyword::kNone &&
         std::find(keywords.begin(), keywords.end(), here) != keywords.end();
}

bool Cursor::AtAll(std::initializer_list<Keyword> keywords) const {
  size_t ahead = 0;
  for (const Keyword keyword : keywords) {
    if (!At(keyword, ahead++)) return false;
  }
  return true;
}

bool Cursor::AtName(size_t ahead) const {
  return At(TokenKind::kWord, ahead) || At(TokenKind::kQuotedName, ahead);
}

bool Cursor::AtAdjacent(size_t ahead) const {
  return Peek(ahead).end == Peek(ahead + 1).begin && at_ + ahead + 1 < end_;
}

bool Cursor::AcceptAll(std::initializer_list<Keyword> keywords) {
  if (!AtAll(keywords)) return false;
  for (size_t i = 0; i < keywords.size(); ++i) Next();
  return true;
}

void Cursor::Expect(TokenKind kind) {
  if (Accept(kind)) return;
  std::string hint = GuessHint();
  if (hint.empty() && !SymbolText(kind).empty()) {
    hint = "expected " + std::string(SymbolText(kind)) + " here";
  }
  FailHere(std::move(hint));
}

void Cursor::Expect(Keyword keyword) {
  if (!Accept(keyword)) FailHere("expected " + std::string(KeywordText(keyword)) + " here");
}

void Cursor::ExpectAll(std::initializer_list<Keyword> keywords) {
  for (const Keyword keyword : keywords) Expect(keyword);
}

void Cursor::ExpectEnd() {
  if (!AtEnd()) FailHere();
}

Span Cursor::SpanFrom(size_t first) const {
  return SpanOfTokens(first, at_ > first ? at_ - 1 : first);
}

Span Cursor::SpanOf(const Token& token) const { return Span{source_, token.begin, token.end}; }

Span Cursor::SpanOfTokens(size_t first, size_t last) const {
  return Span{source_, tokens_[first].begin, tokens_[last].end};
}

Diagnostic Cursor::MakeDiagnostic(std::string condition, Span span, std::string message,
                                  std::string hint) const {
  Diagnostic diagnostic;
  diagnostic.sqlstate = SqlStateOf(condition);
  diagnostic.condition = std::move(condition);
  diagnostic.span = std::move(span);
  diagnostic.message = std::move(message);
  diagnostic.hint = std::move(hint);
  return diagnostic;
}

void Cursor::Report(Diagnostic diagnostic) {
  if (diagnostics_.size() >= kMaxDiagnostics) {
    cut_off_ = true;
    Fail(TooManyMistakes());
  }
  diagnostics_.push_back(std::move(diagnostic));
}

Diagnostic Cursor::TooManyMistakes() const {
  return MakeDiagnostic("PARSE_SYNTAX_ERROR", Here(),
                        "There are too many mistakes; from here on the text was not read.",
                        "mend the first ones and try again");
}

void Cursor::Fail(Diagnostic diagnostic) const { throw StatementFailure(std::move(diagnostic)); }

void Cursor::RefuseRest(Diagnostic diagnostic) const {
  throw StatementRefusal(std::move(diagnostic));
}

void Cursor::FailHere(std::string hint) const {
  // What the lexer found wrong here is reported already, and better.
  if (At(TokenKind::kInvalid)) throw StatementFailure(std::nullopt);
  if (hint.empty()) hint = GuessHint();
  std::string text(Text(Peek()).substr(0, kQuotedLength));
  const std::string where = AtEnd() ? "end of input" : "'" + text + "'";
  Fail(MakeDiagnostic("PARSE_SYNTAX_ERROR", Here(), "Syntax error at or near " + where + ".",
                      std::move(hint)));
}

Diagnostic Cursor::Unsupported(std::string_view feature, Span span, std::string hint) const {
  if (hint.empty()) hint = "weir does not have this yet; leave it out";
  return MakeDiagnostic("UNSUPPORTED_FEATURE", std::move(span),
                        "The feature is not supported: " + std::string(feature) + ".",
                        std::move(hint));
}

void Cursor::SkipParentheses() {
  Expect(TokenKind::kLeftParen);
  for (size_t depth = 1; depth > 0; Next()) {
    if (AtEnd()) FailHere("expected ) here");
    if (At(TokenKind::kLeftParen)) ++depth;
    if (At(TokenKind::kRightParen)) --depth;
  }
}

std::optional<size_t> Cursor::AheadOfClosed(size_t ahead) const {
  if (closing_.empty()) {
    closing_.resize(tokens_.size());
    std::vector<size_t> open;
    for (size_t i = 0; i < tokens_.size(); ++i, ++steps_) {
      if (tokens_[i].kind == TokenKind::kSemicolon) open.clear();
      if (tokens_[i].kind == TokenKind::kLeftParen) open.push_back(i);
      if (tokens_[i].kind != TokenKind::kRightParen || open.empty()) continue;
      closing_[open.back()] = i;
      open.pop_back();
    }
  }
  const size_t closing = closing_[std::min(at_ + ahead, end_)];
  if (closing == 0) return std::nullopt;
  return closing + 1 - at_;
}

void Cursor::SkipRest() {
  while (!AtEnd()) {
    if (At(TokenKind::kInvalid)) FailHere();
    Next();
  }
}

void Cursor::FailTooComplex() const {
  Fail(MakeDiagnostic("FAILED_TO_PARSE_TOO_COMPLEX", Here(),
                      "The statement is nested too deeply to be parsed.",
                      "split it with common table expressions (WITH) or views; chains of AND, OR, "
                      "|| and UNION may be "
                      "long, those of other operators have at most 1,000"));
}

std::string Cursor::GuessHint() const {
  std::string hint = GuessMisspelling();
  return hint.empty() ? GuessMissingComma() : hint;
}

// The word here, or the one before that was taken for a name, may be a keyword with a typo.
std::string Cursor::GuessMisspelling() const {
  const size_t first = at_ > 0 ? at_ - 1 : 0;
  for (size_t i = at_ + 1; i-- > first;) {
    const Token& token = tokens_[i];
    if (i >= end_ || token.kind != TokenKind::kWord || token.keyword != Keyword::kNone) continue;
    std::string word(Text(token));
    if (word.size() < 3 || word.size() > 16) continue;
    for (char& c : word) c = (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : c;
    for (const Keyword keyword : kGuessable) {
      const std::string_view text = KeywordText(keyword);
      const size_t allowed = text.size() < 6 ? 1 : 2;
      if (EditDistance(word, text) <= allowed) {
        return "did you mean " + std::string(text) + " instead of " + std::string(Text(token)) +
               "?";
      }
    }
  }
  return {};
}

// Two names in a row are a thing and its alias; a third thing begins without a comma.
std::string Cursor::GuessMissingComma() const {
  if (AtEnd() || at_ < 2) return {};
  const auto is_thing = [&](const Token& token) {
    return token.kind == TokenKind::kQuotedName || token.kind == TokenKind::kNumber ||
           token.kind == TokenKind::kString ||
           (token.kind == TokenKind::kWord && token.keyword == Keyword::kNone);
  };
  if (!is_thing(Peek()) || !is_thing(tokens_[at_ - 1])) return {};
  return "a comma may be missing before " + std::string(Text(Peek()).substr(0, kQuotedLength));
}

}  // namespace weir::sql
