#include "weir/engine/duckdb/functions/registry.h"
#include "weir/engine/duckdb/functions/time_steps.h"
#include "weir/engine/duckdb/functions/zone_state.h"
#include "weir/types/civil_time.h"

// Timestamps by the clocks of other places, and the spans of time they are in.
namespace weir::engine {

namespace {

using duckdb::timestamp_t;

// Of two zones in one call.
class TwoZones : public duckdb::FunctionLocalState {
 public:
  ZoneState from;
  ZoneState to;
};

duckdb::unique_ptr<duckdb::FunctionLocalState> NewTwoZones(duckdb::ExpressionState&,
                                                           const duckdb::BoundFunctionExpression&,
                                                           duckdb::FunctionData*) {
  return duckdb::make_uniq<TwoZones>();
}

[[noreturn]] void RaiseWidth(int64_t width) {
  Raise("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
        "The width of `time_bucket` must be positive (current value = " + std::to_string(width) +
            ").");
}

timestamp_t BucketOfMicros(int64_t width, timestamp_t time, timestamp_t origin) {
  if (width <= 0) RaiseWidth(width);
  int64_t apart = 0;
  if (__builtin_sub_overflow(time.value, origin.value, &apart)) RaiseOverflow("long overflow");
  return MicrosLater(origin, FloorDiv(apart, width) * width);
}

timestamp_t BucketOfMonths(int32_t width, timestamp_t time, timestamp_t origin) {
  if (width <= 0) RaiseWidth(width);
  int64_t bucket = FloorDiv(MonthsApart(origin, time), width);
  // Whole months go toward zero, and the days at the end of months are not all there.
  while (MonthsLater(origin, bucket * width).value > time.value) --bucket;
  while (MonthsLater(origin, (bucket + 1) * width).value <= time.value) ++bucket;
  return MonthsLater(origin, bucket * width);
}

// What clocks show at the start, at the moment that has the offset of `time` where there are two.
template <typename Width>
timestamp_t BucketThere(Width width, timestamp_t time, timestamp_t origin, const TimeZone& zone) {
  const timestamp_t local(zone.ToLocal(time.value));
  const timestamp_t from(zone.ToLocal(origin.value));
  timestamp_t start;
  if constexpr (std::is_same_v<Width, int32_t>) {
    start = BucketOfMonths(width, local, from);
  } else {
    start = BucketOfMicros(width, local, from);
  }
  return timestamp_t(zone.ToInstant(start.value, time.value));
}

// Months or microseconds, `size` of them `count` times.
timestamp_t LaterByUnits(timestamp_t time, int64_t count, int64_t size, bool months,
                         const TimeZone& zone) {
  int64_t amount = 0;
  bool fits = !__builtin_mul_overflow(count, size, &amount);
  if (months) fits = fits && amount >= INT32_MIN && amount <= INT32_MAX;
  try {
    if (fits) return months ? MonthsLater(time, amount, zone) : MicrosLater(time, amount, zone);
  } catch (const duckdb::InvalidInputException&) {
    fits = false;
  }
  Raise("DATETIME_OVERFLOW", "Datetime operation overflow: add " + std::to_string(count) +
                                 " units to TIMESTAMP '" + TimestampToString(time.value) + "'.");
}

template <typename Width>
void AddZonedBucket(Registry& registry) {
  AddZoned(
      registry, "weir_time_bucket",
      [](Frame& frame, Width width, timestamp_t time, timestamp_t origin, std::string_view zone) {
        return BucketThere(width, time, origin, frame.Local<ZoneState>().Get(zone));
      });
}

}  // namespace

void AddInstants(Registry& registry) {
  AddZoned(registry, "weir_to_local", [](Frame& frame, timestamp_t time, std::string_view zone) {
    return timestamp_t(frame.Local<ZoneState>().Get(zone).ToLocal(time.value));
  });
  AddZoned(registry, "weir_to_instant", [](Frame& frame, timestamp_t time, std::string_view zone) {
    return timestamp_t(frame.Local<ZoneState>().Get(zone).ToInstant(time.value));
  });
  auto converting =
      registry.Make([](Frame& frame, std::string_view from, std::string_view to, timestamp_t time) {
        auto& zones = frame.Local<TwoZones>();
        return timestamp_t(zones.to.Get(to).ToLocal(zones.from.Get(from).ToInstant(time.value)));
      });
  converting.SetInitStateCallback(NewTwoZones);
  registry.Add("weir_convert_timezone", std::move(converting));
  // Of the last window of that slide that begins at the time or before it.
  registry.Add("weir_window_start", [](timestamp_t time, int64_t slide, int64_t start) {
    const timestamp_t origin(start);
    return BucketOfMicros(slide, time, origin);
  });
  registry.Add("weir_add_units", [](timestamp_t time, int64_t count, int64_t size, bool months) {
    return LaterByUnits(time, count, size, months, *UtcZone());
  });
  AddZoned(registry, "weir_add_units",
           [](Frame& frame, timestamp_t time, int64_t count, int64_t size, bool months,
              std::string_view zone) {
             return LaterByUnits(time, count, size, months, frame.Local<ZoneState>().Get(zone));
           });
  registry.Add("weir_time_bucket", BucketOfMicros);
  registry.Add("weir_time_bucket", BucketOfMonths);
  AddZonedBucket<int64_t>(registry);
  AddZonedBucket<int32_t>(registry);
}

}  // namespace weir::engine
