#pragma once

namespace weir {

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Of a hexadecimal digit; -1 for what is none.
constexpr int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace weir
