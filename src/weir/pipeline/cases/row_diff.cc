#include "weir/pipeline/cases/row_diff.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <unordered_map>

#include "weir/base/check.h"

namespace weir::pipeline {
namespace {

using Row = std::vector<Value>;

// Beyond this many leftover rows nobody reads which one was meant to be which.
constexpr size_t kMostPaired = 10'000;

bool HoldsReals(const DataType& type) {
  switch (type.id()) {
    case TypeId::kFloat:
    case TypeId::kDouble:
      return true;
    case TypeId::kArray:
      return HoldsReals(type.element());
    case TypeId::kMap:
      return HoldsReals(type.key()) || HoldsReals(type.value());
    case TypeId::kStruct:
      return std::any_of(type.fields().begin(), type.fields().end(),
                         [](const Field& field) { return HoldsReals(field.type); });
    default:
      return false;
  }
}

// Equal texts for equal values only. Entries of maps come sorted.
std::string Canonical(const Value& value) {
  if (value.is_null()) return "-";
  if (!value.type().IsNested()) {
    const std::string text = value.ToString();
    return std::to_string(text.size()) + ":" + text;
  }
  const bool is_map = value.type().id() == TypeId::kMap;
  std::vector<std::string> parts;
  for (size_t i = 0; i < value.items().size(); i += is_map ? 2 : 1) {
    parts.push_back(Canonical(value.items()[i]));
    if (is_map) parts.back() += Canonical(value.items()[i + 1]);
  }
  if (is_map) std::sort(parts.begin(), parts.end());
  std::string text = std::to_string(parts.size()) + "(";
  for (const std::string& part : parts) text += part;
  return text + ")";
}

template <typename Columns>
std::string Canonical(const Row& row, const Columns& columns) {
  std::string text;
  for (const size_t column : columns) text += Canonical(row[column]);
  return text;
}

bool SameReals(double left, double right, double tolerance) {
  if (std::isnan(left) || std::isnan(right)) return std::isnan(left) && std::isnan(right);
  if (left == right) return true;
  if (std::isinf(left) || std::isinf(right)) return false;
  return std::abs(left - right) <= tolerance * std::max(std::abs(left), std::abs(right));
}

bool SameMaps(const Row& left, const Row& right) {
  std::vector<bool> taken(right.size() / 2);
  for (size_t i = 0; i < left.size(); i += 2) {
    size_t j = 0;
    while (j < taken.size() && (taken[j] || !SameValue(left[i], right[2 * j]) ||
                                !SameValue(left[i + 1], right[2 * j + 1]))) {
      ++j;
    }
    if (j == taken.size()) return false;
    taken[j] = true;
  }
  return true;
}

bool SameRow(const Row& left, const Row& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), SameValue);
}

class Comparer {
 public:
  Comparer(const TypedRows& expected, const TypedRows& found, const RowComparison& comparison)
      : expected_(expected.rows),
        found_(found.rows),
        comparison_(comparison),
        partner_(expected.rows.size()),
        taken_(found.rows.size()) {
    diff_.columns = expected.columns;
    diff_.expected_rows = static_cast<int64_t>(expected_.size());
    diff_.found_rows = static_cast<int64_t>(found_.size());
    for (size_t i = 0; i < diff_.columns.size(); ++i) {
      if (!HoldsReals(diff_.columns[i].type)) exact_.push_back(i);
    }
  }

  RowDiff Compare() {
    MatchEqual();
    PairLeftovers();
    for (size_t i = 0; i < expected_.size(); ++i) {
      if (!equal_[i]) AddExpected(i);
    }
    for (size_t j = 0; j < found_.size(); ++j) {
      if (!taken_[j]) Add({RowChange::Kind::kUnexpected, {}, found_[j], {}}, diff_.unexpected);
    }
    if (comparison_.ordered && diff_.IsSame()) FindDisorder();
    return std::move(diff_);
  }

