#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "weir/sql/parser_testing.h"

// Any bytes are read or refused, and what parses prints as what parses and prints the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::string fault = weir::sql::FaultOfReading(text);
  if (!fault.empty()) {
    std::fprintf(stderr, "%s\n", fault.c_str());
    std::abort();
  }
  return 0;
}
