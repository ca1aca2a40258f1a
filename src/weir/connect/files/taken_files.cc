#include "weir/connect/files/taken_files.h"

#include <zstd.h>

#include <algorithm>

#include "weir/base/base64.h"
#include "weir/base/check.h"
#include "weir/base/error.h"
#include "weir/base/fingerprint.h"

namespace weir::connect {

namespace {

constexpr int kPackingLevel = 3;
constexpr size_t kVersionBytes = 8;
// Of one entry, more than any has: what is packed is of our own making, and bounded all the same.
constexpr uint64_t kLargestUnpacked = uint64_t{8} << 30;

[[noreturn]] void Damaged() {
  throw Error(ErrorCode::kCorrupt, "the stored list of files that were read is damaged");
}

void PutVarint(std::string& into, uint64_t value) {
  while (value >= 0x80) {
    into += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  into += static_cast<char>(value);
}

void PutSigned(std::string& into, int64_t value) {
  PutVarint(into, (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63));
}

// May overflow, and then turns around as Sum does.
int64_t Difference(int64_t value, int64_t from) {
  return static_cast<int64_t>(static_cast<uint64_t>(value) - static_cast<uint64_t>(from));
}

int64_t Sum(int64_t value, int64_t more) {
  return static_cast<int64_t>(static_cast<uint64_t>(value) + static_cast<uint64_t>(more));
}

std::string Unpacked(const std::string& packed) {
  const unsigned long long size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN ||
      size > kLargestUnpacked) {
    Damaged();
  }
  std::string bytes(size, '\0');
  const size_t got = ZSTD_decompress(bytes.data(), bytes.size(), packed.data(), packed.size());
  if (ZSTD_isError(got) != 0 || got != size) Damaged();
  return bytes;
}

}  // namespace

uint64_t VersionHash(const SourceFile& file) {
  if (!file.etag.empty()) return HashOf(file.etag).high;
  return HashOf(std::to_string(file.modified.micros) + "-" + std::to_string(file.size)).high;
}

TakenFilesWriter::TakenFilesWriter(const std::vector<BatchTimes>& batches) {
  PutVarint(bytes_, batches.size());
  int64_t last = 0;
  for (const BatchTimes& batch : batches) {
    PutSigned(bytes_, Difference(batch.planned.micros, last));
    PutSigned(bytes_, Difference(batch.committed.micros, batch.planned.micros));
    last = batch.planned.micros;
  }
}

void TakenFilesWriter::Add(const TakenFile& file) {
  const auto differ =
      std::mismatch(file.key.begin(), file.key.end(), last_key_.begin(), last_key_.end());
  const auto shared = static_cast<size_t>(differ.first - file.key.begin());
  PutVarint(bytes_, shared);
  PutVarint(bytes_, file.key.size() - shared);
  bytes_.append(file.key, shared);
  for (size_t i = 0; i < kVersionBytes; ++i) {
    bytes_ += static_cast<char>(file.version >> (8 * i) & 255);
  }
  PutVarint(bytes_, file.size);
  PutSigned(bytes_, Difference(file.modified.micros, last_modified_));
  PutVarint(bytes_, uint64_t{file.batch} << 1 | (file.was_read ? 0 : 1));
  last_key_ = file.key;
  last_modified_ = file.modified.micros;
}

std::string TakenFilesWriter::Finish() {
  std::string packed(ZSTD_compressBound(bytes_.size()), '\0');
  const size_t size =
      ZSTD_compress(packed.data(), packed.size(), bytes_.data(), bytes_.size(), kPackingLevel);
  if (ZSTD_isError(size) != 0) {
    throw Error(ErrorCode::kExhausted, "no memory to pack the list of files that were read",
                ZSTD_getErrorName(size));
  }
  packed.resize(size);
  return ToBase64(packed);
}

TakenFilesReader::TakenFilesReader(std::string_view text) {
  const auto packed = FromBase64(text);
  if (!packed) Damaged();
  bytes_ = Unpacked(*packed);
  const uint64_t count = Varint();
  if (count > bytes_.size()) Damaged();
  batches_.resize(count);
  int64_t last = 0;
  for (BatchTimes& batch : batches_) {
    batch.planned.micros = last = Sum(last, Signed());
    batch.committed.micros = Sum(batch.planned.micros, Signed());
  }
}

uint64_t TakenFilesReader::Varint() {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (at_ == bytes_.size()) Damaged();
    const auto byte = static_cast<unsigned char>(bytes_[at_++]);
    value |= uint64_t{byte & 127u} << shift;
    if (byte < 0x80) return value;
  }
  Damaged();
}

int64_t TakenFilesReader::Signed() {
  const uint64_t value = Varint();
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}

std::string_view TakenFilesReader::Take(uint64_t bytes) {
  if (bytes > bytes_.size() - at_) Damaged();
  const std::string_view taken = std::string_view(bytes_).substr(at_, bytes);
  at_ += bytes;
  return taken;
}

const TakenFile* TakenFilesReader::Next() {
  if (at_ == bytes_.size()) return nullptr;
  const uint64_t shared = Varint();
  if (shared > file_.key.size()) Damaged();
  const uint64_t rest = Varint();
  file_.key.resize(shared);
  file_.key += Take(rest);
  const std::string_view version = Take(kVersionBytes);
  file_.version = 0;
  for (size_t i = 0; i < kVersionBytes; ++i) {
    file_.version |= uint64_t{static_cast<unsigned char>(version[i])} << (8 * i);
  }
  file_.size = Varint();
  file_.modified.micros = Sum(file_.modified.micros, Signed());
  const uint64_t batch = Varint();
  file_.batch = static_cast<uint32_t>(batch >> 1);
  file_.was_read = (batch & 1) == 0;
  if (file_.batch >= batches_.size()) Damaged();
  return &file_;
}

}  // namespace weir::connect
