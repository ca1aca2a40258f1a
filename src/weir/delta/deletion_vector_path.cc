#include "weir/delta/deletion_vector_path.h"

#include <array>
#include <cstdint>

#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/delta/paths.h"

namespace weir::delta {
namespace {

constexpr std::string_view kBase85 =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
constexpr size_t kEncodedUuid = 20;

// The 16 bytes that 20 letters of Z85 spell, as a UUID is written.
std::optional<std::string> UuidFromBase85(std::string_view text) {
  std::string uuid;
  for (size_t at = 0; at < text.size(); at += 5) {
    uint64_t word = 0;
    for (const char c : text.substr(at, 5)) {
      const size_t digit = kBase85.find(c);
      if (digit == std::string_view::npos) return std::nullopt;
      word = word * 85 + digit;
    }
    if (word > UINT32_MAX) return std::nullopt;
    for (int shift = 28; shift >= 0; shift -= 4) uuid += "0123456789abcdef"[(word >> shift) & 15];
  }
  for (const size_t dash : {20, 16, 12, 8}) uuid.insert(dash, 1, '-');
  return uuid;
}

std::string TextOr(const Json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

std::optional<std::string> DeletionVectorKey(const io::Location& table,
                                             const std::string& deletion_vector_json) {
  if (deletion_vector_json.empty()) return std::nullopt;
  try {
    const Json vector = ParseJson(deletion_vector_json, "a deletion vector");
    const std::string storage = TextOr(vector, "storageType");
    const std::string path = TextOr(vector, "pathOrInlineDv");
    if (storage == "p") return KeyOfPath(table, path);
    if (storage != "u" || path.size() < kEncodedUuid) return std::nullopt;
    const size_t prefix = path.size() - kEncodedUuid;
    const auto uuid = UuidFromBase85(std::string_view(path).substr(prefix));
    if (!uuid) return std::nullopt;
    return table.prefix + (prefix > 0 ? path.substr(0, prefix) + "/" : "") + "deletion_vector_" +
           *uuid + ".bin";
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace weir::delta
