#pragma once

#include <string>
#include <string_view>

#include "weir/base/json_cursor.h"

// JSON text as Jackson writes it, which is what Spark's functions give.
namespace weir::engine {

// The dialect of get_json_object, json_tuple and the like.
constexpr JsonDialect kHiveDialect{.single_quotes = true, .control_characters = true};

// What is written as \u escapes besides control characters.
enum class JsonEscapes {
  kNone,
  kPairs,     // What takes two units of UTF-16: where Jackson writes bytes, not characters.
  kNonAscii,  // All but ASCII.
};
// `text` with its quotes.
void AppendJsonText(std::string& out, std::string_view text,
                    JsonEscapes escapes = JsonEscapes::kNone);
// A double or float as JSON has it: "1.5", and NaN and infinities in quotes.
void AppendJsonReal(std::string& out, double value, bool is_float = false);
// A number as it stands in JSON: whole ones keep their digits, others become doubles.
void AppendJsonNumber(std::string& out, std::string_view number);
// Takes the cursor's next value, and writes it without blanks.
void CopyJson(JsonCursor& cursor, std::string& out, JsonEscapes escapes);

}  // namespace weir::engine
