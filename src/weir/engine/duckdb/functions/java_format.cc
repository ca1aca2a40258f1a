#include "weir/engine/duckdb/functions/java_format.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>

#include "weir/base/ascii.h"
#include "weir/engine/duckdb/functions/decimal_digits.h"
#include "weir/engine/duckdb/functions/murmur3.h"
#include "weir/engine/duckdb/functions/registry.h"
#include "weir/engine/duckdb/functions/utf8.h"

namespace weir::engine {

namespace {

using Halves = DecimalDigits::Halves;

[[noreturn]] void Refuse(const std::string& specifier, const std::string& why) {
  Raise("INVALID_PARAMETER_VALUE.STRFMT",
        "The value of parameter(s) `strfmt` in `format_string` "
        "is invalid: '" +
            specifier + "' " + why + ".");
}

std::string Grouped(const std::string& digits) {
  const size_t point = std::min(digits.find('.'), digits.size());
  std::string result;
  for (size_t i = 0; i < point; ++i) {
    if (i > 0 && (point - i) % 3 == 0) result += ',';
    result += digits[i];
  }
  return result + digits.substr(point);
}

std::string Fixed(DecimalDigits number, int precision) {
  number.RoundTo(precision, Halves::kUp);
  return number.Whole() + (precision > 0 ? "." + number.Fraction(precision) : "");
}

std::string Scientific(DecimalDigits number, int precision) {
  number.KeepDigits(precision + 1, Halves::kUp);
  std::string digits = number.digits;
  digits.resize(static_cast<size_t>(precision) + 1, '0');
  const int exponent = number.IsZero() ? 0 : number.point - 1;
  std::string power = std::to_string(std::abs(exponent));
  if (power.size() < 2) power.insert(0, 1, '0');
  return digits.substr(0, 1) + (precision > 0 ? "." + digits.substr(1) : "") + "e" +
         (exponent < 0 ? "-" : "+") + power;
}

// %g: by the value after it was rounded to so many digits.
std::string General(DecimalDigits number, int precision) {
  if (precision == 0) precision = 1;
  if (number.IsZero()) return Fixed(number, precision - 1);
  number.KeepDigits(precision, Halves::kUp);
  if (number.point <= -4 || number.point > precision) return Scientific(number, precision - 1);
  return Fixed(number, precision - number.point);
}

// Double.toHexString without its sign.
std::string HexReal(double value) {
  const auto bits = std::bit_cast<uint64_t>(value);
  const uint64_t fraction = bits & ((uint64_t{1} << 52) - 1);
  const int exponent = static_cast<int>((bits >> 52) & 0x7FF);
  if (exponent == 0 && fraction == 0) return "0x0.0p0";
  char digits[16];
  const auto printed = std::to_chars(digits, digits + 16, fraction, 16);
  std::string text(digits, printed.ptr);
  text.insert(0, 13 - text.size(), '0');
  text.erase(std::max<size_t>(text.find_last_not_of('0') + 1, 1));
  const bool subnormal = exponent == 0;
  return (subnormal ? "0x0." : "0x1.") + text + "p" +
         std::to_string(subnormal ? -1022 : exponent - 1023);
}

std::string_view NameOf(const FormatArgument& argument) {
  static constexpr std::string_view kNames[] = {"NULL", "BOOLEAN", "a whole number", "DOUBLE",
                                                "STRING"};
  return kNames[argument.index()];
}

std::string TextOf(const FormatArgument& argument) {
  if (const auto* flag = std::get_if<bool>(&argument)) return *flag ? "true" : "false";
  if (const auto* whole = std::get_if<FormatWhole>(&argument)) return std::to_string(whole->value);
  if (const auto* real = std::get_if<FormatReal>(&argument)) {
    return Value(real->single ? TypeId::kFloat : TypeId::kDouble, real->value).ToString();
  }
  if (const auto* text = std::get_if<std::string_view>(&argument)) return std::string(*text);
  return "null";
}

int32_t Folded(uint64_t bits) { return static_cast<int32_t>(bits ^ (bits >> 32)); }

// Java's hashCode of what Spark hands over.
int32_t HashOf(const FormatArgument& argument) {
  if (const auto* flag = std::get_if<bool>(&argument)) return *flag ? 1231 : 1237;
  if (const auto* whole = std::get_if<FormatWhole>(&argument)) {
    return whole->bits < 64 ? static_cast<int32_t>(whole->value)
                            : Folded(static_cast<uint64_t>(whole->value));
  }
  if (const auto* real = std::get_if<FormatReal>(&argument)) {
    return real->single ? std::bit_cast<int32_t>(static_cast<float>(real->value))
                        : Folded(std::bit_cast<uint64_t>(real->value));
  }
  constexpr int32_t kSeed = 42;
  return Murmur3::OfBytes(std::get<std::string_view>(argument), kSeed);
}

std::string HexOf(int32_t value) {
  char text[16];
  const auto printed = std::to_chars(text, text + sizeof(text), static_cast<uint32_t>(value), 16);
  return {text, printed.ptr};
}

}  // namespace

JavaFormat::JavaFormat(std::string_view format) {
  for (size_t at = 0; at < format.size();) {
    const size_t percent = std::min(format.find('%', at), format.size());
    if (percent > at) {
      Piece piece;
      piece.text = format.substr(at, percent - at);
      pieces_.push_back(std::move(piece));
    }
    at = percent < format.size() ? ReadSpecifier(format, percent) : percent;
  }
}

// %[index$][flags][width][.precision]conversion
size_t JavaFormat::ReadSpecifier(std::string_view format, size_t at) {
  Piece piece;
  size_t i = at + 1;
  const auto number = [&](int& value) {
    const auto read = std::from_chars(format.data() + i, format.data() + format.size(), value);
    if (read.ec != std::errc()) Refuse(std::string(format.substr(at)), "has too large a number");
    i = static_cast<size_t>(read.ptr - format.data());
  };
  size_t digits = i;
  while (digits < format.size() && IsDigit(format[digits])) ++digits;
  if (digits > i && digits < format.size() && format[digits] == '$') {
    number(piece.index);
    ++i;
    if (piece.index == 0) {
      Raise("INVALID_PARAMETER_VALUE.ZERO_INDEX",
            "The value of parameter(s) `strfmt` in `format_string` is invalid: expects %1$, %2$ "
            "and so on, but got %0$.");
    }
  } else if (i < format.size() && format[i] == '<') {
    piece.index = -1;
    ++i;
  }
  while (i < format.size() && std::string_view("-#+ 0,(<").find(format[i]) != std::string::npos) {
    if (format[i] == '<') {
      piece.index = -1;
    } else {
      if (piece.Has(format[i]))
        Refuse(std::string(format.substr(at, i - at + 1)), "repeats a flag");
      piece.flags += format[i];
    }
    ++i;
  }
  if (i < format.size() && IsDigit(format[i])) number(piece.width);
  if (i < format.size() && format[i] == '.') {
    ++i;
    if (i >= format.size() || !IsDigit(format[i])) {
      Refuse(std::string(format.substr(at, i - at)), "has no number behind the point");
    }
    number(piece.precision);
  }
  if (i >= format.size()) Refuse(std::string(format.substr(at)), "has no conversion");
  const char conversion = format[i++];
  piece.upper = conversion >= 'A' && conversion <= 'Z';
  piece.conversion = piece.upper ? static_cast<char>(conversion + 32) : conversion;
  piece.specifier = format.substr(at, i - at);
  Check(piece);
  pieces_.push_back(std::move(piece));
  return i;
}

void JavaFormat::Check(const Piece& piece) {
  const auto none_of = [&](std::string_view flags) {
    for (const char flag : flags) {
      if (piece.Has(flag)) {
        Refuse(piece.specifier, std::string("does not go with the flag '") + flag + "'");
      }
    }
  };
  if ((piece.Has('-') || piece.Has('0')) && piece.width < 0) {
    Refuse(piece.specifier, "needs a width");
  }
  if (piece.Has('-') && piece.Has('0'))
    Refuse(piece.specifier, "has flags that do not go together");
  if (piece.Has('+') && piece.Has(' '))
    Refuse(piece.specifier, "has flags that do not go together");
  const bool may_be_upper =
      std::string_view("bhscxeg").find(piece.conversion) != std::string::npos ||
      piece.conversion == 'a';
  if (piece.upper && !may_be_upper) Refuse(piece.specifier, "is no conversion");
  switch (piece.conversion) {
    case 'b':
    case 'h':
    case 's':
      return none_of("#+ 0,(");
    case 'c':
      none_of("#+ 0,(");
      [[fallthrough]];
    case 'd':
    case 'o':
    case 'x':
      if (piece.precision >= 0) Refuse(piece.specifier, "takes no precision");
      if (piece.conversion == 'd') return none_of("#");
      if (piece.conversion != 'c') none_of(",+ (");
      return;
    case 'e':
      return none_of(",");
    case 'a':
      return none_of(",(");
    case 'g':
      return none_of("#");
    case 'f':
    case '%':
    case 'n':
      return;
    default:
      Refuse(piece.specifier, "is no conversion that weir has");
  }
}

std::string JavaFormat::Justified(const Piece& piece, std::string text) {
  const int64_t missing = piece.width - CountCharacters(text);
  if (piece.width < 0 || missing <= 0) return text;
  const std::string blanks(static_cast<size_t>(missing), ' ');
  return piece.Has('-') ? text + blanks : blanks + text;
}

// The sign as the flags ask for it, and zeros up to the width.
std::string JavaFormat::Signed(const Piece& piece, bool negative, std::string digits,
                               bool grouped) {
  if (grouped) digits = Grouped(digits);
  std::string before;
  std::string after;
  if (negative) {
    before = piece.Has('(') ? "(" : "-";
    if (piece.Has('(')) after = ")";
  } else if (piece.Has('+')) {
    before = "+";
  } else if (piece.Has(' ')) {
    before = " ";
  }
  const size_t size = before.size() + digits.size() + after.size();
  if (piece.Has('0') && piece.width > 0 && size < static_cast<size_t>(piece.width)) {
    const size_t prefix = digits.starts_with("0x") ? 2 : 0;
    digits.insert(prefix, static_cast<size_t>(piece.width) - size, '0');
  }
  return before + digits + after;
}

std::string JavaFormat::Whole(const Piece& piece, const FormatWhole& value) {
  if (piece.conversion == 'd') {
    std::string digits = std::to_string(value.value);
    if (value.value < 0) digits.erase(0, 1);
    return Signed(piece, value.value < 0, digits, piece.Has(','));
  }
  auto bits = static_cast<uint64_t>(value.value);
  if (value.bits < 64) bits &= (uint64_t{1} << value.bits) - 1;
  char text[32];
  const auto printed =
      std::to_chars(text, text + sizeof(text), bits, piece.conversion == 'x' ? 16 : 8);
  std::string digits(text, printed.ptr);
  if (piece.Has('#')) digits.insert(0, piece.conversion == 'x' ? "0x" : "0");
  return Signed(piece, false, digits, false);
}

std::string JavaFormat::Real(const Piece& piece, double value) {
  if (std::isnan(value)) return "NaN";
  const bool negative = std::signbit(value);
  Piece plain = piece;
  if (std::isinf(value)) {
    std::erase(plain.flags, '0');
    return Signed(plain, negative, "Infinity", false);
  }
  DecimalDigits number = DecimalDigits::Shortest(std::fabs(value));
  const int precision = piece.precision < 0 ? 6 : piece.precision;
  std::string digits;
  switch (piece.conversion) {
    case 'e':
      digits = Scientific(std::move(number), precision);
      break;
    case 'g':
      digits = General(std::move(number), precision);
      break;
    case 'a':
      if (piece.precision >= 0) Refuse(piece.specifier, "is not supported with a precision");
      digits = HexReal(value);
      break;
    default:
      digits = Fixed(std::move(number), precision);
      if (piece.Has('#') && precision == 0) digits += '.';
  }
  return Signed(piece, negative, digits, piece.Has(','));
}

std::string JavaFormat::Convert(const Piece& piece, const FormatArgument& argument) {
  if (piece.conversion == 'b') {
    const auto* const flag = std::get_if<bool>(&argument);
    const bool value = flag != nullptr ? *flag : argument.index() != 0;
    return value ? "true" : "false";
  }
  if (piece.conversion == 's' || argument.index() == 0) return TextOf(argument);
  if (piece.conversion == 'h') return HexOf(HashOf(argument));
  const auto* const whole = std::get_if<FormatWhole>(&argument);
  const auto* const real = std::get_if<FormatReal>(&argument);
  switch (piece.conversion) {
    case 'd':
    case 'o':
    case 'x':
      if (whole != nullptr) return Whole(piece, *whole);
      break;
    case 'c':
      if (whole != nullptr && whole->bits < 64) {
        if (whole->value < 0 || whole->value > 0x10FFFF) {
          Refuse(piece.specifier, "has no character " + std::to_string(whole->value));
        }
        std::string text;
        AppendCharacter(text, static_cast<uint32_t>(whole->value));
        return text;
      }
      break;
    default:
      if (real != nullptr) return Real(piece, real->value);
  }
  Refuse(piece.specifier, "does not take " + std::string(NameOf(argument)));
}

std::string JavaFormat::Print(const std::vector<FormatArgument>& arguments) const {
  std::string result;
  size_t next = 0;
  size_t last = SIZE_MAX;
  for (const Piece& piece : pieces_) {
    if (piece.specifier.empty()) {
      result += piece.text;
      continue;
    }
    if (piece.conversion == 'n') {
      result += '\n';
      continue;
    }
    if (piece.conversion == '%') {
      result += Justified(piece, "%");
      continue;
    }
    if (piece.index > 0) last = static_cast<size_t>(piece.index) - 1;
    if (piece.index == 0) last = next++;
    if (last >= arguments.size()) Refuse(piece.specifier, "has no argument");
    std::string text = Convert(piece, arguments[last]);
    const bool cut = std::string_view("bhs").find(piece.conversion) != std::string_view::npos ||
                     arguments[last].index() == 0;
    if (cut && piece.precision >= 0) text = SubstringOf(text, 1, piece.precision);
    if (piece.upper) text = UpperOf(text);
    result += Justified(piece, std::move(text));
  }
  return result;
}

}  // namespace weir::engine
