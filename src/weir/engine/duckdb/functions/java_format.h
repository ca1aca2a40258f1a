#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weir::engine {

// A whole number with how many bits its type has: %x shows negative ones in that many.
struct FormatWhole {
  int64_t value;
  int bits;
};
struct FormatReal {
  double value;
  bool single;  // A FLOAT: %s prints its digits.
};
using FormatArgument =
    std::variant<std::monostate, bool, FormatWhole, FormatReal, std::string_view>;

// A format string of java.util.Formatter with the root locale. What it does not take raises
// INVALID_PARAMETER_VALUE.STRFMT.
class JavaFormat {
 public:
  explicit JavaFormat(std::string_view format);

  std::string Print(const std::vector<FormatArgument>& arguments) const;

 private:
  struct Piece {
    std::string text;       // Between conversions.
    std::string specifier;  // As it was written; empty for a text.
    char conversion = 0;
    bool upper = false;
    std::string flags;
    int index = 0;  // Of an argument from 1; 0: the next; -1: the same as before.
    int width = -1;
    int precision = -1;

    bool Has(char flag) const { return flags.find(flag) != std::string::npos; }
  };

  size_t ReadSpecifier(std::string_view format, size_t at);
  static void Check(const Piece& piece);
  static std::string Convert(const Piece& piece, const FormatArgument& argument);
  static std::string Whole(const Piece& piece, const FormatWhole& value);
  static std::string Real(const Piece& piece, double value);
  static std::string Signed(const Piece& piece, bool negative, std::string digits, bool grouped);
  static std::string Justified(const Piece& piece, std::string text);

  std::vector<Piece> pieces_;
};

}  // namespace weir::engine
