#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "weir/io/object_store.h"

namespace weir::connect {

// The bytes of a file from front to back. Driven by one thread.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  // Up to `length` bytes (at least one unless at the end); 0 at the end. Throws Error{kCorrupt}
  // when the rest can't be read; what came before it is good.
  virtual size_t Read(char* into, size_t length) = 0;
};

// The bytes as they are, from `offset` on. The reader outlives the stream.
std::unique_ptr<ByteStream> OpenPlainStream(io::ObjectReader& reader, uint64_t offset);

}  // namespace weir::connect
