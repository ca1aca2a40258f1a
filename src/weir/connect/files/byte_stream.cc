#include "weir/connect/files/byte_stream.h"

#include <zlib.h>

#include <vector>

#include "weir/base/error.h"

namespace weir::connect {

namespace {

class PlainStream final : public ByteStream {
 public:
  PlainStream(io::ObjectReader& reader, uint64_t offset) : reader_(reader), offset_(offset) {}

  size_t Read(char* into, size_t length) override {
    const size_t got = reader_.ReadAt(offset_, into, length);
    offset_ += got;
    return got;
  }

 private:
  io::ObjectReader& reader_;
  uint64_t offset_;
};

constexpr size_t kInputSize = 256 << 10;
constexpr int kGzipOnly = 16 + MAX_WBITS;

class GzipStream final : public ByteStream {
 public:
  explicit GzipStream(io::ObjectReader& reader) : source_(reader, 0), input_(kInputSize) {
    if (inflateInit2(&state_, kGzipOnly) != Z_OK) {
      throw Error(ErrorCode::kExhausted, "no memory to read a gzip file");
    }
  }
  ~GzipStream() override { inflateEnd(&state_); }

  size_t Read(char* into, size_t length) override {
    state_.next_out = reinterpret_cast<Bytef*>(into);
    state_.avail_out = static_cast<uInt>(length);
    while (state_.avail_out == length) {
      if (state_.avail_in == 0 && !Refill()) return AtEnd();
      if (between_members_ && !BeginMember()) continue;
      const int result = inflate(&state_, Z_NO_FLUSH);
      if (result == Z_STREAM_END) {
        between_members_ = true;
      } else if (result != Z_OK && result != Z_BUF_ERROR) {
        return Broken(length);
      }
    }
    return length - state_.avail_out;
  }

 private:
  bool Refill() {
    const size_t got = source_.Read(input_.data(), input_.size());
    state_.next_in = reinterpret_cast<Bytef*>(input_.data());
    state_.avail_in = static_cast<uInt>(got);
    return got > 0;
  }

  size_t AtEnd() const {
    if (!between_members_ || !seen_member_) {
      throw Error(ErrorCode::kCorrupt, "the gzip data end early");
    }
    return 0;
  }

  // Another member, or the zeros that some writers pad with; false when those ended the input.
  bool BeginMember() {
    while (seen_member_ && state_.avail_in > 0 && *state_.next_in == 0) {
      ++state_.next_in;
      --state_.avail_in;
    }
    if (state_.avail_in == 0) return false;
    if (seen_member_) inflateReset(&state_);
    seen_member_ = true;
    between_members_ = false;
    return true;
  }

  // What was inflated before the break is good and goes out first.
  size_t Broken(size_t length) {
    if (state_.avail_out < length) return length - state_.avail_out;
    throw Error(ErrorCode::kCorrupt, "the gzip data are damaged",
                state_.msg == nullptr ? "" : state_.msg);
  }

  PlainStream source_;
  std::vector<char> input_;
  z_stream state_{};
  bool between_members_ = true;
  bool seen_member_ = false;
};

}  // namespace

std::unique_ptr<ByteStream> OpenPlainStream(io::ObjectReader& reader, uint64_t offset) {
  return std::make_unique<PlainStream>(reader, offset);
}

std::unique_ptr<ByteStream> OpenGzipStream(io::ObjectReader& reader) {
  return std::make_unique<GzipStream>(reader);
}

}  // namespace weir::connect
