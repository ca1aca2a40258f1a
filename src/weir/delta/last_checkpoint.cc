#include "weir/delta/last_checkpoint.h"

#include <map>

#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/base/md5.h"
#include "weir/delta/json_writer.h"

namespace weir::delta {
namespace {

constexpr const char* kChecksumMember = "checksum";
// More are left to the checkpoint itself.
constexpr size_t kMostRepeated = 30;

std::string UrlEncoded(std::string_view text) {
  static constexpr char kHexDigits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += kHexDigits[byte >> 4];
    encoded += kHexDigits[byte & 15];
  }
  return encoded;
}

std::string QuotedUrlEncoded(std::string_view text) { return '"' + UrlEncoded(text) + '"'; }

// The leaves by their paths, which sort as bytes.
void CollectLeaves(const Json& value, const std::string& path,
                   std::map<std::string, std::string>& leaves) {
  const std::string before = path.empty() ? "" : path + "+";
  if (value.is_object()) {
    for (const auto& [name, member] : value.items()) {
      if (path.empty() && name == kChecksumMember) continue;
      CollectLeaves(member, before + QuotedUrlEncoded(name), leaves);
    }
  } else if (value.is_array()) {
    for (size_t i = 0; i < value.size(); ++i) {
      CollectLeaves(value[i], before + std::to_string(i), leaves);
    }
  } else {
    leaves[path] =
        value.is_string() ? QuotedUrlEncoded(value.get_ref<const std::string&>()) : value.dump();
  }
}

std::string CanonicalJsonOf(const Json& object) {
  std::map<std::string, std::string> leaves;
  CollectLeaves(object, "", leaves);
  std::string canonical;
  for (const auto& [path, leaf] : leaves) {
    if (!canonical.empty()) canonical += ',';
    canonical += path + "=" + leaf;
  }
  return canonical;
}

void WriteV2(JsonObjectWriter& out, const WrittenCheckpoint& checkpoint) {
  JsonObjectWriter v2(out.Key("v2Checkpoint"));
  v2.Text("path", checkpoint.v2_name);
  v2.Integer("sizeInBytes", checkpoint.v2_bytes);
  v2.Integer("modificationTime", checkpoint.v2_millis);
  if (checkpoint.other_actions.size() <= kMostRepeated) {
    std::string& json = v2.Key("nonFileActions");
    json += '[';
    for (const std::string& action : checkpoint.other_actions) {
      if (json.back() != '[') json += ',';
      json += action;
    }
    json += ']';
  }
  if (checkpoint.sidecars.size() <= kMostRepeated) {
    std::string& json = v2.Key("sidecarFiles");
    json += '[';
    for (const Sidecar& sidecar : checkpoint.sidecars) {
      if (json.back() != '[') json += ',';
      JsonObjectWriter one(json);
      one.Text("path", sidecar.path);
      one.Integer("sizeInBytes", sidecar.size);
      one.Integer("modificationTime", sidecar.modification_time_millis);
      one.End();
    }
    json += ']';
  }
  v2.End();
}

}  // namespace

std::string LastCheckpointToJson(const WrittenCheckpoint& checkpoint) {
  std::string json;
  JsonObjectWriter out(json);
  out.Integer("version", checkpoint.version);
  out.Integer("size", checkpoint.actions);
  if (checkpoint.parts > 1) out.Integer("parts", checkpoint.parts);
  out.Integer("sizeInBytes", checkpoint.bytes);
  out.Integer("numOfAddFiles", checkpoint.add_files);
  if (!checkpoint.v2_name.empty()) WriteV2(out, checkpoint);
  out.Text(kChecksumMember, JsonChecksum(json + '}'));
  out.End();
  return json;
}

std::optional<LastCheckpoint> LastCheckpointFromJson(std::string_view text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return std::nullopt;
  const auto version = json.find("version");
  if (version == json.end() || !version->is_number_integer()) return std::nullopt;
  if (version->get<Version>() < 0) return std::nullopt;
  const auto checksum = json.find(kChecksumMember);
  if (checksum != json.end() && checksum->is_string() &&
      checksum->get_ref<const std::string&>() != Md5(CanonicalJsonOf(json))) {
    return std::nullopt;
  }
  return LastCheckpoint{version->get<Version>()};
}

std::string CanonicalJson(std::string_view json) {
  const Json object = ParseJson(json, "_last_checkpoint");
  if (!object.is_object()) {
    throw Error(ErrorCode::kCorrupt, "_last_checkpoint is not a JSON object");
  }
  return CanonicalJsonOf(object);
}

std::string JsonChecksum(std::string_view json) { return Md5(CanonicalJson(json)); }

}  // namespace weir::delta
