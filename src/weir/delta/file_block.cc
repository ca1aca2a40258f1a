#include "weir/delta/file_block.h"

#include <atomic>
#include <utility>

#include "weir/base/check.h"
#include "weir/delta/file_key.h"

namespace weir::delta {
namespace {

uint64_t NextSerial() {
  static std::atomic<uint64_t> serial{0};
  return ++serial;
}

}  // namespace

template <typename File>
FileBlock<File>::FileBlock(const std::vector<File>& files) : serial_(NextSerial()) {
  WEIR_CHECK(!files.empty() && files.size() <= kMost);
  hashes_.reserve(files.size());
  for (const File& file : files) {
    hashes_.push_back(HashOfFileKey(file));
    is_oddly_placed_ = is_oddly_placed_ || IsOddlyPlaced(file.path, file.deletion_vector_json);
  }
  const RawFiles raw = WriteRaw(files);
  heads_ = Compressed(raw.heads);
  statistics_ = Compressed(raw.statistics);
  heads_size_ = static_cast<uint32_t>(raw.heads.size());
  statistics_size_ = static_cast<uint32_t>(raw.statistics.size());
}

template <typename File>
size_t FileBlock<File>::MemoryBytes() const {
  return sizeof(*this) + hashes_.capacity() * sizeof(uint64_t) + heads_.capacity() +
         statistics_.capacity();
}

template <typename File>
OpenBlock<File>::OpenBlock(std::shared_ptr<const FileBlock<File>> block)
    : block_(std::move(block)), heads_(block_->Heads()), reader_(heads_) {}

template <typename File>
std::string_view OpenBlock<File>::StatisticsAt(size_t row) {
  if (statistics_.empty()) {
    statistics_bytes_ = block_->Statistics();
    statistics_ = StatisticsIn(statistics_bytes_, block_->size());
  }
  return statistics_.at(row);
}

template <typename File>
OpenBlock<File>& OpenBlock<File>::Of(const std::shared_ptr<const FileBlock<File>>& block) {
  thread_local std::unique_ptr<OpenBlock> open;
  if (open == nullptr || open->block().serial() != block->serial()) {
    open = std::make_unique<OpenBlock>(block);
  }
  return *open;
}

template class FileBlock<AddFile>;
template class FileBlock<RemoveFile>;
template class OpenBlock<AddFile>;
template class OpenBlock<RemoveFile>;

}  // namespace weir::delta
