#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct roaring_bitmap_s;

namespace weir::delta {

// Positions of rows in one file, from 0, packed as Roaring bitmaps: some bytes for a run, at most
// two for a position. A value; const methods are safe from many threads.
class RowSet {
 public:
  RowSet() = default;
  RowSet(std::initializer_list<uint64_t> rows);
  RowSet(const RowSet& other);
  RowSet(RowSet&&) noexcept = default;
  RowSet& operator=(RowSet other) noexcept;
  ~RowSet() = default;

  bool Add(uint64_t row);  // Below 2^63. Whether it was not there.
  void AddAll(const RowSet& other);
  void Subtract(const RowSet& other);

  bool empty() const { return parts_.empty(); }
  uint64_t size() const;
  std::optional<uint64_t> last() const;  // The greatest position.
  bool Contains(uint64_t row) const;
  bool Intersects(const RowSet& other) const;
  bool operator==(const RowSet& other) const;

  // The positions below `rows` that are not in the set: a scan that leaves those out gives the rows
  // of this set alone.
  RowSet OthersBelow(uint64_t rows) const;
  // Of the `count` rows from `first` on those that are not in the set: their distances from `first`
  // go to `kept`, which has room for `count`. Returns how many.
  size_t Kept(uint64_t first, size_t count, uint32_t* kept) const;
  // The same for those that are in the set.
  size_t Found(uint64_t first, size_t count, uint32_t* found) const;
  std::vector<uint64_t> ToVector() const;

  // As PROTOCOL.md, "Deletion Vector Format", has it: the magic number and the portable format.
  std::string Serialize() const;
  // That, and the older format whose parts have no keys, in either byte order. Takes nothing on
  // trust: throws Error{kCorrupt} for bytes that are not exactly a set, with every rule of the
  // format checked.
  static RowSet Parse(std::string_view bytes);

 private:
  struct Free {
    void operator()(roaring_bitmap_s* bitmap) const;
  };
  using Bitmap = std::unique_ptr<roaring_bitmap_s, Free>;

  // Calls `each(row)` for those from `first` on, below `end`, in order.
  template <typename Each>
  void ForEachIn(uint64_t first, uint64_t end, const Each& each) const;

  std::map<uint32_t, Bitmap> parts_;  // By the upper 32 bits; none is empty.
};

}  // namespace weir::delta
