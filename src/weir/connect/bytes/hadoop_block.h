#pragma once

#include <string>

#include "weir/connect/bytes/decoder.h"

namespace weir::connect {

// Hadoop's framing of compressions that have none of their own: blocks of the unpacked size (four
// bytes, the highest first), then chunks until that many bytes have come out, each of its packed
// size and so many bytes. A block is a member. docs: BlockCompressorStream of Hadoop.
class HadoopBlockDecoder : public Decoder {
 public:
  void Begin() final;
  bool Step(std::span<const char>& in, std::span<char>& out) final;

 protected:
  // What no chunk exceeds, packed or not; Hadoop's own are of 256 KiB.
  static constexpr size_t kLargestChunk = 64 << 20;

  // Unpacks a chunk into `into`, at most `room` bytes. Throws Error{kCorrupt}.
  virtual void Unpack(const std::string& chunk, size_t room, std::string& into) = 0;

 private:
  bool TakeSize(std::span<const char>& in);
  void TakeChunk(std::span<const char>& in);

  enum class Part { kBlockSize, kChunkSize, kChunk, kOutput };
  Part part_ = Part::kBlockSize;
  uint32_t size_ = 0;  // The one being read.
  int size_bytes_ = 0;
  size_t block_left_ = 0;  // Of what has to come out yet.
  size_t chunk_left_ = 0;  // Of what has to come in yet.
  std::string chunk_;
  std::string unpacked_;
  size_t given_ = 0;  // Of unpacked_.
};

}  // namespace weir::connect
