#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace weir {

// An instant: microseconds since 1970-01-01T00:00:00Z.
struct Instant {
  int64_t micros = 0;
  auto operator<=>(const Instant&) const = default;
  int64_t millis() const;  // Rounded toward the past.
};

// "2026-03-01T12:34:56.123456Z"; the fraction is left out when zero.
std::string FormatIso(Instant instant);

// Where the time comes from, so that tests can hold it still. Safe from many threads.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant Now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Instant Now() const override;
};

// Stands still until told otherwise. Not for several threads at once.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(Instant start) : now_(start) {}
  Instant Now() const override { return now_; }
  void Advance(int64_t micros) { now_.micros += micros; }

 private:
  Instant now_;
};

}  // namespace weir
