#include <cmath>

#include "weir/engine/duckdb/functions/aggregate_bridge.h"

// Lists of FLOATs as vectors.
namespace weir::engine {

namespace {

using duckdb::idx_t;
using duckdb::LogicalType;
using duckdb::Vector;

// The lists of one argument, and their elements.
class FloatLists {
 public:
  FloatLists(Vector& vector, idx_t count) {
    vector.ToUnifiedFormat(count, lists_);
    Vector& child = duckdb::ListVector::GetEntry(vector);
    child.ToUnifiedFormat(duckdb::ListVector::GetListSize(vector), elements_);
  }
  // Nothing where the list, or one of its elements, is NULL.
  bool Read(idx_t row, std::vector<float>& values) const {
    const idx_t at = lists_.sel->get_index(row);
    if (!lists_.validity.RowIsValid(at)) return false;
    const auto& entry = duckdb::UnifiedVectorFormat::GetData<duckdb::list_entry_t>(lists_)[at];
    values.clear();
    for (idx_t i = 0; i < entry.length; ++i) {
      const idx_t element = elements_.sel->get_index(entry.offset + i);
      if (!elements_.validity.RowIsValid(element)) return false;
      values.push_back(duckdb::UnifiedVectorFormat::GetData<float>(elements_)[element]);
    }
    return true;
  }

 private:
  duckdb::UnifiedVectorFormat lists_;
  duckdb::UnifiedVectorFormat elements_;
};

[[noreturn]] void RaiseLengths(const char* function, size_t left, size_t right) {
  Raise("VECTOR_DIMENSION_MISMATCH",
        "Vectors passed to `" + std::string(function) + "` must have the same dimension, but got " +
            std::to_string(left) + " and " + std::to_string(right) + ".");
}

const LogicalType& FloatList() {
  static const LogicalType type = LogicalType::LIST(LogicalType::FLOAT);
  return type;
}

using Floats = std::vector<float>;

// f(left, right) of two vectors of one length.
template <typename F>
void AddPair(Registry& registry, const std::string& name, const F& f) {
  duckdb::ScalarFunction function(
      {FloatList(), FloatList()}, LogicalType::FLOAT,
      [f, name](duckdb::DataChunk& input, duckdb::ExpressionState&, Vector& result) {
        const bool constant = input.AllConstant();
        const idx_t count = constant ? 1 : input.size();
        const FloatLists lefts(input.data[0], input.size());
        const FloatLists rights(input.data[1], input.size());
        result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
        auto* const out = duckdb::FlatVector::GetData<float>(result);
        Floats left;
        Floats right;
        for (idx_t row = 0; row < count; ++row) {
          std::optional<float> value;
          if (lefts.Read(row, left) && rights.Read(row, right)) {
            if (left.size() != right.size()) {
              RaiseLengths(name.c_str() + std::string_view("weir_").size(), left.size(),
                           right.size());
            }
            value = f(left, right);
          }
          if (value) {
            out[row] = *value;
          } else {
            duckdb::FlatVector::SetNull(result, row, true);
          }
        }
        if (constant) result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
      });
  function.SetFallible();
  registry.Add(name, std::move(function));
}

// Spark adds up in FLOATs, which the last digits show.
float Dot(const Floats& left, const Floats& right) {
  float sum = 0;
  for (size_t i = 0; i < left.size(); ++i) sum += left[i] * right[i];
  return sum;
}

float Root(float value) { return static_cast<float>(std::sqrt(double{value})); }

std::optional<float> Cosine(const Floats& left, const Floats& right) {
  const float sizes = Dot(left, left) * Dot(right, right);
  if (sizes == 0) return std::nullopt;
  return Dot(left, right) / Root(sizes);
}

std::optional<float> Distance(const Floats& left, const Floats& right) {
  float sum = 0;
  for (size_t i = 0; i < left.size(); ++i) {
    const float apart = left[i] - right[i];
    sum += apart * apart;
  }
  return Root(sum);
}

float Norm(const Floats& values, float degree) {
  float norm = 0;
  for (const float value : values) {
    const float size = std::fabs(value);
    if (degree == 1.0f) {
      norm += size;
    } else if (degree == 2.0f) {
      norm += size * size;
    } else {
      norm = std::max(norm, size);
    }
  }
  return degree == 2.0f ? Root(norm) : norm;
}

float DegreeOf(float degree, const char* function) {
  if (degree == 1.0f || degree == 2.0f || (std::isinf(degree) && degree > 0)) return degree;
  Raise("INVALID_VECTOR_NORM_DEGREE", "The degree of `" + std::string(function) +
                                          "` must be 1.0, 2.0 or infinity, but got " +
                                          std::to_string(degree) + ".");
}

// The row's degree; nothing for NULL.
std::optional<float> DegreeAt(const duckdb::UnifiedVectorFormat& degrees, idx_t row) {
  const idx_t at = degrees.sel->get_index(row);
  if (!degrees.validity.RowIsValid(at)) return std::nullopt;
  return duckdb::UnifiedVectorFormat::GetData<float>(degrees)[at];
}

void Norms(duckdb::DataChunk& input, duckdb::ExpressionState&, Vector& result) {
  const bool constant = input.AllConstant();
  const idx_t count = constant ? 1 : input.size();
  const FloatLists lists(input.data[0], input.size());
  duckdb::UnifiedVectorFormat degrees;
  input.data[1].ToUnifiedFormat(input.size(), degrees);
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  auto* const out = duckdb::FlatVector::GetData<float>(result);
  Floats values;
  for (idx_t row = 0; row < count; ++row) {
    const auto degree = DegreeAt(degrees, row);
    if (degree && lists.Read(row, values)) {
      out[row] = Norm(values, DegreeOf(*degree, "vector_norm"));
    } else {
      duckdb::FlatVector::SetNull(result, row, true);
    }
  }
  if (constant) result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
}

void Normalize(duckdb::DataChunk& input, duckdb::ExpressionState&, Vector& result) {
  const bool constant = input.AllConstant();
  const idx_t count = constant ? 1 : input.size();
  const FloatLists lists(input.data[0], input.size());
  duckdb::UnifiedVectorFormat degrees;
  input.data[1].ToUnifiedFormat(input.size(), degrees);
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  Floats values;
  for (idx_t row = 0; row < count; ++row) {
    duckdb::FlatVector::GetData<duckdb::list_entry_t>(result)[row] = {0, 0};
    const auto degree = DegreeAt(degrees, row);
    if (!degree || !lists.Read(row, values)) {
      duckdb::FlatVector::SetNull(result, row, true);
      continue;
    }
    const float norm = Norm(values, DegreeOf(*degree, "vector_normalize"));
    if (norm == 0 && !values.empty()) {
      duckdb::FlatVector::SetNull(result, row, true);
      continue;
    }
    for (float& value : values) value /= norm;
    WriteList(result, row, values);
  }
  if (constant) result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
}

// Sums element by element; vectors with NULL are passed over.
struct VectorSum {
  std::vector<double> sums;
  int64_t count = 0;

