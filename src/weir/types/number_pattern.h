#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weir {

// The format of to_number and to_char for numbers: "$99,999.00", "S9G999D99", "999PR".
class NumberPattern {
 public:
  // What is wrong with a format, by Spark's condition.
  struct Mistake {
    std::string condition;
    std::string message;
  };
  static std::variant<NumberPattern, Mistake> Parse(std::string_view format);

  // Of the decimal that holds whatever it reads.
  int precision() const { return precision_; }
  int scale() const { return scale_; }

  // "-12454.8" for "12,454.8-"; nothing when the text has another form.
  std::optional<std::string> Read(std::string_view text) const;
  // `number` as CAST(decimal AS STRING) prints it. '#' in place of digits when they have no room.
  std::string Print(std::string_view number) const;

 private:
  enum class Kind { kDigits, kPoint, kDollar, kSign, kMinus, kOpen, kClose, kSeparator, kOther };
  // A run of digits with its separators is one token.
  struct Run {
    bool separator = false;
    bool exact = false;  // All of them must be there: begun by 0 before the point.
    int count = 0;
  };
  struct Token {
    Kind kind;
    std::vector<Run> runs = {};
    char character = 0;

    bool operator==(const Token& other) const { return kind == other.kind; }
  };

  static std::vector<Token> Tokens(std::string_view format);
  std::optional<Mistake> Check(std::string_view format) const;
  std::optional<Mistake> CheckOrder(std::string_view format) const;
  bool ReadDigits(const Token& token, std::string_view text, size_t& at, bool fraction,
                  std::string& digits) const;

  std::vector<Token> tokens_;
  int precision_ = 0;
  int scale_ = 0;
};

}  // namespace weir
