#include "weir/base/error.h"
#include "weir/delta/deletion_vector.h"
#include "weir/session/binding.h"
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
  message += info.pipeline_id.empty()
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

void CheckFilesAreInside(const delta::Snapshot& snapshot, const std::vector<delta::AddFile>& files,
                         const io::Location& table) {
  for (const delta::AddFile& file : files) {
    bool inside = snapshot.KeyOf(file).starts_with(table.prefix);
    if (const auto vector = delta::DeletionVectorOf(file)) {
      const auto key = delta::KeyOf(table, *vector);
      inside = inside && (!key || key->starts_with(table.prefix));
    }
    if (inside) continue;
    throw Error(ErrorCode::kUnsupported,
                "the log of " + table.uri + " names the file " + file.path +
                    ", which, or whose deletion vector, is outside the table's folder (a shallow "
                    "clone?); weir does not follow it");
  }
}

}  // namespace weir::session
