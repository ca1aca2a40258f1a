#include <algorithm>
#include <array>

#include "weir/engine/duckdb/functions/java_regex.h"
#include "weir/engine/duckdb/functions/registry.h"
#include "weir/engine/duckdb/functions/utf8.h"

// Texts taken as codes, names or lists: mask, soundex, luhn_check, quote, find_in_set, and
// levenshtein with a threshold.
namespace weir::engine {

namespace {

enum class LetterKind { kUpper, kLower, kDigit, kOther };

// The kind of a character by its Unicode category; of one thread.
class LetterKinds : public duckdb::FunctionLocalState {
 public:
  LetterKind Of(uint32_t character, std::string_view text) {
    if (character < 0x80) return OfAscii(static_cast<char>(character));
    if (Is(upper_, text)) return LetterKind::kUpper;
    if (Is(lower_, text)) return LetterKind::kLower;
    return Is(digit_, text) ? LetterKind::kDigit : LetterKind::kOther;
  }

 private:
  static LetterKind OfAscii(char c) {
    if (c >= 'A' && c <= 'Z') return LetterKind::kUpper;
    if (c >= 'a' && c <= 'z') return LetterKind::kLower;
    return c >= '0' && c <= '9' ? LetterKind::kDigit : LetterKind::kOther;
  }
  static bool Is(JavaRegex& category, std::string_view text) {
    return !category.Find(text, 0).empty();
  }

  JavaRegex upper_{"\\p{Lu}", "mask"};
  JavaRegex lower_{"\\p{Ll}", "mask"};
  JavaRegex digit_{"\\p{Nd}", "mask"};
};

duckdb::unique_ptr<duckdb::FunctionLocalState> NewLetterKinds(
    duckdb::ExpressionState&, const duckdb::BoundFunctionExpression&, duckdb::FunctionData*) {
  return duckdb::make_uniq<LetterKinds>();
}

using Replacement = std::optional<std::string_view>;

// Each letter and digit becomes the character for its kind; without one it stays.
std::string Masked(LetterKinds& kinds, std::string_view text,
                   const std::array<Replacement, 4>& replacements) {
  std::string result;
  result.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    const uint32_t character = NextCharacter(text, at);
    const std::string_view whole = text.substr(begin, at - begin);
    const auto& with = replacements[static_cast<size_t>(kinds.Of(character, whole))];
    // Spark looks at the two halves of what UTF-16 writes in two.
    if (with && character > 0xFFFF) result += *with;
    result += with.value_or(whole);
  }
  return result;
}

// The digits of letters for SOUNDEX; '7' is passed over, '0' separates.
constexpr std::string_view kSoundex = "01230127022455012623017202";

std::string Soundex(std::string_view text) {
  const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; };
  const auto code = [&](char c) {
    const char letter = upper(c);
    return letter >= 'A' && letter <= 'Z' ? kSoundex[static_cast<size_t>(letter - 'A')] : '\0';
  };
  if (text.empty() || code(text[0]) == 0) return std::string(text);
  std::string result(1, upper(text[0]));
  char last = code(text[0]);
  for (const char c : text.substr(1)) {
    const char digit = code(c);
    if (digit == '7') continue;
    if (digit == 0) {
      last = '0';
      continue;
    }
    if (digit != '0' && digit != last) result += digit;
    last = digit;
    if (result.size() == 4) break;
  }
  result.resize(4, '0');
  return result;
}

bool PassesLuhn(std::string_view text) {
  int sum = 0;
  bool doubled = false;
  for (auto c = text.rbegin(); c != text.rend(); ++c) {
    if (*c < '0' || *c > '9') return false;
    int digit = *c - '0';
    if (doubled) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += digit;
    doubled = !doubled;
  }
  return !text.empty() && sum % 10 == 0;
}

std::string Quoted(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'') result += '\\';
    result += c;
  }
  return result + "'";
}

