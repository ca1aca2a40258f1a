#include <algorithm>
#include <stop_token>

#include "weir/base/error.h"
#include "weir/connect/files/listing.h"
#include "weir/io/cancel_scope.h"
#include "weir/io/local_stores.h"
#include "weir/io/s3_uri.h"
#include "weir/session/rows.h"
#include "weir/session/statement.h"
#include "weir/session/volume_path.h"

// PUT, GET, REMOVE and LIST.
namespace weir::session {

using catalog::Privilege;

namespace {

constexpr size_t kChunk = 1 << 20;

[[noreturn]] void RefuseFile(const std::string& message, const std::string& condition,
                             ErrorCode code = ErrorCode::kInvalid) {
  throw Error(code, message).WithCondition(condition);
}

// What PUT fills, GET takes and REMOVE removes.
void CheckNamesFile(const std::string& path) {
  const auto in_volume = ParseVolumePath(path);
  if (!in_volume) {
    RefuseFile(
        "'" + path + "' is not in a volume; write /Volumes/<catalog>/<schema>/<volume>/<file>",
        "INVALID_VOLUME_PATH");
  }
  if (in_volume->names_folder) {
    RefuseFile("'" + path + "' names a folder; name the file itself", "INVALID_VOLUME_PATH");
  }
}

std::string KeyOf(const io::Location& file) {
  if (file.prefix.empty()) RefuseFile("'" + file.Shown() + "' is not a file", "PATH_NOT_FOUND");
  return file.prefix.substr(0, file.prefix.size() - 1);
}

// What errors of its store call a place.
std::string NameInStore(const io::Location& place) {
  if (!io::IsS3Uri(place.uri)) return io::PathFromUri(place.uri);
  const io::S3Place real = io::ParseS3Uri(place.uri);
  return "s3://" + real.bucket + "/" + real.key;
}

// "/Volumes/main/in/landing" in a message for where that is on the machine, which is nobody's
// business. Both end alike where `place` leads.
Error InWordsOfVolume(const Error& error, const io::Location& place) {
  if (place.alias.empty()) return error;
  std::string real = NameInStore(place);
  std::string shown = io::PathFromUri("file:" + place.alias.substr(place.alias.find(':') + 1));
  while (true) {
    const size_t at = real.rfind('/');
    const size_t shown_at = shown.rfind('/');
    if (at == 0 || real.substr(at) != shown.substr(shown_at)) break;
    real.resize(at);
    shown.resize(shown_at);
  }
  std::string message = error.what();
  // As a path, and as a key of its store.
  for (const std::string& told : {real, real.substr(1)}) {
    for (size_t at = 0; (at = message.find(told + "/", at)) != std::string::npos;) {
      message.replace(at, told.size(), shown);
      at += shown.size();
    }
  }
  return Error(error.code(), message, error.detail()).WithCondition(error.condition());
}

// `act`, which does something to a file at `place`.
template <typename Act>
auto AtPlace(const io::Location& place, const Act& act) {
  try {
    return act();
  } catch (const Error& error) {
    throw InWordsOfVolume(error, place);
  }
}

io::ObjectInfo FindFile(const io::Location& file) {
  const auto info = AtPlace(file, [&] { return file.store->Find(KeyOf(file)); });
  if (info) return *info;
  throw Error(ErrorCode::kNotFound,
              "there is no file at '" + file.Shown() + "'; LIST shows what is in a folder")
      .WithCondition("PATH_NOT_FOUND");
}

// While it lives, waiting for stores ends once that is asked for.
io::CancelScope UntilStopped(const std::stop_token& stop) {
  return io::CancelScope([stop] { return stop.stop_requested(); });
}

void ThrowIfCancelled() {
  if (!io::CancelScope::IsCancelled()) return;
  throw Error(ErrorCode::kCancelled, "the statement was cancelled");
}

// Copies into `writer`, which the caller finishes: that is not stopped any more.
uint64_t Copy(const io::Location& from, io::ObjectWriter& writer, const std::stop_token& stop) {
  const io::CancelScope scope = UntilStopped(stop);
  const auto reader = AtPlace(from, [&] { return from.store->Open(KeyOf(from)); });
  std::string chunk(kChunk, '\0');
  uint64_t copied = 0;
  while (const size_t got = reader->ReadAt(copied, chunk.data(), chunk.size())) {
    writer.Append(std::string_view(chunk).substr(0, got));
    copied += got;
    ThrowIfCancelled();
  }
  if (copied == reader->info().size) return copied;
  throw Error(ErrorCode::kConflict,
              "the file '" + from.Shown() + "' was changed while it was copied; run it again");
}

std::unique_ptr<Result> Copied(const std::string& id, const io::Location& to, uint64_t bytes) {
  const Schema schema({{"path", TypeId::kString, true, "{}"}, {"size", TypeId::kLong, true, "{}"}});
  return RowsResult(id, schema, {{Text(to.Shown()), Value::Long(static_cast<int64_t>(bytes))}});
}

}  // namespace

io::Location Preparer::RequireFile(const std::string& path, Privilege use) {
  io::Location place = ResolveJudged(services_, principal(), use, path, options_.base_folder);
  auto& objects = use == Privilege::kReadFiles ? prepared_.access.reads : prepared_.access.writes;
  objects.push_back(place.Shown());
  return place;
}

void Preparer::operator()(const sql::PutFile& statement) {
  CheckNamesFile(statement.to);
  RequireFile(statement.to, Privilege::kWriteFiles);
  RequireFile(statement.from, Privilege::kReadFiles);
}

std::unique_ptr<Result> Executor::operator()(const sql::PutFile& statement) {
  const auto place = [&](const std::string& path, Privilege use) {
    return ResolveJudged(services_, options_.principal, use, path, options_.base_folder);
  };
  const io::Location from = place(statement.from, Privilege::kReadFiles);
  const io::Location to = place(statement.to, Privilege::kWriteFiles);
  FindFile(from);
  const auto refuse_taken = [&] {
    RefuseFile("there is a file at '" + to.Shown() + "' already; PUT ... OVERWRITE replaces it",
               "FILE_ALREADY_EXISTS", ErrorCode::kExists);
  };
  const bool taken = AtPlace(to, [&] { return to.store->Find(KeyOf(to)).has_value(); });
  if (taken && !statement.overwrite) refuse_taken();
  const uint64_t bytes = AtPlace(to, [&] {
    const auto writer = to.store->Create(KeyOf(to));
    const uint64_t copied = Copy(from, *writer, stop_);
    if (statement.overwrite) {
      writer->Finish();
    } else if (writer->FinishIfAbsent() == io::PutOutcome::kExisted) {
      refuse_taken();
    }
    return copied;
  });
  return Copied(id_, to, bytes);
}

void Preparer::operator()(const sql::GetFile& statement) {
  CheckNamesFile(statement.from);
  RequireFile(statement.from, Privilege::kReadFiles);
  RequireFile(statement.to, Privilege::kWriteFiles);
}

std::unique_ptr<Result> Executor::operator()(const sql::GetFile& statement) {
  const auto place = [&](const std::string& path, Privilege use) {
    return ResolveJudged(services_, options_.principal, use, path, options_.base_folder);
  };
  const io::Location from = place(statement.from, Privilege::kReadFiles);
  const io::Location to = place(statement.to, Privilege::kWriteFiles);
  FindFile(from);
  const uint64_t bytes = AtPlace(to, [&] {
    const auto writer = to.store->Create(KeyOf(to));
    const uint64_t copied = Copy(from, *writer, stop_);
    writer->Finish();
    return copied;
  });
  return Copied(id_, to, bytes);
}

void Preparer::operator()(const sql::RemoveFile& statement) {
  CheckNamesFile(statement.path);
  RequireFile(statement.path, Privilege::kWriteFiles);
}

std::unique_ptr<Result> Executor::operator()(const sql::RemoveFile& statement) {
  const io::Location file = ResolveJudged(services_, options_.principal, Privilege::kWriteFiles,
                                          statement.path, options_.base_folder);
  FindFile(file);
  AtPlace(file, [&] { file.store->Delete(KeyOf(file)); });
  return Done();
}

void Preparer::operator()(const sql::ListFiles& statement) {
  RequireFile(statement.path, Privilege::kReadFiles);
}

namespace {

struct Entry {
  std::string name;  // With '/' at its end: a folder.
  int64_t size = 0;
  std::optional<int64_t> modified_millis;
};

std::string_view NameIn(std::string_view key, std::string_view prefix) {
  return key.substr(prefix.size());
}

Entry EntryOf(const io::ObjectInfo& object, std::string_view prefix) {
  return {std::string(NameIn(object.key, prefix)), static_cast<int64_t>(object.size),
          object.modified.micros / 1000};
}

std::vector<Entry> EntriesOf(const io::Location& folder) {
  const auto level = AtPlace(folder, [&] { return folder.store->ListLevel(folder.prefix); });
  std::vector<Entry> entries;
  for (const auto& object : level.objects) entries.push_back(EntryOf(object, folder.prefix));
  for (const auto& name : level.folders) {
    entries.push_back({std::string(NameIn(name, folder.prefix)), 0, std::nullopt});
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& left, const Entry& right) { return left.name < right.name; });
  return entries;
}

// A folder without files is seen by who looks above it.
bool FolderExists(const io::Location& folder) {
  if (folder.is_volume || folder.prefix.empty()) return true;
  const size_t slash = folder.prefix.rfind('/', folder.prefix.size() - 2);
  const std::string above = slash == std::string::npos ? "" : folder.prefix.substr(0, slash + 1);
  const auto level = folder.store->ListLevel(above);
  return std::find(level.folders.begin(), level.folders.end(), folder.prefix) !=
         level.folders.end();
}

}  // namespace

