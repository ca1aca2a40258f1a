#include <cmath>

#include "weir/engine/duckdb/functions/registry.h"
#include "weir/engine/duckdb/functions/utf8.h"
#include "weir/engine/duckdb/functions/zone_state.h"
#include "weir/types/parse_text.h"
#include "weir/types/value.h"

namespace weir::engine {

namespace {

using duckdb::date_t;
using duckdb::timestamp_t;

template <typename T>
constexpr const char* kSqlName = "";
template <>
constexpr const char* kSqlName<int8_t> = "TINYINT";
template <>
constexpr const char* kSqlName<int16_t> = "SMALLINT";
template <>
constexpr const char* kSqlName<int32_t> = "INT";
template <>
constexpr const char* kSqlName<int64_t> = "BIGINT";
template <>
constexpr const char* kSqlName<float> = "FLOAT";
template <>
constexpr const char* kSqlName<double> = "DOUBLE";

// A number as Spark writes it into a message: 3000000000L, 1.0E10D.
template <typename T>
std::string Shown(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    const DataType type(std::is_same_v<T, float> ? TypeId::kFloat : TypeId::kDouble);
    const std::string text = Value(type, static_cast<double>(value)).ToString();
    return std::isfinite(value) ? text + (std::is_same_v<T, float> ? "" : "D") : text;
  } else {
    const char* const suffix = std::is_same_v<T, int64_t>   ? "L"
                               : std::is_same_v<T, int16_t> ? "S"
                                                            : "";
    return std::to_string(value) + suffix;
  }
}

// Toward zero; nothing when it does not fit.
template <typename To, typename From>
std::optional<To> Narrowed(From value) {
  if constexpr (std::is_floating_point_v<From>) {
    const From whole = std::trunc(value);
    // The bounds are powers of two, which every From has exactly.
    const From limit = std::ldexp(From(1), static_cast<int>(sizeof(To) * 8 - 1));
    if (!(whole >= -limit && whole < limit)) return std::nullopt;
    return static_cast<To>(whole);
  } else {
    if (value < std::numeric_limits<To>::min() || value > std::numeric_limits<To>::max()) {
      return std::nullopt;
    }
    return static_cast<To>(value);
  }
}

template <typename To, typename From>
void AddNarrowing(Registry& registry, const std::string& name) {
  registry.Add("weir_to_" + name, [](From value) -> To {
    const auto result = Narrowed<To>(value);
    if (!result) RaiseCastOverflow(Shown(value), kSqlName<From>, kSqlName<To>);
    return *result;
  });
  registry.Add("weir_try_to_" + name,
               [](From value) -> std::optional<To> { return Narrowed<To>(value); });
}

template <typename To>
std::optional<To> WholeOf(std::string_view text) {
  const auto value = ParseLong(text);
  if (!value) return std::nullopt;
  return Narrowed<To>(*value);
}

// weir_to_X(VARCHAR) and weir_try_to_X(VARCHAR) by a function that gives nothing for what it can't
// read.
template <typename Parse>
void AddParsing(Registry& registry, const std::string& name, const std::string& target,
                const Parse& parse) {
  using Value = typename decltype(parse(std::string_view()))::value_type;
  registry.Add("weir_to_" + name, [parse, target](std::string_view text) -> Value {
    const auto value = parse(text);
    if (!value) RaiseMalformed(text, target);
    return *value;
  });
  registry.Add("weir_try_to_" + name,
               [parse](std::string_view text) -> std::optional<Value> { return parse(text); });
}

std::optional<date_t> DateOf(std::string_view text) {
  const auto days = ParseDate(text);
  if (!days) return std::nullopt;
  return date_t(static_cast<int32_t>(*days));
}

std::optional<timestamp_t> TimestampNtzOf(std::string_view text) {
  const auto micros = ParseTimestampNtz(text);
  if (!micros) return std::nullopt;
  return timestamp_t(*micros);
}

// A text is a time of a zone, unless it names one itself.
void AddZonedParsing(Registry& registry) {
  AddZoned(registry, "weir_to_timestamp",
           [](Frame& frame, std::string_view text, std::string_view zone) {
             const auto micros =
                 ParseTimestamp(text, frame.Local<ZoneState>().Get(zone), &EngineZones());
             if (!micros) RaiseMalformed(text, "TIMESTAMP");
             return timestamp_t(*micros);
           });
  AddZoned(
      registry, "weir_try_to_timestamp",
      [](Frame& frame, std::string_view text, std::string_view zone) -> std::optional<timestamp_t> {
        const auto micros =
            ParseTimestamp(text, frame.Local<ZoneState>().Get(zone), &EngineZones());
        if (!micros) return std::nullopt;
        return timestamp_t(*micros);
      });
}

template <typename To>
void AddWhole(Registry& registry, const std::string& name) {
  AddParsing(registry, name, kSqlName<To>, WholeOf<To>);
  AddNarrowing<To, float>(registry, name);
  AddNarrowing<To, double>(registry, name);
  if constexpr (sizeof(To) < 8) AddNarrowing<To, int64_t>(registry, name);
  if constexpr (sizeof(To) < 4) AddNarrowing<To, int32_t>(registry, name);
  if constexpr (sizeof(To) < 2) AddNarrowing<To, int16_t>(registry, name);
}

int64_t FloorSeconds(int64_t micros) {
  return micros / 1'000'000 - (micros % 1'000'000 < 0 ? 1 : 0);
}

void AddFromTimestamp(Registry& registry) {
  registry.Add("weir_to_bigint",
               [](timestamp_t time) -> int64_t { return FloorSeconds(time.value); });
  registry.Add("weir_try_to_bigint",
               [](timestamp_t time) -> int64_t { return FloorSeconds(time.value); });
  const auto narrow = [&]<typename To>(To, const std::string& name) {
    registry.Add("weir_to_" + name, [](timestamp_t time) -> To {
      const auto result = Narrowed<To>(FloorSeconds(time.value));
      if (!result) {
        RaiseCastOverflow("TIMESTAMP '" + Value(TypeId::kTimestamp, time.value).ToString() + "'",
                          "TIMESTAMP", kSqlName<To>);
      }
      return *result;
    });
    registry.Add("weir_try_to_" + name, [](timestamp_t time) -> std::optional<To> {
      return Narrowed<To>(FloorSeconds(time.value));
    });
  };
  narrow(int8_t(), "tinyint");
  narrow(int16_t(), "smallint");
  narrow(int32_t(), "int");
  registry.Add("weir_to_double", [](timestamp_t time) -> double {
    return static_cast<double>(time.value) / 1'000'000.0;
  });
  registry.Add("weir_to_float", [](timestamp_t time) -> float {
    return static_cast<float>(static_cast<double>(time.value) / 1'000'000.0);
  });
}

// Seconds with a fraction.
std::optional<timestamp_t> TimestampOfSeconds(double seconds) {
  const double micros = seconds * 1'000'000.0;
  if (!std::isfinite(seconds)) return std::nullopt;
  const auto value = Narrowed<int64_t>(micros);
  if (!value) return timestamp_t(micros < 0 ? INT64_MIN + 1 : INT64_MAX - 1);
  return timestamp_t(*value);
}

timestamp_t TimestampOfWhole(int64_t seconds) {
  int64_t micros = 0;
  // As Java's TimeUnit: what is out of range stays at the end of it.
  if (__builtin_mul_overflow(seconds, int64_t{1'000'000}, &micros)) {
    micros = seconds < 0 ? INT64_MIN + 1 : INT64_MAX - 1;
  }
  return timestamp_t(micros);
}

void AddToTimestamp(Registry& registry, const std::string& name) {
  registry.Add("weir_to_" + name, [](int64_t seconds) { return TimestampOfWhole(seconds); });
  registry.Add("weir_try_to_" + name, [](int64_t seconds) { return TimestampOfWhole(seconds); });
  registry.Add("weir_to_" + name, [](double seconds) -> std::optional<timestamp_t> {
    const auto time = TimestampOfSeconds(seconds);
    if (!time) {
      Raise("CAST_INVALID_INPUT",
            "The value " + Shown(seconds) +
                " of the type \"DOUBLE\" cannot be cast to \"TIMESTAMP\" because it is malformed.");
    }
    return time;
  });
  registry.Add("weir_try_to_" + name, [](double seconds) { return TimestampOfSeconds(seconds); });
}

void AddToString(Registry& registry) {
  registry.Add("weir_to_string",
               [](float value) { return Value(TypeId::kFloat, double{value}).ToString(); });
  registry.Add("weir_to_string",
               [](double value) { return Value(TypeId::kDouble, value).ToString(); });
  registry.Add("weir_to_string",
               [](date_t date) { return Value(TypeId::kDate, int64_t{date.days}).ToString(); });
  registry.Add("weir_to_string",
               [](timestamp_t time) { return Value(TypeId::kTimestamp, time.value).ToString(); });
  // Bytes that are no UTF-8 can't be in a VARCHAR.
  registry.Add("weir_to_string", [](Blob blob) { return MadeUtf8(blob.bytes); });
}

}  // namespace

