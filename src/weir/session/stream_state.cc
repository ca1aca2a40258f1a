#include "weir/session/stream_state.h"

#include <algorithm>
#include <utility>

#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/session/flow_log.h"
#include "weir/types/predicate.h"

namespace weir::session {
namespace {

// So many small files of one operator are not worth reading one by one.
constexpr size_t kMostSmallFiles = 16;
constexpr int64_t kSmallStateFile = 32 << 20;

Predicate IsPart(size_t part) {
  return Predicate(Predicate::Compare{
      {sql::kPartColumn}, Predicate::Op::kEq, Value::Int(static_cast<int32_t>(part))});
}

std::string PropertyIn(const delta::Snapshot& snapshot, const char* key) {
  const auto& properties = snapshot.metadata().configuration;
  const auto at = properties.find(key);
  return at == properties.end() ? "" : at->second;
}

// What kept rows are for: names do not matter.
Json OperatorsJson(const std::vector<sql::KeptRows>& operators) {
  Json list = Json::array();
  for (const sql::KeptRows& one : operators) {
    Json columns = Json::array();
    for (const sql::PlanColumn& column : one.columns) columns.push_back(column.type.ToSql());
    list.push_back({{"kind", one.kind}, {"columns", std::move(columns)}, {"shape", one.shape}});
  }
  return list;
}

std::string LabelsJson(const std::vector<sql::KeptRows>& operators) {
  Json list = Json::array();
  for (const sql::KeptRows& one : operators) list.push_back(one.labels);
  return list.dump();
}

std::string Told(const Json& operators) {
  std::string text;
  for (const Json& one : operators) {
    text += (text.empty() ? "" : ", ") + one.at("kind").get<std::string>();
    const auto shape = one.at("shape").get<std::string>();
    if (!shape.empty()) text += " " + shape;
  }
  return text.empty() ? "none" : text;
}

}  // namespace

Schema StreamStateSchema(const std::vector<sql::KeptRows>& operators) {
  std::vector<Field> fields{{sql::kPartColumn, TypeId::kInt, true, "{}"},
                            {sql::kExpiresColumn, TypeId::kTimestamp, true, "{}"}};
  for (const sql::KeptRows& one : operators) {
    for (const sql::PlanColumn& column : one.columns) {
      fields.push_back({column.name, column.type, true, "{}"});
    }
  }
  return Schema(std::move(fields));
}

StreamState::StreamState(const Services& services, const io::Location& table, int64_t generation,
                         const std::string& flow)
    : kept_(services,
            StateFolder(table,
                        kStreamStates + std::to_string(generation) + "/" + FolderName(flow) + "/"),
            "weir/stream@" + std::to_string(generation) + ":" + FolderName(flow)) {}

bool StreamState::IsNamedBy(const delta::Snapshot& target) const {
  return kept_.FindNamedBy(target).has_value();
}

void StreamState::ThrowGone(const delta::Snapshot& target, const std::string& detail) const {
  throw Error(
      ErrorCode::kCorrupt,
      "version " + std::to_string(kept_.NamedBy(target)) +
          " of what a flow keeps between its batches is gone (" + table().location().uri +
          "); put the folder back, or let a full refresh read everything anew (--full-refresh, or "
          "REFRESH ... FULL)",
      detail)
      .WithCondition("CANNOT_LOAD_STATE_STORE");
}

std::shared_ptr<const delta::Snapshot> StreamState::At(const delta::Snapshot& target) const {
  try {
    return table().At(kept_.NamedBy(target));
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kNotFound) ThrowGone(target, error.what());
    throw;
  }
}

StreamClock StreamState::ClockOf(const delta::Snapshot& target) const {
  if (!IsNamedBy(target)) return {};
  return StreamClock::FromJson(PropertyIn(*At(target), kClockProperty),
                               std::string(kClockProperty) + " of " + table().location().uri);
}

std::shared_ptr<const delta::Snapshot> StreamState::Open(
    const delta::Snapshot& target, const std::vector<sql::KeptRows>& operators) {
  TableDeclaration declaration{StreamStateSchema(operators), {sql::kPartColumn}, std::nullopt, {}};
  declaration.properties = {{kOperatorsProperty, OperatorsJson(operators).dump()},
                            {kLabelsProperty, LabelsJson(operators)},
                            {kClockProperty, StreamClock().ToJson()}};
  try {
    return kept_.Open(target, declaration);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
    ThrowGone(target, error.what());
  }
}

void StreamState::CheckFits(const delta::Snapshot& target,
                            const std::vector<sql::KeptRows>& operators, const std::string& name,
                            const std::string& full_refresh) const {
  const Json wanted = OperatorsJson(operators);
  const Json had = IsNamedBy(target)
                       ? ParseJson(PropertyIn(*At(target), kOperatorsProperty), kOperatorsProperty)
                       : Json::array();
  if (had == wanted) return;
  throw Error(ErrorCode::kInvalid,
              "what the flow into " + name + " keeps between its batches is of another query (" +
                  Told(had) + ") than it has now (" + Told(wanted) + "); " + full_refresh +
                  " empties the table and reads everything anew")
      .WithCondition("STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA");
}

std::vector<size_t> StreamState::FilesOf(const delta::Snapshot& now, size_t part) {
  return now.FilesFor(IsPart(part));
}

std::vector<std::vector<size_t>> StreamState::FilesToRewrite(
    const delta::Snapshot& now, const std::vector<sql::KeptRows>& operators, int64_t now_ms) {
  const Predicate has_ended(Predicate::Compare{
      {sql::kExpiresColumn}, Predicate::Op::kLe, Value(TypeId::kTimestamp, now_ms * 1000)});
  std::vector<std::vector<size_t>> files;
  for (size_t part = 0; part < operators.size(); ++part) {
    const auto all = FilesOf(now, part);
    if (operators[part].is_all) {
      files.push_back(all);
      continue;
    }
    auto some = now.FilesFor(Predicate(Predicate::And{{IsPart(part), has_ended}}));
    std::vector<size_t> small;
    for (const size_t at : all) {
      if (now.files()[at].size < kSmallStateFile) small.push_back(at);
    }
    if (small.size() >= kMostSmallFiles) some.insert(some.end(), small.begin(), small.end());
    std::sort(some.begin(), some.end());
    some.erase(std::unique(some.begin(), some.end()), some.end());
    files.push_back(std::move(some));
  }
  return files;
}

delta::Metadata StreamState::MetadataAt(const delta::Snapshot& now, const StreamClock& clock) {
  delta::Metadata metadata = now.metadata();
  metadata.configuration[kClockProperty] = clock.ToJson();
  return metadata;
}

}  // namespace weir::session
