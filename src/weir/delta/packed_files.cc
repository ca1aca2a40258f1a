#include "weir/delta/packed_files.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "weir/delta/file_block.h"

namespace weir::delta {
namespace {

int64_t SizeOf(const AddFile& file) { return file.size; }
int64_t SizeOf(const RemoveFile& file) { return file.size.value_or(0); }

}  // namespace

template <typename File>
PackedFiles<File>::Filter::Filter(size_t keys) : bits_(std::bit_ceil(std::max<size_t>(keys, 64))) {
  hashes_.reserve(keys);
}

template <typename File>
void PackedFiles<File>::Filter::Add(uint64_t hash) {
  bits_[(hash / 64) & (bits_.size() - 1)] |= uint64_t{1} << (hash % 64);
  hashes_.insert(hash);
}

template <typename File>
size_t PackedFiles<File>::Part::size() const {
  return rows == nullptr ? block->size() : rows->size();
}

template <typename File>
PackedFiles<File>::PackedFiles(std::vector<File> files) {
  for (File& file : files) Append(std::move(file));
}

template <typename File>
const typename PackedFiles<File>::Part* PackedFiles<File>::Locate(size_t& at) const {
  if (starts_.empty() || at >= starts_.back()) {
    at -= starts_.empty() ? 0 : starts_.back();
    return nullptr;
  }
  const auto end = std::upper_bound(starts_.begin(), starts_.end(), at);
  const auto part = static_cast<size_t>(end - starts_.begin());
  if (part > 0) at -= starts_[part - 1];
  return &parts_[part];
}

template <typename File>
File PackedFiles<File>::operator[](size_t at) const {
  const Part* const part = Locate(at);
  if (part == nullptr) return (*tail_)[at];
  OpenBlock<File>& open = OpenBlock<File>::Of(part->block);
  const size_t row = part->RowOf(at);
  File file = open.HeadAt(row);
  if constexpr (std::is_same_v<File, AddFile>) file.stats_json = open.StatisticsAt(row);
  return file;
}

template <typename File>
File PackedFiles<File>::at(size_t at) const {
  if (at >= size()) throw std::out_of_range("there is no such file");
  return (*this)[at];
}

template <typename File>
File PackedFiles<File>::HeadAt(size_t at) const {
  const Part* const part = Locate(at);
  if (part != nullptr) return OpenBlock<File>::Of(part->block).HeadAt(part->RowOf(at));
  File file = (*tail_)[at];
  if constexpr (std::is_same_v<File, AddFile>) file.stats_json.clear();
  return file;
}

template <typename File>
std::string PackedFiles<File>::StatisticsAt(size_t at) const {
  const Part* const part = Locate(at);
  if (part != nullptr) {
    return std::string(OpenBlock<File>::Of(part->block).StatisticsAt(part->RowOf(at)));
  }
  if constexpr (std::is_same_v<File, AddFile>) return (*tail_)[at].stats_json;
  return "";
}

template <typename File>
PartitionValues PackedFiles<File>::PartitionAt(size_t at) const {
  const Part* const part = Locate(at);
  if (part == nullptr) return (*tail_)[at].partition_values;
  return OpenBlock<File>::Of(part->block).PartitionAt(part->RowOf(at));
}

template <typename File>
size_t PackedFiles<File>::MemoryBytes() const {
  size_t bytes = parts_.capacity() * sizeof(Part) + starts_.capacity() * sizeof(size_t);
  for (const Part& part : parts_) {
    bytes += part.block->MemoryBytes() + (part.rows == nullptr ? 0 : part.rows->capacity());
  }
  if (tail_ == nullptr) return bytes;
  for (const File& file : *tail_) {
    bytes += sizeof(file) + file.path.capacity();
    if constexpr (std::is_same_v<File, AddFile>) bytes += file.stats_json.capacity();
  }
  return bytes;
}

// Adding ------------------------------------------------------------------------------------------

template <typename File>
std::vector<File>& PackedFiles<File>::OwnTail() {
  if (tail_ == nullptr) {
    tail_ = std::make_shared<std::vector<File>>();
  } else if (tail_.use_count() > 1) {
    tail_ = std::make_shared<std::vector<File>>(*tail_);
  }
  return *tail_;
}

template <typename File>
void PackedFiles<File>::AddPart(Part part) {
  starts_.push_back((starts_.empty() ? 0 : starts_.back()) + part.size());
  parts_.push_back(std::move(part));
}

template <typename File>
void PackedFiles<File>::Append(File file) {
  bytes_ += SizeOf(file);
  std::vector<File>& tail = OwnTail();
  tail.push_back(std::move(file));
  if (tail.size() == Block::kMost) Seal();
}

template <typename File>
void PackedFiles<File>::Append(const PackedFiles& more) {
  if (!more.parts_.empty()) Seal();  // The order stays.
  for (const Part& part : more.parts_) AddPart(part);
  bytes_ += more.bytes_;
  if (more.tail_ == nullptr) return;
  for (const File& file : *more.tail_) {
    bytes_ -= SizeOf(file);  // It is counted as it is appended.
    Append(file);
  }
}

template <typename File>
void PackedFiles<File>::Seal() {
  if (tail_size() == 0) return;
  AddPart({std::make_shared<const Block>(*tail_), nullptr});
  tail_.reset();
}

// Finding and removing ----------------------------------------------------------------------------

// Whether none of its files can be among those looked for.
template <typename File>
bool PackedFiles<File>::HasNone(const Part& part, const Filter& filter) {
  const std::vector<uint64_t>& hashes = part.block->hashes();
  return std::none_of(hashes.begin(), hashes.end(),
                      [&](uint64_t hash) { return filter.Has(hash); });
}

template <typename File>
std::vector<uint8_t> PackedFiles<File>::RowsLeft(const Part& part, const Filter& filter,
                                                 const IsWanted& wanted) {
  std::vector<uint8_t> left;
  left.reserve(part.size());
  for (size_t i = 0; i < part.size(); ++i) {
    const size_t row = part.RowOf(i);
    if (filter.Has(part.block->hashes()[row])) {
      const File file = OpenBlock<File>::Of(part.block).HeadAt(row);
      if (wanted(FileKey(file.path, file.deletion_vector_json))) {
        bytes_ -= SizeOf(file);
        continue;
      }
    }
    left.push_back(static_cast<uint8_t>(row));
  }
  return left;
}

template <typename File>
void PackedFiles<File>::RemoveIf(const Filter& filter, const IsWanted& wanted) {
  std::vector<Part> parts;
  parts.swap(parts_);
  starts_.clear();
  for (Part& part : parts) {
    if (HasNone(part, filter)) {
      AddPart(std::move(part));
      continue;
    }
    std::vector<uint8_t> left = RowsLeft(part, filter, wanted);
    if (left.empty()) continue;
    if (left.size() < part.size()) {
      part.rows = std::make_shared<const std::vector<uint8_t>>(std::move(left));
    }
    AddPart(std::move(part));
  }
  const auto goes = [&](const File& file) {
    return wanted(FileKey(file.path, file.deletion_vector_json));
  };
  if (tail_size() > 0 && std::any_of(tail_->begin(), tail_->end(), goes)) {
    std::erase_if(OwnTail(), [&](const File& file) {
      if (!goes(file)) return false;
      bytes_ -= SizeOf(file);
      return true;
    });
  }
  // Blocks of which little is left are no longer worth it.
  constexpr size_t kFewest = 64;
  if (parts_.size() > kFewest && size() < parts_.size() * Block::kMost / 4) Repack();
}

template <typename File>
void PackedFiles<File>::Repack() {
  PackedFiles packed;
  for (const File& file : *this) packed.Append(file);
  *this = std::move(packed);
}

template <typename File>
ByFileKey<size_t> PackedFiles<File>::FindIf(const Filter& filter, const IsWanted& wanted) const {
  ByFileKey<size_t> found;
  size_t at = 0;
  for (const Part& part : parts_) {
    if (HasNone(part, filter)) {
      at += part.size();
      continue;
    }
    for (size_t i = 0; i < part.size(); ++i, ++at) {
      const size_t row = part.RowOf(i);
      if (!filter.Has(part.block->hashes()[row])) continue;
      const File file = OpenBlock<File>::Of(part.block).HeadAt(row);
      std::string key = FileKey(file.path, file.deletion_vector_json);
      if (wanted(key)) found.emplace(std::move(key), at);
    }
  }
  for (size_t i = 0; i < tail_size(); ++i, ++at) {
    const File& file = (*tail_)[i];
    std::string key = FileKey(file.path, file.deletion_vector_json);
    if (wanted(key)) found.emplace(std::move(key), at);
  }
  return found;
}

template <typename File>
std::vector<size_t> PackedFiles<File>::OddlyPlaced() const {
  std::vector<size_t> found;
  const auto look = [&](size_t at) {
    const File file = HeadAt(at);
    if (IsOddlyPlaced(file.path, file.deletion_vector_json)) found.push_back(at);
  };
  size_t begin = 0;
  for (const Part& part : parts_) {
    for (size_t i = 0; part.block->is_oddly_placed() && i < part.size(); ++i) look(begin + i);
    begin += part.size();
  }
  for (; begin < size(); ++begin) look(begin);
  return found;
}

template <typename File>
void PackedFiles<File>::AddHashesTo(std::vector<uint64_t>& hashes) const {
  for (const Part& part : parts_) {
    for (size_t i = 0; i < part.size(); ++i) {
      hashes.push_back(part.block->hashes()[part.RowOf(i)]);
    }
  }
  for (size_t i = 0; i < tail_size(); ++i) hashes.push_back(HashOfFileKey((*tail_)[i]));
}

template class PackedFiles<AddFile>;
template class PackedFiles<RemoveFile>;

}  // namespace weir::delta
