#include "weir/delta/checksum.h"

#include <algorithm>

#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/delta/json_writer.h"

namespace weir::delta {
namespace {

// {"metaData":{...}} without what is around the inner object.
std::string BodyOf(const Action& action) {
  const std::string json = ActionToJson(action);
  const size_t colon = json.find(':');
  return json.substr(colon + 1, json.size() - colon - 2);
}

template <typename Body>
Body ActionOf(const char* name, const Json& body) {
  auto action = ActionFromJson(Json{{name, body}}.dump(), "a checksum");
  return std::get<Body>(*std::move(action));
}

template <typename Actions>
void WriteActions(JsonObjectWriter& out, std::string_view name, const Actions& actions) {
  std::string& json = out.Key(name);
  json += '[';
  for (size_t i = 0; i < actions.size(); ++i) {
    if (i > 0) json += ',';
    json += BodyOf(actions[i]);
  }
  json += ']';
}

std::vector<std::string> SortedNames(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return names;
}

bool SameProtocol(const Protocol& a, const Protocol& b) {
  return a.min_reader_version == b.min_reader_version &&
         a.min_writer_version == b.min_writer_version &&
         SortedNames(a.reader_features) == SortedNames(b.reader_features) &&
         SortedNames(a.writer_features) == SortedNames(b.writer_features);
}

bool SameMetadata(const Metadata& a, const Metadata& b) {
  return a.id == b.id && a.schema_json == b.schema_json &&
         a.partition_columns == b.partition_columns && a.configuration == b.configuration;
}

}  // namespace

std::string ChecksumToJson(const VersionChecksum& checksum) {
  std::string json;
  JsonObjectWriter out(json);
  if (!checksum.txn_id.empty()) out.Text("txnId", checksum.txn_id);
  out.Integer("tableSizeBytes", checksum.bytes);
  out.Integer("numFiles", checksum.files);
  out.Integer("numMetadata", 1);
  out.Integer("numProtocol", 1);
  if (checksum.in_commit_timestamp) {
    out.Integer("inCommitTimestampOpt", *checksum.in_commit_timestamp);
  }
  // An empty list would say that there are none.
  if (checksum.transactions) WriteActions(out, "setTransactions", *checksum.transactions);
  WriteActions(out, "domainMetadata", checksum.domains);
  out.Raw("metadata", BodyOf(checksum.metadata));
  out.Raw("protocol", BodyOf(checksum.protocol));
  out.End();
  return json;
}

std::optional<VersionChecksum> ChecksumFromJson(std::string_view text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return std::nullopt;
  const auto number = [&](const char* name) -> std::optional<int64_t> {
    const auto found = json.find(name);
    if (found == json.end() || !found->is_number_integer()) return std::nullopt;
    return found->get<int64_t>();
  };
  const auto files = number("numFiles");
  const auto bytes = number("tableSizeBytes");
  const auto metadata = json.find("metadata");
  const auto protocol = json.find("protocol");
  if (!files || !bytes || metadata == json.end() || !metadata->is_object() ||
      protocol == json.end() || !protocol->is_object()) {
    return std::nullopt;
  }
  VersionChecksum checksum;
  checksum.files = *files;
  checksum.bytes = *bytes;
  checksum.in_commit_timestamp = number("inCommitTimestampOpt");
  if (const auto id = json.find("txnId"); id != json.end() && id->is_string()) {
    checksum.txn_id = id->get<std::string>();
  }
  try {
    checksum.metadata = ActionOf<Metadata>("metaData", *metadata);
    checksum.protocol = ActionOf<Protocol>("protocol", *protocol);
  } catch (const Error&) {
    // Spoilt: the log is whole without.
    return std::nullopt;
  }
  return checksum;
}

std::optional<std::string> Disagreement(const VersionChecksum& checksum, const TableState& state) {
  // One that was left behind by another table in this place, say.
  if (!checksum.txn_id.empty() && state.last_commit && !state.last_commit->txn_id.empty() &&
      checksum.txn_id != state.last_commit->txn_id) {
    return std::nullopt;
  }
  const auto differs = [](int64_t have, int64_t said, const char* what) {
    return std::to_string(have) + " " + what + " where the checksum says " + std::to_string(said);
  };
  const auto files = static_cast<int64_t>(state.files.size());
  if (files != checksum.files) return differs(files, checksum.files, "files");
  const int64_t bytes = state.files.bytes();
  if (bytes != checksum.bytes) return differs(bytes, checksum.bytes, "bytes of files");
  if (state.protocol && !SameProtocol(*state.protocol, checksum.protocol)) {
    return "another protocol than the checksum";
  }
  if (state.metadata && !SameMetadata(*state.metadata, checksum.metadata)) {
    return "another metaData than the checksum";
  }
  return std::nullopt;
}

}  // namespace weir::delta
