#include "weir/session/flow_log.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/base/uuid.h"

namespace weir::session {
namespace {

constexpr int kFormat = 1;

// What a connector wrote, by which it would have to be read.
void CheckInner(const std::string& json, const std::string& where) {
  if (json.empty() || Json::accept(json)) return;
  throw Error(ErrorCode::kCorrupt, where + " is damaged: a plan in it is not valid JSON");
}

}  // namespace

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

bool InputPlan::operator==(const InputPlan& other) const {
  const bool same_source = source.has_value() == other.source.has_value() &&
                           (!source || source->json == other.source->json);
  return identity == other.identity && name == other.name && stream == other.stream &&
         from == other.from && to == other.to && same_source;
}

std::string FlowBatch::ToJson() const {
  Json list = Json::array();
  for (const InputPlan& input : inputs) {
    Json item{{"identity", input.identity}, {"name", input.name}, {"stream", input.stream}};
    if (input.source) {
      item["plan"] = input.source->json;
    } else {
      item["from"] = input.from;
      item["to"] = input.to;
    }
    list.push_back(std::move(item));
  }
  Json json{{"format", kFormat},
            {"fingerprint", fingerprint},
            {"target", target},
            {"inputs", std::move(list)}};
  if (previous) json["previous"] = *previous;
  if (version) json["version"] = {{"type", version->type}, {"value", version->value}};
  if (read_clocks) json["read_clocks"] = read_clocks->micros;
  if (previous_committed) json["previous_committed"] = previous_committed->micros;
  return json.dump();
}

FlowBatch FlowBatch::FromJson(const std::string& text, const std::string& where) {
  const Json json = ParseJson(text, where);
  try {
    if (json.at("format").get<int>() != kFormat) {
      throw Error(ErrorCode::kUnsupported, where + " was written by a newer weir; use that one");
    }
    FlowBatch batch{
        json.at("fingerprint").get<std::string>(), json.at("target").get<std::string>(), {}};
    for (const Json& item : json.at("inputs")) {
      InputPlan input;
      input.identity = item.at("identity").get<std::string>();
      input.name = item.at("name").get<std::string>();
      input.stream = item.at("stream").get<bool>();
      if (item.contains("plan")) {
        input.source = connect::BatchPlan{item.at("plan").get<std::string>()};
        CheckInner(input.source->json, where);
      } else {
        input.from = item.at("from").get<int64_t>();
        input.to = item.at("to").get<int64_t>();
      }
      batch.inputs.push_back(std::move(input));
    }
    if (json.contains("version")) {
      const Json& version = json["version"];
      batch.version = {version.at("type").get<std::string>(),
                       version.at("value").get<std::string>()};
    }
    if (json.contains("previous")) batch.previous = json["previous"].get<int64_t>();
    if (json.contains("read_clocks")) {
      batch.read_clocks = Instant{json["read_clocks"].get<int64_t>()};
    }
    if (json.contains("previous_committed")) {
      batch.previous_committed = Instant{json["previous_committed"].get<int64_t>()};
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

bool FlowBatch::IsAlike(const FlowBatch& other) const {
  return fingerprint == other.fingerprint && target == other.target && inputs == other.inputs &&
         version == other.version;
}

namespace {

constexpr std::string_view kFlows = "_weir/flows/";

constexpr std::string_view kWayOut =
    "; put the file back from a copy, or read everything anew with a full refresh of the "
    "flow's table (--full-refresh, or REFRESH ... FULL)";

template <typename Parse>
auto WithWayOut(const Parse& parse) {
  try {
    return parse();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kCorrupt) throw;
    throw Error(ErrorCode::kCorrupt, error.what() + std::string(kWayOut), error.detail());
  }
}

std::string FileName(int64_t batch) {
  char name[32];
  std::snprintf(name, sizeof(name), "%020lld.json", static_cast<long long>(batch));
  return name;
}

// The number a key ends with; nothing for a key that is none of ours.
std::optional<int64_t> BatchOf(std::string_view key) {
  const std::string_view name = key.substr(key.rfind('/') + 1);
  int64_t batch = 0;
  const auto [end, failure] = std::from_chars(name.data(), name.data() + name.size(), batch);
  const bool whole = failure == std::errc() && name.substr(end - name.data()) == ".json";
  return whole ? std::optional(batch) : std::nullopt;
}

std::string ToJson(int64_t through, const Reached& reached) {
  Json sources = Json::object();
  for (const auto& [identity, source] : reached.sources) {
    Json& item = sources[identity] = Json::object();
    if (source.progress) item["progress"] = *source.progress;
    for (const connect::BatchPlan& plan : source.plans) item["plans"].push_back(plan.json);
  }
  Json tables = Json::object();
  for (const auto& [identity, table] : reached.tables) {
    tables[identity] = {{"through", table.through}, {"name", table.name}};
  }
  return Json{{"format", kFormat},
              {"through", through},
              {"tables", std::move(tables)},
              {"sources", std::move(sources)}}
      .dump();
}

Reached ReachedFromJson(const std::string& text, const std::string& where) {
  const Json json = ParseJson(text, where);
  try {
    if (json.at("format").get<int>() != kFormat) {
      throw Error(ErrorCode::kUnsupported, where + " was written by a newer weir; use that one");
    }
    Reached reached;
    for (const auto& [identity, item] : json.at("tables").items()) {
      reached.tables[identity] = {item.at("through").get<delta::Version>(),
                                  item.at("name").get<std::string>()};
    }
    for (const auto& [identity, item] : json.at("sources").items()) {
      SourceReached& source = reached.sources[identity];
      if (item.contains("progress")) source.progress = item["progress"].get<std::string>();
      CheckInner(source.progress.value_or(""), where);
      for (const Json& plan : item.value("plans", Json::array())) {
        source.plans.push_back({plan.get<std::string>()});
        CheckInner(source.plans.back().json, where);
      }
    }
    return reached;
  } catch (const Json::exception& error) {
    throw Error(ErrorCode::kCorrupt, where + " does not say how far a flow got", error.what());
  }
}

}  // namespace

bool Reached::HasTableCalled(const std::string& name) const {
  return std::any_of(tables.begin(), tables.end(),
                     [&](const auto& table) { return table.second.name == name; });
}

std::unique_ptr<connect::Progress> SourceReached::In(const connect::Source& source) const {
  auto all = progress ? source.ProgressFromJson(*progress) : source.NewProgress();
  for (const connect::BatchPlan& plan : plans) all->Add(plan);
  return all;
}

FlowLog::FlowLog(io::Location table, const std::string& flow, int64_t generation)
    : table_(std::move(table)),
      folder_(table_.prefix + std::string(kFlows) + FolderName(flow) + "/" +
              std::to_string(generation) + "/"),
      app_id_("weir/" + flow + "/" + std::to_string(generation)) {}

std::string FlowLog::KeyOf(int64_t batch) const { return folder_ + FileName(batch); }

std::string FlowLog::CompactionKeyOf(int64_t batch) const {
  return folder_ + "compacted/" + FileName(batch);
}

int64_t FlowLog::Done(const delta::Snapshot& snapshot) const {
  const auto at = snapshot.transactions().find(app_id_);
  return at == snapshot.transactions().end() ? -1 : at->second.version;
}

std::optional<Instant> FlowLog::CommittedAt(const delta::Snapshot& snapshot) const {
  const auto at = snapshot.transactions().find(app_id_);
  if (at == snapshot.transactions().end() || !at->second.last_updated_millis) return std::nullopt;
  return Instant{*at->second.last_updated_millis * 1000};
}

std::optional<FlowBatch> FlowLog::Find(int64_t batch) const {
  if (!table_.store->Find(KeyOf(batch))) return std::nullopt;
  return Read(batch);
}

std::string FlowLog::UriOf(const std::string& key) const {
  return table_.uri + "/" + key.substr(table_.prefix.size());
}

FlowBatch FlowLog::Read(int64_t batch) const {
  const std::string key = KeyOf(batch);
  const std::string text = table_.store->Read(key);
  return WithWayOut([&] { return FlowBatch::FromJson(text, UriOf(key)); });
}

std::optional<StoredBatch> FlowLog::PendingAfter(int64_t done) const {
  std::optional<StoredBatch> last;
  for (int64_t number = done + 1;; ++number) {
    auto batch = Find(number);
    if (!batch) return last;
    if (batch->previous.value_or(number - 1) == done) last = {number, *std::move(batch)};
  }
}

int64_t FlowLog::StoreAfter(int64_t done, FlowBatch plan) const {
  plan.previous = done;
  const std::string json = plan.ToJson();
  int64_t batch = done + 1;
  while (table_.store->PutIfAbsent(KeyOf(batch), json) != io::PutOutcome::kCreated) ++batch;
  return batch;
}

Reached FlowLog::Through(int64_t done, std::optional<Instant> committed) const {
  const std::vector<int64_t> compactions = Compactions();
  const auto is_compacted = [&](int64_t batch) {
    return std::binary_search(compactions.begin(), compactions.end(), batch);
  };
  std::vector<FlowBatch> plans;  // Those that count, the last one first.
  int64_t batch = done;
  while (batch >= 0 && !is_compacted(batch)) {
    plans.push_back(ReadCounted(batch));
    batch = plans.back().previous.value_or(batch - 1);
  }
  Reached reached;
  if (batch >= 0) {
    const std::string key = CompactionKeyOf(batch);
    const std::string text = table_.store->Read(key);
    reached = WithWayOut([&] { return ReachedFromJson(text, UriOf(key)); });
  }
  for (size_t i = plans.size(); i-- > 0;) {
    AddPlan(plans[i], i == 0 ? committed : plans[i - 1].previous_committed, reached);
  }
  return reached;
}

FlowBatch FlowLog::ReadCounted(int64_t batch) const {
  try {
    return Read(batch);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
    const auto compactions = Compactions();
    if (!compactions.empty() && compactions.back() >= batch) {
      throw Error(ErrorCode::kConflict,
                  "another process runs this flow and is far ahead; run the update again");
    }
    throw Error(ErrorCode::kCorrupt,
                "the plan of batch " + std::to_string(batch) + ", " + UriOf(KeyOf(batch)) +
                    ", is gone, so what the flow has read is not known" + std::string(kWayOut));
  }
}

void FlowLog::AddPlan(const FlowBatch& plan, std::optional<Instant> committed, Reached& reached) {
  for (const InputPlan& input : plan.inputs) {
    if (!input.stream) continue;
    if (input.source) {
      auto& plans = reached.sources[input.identity].plans;
      plans.push_back(*input.source);
      plans.back().committed = committed;
    } else {
      reached.tables[input.identity] = {input.to, input.name};
    }
  }
}

std::vector<int64_t> FlowLog::Compactions() const {
  std::vector<int64_t> found;
  for (const auto& object : table_.store->ListLevel(folder_ + "compacted/").objects) {
    if (const auto batch = BatchOf(object.key)) found.push_back(*batch);
  }
  std::sort(found.begin(), found.end());
  return found;
}

void FlowLog::Compact(int64_t done, const Reached& reached) const {
  const std::vector<int64_t> before = Compactions();
  if (!before.empty() && before.back() >= done) return;
  // Whoever was first wrote the same.
  (void)table_.store->PutIfAbsent(CompactionKeyOf(done), ToJson(done, reached));
  if (before.empty()) return;
  for (const auto& object : table_.store->ListLevel(folder_).objects) {
    const auto batch = BatchOf(object.key);
    if (batch && *batch <= before.back()) table_.store->Delete(object.key);
  }
  for (size_t i = 0; i + 1 < before.size(); ++i) table_.store->Delete(CompactionKeyOf(before[i]));
}

namespace {

constexpr size_t kMostGoneObjects = 64;

Json GoneToJson(const std::string& identity, const std::vector<connect::LetGoFile>& files) {
  Json list = Json::array();
  for (const connect::LetGoFile& file : files) {
    list.push_back({{"key", file.key}, {"at", file.at.micros}, {"mode", file.mode}});
    if (!file.place.empty()) list.back()["place"] = file.place;
  }
  return {{"format", kFormat}, {"source", identity}, {"files", std::move(list)}};
}

void AddGone(const std::string& text, const std::string& where,
             std::map<std::string, std::vector<connect::LetGoFile>>& gone) {
  const Json json = ParseJson(text, where);
  try {
    auto& files = gone[json.at("source").get<std::string>()];
    for (const Json& file : json.at("files")) {
      files.push_back({file.at("key").get<std::string>(), Instant{file.at("at").get<int64_t>()},
                       file.at("mode").get<std::string>(), file.value("place", "")});
    }
  } catch (const Json::exception& error) {
    throw Error(ErrorCode::kCorrupt, where + " does not say what became of files", error.what());
  }
}

}  // namespace

void FlowLog::RecordGone(const std::string& identity,
                         const std::vector<connect::LetGoFile>& files) const {
  table_.store->Put(folder_ + "gone/" + NewUuid() + ".json", GoneToJson(identity, files).dump());
  CompactGone();
}

std::map<std::string, std::vector<connect::LetGoFile>> FlowLog::Gone() const {
  std::map<std::string, std::vector<connect::LetGoFile>> gone;
  for (const auto& object : table_.store->ListLevel(folder_ + "gone/").objects) {
    const std::string text = table_.store->Read(object.key);
    WithWayOut([&] {
      AddGone(text, UriOf(object.key), gone);
      return true;
    });
  }
  for (auto& [identity, files] : gone) {
    std::stable_sort(files.begin(), files.end(),
                     [](const auto& left, const auto& right) { return left.at < right.at; });
  }
  return gone;
}

// What is kept twice when it is cut off says the same twice.
void FlowLog::CompactGone() const {
  const auto objects = table_.store->ListLevel(folder_ + "gone/").objects;
  if (objects.size() < kMostGoneObjects) return;
  for (const auto& [identity, files] : Gone()) {
    table_.store->Put(folder_ + "gone/" + NewUuid() + ".json", GoneToJson(identity, files).dump());
  }
  for (const auto& object : objects) table_.store->Delete(object.key);
}

void DeleteGenerationsBefore(const io::Location& table, int64_t generation) {
  for (const std::string& flow :
       table.store->ListLevel(table.prefix + std::string(kFlows)).folders) {
    for (const std::string& folder : table.store->ListLevel(flow).folders) {
      const std::string name = folder.substr(flow.size(), folder.size() - flow.size() - 1);
      int64_t number = 0;
      const auto [end, failure] = std::from_chars(name.data(), name.data() + name.size(), number);
      const bool whole = failure == std::errc() && end == name.data() + name.size();
      if (whole && number < generation) table.store->DeleteAll(folder);
    }
  }
}

std::set<std::string> FlowsOf(const delta::Snapshot& snapshot) {
  constexpr std::string_view kPrefix = "weir/";
  const std::string generation = "/" + std::to_string(GenerationOf(snapshot));
  std::set<std::string> flows;
  for (const auto& [app, txn] : snapshot.transactions()) {
    if (!app.starts_with(kPrefix) || !app.ends_with(generation)) continue;
    if (app.size() <= kPrefix.size() + generation.size()) continue;
    flows.insert(app.substr(kPrefix.size(), app.size() - kPrefix.size() - generation.size()));
  }
  return flows;
}

void RequireLastingProgress(const delta::Snapshot& snapshot, const std::string& table) {
  constexpr const char* kExpiry = "delta.setTransactionRetentionDuration";
  if (!snapshot.metadata().configuration.contains(kExpiry)) return;
  throw Error(ErrorCode::kInvalid, "the table " + table +
                                       " lets programs forget how far streams into it got (" +
                                       kExpiry + "), and rows could come twice; ALTER TABLE " +
                                       table + " UNSET TBLPROPERTIES ('" + kExpiry + "')")
      .WithCondition("DELTA_INVALID_TABLE_PROPERTY");
}

int64_t GenerationOf(const delta::Snapshot& snapshot, const std::string& app) {
  const auto at = snapshot.transactions().find(app);
  return at == snapshot.transactions().end() ? 0 : at->second.version;
}

}  // namespace weir::session
