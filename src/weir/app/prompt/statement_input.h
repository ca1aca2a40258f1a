#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace weir::app {

// What a text of SQL ends within.
enum class OpenPart { kNothing, kString, kQuotedName, kComment };

struct TextEnd {
  OpenPart open = OpenPart::kNothing;
  size_t begin = 0;        // Where that starts, its quote included.
  bool has_words = false;  // Anything but white space and comments behind the last ';'.
  size_t statements = 0;   // The length of the text up to that ';', which is included.
};

// Where a text stops, as the grammar's lexer reads it: a ';' in quotes or comments ends nothing.
TextEnd EndOf(std::string_view text);

// Gathers typed lines until they hold whole statements. A value.
class StatementInput {
 public:
  void AddLine(std::string_view line);
  // The statements that are complete, as one text with their ';'; what follows them stays. Nothing
  // when there is none.
  std::optional<std::string> TakeComplete();
  void Clear();

  // Nothing but white space and comments that are closed.
  bool IsEmpty() const;
  OpenPart open() const { return end_.open; }
  // What is held, with the line's end behind each line.
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  TextEnd end_;
};

}  // namespace weir::app
