#include "weir/connect/bytes/byte_stream.h"

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

}  // namespace

std::unique_ptr<ByteStream> OpenPlainStream(io::ObjectReader& reader, uint64_t offset) {
  return std::make_unique<PlainStream>(reader, offset);
}

}  // namespace weir::connect
