#pragma once

#include <algorithm>
#include <utility>

#include "weir/engine/duckdb/functions/registry.h"

// How a C++ class becomes an aggregate of the engine. `Of` has:
//   State                                          What one group holds; made when its first row
//   comes. class Reader { Reader(Vector inputs[], count, const FunctionData*); AddTo(State&, row)
//   }; Merge(State& into, const State& from, const FunctionData*) Finish(State&, Vector& result,
//   row, const FunctionData*)   False: NULL. The result is flat.
namespace weir::engine {

template <typename Of>
struct AggregateCalls {
  using State = typename Of::State;
  using Data = duckdb::AggregateInputData;
  using idx_t = duckdb::idx_t;
  using Vector = duckdb::Vector;

  static State& StateAt(State*& slot) {
    if (slot == nullptr) slot = new State();
    return *slot;
  }
  static idx_t Size(const duckdb::AggregateFunction&) { return sizeof(State*); }
  static void Initialize(const duckdb::AggregateFunction&, duckdb::data_ptr_t state) {
    *reinterpret_cast<State**>(state) = nullptr;
  }
  static void Update(Vector inputs[], Data& data, idx_t, Vector& states, idx_t count) {
    duckdb::UnifiedVectorFormat format;
    states.ToUnifiedFormat(count, format);
    auto* const slots = duckdb::UnifiedVectorFormat::GetData<State**>(format);
    typename Of::Reader reader(inputs, count, data.bind_data.get());
    for (idx_t row = 0; row < count; ++row) {
      reader.AddTo(StateAt(*slots[format.sel->get_index(row)]), row);
    }
  }
  static void SimpleUpdate(Vector inputs[], Data& data, idx_t, duckdb::data_ptr_t state,
                           idx_t count) {
    typename Of::Reader reader(inputs, count, data.bind_data.get());
    State& one = StateAt(*reinterpret_cast<State**>(state));
    for (idx_t row = 0; row < count; ++row) reader.AddTo(one, row);
  }
  static void Combine(Vector& source, Vector& target, Data& data, idx_t count) {
    duckdb::UnifiedVectorFormat from;
    duckdb::UnifiedVectorFormat into;
    source.ToUnifiedFormat(count, from);
    target.ToUnifiedFormat(count, into);
    auto* const sources = duckdb::UnifiedVectorFormat::GetData<State**>(from);
    auto* const targets = duckdb::UnifiedVectorFormat::GetData<State**>(into);
    for (idx_t i = 0; i < count; ++i) {
      const State* const one = *sources[from.sel->get_index(i)];
      if (one == nullptr) continue;
      Of::Merge(StateAt(*targets[into.sel->get_index(i)]), *one, data.bind_data.get());
    }
  }
  static void Finalize(Vector& states, Data& data, Vector& result, idx_t count, idx_t offset) {
    duckdb::UnifiedVectorFormat format;
    states.ToUnifiedFormat(count, format);
    auto* const slots = duckdb::UnifiedVectorFormat::GetData<State**>(format);
    result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
    for (idx_t i = 0; i < count; ++i) {
      State*& slot = *slots[format.sel->get_index(i)];
      if (!Of::Finish(StateAt(slot), result, offset + i, data.bind_data.get())) {
        duckdb::FlatVector::SetNull(result, offset + i, true);
      }
    }
  }
  static void Destroy(Vector& states, Data&, idx_t count) {
    duckdb::UnifiedVectorFormat format;
    states.ToUnifiedFormat(count, format);
    auto* const slots = duckdb::UnifiedVectorFormat::GetData<State**>(format);
    for (idx_t i = 0; i < count; ++i) {
      delete std::exchange(*slots[format.sel->get_index(i)], nullptr);
    }
  }
};

template <typename Of>
duckdb::AggregateFunction MakeAggregate(duckdb::vector<duckdb::LogicalType> arguments,
                                        duckdb::LogicalType result,
                                        duckdb::bind_aggregate_function_t bind = nullptr) {
  using Calls = AggregateCalls<Of>;
  return duckdb::AggregateFunction(std::move(arguments), std::move(result), Calls::Size,
                                   Calls::Initialize, Calls::Update, Calls::Combine,
                                   Calls::Finalize, duckdb::FunctionNullHandling::SPECIAL_HANDLING,
                                   Calls::SimpleUpdate, bind, Calls::Destroy);
}

// One argument of plain values.
template <typename T>
class Column {
 public:
  Column(duckdb::Vector& vector, duckdb::idx_t count) { vector.ToUnifiedFormat(count, format_); }
  // Null for NULL.
  const T* At(duckdb::idx_t row) const {
    const auto at = format_.sel->get_index(row);
    if (!format_.validity.RowIsValid(at)) return nullptr;
    return duckdb::UnifiedVectorFormat::GetData<T>(format_) + at;
  }

 private:
  duckdb::UnifiedVectorFormat format_;
};

// Writes a list of plain values into a flat result.
template <typename T>
void WriteList(duckdb::Vector& result, duckdb::idx_t row, const std::vector<T>& values) {
  const auto offset = duckdb::ListVector::GetListSize(result);
  duckdb::ListVector::Reserve(result, offset + values.size());
  auto* const child = duckdb::FlatVector::GetData<T>(duckdb::ListVector::GetEntry(result));
  std::copy(values.begin(), values.end(), child + offset);
  duckdb::ListVector::SetListSize(result, offset + values.size());
  duckdb::FlatVector::GetData<duckdb::list_entry_t>(result)[row] = {offset, values.size()};
}

}  // namespace weir::engine
