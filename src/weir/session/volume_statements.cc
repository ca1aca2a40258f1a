#include "weir/base/error.h"
#include "weir/session/rows.h"
#include "weir/session/statement.h"
#include "weir/session/table_write.h"
#include "weir/session/volume_path.h"

// CREATE, ALTER, DROP and DESCRIBE VOLUME.
namespace weir::session {

using catalog::Privilege;
using catalog::QualifiedName;
using catalog::VolumeInfo;
using catalog::VolumeKind;

namespace {

// Where LOCATION is. Whoever makes a volume there comes to read and write all that is in it.
}  // namespace

void Preparer::operator()(const sql::CreateVolume& statement) {
  const QualifiedName name = Qualify(statement.name, options_.catalog, options_.schema);
  RequireMayCreate(name, Privilege::kCreateVolume);
  if (statement.location) {
    RefuseVolumePath(*statement.location, statement.location_span,
                     "a volume can't be in another volume", "name a folder outside of volumes");
  }
  // Where it is there, nothing is done, and its own folder would be in the way.
  const bool is_there = statement.if_not_exists && services_.catalog.FindVolume(name);
  if (statement.location && !is_there) {
    prepared_.access.writes.push_back(
        JudgedLocation(services_, principal(), *statement.location, options_.base_folder));
  }
  prepared_.access.writes.push_back(name.ToString());
}

std::unique_ptr<Result> Executor::operator()(const sql::CreateVolume& statement) {
  const QualifiedName name = Name(statement.name);
  if (statement.if_not_exists && services_.catalog.FindVolume(name)) return Done();
  const auto reserved = services_.catalog.Reserve({name.catalog, name.schema});
  VolumeInfo info;
  info.id = reserved.id;
  info.name = name;
  info.owner = options_.principal;
  info.comment = statement.comment;
  info.location = reserved.location;
  if (statement.location) {
    info.kind = VolumeKind::kExternal;
    // Again: a link on the way may have been changed since.
    info.location =
        JudgedLocation(services_, options_.principal, *statement.location, options_.base_folder);
  }
  MakeUnlessThere(
      statement.if_not_exists, [&] { services_.catalog.CreateVolume(info); },
      [&] { return services_.catalog.FindVolume(name).has_value(); });
  return Done();
}

VolumeInfo Executor::GetVolume(const sql::Name& name) const {
  const QualifiedName full = Name(name);
  const auto info = services_.catalog.FindVolume(full);
  if (!info) {
    throw Error(ErrorCode::kNotFound, "the volume " + full.ToString() +
                                          " can't be found; SHOW VOLUMES lists what is there")
        .WithCondition("UC_VOLUME_NOT_FOUND");
  }
  if (info->revision <= prepared_.catalog_revision) return *info;
  throw Error(ErrorCode::kConflict, "volume " + full.ToString() +
                                        " was changed by somebody else at this moment; run it "
                                        "again")
      .WithCondition("CONCURRENT_CATALOG_CHANGE");
}

// The row first: files that no row names are nobody's.
void Executor::DropVolume(const QualifiedName& name) const {
  const VolumeInfo dropped = services_.catalog.DropVolume(name);
  if (dropped.kind == VolumeKind::kExternal) return;
  DeleteFolder(services_.stores.Resolve(dropped.location, ""));
}

void Executor::AlterVolume(const sql::AlterTable& statement) const {
  VolumeInfo info = GetVolume(statement.name);
  if (const auto* rename = std::get_if<sql::AlterTable::RenameTo>(&statement.action)) {
    services_.catalog.RenameVolume(info.name, Name(rename->name));
  } else if (const auto* owner = std::get_if<sql::AlterTable::SetOwner>(&statement.action)) {
    info.owner = owner->owner.text;
    services_.catalog.UpdateVolume(info);
  } else {
    throw Error(ErrorCode::kUnsupported,
                "a volume has neither columns nor properties; ALTER VOLUME takes RENAME TO and "
                "OWNER TO, and COMMENT ON VOLUME sets its comment")
        .WithCondition("UNSUPPORTED_FEATURE");
  }
}

std::unique_ptr<Result> Executor::DescribeVolume(const sql::Name& name) const {
  const VolumeInfo info = GetVolume(name);
  const bool is_external = info.kind == VolumeKind::kExternal;
  return RowsResult(
      id_,
      TextColumns(
          {"name", "catalog", "database", "owner", "storageLocation", "volumeType", "comment"}),
      {{Text(info.name.name), Text(info.name.catalog), Text(info.name.schema), Text(info.owner),
        TextOrNull(is_external ? std::optional(info.location) : std::nullopt),
        Text(std::string(VolumeKindName(info.kind))), TextOrNull(info.comment)}});
}

}  // namespace weir::session
