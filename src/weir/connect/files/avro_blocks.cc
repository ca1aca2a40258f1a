#include "weir/connect/files/avro_blocks.h"

#include <snappy.h>
#include <zlib.h>

#include <map>
#include <utility>

#include "weir/base/error.h"

namespace weir::connect {

namespace {

constexpr std::string_view kAvroMagic("Obj\x01", 4);
constexpr size_t kSyncBytes = 16;
constexpr size_t kChecksumBytes = 4;
constexpr int64_t kLongestHeaderValue = 16 << 20;
constexpr size_t kUnpackedAtOnce = 64 << 10;
constexpr int64_t kMostEmptyRecords = 1 << 20;

[[noreturn]] void BadFile(const std::string& why) { throw Error(ErrorCode::kCorrupt, why); }

std::unique_ptr<Decoder> DecoderFor(const std::string& codec) {
  if (codec == "null" || codec == "snappy") return nullptr;
  if (codec == "deflate") return NewRawDeflateDecoder();
  if (codec == "zstandard") return NewZstdDecoder();
  if (codec == "bzip2") return NewBzip2Decoder();
  if (codec == "xz") return NewXzDecoder();
  BadFile("its blocks are packed with " + codec.substr(0, 40) +
          ", which weir can't unpack (it can: deflate, snappy, zstandard, bzip2, xz)");
}

}  // namespace

AvroBlocks::AvroBlocks(std::unique_ptr<ByteStream> bytes)
    : TextReader(std::move(bytes), 0, kLongestLine, false) {
  ReadHeader();
}

bool AvroBlocks::Have(size_t bytes) {
  while (Held().size() < bytes) {
    if (!Fill()) return false;
  }
  return true;
}

void AvroBlocks::Need(size_t bytes) {
  if (!Have(bytes)) BadFile("the Avro file ends early");
}

int64_t AvroBlocks::ReadLong() {
  uint64_t value = 0;
  for (int shift = 0; shift < 70; shift += 7) {
    Need(1);
    const auto byte = static_cast<unsigned char>(Held()[0]);
    Drop(1);
    value |= uint64_t{byte & 127u} << (shift < 64 ? shift : 63);
    if (byte < 128) return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
  }
  BadFile("an Avro number has more than 64 bits");
}

std::string AvroBlocks::ReadBytes() {
  const int64_t length = ReadLong();
  if (length < 0 || length > kLongestHeaderValue) BadFile("the header of the Avro file is damaged");
  Need(static_cast<size_t>(length));
  std::string bytes(Held().substr(0, static_cast<size_t>(length)));
  Drop(bytes.size());
  return bytes;
}

void AvroBlocks::ReadHeader() {
  if (!Have(kAvroMagic.size()) || !Held().starts_with(kAvroMagic)) {
    BadFile("this is no Avro file (it does not begin with Obj and a 1)");
  }
  Drop(kAvroMagic.size());
  std::map<std::string, std::string> header;
  for (int64_t count = ReadLong(); count != 0; count = ReadLong()) {
    if (count < 0) {
      ReadLong();  // Its length.
      count = count == INT64_MIN ? INT64_MAX : -count;
    }
    for (int64_t i = 0; i < count; ++i) {
      std::string key = ReadBytes();
      header.insert_or_assign(std::move(key), ReadBytes());
    }
  }
  Need(kSyncBytes);
  sync_ = Held().substr(0, kSyncBytes);
  Drop(kSyncBytes);
  const auto schema = header.find("avro.schema");
  if (schema == header.end()) BadFile("the Avro file does not say what its records are");
  schema_ = std::make_shared<const AvroSchema>(schema->second);
  const auto codec = header.find("avro.codec");
  codec_ = codec == header.end() ? "null" : codec->second;
  decoder_ = DecoderFor(codec_);
}

bool AvroBlocks::Next(TextLine& block) {
  if (!Have(1)) return false;
  block = TextLine{};
  block.offset = offset_;
  records_ = ReadLong();
  const int64_t bytes = ReadLong();
  if (records_ < 0 || bytes < 0 || bytes > static_cast<int64_t>(kLongestLine)) {
    BadFile("a block of the Avro file is damaged");
  }
  Need(static_cast<size_t>(bytes) + kSyncBytes);
  // Held bytes move when more are read, which is not before the next call.
  const std::string_view packed = Held().substr(0, static_cast<size_t>(bytes));
  if (Held().substr(packed.size(), kSyncBytes) != sync_) {
    BadFile("a block of the Avro file does not end where it should");
  }
  block.text = Unpacked(packed);
  if (records_ > std::max<int64_t>(static_cast<int64_t>(block.text.size()), kMostEmptyRecords)) {
    BadFile("a block of the Avro file has more records than bytes");
  }
  Drop(packed.size() + kSyncBytes);
  block.number = ++lines_;
  return true;
}

std::string_view AvroBlocks::Unpacked(std::string_view packed) {
  if (decoder_ != nullptr) return UnpackedBy(*decoder_, packed);
  return codec_ == "snappy" ? UnpackedSnappy(packed) : packed;
}

std::string_view AvroBlocks::UnpackedBy(Decoder& decoder, std::string_view packed) {
  std::span<const char> in(packed.data(), packed.size());
  decoder.Begin();
  unpacked_.clear();
  for (bool ended = false; !ended;) {
    const size_t before = unpacked_.size();
    if (before > kLongestLine) BadFile("a block of the Avro file unpacks to more than 128 MiB");
    unpacked_.resize(before + kUnpackedAtOnce);
    std::span<char> out(unpacked_.data() + before, kUnpackedAtOnce);
    const size_t in_before = in.size();
    ended = decoder.Step(in, out);
    unpacked_.resize(unpacked_.size() - out.size());
    if (!ended && in.size() == in_before && unpacked_.size() == before) {
      BadFile("a block of the Avro file is cut short");
    }
  }
  return unpacked_;
}

// Followed by a checksum of what it unpacks to.
std::string_view AvroBlocks::UnpackedSnappy(std::string_view packed) {
  if (packed.size() < kChecksumBytes) BadFile("a block of the Avro file is cut short");
  const size_t length = packed.size() - kChecksumBytes;
  size_t size = 0;
  if (!snappy::GetUncompressedLength(packed.data(), length, &size) || size > kLongestLine) {
    BadFile("a block of the Avro file is damaged");
  }
  unpacked_.resize(size);
  if (!snappy::RawUncompress(packed.data(), length, unpacked_.data())) {
    BadFile("a block of the Avro file is damaged");
  }
  uint32_t wanted = 0;
  for (const char byte : packed.substr(length)) {
    wanted = wanted << 8 | static_cast<unsigned char>(byte);
  }
  const auto sum = crc32(0, reinterpret_cast<const Bytef*>(unpacked_.data()),
                         static_cast<uInt>(unpacked_.size()));
  if (sum != wanted) BadFile("a block of the Avro file is damaged: its checksum is another");
  return unpacked_;
}

}  // namespace weir::connect
