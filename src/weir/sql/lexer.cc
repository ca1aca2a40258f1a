#include "weir/sql/lexer.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "weir/base/ascii.h"

namespace weir::sql {
namespace {

bool IsAsciiWordByte(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// White space and punctuation of other alphabets that editors and web pages put into SQL.
struct Foreign {
  std::string_view bytes;
  bool is_space;
  std::string_view hint;
};
constexpr Foreign kForeign[] = {
    {"\xC2\xA0", true, ""},
    {"\xE2\x80\x8B", true, ""},
    {"\xEF\xBB\xBF", true, ""},
    {"\xE3\x80\x80", true, ""},
    {"\xE2\x80\x98", false, "this is a curly quote; write '"},
    {"\xE2\x80\x99", false, "this is a curly quote; write '"},
    {"\xE2\x80\x9C", false, "this is a curly quote; write \""},
    {"\xE2\x80\x9D", false, "this is a curly quote; write \""},
    {"\xE2\x80\x93", false, "this is a dash of prose; write -"},
    {"\xE2\x80\x94", false, "this is a dash of prose; write -"},
};

class Lexer {
 public:
  explicit Lexer(const std::shared_ptr<const SourceText>& source)
      : source_(source), text_(source->text) {}

  LexedText Run() {
    result_.tokens.reserve(text_.size() / 4 + 1);
    // Each quote that is never closed is looked for to the end.
    while (SkipSpace(), at_ < text_.size() && result_.diagnostics.size() < kMaxDiagnostics) {
      ReadToken();
    }
    Push(TokenKind::kEnd, 0);
    return std::move(result_);
  }

 private:
  char Peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool Rest(std::string_view prefix) const { return text_.substr(at_).starts_with(prefix); }

  void Push(TokenKind kind, size_t length) {
    result_.tokens.push_back({kind, true, Keyword::kNone, at_, at_ + length});
    result_.steps += length + 1;
    at_ += length;
  }

  void Report(size_t begin, size_t end, std::string condition, std::string message,
              std::string hint) {
    if (result_.diagnostics.size() >= kMaxDiagnostics) return;
    Diagnostic diagnostic;
    diagnostic.sqlstate = SqlStateOf(condition);
    diagnostic.condition = std::move(condition);
    diagnostic.span = Span{source_, begin, end};
    diagnostic.message = std::move(message);
    diagnostic.hint = std::move(hint);
    result_.diagnostics.push_back(std::move(diagnostic));
  }

  const Foreign* FindForeign() const {
    for (const Foreign& foreign : kForeign) {
      if (Rest(foreign.bytes)) return &foreign;
    }
    return nullptr;
  }

  void SkipSpace() {
    const size_t before = at_;
    SkipSpaces();
    result_.steps += at_ - before;
  }

  void SkipSpaces() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (IsSpace(c)) {
        ++at_;
      } else if (c == '-' && Peek(1) == '-') {
        SkipLineComment();
      } else if (c == '/' && Peek(1) == '*') {
        SkipBlockComment();
      } else if (static_cast<unsigned char>(c) >= 0x80) {
        const Foreign* foreign = FindForeign();
        if (foreign == nullptr || !foreign->is_space) return;
        at_ += foreign->bytes.size();
      } else {
        return;
      }
    }
  }

  // A backslash before the line's end carries the comment on, as in Spark.
  void SkipLineComment() {
    while (at_ < text_.size() && text_[at_] != '\n') {
      at_ += (text_[at_] == '\\' && Peek(1) == '\n') ? 2 : 1;
    }
  }

  // Block comments nest. Hints (/*+ ... */) do not change a result and count as comments.
  void SkipBlockComment() {
    const size_t begin = at_;
    size_t depth = 0;
    do {
      if (at_ >= text_.size()) {
        Report(begin, begin + 2, "UNCLOSED_BRACKETED_COMMENT",
               "Found an unclosed bracketed comment.", "append */ at the end of the comment");
        // So that the comment's statement counts as failed.
        result_.tokens.push_back({TokenKind::kInvalid, true, Keyword::kNone, begin, begin + 2});
        return;
      }
      if (Rest("/*")) {
        ++depth;
        at_ += 2;
      } else if (Rest("*/")) {
        --depth;
        at_ += 2;
      } else {
        ++at_;
      }
    } while (depth > 0);
  }

