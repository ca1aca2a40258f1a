#include <algorithm>

#include <duckdb/function/lambda_functions.hpp>

#include "weir/engine/duckdb/functions/list_choice.h"

// array_sort(array, (left, right) -> n): lists in the order that a lambda gives.
namespace weir::engine {

namespace {

using duckdb::idx_t;
using duckdb::list_entry_t;
using duckdb::LogicalType;
using duckdb::Vector;

// Asks the lambda about many pairs at once. DuckDB hands its parameters over from the last to the
// first, and what it uses from outside after them.
class Comparator {
 public:
  Comparator(duckdb::DataChunk& input, duckdb::ExpressionState& state)
      : input_(input),
        elements_(duckdb::ListVector::GetEntry(input.data[0])),
        executor_(state.GetContext(), *Lambda(state)),
        lefts_(STANDARD_VECTOR_SIZE),
        rights_(STANDARD_VECTOR_SIZE),
        rows_(STANDARD_VECTOR_SIZE) {
    duckdb::vector<LogicalType> types{elements_.GetType(), elements_.GetType()};
    for (idx_t i = 1; i < input.ColumnCount(); ++i) types.push_back(input.data[i].GetType());
    pairs_.InitializeEmpty(types);
    results_.Initialize(duckdb::Allocator::DefaultAllocator(), {Lambda(state)->return_type});
  }

  bool full() const { return count_ == STANDARD_VECTOR_SIZE; }
  void Ask(idx_t row, idx_t left, idx_t right) {
    lefts_.set_index(count_, left);
    rights_.set_index(count_, right);
    rows_.set_index(count_, row);
    ++count_;
  }
  // For each pair asked about: whether the left one may stand first.
  void Answer(std::vector<bool>& in_order) {
    pairs_.data[0].Slice(elements_, rights_, count_);
    pairs_.data[1].Slice(elements_, lefts_, count_);
    for (idx_t i = 1; i < input_.ColumnCount(); ++i) {
      pairs_.data[i + 1].Slice(input_.data[i], rows_, count_);
    }
    pairs_.SetCardinality(count_);
    results_.Reset();
    executor_.Execute(pairs_, results_);
    duckdb::UnifiedVectorFormat answers;
    results_.data[0].ToUnifiedFormat(count_, answers);
    in_order.clear();
    for (idx_t i = 0; i < count_; ++i) {
      const idx_t at = answers.sel->get_index(i);
      if (!answers.validity.RowIsValid(at)) {
        Raise("COMPARATOR_RETURNS_NULL",
              "The comparator has returned a NULL for a comparison of two elements. It should "
              "return a positive integer for \"greater than\", 0 for \"equal\" and a negative "
              "integer for \"less than\".");
      }
      in_order.push_back(duckdb::UnifiedVectorFormat::GetData<int32_t>(answers)[at] <= 0);
    }
    count_ = 0;
  }

 private:
  static duckdb::Expression* Lambda(duckdb::ExpressionState& state) {
    return Frame{state}.BindData<duckdb::ListLambdaBindData>().lambda_expr.get();
  }

  duckdb::DataChunk& input_;
  Vector& elements_;
  duckdb::ExpressionExecutor executor_;
  duckdb::DataChunk pairs_;
  duckdb::DataChunk results_;
  duckdb::SelectionVector lefts_;
  duckdb::SelectionVector rights_;
  duckdb::SelectionVector rows_;
  idx_t count_ = 0;
};

// Two sorted runs that become one, in [begin, end) of all elements.
struct Merge {
  idx_t row;
  idx_t left;
  idx_t middle;
  idx_t right;
  idx_t end;
  idx_t out;

  bool IsDone() const { return left == middle || right == end; }
};

// Sorts all lists together, so that the lambda sees many pairs at a time. Equal ones keep their
// order.
class Sorter {
 public:
  Sorter(Comparator& comparator, std::vector<idx_t>& order)
      : comparator_(comparator), order_(order), merged_(order.size()) {}

