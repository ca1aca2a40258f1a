#include <cmath>
#include <map>

#include "weir/engine/duckdb/functions/aggregate_bridge.h"
#include "weir/engine/duckdb/functions/quantile_summary.h"

// Quantiles within an error, quantiles of values that count several times, histograms.
namespace weir::engine {

namespace {

using duckdb::FunctionData;
using duckdb::idx_t;
using duckdb::LogicalType;
using duckdb::Vector;

using Arguments = duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>;

// The constants behind the values: shares of quantiles, and an accuracy or a number of bins.
struct Constants : FunctionData {
  std::vector<double> shares;
  int64_t number = 0;

  duckdb::unique_ptr<FunctionData> Copy() const override {
    return duckdb::make_uniq<Constants>(*this);
  }
  bool Equals(const FunctionData& other) const override {
    const auto& constants = other.Cast<Constants>();
    return shares == constants.shares && number == constants.number;
  }
};

[[noreturn]] void RaiseOutOfRange(const std::string& what, const std::string& range,
                                  const std::string& value) {
  Raise("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
        "The " + what + " must be between " + range + " (current value = " + value + ").");
}

duckdb::Value ConstantOf(duckdb::ClientContext& context, duckdb::Expression& argument,
                         const std::string& name) {
  if (!argument.IsFoldable()) {
    Raise("DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
          "The input `" + name + "` should be a constant; however, got a value of each row.");
  }
  duckdb::Value value = duckdb::ExpressionExecutor::EvaluateScalar(context, argument);
  if (value.IsNull()) {
    Raise("DATATYPE_MISMATCH.UNEXPECTED_NULL", "The " + name + " must not be null.");
  }
  return value;
}

std::vector<double> SharesOf(duckdb::ClientContext& context, duckdb::Expression& argument) {
  std::vector<double> shares;
  const duckdb::Value list = ConstantOf(context, argument, "percentage");
  for (const duckdb::Value& share : duckdb::ListValue::GetChildren(list)) {
    if (share.IsNull()) {
      Raise("DATATYPE_MISMATCH.UNEXPECTED_NULL", "The percentage must not be null.");
    }
    shares.push_back(share.GetValue<double>());
    if (!(shares.back() >= 0 && shares.back() <= 1)) {
      RaiseOutOfRange("percentage", "[0.0, 1.0]", share.ToString());
    }
  }
  return shares;
}

struct Summary {
  std::optional<QuantileSummary> summary;
};

// (value, shares, accuracy)
struct ApproxPercentile {
  using State = Summary;

  static duckdb::unique_ptr<FunctionData> Bind(duckdb::ClientContext& context,
                                               duckdb::AggregateFunction& function,
                                               Arguments& arguments) {
    auto constants = duckdb::make_uniq<Constants>();
    constants->shares = SharesOf(context, *arguments[1]);
    const duckdb::Value accuracy = ConstantOf(context, *arguments[2], "accuracy");
    constants->number = accuracy.GetValue<int64_t>();
    if (constants->number <= 0 || constants->number > INT32_MAX) {
      RaiseOutOfRange("accuracy", "(0, 2147483647]", accuracy.ToString());
    }
    duckdb::Function::EraseArgument(function, arguments, 2);
    duckdb::Function::EraseArgument(function, arguments, 1);
    return constants;
  }

  class Reader {
   public:
    Reader(Vector inputs[], idx_t count, const FunctionData* data)
        : values_(inputs[0], count), error_(ErrorOf(data)) {}
    void AddTo(State& state, idx_t row) {
      const double* const value = values_.At(row);
      if (value == nullptr) return;
      if (!state.summary) state.summary.emplace(error_);
      state.summary->Add(*value);
    }