  void ReadToken() {
    const char c = Peek();
    if ((c == 'r' || c == 'R') && (Peek(1) == '\'' || Peek(1) == '"')) return ReadRawString();
    if (c == '\'' || c == '"') return ReadString();
    if (c == '`') return ReadQuotedName();
    if (IsDigit(c) || (c == '.' && IsDigit(Peek(1)))) {
      if (const std::optional<size_t> length = NumberLength()) {
        return Push(TokenKind::kNumber, *length);
      }
    }
    if (IsAsciiWordByte(c)) return ReadWord();
    if (static_cast<unsigned char>(c) >= 0x80) {
      if (FindForeign() == nullptr) return ReadWord();
      return ReadForeign();
    }
    ReadSymbol();
  }

  void ReadWord() {
    size_t end = at_;
    bool ascii = true;
    while (end < text_.size() && IsWordByte(text_[end])) {
      if (!IsAsciiWordByte(text_[end])) {
        // Foreign spaces and quotes end a word.
        const size_t before = std::exchange(at_, end);
        const bool foreign = FindForeign() != nullptr;
        at_ = before;
        if (foreign) break;
        ascii = false;
      }
      ++end;
    }
    Token token{TokenKind::kWord, ascii, Keyword::kNone, at_, end};
    token.keyword = FindKeyword(text_.substr(at_, end - at_));
    result_.tokens.push_back(token);
    result_.steps += end - at_ + 1;
    at_ = end;
  }

  // The longest number here; nothing when a longer word stands here (123_abc) or the dot after the
  // digits belongs to a name that begins with a digit (1.5abc).
  std::optional<size_t> NumberLength() const {
    const size_t word = WordLength(0);
    size_t integer = 0;
    while (IsDigit(Peek(integer))) ++integer;
    std::optional<size_t> best;
    if (integer > 0) best = integer;
    const auto consider = [&](size_t length) {
      if (!best || length > *best) best = length;
    };
    if (integer > 0) ConsiderSuffixes(integer, /*is_decimal=*/false, consider);
    if (Peek(integer) == '.') {
      size_t fraction = integer + 1;
      while (IsDigit(Peek(fraction))) ++fraction;
      if (fraction > integer + 1 || integer > 0) {
        ConsiderSuffixes(fraction, /*is_decimal=*/true, consider);
      }
    }
    if (!best || word > *best) return std::nullopt;
    return best;
  }

  size_t WordLength(size_t from) const {
    size_t length = from;
    while (at_ + length < text_.size() && IsAsciiWordByte(text_[at_ + length])) ++length;
    return length - from;
  }

