#include <zlib.h>

#include "weir/base/error.h"
#include "weir/connect/bytes/decoder.h"

namespace weir::connect {

namespace {

constexpr int kGzipOnly = 16 + MAX_WBITS;
constexpr int kZlibOnly = MAX_WBITS;
constexpr int kNoFraming = -MAX_WBITS;

class ZlibDecoder final : public Decoder {
 public:
  explicit ZlibDecoder(int framing) {
    if (inflateInit2(&state_, framing) != Z_OK) {
      throw Error(ErrorCode::kExhausted, "no memory to unpack a file");
    }
  }
  ~ZlibDecoder() override { inflateEnd(&state_); }

  void Begin() override { inflateReset(&state_); }

  bool Step(std::span<const char>& in, std::span<char>& out) override {
    state_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    state_.avail_in = static_cast<uInt>(in.size());
    state_.next_out = reinterpret_cast<Bytef*>(out.data());
    state_.avail_out = static_cast<uInt>(out.size());
    const int result = inflate(&state_, Z_NO_FLUSH);
    MoveOn(in, state_.avail_in);
    MoveOn(out, state_.avail_out);
    if (result == Z_STREAM_END) return true;
    if (result == Z_OK || result == Z_BUF_ERROR) return false;
    throw Error(ErrorCode::kCorrupt, "damaged", state_.msg == nullptr ? "" : state_.msg);
  }

 private:
  z_stream state_{};
};

}  // namespace

std::unique_ptr<Decoder> NewGzipDecoder() { return std::make_unique<ZlibDecoder>(kGzipOnly); }

std::unique_ptr<Decoder> NewDeflateDecoder() { return std::make_unique<ZlibDecoder>(kZlibOnly); }

std::unique_ptr<Decoder> NewRawDeflateDecoder() {
  return std::make_unique<ZlibDecoder>(kNoFraming);
}

}  // namespace weir::connect