void AddCasts(Registry& registry) {
  AddParsing(registry, "boolean", "BOOLEAN", ParseBoolean);
  AddWhole<int8_t>(registry, "tinyint");
  AddWhole<int16_t>(registry, "smallint");
  AddWhole<int32_t>(registry, "int");
  AddWhole<int64_t>(registry, "bigint");
  AddParsing(registry, "float", "FLOAT", ParseFloat);
  AddParsing(registry, "double", "DOUBLE", ParseDouble);
  // Beyond the range of FLOAT: infinite, as in Java.
  registry.Add("weir_to_float", [](double value) { return static_cast<float>(value); });
  AddParsing(registry, "date", "DATE", DateOf);
  AddZonedParsing(registry);
  AddParsing(registry, "timestamp_ntz", "TIMESTAMP_NTZ", TimestampNtzOf);
  AddFromTimestamp(registry);
  AddToTimestamp(registry, "timestamp");
  registry.Add("weir_seconds_to_timestamp", [](int64_t seconds) -> timestamp_t {
    int64_t micros = 0;
    if (__builtin_mul_overflow(seconds, int64_t{1'000'000}, &micros))
      RaiseOverflow("long overflow");
    return timestamp_t(micros);
  });
  AddToString(registry);
}

}  // namespace weir::engine
