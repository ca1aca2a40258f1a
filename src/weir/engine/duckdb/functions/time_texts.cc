#include <unordered_map>

#include "weir/engine/duckdb/functions/registry.h"
#include "weir/engine/duckdb/functions/time_pattern.h"
#include "weir/engine/duckdb/functions/zone_state.h"
#include "weir/types/civil_time.h"

namespace weir::engine {

namespace {

using duckdb::date_t;
using duckdb::timestamp_t;

// Patterns understood by one thread for one call in a statement, and the zone of its times.
class TimePatterns : public ZoneState {
 public:
  const TimePattern& Pattern(std::string_view pattern) {
    const auto found = known_.find(std::string(pattern));
    if (found != known_.end()) return found->second;
    constexpr size_t kMost = 100;
    if (known_.size() > kMost) known_.clear();
    return known_.emplace(pattern, TimePattern(pattern)).first->second;
  }

 private:
  std::unordered_map<std::string, TimePattern> known_;
};

duckdb::unique_ptr<duckdb::FunctionLocalState> NewPatterns(duckdb::ExpressionState&,
                                                           const duckdb::BoundFunctionExpression&,
                                                           duckdb::FunctionData*) {
  return duckdb::make_uniq<TimePatterns>();
}

template <typename F>
void AddPatterned(Registry& registry, const std::string& name, const F& f) {
  duckdb::ScalarFunction function = registry.Make(f);
  function.SetInitStateCallback(NewPatterns);
  registry.Add(name, std::move(function));
}

// What the pattern of one call makes of a text; `failure` is set where it makes nothing of it.
std::optional<ReadTime> Read(Frame& frame, std::string_view text, std::string_view pattern,
                             TimeParseFailure& failure) {
  const auto parsed = frame.Local<TimePatterns>().Pattern(pattern).Parse(text, EngineZones());
  if (const auto* const time = std::get_if<ReadTime>(&parsed)) return *time;
  failure = std::get<TimeParseFailure>(parsed);
  return std::nullopt;
}

int64_t InstantOf(const ReadTime& time, const TimeZone& zone) {
  return (time.zone != nullptr ? *time.zone : zone).ToInstant(time.local);
}

date_t DateIn(const ReadTime& time, const TimeZone& zone) {
  const int64_t local =
      time.zone != nullptr ? zone.ToLocal(time.zone->ToInstant(time.local)) : time.local;
  return date_t(static_cast<int32_t>(local / kMicrosPerDay - (local % kMicrosPerDay < 0 ? 1 : 0)));
}

// The clock's reading for TIMESTAMP_NTZ, whatever zone the text names.
template <typename To>
To Converted(const ReadTime& time, const TimeZone& zone, bool local) {
  if constexpr (std::is_same_v<To, date_t>) {
    return DateIn(time, zone);
  } else {
    return timestamp_t(local ? time.local : InstantOf(time, zone));
  }
}

template <typename To>
void AddPatternParsing(Registry& registry, const std::string& target, const std::string& tolerant,
                       bool local) {
  AddPatterned(registry, "weir_parse_" + target,
               [tolerant, local](Frame& frame, std::string_view text, std::string_view pattern,
                                 std::string_view zone) -> To {
                 TimeParseFailure failure;
                 const auto time = Read(frame, text, pattern, failure);
                 if (time) {
                   return Converted<To>(*time, frame.Local<TimePatterns>().Get(zone), local);
                 }
                 Raise("CANNOT_PARSE_TIMESTAMP",
                       "Text '" + std::string(text.substr(0, 200)) +
                           "' could not be parsed at index " + std::to_string(failure.at) +
                           ". Use `" + tolerant +
                           "` to tolerate invalid input string and return NULL instead.");
               });
  AddPatterned(registry, "weir_try_parse_" + target,
               [local](Frame& frame, std::string_view text, std::string_view pattern,
                       std::string_view zone) -> std::optional<To> {
                 TimeParseFailure failure;
                 const auto time = Read(frame, text, pattern, failure);
                 if (!time) return std::nullopt;
                 return Converted<To>(*time, frame.Local<TimePatterns>().Get(zone), local);
               });
}

// A time of day; what the pattern says of the day and the zone does not count.
std::optional<duckdb::dtime_t> ClockOf(Frame& frame, std::string_view text,
                                       std::string_view pattern) {
  TimeParseFailure failure;
  const auto time = Read(frame, text, pattern, failure);
  if (!time) return std::nullopt;
  return duckdb::dtime_t((time->local % kMicrosPerDay + kMicrosPerDay) % kMicrosPerDay);
}

void AddClockParsing(Registry& registry) {
  AddPatterned(registry, "weir_parse_time",
               [](Frame& frame, std::string_view text, std::string_view pattern) {
                 const auto time = ClockOf(frame, text, pattern);
                 if (time) return *time;
                 Raise("CANNOT_PARSE_TIME",
                       "The input string '" + std::string(text.substr(0, 200)) +
                           "' cannot be parsed to a TIME value because it does not match the "
                           "datetime format '" +
                           std::string(pattern) + "'.");
               });
  AddPatterned(registry, "weir_try_parse_time",
               [](Frame& frame, std::string_view text,
                  std::string_view pattern) -> std::optional<duckdb::dtime_t> {
                 try {
                   return ClockOf(frame, text, pattern);
                 } catch (const duckdb::InvalidInputException&) {
                   return std::nullopt;  // The pattern is none, either.
                 }
               });
}

}  // namespace

void AddTimeTexts(Registry& registry) {
  AddPatterned(registry, "weir_date_format",
               [](Frame& frame, timestamp_t time, std::string_view pattern, std::string_view zone) {
                 auto& patterns = frame.Local<TimePatterns>();
                 return patterns.Pattern(pattern).Format(time.value, patterns.Get(zone));
               });
  AddPatternParsing<date_t>(registry, "date", "try_to_date", false);
  AddPatternParsing<timestamp_t>(registry, "timestamp", "try_to_timestamp", false);
  AddPatternParsing<timestamp_t>(registry, "timestamp_ntz", "try_to_timestamp", true);
  AddClockParsing(registry);
}

}  // namespace weir::engine
