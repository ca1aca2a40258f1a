#include <zstd.h>
#include <zstd_errors.h>

#include "weir/base/error.h"
#include "weir/connect/bytes/decoder.h"

namespace weir::connect {

namespace {

// Frames may ask for a window of any size; zstd itself takes at most 128 MiB unless told otherwise.
class ZstdDecoder final : public Decoder {
 public:
  ZstdDecoder() : state_(ZSTD_createDStream()) {
    if (state_ == nullptr) throw Error(ErrorCode::kExhausted, "no memory to unpack a file");
  }
  ~ZstdDecoder() override { ZSTD_freeDStream(state_); }

  void Begin() override { ZSTD_DCtx_reset(state_, ZSTD_reset_session_only); }

  bool Step(std::span<const char>& in, std::span<char>& out) override {
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    const size_t result = ZSTD_decompressStream(state_, &output, &input);
    in = in.subspan(input.pos);
    out = out.subspan(output.pos);
    if (ZSTD_isError(result) == 0) return result == 0;
    if (ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge) {
      throw Error(ErrorCode::kCorrupt, "packed with a window of more than 128 MiB (zstd --long)");
    }
    throw Error(ErrorCode::kCorrupt, "damaged", ZSTD_getErrorName(result));
  }

 private:
  ZSTD_DStream* const state_;
};

}  // namespace

std::unique_ptr<Decoder> NewZstdDecoder() { return std::make_unique<ZstdDecoder>(); }

}  // namespace weir::connect
