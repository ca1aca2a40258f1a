#include "weir/connect/bytes/compression.h"

#include <bzlib.h>
#include <gmock/gmock.h>
#include <lz4.h>
#include <lz4frame.h>
#include <lzma.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include <functional>
#include <map>

#include "weir/base/error.h"
#include "weir/io/memory_store.h"

namespace weir::connect {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string Deflated(const std::string& text, int framing) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, framing, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, text.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::string Gzip(const std::string& text) { return Deflated(text, 16 + MAX_WBITS); }
std::string Deflate(const std::string& text) { return Deflated(text, MAX_WBITS); }

std::string Bzip2(const std::string& text) {
  auto size = static_cast<unsigned>(text.size() + text.size() / 50 + 600);
  std::string packed(size, '\0');
  EXPECT_EQ(BZ2_bzBuffToBuffCompress(packed.data(), &size, const_cast<char*>(text.data()),
                                     static_cast<unsigned>(text.size()), 1, 0, 0),
            BZ_OK);
  packed.resize(size);
  return packed;
}

std::string Zstd(const std::string& text) {
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  ZSTD_CCtx* const state = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(state, ZSTD_c_checksumFlag, 1);
  packed.resize(ZSTD_compress2(state, packed.data(), packed.size(), text.data(), text.size()));
  ZSTD_freeCCtx(state);
  return packed;
}

std::string Xz(const std::string& text) {
  std::string packed(lzma_stream_buffer_bound(text.size()), '\0');
  size_t at = 0;
  EXPECT_EQ(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, nullptr,
                                    reinterpret_cast<const uint8_t*>(text.data()), text.size(),
                                    reinterpret_cast<uint8_t*>(packed.data()), &at, packed.size()),
            LZMA_OK);
  packed.resize(at);
  return packed;
}

std::string Lz4Frame(const std::string& text) {
  std::string packed(LZ4F_compressFrameBound(text.size(), nullptr), '\0');
  packed.resize(
      LZ4F_compressFrame(packed.data(), packed.size(), text.data(), text.size(), nullptr));
  return packed;
}

std::string BigEndian(size_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xFF);
  return bytes;
}

// One block of chunks of at most 1,000 bytes, as Hadoop writes them.
std::string HadoopBlock(const std::string& text,
                        const std::function<std::string(const std::string&)>& pack) {
  std::string block = BigEndian(text.size());
  for (size_t at = 0; at < text.size(); at += 1000) {
    const std::string chunk = pack(text.substr(at, 1000));
    block += BigEndian(chunk.size()) + chunk;
  }
  return block;
}

std::string Snappy(const std::string& text) {
  return HadoopBlock(text, [](const std::string& chunk) {
    std::string packed;
    snappy::Compress(chunk.data(), chunk.size(), &packed);
    return packed;
  });
}

std::string Lz4(const std::string& text) {
  return HadoopBlock(text, [](const std::string& chunk) {
    std::string packed(LZ4_COMPRESSBOUND(chunk.size()), '\0');
    packed.resize(static_cast<size_t>(LZ4_compress_default(chunk.data(), packed.data(),
                                                           static_cast<int>(chunk.size()),
                                                           static_cast<int>(packed.size()))));
    return packed;
  });
}

struct Packed {
  const char* name;
  std::string (*pack)(const std::string&);
  bool checks;  // A changed byte of the data is always noticed.
};
const Packed kAll[] = {
    {"f.gz", Gzip, true},        {"f.GZ", Gzip, true},         {"f.bz2", Bzip2, true},
    {"f.zst", Zstd, true},       {"f.deflate", Deflate, true}, {"f.xz", Xz, true},
    {"f.snappy", Snappy, false}, {"f.lz4", Lz4, false},        {"f.lz4", Lz4Frame, false}};

std::string Text(size_t lines) {
  std::string text;
  for (size_t i = 0; i < lines; ++i) text += std::to_string(i * 7919) + ",porto\n";
  return text;
}

class CompressionTest : public testing::Test {
 protected:
  // What the file holds, read in pieces of `piece` bytes; as far as it goes in `read_`.
  std::string Read(const std::string& name, const std::string& bytes, size_t piece = 700) {
    store_.Put(name, bytes);
    const auto reader = store_.Open(name);
    const auto stream = OpenUnpacked(*reader, CompressionOf(name));
    read_.clear();
    std::string buffer(piece, '\0');
    while (const size_t got = stream->Read(buffer.data(), piece)) read_.append(buffer, 0, got);
    EXPECT_EQ(stream->Read(buffer.data(), piece), 0u);
    return read_;
  }

  // The message of the failure; "" without one.
  std::string Failure(const std::string& name, const std::string& bytes) {
    try {
      Read(name, bytes);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
      return error.what();
    }
    return "";
  }

  FakeClock clock_{Instant{1'000'000}};
  io::MemoryStore store_{clock_};
  std::string read_;
};

