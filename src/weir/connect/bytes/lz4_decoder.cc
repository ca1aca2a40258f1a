#include <lz4.h>
#include <lz4frame.h>

#include <algorithm>

#include "weir/base/error.h"
#include "weir/connect/bytes/hadoop_block.h"

namespace weir::connect {

namespace {

class Lz4Blocks final : public HadoopBlockDecoder {
 protected:
  void Unpack(const std::string& chunk, size_t room, std::string& into) override {
    // A chunk does not say how long it gets; a byte of it makes 255 at most.
    into.resize(std::min(room, chunk.size() * 255));
    const int length = LZ4_decompress_safe(
        chunk.data(), into.data(), static_cast<int>(chunk.size()), static_cast<int>(into.size()));
    if (length < 0) throw Error(ErrorCode::kCorrupt, "damaged");
    into.resize(static_cast<size_t>(length));
  }
};

class Lz4Frames final : public Decoder {
 public:
  Lz4Frames() {
    if (LZ4F_isError(LZ4F_createDecompressionContext(&state_, LZ4F_VERSION)) != 0) {
      throw Error(ErrorCode::kExhausted, "no memory to unpack a file");
    }
  }
  ~Lz4Frames() override { LZ4F_freeDecompressionContext(state_); }

  void Begin() override { LZ4F_resetDecompressionContext(state_); }

  bool Step(std::span<const char>& in, std::span<char>& out) override {
    size_t taken = in.size();
    size_t given = out.size();
    const size_t result = LZ4F_decompress(state_, out.data(), &given, in.data(), &taken, nullptr);
    if (LZ4F_isError(result) != 0) {
      throw Error(ErrorCode::kCorrupt, "damaged", LZ4F_getErrorName(result));
    }
    in = in.subspan(taken);
    out = out.subspan(given);
    return result == 0;
  }

 private:
  LZ4F_dctx* state_ = nullptr;
};

// Both go by the ending .lz4; a block never begins as a frame does, since it would be of 1.1 GB.
class Lz4Decoder final : public Decoder {
 public:
  void Begin() override {
    if (chosen_ != nullptr) chosen_->Begin();
  }

  bool Step(std::span<const char>& in, std::span<char>& out) override {
    if (chosen_ == nullptr && !Choose(in)) return false;
    if (replayed_ < kMagic.size()) {
      std::span<const char> start(start_.data() + replayed_, start_.size() - replayed_);
      const bool ended = chosen_->Step(start, out);
      replayed_ = start_.size() - start.size();
      return ended;
    }
    return chosen_->Step(in, out);
  }

 private:
  static constexpr std::string_view kMagic{"\x04\x22\x4D\x18", 4};

  // Whether enough of the file is there to tell.
  bool Choose(std::span<const char>& in) {
    const size_t taken = std::min(kMagic.size() - start_.size(), in.size());
    start_.append(in.data(), taken);
    in = in.subspan(taken);
    if (start_.size() < kMagic.size()) return false;
    if (start_ == kMagic) {
      chosen_ = std::make_unique<Lz4Frames>();
    } else {
      chosen_ = std::make_unique<Lz4Blocks>();
    }
    chosen_->Begin();
    return true;
  }

  std::string start_;
  size_t replayed_ = 0;
  std::unique_ptr<Decoder> chosen_;
};

}  // namespace

std::unique_ptr<Decoder> NewLz4Decoder() { return std::make_unique<Lz4Decoder>(); }

}  // namespace weir::connect
