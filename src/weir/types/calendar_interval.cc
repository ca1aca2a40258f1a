#include "weir/types/calendar_interval.h"

#include <cstring>

#include "weir/base/check.h"
#include "weir/types/interval_text.h"
#include "weir/types/value.h"

namespace weir {

namespace {

constexpr int64_t kMicrosPerMinute = 60'000'000;
constexpr int64_t kMicrosPerHour = 60 * kMicrosPerMinute;

void AppendUnit(std::string& text, int64_t amount, const char* unit) {
  if (amount != 0) text += (text.empty() ? "" : " ") + std::to_string(amount) + " " + unit;
}

std::string SecondsText(int64_t micros) {
  std::string text = DecimalToString(micros, 6);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

}  // namespace

std::string CalendarInterval::ToString() const {
  std::string text;
  AppendUnit(text, months / 12, "years");
  AppendUnit(text, months % 12, "months");
  AppendUnit(text, days, "days");
  AppendUnit(text, micros / kMicrosPerHour, "hours");
  AppendUnit(text, micros % kMicrosPerHour / kMicrosPerMinute, "minutes");
  if (const int64_t rest = micros % kMicrosPerMinute; rest != 0) {
    text += (text.empty() ? "" : " ") + SecondsText(rest) + " seconds";
  }
  return text.empty() ? "0 seconds" : text;
}

std::string CalendarInterval::Encode() const {
  std::string bytes(16, '\0');
  std::memcpy(bytes.data(), &months, 4);
  std::memcpy(bytes.data() + 4, &days, 4);
  std::memcpy(bytes.data() + 8, &micros, 8);
  return bytes;
}

CalendarInterval CalendarInterval::Decode(std::string_view bytes) {
  WEIR_CHECK(bytes.size() == 16);
  CalendarInterval interval;
  std::memcpy(&interval.months, bytes.data(), 4);
  std::memcpy(&interval.days, bytes.data() + 4, 4);
  std::memcpy(&interval.micros, bytes.data() + 8, 8);
  return interval;
}

std::optional<CalendarInterval> ParseCalendarInterval(std::string_view text) {
  auto parsed = ParseIntervalText(text);
  if (const auto* interval = std::get_if<CalendarInterval>(&parsed)) return *interval;
  return std::nullopt;
}

}  // namespace weir
