#pragma once

#include <cstdlib>
#include <string>

namespace weir::test {

// What a variable of the environment says of a random test: its seed, how long it goes on.
inline unsigned long NumberFrom(const char* variable, unsigned long otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::stoul(text);
}

}  // namespace weir::test
