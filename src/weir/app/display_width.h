#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::app {

// Text in columns of a terminal, as the locale's characters take them: two for those of East Asia
// and for emoji, none for marks that combine with the character before. The locale must be one of
// UTF-8; a byte that is no part of a character takes one column.

// Columns that `text` takes.
size_t DisplayWidth(std::string_view text);

// `text`, or if it takes more than `width` columns, its beginning with "…" at the end. Marks stay
// with their character.
std::string CutToWidth(std::string_view text, size_t width);

// `text` in pieces of at most `width` columns each (a character wider than that is a piece of its
// own); at least one.
std::vector<std::string> WrapToWidth(std::string_view text, size_t width);

}  // namespace weir::app
