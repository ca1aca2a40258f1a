#include "weir/connect/files/file_plan.h"

#include <algorithm>

#include "weir/connect/files/stored_json.h"
#include "weir/connect/files/taken_files.h"
#include "weir/types/schema_json.h"

namespace weir::connect {

namespace {

constexpr const char* kPlanName = "a stored batch plan of read_files";

Json FileToJson(const SourceFile& file) {
  return Json{{"uri", file.uri},
              {"key", file.key},
              {"size", file.size},
              {"modified", file.modified.micros},
              {"etag", file.etag}};
}

SourceFile FileFromJson(const Json& json) {
  return {json.at("uri").get<std::string>(), json.at("key").get<std::string>(),
          json.at("size").get<uint64_t>(), Instant{json.at("modified").get<int64_t>()},
          json.at("etag").get<std::string>()};
}

// An earlier form lists those files as the others.
std::string ExistingFromJson(const Json& existing) {
  if (existing.is_string()) return existing.get<std::string>();
  std::vector<SourceFile> files;
  for (const Json& file : existing) files.push_back(FileFromJson(file));
  return files.empty() ? "" : PackExisting(std::move(files));
}

}  // namespace

std::string FilePlan::ToJson() const {
  Json json{{"files", Json::array()}, {"existing", existing}};
  for (const SourceFile& file : files) json["files"].push_back(FileToJson(file));
  if (!replaced.empty()) json["replaced"] = replaced;
  if (schema) json["schema"] = ParseJson(SchemaToJson(*schema), kPlanName);
  if (!folders.empty()) json["folders"] = folders;
  if (planned) json["planned"] = planned->micros;
  if (listed) json["listed"] = listed->micros;
  json["prefix"] = prefix;
  json["shown"] = shown;
  return json.dump();
}

FilePlan FilePlan::FromJson(const std::string& text) {
  return FromStoredJson(text, kPlanName, [](const Json& json) {
    FilePlan plan;
    for (const Json& file : json.at("files")) plan.files.push_back(FileFromJson(file));
    plan.existing = ExistingFromJson(json.at("existing"));
    if (json.contains("replaced")) plan.replaced = json["replaced"].get<std::vector<std::string>>();
    if (json.contains("schema")) plan.schema = SchemaFromJson(json["schema"].dump());
    if (json.contains("folders")) plan.folders = json["folders"].get<std::vector<std::string>>();
    if (json.contains("planned")) plan.planned = Instant{json["planned"].get<int64_t>()};
    if (json.contains("listed")) plan.listed = Instant{json["listed"].get<int64_t>()};
    plan.prefix = json.value("prefix", "");
    plan.shown = json.value("shown", "");
    return plan;
  });
}

std::string PackExisting(std::vector<SourceFile> files) {
  std::sort(files.begin(), files.end(),
            [](const auto& left, const auto& right) { return left.key < right.key; });
  TakenFilesWriter writer({BatchTimes{}});
  for (const SourceFile& file : files) {
    writer.Add({file.key, VersionHash(file), file.size, file.modified, 0, false});
  }
  return writer.Finish();
}

}  // namespace weir::connect
