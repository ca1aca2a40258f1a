#include <snappy.h>

#include "weir/base/error.h"
#include "weir/connect/bytes/hadoop_block.h"

namespace weir::connect {

namespace {

class SnappyDecoder final : public HadoopBlockDecoder {
 protected:
  void Unpack(const std::string& chunk, size_t room, std::string& into) override {
    size_t length = 0;
    if (!snappy::GetUncompressedLength(chunk.data(), chunk.size(), &length) || length > room ||
        !snappy::Uncompress(chunk.data(), chunk.size(), &into)) {
      throw Error(ErrorCode::kCorrupt, "damaged");
    }
  }
};

}  // namespace

std::unique_ptr<Decoder> NewSnappyDecoder() { return std::make_unique<SnappyDecoder>(); }

}  // namespace weir::connect
