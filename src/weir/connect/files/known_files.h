#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace weir::connect {

// Files that were taken, by key: 24 bytes each, whatever they are called. Keys are told apart by
// 96 bits of a hash (base/fingerprint.h), so that of a million known files and a million new ones
// the odds that one new file is taken for a known one are 1 to 10^16.
class KnownFiles {
 public:
  struct Taken {
    uint64_t version = 0;  // VersionHash of what was taken.
    uint32_t batch = 0;    // That took it.
  };

  // For so many, without moving anything.
  void Reserve(size_t files);
  // The file as it was taken last.
  void Add(std::string_view key, Taken taken);
  std::optional<Taken> Find(std::string_view key) const;
  bool Has(std::string_view key) const { return Find(key).has_value(); }
  size_t size() const { return size_; }

 private:
  struct Slot {
    uint64_t high = 0;  // 0: nobody.
    uint64_t version = 0;
    uint32_t low = 0;
    uint32_t batch = 0;
  };
  size_t PlaceOf(uint64_t high, uint32_t low) const;
  void Grow(size_t slots);

  std::vector<Slot> slots_;
  size_t size_ = 0;
};

}  // namespace weir::connect
