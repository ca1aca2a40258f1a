#pragma once

#include <optional>
#include <string_view>

#include "weir/types/value.h"

namespace weir::connect {

// A number in two's complement, the highest byte first; nothing where it has more than 128 bits.
inline std::optional<Int128> AvroDecimal(std::string_view bytes) {
  const bool negative = !bytes.empty() && static_cast<signed char>(bytes[0]) < 0;
  const char sign = negative ? static_cast<char>(0xFF) : 0;
  while (bytes.size() > sizeof(Int128) && bytes[0] == sign) bytes.remove_prefix(1);
  if (bytes.size() > sizeof(Int128)) return std::nullopt;
  if (!bytes.empty() && (static_cast<signed char>(bytes[0]) < 0) != negative) return std::nullopt;
  __extension__ typedef unsigned __int128 Unsigned;
  Unsigned value = negative ? ~Unsigned{0} : 0;
  for (const char byte : bytes) value = (value << 8) | static_cast<unsigned char>(byte);
  return static_cast<Int128>(value);
}

}  // namespace weir::connect
