#include "weir/engine/duckdb/functions/time_formats.h"

#include "weir/types/civil_time.h"
#include "weir/types/parse_text.h"

namespace weir::engine {

namespace {

std::optional<TimePattern> Pattern(const TypedCall& call, const std::string& option) {
  const auto found = call.options.find(option);
  if (found == call.options.end()) return std::nullopt;
  return TimePattern(found->second);
}

int64_t DaysIn(int64_t micros) {
  return micros / kMicrosPerDay - (micros % kMicrosPerDay < 0 ? 1 : 0);
}

// "2020-01-01T10:11:12.120", with three digits of the fraction or as many as there are.
std::string IsoTime(int64_t micros) {
  std::string text = TimestampToString(micros);
  text[text.find(' ')] = 'T';
  const int64_t rest = micros % kMicrosPerSecond;
  const int64_t fraction = rest < 0 ? rest + kMicrosPerSecond : rest;
  text.resize(std::min(text.find('.'), text.size()));
  std::string digits = std::to_string(kMicrosPerSecond + fraction).substr(1);
  return text + "." + digits.substr(0, 3);
}

// Whether something stands behind the time of day.
bool HasZone(std::string_view text) {
  text = TrimAsCast(text);
  const size_t time = text.find(':');
  return time != std::string_view::npos &&
         text.find_first_not_of("0123456789:.", time) != std::string_view::npos;
}

}  // namespace

TimeFormats::TimeFormats(const TypedCall& call)
    : date_(Pattern(call, "dateformat")),
      instant_(Pattern(call, "timestampformat")),
      local_(Pattern(call, "timestampntzformat")) {}

const std::optional<TimePattern>& TimeFormats::PatternOf(const DataType& type) const {
  if (type.id() == TypeId::kDate) return date_;
  return type.id() == TypeId::kTimestamp ? instant_ : local_;
}

std::optional<int64_t> TimeFormats::Read(std::string_view text, const DataType& type) const {
  if (const auto& pattern = PatternOf(type)) {
    const auto parsed = pattern->Parse(text);
    const auto* const micros = std::get_if<int64_t>(&parsed);
    if (micros == nullptr) return std::nullopt;
    return type.id() == TypeId::kDate ? DaysIn(*micros) : *micros;
  }
  if (type.id() == TypeId::kDate) return ParseDate(text);
  if (type.id() == TypeId::kTimestamp) return ParseTimestamp(text);
  return HasZone(text) ? std::nullopt : ParseTimestampNtz(text);
}

std::string TimeFormats::Write(int64_t value, const DataType& type) const {
  const bool date = type.id() == TypeId::kDate;
  if (const auto& pattern = PatternOf(type)) {
    return pattern->Format(date ? value * kMicrosPerDay : value);
  }
  if (date) return DateToString(value);
  return IsoTime(value) + (type.id() == TypeId::kTimestamp ? "Z" : "");
}

}  // namespace weir::engine
