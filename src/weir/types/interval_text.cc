#include "weir/types/interval_text.h"

#include <array>
#include <cstdint>
#include <limits>
#include <optional>

#include "weir/base/ascii.h"
#include "weir/types/parse_text.h"
#include "weir/types/value.h"

namespace weir {

namespace {

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= 0x1F); }

BadInterval Bad(std::string_view text, std::string_view condition, std::string_view problem) {
  return {"INVALID_INTERVAL_FORMAT." + std::string(condition),
          "Error parsing '" + std::string(text.substr(0, 200)) +
              "' to interval: " + std::string(problem) + "."};
}

// ------------------------------------------------------------------------------- amounts of units

struct Unit {
  std::string_view name;
  int32_t months;
  int32_t days;
  int64_t micros;
};
// A name that begins another one stands after it.
constexpr Unit kUnits[] = {
    {"year", 12, 0, 0},
    {"month", 1, 0, 0},
    {"week", 0, 7, 0},
    {"day", 0, 1, 0},
    {"hour", 0, 0, 3'600'000'000},
    {"minute", 0, 0, 60'000'000},
    {"second", 0, 0, 1'000'000},
    {"millisecond", 0, 0, 1'000},
    {"microsecond", 0, 0, 1},
};

template <typename T>
bool AddProduct(T& sum, int64_t amount, int64_t size) {
  int64_t product = 0;
  return !__builtin_mul_overflow(amount, size, &product) &&
         !__builtin_add_overflow(sum, product, &sum);
}

class UnitReader {
 public:
  explicit UnitReader(std::string_view text) : text_(text) {}

  std::variant<CalendarInterval, BadInterval> Run() {
    const std::string lower = LowerName(TrimAsCast(text_));
    rest_ = lower;
    if (rest_.empty()) return Bad(text_, "INPUT_IS_EMPTY", "interval string cannot be empty");
    if (rest_.starts_with("interval")) {
      rest_.remove_prefix(8);
      if (rest_.empty()) return Bad(text_, "INPUT_IS_EMPTY", "interval string cannot be empty");
      if (!IsSpace(rest_[0])) return Bad(text_, "INVALID_PREFIX", "invalid interval prefix");
    }
    for (SkipSpaces(); !rest_.empty(); SkipSpaces()) {
      if (auto bad = ReadAmount()) return *bad;
    }
    return sum_;
  }

 private:
  void SkipSpaces() {
    while (!rest_.empty() && IsSpace(rest_[0])) rest_.remove_prefix(1);
  }
  char Next() const { return rest_.empty() ? '\0' : rest_[0]; }

  // "- 3 days"
  std::optional<BadInterval> ReadAmount() {
    const bool negative = Next() == '-';
    const bool is_signed = negative || Next() == '+';
    if (!is_signed && Next() != '.' && !IsDigit(Next())) {
      return Bad(text_, "UNRECOGNIZED_NUMBER", "unrecognized number");
    }
    if (is_signed) rest_.remove_prefix(1);
    if (is_signed) SkipSpaces();
    if (rest_.empty()) return Bad(text_, "MISSING_NUMBER", "expect a number but hit the end");
    int64_t whole = 0;
    const bool only_fraction = !is_signed && Next() == '.';
    for (; IsDigit(Next()); rest_.remove_prefix(1)) {
      if (__builtin_mul_overflow(whole, 10, &whole) ||
          __builtin_add_overflow(whole, Next() - '0', &whole)) {
        return Overflow();
      }
    }
    int64_t fraction = 0;
    const bool has_fraction = Next() == '.';
    if (has_fraction) {
      rest_.remove_prefix(1);
      if (only_fraction && !IsDigit(Next())) return BadValue();
      int64_t scale = 100'000'000;  // Nanoseconds.
      for (; IsDigit(Next()); rest_.remove_prefix(1), scale /= 10) {
        if (scale == 0) {
          return Bad(text_, "INVALID_PRECISION", "interval can only support nanosecond precision");
        }
        fraction += (Next() - '0') * scale;
      }
      fraction /= 1'000;
    }
    if (rest_.empty()) return Bad(text_, "MISSING_UNIT", "expect a unit name but hit the end");
    if (!IsSpace(Next())) return BadValue();
    SkipSpaces();
    return ReadUnit(negative ? -whole : whole, negative ? -fraction : fraction, has_fraction);
  }

  std::optional<BadInterval> ReadUnit(int64_t whole, int64_t fraction, bool has_fraction) {
    if (has_fraction && Next() != 's') {
      return Bad(text_, "INVALID_FRACTION", "only seconds can have a fractional part");
    }
    for (const Unit& unit : kUnits) {
      if (!rest_.starts_with(unit.name)) continue;
      rest_.remove_prefix(unit.name.size());
      if (Next() == 's') rest_.remove_prefix(1);
      if (!rest_.empty() && !IsSpace(Next())) break;
      const bool ok =
          AddProduct(sum_.months, whole, unit.months) && AddProduct(sum_.days, whole, unit.days) &&
          AddProduct(sum_.micros, whole, unit.micros) && AddProduct(sum_.micros, fraction, 1);
      if (!ok) return Overflow();
      return std::nullopt;
    }
    return Bad(text_, "INVALID_UNIT", "invalid unit");
  }

  BadInterval Overflow() const {
    return Bad(text_, "ARITHMETIC_EXCEPTION", "it is longer than an interval can be");
  }
  BadInterval BadValue() const { return Bad(text_, "INVALID_VALUE", "invalid value"); }

  std::string_view text_;
  std::string_view rest_;
  CalendarInterval sum_;
};

// ------------------------------------------------------------------------------- fields

// Of the field that comes first: most digits, and the largest that fits into 64 bits of
// microseconds.
struct Limit {
  size_t digits;
  int64_t most;
};
constexpr std::array<Limit, 4> kLeading = {
    {{9, 106'751'991}, {10, 2'562'047'788}, {12, 153'722'867'280}, {13, 9'223'372'036'854}}};

std::optional<int64_t> TakeNumber(std::string_view& text, size_t most_digits) {
  size_t length = 0;
  int64_t number = 0;
  while (length < text.size() && IsDigit(text[length])) {
    if (++length > most_digits) return std::nullopt;
    number = number * 10 + (text[length - 1] - '0');
  }
  if (length == 0) return std::nullopt;
  text.remove_prefix(length);
  return number;
}

bool Take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// Whether there is a minus; a plus is passed over.
bool TakeMinus(std::string_view& text) {
  if (Take(text, '-')) return true;
  Take(text, '+');
  return false;
}

BadInterval OutOfRange(std::string_view text, std::string condition) {
  return {std::move(condition), "Error parsing '" + std::string(text.substr(0, 200)) +
                                    "' to interval: a field is out of range, or the interval is "
                                    "too long."};
}

std::variant<int64_t, BadInterval> ParseMonths(std::string_view text, const DataType& type) {
  const auto unmatched = [&] {
    return Bad(text, "UNMATCHED_FORMAT_STRING",
               "it does not match the format of \"" + type.ToSql() + "\"");
  };
  std::string_view rest = text;
  const bool negative = TakeMinus(rest);
  std::array<int64_t, 2> parts{0, 0};
  for (IntervalField field = type.from(); field <= type.to();
       field = static_cast<IntervalField>(static_cast<int>(field) + 1)) {
    if (field != type.from() && !Take(rest, '-')) return unmatched();
    const auto number = TakeNumber(rest, 18);
    if (!number) return unmatched();
    parts[static_cast<size_t>(field)] = *number;
  }
  if (!rest.empty()) return unmatched();
  const Int128 months = Int128{parts[0]} * 12 + parts[1];
  const Int128 result = negative ? -months : months;
  const bool fits = result >= std::numeric_limits<int32_t>::min() &&
                    result <= std::numeric_limits<int32_t>::max();
  if (!fits || (type.from() == IntervalField::kYear && parts[1] > 11)) {
    return OutOfRange(text, "INVALID_INTERVAL_FORMAT.INTERVAL_PARSING");
  }
  return static_cast<int64_t>(result);
}

std::variant<int64_t, BadInterval> ParseMicros(std::string_view text, const DataType& type) {
  const auto unmatched = [&] {
    return Bad(text, "UNMATCHED_FORMAT_STRING_WITH_NOTICE",
               "it does not match the format of \"" + type.ToSql() + "\"");
  };
  std::string_view rest = text;
  const bool negative = TakeMinus(rest);
  Int128 total = 0;
  bool in_range = true;
  for (IntervalField field = type.from(); field <= type.to();
       field = static_cast<IntervalField>(static_cast<int>(field) + 1)) {
    const bool leads = field == type.from();
    if (!leads && !Take(rest, field == IntervalField::kHour ? ' ' : ':')) return unmatched();
    const Limit& limit =
        kLeading[static_cast<size_t>(field) - static_cast<size_t>(IntervalField::kDay)];
    const auto number = TakeNumber(rest, leads ? limit.digits : 2);
    if (!number) return unmatched();
    const int64_t most = leads ? limit.most : field == IntervalField::kHour ? 23 : 59;
    in_range &= *number <= most;
    total += Int128{*number} * IntervalFieldSize(field);
  }
  if (type.to() == IntervalField::kSecond && Take(rest, '.')) {
    const size_t before = rest.size();
    const auto fraction = TakeNumber(rest, 9);
    if (!fraction) return unmatched();
    int64_t nanos = *fraction;
    for (size_t digits = before - rest.size(); digits < 9; ++digits) nanos *= 10;
    total += nanos / 1'000;
  }
  if (!rest.empty()) return unmatched();
  if (negative) total = -total;
  if (!in_range || total < std::numeric_limits<int64_t>::min() ||
      total > std::numeric_limits<int64_t>::max()) {
    return OutOfRange(text, "_LEGACY_ERROR_TEMP_0063");
  }
  return static_cast<int64_t>(total);
}

std::string TwoDigits(uint64_t number) {
  return number < 10 ? "0" + std::to_string(number) : std::to_string(number);
}

std::string MicrosText(uint64_t micros, const DataType& type) {
  std::string text;
  for (IntervalField field = type.from(); field <= type.to();
       field = static_cast<IntervalField>(static_cast<int>(field) + 1)) {
    const auto size = static_cast<uint64_t>(IntervalFieldSize(field));
    if (field != type.from()) text += field == IntervalField::kHour ? " " : ":";
    text += field == IntervalField::kDay ? std::to_string(micros / size) : TwoDigits(micros / size);
    micros %= size;
  }
  if (micros > 0 && type.to() == IntervalField::kSecond) {
    std::string fraction = std::to_string(micros);
    fraction.insert(0, 6 - fraction.size(), '0');
    while (fraction.back() == '0') fraction.pop_back();
    text += "." + fraction;
  }
  return text;
}

// Words in any case with white space between them, taken off the front.
bool TakeWords(std::string_view& text, std::string_view words) {
  for (const char c : words) {
    if (c == ' ') {
      if (text.empty() || !IsSpace(text[0])) return false;
      while (!text.empty() && IsSpace(text[0])) text.remove_prefix(1);
    } else {
      if (text.empty() || LowerName(text.substr(0, 1)) != LowerName(std::string_view(&c, 1))) {
        return false;
      }
      text.remove_prefix(1);
    }
  }
  return true;
}

}  // namespace

int64_t IntervalFieldSize(IntervalField field) {
  static constexpr int64_t kSizes[] = {12, 1, 86'400'000'000, 3'600'000'000, 60'000'000, 1'000'000};
  return kSizes[static_cast<size_t>(field)];
}

std::variant<CalendarInterval, BadInterval> ParseIntervalText(std::string_view text) {
  return UnitReader(text).Run();
}

std::variant<int64_t, BadInterval> ParseIntervalFields(std::string_view text,
                                                       const DataType& type) {
  text = TrimAsCast(text);
  return type.id() == TypeId::kYearMonthInterval ? ParseMonths(text, type)
                                                 : ParseMicros(text, type);
}

std::variant<int64_t, BadInterval> ParseIntervalAs(std::string_view text, const DataType& type) {
  std::string_view rest = TrimAsCast(text);
  if (!TakeWords(rest, "interval ")) return ParseIntervalFields(text, type);
  const bool negative = TakeMinus(rest);
  const size_t end = rest.rfind('\'');
  if (end == std::string_view::npos || end == 0 || rest[0] != '\'') {
    return ParseIntervalFields(text, type);
  }
  const std::string_view fields = rest.substr(1, end - 1);
  rest.remove_prefix(end + 1);
  if (!TakeWords(rest, type.ToSql().substr(8)) || !rest.empty()) {
    return ParseIntervalFields(text, type);  // Which says what does not match.
  }
  // The sign may stand outside, too.
  const bool minus = fields.starts_with('-');
  const std::string_view plain = minus || fields.starts_with('+') ? fields.substr(1) : fields;
  return ParseIntervalFields((negative != minus ? "-" : "") + std::string(plain), type);
}

std::string IntervalToString(int64_t amount, const DataType& type) {
  // The size of the smallest value is no int64_t.
  const uint64_t size =
      amount < 0 ? 0 - static_cast<uint64_t>(amount) : static_cast<uint64_t>(amount);
  std::string text = amount < 0 ? "-" : "";
  if (type.id() == TypeId::kDayTimeInterval) {
    text += MicrosText(size, type);
  } else if (type.from() == type.to()) {
    text += std::to_string(type.from() == IntervalField::kYear ? size / 12 : size);
  } else {
    text += std::to_string(size / 12) + "-" + std::to_string(size % 12);
  }
  return "INTERVAL '" + text + "'" + type.ToSql().substr(8);
}

}  // namespace weir
