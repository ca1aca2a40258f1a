#include <algorithm>

#include "weir/engine/duckdb/functions/decimal_format.h"
#include "weir/engine/duckdb/functions/registry.h"
#include "weir/types/number_pattern.h"

// Numbers as texts by a pattern, and texts as numbers: format_number, to_char, to_number, conv.
namespace weir::engine {

namespace {

// What the last pattern was made into; of one thread.
template <typename Made>
class LastMade : public duckdb::FunctionLocalState {
 public:
  template <typename Make>
  const Made& Get(std::string_view pattern, const Make& make) {
    if (!made_ || pattern != pattern_) {
      made_.emplace(make(pattern));
      pattern_ = pattern;
    }
    return *made_;
  }
  static duckdb::unique_ptr<duckdb::FunctionLocalState> New(duckdb::ExpressionState&,
                                                            const duckdb::BoundFunctionExpression&,
                                                            duckdb::FunctionData*) {
    return duckdb::make_uniq<LastMade>();
  }

 private:
  std::string pattern_;
  std::optional<Made> made_;
};

NumberPattern PatternOf(std::string_view format) {
  auto parsed = NumberPattern::Parse(format);
  if (const auto* const mistake = std::get_if<NumberPattern::Mistake>(&parsed)) {
    Raise(mistake->condition, mistake->message);
  }
  return std::get<NumberPattern>(std::move(parsed));
}

const NumberPattern& Pattern(Frame& frame, std::string_view format) {
  return frame.Local<LastMade<NumberPattern>>().Get(format, PatternOf);
}

const DecimalFormat& Format(Frame& frame, std::string_view pattern) {
  constexpr std::string_view kDefault = "#,###,###,###,###,###,##0";
  return frame.Local<LastMade<DecimalFormat>>().Get(
      pattern.empty() ? kDefault : pattern,
      [](std::string_view text) { return DecimalFormat(text); });
}

const DecimalFormat& Format(Frame& frame, int32_t places) {
  return Format(frame, "#,###,###,###,###,###,##0" +
                           (places > 0 ? "." + std::string(static_cast<size_t>(places), '0') : ""));
}

template <typename Made, typename F>
void AddCached(Registry& registry, const std::string& name, const F& f) {
  duckdb::ScalarFunction function = registry.Make(f);
  function.SetInitStateCallback(LastMade<Made>::New);
  registry.Add(name, std::move(function));
}

using Text = std::optional<std::string>;

// A number, how it is written as a text of digits: DOUBLE as it is, others by their text.
template <typename T, typename ToPrint>
void AddFormatNumber(Registry& registry, const ToPrint& to_print) {
  AddCached<DecimalFormat>(registry, "weir_format_number",
                           [to_print](Frame& frame, T value, std::string_view pattern) -> Text {
                             return Format(frame, pattern).Print(to_print(value));
                           });
  AddCached<DecimalFormat>(registry, "weir_format_number",
                           [to_print](Frame& frame, T value, int32_t places) -> Text {
                             if (places < 0) return std::nullopt;
                             return Format(frame, places).Print(to_print(value));
                           });
}

// ------------------------------------------------------------------------------- bases

int DigitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'z') return c - 'a' + 10;
  return c >= 'A' && c <= 'Z' ? c - 'A' + 10 : INT32_MAX;
}

// Digits of one base in another, through 64 bits without a sign. A negative base to write in takes
// them as a number with one. Reading stops at what is no digit.
Text Converted(std::string_view text, int32_t from, int32_t to) {
  constexpr int kMost = 36;
  if (from < 2 || from > kMost || std::abs(int64_t{to}) < 2 || std::abs(int64_t{to}) > kMost) {
    return std::nullopt;
  }
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  if (text.empty()) return std::nullopt;
  bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  uint64_t value = 0;
  for (const char c : text) {
    const int digit = DigitOf(c);
    if (digit >= from) break;
    uint64_t scaled = 0;
    if (__builtin_mul_overflow(value, static_cast<uint64_t>(from), &scaled) ||
        __builtin_add_overflow(scaled, static_cast<uint64_t>(digit), &value)) {
      RaiseOverflow("Overflow in function conv()");
    }
  }
  if (negative && to > 0) {
    value = static_cast<int64_t>(value) < 0 ? UINT64_MAX : 0 - value;
  }
  negative = negative && to < 0;
  if (to < 0 && static_cast<int64_t>(value) < 0) {
    value = 0 - value;
    negative = true;
  }
  std::string digits;
  const auto base = static_cast<uint64_t>(std::abs(to));
  do {
    digits += "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[value % base];
    value /= base;
  } while (value != 0);
  if (negative) digits += '-';
  std::reverse(digits.begin(), digits.end());
  return digits;
}

[[noreturn]] void RaiseMismatch(std::string_view text, std::string_view format) {
  Raise("INVALID_FORMAT.MISMATCH_INPUT", "The format is invalid: " + std::string(format) +
                                             ". The input \"STRING\" " + std::string(text) +
                                             " does not match the format.");
}

}  // namespace

void AddNumberTexts(Registry& registry) {
  AddFormatNumber<double>(registry, [](double value) { return value; });
  AddFormatNumber<int64_t>(registry,
                           [](int64_t value) { return DecimalDigits::OfUnscaled(value, 0); });
  AddFormatNumber<std::string_view>(
      registry, [](std::string_view digits) { return DecimalDigits::Of(digits); });
  AddCached<NumberPattern>(
      registry, "weir_to_char",
      [](Frame& frame, std::string_view number, std::string_view format) -> std::string {
        return Pattern(frame, format).Print(number);
      });
  AddCached<NumberPattern>(
      registry, "weir_to_number",
      [](Frame& frame, std::string_view text, std::string_view format) -> std::string {
        auto read = Pattern(frame, format).Read(text);
        if (!read) RaiseMismatch(text, format);
        return *read;
      });
  AddCached<NumberPattern>(
      registry, "weir_try_to_number",
      [](Frame& frame, std::string_view text, std::string_view format) -> Text {
        return Pattern(frame, format).Read(text);
      });
  registry.Add("weir_conv", [](std::string_view text, int32_t from, int32_t to) {
    return Converted(text, from, to);
  });
}

}  // namespace weir::engine