TEST_F(CompressionTest, WhatItsLibraryPacksIsUnpacked) {
  const std::string text = Text(5000);
  for (const Packed& packed : kAll) {
    EXPECT_EQ(Read(packed.name, packed.pack(text)), text) << packed.name;
    EXPECT_EQ(Read(packed.name, packed.pack(text), 1), text) << packed.name;
    EXPECT_EQ(Read(packed.name, packed.pack("")), "") << packed.name;
  }
}

TEST_F(CompressionTest, MembersOneAfterAnotherAreOne) {
  for (const Packed& packed : kAll) {
    const std::string bytes = packed.pack("one\n") + packed.pack("") + packed.pack(Text(3000));
    EXPECT_EQ(Read(packed.name, bytes), "one\n" + Text(3000)) << packed.name;
  }
  EXPECT_EQ(Read("f.gz", Gzip("one\n") + std::string(600, '\0')), "one\n");
}

TEST_F(CompressionTest, CutShortGivesWhatIsThereAndFails) {
  const std::string text = Text(400);
  for (const Packed& packed : kAll) {
    const std::string bytes = packed.pack(text);
    for (size_t length = 0; length < bytes.size(); length += 1 + bytes.size() / 97) {
      EXPECT_THAT(Failure(packed.name, bytes.substr(0, length)), HasSubstr("data are cut short"))
          << packed.name << " of " << length;
      EXPECT_THAT(text, StartsWith(read_));
    }
  }
}

TEST_F(CompressionTest, AChangedByteIsNoticedAndSpoilsNothingBefore) {
  const std::string text = Text(3000);
  for (const Packed& packed : kAll) {
    std::string bytes = packed.pack(text);
    for (size_t at = 20; at + 20 < bytes.size(); at += 1 + bytes.size() / 61) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(~changed[at]);
      const std::string failure = Failure(packed.name, changed);
      EXPECT_TRUE(!packed.checks || !failure.empty()) << packed.name << " at " << at;
    }
  }
}

TEST_F(CompressionTest, AFileThatIsNotPackedAsItsNameSaysIsTold) {
  for (const Packed& packed : kAll) {
    EXPECT_THAT(Failure(packed.name, Text(300)), HasSubstr("not packed as its name says"))
        << packed.name;
    EXPECT_EQ(read_, "") << packed.name;
  }
  EXPECT_EQ(Failure("f.gz", Zstd(Text(9))),
            "the name ends in .gz, but the file holds zstd data; give it a name that ends in .zst");
  EXPECT_THAT(Failure("f.snappy", std::string("\xFF\x06\0\0sNaPpY", 10) + Text(100)),
              HasSubstr("framed snappy data; weir unpacks .gz, .bz2, .zst"));
}

TEST_F(CompressionTest, APackedFileWithoutTheEndingIsTold) {
  EXPECT_EQ(Failure("f.csv", Gzip(Text(9))),
            "the file holds gzip data, which its name does not say; give it a name that ends in "
            ".gz");
  EXPECT_THAT(Failure("f.csv.zip", "PK\x03\x04 and more"), HasSubstr("holds zip data"));
  EXPECT_EQ(Read("f.csv", "PKs\n"), "PKs\n");
  EXPECT_EQ(Read("f.csv", ""), "");
}

TEST_F(CompressionTest, ExpansionWithoutBoundIsReadPieceByPiece) {
  const std::string zeros(64 << 20, '0');
  for (const Packed& packed : {Packed{"f.zst", Zstd, true}, Packed{"f.gz", Gzip, true}}) {
    store_.Put(packed.name, packed.pack(zeros));
    const auto reader = store_.Open(packed.name);
    const auto stream = OpenUnpacked(*reader, CompressionOf(packed.name));
    std::string buffer(1 << 20, '\0');
    size_t sum = 0;
    while (const size_t got = stream->Read(buffer.data(), buffer.size())) sum += got;
    EXPECT_EQ(sum, zeros.size());
  }
}

TEST_F(CompressionTest, AChunkThatClaimsToBeHugeIsRefusedBeforeItIsHeld) {
  const std::string huge = BigEndian(0x7FFFFFFF) + BigEndian(0x7FFFFFFF) + "x";
  EXPECT_THAT(Failure("f.snappy", huge), HasSubstr("snappy data are damaged"));
  EXPECT_THAT(Failure("f.lz4", huge), HasSubstr("lz4 data are damaged"));
}

TEST(CompressionNameTest, TheEndingTells) {
  EXPECT_EQ(CompressionOf("a/b.csv.ZST"), Compression::kZstd);
  EXPECT_EQ(CompressionOf("gz"), Compression::kNone);
  EXPECT_EQ(CompressionOf("a.gz/b.csv"), Compression::kNone);
  EXPECT_EQ(WithoutCompression("b.csv.bz2"), "b.csv");
  EXPECT_EQ(WithoutCompression("b.csv"), "b.csv");
}

}  // namespace
}  // namespace weir::connect
