#pragma once

#include <cstdint>
#include <iosfwd>
#include <mutex>
#include <string>

#include "weir/base/clock.h"
#include "weir/base/logger.h"

namespace weir::app {

// The log of a home: a file of lines that several processes append to, each line by one write, and
// that is turned over when it has grown: weir.log becomes weir.log.1, that weir.log.2, and the
// oldest goes. The file is for its owner only. Where it can't be written, lines are lost.
class LogFile final : public Logger {
 public:
  // `also`: where each line goes too, or null. `clock` and `also` outlive it. Nothing is opened
  // before the first line.
  LogFile(std::string path, const Clock& clock, std::ostream* also, uint64_t largest = 8 << 20,
          int kept = 4);
  ~LogFile() override;
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  void Log(LogLevel level, std::string_view line) noexcept override;

 private:
  void Append(const std::string& line);
  bool Open();  // Again, when another process has turned the file over.
  void Close();
  void TurnOver();

  const std::string path_;
  const Clock& clock_;
  std::ostream* const also_;
  const uint64_t largest_;
  const int kept_;
  std::mutex mutex_;
  int file_ = -1;
};

}  // namespace weir::app
