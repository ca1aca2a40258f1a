#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace weir::connect {

// Undoes one compression, piece by piece. Driven by one thread.
class Decoder {
 public:
  virtual ~Decoder() = default;
  // Makes ready for a member of the file: the first, or another one behind it.
  virtual void Begin() = 0;
  // Unpacks some of `in` into `out`, moving both on; true when the member has ended, and with it
  // all its output is out. Takes or gives at least a byte, unless it needs more input. Throws
  // Error{kCorrupt}; what is in `out` by then is good.
  virtual bool Step(std::span<const char>& in, std::span<char>& out) = 0;
};

std::unique_ptr<Decoder> NewGzipDecoder();
std::unique_ptr<Decoder> NewDeflateDecoder();     // In zlib's framing.
std::unique_ptr<Decoder> NewRawDeflateDecoder();  // Without any.
std::unique_ptr<Decoder> NewBzip2Decoder();
std::unique_ptr<Decoder> NewZstdDecoder();
std::unique_ptr<Decoder> NewXzDecoder();
std::unique_ptr<Decoder> NewSnappyDecoder();  // Hadoop's blocks.
std::unique_ptr<Decoder> NewLz4Decoder();     // Hadoop's blocks, or LZ4's own frames.

// Moves `span` on by what a C library took or gave.
template <typename T>
void MoveOn(std::span<T>& span, size_t left) {
  span = span.subspan(span.size() - left);
}

}  // namespace weir::connect