  // A number with a dot may not run into a word.
  template <typename Consider>
  void ConsiderSuffixes(size_t digits, bool is_decimal, const Consider& consider) const {
    const auto whole = [&](size_t length) {
      if (!is_decimal || WordLength(length) == 0) consider(length);
    };
    if (is_decimal) whole(digits);
    size_t exponent = digits;
    if (Peek(digits) == 'e' || Peek(digits) == 'E') {
      size_t at = digits + 1;
      if (Peek(at) == '+' || Peek(at) == '-') ++at;
      const size_t first = at;
      while (IsDigit(Peek(at))) ++at;
      if (at > first) {
        exponent = at;
        whole(exponent);
      }
    }
    const auto upper = [&](size_t i) {
      const char c = Peek(i);
      return (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : c;
    };
    if (!is_decimal && exponent == digits &&
        (upper(digits) == 'L' || upper(digits) == 'S' || upper(digits) == 'Y')) {
      consider(digits + 1);
    }
    if (upper(exponent) == 'F' || upper(exponent) == 'D') whole(exponent + 1);
    if (upper(exponent) == 'B' && upper(exponent + 1) == 'D') whole(exponent + 2);
  }

  void ReadRawString() {
    const char quote = Peek(1);
    const size_t close = text_.find(quote, at_ + 2);
    if (close == std::string_view::npos) return ReadUnclosed(2);
    Push(TokenKind::kString, close + 1 - at_);
  }

  // A doubled quote stands for itself; a backslash takes the next character along.
  void ReadString() {
    const char quote = Peek();
    size_t end = at_ + 1;
    while (end < text_.size()) {
      if (text_[end] == '\\') {
        end += 2;
      } else if (text_[end] != quote) {
        ++end;
      } else if (end + 1 < text_.size() && text_[end + 1] == quote) {
        end += 2;
      } else {
        return Push(TokenKind::kString, end + 1 - at_);
      }
    }
    ReadUnclosed(1);
  }

  void ReadQuotedName() {
    size_t end = at_ + 1;
    while (end < text_.size()) {
      if (text_[end] != '`') {
        ++end;
      } else if (end + 1 < text_.size() && text_[end + 1] == '`') {
        end += 2;
      } else {
        return Push(TokenKind::kQuotedName, end + 1 - at_);
      }
    }
    ReadUnclosed(1);
  }

  // Goes on after the line, where the statements that follow can still be read.
  void ReadUnclosed(size_t prefix) {
    result_.steps += text_.size() - at_;
    const size_t line_end = std::min(text_.find('\n', at_), text_.size());
    const std::string_view quote = text_.substr(at_ + prefix - 1, 1);
    Report(at_, at_ + prefix, "PARSE_SYNTAX_ERROR",
           "Syntax error at or near '" + std::string(text_.substr(at_, prefix)) + "'.",
           "this quote is never closed; add " + std::string(quote) +
               (quote == "`" ? "" : ", and write \\" + std::string(quote) + " for one inside"));
    Push(TokenKind::kInvalid, std::max(line_end, at_ + prefix) - at_);
  }

  void ReadForeign() {
    const Foreign* foreign = FindForeign();
    Report(at_, at_ + foreign->bytes.size(), "PARSE_SYNTAX_ERROR",
           "Syntax error at or near '" + std::string(foreign->bytes) + "'.",
           std::string(foreign->hint));
    Push(TokenKind::kInvalid, foreign->bytes.size());
  }

  void ReadSymbol() {
    struct Symbol {
      std::string_view text;
      TokenKind kind;
    };
    // Longer ones before their beginnings.
    static constexpr Symbol kSymbols[] = {
        {"<=>", TokenKind::kNullSafeEq}, {"<=", TokenKind::kLe},
        {"<>", TokenKind::kNe},          {"<", TokenKind::kLt},
        {">=", TokenKind::kGe},          {">", TokenKind::kGt},
        {"!=", TokenKind::kNe},          {"!>", TokenKind::kLe},
        {"!<", TokenKind::kGe},          {"!", TokenKind::kBang},
        {"==", TokenKind::kEq},          {"=>", TokenKind::kFatArrow},
        {"=", TokenKind::kEq},           {"->", TokenKind::kArrow},
        {"-", TokenKind::kMinus},        {"||", TokenKind::kConcat},
        {"|>", TokenKind::kPipeArrow},   {"|", TokenKind::kPipe},
        {"::", TokenKind::kDoubleColon}, {":", TokenKind::kColon},
        {"(", TokenKind::kLeftParen},    {")", TokenKind::kRightParen},
        {"[", TokenKind::kLeftBracket},  {"]", TokenKind::kRightBracket},
        {",", TokenKind::kComma},        {".", TokenKind::kDot},
        {";", TokenKind::kSemicolon},    {"?", TokenKind::kQuestion},
        {"*", TokenKind::kStar},         {"+", TokenKind::kPlus},
        {"/", TokenKind::kSlash},        {"%", TokenKind::kPercent},
        {"~", TokenKind::kTilde},        {"&", TokenKind::kAmpersand},
        {"^", TokenKind::kHat},
    };
    const char first = Peek();
    for (const Symbol& symbol : kSymbols) {
      if (symbol.text[0] == first && Rest(symbol.text))
        return Push(symbol.kind, symbol.text.size());
    }
    const bool is_variable = Rest("${");
    Report(at_, at_ + 1, "PARSE_SYNTAX_ERROR",
           "Syntax error at or near '" + std::string(1, Peek()) + "'.",
           is_variable ? "no value is configured for this ${...}"
                       : "this character has no meaning in SQL outside quotes");
    Push(TokenKind::kInvalid, 1);
  }

  const std::shared_ptr<const SourceText>& source_;
  const std::string_view text_;
  size_t at_ = 0;
  LexedText result_;
};

}  // namespace

bool IsWordByte(char c) { return IsAsciiWordByte(c) || static_cast<unsigned char>(c) >= 0x80; }

LexedText Lex(const std::shared_ptr<const SourceText>& source) { return Lexer(source).Run(); }

}  // namespace weir::sql