   private:
    Column<double> values_;
    double error_;
  };
  static double ErrorOf(const FunctionData* data) {
    return 1.0 / static_cast<double>(data->Cast<Constants>().number);
  }
  static void Merge(State& into, const State& from, const FunctionData*) {
    if (!from.summary) return;
    if (into.summary) {
      into.summary->Merge(*from.summary);
    } else {
      into = from;
    }
  }
  static bool Finish(State& state, Vector& result, idx_t row, const FunctionData* data) {
    const auto& shares = data->Cast<Constants>().shares;
    if (!state.summary || shares.empty()) return false;
    WriteList(result, row, state.summary->Query(shares));
    return true;
  }
};

// (value, how often, shares): as if the value stood there so often.
struct WeightedPercentile {
  struct State {
    std::map<double, int64_t> counts;  // NaN is not among its keys.
    int64_t nans = 0;
  };

  static duckdb::unique_ptr<FunctionData> Bind(duckdb::ClientContext& context,
                                               duckdb::AggregateFunction& function,
                                               Arguments& arguments) {
    auto constants = duckdb::make_uniq<Constants>();
    constants->shares = SharesOf(context, *arguments[2]);
    duckdb::Function::EraseArgument(function, arguments, 2);
    return constants;
  }

  class Reader {
   public:
    Reader(Vector inputs[], idx_t count, const FunctionData*)
        : values_(inputs[0], count), counts_(inputs[1], count) {}
    void AddTo(State& state, idx_t row) {
      const double* const value = values_.At(row);
      const int64_t* const count = counts_.At(row);
      if (value == nullptr || count == nullptr || *count == 0) return;
      if (*count < 0) {
        Raise("NEGATIVE_VALUES_IN_FREQUENCY_EXPRESSION",
              "Found the negative value in the frequency: " + std::to_string(*count) +
                  "L, but expected a positive integral value.");
      }
      (std::isnan(*value) ? state.nans : state.counts[*value]) += *count;
    }

   private:
    Column<double> values_;
    Column<int64_t> counts_;
  };
  static void Merge(State& into, const State& from, const FunctionData*) {
    for (const auto& [value, count] : from.counts) into.counts[value] += count;
    into.nans += from.nans;
  }
  static bool Finish(State& state, Vector& result, idx_t row, const FunctionData* data) {
    const auto& shares = data->Cast<Constants>().shares;
    int64_t total = state.nans;
    for (const auto& [value, count] : state.counts) total += count;
    if (total == 0 || shares.empty()) return false;
    std::vector<double> values;
    for (const double share : shares) values.push_back(At(state, share, total));
    WriteList(result, row, values);
    return true;
  }

 private:
  static double At(const State& state, double share, int64_t total) {
    const double position = static_cast<double>(total - 1) * share;
    const double lower = std::floor(position);
    const double before = ValueAt(state, static_cast<int64_t>(lower));
    const double after = ValueAt(state, static_cast<int64_t>(std::ceil(position)));
    if (before == after) return before;
    return (std::ceil(position) - position) * before + (position - lower) * after;
  }
  static double ValueAt(const State& state, int64_t rank) {
    for (const auto& [value, count] : state.counts) {
      if (rank < count) return value;
      rank -= count;
    }
    return std::nan("");
  }
};

// Hive's streaming histogram: the two nearest bins become one when there are too many.
struct Bins {
  struct Bin {
    double x;
    double y;
  };
  std::vector<Bin> bins;
  size_t most = 0;
  uint64_t seed = (31183 ^ 0x5DEECE66D) & ((uint64_t{1} << 48) - 1);  // java.util.Random's.

  void Add(double value) {
    const auto at = std::lower_bound(bins.begin(), bins.end(), value,
                                     [](const Bin& bin, double x) { return bin.x < x; });
    if (at != bins.end() && at->x == value) {
      ++at->y;
      return;
    }
    bins.insert(at, {value, 1});
    Trim();
  }
  void Merge(const Bins& other) {
    if (most == 0) most = other.most;
    bins.insert(bins.end(), other.bins.begin(), other.bins.end());
    std::stable_sort(bins.begin(), bins.end(),
                     [](const Bin& left, const Bin& right) { return left.x < right.x; });
    Trim();
  }

