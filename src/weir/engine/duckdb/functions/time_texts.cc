#include <unordered_map>

#include "weir/engine/duckdb/functions/registry.h"
#include "weir/engine/duckdb/functions/time_pattern.h"
#include "weir/types/civil_time.h"

namespace weir::engine {

namespace {

using duckdb::date_t;
using duckdb::timestamp_t;

// Patterns understood by one thread for one call in a statement.
class TimePatterns : public duckdb::FunctionLocalState {
 public:
  const TimePattern& Get(std::string_view pattern) {
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

date_t DateIn(int64_t micros) {
  return date_t(
      static_cast<int32_t>(micros / kMicrosPerDay - (micros % kMicrosPerDay < 0 ? 1 : 0)));
}

template <typename To>
To Converted(int64_t micros) {
  if constexpr (std::is_same_v<To, date_t>)
    return DateIn(micros);
  else
    return timestamp_t(micros);
}

template <typename To>
void AddParsing(Registry& registry, const std::string& target, const std::string& tolerant) {
  AddPatterned(
      registry, "weir_parse_" + target,
      [tolerant](Frame& frame, std::string_view text, std::string_view pattern) -> To {
        const auto parsed = frame.Local<TimePatterns>().Get(pattern).Parse(text);
        if (const auto* const micros = std::get_if<int64_t>(&parsed)) {
          return Converted<To>(*micros);
        }
        Raise("CANNOT_PARSE_TIMESTAMP",
              "Text '" + std::string(text.substr(0, 200)) + "' could not be parsed at index " +
                  std::to_string(std::get<TimeParseFailure>(parsed).at) + ". Use `" + tolerant +
                  "` to tolerate invalid input string and return NULL instead.");
      });
  AddPatterned(
      registry, "weir_try_parse_" + target,
      [](Frame& frame, std::string_view text, std::string_view pattern) -> std::optional<To> {
        const auto parsed = frame.Local<TimePatterns>().Get(pattern).Parse(text);
        const auto* const micros = std::get_if<int64_t>(&parsed);
        if (micros == nullptr) return std::nullopt;
        return Converted<To>(*micros);
      });
}

// A time of day; what the pattern says of the day does not count.
std::optional<duckdb::dtime_t> ClockOf(Frame& frame, std::string_view text,
                                       std::string_view pattern) {
  const auto parsed = frame.Local<TimePatterns>().Get(pattern).Parse(text);
  const auto* const micros = std::get_if<int64_t>(&parsed);
  if (micros == nullptr) return std::nullopt;
  return duckdb::dtime_t((*micros % kMicrosPerDay + kMicrosPerDay) % kMicrosPerDay);
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
               [](Frame& frame, timestamp_t time, std::string_view pattern) {
                 return frame.Local<TimePatterns>().Get(pattern).Format(time.value);
               });
  AddParsing<date_t>(registry, "date", "try_to_date");
  AddParsing<timestamp_t>(registry, "timestamp", "try_to_timestamp");
  AddParsing<timestamp_t>(registry, "timestamp_ntz", "try_to_timestamp");
  AddClockParsing(registry);
}

}  // namespace weir::engine
