#include "weir/session/flow_log.h"

#include <cstdio>

#include "weir/base/error.h"
#include "weir/base/json.h"

namespace weir::session {
namespace {

constexpr int kFormat = 1;

// A flow's name as part of a key: letters, digits, '.', '_' and '-' as they are, the rest as %XX.
std::string FolderName(const std::string& flow) {
  std::string name;
  for (const char c : flow) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' ||
                       (c == '.' && !name.empty());
    if (plain) {
      name += c;
      continue;
    }
    char escaped[4];
    std::snprintf(escaped, sizeof(escaped), "%%%02X", static_cast<unsigned char>(c));
    name += escaped;
  }
  return name;
}

}  // namespace

bool InputPlan::operator==(const InputPlan& other) const {
  const bool same_source = source.has_value() == other.source.has_value() &&
                           (!source || source->json == other.source->json);
  return identity == other.identity && stream == other.stream && from == other.from &&
         to == other.to && same_source;
}

std::string FlowBatch::ToJson() const {
  Json list = Json::array();
  for (const InputPlan& input : inputs) {
    Json item{{"identity", input.identity}, {"stream", input.stream}};
    if (input.source) {
      item["plan"] = input.source->json;
    } else {
      item["from"] = input.from;
      item["to"] = input.to;
    }
    list.push_back(std::move(item));
  }
  return Json{{"format", kFormat}, {"fingerprint", fingerprint}, {"inputs", std::move(list)}}
      .dump();
}

FlowBatch FlowBatch::FromJson(const std::string& text, const std::string& where) {
  const Json json = ParseJson(text, where);
  try {
    if (json.at("format").get<int>() != kFormat) {
      throw Error(ErrorCode::kUnsupported, where + " was written by a newer weir; use that one");
    }
    FlowBatch batch{json.at("fingerprint").get<std::string>(), {}};
    for (const Json& item : json.at("inputs")) {
      InputPlan input;
      input.identity = item.at("identity").get<std::string>();
      input.stream = item.at("stream").get<bool>();
      if (item.contains("plan")) {
        input.source = connect::BatchPlan{item.at("plan").get<std::string>()};
      } else {
        input.from = item.at("from").get<int64_t>();
        input.to = item.at("to").get<int64_t>();
      }
      batch.inputs.push_back(std::move(input));
    }
    return batch;
  } catch (const Json::exception& error) {
    throw Error(ErrorCode::kCorrupt, where + " is not the plan of a batch", error.what());
  }
}

const InputPlan* FlowBatch::Find(const std::string& identity) const {
  for (const InputPlan& input : inputs) {
    if (input.identity == identity) return &input;
  }
  return nullptr;
}

FlowLog::FlowLog(io::Location table, const std::string& flow, int64_t generation)
    : table_(std::move(table)),
      folder_(table_.prefix + "_weir/flows/" + FolderName(flow) + "/" + std::to_string(generation) +
              "/"),
      app_id_("weir/" + flow + "/" + std::to_string(generation)) {}

std::string FlowLog::KeyOf(int64_t batch) const {
  char name[32];
  std::snprintf(name, sizeof(name), "%020lld.json", static_cast<long long>(batch));
  return folder_ + name;
}

int64_t FlowLog::Done(const delta::Snapshot& snapshot) const {
  const auto at = snapshot.transactions().find(app_id_);
  return at == snapshot.transactions().end() ? -1 : at->second.version;
}

std::optional<FlowBatch> FlowLog::Find(int64_t batch) const {
  const std::string key = KeyOf(batch);
  if (!table_.store->Find(key)) return std::nullopt;
  return FlowBatch::FromJson(table_.store->Read(key), key);
}

FlowBatch FlowLog::Store(int64_t batch, const FlowBatch& plan) const {
  const std::string key = KeyOf(batch);
  if (table_.store->PutIfAbsent(key, plan.ToJson()) == io::PutOutcome::kCreated) return plan;
  return FlowBatch::FromJson(table_.store->Read(key), key);
}

FlowLog::Reached FlowLog::Through(int64_t done) const {
  Reached reached;
  for (int64_t batch = 0; batch <= done; ++batch) {
    const std::string key = KeyOf(batch);
    FlowBatch plan;
    try {
      plan = FlowBatch::FromJson(table_.store->Read(key), key);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kNotFound) throw;
      throw Error(ErrorCode::kCorrupt,
                  "the plan of batch " + std::to_string(batch) + " is gone from " + table_.uri +
                      folder_.substr(table_.prefix.size()) +
                      ", so what the flow has read is not known; a full refresh starts it anew");
    }
    for (const InputPlan& input : plan.inputs) {
      if (!input.stream) continue;
      if (input.source) {
        reached.sources[input.identity].push_back(*input.source);
      } else {
        reached.tables[input.identity] = input.to;
      }
    }
  }
  return reached;
}

int64_t GenerationOf(const delta::Snapshot& snapshot) {
  const auto at = snapshot.transactions().find(kGenerationAppId);
  return at == snapshot.transactions().end() ? 0 : at->second.version;
}

}  // namespace weir::session
