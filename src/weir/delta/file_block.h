#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "weir/delta/file_packing.h"

namespace weir::delta {

// Some files, compressed. Immutable.
template <typename File>
class FileBlock {
 public:
  static constexpr size_t kMost = 128;

  explicit FileBlock(const std::vector<File>& files);  // 1 to kMost.

  size_t size() const { return hashes_.size(); }
  const std::vector<uint64_t>& hashes() const { return hashes_; }  // Of the files' keys.
  bool is_oddly_placed() const { return is_oddly_placed_; }        // Some file in it, that is.
  // Tells blocks apart, even from those that are gone.
  uint64_t serial() const { return serial_; }
  size_t MemoryBytes() const;

  std::string Heads() const { return Decompressed(heads_, heads_size_); }
  std::string Statistics() const { return Decompressed(statistics_, statistics_size_); }

 private:
  const uint64_t serial_;
  bool is_oddly_placed_ = false;
  std::vector<uint64_t> hashes_;
  std::string heads_;
  std::string statistics_;
  uint32_t heads_size_ = 0;
  uint32_t statistics_size_ = 0;
};

// A block as it can be read. Not thread-safe.
template <typename File>
class OpenBlock {
 public:
  explicit OpenBlock(std::shared_ptr<const FileBlock<File>> block);

  const FileBlock<File>& block() const { return *block_; }
  File HeadAt(size_t row) const { return reader_.HeadAt(row); }
  const PartitionValues& PartitionAt(size_t row) const { return reader_.PartitionAt(row); }
  std::string_view StatisticsAt(size_t row);

  // One that this thread holds open, until it asks for others.
  static OpenBlock& Of(const std::shared_ptr<const FileBlock<File>>& block);

 private:
  const std::shared_ptr<const FileBlock<File>> block_;
  const std::string heads_;
  const RawFilesReader<File> reader_;
  std::string statistics_bytes_;
  std::vector<std::string_view> statistics_;  // Empty: not asked for yet.
};

extern template class FileBlock<AddFile>;
extern template class FileBlock<RemoveFile>;
extern template class OpenBlock<AddFile>;
extern template class OpenBlock<RemoveFile>;

}  // namespace weir::delta
