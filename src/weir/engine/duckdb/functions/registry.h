#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "weir/engine/duckdb/functions/duckdb_pch.h"

// How a C++ function becomes a function of the engine.
namespace weir::engine {

// Throws what the engine reports as invalid input: "[CONDITION] message".
[[noreturn]] void Raise(std::string_view condition, const std::string& message);
[[noreturn]] void RaiseOverflow(const std::string& what, const std::string& advice = {});

// A BLOB as argument or result; std::string_view and std::string stand for VARCHAR.
struct Blob {
  std::string_view bytes;
};
struct NewBlob {
  std::string bytes;
};

// Passed first to functions that ask for it.
struct Frame {
  duckdb::ExpressionState& state;

  template <typename T>
  const T& BindData() const {
    return state.expr.Cast<duckdb::BoundFunctionExpression>().bind_info->Cast<T>();
  }
  // Made by the function's init_local_state; of one thread.
  template <typename T>
  T& Local() const {
    return duckdb::ExecuteFunctionState::GetFunctionState(state)->Cast<T>();
  }
};

namespace bridge {

template <typename T>
struct Slot {
  using Physical = T;
  static T Read(const T& value) { return value; }
};
template <>
struct Slot<std::string_view> {
  using Physical = duckdb::string_t;
  static std::string_view Read(const duckdb::string_t& value) {
    return {value.GetData(), value.GetSize()};
  }
};
template <>
struct Slot<Blob> {
  using Physical = duckdb::string_t;
  static Blob Read(const duckdb::string_t& value) { return {{value.GetData(), value.GetSize()}}; }
};

// A parameter that takes NULL too.
template <typename T>
struct Slot<std::optional<T>> {
  using Physical = typename Slot<T>::Physical;
  static std::optional<T> Read(const Physical& value) { return Slot<T>::Read(value); }
};

template <typename T>
struct Result {
  using Physical = T;
  static T Write(duckdb::Vector&, const T& value) { return value; }
};
template <>
struct Result<std::string> {
  using Physical = duckdb::string_t;
  static duckdb::string_t Write(duckdb::Vector& vector, const std::string& value) {
    return duckdb::StringVector::AddStringOrBlob(vector, value.data(), value.size());
  }
};
template <>
struct Result<std::string_view> {
  using Physical = duckdb::string_t;
  static duckdb::string_t Write(duckdb::Vector& vector, std::string_view value) {
    return duckdb::StringVector::AddStringOrBlob(vector, value.data(), value.size());
  }
};
template <>
struct Result<NewBlob> {
  using Physical = duckdb::string_t;
  static duckdb::string_t Write(duckdb::Vector& vector, const NewBlob& value) {
    return duckdb::StringVector::AddStringOrBlob(vector, value.bytes.data(), value.bytes.size());
  }
};

template <typename T>
struct Optional {
  using Value = T;
  static constexpr bool kIs = false;
};
template <typename T>
struct Optional<std::optional<T>> {
  using Value = T;
  static constexpr bool kIs = true;
};

template <typename T>
duckdb::LogicalType TypeOf() {
  using duckdb::LogicalType;
  if constexpr (std::is_same_v<T, bool>)
    return LogicalType::BOOLEAN;
  else if constexpr (std::is_same_v<T, int8_t>)
    return LogicalType::TINYINT;
  else if constexpr (std::is_same_v<T, int16_t>)
    return LogicalType::SMALLINT;
  else if constexpr (std::is_same_v<T, int32_t>)
    return LogicalType::INTEGER;
  else if constexpr (std::is_same_v<T, int64_t>)
    return LogicalType::BIGINT;
  else if constexpr (std::is_same_v<T, float>)
    return LogicalType::FLOAT;
  else if constexpr (std::is_same_v<T, double>)
    return LogicalType::DOUBLE;
  else if constexpr (std::is_same_v<T, duckdb::hugeint_t>)
    return LogicalType::HUGEINT;
  else if constexpr (std::is_same_v<T, duckdb::date_t>)
    return LogicalType::DATE;
  else if constexpr (std::is_same_v<T, duckdb::timestamp_t>)
    return LogicalType::TIMESTAMP;
  else if constexpr (std::is_same_v<T, duckdb::dtime_t>)
    return LogicalType::TIME;
  else if constexpr (std::is_same_v<T, Blob> || std::is_same_v<T, NewBlob>)
    return LogicalType::BLOB;
  else
    return LogicalType::VARCHAR;
}

template <typename R, typename... A>
struct Shape {
  using Value = typename Optional<R>::Value;
  using Out = typename Result<Value>::Physical;
  static constexpr size_t kCount = sizeof...(A);

  static duckdb::vector<duckdb::LogicalType> Arguments() {
    return {TypeOf<typename Optional<A>::Value>()...};
  }
  static duckdb::LogicalType ResultType() { return TypeOf<Value>(); }

