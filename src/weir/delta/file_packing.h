#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weir/delta/actions.h"

// How files of a table are packed in memory (see packed_files.h). Nothing of it is ever stored.
namespace weir::delta {

// Files as bytes, one after the other. What many of them share, their partitions, is told once.
struct RawFiles {
  std::string heads;  // All but statistics.
  std::string statistics;
};

template <typename File>
RawFiles WriteRaw(const std::vector<File>& files);

// Reads what WriteRaw wrote. Keeps only views of the bytes.
template <typename File>
class RawFilesReader {
 public:
  explicit RawFilesReader(std::string_view heads);
  size_t size() const { return begins_.size(); }
  // Without statistics.
  File HeadAt(size_t row) const;
  const PartitionValues& PartitionAt(size_t row) const { return partitions_[partition_of_[row]]; }

 private:
  std::string_view heads_;
  std::vector<PartitionValues> partitions_;
  std::vector<uint32_t> partition_of_;
  std::vector<uint32_t> begins_;  // In heads_.
};

// Views of each file's statistics in what WriteRaw wrote of them.
std::vector<std::string_view> StatisticsIn(std::string_view statistics, size_t files);

// Packed tightly. `size` is that of the bytes before.
std::string Compressed(std::string_view bytes);
std::string Decompressed(std::string_view packed, size_t size);

extern template RawFiles WriteRaw<AddFile>(const std::vector<AddFile>&);
extern template RawFiles WriteRaw<RemoveFile>(const std::vector<RemoveFile>&);
extern template class RawFilesReader<AddFile>;
extern template class RawFilesReader<RemoveFile>;

}  // namespace weir::delta
