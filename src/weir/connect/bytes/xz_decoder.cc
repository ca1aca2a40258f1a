#include <lzma.h>

#include "weir/base/error.h"
#include "weir/connect/bytes/decoder.h"

namespace weir::connect {

namespace {

constexpr uint64_t kMemory = 256 << 20;  // xz -9 needs 65 MiB.

class XzDecoder final : public Decoder {
 public:
  ~XzDecoder() override { lzma_end(&state_); }

  void Begin() override {
    if (lzma_stream_decoder(&state_, kMemory, 0) != LZMA_OK) {
      throw Error(ErrorCode::kExhausted, "no memory to unpack a file");
    }
  }

  bool Step(std::span<const char>& in, std::span<char>& out) override {
    state_.next_in = reinterpret_cast<const uint8_t*>(in.data());
    state_.avail_in = in.size();
    state_.next_out = reinterpret_cast<uint8_t*>(out.data());
    state_.avail_out = out.size();
    const lzma_ret result = lzma_code(&state_, LZMA_RUN);
    MoveOn(in, state_.avail_in);
    MoveOn(out, state_.avail_out);
    if (result == LZMA_STREAM_END) return true;
    if (result == LZMA_OK || result == LZMA_BUF_ERROR) return false;
    if (result == LZMA_MEM_ERROR) {
      throw Error(ErrorCode::kExhausted, "no memory to unpack a file");
    }
    if (result == LZMA_MEMLIMIT_ERROR) {
      throw Error(ErrorCode::kCorrupt, "packed so that unpacking needs more than 256 MiB");
    }
    throw Error(ErrorCode::kCorrupt, "damaged", "xz error " + std::to_string(result));
  }

 private:
  lzma_stream state_ = LZMA_STREAM_INIT;
};

}  // namespace

std::unique_ptr<Decoder> NewXzDecoder() { return std::make_unique<XzDecoder>(); }

}  // namespace weir::connect
