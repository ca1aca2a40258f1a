#include <array>
#include <cstring>

#include "weir/base/ascii.h"
#include "weir/engine/duckdb/functions/base64.h"
#include "weir/engine/duckdb/functions/registry.h"

// FIPS 180-4 and RFC 1952, 4648: what the engine has only in part.
namespace weir::engine {

namespace {

uint32_t Rotated(uint32_t value, int by) { return (value >> by) | (value << (32 - by)); }
uint64_t Rotated(uint64_t value, int by) { return (value >> by) | (value << (64 - by)); }

struct Sha256 {
  using Word = uint32_t;
  static constexpr int kRounds = 64;
  static constexpr size_t kLengthBytes = 8;
  static constexpr std::array<std::array<int, 3>, 4> kShifts = {
      {{2, 13, 22}, {6, 11, 25}, {7, 18, 3}, {17, 19, 10}}};
  static constexpr Word kConstants[kRounds] = {
      0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
      0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
      0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
      0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
      0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
      0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
      0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
      0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
      0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
      0xc67178f2};
};

struct Sha512 {
  using Word = uint64_t;
  static constexpr int kRounds = 80;
  static constexpr size_t kLengthBytes = 16;
  static constexpr std::array<std::array<int, 3>, 4> kShifts = {
      {{28, 34, 39}, {14, 18, 41}, {1, 8, 7}, {19, 61, 6}}};
  static constexpr Word kConstants[kRounds] = {
      0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
      0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
      0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
      0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
      0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
      0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
      0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
      0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,
      0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
      0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
      0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
      0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
      0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,
      0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
      0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
      0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
      0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
      0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
      0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
      0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817};
};

template <typename Kind>
using State = std::array<typename Kind::Word, 8>;

template <typename Kind>
void Compress(State<Kind>& state, const unsigned char* block) {
  using Word = typename Kind::Word;
  Word w[Kind::kRounds];
  for (size_t i = 0; i < 16; ++i) {
    w[i] = 0;
    for (size_t b = 0; b < sizeof(Word); ++b) w[i] = (w[i] << 8) | block[i * sizeof(Word) + b];
  }
  const auto mix = [](Word x, const std::array<int, 3>& by, bool shift) {
    return Rotated(x, by[0]) ^ Rotated(x, by[1]) ^ (shift ? x >> by[2] : Rotated(x, by[2]));
  };
  for (int i = 16; i < Kind::kRounds; ++i) {
    w[i] = w[i - 16] + mix(w[i - 15], Kind::kShifts[2], true) + w[i - 7] +
           mix(w[i - 2], Kind::kShifts[3], true);
  }
  auto [a, b, c, d, e, f, g, h] = state;
  for (int i = 0; i < Kind::kRounds; ++i) {
    const Word t1 =
        h + mix(e, Kind::kShifts[1], false) + ((e & f) ^ (~e & g)) + Kind::kConstants[i] + w[i];
    const Word t2 = mix(a, Kind::kShifts[0], false) + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + t2;
  }
  const State<Kind> added = {a, b, c, d, e, f, g, h};
  for (size_t i = 0; i < 8; ++i) state[i] += added[i];
}

std::string HexOf(const std::string& bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string result;
  for (const char c : bytes) {
    result += kDigits[static_cast<unsigned char>(c) >> 4];
    result += kDigits[c & 0x0F];
  }
  return result;
}

template <typename Kind>
std::string Digest(State<Kind> state, std::string_view data, size_t bytes) {
  constexpr size_t kBlock = 16 * sizeof(typename Kind::Word);
  std::string padded(data.substr(data.size() / kBlock * kBlock));
  const auto* const start = reinterpret_cast<const unsigned char*>(data.data());
  for (size_t i = 0; i + kBlock <= data.size(); i += kBlock) Compress<Kind>(state, start + i);
  padded += '\x80';
  while (padded.size() % kBlock != kBlock - 8) padded += '\0';
  if (Kind::kLengthBytes == 16 && padded.size() % kBlock < 16 - 8) padded.append(kBlock, '\0');
  const uint64_t bits = uint64_t{data.size()} * 8;
  for (int i = 7; i >= 0; --i) padded += static_cast<char>(bits >> (8 * i));
  for (size_t i = 0; i < padded.size(); i += kBlock) {
    Compress<Kind>(state, reinterpret_cast<const unsigned char*>(padded.data()) + i);
  }
  std::string digest;
  for (const auto word : state) {
    for (size_t b = sizeof(word); b-- > 0;) digest += static_cast<char>(word >> (8 * b));
  }
  return HexOf(digest.substr(0, bytes));
}

std::optional<std::string> Sha2(std::string_view data, int32_t bits) {
  switch (bits) {
    case 224:
      return Digest<Sha256>({0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939, 0xffc00b31, 0x68581511,
                             0x64f98fa7, 0xbefa4fa4},
                            data, 28);
    case 0:
    case 256:
      return Digest<Sha256>({0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
                             0x1f83d9ab, 0x5be0cd19},
                            data, 32);
    case 384:
      return Digest<Sha512>(
          {0xcbbb9d5dc1059ed8, 0x629a292a367cd507, 0x9159015a3070dd17, 0x152fecd8f70e5939,
           0x67332667ffc00b31, 0x8eb44a8768581511, 0xdb0c2e0d64f98fa7, 0x47b5481dbefa4fa4},
          data, 48);
    case 512:
      return Digest<Sha512>(
          {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
           0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179},
          data, 64);
    default:
      return std::nullopt;
  }
}

int64_t Crc32(std::string_view data) {
  uint32_t crc = 0xFFFFFFFF;
  for (const char c : data) {
    crc ^= static_cast<unsigned char>(c);
    for (int i = 0; i < 8; ++i) crc = (crc >> 1) ^ (0xEDB88320 & (0 - (crc & 1)));
  }
  return static_cast<int64_t>(~crc & 0xFFFFFFFF);
}

std::optional<NewBlob> Unhexed(std::string_view text) {
  NewBlob result;
  // With an odd number of digits the first stands alone.
  int high = text.size() % 2 == 1 ? 0 : -1;
  for (const char c : text) {
    const int value = HexValue(c);
    if (value < 0) return std::nullopt;
    if (high < 0) {
      high = value;
    } else {
      result.bytes += static_cast<char>(high * 16 + value);
      high = -1;
    }
  }
  return result;
}

[[noreturn]] void RaiseNoBinary(std::string_view text, std::string_view format) {
  Raise("CONVERSION_INVALID_INPUT",
        "The value '" + std::string(text.substr(0, 200)) + "' ('" + std::string(format) +
            "') cannot be converted to \"BINARY\" because it is malformed. Correct the value as "
            "per the syntax, or change its format. Use `try_to_binary` to tolerate malformed input "
            "and return NULL instead.");
}

}  // namespace

void AddDigests(Registry& registry) {
  registry.Add("weir_sha2", [](Blob data, int32_t bits) { return Sha2(data.bytes, bits); });
  registry.Add("weir_crc32", [](Blob data) { return Crc32(data.bytes); });
  registry.Add("weir_unhex", [](std::string_view text) { return Unhexed(text); });
  registry.Add("weir_try_from_base64", [](std::string_view text) -> std::optional<NewBlob> {
    auto bytes = TryFromBase64(text);
    if (!bytes) return std::nullopt;
    return NewBlob{std::move(*bytes)};
  });
  registry.Add("weir_from_base64", [](std::string_view text) {
    auto bytes = TryFromBase64(text);
    if (!bytes) RaiseNoBinary(text, "BASE64");
    return NewBlob{std::move(*bytes)};
  });
  registry.Add("weir_from_hex", [](std::string_view text) {
    auto bytes = Unhexed(text);
    if (!bytes) RaiseNoBinary(text, "HEX");
    return NewBlob{std::move(*bytes)};
  });
  registry.Add("weir_unbase64", [](std::string_view text) { return NewBlob{FromBase64(text)}; });
}

}  // namespace weir::engine
