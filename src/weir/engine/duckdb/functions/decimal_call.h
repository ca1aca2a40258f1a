#pragma once

#include <optional>
#include <string>

#include "weir/engine/duckdb/functions/registry.h"
#include "weir/engine/duckdb/functions/wide.h"
#include "weir/types/value.h"

// Decimals come in with 38 digits (see sql/functions_arithmetic.cc) and go out so; the text around
// narrows them. Rules are those of Spark's Decimal over java.math.BigDecimal.
namespace weir::engine {

constexpr int kMaxDigits = 38;

Int128 ToInt128(const duckdb::hugeint_t& value);
duckdb::hugeint_t ToHugeint(Int128 value);
Int128 PowerOfTen(int power);  // Of at most 38.
inline UInt128 SizeOf(Int128 value) {
  return value < 0 ? 0 - static_cast<UInt128>(value) : static_cast<UInt128>(value);
}

enum class Rounding { kHalfUp, kHalfEven, kCeiling, kFloor };

// What a call knows before it sees rows: the scales of its operands and the type it gives.
struct DecimalCall : duckdb::FunctionData {
  int left_scale = 0;
  int right_scale = 0;
  int precision = kMaxDigits;
  int scale = 0;
  int64_t places = 0;
  Rounding rounding = Rounding::kHalfUp;
  bool is_try = false;

  duckdb::unique_ptr<FunctionData> Copy() const override {
    return duckdb::make_uniq<DecimalCall>(*this);
  }
  bool Equals(const FunctionData& other) const override {
    const auto& call = other.Cast<DecimalCall>();
    return left_scale == call.left_scale && right_scale == call.right_scale &&
           precision == call.precision && scale == call.scale && places == call.places &&
           rounding == call.rounding && is_try == call.is_try;
  }
};

// A number of any length with its sign.
struct Signed {
  bool negative = false;
  Wide size;

  Signed() = default;
  explicit Signed(Int128 value);
};

// Drops the last `count` digits.
void DropDigits(Signed& value, int count, Rounding rounding);
// The value, which has `scale` digits after the point, in the type of the call. What does not fit
// raises, or gives nothing when the call is a try.
std::optional<duckdb::hugeint_t> Fit(Signed value, int scale, const DecimalCall& call);
[[noreturn]] void RaiseOutOfRange(const std::string& value, const DecimalCall& call);

// Reads what a call was given: the scales of its operands, and the constants behind them, which it
// takes off (precision and scale; for rounding also places and mode before).
template <size_t operands, bool is_try>
duckdb::unique_ptr<duckdb::FunctionData> BindDecimal(
    duckdb::ClientContext& context, duckdb::ScalarFunction& function,
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& arguments);

// Gives the hugeint parameters of `f` the type DECIMAL, and `constants` INTEGERs after them.
template <bool is_try = false, typename F>
void AddDecimal(Registry& registry, const std::string& name, const F& f, size_t constants = 2,
                bool mode = false) {
  using Shape = typename bridge::Traits<F>::Of;
  duckdb::ScalarFunction function = registry.Make(f);
  for (auto& argument : function.arguments) {
    if (argument.id() == duckdb::LogicalTypeId::HUGEINT)
      argument = duckdb::LogicalType(duckdb::LogicalTypeId::DECIMAL);
  }
  if (function.return_type.id() == duckdb::LogicalTypeId::HUGEINT)
    function.return_type = duckdb::LogicalType(duckdb::LogicalTypeId::DECIMAL);
  for (size_t i = 0; i < constants; ++i) {
    function.arguments.push_back(mode && i == 1 ? duckdb::LogicalType::VARCHAR
                                                : duckdb::LogicalType::INTEGER);
  }
  function.SetBindCallback(BindDecimal<Shape::kCount, is_try>);
  registry.Add(name, std::move(function));
}

}  // namespace weir::engine