  template <typename F, size_t... i>
  static void Run(const F& f, duckdb::DataChunk& input, duckdb::ExpressionState& state,
                  duckdb::Vector& result, std::index_sequence<i...>) {
    const bool constant = input.AllConstant();
    const duckdb::idx_t count = constant ? 1 : input.size();
    std::array<duckdb::UnifiedVectorFormat, kCount> formats;
    (input.data[i].ToUnifiedFormat(input.size(), formats[i]), ...);
    const auto data = std::make_tuple(
        duckdb::UnifiedVectorFormat::GetData<typename Slot<A>::Physical>(formats[i])...);
    result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
    auto* const out = duckdb::FlatVector::GetData<Out>(result);
    auto& validity = duckdb::FlatVector::Validity(result);
    Frame frame{state};
    for (duckdb::idx_t row = 0; row < count; ++row) {
      const std::array<duckdb::idx_t, kCount> at = {formats[i].sel->get_index(row)...};
      if (!((Optional<A>::kIs || formats[i].validity.RowIsValid(at[i])) && ...)) {
        validity.SetInvalid(row);
        continue;
      }
      const auto value = Call(f, frame, ReadCell<A>(formats[i], std::get<i>(data), at[i])...);
      if constexpr (Optional<R>::kIs) {
        if (value) {
          out[row] = Result<Value>::Write(result, *value);
        } else {
          validity.SetInvalid(row);
        }
      } else {
        out[row] = Result<Value>::Write(result, value);
      }
    }
    if (constant) result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
  }

  template <typename T, typename P>
  static T ReadCell(const duckdb::UnifiedVectorFormat& format, const P* data, duckdb::idx_t at) {
    if constexpr (Optional<T>::kIs) {
      if (!format.validity.RowIsValid(at)) return std::nullopt;
    }
    return Slot<T>::Read(data[at]);
  }

  template <typename F>
  static R Call(const F& f, Frame& frame, A... arguments) {
    if constexpr (std::is_invocable_v<F, Frame&, A...>) {
      return f(frame, arguments...);
    } else {
      return f(arguments...);
    }
  }
};

template <typename T>
struct Traits : Traits<decltype(&T::operator())> {};
template <typename R, typename... A>
struct Traits<R(A...)> {
  using Of = Shape<R, A...>;
};
template <typename C, typename R, typename... A>
struct Traits<R (C::*)(A...) const> {
  using Of = Shape<R, A...>;
};
template <typename C, typename R, typename... A>
struct Traits<R (C::*)(Frame&, A...) const> {
  using Of = Shape<R, A...>;
};

}  // namespace bridge

// What is registered under each name, overloads together.
class Registry {
 public:
  // `f` is a lambda or a function over plain values; its parameters and result give the types. It
  // is not called when an argument is NULL, but for parameters that are optional, and gives NULL by
  // an empty optional. It may Raise.
  template <typename F>
  duckdb::ScalarFunction Make(const F& f) {
    using Shape = typename bridge::Traits<F>::Of;
    duckdb::ScalarFunction function(
        Shape::Arguments(), Shape::ResultType(),
        [f](duckdb::DataChunk& input, duckdb::ExpressionState& state, duckdb::Vector& result) {
          Shape::Run(f, input, state, result, std::make_index_sequence<Shape::kCount>());
        });
    function.SetFallible();
    return function;
  }
  template <typename F>
  void Add(const std::string& name, const F& f) {
    Add(name, Make(f));
  }
  void Add(const std::string& name, duckdb::ScalarFunction function);
  void Add(const std::string& name, duckdb::AggregateFunction function);

  void RegisterIn(duckdb::DatabaseInstance& instance);

 private:
  std::map<std::string, duckdb::ScalarFunctionSet> scalars_;
  std::map<std::string, duckdb::AggregateFunctionSet> aggregates_;
};

void AddCasts(Registry& registry);
void AddNumbers(Registry& registry);
void AddDecimals(Registry& registry);
void AddDecimalCasts(Registry& registry);
void AddTexts(Registry& registry);
void AddRegularExpressions(Registry& registry);
void AddDigests(Registry& registry);
void AddHashes(Registry& registry);
void AddTimes(Registry& registry);
void AddTimeTexts(Registry& registry);
void AddClocks(Registry& registry);
void AddCalendars(Registry& registry);
void AddLengths(Registry& registry);
void AddInstants(Registry& registry);
void AddLists(Registry& registry);
void AddListInserts(Registry& registry);
void AddListOrder(Registry& registry);
void AddListSets(Registry& registry);
void AddListTexts(Registry& registry);
void AddOrderKeys(Registry& registry);
void AddJsonPaths(Registry& registry);
void AddJsonTuples(Registry& registry);
void AddJsonReading(Registry& registry);
void AddJsonWriting(Registry& registry);
void AddVariants(Registry& registry);
void AddCsv(Registry& registry);
void AddAggregates(Registry& registry);
void AddCharsets(Registry& registry);
void AddTextForms(Registry& registry);
void AddSentences(Registry& registry);
void AddUrls(Registry& registry);
void AddFormats(Registry& registry);
void AddNumberTexts(Registry& registry);
void AddNumberParts(Registry& registry);
void AddChance(Registry& registry);
void AddCiphers(Registry& registry);
void AddVectors(Registry& registry);
void AddMoments(Registry& registry);
void AddPercentiles(Registry& registry);
void AddBitmaps(Registry& registry);

// What a cast that can't be done says.
[[noreturn]] void RaiseMalformed(std::string_view text, std::string_view target);
[[noreturn]] void RaiseCastOverflow(const std::string& value, std::string_view from,
                                    std::string_view target);

}  // namespace weir::engine
