#include "weir/connect/bytes/hadoop_block.h"

#include <algorithm>
#include <cstring>

#include "weir/base/error.h"

namespace weir::connect {

void HadoopBlockDecoder::Begin() { part_ = Part::kBlockSize; }

// Whether size_ is whole.
bool HadoopBlockDecoder::TakeSize(std::span<const char>& in) {
  while (size_bytes_ < 4 && !in.empty()) {
    size_ = size_ << 8 | static_cast<unsigned char>(in.front());
    ++size_bytes_;
    in = in.subspan(1);
  }
  if (size_bytes_ < 4) return false;
  size_bytes_ = 0;
  return true;
}

void HadoopBlockDecoder::TakeChunk(std::span<const char>& in) {
  const size_t taken = std::min(chunk_left_, in.size());
  chunk_.append(in.data(), taken);
  in = in.subspan(taken);
  chunk_left_ -= taken;
  if (chunk_left_ > 0) return;
  unpacked_.clear();
  Unpack(chunk_, std::min(block_left_, kLargestChunk), unpacked_);
  block_left_ -= unpacked_.size();
  given_ = 0;
  part_ = Part::kOutput;
}

bool HadoopBlockDecoder::Step(std::span<const char>& in, std::span<char>& out) {
  switch (part_) {
    case Part::kBlockSize:
      if (!TakeSize(in)) return false;
      block_left_ = size_;
      part_ = Part::kChunkSize;
      return block_left_ == 0;
    case Part::kChunkSize:
      if (!TakeSize(in)) return false;
      if (size_ > kLargestChunk) throw Error(ErrorCode::kCorrupt, "damaged", "a chunk too large");
      chunk_.clear();
      chunk_left_ = size_;
      part_ = Part::kChunk;
      return false;
    case Part::kChunk:
      TakeChunk(in);
      return false;
    case Part::kOutput: {
      const size_t given = std::min(unpacked_.size() - given_, out.size());
      std::memcpy(out.data(), unpacked_.data() + given_, given);
      out = out.subspan(given);
      given_ += given;
      if (given_ < unpacked_.size()) return false;
      part_ = Part::kChunkSize;
      return block_left_ == 0;
    }
  }
  return false;
}

}  // namespace weir::connect