 private:
  uint32_t Bits(int bits) {
    seed = (seed * 0x5DEECE66D + 0xB) & ((uint64_t{1} << 48) - 1);
    return static_cast<uint32_t>(seed >> (48 - bits));
  }
  double NextDouble() {
    const uint64_t high = uint64_t{Bits(26)} << 27;
    return static_cast<double>(high + Bits(27)) * 0x1.0p-53;
  }
  void Trim() {
    while (bins.size() > most) {
      size_t nearest = 0;
      double gap = bins[1].x - bins[0].x;
      int same = 1;
      for (size_t i = 1; i + 1 < bins.size(); ++i) {
        const double next = bins[i + 1].x - bins[i].x;
        if (next < gap) {
          gap = next;
          nearest = i;
          same = 1;
        } else if (next == gap && NextDouble() <= 1.0 / ++same) {
          nearest = i;
        }
      }
      Bin& into = bins[nearest];
      const Bin& from = bins[nearest + 1];
      const double height = into.y + from.y;
      into.x *= into.y / height;
      into.x += from.x / height * from.y;
      into.y = height;
      bins.erase(bins.begin() + static_cast<std::ptrdiff_t>(nearest) + 1);
    }
  }
};

// (value, how many bins)
struct Histogram {
  using State = Bins;

  static duckdb::unique_ptr<FunctionData> Bind(duckdb::ClientContext& context,
                                               duckdb::AggregateFunction& function,
                                               Arguments& arguments) {
    auto constants = duckdb::make_uniq<Constants>();
    const duckdb::Value number = ConstantOf(context, *arguments[1], "nb");
    constants->number = number.GetValue<int64_t>();
    if (constants->number < 2) RaiseOutOfRange("nb", "[2, 2147483647]", number.ToString());
    duckdb::Function::EraseArgument(function, arguments, 1);
    return constants;
  }

  class Reader {
   public:
    Reader(Vector inputs[], idx_t count, const FunctionData* data)
        : values_(inputs[0], count), most_(data->Cast<Constants>().number) {}
    void AddTo(State& state, idx_t row) {
      state.most = static_cast<size_t>(most_);
      if (const double* const value = values_.At(row)) state.Add(*value);
    }

   private:
    Column<double> values_;
    int64_t most_;
  };
  static void Merge(State& into, const State& from, const FunctionData*) { into.Merge(from); }
  static bool Finish(State& state, Vector& result, idx_t row, const FunctionData*) {
    if (state.bins.empty()) return false;
    const idx_t offset = duckdb::ListVector::GetListSize(result);
    const idx_t size = state.bins.size();
    duckdb::ListVector::Reserve(result, offset + size);
    auto& fields = duckdb::StructVector::GetEntries(duckdb::ListVector::GetEntry(result));
    for (idx_t i = 0; i < size; ++i) {
      duckdb::FlatVector::GetData<double>(*fields[0])[offset + i] = state.bins[i].x;
      duckdb::FlatVector::GetData<double>(*fields[1])[offset + i] = state.bins[i].y;
    }
    duckdb::ListVector::SetListSize(result, offset + size);
    duckdb::FlatVector::GetData<duckdb::list_entry_t>(result)[row] = {offset, size};
    return true;
  }
};

}  // namespace

void AddPercentiles(Registry& registry) {
  const auto number = LogicalType::DOUBLE;
  const auto numbers = LogicalType::LIST(number);
  registry.Add("weir_approx_percentile",
               MakeAggregate<ApproxPercentile>({number, numbers, LogicalType::BIGINT}, numbers,
                                               ApproxPercentile::Bind));
  registry.Add("weir_percentile",
               MakeAggregate<WeightedPercentile>({number, LogicalType::BIGINT, numbers}, numbers,
                                                 WeightedPercentile::Bind));
  registry.Add(
      "weir_histogram",
      MakeAggregate<Histogram>(
          {number, LogicalType::BIGINT},
          LogicalType::LIST(LogicalType::STRUCT({{"x", number}, {"y", number}})), Histogram::Bind));
}

}  // namespace weir::engine
