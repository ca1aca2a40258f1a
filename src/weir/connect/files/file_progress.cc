#include "weir/connect/files/file_progress.h"

#include <algorithm>
#include <utility>

#include "weir/base/fingerprint.h"
#include "weir/connect/files/file_plan.h"
#include "weir/connect/files/listing.h"
#include "weir/connect/files/stored_json.h"
#include "weir/types/schema_json.h"

namespace weir::connect {

namespace {

// Of files that no batch has read: they were there before the first one.
constexpr uint32_t kNoBatch = UINT32_MAX;

constexpr const char* kProgressName = "the stored progress of read_files";

}  // namespace

FileProgress::FileProgress(const std::string& text, Instant not_before) : not_before_(not_before) {
  FromStoredJson(text, kProgressName, [&](const Json& json) {
    times_.resize(json.at("batches").get<size_t>());
    if (json.contains("schema")) schema_ = SchemaFromJson(json["schema"].dump());
    if (json.contains("folders")) folders_ = json["folders"].get<std::vector<std::string>>();
    if (json.contains("listed")) listed_ = Instant{json["listed"].get<int64_t>()};
    if (json.contains("shown")) shown_ = json["shown"].get<std::map<std::string, std::string>>();
    if (json.contains("files")) {
      TakeEarlierForm(json["files"].get<std::map<std::string, std::string>>());
      return true;
    }
    packed_ = json.at("taken").get<std::string>();
    known_.Reserve(json.at("count").get<size_t>());
    return true;
  });
  if (packed_.empty()) return;
  TakenFilesReader reader(packed_);
  times_ = reader.batches();
  while (const TakenFile* file = reader.Next()) {
    if (file->modified >= not_before_) {
      known_.Add(file->key, {file->version, file->was_read ? file->batch : kNoBatch});
    }
  }
}

// Versions as texts, whose hash is what they are known by now.
void FileProgress::TakeEarlierForm(const std::map<std::string, std::string>& versions) {
  if (!versions.empty() && times_.empty()) times_.resize(1);
  const auto batch = static_cast<uint32_t>(times_.size() - (times_.empty() ? 0 : 1));
  for (const auto& [key, version] : versions) {
    TakenFile file;
    file.key = key;
    file.version = HashOf(version).high;
    file.batch = batch;
    known_.Add(key, {file.version, batch});
    added_.push_back(std::move(file));
  }
}

void FileProgress::Add(const BatchPlan& stored) {
  const FilePlan plan = FilePlan::FromJson(stored.json);
  const auto batch = static_cast<uint32_t>(times_.size());
  times_.push_back({plan.planned.value_or(Instant{}), stored.committed.value_or(Instant{})});
  for (const SourceFile& file : plan.files) {
    const uint64_t version = VersionHash(file);
    known_.Add(file.key, {version, batch});
    added_.push_back({file.key, version, file.size, file.modified, batch, true});
  }
  if (!plan.existing.empty()) TakeExisting(plan.existing, batch);
  if (plan.listed) listed_ = plan.listed;
  if (plan.schema) schema_ = plan.schema;
  for (const std::string& folder : plan.folders) {
    if (std::find(folders_.begin(), folders_.end(), folder) == folders_.end()) {
      folders_.push_back(folder);
    }
  }
  if (!plan.shown.empty()) shown_[plan.prefix] = plan.shown;
}

void FileProgress::TakeExisting(const std::string& packed, uint32_t batch) {
  TakenFilesReader reader(packed);
  while (const TakenFile* file = reader.Next()) {
    known_.Add(file->key, {file->version, kNoBatch});
    added_.push_back(*file);
    added_.back().batch = batch;
  }
}

std::optional<Instant> FileProgress::CommittedAt(uint32_t batch) const {
  if (batch >= times_.size() || times_[batch].committed.micros == 0) return std::nullopt;
  return times_[batch].committed;
}

FileProgress::Files::Files(const FileProgress& progress) : progress_(progress) {
  for (const TakenFile& file : progress.added_) added_.push_back(&file);
  std::stable_sort(added_.begin(), added_.end(),
                   [](const auto* left, const auto* right) { return left->key < right->key; });
  size_t kept = 0;
  for (size_t i = 0; i < added_.size(); ++i) {
    if (i + 1 == added_.size() || added_[i]->key != added_[i + 1]->key) added_[kept++] = added_[i];
  }
  added_.resize(kept);
  if (!progress.packed_.empty()) packed_.emplace(progress.packed_);
  before_ = NextPacked();
}

const TakenFile* FileProgress::Files::NextPacked() {
  if (!packed_) return nullptr;
  const TakenFile* file = packed_->Next();
  while (file != nullptr && file->modified < progress_.not_before_) file = packed_->Next();
  return file;
}

const TakenFile* FileProgress::Files::Next() {
  if (std::exchange(is_shown_, false)) before_ = NextPacked();
  if (next_added_ == added_.size()) {
    is_shown_ = true;
    return before_;
  }
  const TakenFile* const added = added_[next_added_];
  if (before_ != nullptr && before_->key < added->key) {
    is_shown_ = true;
    return before_;
  }
  is_shown_ = before_ != nullptr && before_->key == added->key;  // It is an older version.
  ++next_added_;
  return added;
}

std::string FileProgress::ToJson() const {
  TakenFilesWriter writer(times_);
  size_t count = 0;
  Files files(*this);
  for (const TakenFile* file = files.Next(); file != nullptr; file = files.Next()) {
    writer.Add(*file);
    ++count;
  }
  Json json{{"batches", times_.size()}, {"count", count}, {"taken", writer.Finish()}};
  if (schema_) json["schema"] = ParseJson(SchemaToJson(*schema_), kProgressName);
  if (listed_) json["listed"] = listed_->micros;
  if (!folders_.empty()) json["folders"] = folders_;
  if (!shown_.empty()) json["shown"] = shown_;
  return json.dump();
}

// By the longest prefix that is known.
std::string FileProgress::UriOf(const std::string& key) const {
  for (auto at = shown_.rbegin(); at != shown_.rend(); ++at) {
    if (key.starts_with(at->first)) {
      return UriBelow({nullptr, at->first, at->second}, key.substr(at->first.size()));
    }
    // A file that the path itself names.
    if (at->first == key + "/") return at->second;
  }
  return key;
}

}  // namespace weir::connect
