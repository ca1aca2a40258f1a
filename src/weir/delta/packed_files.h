#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "weir/delta/actions.h"
#include "weir/delta/file_key.h"

namespace weir::delta {

template <typename File>
class FileBlock;

// Many files, in some 100 bytes each: they are kept in blocks, compressed, which copies of the list
// share, and come out one at a time, as values. So a list that differs from another by a few files
// costs little more than those. Going through it from front to back is cheap, jumping less so. A
// value; const methods are safe from many threads.
template <typename File>
class PackedFiles {
 public:
  PackedFiles() = default;
  PackedFiles(std::vector<File> files);  // A list of files is one, however it is kept.

  size_t size() const { return starts_.empty() ? tail_size() : starts_.back() + tail_size(); }
  bool empty() const { return size() == 0; }
  File operator[](size_t at) const;
  File at(size_t at) const;  // Throws std::out_of_range.
  // The same without its statistics, which are most of it; and those alone.
  File HeadAt(size_t at) const;
  std::string StatisticsAt(size_t at) const;
  PartitionValues PartitionAt(size_t at) const;

  int64_t bytes() const { return bytes_; }  // Of all files together, as far as they tell.
  size_t MemoryBytes() const;               // What the list takes, shared blocks included.

  void Append(File file);
  void Append(const PackedFiles& more);
  // Packs the last files, too, which else wait until they are as many as a block takes.
  void Seal();

  // Leaves out the files whose keys are in there.
  template <typename What>
  void Remove(const ByFileKey<What>& keys) {
    RemoveIf(FilterOf(keys), [&](std::string_view key) { return keys.contains(key); });
  }
  // The positions of those that are there, by key.
  template <typename What>
  ByFileKey<size_t> Find(const ByFileKey<What>& keys) const {
    return FindIf(FilterOf(keys), [&](std::string_view key) { return keys.contains(key); });
  }
  // The positions of those that may be elsewhere than in their table's folder, by what they are
  // called: few tables have any.
  std::vector<size_t> OddlyPlaced() const;
  // A number for each file: equal for equal keys, and hardly ever else.
  void AddHashesTo(std::vector<uint64_t>& hashes) const;

  class const_iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = File;
    using difference_type = std::ptrdiff_t;
    using pointer = const File*;
    using reference = File;

    const_iterator(const PackedFiles& files, size_t at) : files_(&files), at_(at) {}
    File operator*() const { return (*files_)[at_]; }
    const_iterator& operator++() {
      ++at_;
      return *this;
    }
    bool operator==(const const_iterator& other) const { return at_ == other.at_; }

   private:
    const PackedFiles* files_;
    size_t at_;
  };
  const_iterator begin() const { return {*this, 0}; }
  const_iterator end() const { return {*this, size()}; }

 private:
  using Block = FileBlock<File>;
  // A block, and which of its files are in the list: all of them, or those.
  struct Part {
    std::shared_ptr<const Block> block;
    std::shared_ptr<const std::vector<uint8_t>> rows;
    size_t size() const;
    size_t RowOf(size_t at) const { return rows == nullptr ? at : (*rows)[at]; }
  };
  // The hashes of keys looked for. Of others most are told by one look at a few bits.
  class Filter {
   public:
    explicit Filter(size_t keys);
    void Add(uint64_t hash);
    bool Has(uint64_t hash) const {
      const uint64_t word = bits_[(hash / 64) & (bits_.size() - 1)];
      return (word >> (hash % 64) & 1) != 0 && hashes_.contains(hash);
    }

   private:
    std::vector<uint64_t> bits_;  // As many as a power of two.
    std::unordered_set<uint64_t> hashes_;
  };
  using IsWanted = std::function<bool(std::string_view key)>;

  template <typename What>
  static Filter FilterOf(const ByFileKey<What>& keys) {
    Filter filter(keys.size());
    for (const auto& [key, what] : keys) filter.Add(FileKeyHash()(key));
    return filter;
  }
  void RemoveIf(const Filter& filter, const IsWanted& wanted);
  ByFileKey<size_t> FindIf(const Filter& filter, const IsWanted& wanted) const;
  static bool HasNone(const Part& part, const Filter& filter);
  // Of the block's files that are in the list.
  std::vector<uint8_t> RowsLeft(const Part& part, const Filter& filter, const IsWanted& wanted);

  size_t tail_size() const { return tail_ == nullptr ? 0 : tail_->size(); }
  // The part that a position is in; it becomes one in that part. Null: in the tail.
  const Part* Locate(size_t& at) const;
  std::vector<File>& OwnTail();
  void AddPart(Part part);
  void Repack();

  std::vector<Part> parts_;
  std::vector<size_t> starts_;               // Where each part ends, in positions.
  std::shared_ptr<std::vector<File>> tail_;  // The last ones, as they are; shared until changed.
  int64_t bytes_ = 0;
};

using AddFiles = PackedFiles<AddFile>;
using RemoveFiles = PackedFiles<RemoveFile>;

extern template class PackedFiles<AddFile>;
extern template class PackedFiles<RemoveFile>;

}  // namespace weir::delta
