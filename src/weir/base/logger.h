#pragma once

#include <string_view>

namespace weir {

enum class LogLevel { kInfo, kWarning, kError };

// Where a program writes down what it does, for whoever looks into it later. Lines hold no texts of
// statements, no cells and no secrets. Safe from many threads; never throws: that a line could not
// be written is no reason to fail.
class Logger {
 public:
  virtual ~Logger() = default;
  virtual void Log(LogLevel level, std::string_view line) noexcept = 0;
};

class NoLogger final : public Logger {
 public:
  void Log(LogLevel, std::string_view) noexcept override {}
};

}  // namespace weir
