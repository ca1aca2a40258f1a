#pragma once

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weir/sql/ast.h"
#include "weir/sql/lexer.h"
#include "weir/types/diagnostic.h"

namespace weir::sql {

// Ends the reading of one statement; never leaves the parser. Unlike DiagnosticError it renders
// nothing, so that a text full of mistakes is still read in linear time.
class StatementFailure final : public Error {
 public:
  // Nothing when what is wrong was reported already.
  explicit StatementFailure(std::optional<Diagnostic> diagnostic)
      : Error(ErrorCode::kInvalid, "the statement does not parse"),
        diagnostic_(std::move(diagnostic)) {}
  const std::optional<Diagnostic>& diagnostic() const { return diagnostic_; }

 private:
  std::optional<Diagnostic> diagnostic_;
};

// Ends the reading of a statement that holds what weir does not have; never leaves the parser.
class StatementRefusal final : public Error {
 public:
  explicit StatementRefusal(Diagnostic diagnostic)
      : Error(ErrorCode::kUnsupported, "the statement is refused"),
        diagnostic_(std::move(diagnostic)) {}
  const Diagnostic& diagnostic() const { return diagnostic_; }

 private:
  Diagnostic diagnostic_;
};

// A place in the tokens of a text, and what was found wrong up to there. The base of the grammar:
// rules ask for tokens and fail where the text does not follow, which ends the statement. What is
// wrong without leaving the rest unreadable is reported, and reading goes on.
class Cursor {
 protected:
  explicit Cursor(std::shared_ptr<const SourceText> source);

  // Tokens from here to the next ';' are one statement; beyond them everything is kEnd.
  void BeginStatement();
  // Whether the lexer, which has reported it, makes nothing of a part of the statement.
  bool HasInvalid() const { return has_invalid_; }
  // Goes behind the statement's ';', whatever was read of it.
  void EndStatement();
  bool AtTextEnd() const { return tokens_[at_].kind == TokenKind::kEnd; }

  const Token& Peek(size_t ahead = 0) const {
    ++steps_;
    return tokens_[std::min(at_ + ahead, end_)];
  }
  const Token& Next();
  size_t position() const { return at_; }
  std::string_view Text(const Token& token) const;

  bool AtEnd() const { return at_ >= end_; }
  bool At(TokenKind kind, size_t ahead = 0) const;
  bool At(Keyword keyword, size_t ahead = 0) const { return Peek(ahead).keyword == keyword; }
  bool AtAny(std::initializer_list<Keyword> keywords, size_t ahead = 0) const;
  bool AtAll(std::initializer_list<Keyword> keywords) const;  // In this order.
  bool AtName(size_t ahead = 0) const;                        // A word or a quoted name.
  bool AtAdjacent(size_t ahead) const;                        // No space between it and the next.

  template <typename What>
  bool Accept(What what) {
    if (!At(what)) return false;
    Next();
    return true;
  }
  bool AcceptAll(std::initializer_list<Keyword> keywords);
  void Expect(TokenKind kind);
  void Expect(Keyword keyword);
  void ExpectAll(std::initializer_list<Keyword> keywords);
  void ExpectEnd();

  // From the token at `first` to the one read last.
  Span SpanFrom(size_t first) const;
  Span SpanOf(const Token& token) const;
  Span SpanOfTokens(size_t first, size_t last) const;
  Span Here() const { return SpanOf(Peek()); }

  Diagnostic MakeDiagnostic(std::string condition, Span span, std::string message,
                            std::string hint = {}) const;
  // Fails where there are kMaxDiagnostics already.
  void Report(Diagnostic diagnostic);
  bool cut_off() const { return cut_off_; }  // Report has failed for that.
  Diagnostic TooManyMistakes() const;
  [[noreturn]] void Fail(Diagnostic diagnostic) const;
  // PARSE_SYNTAX_ERROR at the current token. The hint defaults to what can be guessed.
  [[noreturn]] void FailHere(std::string hint = {}) const;
  // The statement parses, and is refused for this, or for kMaxDiagnostics before.
  void Refuse(Diagnostic diagnostic) {
    if (refused_.size() < kMaxDiagnostics) refused_.push_back(std::move(diagnostic));
  }
  // The same where what follows is not understood: the rest of the statement is passed over.
  [[noreturn]] void RefuseRest(Diagnostic diagnostic) const;
  // UNSUPPORTED_FEATURE: Spark or Databricks have it, weir does not yet.
  Diagnostic Unsupported(std::string_view feature, Span span, std::string hint = {}) const;
  // To the end of the statement.
  void SkipRest();
  // Passes over "( ... )" and what stands in it.
  void SkipParentheses();
  // How far ahead the token after the parenthesis stands that closes the one `ahead`; nothing when
  // none does. However often it is asked, it takes time by the length of the text.
  std::optional<size_t> AheadOfClosed(size_t ahead) const;
  // Bytes and tokens looked at so far.
  size_t steps() const { return steps_; }

  std::shared_ptr<const SourceText> source_;
  Diagnostics diagnostics_;
  Diagnostics refused_;  // Of the statement that is read.

  // Counts the levels of grammar rules within each other, which bounds the stack.
  class Level {
   public:
    explicit Level(Cursor& cursor) : cursor_(cursor) {
      if (++cursor_.level_ > kMaxLevel) cursor_.FailTooComplex();
    }
    ~Level() { --cursor_.level_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    Cursor& cursor_;
  };
  static constexpr size_t kMaxLevel = 500;
  [[noreturn]] void FailTooComplex() const;

 private:
  std::string GuessHint() const;
  std::string GuessMisspelling() const;
  std::string GuessMissingComma() const;

  std::vector<Token> tokens_;
  size_t at_ = 0;
  size_t end_ = 0;  // The statement's ';' or the text's kEnd.
  bool has_invalid_ = false;
  bool cut_off_ = false;
  size_t level_ = 0;
  mutable size_t steps_ = 0;
  mutable std::vector<size_t> closing_;  // Of each "(" the token that closes it; 0: none.
};

}  // namespace weir::sql
