#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "weir/types/value.h"

// The values that literals spell. Texts come from tokens, so their form is right already.
namespace weir::sql {

// What a string token holds: quotes off, escapes resolved as Spark does (\n, \', '', \101, \u00e9;
// \% and \_ keep their backslash, for LIKE); r'...' as it stands.
std::string StringTokenText(std::string_view token);

struct BadNumber {
  std::string condition;
  std::string message;
};
// 1 is INT, 3000000000 and 1L BIGINT, 1.5 DECIMAL(2,1), 1e3 and 1D DOUBLE, 1F FLOAT, 1BD DECIMAL.
std::variant<Value, BadNumber> NumberTokenValue(std::string_view token, bool negative);

// The bytes of X'..'; nothing when a character is no hexadecimal digit.
std::optional<std::string> BinaryOfHex(std::string_view digits);

}  // namespace weir::sql