int32_t PlaceInSet(std::string_view item, std::string_view set) {
  if (item.find(',') != std::string_view::npos) return 0;
  int32_t place = 1;
  for (size_t begin = 0;; ++place) {
    const size_t end = set.find(',', begin);
    if (set.substr(begin, end == std::string_view::npos ? end : end - begin) == item) return place;
    if (end == std::string_view::npos) return 0;
    begin = end + 1;
  }
}

std::string ReversedBytes(std::string_view bytes) { return {bytes.rbegin(), bytes.rend()}; }

std::string PaddedBytes(std::string_view bytes, int32_t length, std::string_view pad, bool left) {
  const size_t wanted = static_cast<size_t>(std::max(length, 0));
  if (wanted <= bytes.size() || pad.empty()) return std::string(bytes.substr(0, wanted));
  std::string padding;
  padding.reserve(wanted);
  while (padding.size() < wanted - bytes.size()) padding += pad;
  padding.resize(wanted - bytes.size());
  return left ? padding + std::string(bytes) : std::string(bytes) + padding;
}

std::string OverlaidBytes(std::string_view bytes, std::string_view with, int32_t from,
                          int32_t length) {
  const auto size = static_cast<int64_t>(bytes.size());
  const int64_t replaced = length >= 0 ? length : static_cast<int64_t>(with.size());
  const auto cut = [&](int64_t at) {
    return static_cast<size_t>(std::clamp<int64_t>(at, 0, size));
  };
  const size_t begin = cut(int64_t{from} - 1);
  const size_t end = std::max(begin, cut(int64_t{from} - 1 + replaced));
  return std::string(bytes.substr(0, begin)) + std::string(with) + std::string(bytes.substr(end));
}

void AddBytes(Registry& registry) {
  registry.Add("weir_reverse", [](Blob bytes) { return NewBlob{ReversedBytes(bytes.bytes)}; });
  registry.Add("weir_lpad", [](Blob bytes, int32_t length, Blob pad) {
    return NewBlob{PaddedBytes(bytes.bytes, length, pad.bytes, true)};
  });
  registry.Add("weir_rpad", [](Blob bytes, int32_t length, Blob pad) {
    return NewBlob{PaddedBytes(bytes.bytes, length, pad.bytes, false)};
  });
  registry.Add("weir_overlay", [](Blob bytes, Blob with, int32_t from, int32_t length) {
    return NewBlob{OverlaidBytes(bytes.bytes, with.bytes, from, length)};
  });
  registry.Add("weir_contains", [](Blob bytes, Blob part) {
    return bytes.bytes.find(part.bytes) != std::string_view::npos;
  });
  registry.Add("weir_startswith",
               [](Blob bytes, Blob part) { return bytes.bytes.starts_with(part.bytes); });
  registry.Add("weir_endswith",
               [](Blob bytes, Blob part) { return bytes.bytes.ends_with(part.bytes); });
}

}  // namespace

void AddTextForms(Registry& registry) {
  using Text = std::optional<std::string_view>;
  duckdb::ScalarFunction mask =
      registry.Make([](Frame& frame, Text text, Text upper, Text lower, Text digit,
                       Text other) -> std::optional<std::string> {
        if (!text) return std::nullopt;
        return Masked(frame.Local<LetterKinds>(), *text, {upper, lower, digit, other});
      });
  mask.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  mask.SetInitStateCallback(NewLetterKinds);
  registry.Add("weir_mask", std::move(mask));
  registry.Add("weir_soundex", [](std::string_view text) { return Soundex(text); });
  registry.Add("weir_luhn_check", [](std::string_view text) { return PassesLuhn(text); });
  registry.Add("weir_quote", [](std::string_view text) { return Quoted(text); });
  registry.Add("weir_find_in_set",
               [](std::string_view item, std::string_view set) { return PlaceInSet(item, set); });
  AddBytes(registry);
}

}  // namespace weir::engine
