#include <bzlib.h>

#include "weir/base/error.h"
#include "weir/connect/bytes/decoder.h"

namespace weir::connect {

namespace {

class Bzip2Decoder final : public Decoder {
 public:
  ~Bzip2Decoder() override { End(); }

  void Begin() override {
    End();
    state_ = {};
    if (BZ2_bzDecompressInit(&state_, 0, 0) != BZ_OK) {
      throw Error(ErrorCode::kExhausted, "no memory to unpack a file");
    }
    begun_ = true;
  }

  bool Step(std::span<const char>& in, std::span<char>& out) override {
    state_.next_in = const_cast<char*>(in.data());
    state_.avail_in = static_cast<unsigned>(in.size());
    state_.next_out = out.data();
    state_.avail_out = static_cast<unsigned>(out.size());
    const int result = BZ2_bzDecompress(&state_);
    MoveOn(in, state_.avail_in);
    MoveOn(out, state_.avail_out);
    if (result == BZ_STREAM_END) return true;
    if (result == BZ_OK) return false;
    throw Error(ErrorCode::kCorrupt, "damaged", "bzip2 error " + std::to_string(result));
  }

 private:
  void End() {
    if (begun_) BZ2_bzDecompressEnd(&state_);
    begun_ = false;
  }

  bz_stream state_{};
  bool begun_ = false;
};

}  // namespace

std::unique_ptr<Decoder> NewBzip2Decoder() { return std::make_unique<Bzip2Decoder>(); }

}  // namespace weir::connect
