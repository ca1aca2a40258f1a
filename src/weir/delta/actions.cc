#include "weir/delta/actions.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "weir/base/error.h"
#include "weir/delta/json_writer.h"

namespace weir::delta {
namespace {

namespace dom = simdjson::dom;

// Reading ---------------------------------------------------------------------------------------

// One action's JSON object with its name and place, for messages.
class ActionReader {
 public:
  ActionReader(dom::object object, std::string_view action, std::string_view where)
      : object_(object), action_(action), where_(where) {}

  [[noreturn]] void Fail(std::string_view member, std::string_view problem) const {
    throw Error(ErrorCode::kCorrupt, std::string(where_) + ": action `" + std::string(action_) +
                                         "`: member `" + std::string(member) + "` " +
                                         std::string(problem));
  }

  // Absent and JSON null are the same.
  std::optional<dom::element> Find(std::string_view member) const {
    dom::element element;
    if (object_.at_key(member).get(element) || element.is_null()) return std::nullopt;
    return element;
  }

  std::optional<std::string> FindText(std::string_view member) const {
    const auto element = Find(member);
    if (!element) return std::nullopt;
    std::string_view text;
    if (element->get(text)) Fail(member, "should be a string");
    return std::string(text);
  }
  std::string Text(std::string_view member) const {
    auto text = FindText(member);
    if (!text) Fail(member, "is missing");
    return *std::move(text);
  }

  std::optional<int64_t> FindInteger(std::string_view member) const {
    const auto element = Find(member);
    if (!element) return std::nullopt;
    int64_t integer;
    if (!element->get(integer)) return integer;
    double real;
    // Some writers print times as 1.5e12.
    if (element->get(real) || !(real >= -9e15 && real <= 9e15))
      Fail(member, "should be an integer");
    return static_cast<int64_t>(real);
  }
  int64_t Integer(std::string_view member) const {
    const auto integer = FindInteger(member);
    if (!integer) Fail(member, "is missing");
    return *integer;
  }

  bool Boolean(std::string_view member, bool otherwise) const {
    const auto element = Find(member);
    if (!element) return otherwise;
    bool boolean;
    if (element->get(boolean)) Fail(member, "should be true or false");
    return boolean;
  }

  std::vector<std::string> Texts(std::string_view member) const {
    std::vector<std::string> texts;
    const auto element = Find(member);
    if (!element) return texts;
    dom::array array;
    if (element->get(array)) Fail(member, "should be an array of strings");
    for (const dom::element item : array) {
      std::string_view text;
      if (item.get(text)) Fail(member, "should be an array of strings");
      texts.emplace_back(text);
    }
    return texts;
  }

  // Calls `each` with every name and value of an object; nothing when it is absent.
  template <typename Each>
  void Members(std::string_view member, const Each& each) const {
    const auto element = Find(member);
    if (!element) return;
    dom::object object;
    if (element->get(object)) Fail(member, "should be an object");
    for (const auto [name, value] : object) each(name, value);
  }

  // NULLs are left out.
  std::map<std::string, std::string> TextMap(std::string_view member) const {
    std::map<std::string, std::string> map;
    Members(member, [&](std::string_view name, dom::element value) {
      if (!value.is_null()) map.emplace(name, TextOf(value));
    });
    return map;
  }

  // A string as it is, anything else as its JSON text.
  static std::string TextOf(dom::element value) {
    std::string_view text;
    if (!value.get(text)) return std::string(text);
    return simdjson::minify(value);
  }

  // As JSON text, without members that are NULL, as checkpoints have them.
  std::string RawObject(std::string_view member) const {
    const auto element = Find(member);
    if (!element) return {};
    dom::object object;
    if (element->get(object)) Fail(member, "should be an object");
    std::string json;
    JsonObjectWriter out(json);
    for (const auto [name, value] : object) {
      if (!value.is_null()) out.Raw(name, simdjson::minify(value));
    }
    out.End();
    return json;
  }

  dom::object object() const { return object_; }

