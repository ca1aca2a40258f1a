#include "weir/base/error.h"
#include "weir/session/binding.h"
#include "weir/session/standalone_dataset.h"
#include "weir/session/volume_path.h"

// The tables that names mean, and the folders that tables are in.
namespace weir::session {

using catalog::Privilege;
using catalog::QualifiedName;
using catalog::TableInfo;

delta::Table OpenTable(const Services& services, const std::string& location) {
  io::Location folder = services.stores.Resolve(location, "");
  // It was judged as it was then: a link that somebody put there may lead anywhere.
  if (folder.uri != location) {
    throw Error(ErrorCode::kDenied, "'" + location +
                                        "' leads to another folder than when it was named: a "
                                        "symbolic link was put on the way to it; put the folder "
                                        "back, or name the table's new place")
        .WithCondition("PERMISSION_DENIED");
  }
  return delta::Table(std::move(folder), services.engine.checkpoint_format(), services.clock,
                      &services.snapshots);
}

namespace {

bool IsHiddenKey(std::string_view key) {
  for (size_t at = 0; at < key.size();) {
    if (key[at] == '_' || key[at] == '.') return true;
    const size_t slash = key.find('/', at);
    if (slash == std::string_view::npos) break;
    at = slash + 1;
  }
  return false;
}

}  // namespace

void RequireFreeFolder(const io::Location& folder) {
  constexpr size_t kPage = 1000;  // As many as S3 lists at once.
  for (const io::ObjectInfo& object : folder.store->List(folder.prefix, "", kPage)) {
    const std::string path = object.key.substr(folder.prefix.size());
    // What S3 keeps for an empty folder, and what VACUUM never touches.
    if (path.empty() || path.ends_with('/') || IsHiddenKey(path)) continue;
    throw Error(ErrorCode::kExists,
                folder.uri + " is not empty (it holds " + path +
                    ") and is no Delta table; a new table takes a folder for itself, and VACUUM "
                    "would delete what is there. Name another LOCATION, or move the files away; "
                    "read_files reads them where they are")
        .WithCondition("DELTA_CREATE_TABLE_WITH_NON_EMPTY_LOCATION");
  }
}

io::Location AllowedPath(const Services& services, const std::string& principal,
                         Privilege privilege, const sql::Name& name,
                         const std::string& base_folder) {
  return ResolveJudged(services, principal, privilege, name.parts[1].text, base_folder);
}

Error DamagedTable(const Error& error, const TableInfo& info) {
  const bool gone = error.condition() == "DELTA_TABLE_NOT_FOUND";
  // A table that is read by its path has no row in the catalog.
  if (info.id.empty()) return error;
  const std::string name = info.name.ToString();
  if (error.code() != ErrorCode::kCorrupt && !gone)
    return WithTableName(error, info.location, name);
  std::string message = "the table " + name + " can't be read: " + error.what() +
                        "; put what is gone or damaged back from a copy, or DROP TABLE " + name;
  message += info.pipeline_id.empty() || IsStandalone(info)
                 ? " and make it anew"
                 : " and run its pipeline again, which builds it anew from its sources";
  return Error(error.code(), message, error.detail()).WithCondition(error.condition());
}

Error WithTableName(const Error& error, const std::string& location, const std::string& name) {
  std::string message = error.what();
  for (size_t at = message.find(location); at != std::string::npos;
       at = message.find(location, at)) {
    const size_t end = at + location.size();
    if (end < message.size() && message[end] == '/') {
      at = end;
    } else {
      message.replace(at, location.size(), name);
      at += name.size();
    }
  }
  return Error(error.code(), message, error.detail()).WithCondition(error.condition());
}

std::shared_ptr<const delta::Snapshot> LatestOf(const delta::Table& table, const TableInfo& info) {
  try {
    return table.Latest();
  } catch (const Error& error) {
    throw DamagedTable(error, info);
  }
}

std::shared_ptr<const delta::Snapshot> SnapshotAsOf(const delta::Table& table, Instant moment) {
  auto snapshot = table.AtTimestamp(moment);
  const bool is_behind = moment.millis() > snapshot->timestamp_millis();
  if (is_behind && snapshot->version() == table.Latest()->version()) {
    throw Error(ErrorCode::kNotFound,
                "table " + table.location().uri + " has no version as new as " + FormatIso(moment) +
                    "; its latest is of " +
                    FormatIso(Instant{snapshot->timestamp_millis() * 1000}) +
                    "; name a time up to that, or leave TIMESTAMP AS OF out for the latest")
        .WithCondition("DELTA_TIMESTAMP_GREATER_THAN_COMMIT");
  }
  return snapshot;
}

catalog::Securable SecurableOf(const QualifiedName& name) {
  return {catalog::SecurableKind::kTable, name.catalog, name.schema, name.name};
}

bool IsPathName(const sql::Name& name) {
  return name.parts.size() == 2 && LowerName(name.parts[0].text) == "delta" &&
         name.parts[1].text.find('/') != std::string::npos;
}

QualifiedName Qualify(const sql::Name& name, const std::string& catalog,
                      const std::string& schema) {
  const auto& parts = name.parts;
  if (parts.size() > 3) {
    throw Error(ErrorCode::kInvalid,
                "the name " + name.ToString() + " has too many parts; use catalog.schema.name")
        .WithCondition("REQUIRES_SINGLE_PART_NAMESPACE");
  }
  if (IsPathName(name)) {
    throw Error(ErrorCode::kUnsupported,
                "this statement works on tables of the catalog, not on a folder (" +
                    name.ToString() + "); CREATE TABLE name LOCATION '" + name.parts[1].text +
                    "' gives the folder a name")
        .WithCondition("UNSUPPORTED_FEATURE");
  }
  const auto part = [&](size_t from_end, const std::string& otherwise) {
    return LowerName(parts.size() > from_end ? parts[parts.size() - 1 - from_end].text : otherwise);
  };
  return {part(2, catalog), part(1, schema), part(0, "")};
}

std::string JudgedLocation(const Services& services, const std::string& principal,
                           const std::string& path, const std::string& base_folder) {
  const std::string uri = services.stores.Resolve(path, base_folder).uri;
  services.catalog.RequirePath(principal, catalog::Privilege::kReadFiles, uri, path);
  services.catalog.RequirePath(principal, catalog::Privilege::kWriteFiles, uri, path);
  return uri;
}

}  // namespace weir::session