 private:
  // Rows with equal exact columns are candidates for each other; reals decide among them.
  void MatchEqual() {
    equal_.resize(expected_.size());
    std::unordered_map<std::string, std::vector<size_t>> candidates;
    // The last comes first, so that taking one from a long list of equal rows is cheap.
    for (size_t j = found_.size(); j-- > 0;) {
      candidates[Canonical(found_[j], exact_)].push_back(j);
    }
    for (size_t i = 0; i < expected_.size(); ++i) {
      auto& these = candidates[Canonical(expected_[i], exact_)];
      const auto at = std::find_if(these.rbegin(), these.rend(),
                                   [&](size_t j) { return SameRow(expected_[i], found_[j]); });
      if (at == these.rend()) continue;
      equal_[i] = true;
      taken_[*at] = true;
      these.erase(std::next(at).base());
    }
  }

  void PairLeftovers() {
    const auto left = std::count(equal_.begin(), equal_.end(), false);
    const auto right = std::count(taken_.begin(), taken_.end(), false);
    if (static_cast<size_t>(std::max(left, right)) > kMostPaired) return;
    if (!comparison_.key.empty()) return PairBy(comparison_.key);
    for (size_t length = diff_.columns.size(); --length > 0 && length < diff_.columns.size();) {
      std::vector<size_t> leading(length);
      for (size_t i = 0; i < length; ++i) leading[i] = i;
      PairBy(leading);
    }
  }

  void PairBy(const std::vector<size_t>& columns) {
    std::map<std::string, std::vector<size_t>> free;
    for (size_t j = found_.size(); j-- > 0;) {
      if (!taken_[j]) free[Canonical(found_[j], columns)].push_back(j);
    }
    for (size_t i = 0; i < expected_.size(); ++i) {
      if (equal_[i] || partner_[i]) continue;
      const auto at = free.find(Canonical(expected_[i], columns));
      if (at == free.end() || at->second.empty()) continue;
      partner_[i] = at->second.back();
      taken_[at->second.back()] = true;
      at->second.pop_back();
    }
  }

  void AddExpected(size_t i) {
    if (!partner_[i]) {
      return Add({RowChange::Kind::kMissing, expected_[i], {}, {}}, diff_.missing);
    }
    RowChange change{RowChange::Kind::kDiffers, expected_[i], found_[*partner_[i]], {}};
    for (size_t column = 0; column < change.expected.size(); ++column) {
      if (!SameValue(change.expected[column], change.found[column])) {
        change.differing.push_back(column);
      }
    }
    Add(std::move(change), diff_.differing);
  }

  void Add(RowChange change, int64_t& count) {
    ++count;
    if (diff_.changes.size() < comparison_.most_changes) diff_.changes.push_back(std::move(change));
  }

  void FindDisorder() {
    for (size_t i = 0; i < expected_.size() && !diff_.out_of_order; ++i) {
      if (SameRow(expected_[i], found_[i])) continue;
      diff_.out_of_order = i;
      diff_.changes.push_back({RowChange::Kind::kDiffers, expected_[i], found_[i], {}});
    }
  }

  const std::vector<Row>& expected_;
  const std::vector<Row>& found_;
  const RowComparison& comparison_;
  std::vector<size_t> exact_;
  std::vector<bool> equal_;
  std::vector<std::optional<size_t>> partner_;
  std::vector<bool> taken_;
  RowDiff diff_;
};

}  // namespace

bool SameValue(const Value& left, const Value& right) {
  if (left.is_null() || right.is_null()) return left.is_null() && right.is_null();
  switch (left.type().id()) {
    case TypeId::kFloat:
      return SameReals(left.real(), right.real(), 1e-6);
    case TypeId::kDouble:
      return SameReals(left.real(), right.real(), 1e-9);
    case TypeId::kMap:
      return left.items().size() == right.items().size() && SameMaps(left.items(), right.items());
    case TypeId::kArray:
    case TypeId::kStruct:
      return SameRow(left.items(), right.items());
    default:
      return left.data() == right.data();
  }
}

RowDiff CompareRows(const TypedRows& expected, const TypedRows& found,
                    const RowComparison& comparison) {
  WEIR_CHECK(expected.columns.size() == found.columns.size());
  return Comparer(expected, found, comparison).Compare();
}

}  // namespace weir::pipeline
