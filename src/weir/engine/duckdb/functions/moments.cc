#include <cmath>

#include "weir/engine/duckdb/functions/aggregate_bridge.h"

// kurtosis and skewness of what is there, by central moments that are updated row by row.
namespace weir::engine {

namespace {

struct Moments {
  double count = 0;
  double mean = 0;
  double second = 0;
  double third = 0;
  double fourth = 0;

  void Add(double value) {
    Moments one;
    one.count = 1;
    one.mean = value;
    Merge(one);
  }
  void Merge(const Moments& other) {
    if (other.count == 0) return;
    const double n1 = count;
    const double n2 = other.count;
    const double n = n1 + n2;
    const double delta = other.mean - mean;
    const double part = delta / n;
    const double square = part * part;
    const double m2 = second;
    const double m3 = third;
    mean += part * n2;
    second += other.second + delta * part * n1 * n2;
    third += other.third + square * delta * n1 * n2 * (n1 - n2) +
             3 * part * (n1 * other.second - n2 * m2);
    fourth += other.fourth + square * part * delta * n1 * n2 * (n1 * n1 - n1 * n2 + n2 * n2) +
              6 * square * (n1 * n1 * other.second + n2 * n2 * m2) +
              4 * part * (n1 * other.third - n2 * m3);
    count = n;
  }
};

template <bool kurtosis>
struct Shape {
  using State = Moments;

  class Reader {
   public:
    Reader(duckdb::Vector inputs[], duckdb::idx_t count, const duckdb::FunctionData*)
        : values_(inputs[0], count) {}
    void AddTo(State& state, duckdb::idx_t row) {
      if (const double* const value = values_.At(row)) state.Add(*value);
    }

   private:
    Column<double> values_;
  };
  static void Merge(State& into, const State& from, const duckdb::FunctionData*) {
    into.Merge(from);
  }
  static bool Finish(State& state, duckdb::Vector& result, duckdb::idx_t row,
                     const duckdb::FunctionData*) {
    // Without any variance there is no shape.
    if (state.count == 0 || state.second == 0) return false;
    const double n = state.count;
    duckdb::FlatVector::GetData<double>(result)[row] =
        kurtosis
            ? n * state.fourth / (state.second * state.second) - 3
            : std::sqrt(n) * state.third / std::sqrt(state.second * state.second * state.second);
    return true;
  }
};

}  // namespace

void AddMoments(Registry& registry) {
  const auto type = duckdb::LogicalType::DOUBLE;
  registry.Add("weir_kurtosis", MakeAggregate<Shape<true>>({type}, type));
  registry.Add("weir_skewness", MakeAggregate<Shape<false>>({type}, type));
}

}  // namespace weir::engine
