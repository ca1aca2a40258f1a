#include "weir/connect/files/file_source.h"

#include <algorithm>

#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/connect/files/inference.h"
#include "weir/connect/files/path_pattern.h"
#include "weir/types/schema_json.h"

namespace weir::connect {

namespace {

constexpr const char* kPlanName = "a stored batch plan of read_files";
constexpr const char* kProgressName = "the stored progress of read_files";

// What changes when the file does.
std::string VersionOf(const SourceFile& file) {
  if (!file.etag.empty()) return file.etag;
  return std::to_string(file.modified.micros) + "-" + std::to_string(file.size);
}

Json ToJson(const SourceFile& file) {
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

std::vector<SourceFile> FilesFromJson(const Json& plan, const char* member) {
  std::vector<SourceFile> files;
  for (const Json& file : plan.at(member)) files.push_back(FileFromJson(file));
  return files;
}

// `read` over JSON of ours; a member that is missing or of another kind is corruption.
template <typename Read>
auto FromJson(const std::string& text, const char* what, const Read& read) {
  const Json json = ParseJson(text, what);
  try {
    return read(json);
  } catch (const Json::exception& error) {
    throw Error(ErrorCode::kCorrupt, std::string(what) + " is malformed", error.what());
  }
}

BatchPlan MakePlan(const std::vector<SourceFile>& files, const std::vector<SourceFile>& existing,
                   const std::optional<Schema>& columns) {
  Json json{{"files", Json::array()}, {"existing", Json::array()}};
  for (const SourceFile& file : files) json["files"].push_back(ToJson(file));
  for (const SourceFile& file : existing) json["existing"].push_back(ToJson(file));
  if (columns) json["schema"] = ParseJson(SchemaToJson(*columns), kPlanName);
  return {json.dump()};
}

const FileProgress& AsFileProgress(const Progress& progress) {
  return dynamic_cast<const FileProgress&>(progress);
}

void AddNewColumns(std::vector<Field>& fields, const Schema& more) {
  for (const Field& field : more.fields()) {
    if (!Schema(fields).Find(field.name)) fields.push_back(field);
  }
}

}  // namespace

FileProgress::FileProgress(const std::string& json) {
  FromJson(json, kProgressName, [&](const Json& progress) {
    versions_ = progress.at("files").get<std::map<std::string, std::string>>();
    batches_ = progress.at("batches").get<int64_t>();
    if (progress.contains("schema")) schema_ = SchemaFromJson(progress["schema"].dump());
    return true;
  });
}

void FileProgress::Add(const BatchPlan& plan) {
  FromJson(plan.json, kPlanName, [&](const Json& json) {
    for (const char* const member : {"files", "existing"}) {
      for (const SourceFile& file : FilesFromJson(json, member)) {
        versions_[file.key] = VersionOf(file);
      }
    }
    if (json.contains("schema")) schema_ = SchemaFromJson(json["schema"].dump());
    return true;
  });
  ++batches_;
}

std::string FileProgress::ToJson() const {
  Json json{{"batches", batches_}, {"files", versions_}};
  if (schema_) json["schema"] = ParseJson(SchemaToJson(*schema_), kProgressName);
  return json.dump();
}

bool FileProgress::Has(const SourceFile& file, bool overwrites) const {
  const auto found = versions_.find(file.key);
  return found != versions_.end() && (!overwrites || found->second == VersionOf(file));
}

std::optional<Schema> InferenceCache::Find(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = schemas_.find(key);
  if (found == schemas_.end()) return std::nullopt;
  return found->second;
}

void InferenceCache::Put(const std::string& key, const Schema& schema) {
  const std::lock_guard lock(mutex_);
  // What was inferred from files as they no longer are is never asked for again.
  if (schemas_.size() >= kMostSchemas) schemas_.clear();
  schemas_[key] = schema;
}

FileSource::FileSource(FileOptions options, io::Location base, FormatReader& formats,
                       std::shared_ptr<InferenceCache> cache)
    : options_(std::move(options)),
      base_(std::move(base)),
      formats_(formats),
      cache_(std::move(cache)) {}

Schema FileSource::Infer(const std::vector<SourceFile>& files) const {
  std::string key = Identity() + "\n" + options_.format +
                    (options_.infer_types ? "\n" : "\ntext\n") + options_.hints.ToDdl() + "\n";
  for (const auto& [name, value] : options_.record_options) key += name + "=" + value + "\n";
  for (const SourceFile& file : files) key += file.key + " " + VersionOf(file) + "\n";
  if (const auto known = cache_->Find(key)) return *known;
  Schema schema = InferSchema(options_, files, *base_.store, formats_);
  cache_->Put(key, schema);
  return schema;
}

std::string FileSource::Identity() const {
  const PathPattern pattern(options_.path);
  const std::string rest = options_.path.substr(pattern.base().size());
  return "files:" + base_.uri + (rest.empty() ? "" : "/" + rest);
}

std::vector<SourceFile> FileSource::List() const {
  Listing listing = ListFiles(options_, base_);
  if (!listing.base_exists) {
    const bool is_relative =
        !options_.path.starts_with('/') && options_.path.find("://") == std::string::npos;
    throw DiagnosticError(
        {{"PATH_NOT_FOUND", "42K03", Span{}, "there is no file or folder at " + base_.Shown(),
          "check the path given to " + options_.caller + " ('" + options_.path + "')" +
              (is_relative ? "; relative paths start in " + options_.base_folder : ""),
          ErrorCode::kNotFound}});
  }
  return std::move(listing.files);
}

std::vector<SourceFile> FileSource::Unseen(const FileProgress& done) const {
  std::vector<SourceFile> files = List();
  std::erase_if(files,
                [&](const SourceFile& file) { return done.Has(file, options_.allow_overwrites); });
  return files;
}

Schema FileSource::WithRescued(const Schema& columns) const {
  if (options_.rescued_column.empty()) return columns;
  std::vector<Field> fields = columns.fields();
  fields.push_back({options_.rescued_column, TypeId::kString});
  return Schema(std::move(fields));
}

Schema FileSource::Discover() {
  if (!columns_) {
    columns_ = options_.schema ? ApplyHints(*options_.schema, options_.hints) : Infer(List());
  }
  return WithRescued(*columns_);
}

Schema FileSource::DiscoverAfter(const Progress& done) {
  const FileProgress& progress = AsFileProgress(done);
  if (options_.schema || !progress.schema()) return Discover();
  std::vector<Field> fields = ApplyHints(*progress.schema(), options_.hints).fields();
  if (options_.evolution == SchemaEvolution::kAddNewColumns) {
    const std::vector<SourceFile> unseen = Unseen(progress);
    if (!unseen.empty()) {
      AddNewColumns(fields, Infer(unseen));
    }
  }
  columns_ = Schema(std::move(fields));
  return WithRescued(*columns_);
}

std::unique_ptr<Progress> FileSource::NewProgress() const {
  return std::make_unique<FileProgress>();
}

std::unique_ptr<Progress> FileSource::ProgressFromJson(const std::string& json) const {
  return std::make_unique<FileProgress>(json);
}

std::optional<BatchPlan> FileSource::Plan(const Progress& done, const ReadLimit& limit) {
  const FileProgress& progress = AsFileProgress(done);
  std::vector<SourceFile> unseen = Unseen(progress);
  if (unseen.empty() && !limit.everything) return std::nullopt;
  if (!columns_) DiscoverAfter(done);
  if (limit.everything) return MakePlan(unseen, {}, columns_);
  if (!options_.include_existing && !progress.HasAny()) return MakePlan({}, unseen, columns_);
  const uint64_t most_files = std::min(limit.files.value_or(UINT64_MAX), options_.max_files);
  const uint64_t most_bytes =
      std::min(limit.bytes.value_or(UINT64_MAX), options_.max_bytes.value_or(UINT64_MAX));
  uint64_t bytes = 0;
  size_t count = 0;
  while (count < unseen.size() && count < most_files && (count == 0 || bytes < most_bytes)) {
    bytes += unseen[count++].size;
  }
  unseen.resize(count);
  return MakePlan(unseen, {}, columns_);
}

// The same plan always gives the same rows, or an error.
void FileSource::CheckUnchanged(std::vector<SourceFile>& files) const {
  const auto found = options_.record_options.find("ignoremissingfiles");
  const bool ignore = found != options_.record_options.end() && LowerName(found->second) == "true";
  std::vector<SourceFile> there;
  for (SourceFile& file : files) {
    const auto info = base_.store->Find(file.key);
    if (!info) {
      if (ignore) continue;
      throw Error(ErrorCode::kNotFound,
                  "the file " + file.uri +
                      " was to be read but is gone; put it back, or read with "
                      "ignoreMissingFiles => true")
          .WithCondition("FAILED_READ_FILE.FILE_NOT_EXIST");
    }
    const SourceFile now{file.uri, file.key, info->size, info->modified, info->etag};
    if (info->size != file.size || VersionOf(now) != VersionOf(file)) {
      throw Error(ErrorCode::kInvalid,
                  "the file " + file.uri + " changed after its batch was planned (" +
                      std::to_string(file.size) + " bytes then, " + std::to_string(info->size) +
                      " now), so the batch can't be repeated; put the old file back, or do a full "
                      "refresh")
          .WithCondition("FAILED_READ_FILE");
    }
    there.push_back(std::move(file));
  }
  files = std::move(there);
}

Relation FileSource::Read(const BatchPlan& plan, const Schema& schema) {
  FileSet set;
  set.format = options_.format;
  // A batch read of a source that had no plan has no files.
  if (!plan.json.empty()) {
    set.files = FromJson(plan.json, kPlanName,
                         [](const Json& json) { return FilesFromJson(json, "files"); });
  }
  CheckUnchanged(set.files);
  set.rescued_column = options_.rescued_column;
  std::vector<Field> fields = schema.fields();
  if (!set.rescued_column.empty()) {
    std::erase_if(fields, [&](const Field& field) {
      return LowerName(field.name) == LowerName(set.rescued_column);
    });
  }
  set.schema = Schema(std::move(fields));
  set.options = options_.record_options;
  set.zone = options_.zone;
  return set;
}

Connector FileConnector() {
  Connector connector;
  connector.name = "read_files";
  connector.help =
      "read_files(path, format => 'csv' | 'json' | 'parquet' | 'text' | 'binaryFile', ...): the "
      "rows "
      "of files in a folder";
  connector.open = [cache = std::make_shared<InferenceCache>()](
                       const std::vector<Argument>& arguments, const OpenContext& context) {
    FileOptions options = FileOptionsFrom(arguments, context);
    io::Location base = ResolveBase(options.path, context);
    return std::make_unique<FileSource>(std::move(options), std::move(base), context.formats,
                                        cache);
  };
  connector.path_of = [](const std::vector<Argument>& arguments, const OpenContext& context) {
    return ResolveBase(PathArgument(arguments), context).Shown();
  };
  return connector;
}

}  // namespace weir::connect
