#include "weir/connect/bytes/compression.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "weir/base/error.h"
#include "weir/connect/bytes/decoder.h"
#include "weir/types/data_type.h"

namespace weir::connect {

namespace {

using namespace std::string_view_literals;

struct Kind {
  Compression compression;
  std::string_view ending;
  std::string_view name;
  std::unique_ptr<Decoder> (*decoder)();
  bool padded;  // Zeros may follow a member.
};

constexpr Kind kKinds[] = {
    {Compression::kGzip, ".gz", "gzip", NewGzipDecoder, true},
    {Compression::kBzip2, ".bz2", "bzip2", NewBzip2Decoder, false},
    {Compression::kZstd, ".zst", "zstd", NewZstdDecoder, false},
    {Compression::kDeflate, ".deflate", "deflate", NewDeflateDecoder, false},
    {Compression::kXz, ".xz", "xz", NewXzDecoder, true},
    {Compression::kSnappy, ".snappy", "snappy", NewSnappyDecoder, false},
    {Compression::kLz4, ".lz4", "lz4", NewLz4Decoder, false},
};

// How packed files begin, such that no text does.
struct Beginning {
  std::string_view bytes;
  std::string_view name;
  std::string_view ending;  // "": weir does not unpack it.
};

constexpr Beginning kBeginnings[] = {
    {"\x1F\x8B"sv, "gzip", ".gz"},
    {"BZh91AY&SY"sv, "bzip2", ".bz2"},
    {"\x28\xB5\x2F\xFD"sv, "zstd", ".zst"},
    {"\xFD"
     "7zXZ\0"sv,
     "xz", ".xz"},
    {"\x04\x22\x4D\x18"sv, "lz4", ".lz4"},
    {"\xFF\x06\0\0sNaPpY"sv, "framed snappy", ""},
    {"PK\x03\x04"sv, "zip", ""},
    {"7z\xBC\xAF\x27\x1C"sv, "7z", ""},
    {"\x1F\x9D"sv, "compress", ""},
    {"\x89LZO\0"sv, "lzo", ""},
};
constexpr size_t kLongestBeginning = 10;

const Beginning* BeginningOf(std::string_view bytes) {
  for (const Beginning& beginning : kBeginnings) {
    if (bytes.starts_with(beginning.bytes)) return &beginning;
  }
  return nullptr;
}

const Kind* KindOf(std::string_view name) {
  const std::string lower = LowerName(name);
  for (const Kind& kind : kKinds) {
    if (lower.ends_with(kind.ending)) return &kind;
  }
  return nullptr;
}

std::string Remedy(const Beginning& found) {
  if (!found.ending.empty()) return "give it a name that ends in " + std::string(found.ending);
  return "weir unpacks " + CompressionEndings() + "; pack it so, or not at all";
}

// A file that is packed although its name does not say so is no text.
void CheckPlain(io::ObjectReader& reader) {
  char bytes[kLongestBeginning];
  const size_t length = reader.ReadAt(0, bytes, sizeof(bytes));
  const Beginning* const found = BeginningOf({bytes, length});
  if (found == nullptr) return;
  throw Error(ErrorCode::kCorrupt, "the file holds " + std::string(found->name) +
                                       " data, which its name does not say; " + Remedy(*found));
}

constexpr size_t kInputSize = 256 << 10;

class UnpackedStream final : public ByteStream {
 public:
  UnpackedStream(io::ObjectReader& reader, const Kind& kind)
      : source_(OpenPlainStream(reader, 0)),
        kind_(kind),
        decoder_(kind.decoder()),
        input_(kInputSize) {}

  size_t Read(char* into, size_t length) override {
    if (failure_) throw *failure_;
    std::span<char> out(into, length);
    try {
      while (out.size() == length && Advance(out)) {
      }
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kCorrupt) throw;
      failure_ = Explained(error, out.size() == length);
      // What was unpacked before the break is good and goes out first.
      if (out.size() == length) throw *failure_;
    }
    any_output_ = any_output_ || out.size() < length;
    return length - out.size();
  }

 private:
  // False at the end of the file.
  bool Advance(std::span<char>& out) {
    if (in_.empty() && !at_end_) Refill();
    if (between_members_ && !BeginMember()) return false;
    const size_t in_before = in_.size();
    const size_t out_before = out.size();
    between_members_ = decoder_->Step(in_, out);
    if (between_members_ || in_.size() != in_before || out.size() != out_before) return true;
    if (at_end_ && in_.empty()) throw Error(ErrorCode::kCorrupt, "cut short");
    if (!in_.empty()) throw Error(ErrorCode::kCorrupt, "damaged");
    return true;
  }

  void Refill() {
    const size_t got = source_->Read(input_.data(), input_.size());
    at_end_ = got == 0;
    in_ = std::span<const char>(input_.data(), got);
    if (beginning_.empty()) beginning_.assign(input_.data(), std::min(got, kLongestBeginning));
  }

  bool BeginMember() {
    while (!at_end_) {
      while (kind_.padded && seen_member_ && !in_.empty() && in_.front() == 0) in_ = in_.subspan(1);
      if (!in_.empty()) break;
      Refill();
    }
    if (in_.empty() && seen_member_) return false;
    decoder_->Begin();
    seen_member_ = true;
    return true;
  }

  Error Explained(const Error& error, bool nothing_here) const {
    const Beginning* const found = BeginningOf(beginning_);
    const std::string ending(kind_.ending);
    std::string message = "the " + std::string(kind_.name) + " data are " + error.what();
    if (nothing_here && !any_output_ && found != nullptr && found->ending != kind_.ending) {
      message = "the name ends in " + ending + ", but the file holds " + std::string(found->name) +
                " data; " + Remedy(*found);
    } else if (nothing_here && !any_output_ && found == nullptr && !at_end_) {
      message += ", or the file is not packed as its name says (" + ending + ")";
    }
    return Error(ErrorCode::kCorrupt, message, error.detail());
  }

  const std::unique_ptr<ByteStream> source_;
  const Kind& kind_;
  const std::unique_ptr<Decoder> decoder_;
  std::vector<char> input_;
  std::span<const char> in_;
  std::string beginning_;  // Of the file.
  bool at_end_ = false;
  bool between_members_ = true;
  bool seen_member_ = false;
  bool any_output_ = false;
  std::optional<Error> failure_;
};

}  // namespace

Compression CompressionOf(std::string_view name) {
  const Kind* const kind = KindOf(name);
  return kind == nullptr ? Compression::kNone : kind->compression;
}

std::string_view WithoutCompression(std::string_view name) {
  const Kind* const kind = KindOf(name);
  return kind == nullptr ? name : name.substr(0, name.size() - kind->ending.size());
}

std::string CompressionEndings() {
  std::string endings;
  for (const Kind& kind : kKinds) {
    endings += (endings.empty() ? "" : ", ") + std::string(kind.ending);
  }
  return endings;
}

std::unique_ptr<ByteStream> OpenUnpacked(io::ObjectReader& reader, Compression compression) {
  for (const Kind& kind : kKinds) {
    if (kind.compression == compression) return std::make_unique<UnpackedStream>(reader, kind);
  }
  CheckPlain(reader);
  return OpenPlainStream(reader, 0);
}

}  // namespace weir::connect
