#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <random>

namespace weir::test::model {

// Chances that follow from a seed alone, the same wherever they are drawn. (The distributions of
// the standard library may differ from one to another.)
class Draw {
 public:
  explicit Draw(uint64_t seed) : random_(seed) {}

  uint64_t Seed() { return random_(); }
  int64_t Between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(random_() % static_cast<uint64_t>(high - low + 1));
  }
  bool OneIn(int64_t n) { return Between(1, n) == 1; }
  size_t Below(size_t n) { return static_cast<size_t>(random_() % n); }
  template <typename List>
  const auto& Of(const List& list) {
    return *std::next(std::begin(list), static_cast<std::ptrdiff_t>(Below(std::size(list))));
  }
  template <typename Item>
  Item Of(std::initializer_list<Item> list) {
    return *std::next(list.begin(), static_cast<std::ptrdiff_t>(Below(list.size())));
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace weir::test::model
