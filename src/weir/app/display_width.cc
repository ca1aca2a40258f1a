#include "weir/app/display_width.h"

#include <cwchar>

namespace weir::app {
namespace {

constexpr wchar_t kJoiner = 0x200D;  // Makes one picture of two.

struct Character {
  size_t bytes = 1;
  size_t columns = 1;
  wchar_t letter = 0;
};

Character CharacterAt(std::string_view text, size_t at) {
  std::mbstate_t state{};
  Character character;
  const size_t used = std::mbrtowc(&character.letter, text.data() + at, text.size() - at, &state);
  if (used == 0 || used > text.size() - at) return {};
  const int columns = wcwidth(character.letter);
  character.bytes = used;
  character.columns = columns > 0 ? static_cast<size_t>(columns) : 0;
  return character;
}

// How many bytes of `text` from `begin` on fit in `width` columns, cut where no mark is torn off.
size_t BytesThatFit(std::string_view text, size_t begin, size_t width) {
  size_t columns = 0;
  size_t whole = 0;  // Up to here everything fits.
  bool joined = false;
  for (size_t at = begin; at < text.size();) {
    const Character character = CharacterAt(text, at);
    if (character.columns > 0 && !joined) whole = at - begin;
    columns += character.columns;
    if (columns > width) return whole;
    joined = character.letter == kJoiner;
    at += character.bytes;
  }
  return text.size() - begin;
}

}  // namespace

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  for (size_t at = 0; at < text.size();) {
    const Character character = CharacterAt(text, at);
    width += character.columns;
    at += character.bytes;
  }
  return width;
}

std::string CutToWidth(std::string_view text, size_t width) {
  if (BytesThatFit(text, 0, width) == text.size()) return std::string(text);
  if (width == 0) return {};
  return std::string(text.substr(0, BytesThatFit(text, 0, width - 1))) + "…";
}

std::vector<std::string> WrapToWidth(std::string_view text, size_t width) {
  std::vector<std::string> pieces;
  size_t at = 0;
  do {
    size_t bytes = BytesThatFit(text, at, width);
    if (bytes == 0 && at < text.size()) bytes = CharacterAt(text, at).bytes;
    pieces.emplace_back(text.substr(at, bytes));
    at += bytes;
  } while (at < text.size());
  return pieces;
}

}  // namespace weir::app
