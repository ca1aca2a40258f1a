#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_map>

#include "weir/engine/duckdb/functions/registry.h"
#include "weir/engine/duckdb/functions/utf8.h"

namespace weir::engine {

namespace {

// ------------------------------------------------------------------------------- cutting

std::string_view RightOf(std::string_view text, int64_t length) {
  return length <= 0 ? std::string_view() : SubstringOf(text, -length, length);
}

Blob SubstringOfBytes(std::string_view bytes, int64_t from, int64_t length) {
  const auto size = static_cast<int64_t>(bytes.size());
  const int64_t start = from > 0 ? from - 1 : from < 0 ? size + from : 0;
  const int64_t end = length < 0 ? start : std::min(size, start + length);
  const int64_t begin = std::max<int64_t>(0, start);
  if (end <= begin) return {};
  return {bytes.substr(static_cast<size_t>(begin), static_cast<size_t>(end - begin))};
}

// The part of the text before, between or after the separators, from 1 or from the end.
std::string_view PartOf(std::string_view text, std::string_view separator, int32_t part) {
  if (part == 0) {
    Raise("INVALID_INDEX_OF_ZERO",
          "The index 0 is invalid. An index shall be either < 0 or > 0 (the first element has "
          "index 1).");
  }
  if (separator.empty()) return part == 1 || part == -1 ? text : std::string_view();
  std::vector<std::string_view> parts;
  for (size_t begin = 0;;) {
    const size_t end = text.find(separator, begin);
    parts.push_back(text.substr(begin, end == std::string_view::npos ? end : end - begin));
    if (end == std::string_view::npos) break;
    begin = end + separator.size();
  }
  const auto count = static_cast<int64_t>(parts.size());
  const int64_t index = part > 0 ? part - 1 : count + part;
  if (index < 0 || index >= count) return {};
  return parts[static_cast<size_t>(index)];
}

// What stands before the count-th separator, or after it from the end.
std::string_view UpToSeparator(std::string_view text, std::string_view separator, int32_t count) {
  if (separator.empty() || count == 0) return {};
  if (count > 0) {
    for (size_t from = 0;; --count) {
      const size_t at = text.find(separator, from);
      if (at == std::string_view::npos) return text;
      if (count == 1) return text.substr(0, at);
      from = at + 1;  // They may overlap.
    }
  }
  for (size_t from = std::string_view::npos;; ++count) {
    const size_t at = text.rfind(separator, from);
    if (at == std::string_view::npos) return text;
    if (count == -1) return text.substr(at + separator.size());
    if (at == 0) return text;
    from = at - 1;
  }
}

std::string Overlaid(std::string_view text, std::string_view with, int32_t from, int32_t length) {
  const int64_t replaced = length >= 0 ? length : CountCharacters(with);
  std::string result(SubstringOf(text, 1, int64_t{from} - 1));
  result += with;
  result += SubstringOf(text, int64_t{from} + replaced, INT32_MAX);
  return result;
}

std::string Padded(std::string_view text, int32_t length, std::string_view pad, bool left) {
  const int64_t size = CountCharacters(text);
  if (length <= size || pad.empty()) return std::string(SubstringOf(text, 1, length));
  const int64_t missing = length - size;
  const int64_t pad_size = CountCharacters(pad);
  std::string padding;
  for (int64_t i = 0; i < missing / pad_size; ++i) padding += pad;
  padding += SubstringOf(pad, 1, missing % pad_size);
  return left ? padding + std::string(text) : std::string(text) + padding;
}

std::string Reversed(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  size_t end = text.size();
  while (end > 0) {
    size_t begin = end - 1;
    while (begin > 0 && IsContinuation(text[begin])) --begin;
    result += text.substr(begin, end - begin);
    end = begin;
  }
  return result;
}

// ------------------------------------------------------------------------------- searching

int32_t Located(std::string_view part, std::string_view text, int32_t from) {
  if (from < 1) return 0;
  if (part.empty()) return 1;
  const size_t begin = ByteOfCharacter(text, from - 1);
  const size_t found = text.find(part, begin);
  if (found == std::string_view::npos) return 0;
  return static_cast<int32_t>(CountCharacters(text.substr(0, found)) + 1);
}

std::vector<uint32_t> CharactersOf(std::string_view text) {
  std::vector<uint32_t> result;
  for (size_t at = 0; at < text.size();) result.push_back(NextCharacter(text, at));
  return result;
}

std::string Translated(std::string_view text, std::string_view from, std::string_view to) {
  constexpr uint32_t kDropped = UINT32_MAX;
  const auto sources = CharactersOf(from);
  const auto targets = CharactersOf(to);
  std::unordered_map<uint32_t, uint32_t> map;
  for (size_t i = 0; i < sources.size(); ++i) {
    map.emplace(sources[i], i < targets.size() ? targets[i] : kDropped);  // The first one counts.
  }
  std::string result;
  for (size_t at = 0; at < text.size();) {
    const uint32_t character = NextCharacter(text, at);
    const auto found = map.find(character);
    if (found == map.end()) {
      AppendCharacter(result, character);
    } else if (found->second != kDropped && found->second != 0) {
      AppendCharacter(result, found->second);
    }
  }
  return result;
}

int32_t EditDistance(std::string_view left, std::string_view right) {
  const auto a = CharactersOf(left);
  const auto b = CharactersOf(right);
  std::vector<int32_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<int32_t>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    int32_t diagonal = row[0];
    row[0] = static_cast<int32_t>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const int32_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

// A pattern for LIKE with the escape '\', whatever the user's was.
std::string LikePattern(std::string_view pattern, std::string_view escape) {
  if (CountCharacters(escape) != 1) {
    Raise("INVALID_ESCAPE_CHAR",
          "`EscapeChar` should be a string literal of length one, but got '" + std::string(escape) +
              "'.");
  }
  std::string result;
  for (size_t at = 0; at < pattern.size();) {
    if (pattern.substr(at).starts_with(escape)) {
      at += escape.size();
      if (at >= pattern.size()) {
        Raise("INVALID_FORMAT.ESC_AT_THE_END",
              "The format is invalid: '" + std::string(pattern) +
                  "'. The escape character is not allowed to end with.");
      }
      const std::string_view rest = pattern.substr(at);
      if (rest[0] != '_' && rest[0] != '%' && !rest.starts_with(escape)) {
        Raise("INVALID_FORMAT.ESC_IN_THE_MIDDLE",
              "The format is invalid: '" + std::string(pattern) +
                  "'. The escape character is not allowed to precede '" + rest[0] + "'.");
      }
      const size_t length = rest.starts_with(escape) ? escape.size() : 1;
      if (rest[0] == '_' || rest[0] == '%' || rest[0] == '\\') result += '\\';
      result += rest.substr(0, length);
      at += length;
      continue;
    }
    if (pattern[at] == '\\') result += '\\';
    result += pattern[at++];
  }
  return result;
}

// ------------------------------------------------------------------------------- numbers as text

std::string Hexed(int64_t value) {
  char text[16];
  const auto printed = std::to_chars(text, text + 16, static_cast<uint64_t>(value), 16);
  std::string result(text, printed.ptr);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return result;
}

std::string Binary(int64_t value) {
  char text[64];
  const auto printed = std::to_chars(text, text + 64, static_cast<uint64_t>(value), 2);
  return std::string(text, printed.ptr);
}

std::string CharacterOf(int64_t code) {
  if (code < 0) return {};
  std::string result;
  AppendCharacter(result, static_cast<uint32_t>(code & 0xFF));
  return result;
}

int32_t CodeOf(std::string_view text) {
  if (text.empty()) return 0;
  size_t at = 0;
  return static_cast<int32_t>(NextCharacter(text, at));
}

void AddCutting(Registry& registry) {
  registry.Add("weir_substring", [](std::string_view text, int32_t from, int32_t length) {
    return SubstringOf(text, from, length);
  });
  registry.Add("weir_substring", [](Blob bytes, int32_t from, int32_t length) {
    return NewBlob{std::string(SubstringOfBytes(bytes.bytes, from, length).bytes)};
  });
  registry.Add("weir_right",
               [](std::string_view text, int32_t length) { return RightOf(text, length); });
  registry.Add("weir_split_part", [](std::string_view text, std::string_view separator,
                                     int32_t part) { return PartOf(text, separator, part); });
  registry.Add("weir_substring_index",
               [](std::string_view text, std::string_view separator, int32_t count) {
                 return UpToSeparator(text, separator, count);
               });
  registry.Add("weir_overlay", [](std::string_view text, std::string_view with, int32_t from,
                                  int32_t length) { return Overlaid(text, with, from, length); });
  registry.Add("weir_lpad", [](std::string_view text, int32_t length, std::string_view pad) {
    return Padded(text, length, pad, true);
  });
  registry.Add("weir_rpad", [](std::string_view text, int32_t length, std::string_view pad) {
    return Padded(text, length, pad, false);
  });
  registry.Add("weir_reverse", [](std::string_view text) { return Reversed(text); });
}

}  // namespace

void AddTexts(Registry& registry) {
  duckdb::ScalarFunction error =
      registry.Make([](std::string_view condition, std::string_view message) -> std::string {
        Raise(condition, std::string(message));
      });
  error.SetVolatile();
  registry.Add("weir_error", std::move(error));
  registry.Add("weir_upper", [](std::string_view text) { return UpperOf(text); });
  registry.Add("weir_lower", [](std::string_view text) { return LowerOf(text); });
  registry.Add("weir_initcap", [](std::string_view text) { return TitleOf(text); });
  AddCutting(registry);
  registry.Add("weir_locate", [](std::string_view part, std::string_view text, int32_t from) {
    return Located(part, text, from);
  });
  registry.Add("weir_translate", [](std::string_view text, std::string_view from,
                                    std::string_view to) { return Translated(text, from, to); });
  registry.Add("weir_levenshtein", [](std::string_view left, std::string_view right) {
    return EditDistance(left, right);
  });
  // -1 for more than the threshold.
  registry.Add("weir_levenshtein",
               [](std::string_view left, std::string_view right, int32_t threshold) {
                 const int32_t distance = EditDistance(left, right);
                 return distance > threshold ? -1 : distance;
               });
  registry.Add("weir_like_pattern", [](std::string_view pattern, std::string_view escape) {
    return LikePattern(pattern, escape);
  });
  registry.Add("weir_hex", [](int64_t value) { return Hexed(value); });
  registry.Add("weir_bin", [](int64_t value) { return Binary(value); });
  registry.Add("weir_chr", [](int64_t code) { return CharacterOf(code); });
  registry.Add("weir_ascii", [](std::string_view text) { return CodeOf(text); });
}

}  // namespace weir::engine