 private:
  dom::object object_;
  std::string_view action_;
  std::string_view where_;
};

Protocol ReadProtocol(const ActionReader& in) {
  Protocol protocol;
  protocol.min_reader_version = static_cast<int>(in.Integer("minReaderVersion"));
  protocol.min_writer_version = static_cast<int>(in.Integer("minWriterVersion"));
  protocol.reader_features = in.Texts("readerFeatures");
  protocol.writer_features = in.Texts("writerFeatures");
  return protocol;
}

Metadata ReadMetadata(const ActionReader& in, std::string_view where) {
  Metadata metadata;
  metadata.id = in.FindText("id").value_or("");
  metadata.name = in.FindText("name");
  metadata.description = in.FindText("description");
  if (const auto format = in.Find("format")) {
    dom::object object;
    if (format->get(object)) in.Fail("format", "should be an object");
    const ActionReader inner(object, "metaData.format", where);
    metadata.format_provider = inner.FindText("provider").value_or("parquet");
    metadata.format_options = inner.TextMap("options");
  }
  metadata.schema_json = in.Text("schemaString");
  metadata.partition_columns = in.Texts("partitionColumns");
  metadata.configuration = in.TextMap("configuration");
  metadata.created_time_millis = in.FindInteger("createdTime");
  return metadata;
}

PartitionValues ReadPartitionValues(const ActionReader& in) {
  PartitionValues values;
  in.Members("partitionValues", [&](std::string_view name, dom::element value) {
    if (value.is_null()) {
      values.emplace(name, std::nullopt);
    } else {
      values.emplace(name, ActionReader::TextOf(value));
    }
  });
  return values;
}

AddFile ReadAdd(const ActionReader& in) {
  AddFile add;
  add.path = in.Text("path");
  add.partition_values = ReadPartitionValues(in);
  add.size = in.FindInteger("size").value_or(0);
  add.modification_time_millis = in.FindInteger("modificationTime").value_or(0);
  add.data_change = in.Boolean("dataChange", true);
  add.stats_json = in.FindText("stats").value_or("");
  add.tags = in.TextMap("tags");
  add.deletion_vector_json = in.RawObject("deletionVector");
  add.base_row_id = in.FindInteger("baseRowId");
  add.default_row_commit_version = in.FindInteger("defaultRowCommitVersion");
  add.clustering_provider = in.FindText("clusteringProvider").value_or("");
  return add;
}

RemoveFile ReadRemove(const ActionReader& in) {
  RemoveFile remove;
  remove.path = in.Text("path");
  remove.deletion_timestamp_millis = in.FindInteger("deletionTimestamp");
  remove.data_change = in.Boolean("dataChange", true);
  remove.extended_file_metadata = in.Boolean("extendedFileMetadata", false);
  remove.partition_values = ReadPartitionValues(in);
  remove.size = in.FindInteger("size");
  remove.deletion_vector_json = in.RawObject("deletionVector");
  remove.base_row_id = in.FindInteger("baseRowId");
  remove.default_row_commit_version = in.FindInteger("defaultRowCommitVersion");
  return remove;
}

CdcFile ReadCdc(const ActionReader& in) {
  return {in.Text("path"), ReadPartitionValues(in), in.FindInteger("size").value_or(0),
          in.TextMap("tags")};
}

SetTransaction ReadTransaction(const ActionReader& in) {
  return {in.Text("appId"), in.Integer("version"), in.FindInteger("lastUpdated")};
}

DomainMetadata ReadDomain(const ActionReader& in) {
  return {in.Text("domain"), in.FindText("configuration").value_or(""),
          in.Boolean("removed", false)};
}

// Provenance has no schema that writers agree on, so nothing in it makes a log unreadable: what
// does not fit a member goes to `more`.
CommitInfo ReadCommitInfo(const ActionReader& in) {
  CommitInfo info;
  for (const auto [name, value] : in.object()) {
    std::string_view text;
    int64_t integer;
    bool boolean;
    dom::object object;
    if (value.is_null()) continue;
    if (name == "timestamp" && !value.get(integer)) {
      info.timestamp_millis = integer;
    } else if (name == "operation" && !value.get(text)) {
      info.operation = text;
    } else if (name == "operationParameters" && !value.get(object)) {
      for (const auto [key, item] : object) info.parameters.emplace(key, simdjson::minify(item));
    } else if (name == "operationMetrics" && !value.get(object)) {
      for (const auto [key, item] : object) info.metrics.emplace(key, ActionReader::TextOf(item));
    } else if (name == "readVersion" && !value.get(integer)) {
      info.read_version = integer;
    } else if (name == "isolationLevel" && !value.get(text)) {
      info.isolation_level = text;
    } else if (name == "isBlindAppend" && !value.get(boolean)) {
      info.is_blind_append = boolean;
    } else if (name == "engineInfo" && !value.get(text)) {
      info.engine_info = text;
    } else if (name == "txnId" && !value.get(text)) {
      info.txn_id = text;
    } else {
      info.more.emplace(name, simdjson::minify(value));
    }
  }
  return info;
}

bool IsAction(std::string_view name) {
  constexpr std::array<std::string_view, 8> kNames = {
      "add", "remove", "commitInfo", "txn", "metaData", "protocol", "domainMetadata", "cdc"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

std::optional<Action> ReadAction(std::string_view name, const ActionReader& in,
                                 std::string_view where) {
  if (name == "add") return ReadAdd(in);
  if (name == "remove") return ReadRemove(in);
  if (name == "commitInfo") return ReadCommitInfo(in);
  if (name == "txn") return ReadTransaction(in);
  if (name == "metaData") return ReadMetadata(in, where);
  if (name == "protocol") return ReadProtocol(in);
  if (name == "domainMetadata") return ReadDomain(in);
  if (name == "cdc") return ReadCdc(in);
  return std::nullopt;
}

// Valid until the next call in this thread.
dom::object ParseRow(std::string_view line, std::string_view where) {
  thread_local dom::parser parser;
  dom::element document;
  if (const auto error = parser.parse(line.data(), line.size()).get(document)) {
    throw Error(ErrorCode::kCorrupt, std::string(where) + " is not a valid JSON action",
                simdjson::error_message(error));
  }
  dom::object object;
  if (document.get(object)) {
    throw Error(ErrorCode::kCorrupt, std::string(where) + " is not a JSON object");
  }
  return object;
}

// Writing ---------------------------------------------------------------------------------------

void WriteTexts(JsonObjectWriter& out, std::string_view name,
                const std::vector<std::string>& texts) {
  std::string& json = out.Key(name);
  json += '[';
  for (size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) json += ',';
    AppendJsonString(json, texts[i]);
  }
  json += ']';
}

void WriteTextMap(JsonObjectWriter& out, std::string_view name,
                  const std::map<std::string, std::string>& map) {
  JsonObjectWriter inner(out.Key(name));
  for (const auto& [key, value] : map) inner.Text(key, value);
  inner.End();
}

void WriteRawMap(JsonObjectWriter& out, std::string_view name,
                 const std::map<std::string, std::string>& map) {
  JsonObjectWriter inner(out.Key(name));
  for (const auto& [key, value] : map) inner.Raw(key, value);
  inner.End();
}

void WritePartitionValues(JsonObjectWriter& out, const PartitionValues& values) {
  JsonObjectWriter inner(out.Key("partitionValues"));
  for (const auto& [name, value] : values) {
    if (value) {
      inner.Text(name, *value);
    } else {
      inner.Raw(name, "null");
    }
  }
  inner.End();
}

template <typename File>
void WriteRowTracking(JsonObjectWriter& out, const File& file) {
  if (file.base_row_id) out.Integer("baseRowId", *file.base_row_id);
  if (file.default_row_commit_version) {
    out.Integer("defaultRowCommitVersion", *file.default_row_commit_version);
  }
}

const char* NameOf(const Protocol&) { return "protocol"; }
const char* NameOf(const Metadata&) { return "metaData"; }
const char* NameOf(const AddFile&) { return "add"; }
const char* NameOf(const RemoveFile&) { return "remove"; }
const char* NameOf(const SetTransaction&) { return "txn"; }
const char* NameOf(const CommitInfo&) { return "commitInfo"; }
const char* NameOf(const DomainMetadata&) { return "domainMetadata"; }
const char* NameOf(const CdcFile&) { return "cdc"; }

void Write(JsonObjectWriter& out, const Protocol& protocol) {
  out.Integer("minReaderVersion", protocol.min_reader_version);
  out.Integer("minWriterVersion", protocol.min_writer_version);
  if (protocol.min_reader_version >= 3) WriteTexts(out, "readerFeatures", protocol.reader_features);
  if (protocol.min_writer_version >= 7) WriteTexts(out, "writerFeatures", protocol.writer_features);
}

void Write(JsonObjectWriter& out, const Metadata& metadata) {
  out.Text("id", metadata.id);
  if (metadata.name) out.Text("name", *metadata.name);
  if (metadata.description) out.Text("description", *metadata.description);
  JsonObjectWriter format(out.Key("format"));
  format.Text("provider", metadata.format_provider);
  WriteTextMap(format, "options", metadata.format_options);
  format.End();
  out.Text("schemaString", metadata.schema_json);
  WriteTexts(out, "partitionColumns", metadata.partition_columns);
  WriteTextMap(out, "configuration", metadata.configuration);
  if (metadata.created_time_millis) out.Integer("createdTime", *metadata.created_time_millis);
}

void Write(JsonObjectWriter& out, const AddFile& add) {
  out.Text("path", add.path);
  WritePartitionValues(out, add.partition_values);
  out.Integer("size", add.size);
  out.Integer("modificationTime", add.modification_time_millis);
  out.Boolean("dataChange", add.data_change);
  if (!add.stats_json.empty()) out.Text("stats", add.stats_json);
  if (!add.tags.empty()) WriteTextMap(out, "tags", add.tags);
  if (!add.deletion_vector_json.empty()) out.Raw("deletionVector", add.deletion_vector_json);
  WriteRowTracking(out, add);
  if (!add.clustering_provider.empty()) out.Text("clusteringProvider", add.clustering_provider);
}

void Write(JsonObjectWriter& out, const RemoveFile& remove) {
  out.Text("path", remove.path);
  if (remove.deletion_timestamp_millis) {
    out.Integer("deletionTimestamp", *remove.deletion_timestamp_millis);
  }
  out.Boolean("dataChange", remove.data_change);
  if (remove.extended_file_metadata) {
    out.Boolean("extendedFileMetadata", true);
    WritePartitionValues(out, remove.partition_values);
    if (remove.size) out.Integer("size", *remove.size);
  }
  if (!remove.deletion_vector_json.empty()) out.Raw("deletionVector", remove.deletion_vector_json);
  WriteRowTracking(out, remove);
}

void Write(JsonObjectWriter& out, const SetTransaction& txn) {
  out.Text("appId", txn.app_id);
  out.Integer("version", txn.version);
  if (txn.last_updated_millis) out.Integer("lastUpdated", *txn.last_updated_millis);
}

void Write(JsonObjectWriter& out, const CommitInfo& info) {
  out.Integer("timestamp", info.timestamp_millis);
  out.Text("operation", info.operation);
  WriteRawMap(out, "operationParameters", info.parameters);
  if (info.read_version) out.Integer("readVersion", *info.read_version);
  if (!info.isolation_level.empty()) out.Text("isolationLevel", info.isolation_level);
  out.Boolean("isBlindAppend", info.is_blind_append);
  if (!info.metrics.empty()) WriteTextMap(out, "operationMetrics", info.metrics);
  if (!info.engine_info.empty()) out.Text("engineInfo", info.engine_info);
  if (!info.txn_id.empty()) out.Text("txnId", info.txn_id);
  for (const auto& [name, json] : info.more) out.Raw(name, json);
}

void Write(JsonObjectWriter& out, const DomainMetadata& domain) {
  out.Text("domain", domain.domain);
  out.Text("configuration", domain.configuration);
  out.Boolean("removed", domain.removed);
}

void Write(JsonObjectWriter& out, const CdcFile& file) {
  out.Text("path", file.path);
  WritePartitionValues(out, file.partition_values);
  out.Integer("size", file.size);
  out.Boolean("dataChange", false);
  if (!file.tags.empty()) WriteTextMap(out, "tags", file.tags);
}

}  // namespace

std::string ActionToJson(const Action& action) {
  std::string json;
  std::visit(
      [&](const auto& each) {
        JsonObjectWriter outer(json);
        JsonObjectWriter inner(outer.Key(NameOf(each)));
        Write(inner, each);
        inner.End();
        outer.End();
      },
      action);
  return json;
}

std::optional<Action> ActionFromJson(std::string_view line, std::string_view where) {
  for (const auto [name, value] : ParseRow(line, where)) {
    if (value.is_null()) continue;
    dom::object body;
    if (value.get(body)) {
      if (!IsAction(name)) continue;
      throw Error(ErrorCode::kCorrupt,
                  std::string(where) + ": action `" + std::string(name) + "` is not an object");
    }
    if (auto action = ReadAction(name, ActionReader(body, name, where), where)) return action;
  }
  return std::nullopt;
}

std::string SidecarToJson(const Sidecar& sidecar) {
  std::string json;
  JsonObjectWriter outer(json);
  JsonObjectWriter inner(outer.Key("sidecar"));
  inner.Text("path", sidecar.path);
  inner.Integer("sizeInBytes", sidecar.size);
  inner.Integer("modificationTime", sidecar.modification_time_millis);
  inner.End();
  outer.End();
  return json;
}

std::optional<Sidecar> SidecarFromJson(std::string_view line, std::string_view where) {
  // Most rows are about something else.
  if (line.find("\"sidecar\"") == std::string_view::npos) return std::nullopt;
  dom::element body;
  dom::object object;
  if (ParseRow(line, where).at_key("sidecar").get(body) || body.get(object)) return std::nullopt;
  const ActionReader in(object, "sidecar", where);
  return Sidecar{in.Text("path"), in.FindInteger("sizeInBytes").value_or(0),
                 in.FindInteger("modificationTime").value_or(0)};
}

}  // namespace weir::delta
