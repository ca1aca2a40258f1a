#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace weir {

enum class JsonKind { kObject, kArray, kText, kNumber, kTrue, kFalse, kNull, kNone };

// What a text may have beyond RFC 8259. Each is a feature of Jackson's, which Spark's options name.
struct JsonDialect {
  bool comments = false;            // /* */, // and, as Jackson has it, nothing else.
  bool unquoted_names = false;      // {a: 1}
  bool single_quotes = false;       // {'a': 'b'}
  bool leading_zeros = false;       // 007
  bool any_escape = false;          // "\x" is an x.
  bool control_characters = false;  // A tab within a text.
  bool word_numbers = false;        // NaN, -INF, Infinity: numbers, as TakeNumber gives them.
};

// Reads one JSON text from front to back in one pass, by RFC 8259 and a dialect, handing out
// numbers and skipped values as they stand: a decimal keeps its digits, and a rescued value its
// form. That, and large whole numbers, is why this is not a parser library's document. Works on
// text that is valid UTF-8. When something is malformed, ok() is false from then on, every call
// returns at once, and problem() says what. Not thread-safe.
class JsonCursor {
 public:
  static constexpr int kMaxDepth = 1000;

  explicit JsonCursor(std::string_view text, const JsonDialect& dialect = {})
      : text_(text), dialect_(dialect) {
    SkipBlanks();
  }

  bool ok() const { return problem_ == nullptr; }
  const char* problem() const { return problem_; }
  size_t offset() const { return at_; }
  // What was passed since then, without the blanks at its end.
  std::string_view Since(size_t offset) const;

  // What kind of value begins here; kNone at the end or when malformed.
  JsonKind Kind();
  bool AtEnd() const { return at_ == text_.size(); }

  // Objects: Begin, then for each member NextMember gives its name, after which its value must be
  // taken by exactly one call; false at the end. Arrays: likewise with NextItem.
  void BeginObject() { Open('{'); }
  bool NextMember(std::string_view& name_json);  // With its quotes, as it stands.
  // As NextMember, with the name itself: in `scratch` when it had to be unescaped.
  bool NextName(std::string_view& name, std::string& scratch);
  void BeginArray() { Open('['); }
  bool NextItem();

  // One value. Texts are unescaped into `scratch` when they have to be; else they point into the
  // JSON text.
  std::string_view TakeText(std::string& scratch);
  std::string_view TakeNumber();
  void TakeWord();  // true, false or null
  // Passes over a value of any kind, checking it; returns it as it stands.
  std::string_view Skip();

  // For failing from outside, with what the reader of the values found.
  void Fail(const char* problem);

 private:
  void Open(char bracket);
  bool Next(char close);
  void SkipBlanks();
  void SkipComment();
  bool AtQuote() const;
  bool AtWordNumber() const;
  std::string_view RawText();
  std::string_view UnquotedName();
  void PassColon();
  void SkipNested();
  void CheckEscape();

  std::string_view text_;
  JsonDialect dialect_;
  size_t at_ = 0;
  int depth_ = 0;
  bool first_ = false;  // Nothing has come yet in the object or array just opened.
  const char* problem_ = nullptr;
};

// The text that a JSON string (with its quotes, well-formed) stands for. Half a surrogate pair
// alone becomes '?', as in Java.
std::string_view UnescapeJson(std::string_view json, std::string& scratch);

}  // namespace weir
