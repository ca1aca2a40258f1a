#include <algorithm>

#include "weir/engine/duckdb/functions/registry.h"
#include "weir/engine/duckdb/functions/zone_state.h"
#include "weir/types/civil_time.h"
#include "weir/types/value.h"

// Elements and parts of lists whatever their type, and lists of numbers and times.
namespace weir::engine {

namespace {

using duckdb::idx_t;
using duckdb::list_entry_t;
using duckdb::LogicalType;
using duckdb::Vector;

// Where in its list the element stands; nothing: NULL.
using Find = std::optional<uint64_t> (*)(uint64_t length, int64_t index);

std::optional<uint64_t> FromZeroOrNull(uint64_t length, int64_t index) {
  if (index < 0 || static_cast<uint64_t>(index) >= length) return std::nullopt;
  return static_cast<uint64_t>(index);
}

[[noreturn]] void RaiseIndex(uint64_t length, int64_t index) {
  Raise("INVALID_ARRAY_INDEX",
        "The index " + std::to_string(index) + " is out of bounds. The array has " +
            std::to_string(length) +
            " elements. Use the SQL function `get()` to tolerate accessing element at invalid "
            "index and return NULL instead.");
}

std::optional<uint64_t> FromZero(uint64_t length, int64_t index) {
  const auto found = FromZeroOrNull(length, index);
  if (!found) RaiseIndex(length, index);
  return found;
}

std::optional<uint64_t> FromOneOrNull(uint64_t length, int64_t index) {
  if (index == 0) {
    Raise("INVALID_INDEX_OF_ZERO",
          "The index 0 is invalid. An index shall be either < 0 or > 0 (the first element has "
          "index 1).");
  }
  return FromZeroOrNull(length, index > 0 ? index - 1 : static_cast<int64_t>(length) + index);
}

std::optional<uint64_t> FromOne(uint64_t length, int64_t index) {
  const auto found = FromOneOrNull(length, index);
  if (!found) {
    Raise("INVALID_ARRAY_INDEX_IN_ELEMENT_AT",
          "The index " + std::to_string(index) + " is out of bounds. The array has " +
              std::to_string(length) +
              " elements. Use `try_element_at` to tolerate accessing element at invalid index and "
              "return NULL instead.");
  }
  return found;
}

// elt(n, ...), which counts from 1 and takes no n from the end.
std::optional<uint64_t> FromOneOnward(uint64_t length, int64_t index) {
  if (index < 1 || static_cast<uint64_t>(index) > length) RaiseIndex(length, index);
  return static_cast<uint64_t>(index - 1);
}

// The type of the first argument's elements, which only a call knows.
duckdb::unique_ptr<duckdb::FunctionData> BindElement(
    duckdb::ClientContext&, duckdb::ScalarFunction& function,
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& arguments) {
  const LogicalType& list = arguments[0]->return_type;
  const bool known = list.id() == duckdb::LogicalTypeId::LIST;
  function.arguments[0] = known ? list : LogicalType::LIST(LogicalType::SQLNULL);
  function.return_type = known ? duckdb::ListType::GetChildType(list) : LogicalType::SQLNULL;
  return nullptr;
}

duckdb::unique_ptr<duckdb::FunctionData> BindList(
    duckdb::ClientContext&, duckdb::ScalarFunction& function,
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& arguments) {
  const LogicalType& list = arguments[0]->return_type;
  const bool known = list.id() == duckdb::LogicalTypeId::LIST;
  function.arguments[0] = known ? list : LogicalType::LIST(LogicalType::SQLNULL);
  function.return_type = function.arguments[0];
  return nullptr;
}

void Pick(duckdb::DataChunk& input, Vector& result, Find find) {
  const bool constant = input.AllConstant();
  const idx_t count = constant ? 1 : input.size();
  duckdb::UnifiedVectorFormat lists;
  duckdb::UnifiedVectorFormat indexes;
  input.data[0].ToUnifiedFormat(input.size(), lists);
  input.data[1].ToUnifiedFormat(input.size(), indexes);
  const auto* const entries = duckdb::UnifiedVectorFormat::GetData<list_entry_t>(lists);
  const auto* const numbers = duckdb::UnifiedVectorFormat::GetData<int64_t>(indexes);
  duckdb::SelectionVector chosen(count);
  std::vector<bool> found(count, false);
  std::optional<idx_t> some;
  for (idx_t row = 0; row < count; ++row) {
    const idx_t l = lists.sel->get_index(row);
    const idx_t n = indexes.sel->get_index(row);
    if (!lists.validity.RowIsValid(l) || !indexes.validity.RowIsValid(n)) continue;
    const auto at = find(entries[l].length, numbers[n]);
    if (!at) continue;
    found[row] = true;
    some = entries[l].offset + *at;
    chosen.set_index(row, *some);
  }
  if (!some) {
    result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
    duckdb::ConstantVector::SetNull(result, true);
    return;
  }
  for (idx_t row = 0; row < count; ++row) {
    if (!found[row]) chosen.set_index(row, *some);
  }
  result.Slice(duckdb::ListVector::GetEntry(input.data[0]), chosen, count);
  result.Flatten(count);
  for (idx_t row = 0; row < count; ++row) {
    if (!found[row]) duckdb::FlatVector::SetNull(result, row, true);
  }
  if (constant) result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
}

void AddPick(Registry& registry, const std::string& name, Find find) {
  duckdb::ScalarFunction function(
      {LogicalType::LIST(LogicalType::ANY), LogicalType::BIGINT}, LogicalType::ANY,
      [find](duckdb::DataChunk& input, duckdb::ExpressionState&, Vector& result) {
        Pick(input, result, find);
      },
      BindElement);
  function.SetFallible();
  function.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  registry.Add(name, std::move(function));
}

// The range of a list that slice(list, start, length) means.
list_entry_t SliceOf(const list_entry_t& list, int32_t start, int32_t length) {
  if (start == 0) {
    Raise("INVALID_PARAMETER_VALUE.START",
          "The value of parameter(s) `start` in `slice` is invalid: Expects a positive or a "
          "negative value for `start`, but got 0.");
  }
  if (length < 0) {
    Raise("INVALID_PARAMETER_VALUE.LENGTH",
          "The value of parameter(s) `length` in `slice` is invalid: Expects `length` greater than "
          "or equal to 0, but got " +
              std::to_string(length) + ".");
  }
  const auto size = static_cast<int64_t>(list.length);
  const int64_t begin = start > 0 ? int64_t{start} - 1 : size + start;
  if (begin < 0 || begin >= size) return {list.offset, 0};
  return {list.offset + static_cast<idx_t>(begin),
          static_cast<idx_t>(std::min<int64_t>(length, size - begin))};
}

void Slice(duckdb::DataChunk& input, duckdb::ExpressionState&, Vector& result) {
  const bool constant = input.AllConstant();
  const idx_t count = constant ? 1 : input.size();
  duckdb::UnifiedVectorFormat lists;
  duckdb::UnifiedVectorFormat starts;
  duckdb::UnifiedVectorFormat lengths;
  input.data[0].ToUnifiedFormat(input.size(), lists);
  input.data[1].ToUnifiedFormat(input.size(), starts);
  input.data[2].ToUnifiedFormat(input.size(), lengths);
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  // The elements stay where they are.
  duckdb::ListVector::ReferenceEntry(result, input.data[0]);
  auto* const out = duckdb::FlatVector::GetData<list_entry_t>(result);
  for (idx_t row = 0; row < count; ++row) {
    const idx_t l = lists.sel->get_index(row);
    const idx_t s = starts.sel->get_index(row);
    const idx_t n = lengths.sel->get_index(row);
    if (!lists.validity.RowIsValid(l) || !starts.validity.RowIsValid(s) ||
        !lengths.validity.RowIsValid(n)) {
      out[row] = {0, 0};
      duckdb::FlatVector::SetNull(result, row, true);
      continue;
    }
    out[row] = SliceOf(duckdb::UnifiedVectorFormat::GetData<list_entry_t>(lists)[l],
                       duckdb::UnifiedVectorFormat::GetData<int32_t>(starts)[s],
                       duckdb::UnifiedVectorFormat::GetData<int32_t>(lengths)[n]);
  }
  if (constant) result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
}

// ------------------------------------------------------------------------------- sequences

// Of lists whose length a value says: the engine does not count their memory.
constexpr size_t kLongest = 100'000'000;

Int128 CheckLength(Int128 length, const char* function) {
  if (length > static_cast<Int128>(kLongest)) {
    Raise("COLLECTION_SIZE_LIMIT_EXCEEDED.PARAMETER",
          "Can't create array with " +
              std::to_string(static_cast<int64_t>(std::min<Int128>(length, INT64_MAX))) +
              " elements which exceeding the array size limit " + std::to_string(kLongest) +
              ", the value of the parameter(s) in the function `" + function + "` is invalid.");
  }
  return length;
}

void CheckSequence(bool fits, const std::string& from, const std::string& to,
                   const std::string& step) {
  if (fits) return;
  Raise("ILLEGAL_SEQUENCE_BOUNDARIES",
        "Illegal sequence boundaries: " + from + " to " + to + " by " + step + ".");
}

// start, start + step, ... up to stop, by a function of how many steps were made.
template <typename T, typename Step>
std::vector<T> Series(T start, T stop, bool up, const Step& step) {
  std::vector<T> values;
  for (int64_t i = 0;; ++i) {
    const T value = i == 0 ? start : step(i);
    if (up ? value > stop : value < stop) break;
    values.push_back(value);
    CheckLength(static_cast<Int128>(values.size()), "sequence");
    if (start == stop) break;
  }
  return values;
}

constexpr bool kIsZoned = true;

// f(start, stop, step) that gives several values; `zoned` ones take a time zone after that.
template <typename T, typename S, bool zoned = false, typename F>
void AddSeries(Registry& registry, const std::string& name, const F& f) {
  constexpr size_t kCount = zoned ? 4 : 3;
  duckdb::vector<LogicalType> arguments{bridge::TypeOf<T>(), bridge::TypeOf<T>(),
                                        bridge::TypeOf<S>()};
  if (zoned) arguments.push_back(LogicalType::VARCHAR);
  duckdb::ScalarFunction function(
      arguments, LogicalType::LIST(bridge::TypeOf<T>()),
      [f](duckdb::DataChunk& input, duckdb::ExpressionState& state, Vector& result) {
        const bool constant = input.AllConstant();
        const idx_t count = constant ? 1 : input.size();
        std::array<duckdb::UnifiedVectorFormat, kCount> formats;
        for (size_t i = 0; i < kCount; ++i) input.data[i].ToUnifiedFormat(input.size(), formats[i]);
        result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
        auto* const out = duckdb::FlatVector::GetData<list_entry_t>(result);
        for (idx_t row = 0; row < count; ++row) {
          const idx_t offset = duckdb::ListVector::GetListSize(result);
          out[row] = {offset, 0};
          std::array<idx_t, kCount> at;
          bool valid = true;
          for (size_t i = 0; i < kCount; ++i) {
            at[i] = formats[i].sel->get_index(row);
            valid = valid && formats[i].validity.RowIsValid(at[i]);
          }
          if (!valid) {
            duckdb::FlatVector::SetNull(result, row, true);
            continue;
          }
          const auto values = [&] {
            const T start = duckdb::UnifiedVectorFormat::GetData<T>(formats[0])[at[0]];
            const T stop = duckdb::UnifiedVectorFormat::GetData<T>(formats[1])[at[1]];
            const S step = duckdb::UnifiedVectorFormat::GetData<S>(formats[2])[at[2]];
            if constexpr (zoned) {
              const auto zone =
                  duckdb::UnifiedVectorFormat::GetData<duckdb::string_t>(formats[3])[at[3]];
              return f(start, stop, step,
                       Frame{state}.Local<ZoneState>().Get({zone.GetData(), zone.GetSize()}));
            } else {
              return f(start, stop, step);
            }
          }();
          duckdb::ListVector::Reserve(result, offset + values.size());
          auto* const child = duckdb::FlatVector::GetData<T>(duckdb::ListVector::GetEntry(result));
          std::copy(values.begin(), values.end(), child + offset);
          duckdb::ListVector::SetListSize(result, offset + values.size());
          out[row].length = values.size();
        }
        if (constant) result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
      });
  function.SetFallible();
  if (zoned) function.SetInitStateCallback(NewZoneState);
  registry.Add(name, std::move(function));
}

int64_t StepOf(int64_t start, int64_t stop, int64_t step) {
  const bool fits =
      (step > 0 && start <= stop) || (step < 0 && start >= stop) || (step == 0 && start == stop);
  CheckSequence(fits, std::to_string(start), std::to_string(stop), std::to_string(step));
  return step == 0 ? 1 : step;
}

int64_t DaysLaterByMonths(int64_t days, int64_t months) {
  CivilDay day = CivilDayOf(days);
  const int64_t month = day.year * 12 + day.month - 1 + months;
  day.year = FloorDiv(month, 12);
  day.month = static_cast<int>(month - day.year * 12) + 1;
  while (!IsValidDay(day)) --day.day;
  return DaysSinceEpoch(day);
}

void AddSequences(Registry& registry) {
  registry.Add("weir_repetitions", [](int32_t count) -> int64_t {
    return static_cast<int64_t>(CheckLength(std::max(count, 0), "array_repeat"));
  });
  registry.Add("weir_step", [](int64_t start, int64_t stop) -> int64_t {
    CheckLength(Int128{std::max(start, stop)} - std::min(start, stop) + 1, "sequence");
    return start <= stop ? 1 : -1;
  });
  registry.Add("weir_step", [](int64_t start, int64_t stop, int64_t step) {
    const int64_t made = StepOf(start, stop, step);
    CheckLength((Int128{stop} - start) / made + 1, "sequence");
    return made;
  });
  AddSeries<duckdb::date_t, int32_t>(
      registry, "weir_sequence_days", [](duckdb::date_t start, duckdb::date_t stop, int32_t step) {
        StepOf(start.days, stop.days, step);
        return Series(start, stop, step >= 0, [&](int64_t i) {
          return duckdb::date_t(static_cast<int32_t>(start.days + i * step));
        });
      });
  AddSeries<duckdb::date_t, int32_t>(
      registry, "weir_sequence_months",
      [](duckdb::date_t start, duckdb::date_t stop, int32_t step) {
        StepOf(start.days, stop.days, step);
        return Series(start, stop, step >= 0, [&](int64_t i) {
          return duckdb::date_t(static_cast<int32_t>(DaysLaterByMonths(start.days, i * step)));
        });
      });
  // Whole days and months go by the clocks of the zone, as when they are added one by one.
  AddSeries<duckdb::timestamp_t, int64_t, kIsZoned>(
      registry, "weir_sequence_micros",
      [](duckdb::timestamp_t start, duckdb::timestamp_t stop, int64_t step, const TimeZone& zone) {
        StepOf(start.value, stop.value, step);
        const int64_t days = step / kMicrosPerDay * kMicrosPerDay;
        const int64_t local = zone.ToLocal(start.value);
        return Series(start, stop, step >= 0, [&](int64_t i) {
          if (days == 0) return duckdb::timestamp_t(start.value + i * step);
          return duckdb::timestamp_t(zone.ToInstant(local + i * days, start.value) +
                                     i * (step - days));
        });
      });
  AddSeries<duckdb::timestamp_t, int32_t, kIsZoned>(
      registry, "weir_sequence_months",
      [](duckdb::timestamp_t start, duckdb::timestamp_t stop, int32_t step, const TimeZone& zone) {
        StepOf(start.value, stop.value, step);
        const int64_t local = zone.ToLocal(start.value);
        const int64_t days = FloorDiv(local, kMicrosPerDay);
        const int64_t of_day = local - days * kMicrosPerDay;
        return Series(start, stop, step >= 0, [&](int64_t i) {
          return duckdb::timestamp_t(zone.ToInstant(
              DaysLaterByMonths(days, i * step) * kMicrosPerDay + of_day, start.value));
        });
      });
}

}  // namespace

void AddLists(Registry& registry) {
  AddPick(registry, "weir_array_item", FromZero);
  AddPick(registry, "weir_try_array_item", FromZeroOrNull);
  AddPick(registry, "weir_element_at", FromOne);
  AddPick(registry, "weir_elt", FromOneOnward);
  AddPick(registry, "weir_try_element_at", FromOneOrNull);
  duckdb::ScalarFunction slice(
      {LogicalType::LIST(LogicalType::ANY), LogicalType::INTEGER, LogicalType::INTEGER},
      LogicalType::LIST(LogicalType::ANY), Slice, BindList);
  slice.SetFallible();
  registry.Add("weir_slice", std::move(slice));
  AddSequences(registry);
}

}  // namespace weir::engine
