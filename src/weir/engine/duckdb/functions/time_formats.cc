#include "weir/engine/duckdb/functions/time_formats.h"

#include "weir/engine/duckdb/functions/zone_state.h"
#include "weir/engine/duckdb/functions/zone_texts.h"
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
    : zone_(ZoneNamed(call.Option("timezone", UtcZone()->name()))),
      date_(Pattern(call, "dateformat")),
      instant_(Pattern(call, "timestampformat")),
      local_(Pattern(call, "timestampntzformat")) {}

const std::optional<TimePattern>& TimeFormats::PatternOf(const DataType& type) const {
  if (type.id() == TypeId::kDate) return date_;
  return type.id() == TypeId::kTimestamp ? instant_ : local_;
}

std::optional<int64_t> TimeFormats::Read(std::string_view text, const DataType& type) const {
  if (const auto& pattern = PatternOf(type)) {
    const auto parsed = pattern->Parse(text, EngineZones());
    const auto* const time = std::get_if<ReadTime>(&parsed);
    if (time == nullptr) return std::nullopt;
    if (type.id() == TypeId::kDate) return DaysIn(time->local);
    if (type.id() != TypeId::kTimestamp) return time->local;
    return (time->zone != nullptr ? *time->zone : *zone_).ToInstant(time->local);
  }
  if (type.id() == TypeId::kDate) return ParseDate(text);
  if (type.id() == TypeId::kTimestamp) return ParseTimestamp(text, *zone_, &EngineZones());
  return HasZone(text) ? std::nullopt : ParseTimestampNtz(text);
}

std::string TimeFormats::Write(int64_t value, const DataType& type) const {
  const bool date = type.id() == TypeId::kDate;
  const bool moment = type.id() == TypeId::kTimestamp;
  if (const auto& pattern = PatternOf(type)) {
    return pattern->Format(date ? value * kMicrosPerDay : value, moment ? *zone_ : *UtcZone());
  }
  if (date) return DateToString(value);
  if (!moment) return IsoTime(value);
  return IsoTime(zone_->ToLocal(value)) + ZoneText('X', 3, *zone_, zone_->OffsetAt(value));
}

}  // namespace weir::engine