  void Add(const Floats& values, const char* function) {
    if (count == 0) sums.assign(values.size(), 0);
    if (sums.size() != values.size()) RaiseLengths(function, sums.size(), values.size());
    for (size_t i = 0; i < values.size(); ++i) sums[i] += double{values[i]};
    ++count;
  }
  void Merge(const VectorSum& other, const char* function) {
    if (other.count == 0) return;
    if (count == 0) {
      *this = other;
      return;
    }
    if (sums.size() != other.sums.size()) {
      RaiseLengths(function, sums.size(), other.sums.size());
    }
    for (size_t i = 0; i < sums.size(); ++i) sums[i] += other.sums[i];
    count += other.count;
  }
};

template <bool mean>
struct VectorAggregate {
  static constexpr const char* kName = mean ? "vector_avg" : "vector_sum";
  using State = VectorSum;

  class Reader {
   public:
    Reader(Vector inputs[], idx_t count, const duckdb::FunctionData*) : lists_(inputs[0], count) {}
    void AddTo(State& state, idx_t row) {
      if (lists_.Read(row, values_)) state.Add(values_, kName);
    }

   private:
    FloatLists lists_;
    Floats values_;
  };
  static void Merge(State& into, const State& from, const duckdb::FunctionData*) {
    into.Merge(from, kName);
  }
  static bool Finish(State& state, Vector& result, idx_t row, const duckdb::FunctionData*) {
    if (state.count == 0) return false;
    Floats values;
    for (const double sum : state.sums) {
      values.push_back(static_cast<float>(mean ? sum / static_cast<double>(state.count) : sum));
    }
    WriteList(result, row, values);
    return true;
  }
};

}  // namespace

void AddVectors(Registry& registry) {
  AddPair(registry, "weir_vector_inner_product",
          [](const Floats& left, const Floats& right) -> std::optional<float> {
            return Dot(left, right);
          });
  AddPair(registry, "weir_vector_cosine_similarity", Cosine);
  AddPair(registry, "weir_vector_l2_distance", Distance);
  duckdb::ScalarFunction norm({FloatList(), LogicalType::FLOAT}, LogicalType::FLOAT, Norms);
  norm.SetFallible();
  registry.Add("weir_vector_norm", std::move(norm));
  duckdb::ScalarFunction normalize({FloatList(), LogicalType::FLOAT}, FloatList(), Normalize);
  normalize.SetFallible();
  registry.Add("weir_vector_normalize", std::move(normalize));
  registry.Add("weir_vector_sum",
               MakeAggregate<VectorAggregate<false>>({FloatList()}, FloatList()));
  registry.Add("weir_vector_avg", MakeAggregate<VectorAggregate<true>>({FloatList()}, FloatList()));
}

}  // namespace weir::engine
