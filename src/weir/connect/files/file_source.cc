#include "weir/connect/files/file_source.h"

#include <algorithm>
#include <set>
#include <utility>

#include "weir/base/error.h"
#include "weir/connect/files/folder_columns.h"
#include "weir/connect/files/inference.h"
#include "weir/connect/files/listing.h"
#include "weir/connect/files/path_pattern.h"
#include "weir/connect/files/planned_files.h"

namespace weir::connect {

namespace {

// As many as many batches take; more are listed again when these are gone.
constexpr size_t kFilesKept = 100'000;
constexpr uint64_t kSampledAtOnce = 64;

const FileProgress& AsFileProgress(const Progress& progress) {
  return dynamic_cast<const FileProgress&>(progress);
}

bool HasName(const std::vector<std::string>& names, const std::string& name) {
  return std::any_of(names.begin(), names.end(),
                     [&](const auto& one) { return LowerName(one) == LowerName(name); });
}

std::vector<std::string> NamesOf(const Schema& columns) {
  std::vector<std::string> names;
  for (const Field& field : columns.fields()) names.push_back(field.name);
  return names;
}

}  // namespace

std::string IdentityOf(const FileOptions& options, const io::Location& base) {
  const PathPattern pattern(options.path);
  const std::string rest = options.path.substr(pattern.base().size());
  return "files:" + base.uri + (rest.empty() ? "" : "/" + rest);
}

FileSource::FileSource(Parts parts)
    : options_(std::move(parts.options)),
      base_(std::move(parts.base)),
      formats_(parts.formats),
      clock_(parts.clock),
      cache_(std::move(parts.cache)),
      listing_(std::move(parts.listing)),
      cleaning_(std::move(parts.cleaning)),
      identity_(IdentityOf(options_, base_)) {}

// What no batch has taken, from the listing at hand as long as that has something left.
const NewFiles& FileSource::New(const FileProgress& done) {
  KeptListing& kept = *listing_;
  if (kept.batches >= 0 && done.batches() >= kept.batches) {
    if (done.batches() > kept.batches) DropTaken(done);
    if (kept.is_fresh || !kept.found.files.empty()) return kept.found;
  } else {
    kept.found = {};
    // A queue keeps what came while nobody asked; the disks tell nothing of that.
    const bool was_listed = done.listed() && !options_.queue_url.empty();
    kept.listed = was_listed ? done.listed() : std::nullopt;
  }
  kept.batches = done.batches();
  if (!Hear(done)) List(done);
  kept.is_fresh = true;
  return kept.found;
}

void FileSource::DropTaken(const FileProgress& done) {
  KeptListing& kept = *listing_;
  std::erase_if(kept.found.files, [&](const SourceFile& file) {
    return !Counts(options_, done, clock_.Now(), file);
  });
  kept.batches = done.batches();
  if (kept.events == nullptr) return;
  std::set<std::string_view> pending;
  for (const SourceFile& file : kept.found.files) pending.insert(file.key);
  kept.events->Settle(pending);
}

bool FileSource::IsListingDue(const FileProgress& done) const {
  const KeptListing& kept = *listing_;
  if (kept.events == nullptr || !kept.listed || !kept.found.is_whole) return true;
  return options_.backfill &&
         clock_.Now().micros -
                 std::max(*kept.listed, done.listed().value_or(*kept.listed)).micros >=
             *options_.backfill;
}

// Whether what was told since the last listing is all there is.
bool FileSource::Hear(const FileProgress& done) {
  if (IsListingDue(done)) return false;
  const FileEvents::Heard heard = listing_->events->Take();
  if (heard.lost) return false;
  AddNewFiles(options_, base_, done, clock_.Now(), heard.keys, listing_->found);
  DropTaken(done);  // What is told of files that do not count is settled.
  return true;
}

void FileSource::List(const FileProgress& done) {
  KeptListing& kept = *listing_;
  const Instant now = clock_.Now();
  kept.found = {};
  kept.found =
      FindNewFiles(options_, base_, done, now, std::max<uint64_t>(kFilesKept, options_.max_files));
  kept.listed = kept.found.is_whole ? std::optional(now) : std::nullopt;
  kept.is_unsaid = kept.found.is_whole;
}

FileSource::Columns FileSource::Infer(const std::vector<SourceFile>& sample,
                                      const std::vector<SourceFile>& files) const {
  std::string key = identity_ + "\n" + options_.format +
                    (options_.infer_types ? "\n" : "\ntext\n") + options_.hints.ToDdl() + "\n";
  for (const auto& [name, value] : options_.record_options) key += name + "=" + value + "\n";
  for (const SourceFile& file : sample) {
    key += file.key + " " + std::to_string(VersionHash(file)) + "\n";
  }
  auto known = cache_->Find(key);
  if (!known) {
    known = InferSchema(options_, sample, *base_.store, formats_);
    cache_->Put(key, *known);
  }
  const Schema folders = InferFolderColumns(options_, files, base_.prefix);
  return {WithFolderColumns(*known, folders), NamesOf(folders)};
}

Schema FileSource::Shown() const {
  if (options_.rescued_column.empty()) return columns_->all;
  std::vector<Field> fields = columns_->all.fields();
  fields.push_back({options_.rescued_column, TypeId::kString});
  return Schema(std::move(fields));
}

Schema FileSource::Discover() {
  if (!columns_) {
    if (options_.schema && !HasFixedColumns(options_.format)) {
      const Schema given = ApplyHints(*options_.schema, options_.hints);
      const Schema folders = InferFolderColumns(options_, {}, base_.prefix);
      columns_ = Columns{GrownSchema(given, folders, false), NamesOf(folders)};
    } else {
      const NewFiles& found = New(FileProgress());
      columns_ = Infer(found.Sample(), found.files);
    }
  }
  return Shown();
}

FileSource::Columns FileSource::InferAfter(const FileProgress& done) {
  Columns columns{ApplyHints(*done.schema(), options_.hints), done.folders()};
  if (!AddsColumns(options_.evolution)) return columns;
  const NewFiles& found = New(done);
  if (found.files.empty()) return columns;
  const Columns now = Infer(found.Sample(), found.files);
  columns.all = GrownSchema(columns.all, now.all, options_.evolution == SchemaEvolution::kWiden);
  for (const std::string& folder : now.folders) {
    // A column that files hold themselves stays theirs.
    if (!done.schema()->Find(folder)) columns.folders.push_back(folder);
  }
  return columns;
}

Schema FileSource::DiscoverAfter(const Progress& done) {
  const FileProgress& progress = AsFileProgress(done);
  const bool is_given = options_.schema && !HasFixedColumns(options_.format);
  if (is_given || !progress.schema()) return Discover();
  columns_ = InferAfter(progress);
  return Shown();
}

std::unique_ptr<Progress> FileSource::NewProgress() const {
  return std::make_unique<FileProgress>();
}

std::unique_ptr<Progress> FileSource::ProgressFromJson(const std::string& json) const {
  if (!options_.max_age) return std::make_unique<FileProgress>(json);
  return std::make_unique<FileProgress>(json, Instant{clock_.Now().micros - *options_.max_age});
}

FilePlan FileSource::PlanOf(std::vector<SourceFile> files, bool dated) const {
  FilePlan plan;
  plan.files = std::move(files);
  plan.schema = columns_->all;
  plan.folders = columns_->folders;
  if (dated) plan.planned = clock_.Now();
  plan.prefix = base_.prefix;
  plan.shown = base_.Shown();
  return plan;
}

std::vector<SourceFile> FileSource::NextFiles(const NewFiles& found, const ReadLimit& limit) const {
  const uint64_t most_files = std::min(limit.files.value_or(UINT64_MAX), options_.max_files);
  const uint64_t most_bytes =
      std::min(limit.bytes.value_or(UINT64_MAX), options_.max_bytes.value_or(UINT64_MAX));
  uint64_t bytes = 0;
  std::vector<SourceFile> next;
  for (const SourceFile& file : found.files) {
    if (next.size() == most_files || (!next.empty() && bytes >= most_bytes)) break;
    bytes += file.size;
    next.push_back(file);
  }
  return next;
}

std::vector<std::string> FileSource::ReplacedBy(const FileProgress& done,
                                                const std::vector<SourceFile>& files) const {
  std::vector<std::string> uris;
  if (!Replaces()) return uris;
  for (const SourceFile& file : files) {
    // With maxFileAge it may have been taken and forgotten.
    if (options_.max_age || done.known().Has(file.key)) uris.push_back(file.uri);
  }
  return uris;
}

// With `schema`, columns that the files' folders tell are the folders' from then on.
void FileSource::AddGivenFolders(const std::vector<SourceFile>& files) {
  if (!options_.schema || !options_.reads_folders || HasFixedColumns(options_.format)) return;
  const Schema folders = InferFolderColumns(options_, files, base_.prefix);
  for (const Field& folder : folders.fields()) {
    const auto column = columns_->all.Find(folder.name);
    if (column && !HasName(columns_->folders, folder.name)) {
      columns_->folders.push_back(columns_->all[*column].name);
    }
  }
}

void FileSource::RefuseNewColumns(const std::vector<SourceFile>& files) const {
  for (size_t begin = 0; begin < files.size(); begin += kSampledAtOnce) {
    const size_t end = std::min<size_t>(files.size(), begin + kSampledAtOnce);
    const std::vector<SourceFile> some(files.begin() + static_cast<ptrdiff_t>(begin),
                                       files.begin() + static_cast<ptrdiff_t>(end));
    if (NewColumnsIn(Infer(some, some).all, columns_->all).empty()) continue;
    for (const SourceFile& file : some) {
      const auto names = NewColumnsIn(Infer({file}, {file}).all, columns_->all);
      if (!names.empty()) ThrowNewColumns(file, names);
    }
  }
}

std::optional<BatchPlan> FileSource::Plan(const Progress& done, const ReadLimit& limit) {
  const FileProgress& progress = AsFileProgress(done);
  if (limit.everything) {
    const NewFiles all = FindNewFiles(options_, base_, progress, clock_.Now(), SIZE_MAX);
    if (!columns_) DiscoverAfter(done);
    AddGivenFolders(all.files);
    return BatchPlan{PlanOf(all.files, false).ToJson()};
  }
  const bool may_have_aged = listing_->batches >= 0 && !listing_->is_fresh;
  const bool passes_over = !options_.include_existing && !progress.HasAny();
  if (passes_over) {
    const NewFiles all = FindNewFiles(options_, base_, progress, clock_.Now(), SIZE_MAX);
    if (!columns_ && !all.files.empty()) DiscoverAfter(done);
    listing_->batches = -1;
    if (all.files.empty()) return std::nullopt;
    FilePlan plan = PlanOf({}, true);
    plan.existing = PackExisting(all.files);
    plan.listed = plan.planned;
    return BatchPlan{plan.ToJson()};
  }
  for (bool aged = may_have_aged;; aged = false) {
    const NewFiles& found = New(progress);
    if (found.files.empty()) {
      listing_->is_fresh = false;
      return std::nullopt;
    }
    if (!columns_) DiscoverAfter(done);
    std::vector<SourceFile> files = NextFiles(found, limit);
    listing_->is_fresh = false;
    if (aged && !AreAsListed(*base_.store, files)) {
      listing_->batches = -1;  // Listed anew.
      continue;
    }
    AddGivenFolders(files);
    SetFolderValues(FolderSchema(columns_->all, columns_->folders), base_.prefix, *options_.zone,
                    files);
    if (options_.evolution == SchemaEvolution::kFail && (options_.schema || progress.schema())) {
      RefuseNewColumns(files);
    }
    const bool takes_all = files.size() == found.files.size();
    auto replaced = ReplacedBy(progress, files);
    FilePlan plan = PlanOf(std::move(files), true);
    plan.replaced = std::move(replaced);
    if (takes_all && std::exchange(listing_->is_unsaid, false)) plan.listed = listing_->listed;
    return BatchPlan{plan.ToJson()};
  }
}

// The columns of those names, in the order of the names.
Schema FileSource::FolderSchema(const Schema& columns,
                                const std::vector<std::string>& names) const {
  std::vector<Field> fields;
  for (const std::string& name : names) {
    if (const auto column = columns.Find(name)) fields.push_back(columns[*column]);
  }
  return Schema(std::move(fields));
}

bool FileSource::IsStillThere(const BatchPlan& plan) {
  return plan.json.empty() || AreAsListed(*base_.store, FilePlan::FromJson(plan.json).files);
}

Relation FileSource::Read(const BatchPlan& stored, const Schema& schema) {
  FileSet set;
  set.format = options_.format;
  // A batch read of a source that had no plan has no files.
  const FilePlan plan = stored.json.empty() ? FilePlan{} : FilePlan::FromJson(stored.json);
  set.files = UnchangedFiles(options_, *base_.store, plan.files);
  set.replaced = plan.replaced;
  set.rescued_column = options_.rescued_column;
  std::vector<std::string> folders = plan.folders;
  if (stored.json.empty() && columns_) folders = columns_->folders;
  set.folder_columns = FolderSchema(schema, folders);
  SetFolderValues(set.folder_columns, base_.prefix, *options_.zone, set.files);
  std::vector<Field> fields;
  for (const Field& field : schema.fields()) {
    const bool is_rescued =
        !set.rescued_column.empty() && LowerName(field.name) == LowerName(set.rescued_column);
    if (!is_rescued && !HasName(folders, field.name)) fields.push_back(field);
  }
  set.schema = Schema(std::move(fields));
  set.options = options_.record_options;
  set.zone = options_.zone;
  return set;
}

std::vector<LetGoFile> FileSource::ToLetGo(const Progress& done) {
  if (!cleaning_) return {};
  const FileProgress& progress = AsFileProgress(done);
  std::vector<LetGoFile> files;
  const Instant now = clock_.Now();
  for (const std::string& key : New(progress).spent) {
    const auto taken = progress.known().Find(key);
    if (taken) files.push_back(cleaning_->Plan(key, taken->version, now));
  }
  listing_->found.spent.clear();
  return files;
}

void FileSource::LetGo(const std::vector<LetGoFile>& files) {
  if (cleaning_) cleaning_->Run(files);
}

}  // namespace weir::connect