std::vector<std::string> Session::NamesInVolume(const std::string& folder) const {
  std::vector<std::string> names;
  try {
    if (!ParseVolumePath(folder)) return names;
    const io::Location place = ResolveJudged(services_, options_.principal, Privilege::kReadFiles,
                                             folder, options_.base_folder);
    for (const Entry& entry : EntriesOf(place)) names.push_back(entry.name);
  } catch (const Error&) {
    // Whoever reads it is told what is wrong.
  }
  return names;
}

std::unique_ptr<Result> Executor::operator()(const sql::ListFiles& statement) {
  const io::Location place = ResolveJudged(services_, options_.principal, Privilege::kReadFiles,
                                           statement.path, options_.base_folder);
  std::vector<std::vector<Value>> rows;
  const auto add = [&](const std::string& uri, const Entry& entry) {
    if (statement.limit && static_cast<int64_t>(rows.size()) >= *statement.limit) return;
    rows.push_back(
        {Text(uri), Text(entry.name), Value::Long(entry.size),
         entry.modified_millis ? Value::Long(*entry.modified_millis) : Value::Null(TypeId::kLong)});
  };
  const io::CancelScope scope = UntilStopped(stop_);
  const auto file = place.prefix.empty() ? std::nullopt : place.store->Find(KeyOf(place));
  if (file) {
    const std::string folder = file->key.substr(0, file->key.rfind('/') + 1);
    add(place.Shown(), EntryOf(*file, folder));
  } else {
    const std::vector<Entry> entries = EntriesOf(place);
    if (entries.empty() && !FolderExists(place)) FindFile(place);
    for (const Entry& entry : entries) {
      ThrowIfCancelled();
      add(connect::UriBelow(place, entry.name), entry);
    }
  }
  return RowsResult(id_,
                    Schema({{"path", TypeId::kString, true, "{}"},
                            {"name", TypeId::kString, true, "{}"},
                            {"size", TypeId::kLong, true, "{}"},
                            {"modification_time", TypeId::kLong, true, "{}"}}),
                    rows);
}

}  // namespace weir::session
