#include <cmath>

#include "weir/engine/duckdb/functions/decimal_call.h"
#include "weir/types/parse_text.h"

namespace weir::engine {

namespace {

using duckdb::hugeint_t;

std::optional<hugeint_t> FromDouble(const DecimalCall& call, double value) {
  if (!std::isfinite(value)) return std::nullopt;
  const std::string text = Value(TypeId::kDouble, value).ToString();
  const auto decimal = ParseDecimal(text, call.precision, call.scale);
  if (decimal) return ToHugeint(*decimal);
  if (call.is_try) return std::nullopt;
  RaiseOutOfRange(text, call);
}

std::optional<hugeint_t> FromText(const DecimalCall& call, std::string_view text) {
  const auto decimal = ParseDecimal(text, call.precision, call.scale);
  if (decimal) return ToHugeint(*decimal);
  if (call.is_try) return std::nullopt;
  const std::string type =
      "DECIMAL(" + std::to_string(call.precision) + "," + std::to_string(call.scale) + ")";
  // What is a number, but too long, is out of range.
  const std::string_view trimmed = TrimAsCast(text);
  const bool digits = trimmed.find_first_not_of("0123456789.eE+-") == std::string_view::npos;
  if (!digits || !ParseDouble(trimmed)) RaiseMalformed(text, type);
  RaiseOutOfRange(std::string(trimmed), call);
}

template <typename To>
void AddWhole(Registry& registry, const std::string& name, const char* target) {
  const auto whole = [](const DecimalCall& call, hugeint_t a) -> std::optional<To> {
    const Int128 value = ToInt128(a) / PowerOfTen(call.left_scale);
    if (value < std::numeric_limits<To>::min() || value > std::numeric_limits<To>::max()) {
      return std::nullopt;
    }
    return static_cast<To>(value);
  };
  AddDecimal(
      registry, "weir_to_" + name,
      [whole, target](Frame& frame, hugeint_t a) -> To {
        const auto& call = frame.BindData<DecimalCall>();
        const auto value = whole(call, a);
        if (!value) {
          RaiseCastOverflow(DecimalToString(ToInt128(a), call.left_scale) + "BD", "DECIMAL",
                            target);
        }
        return *value;
      },
      0);
  AddDecimal<true>(
      registry, "weir_try_to_" + name,
      [whole](Frame& frame, hugeint_t a) -> std::optional<To> {
        return whole(frame.BindData<DecimalCall>(), a);
      },
      0);
}

template <typename Real, typename Parse>
void AddReal(Registry& registry, const std::string& name, const Parse& parse) {
  AddDecimal(
      registry, name,
      [parse](Frame& frame, hugeint_t a) -> Real {
        return *parse(DecimalToString(ToInt128(a), frame.BindData<DecimalCall>().left_scale));
      },
      0);
}

duckdb::timestamp_t TimestampOf(const DecimalCall& call, hugeint_t seconds) {
  Signed value(ToInt128(seconds));
  int scale = call.left_scale;
  if (scale < 6) value.size.ShiftByTens(6 - scale);
  for (; scale > 6; --scale) value.size.DivideBy(10);
  const Wide limit(static_cast<UInt128>(INT64_MAX - 1));
  if (value.size.Compare(limit) > 0) RaiseOverflow("long overflow");
  const auto micros = static_cast<int64_t>(value.size.ToUInt128());
  return duckdb::timestamp_t(value.negative ? -micros : micros);
}

}  // namespace

void AddDecimalCasts(Registry& registry) {
  duckdb::ScalarFunction unscaled = registry.Make([](hugeint_t digits) { return digits; });
  unscaled.arguments[0] = duckdb::LogicalType(duckdb::LogicalTypeId::DECIMAL);
  unscaled.SetBindCallback(BindDecimal<1, false>);
  registry.Add("weir_unscaled", std::move(unscaled));
  const auto from_text = [](Frame& frame, std::string_view text) {
    return FromText(frame.BindData<DecimalCall>(), text);
  };
  const auto from_double = [](Frame& frame, double value) {
    return FromDouble(frame.BindData<DecimalCall>(), value);
  };
  const auto from_decimal = [](Frame& frame, hugeint_t value) {
    const auto& call = frame.BindData<DecimalCall>();
    return Fit(Signed(ToInt128(value)), call.left_scale, call);
  };
  AddDecimal(registry, "weir_to_decimal", from_text);
  AddDecimal<true>(registry, "weir_try_to_decimal", from_text);
  AddDecimal(registry, "weir_to_decimal", from_double);
  AddDecimal<true>(registry, "weir_try_to_decimal", from_double);
  AddDecimal(registry, "weir_to_decimal", from_decimal);
  AddDecimal<true>(registry, "weir_try_to_decimal", from_decimal);
  AddWhole<int8_t>(registry, "tinyint", "TINYINT");
  AddWhole<int16_t>(registry, "smallint", "SMALLINT");
  AddWhole<int32_t>(registry, "int", "INT");
  AddWhole<int64_t>(registry, "bigint", "BIGINT");
  AddReal<double>(registry, "weir_to_double", ParseDouble);
  AddReal<float>(registry, "weir_to_float", ParseFloat);
  const auto to_timestamp = [](Frame& frame, hugeint_t seconds) {
    return TimestampOf(frame.BindData<DecimalCall>(), seconds);
  };
  AddDecimal(registry, "weir_to_timestamp", to_timestamp, 0);
  AddDecimal(registry, "weir_try_to_timestamp", to_timestamp, 0);
}

}  // namespace weir::engine
