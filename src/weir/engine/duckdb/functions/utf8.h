#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Texts of the engine are valid UTF-8.
namespace weir::engine {

inline bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

bool IsAscii(std::string_view text);
// Characters (code points) of a text.
int64_t CountCharacters(std::string_view text);
// The byte at which character `index` (from 0) begins; the text's end when it has fewer.
size_t ByteOfCharacter(std::string_view text, int64_t index);
// The character that begins at `at`, which moves behind it.
uint32_t NextCharacter(std::string_view text, size_t& at);
void AppendCharacter(std::string& text, uint32_t character);
// Bytes that may be no UTF-8.
bool IsUtf8(std::string_view bytes);
// The length of the character at `at`; 0 where there is none, with how many bytes are the start of
// one ("maximal subpart" of the Unicode standard), which become one U+FFFD together.
size_t LengthOfCharacter(std::string_view bytes, size_t at, size_t& malformed);
// What is malformed as U+FFFD.
std::string MadeUtf8(std::string_view bytes);
// Spark's substringSQL: `from` counts from 1, or from the end when negative; 0 is 1.
std::string_view SubstringOf(std::string_view text, int64_t from, int64_t length);

// As Java's String.toUpperCase and toLowerCase without a locale.
std::string UpperOf(std::string_view text);
std::string LowerOf(std::string_view text);
// Every first character after a blank in title case, the others in lower case.
std::string TitleOf(std::string_view text);

}  // namespace weir::engine
