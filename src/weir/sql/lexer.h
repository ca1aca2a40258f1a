#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "weir/sql/keywords.h"
#include "weir/types/diagnostic.h"

namespace weir::sql {

enum class TokenKind : uint8_t {
  kEnd,  // Of the text; exactly one, the last.
  kWord,
  kQuotedName,  // `name`
  kString,      // '..', "..", r'..', r".."
  kNumber,      // 1, 1.5, .5, 1e3, with an optional suffix L S Y F D BD
  kLeftParen,
  kRightParen,
  kLeftBracket,
  kRightBracket,
  kComma,
  kDot,
  kSemicolon,
  kColon,
  kDoubleColon,
  kQuestion,
  kStar,
  kPlus,
  kMinus,
  kSlash,
  kPercent,
  kTilde,
  kAmpersand,
  kPipe,
  kConcat,
  kPipeArrow,
  kHat,
  kEq,
  kNe,
  kLt,
  kLe,
  kGt,
  kGe,
  kNullSafeEq,
  kBang,  // << >> >>> are adjacent kLt, kGt.
  kArrow,
  kFatArrow,
  kInvalid,  // Reported already.
};

struct Token {
  TokenKind kind;
  bool ascii = true;                 // kWord: no letters beyond ASCII, which need backticks.
  Keyword keyword = Keyword::kNone;  // kWord only.
  size_t begin = 0;
  size_t end = 0;
};

// Beyond this many mistakes no more are looked for: nobody reads more at once.
constexpr size_t kMaxDiagnostics = 100;

struct LexedText {
  std::vector<Token> tokens;  // Comments and white space are gone. The last is kEnd.
  Diagnostics diagnostics;    // Unclosed strings and comments, characters of no meaning.
  size_t steps = 0;           // Bytes looked at, for tests: some multiple of the text's length.
};

// Cuts a text into the tokens of Spark's SQL. Linear time; any bytes will do.
LexedText Lex(const std::shared_ptr<const SourceText>& source);

// Whether a byte may stand in a name without backticks: ASCII letters, digits and '_', and, so that
// a mistaken name is reported whole, letters of other alphabets.
bool IsWordByte(char c);
// White space of ASCII.
constexpr bool IsSpace(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f';
}

}  // namespace weir::sql
