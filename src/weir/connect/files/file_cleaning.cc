#include "weir/connect/files/file_cleaning.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "weir/base/error.h"
#include "weir/connect/files/listing.h"
#include "weir/connect/files/path_pattern.h"
#include "weir/connect/files/taken_files.h"
#include "weir/io/parallel.h"

namespace weir::connect {

namespace {

constexpr size_t kCopyBytes = 4 << 20;
constexpr size_t kCleaningThreads = 16;

// Up to so many bytes from there; fewer at the end.
std::string_view ReadPart(io::ObjectReader& reader, uint64_t offset, std::string& buffer) {
  size_t have = 0;
  buffer.resize(kCopyBytes);
  while (have < buffer.size()) {
    const size_t got = reader.ReadAt(offset + have, buffer.data() + have, buffer.size() - have);
    if (got == 0) break;
    have += got;
  }
  return std::string_view(buffer).substr(0, have);
}

bool HoldTheSame(io::ObjectReader& left, io::ObjectReader& right) {
  if (left.info().size != right.info().size) return false;
  std::string one;
  std::string other;
  for (uint64_t offset = 0; offset < left.info().size; offset += kCopyBytes) {
    if (ReadPart(left, offset, one) != ReadPart(right, offset, other)) return false;
  }
  return true;
}

// Whether `to` holds what `from` does, now or before; false when something else is there.
bool CopyFile(io::ObjectStore& from, const std::string& key, io::ObjectStore& to,
              const std::string& new_key) {
  const auto reader = from.Open(key);
  if (to.Find(new_key)) return HoldTheSame(*reader, *to.Open(new_key));
  const auto writer = to.Create(new_key);
  std::string buffer;
  for (uint64_t offset = 0; offset < reader->info().size; offset += kCopyBytes) {
    const std::string_view part = ReadPart(*reader, offset, buffer);
    if (part.empty()) {
      throw Error(ErrorCode::kUnavailable, "a file got shorter while cleanSource moved it: " + key);
    }
    writer->Append(part);
  }
  if (writer->FinishIfAbsent() == io::PutOutcome::kCreated) return true;
  return HoldTheSame(*reader, *to.Open(new_key));
}

}  // namespace

FileCleaning::FileCleaning(const FileOptions& options, const io::Location& source,
                           const OpenContext& context)
    : mode_(options.cleaning), source_(source) {
  if (context.writable == nullptr) {
    throw Error(ErrorCode::kUnsupported, "cleanSource can't be used here");
  }
  context.writable->Resolve(PathPattern(options.path).base(), context.base_folder);
  if (mode_ != Cleaning::kMove) return;
  place_ = context.writable->Resolve(options.move_destination, context.base_folder);
  const bool inside = place_.store == source_.store && place_.prefix.starts_with(source_.prefix);
  if (!inside) return;
  throw DiagnosticError({{"INVALID_PARAMETER_VALUE", "22023", Span{},
                          "cleanSource.moveDestination " + place_.Shown() +
                              " lies in the place that files are read "
                              "from, " +
                              source_.Shown(),
                          "name a folder beside it"}});
}

std::string FileCleaning::BelowSource(const std::string& key) const {
  return key.starts_with(source_.prefix) ? key.substr(source_.prefix.size())
                                         : key.substr(key.rfind('/') + 1);
}

LetGoFile FileCleaning::Plan(const std::string& key, uint64_t version, Instant now) const {
  LetGoFile file{key, now, mode_ == Cleaning::kMove ? "MOVE" : "DELETE", "", version};
  if (mode_ == Cleaning::kMove) file.place = UriBelow(place_, BelowSource(key));
  return file;
}

bool FileCleaning::IsThere(const LetGoFile& file) const {
  const auto info = source_.store->Find(file.key);
  return info &&
         VersionHash({"", info->key, info->size, info->modified, info->etag}) == file.version;
}

void FileCleaning::Move(const LetGoFile& file) const {
  const std::string target = place_.prefix + BelowSource(file.key);
  if (CopyFile(*source_.store, file.key, *place_.store, target)) return;
  const std::string other = target + "." + std::to_string(file.version);
  if (CopyFile(*source_.store, file.key, *place_.store, other)) return;
  throw Error(ErrorCode::kExists,
              "cleanSource can't move " + UriBelow(source_, BelowSource(file.key)) +
                  ": another file is at its destination already; move that one away");
}

void FileCleaning::Run(const std::vector<LetGoFile>& files) const {
  const size_t threads = source_.store->IsFar() ? kCleaningThreads : 1;
  io::InParallel(files.size(), threads, [&](size_t i) {
    if (!IsThere(files[i])) return;
    if (mode_ == Cleaning::kMove) Move(files[i]);
    source_.store->Delete(files[i].key);
  });
}

}  // namespace weir::connect
