#include "weir/engine/duckdb/functions/registry.h"
#include "weir/engine/duckdb/functions/wide.h"

namespace weir::engine {

namespace {

using duckdb::hugeint_t;

struct Sum {
  hugeint_t total;
  int64_t count;
};

struct Scales : duckdb::FunctionData {
  int from = 0;
  int to = 0;

  duckdb::unique_ptr<FunctionData> Copy() const override {
    return duckdb::make_uniq<Scales>(*this);
  }
  bool Equals(const FunctionData& other) const override {
    const auto& scales = other.Cast<Scales>();
    return from == scales.from && to == scales.to;
  }
};

void AddTo(Sum& sum, const hugeint_t& value) {
  if (!duckdb::Hugeint::TryAddInPlace(sum.total, value)) {
    RaiseOverflow("Overflow in avg of decimals", "try_avg");
  }
}

// total * 10^shift / count, halves away from zero.
hugeint_t Quotient(const Sum& sum, int shift) {
  const bool negative = sum.total < hugeint_t(0);
  UInt128 size =
      (static_cast<UInt128>(static_cast<uint64_t>(sum.total.upper)) << 64) | sum.total.lower;
  if (negative) size = 0 - size;
  Wide rest(size);
  rest.ShiftByTens(shift);
  const auto divisor = static_cast<uint64_t>(sum.count);
  const uint64_t left = rest.DivideBy(divisor);
  if (left >= divisor - left) rest.Add(Wide(1));
  const UInt128 magnitude = rest.ToUInt128();
  const UInt128 value = negative ? 0 - magnitude : magnitude;
  hugeint_t result;
  result.lower = static_cast<uint64_t>(value);
  result.upper = static_cast<int64_t>(value >> 64);
  return result;
}

// The mean of whole numbers, or of decimals by their digits.
struct Mean {
  static bool IgnoreNull() { return true; }
  static void Initialize(Sum& sum) { sum = {hugeint_t(0), 0}; }
  template <typename Input, typename State, typename Op>
  static void Operation(State& state, const Input& value, duckdb::AggregateUnaryInput&) {
    AddTo(state, hugeint_t(value));
    ++state.count;
  }
  template <typename Input, typename State, typename Op>
  static void ConstantOperation(State& state, const Input& value,
                                duckdb::AggregateUnaryInput& unary, duckdb::idx_t count) {
    for (duckdb::idx_t i = 0; i < count; ++i) Operation<Input, State, Op>(state, value, unary);
  }
  template <typename State, typename Op>
  static void Combine(const State& source, State& target, duckdb::AggregateInputData&) {
    AddTo(target, source.total);
    target.count += source.count;
  }
  template <typename T, typename State>
  static void Finalize(State& state, T& target, duckdb::AggregateFinalizeData& finalize) {
    if (state.count == 0) {
      finalize.ReturnNull();
      return;
    }
    int shift = 0;
    if (finalize.input.bind_data) {
      const auto& scales = finalize.input.bind_data->Cast<Scales>();
      shift = scales.to - scales.from;
    }
    const hugeint_t mean = Quotient(state, shift);
    if constexpr (std::is_same_v<T, hugeint_t>) {
      target = mean;
    } else {
      target = duckdb::Hugeint::Cast<T>(mean);
    }
  }
};

duckdb::unique_ptr<duckdb::FunctionData> BindMean(
    duckdb::ClientContext&, duckdb::AggregateFunction& function,
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& arguments) {
  constexpr uint8_t kDigits = 38;
  constexpr int kMoreDigits = 4;
  auto scales = duckdb::make_uniq<Scales>();
  const auto& type = arguments[0]->return_type;
  if (type.id() == duckdb::LogicalTypeId::DECIMAL) {
    scales->from = duckdb::DecimalType::GetScale(type);
  }
  scales->to = std::min<int>(scales->from + kMoreDigits, kDigits);
  function.arguments[0] = duckdb::LogicalType::DECIMAL(kDigits, static_cast<uint8_t>(scales->from));
  function.return_type = duckdb::LogicalType::DECIMAL(kDigits, static_cast<uint8_t>(scales->to));
  return scales;
}

template <typename T>
std::optional<T> NarrowedSum(const hugeint_t& sum) {
  T result = 0;
  if (!duckdb::Hugeint::TryCast(sum, result)) return std::nullopt;
  return result;
}

// What sums of the engine, which have 128 bits, become.
template <typename T>
void AddNarrowing(Registry& registry, const std::string& name, const std::string& what) {
  registry.Add("weir_sum_to_" + name, [what](hugeint_t sum) -> T {
    const auto result = NarrowedSum<T>(sum);
    if (!result) RaiseOverflow(what, "try_sum");
    return *result;
  });
  registry.Add("weir_try_sum_to_" + name, [](hugeint_t sum) { return NarrowedSum<T>(sum); });
}

duckdb::unique_ptr<duckdb::FunctionData> BindFit(
    duckdb::ClientContext&, duckdb::ScalarFunction& function,
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& arguments) {
  constexpr uint8_t kDigits = 38;
  const auto& type = arguments[0]->return_type;
  const uint8_t scale = type.id() == duckdb::LogicalTypeId::DECIMAL
                            ? duckdb::DecimalType::GetScale(type)
                            : uint8_t{0};
  function.arguments[0] = duckdb::LogicalType::DECIMAL(kDigits, scale);
  function.return_type = function.arguments[0];
  return nullptr;
}

void AddDecimalFit(Registry& registry, const std::string& name, bool is_try) {
  auto function =
      registry.Make([is_try](hugeint_t sum, int32_t precision) -> std::optional<hugeint_t> {
        const hugeint_t limit = duckdb::Hugeint::POWERS_OF_TEN[precision];
        if (sum < limit && sum > -limit) return sum;
        if (!is_try) RaiseOverflow("Overflow in sum of decimals", "try_sum");
        return std::nullopt;
      });
  function.arguments[0] = duckdb::LogicalType(duckdb::LogicalTypeId::DECIMAL);
  function.return_type = duckdb::LogicalType(duckdb::LogicalTypeId::DECIMAL);
  function.SetBindCallback(BindFit);
  registry.Add(name, std::move(function));
}

}  // namespace

void AddAggregates(Registry& registry) {
  auto mean = duckdb::AggregateFunction::UnaryAggregate<Sum, hugeint_t, hugeint_t, Mean>(
      duckdb::LogicalType(duckdb::LogicalTypeId::DECIMAL),
      duckdb::LogicalType(duckdb::LogicalTypeId::DECIMAL));
  mean.SetBindCallback(BindMean);
  mean.SetOrderDependent(duckdb::AggregateOrderDependent::NOT_ORDER_DEPENDENT);
  registry.Add("weir_avg_decimal", std::move(mean));
  auto whole = duckdb::AggregateFunction::UnaryAggregate<Sum, int64_t, int64_t, Mean>(
      duckdb::LogicalType::BIGINT, duckdb::LogicalType::BIGINT);
  whole.SetOrderDependent(duckdb::AggregateOrderDependent::NOT_ORDER_DEPENDENT);
  registry.Add("weir_avg_whole", std::move(whole));
  AddNarrowing<int64_t>(registry, "bigint", "long overflow");
  AddNarrowing<int32_t>(registry, "int", "integer overflow");
  AddDecimalFit(registry, "weir_sum_to_decimal", false);
  AddDecimalFit(registry, "weir_try_sum_to_decimal", true);
}

}  // namespace weir::engine