  void Sort(const std::vector<list_entry_t>& lists) {
    idx_t longest = 0;
    for (const list_entry_t& list : lists) longest = std::max<idx_t>(longest, list.length);
    for (idx_t width = 1; width < longest; width *= 2) {
      merged_ = order_;
      std::vector<Merge> merges;
      for (idx_t row = 0; row < lists.size(); ++row) {
        const idx_t end = lists[row].offset + lists[row].length;
        for (idx_t begin = lists[row].offset; begin + width < end; begin += 2 * width) {
          const idx_t middle = begin + width;
          merges.push_back({row, begin, middle, middle, std::min(middle + width, end), begin});
        }
      }
      Run(merges);
      order_ = merged_;
    }
  }

 private:
  void Run(std::vector<Merge>& merges) {
    while (!merges.empty()) {
      for (size_t from = 0; from < merges.size();) {
        const size_t begin = from;
        for (; from < merges.size() && !comparator_.full(); ++from) {
          const Merge& merge = merges[from];
          comparator_.Ask(merge.row, order_[merge.left], order_[merge.right]);
        }
        comparator_.Answer(in_order_);
        for (size_t i = begin; i < from; ++i) Step(merges[i], in_order_[i - begin]);
      }
      std::erase_if(merges, [](const Merge& merge) { return merge.IsDone(); });
    }
  }

  void Step(Merge& merge, bool take_left) {
    merged_[merge.out++] = order_[take_left ? merge.left++ : merge.right++];
    if (!merge.IsDone()) return;
    while (merge.left < merge.middle) merged_[merge.out++] = order_[merge.left++];
    while (merge.right < merge.end) merged_[merge.out++] = order_[merge.right++];
  }

  Comparator& comparator_;
  std::vector<idx_t>& order_;
  std::vector<idx_t> merged_;
  std::vector<bool> in_order_;
};

void SortBy(duckdb::DataChunk& input, duckdb::ExpressionState& state, Vector& result) {
  const bool constant = input.AllConstant();
  const idx_t count = constant ? 1 : input.size();
  duckdb::UnifiedVectorFormat format;
  input.data[0].ToUnifiedFormat(input.size(), format);
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  std::vector<idx_t> order;
  std::vector<list_entry_t> lists(count, {0, 0});
  for (idx_t row = 0; row < count; ++row) {
    const idx_t at = format.sel->get_index(row);
    lists[row].offset = order.size();
    if (!format.validity.RowIsValid(at)) {
      duckdb::FlatVector::SetNull(result, row, true);
      continue;
    }
    const auto& list = duckdb::UnifiedVectorFormat::GetData<list_entry_t>(format)[at];
    lists[row].length = list.length;
    for (idx_t i = 0; i < list.length; ++i) order.push_back(list.offset + i);
  }
  Comparator comparator(input, state);
  Sorter(comparator, order).Sort(lists);
  std::copy(lists.begin(), lists.end(), duckdb::FlatVector::GetData<list_entry_t>(result));
  CopyChosen(input.data[0], result, order);
  if (constant) result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
}

LogicalType BindElementParameter(duckdb::ClientContext&,
                                 const duckdb::vector<LogicalType>& arguments, idx_t) {
  return duckdb::LambdaFunctions::DetermineListChildType(arguments[0]);
}

duckdb::unique_ptr<duckdb::FunctionData> BindSortBy(
    duckdb::ClientContext& context, duckdb::ScalarFunction& function,
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& arguments) {
  function.return_type = arguments[0]->return_type;
  return duckdb::LambdaFunctions::ListLambdaBind(context, function, arguments);
}

}  // namespace

void AddListOrder(Registry& registry) {
  duckdb::ScalarFunction function({LogicalType::LIST(LogicalType::ANY), LogicalType::LAMBDA},
                                  LogicalType::LIST(LogicalType::ANY), SortBy, BindSortBy);
  function.SetBindLambdaCallback(BindElementParameter);
  function.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  function.SetFallible();
  registry.Add("weir_sort_by", std::move(function));
}

}  // namespace weir::engine
