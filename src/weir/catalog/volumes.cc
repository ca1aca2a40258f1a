#include <utility>

#include "weir/base/check.h"
#include "weir/base/error.h"
#include "weir/catalog/catalog.h"
#include "weir/catalog/catalog_impl.h"

namespace weir::catalog {
namespace {

using state::ReadTx;
using state::Statement;
using state::Tx;

#define WEIR_VOLUME_QUERY                                                                    \
  "SELECT v.id, c.name, s.name, v.name, v.kind, v.owner, v.comment, v.location, v.created, " \
  "v.updated, v.revision FROM volumes v "                                                    \
  "JOIN schemas s ON s.id = v.schema JOIN catalogs c ON c.id = s.catalog "

VolumeKind VolumeKindFrom(const std::string& name) {
  for (const VolumeKind kind : {VolumeKind::kManaged, VolumeKind::kExternal}) {
    if (VolumeKindName(kind) == name) return kind;
  }
  throw Error(ErrorCode::kCorrupt, "the home's state has a volume of unknown kind '" + name + "'");
}

VolumeInfo VolumeFrom(const Statement& row) {
  VolumeInfo info;
  info.id = row.Text(0);
  info.name = {row.Text(1), row.Text(2), row.Text(3)};
  info.kind = VolumeKindFrom(row.Text(4));
  info.owner = row.Text(5);
  info.comment = row.TextOrNull(6);
  info.location = row.Text(7);
  info.created = Instant{row.Int(8)};
  info.updated = Instant{row.Int(9)};
  info.revision = row.Int(10);
  return info;
}

void CheckNameIsFree(const Catalog::Impl& impl, ReadTx& tx, const QualifiedName& name) {
  if (!impl.FindVolume(tx, name)) return;
  throw Error(ErrorCode::kExists,
              "volume " + name.ToString() + " exists already; choose another name or drop it first")
      .WithCondition("VOLUME_ALREADY_EXISTS");
}

}  // namespace

std::string_view VolumeKindName(VolumeKind kind) {
  return kind == VolumeKind::kManaged ? "MANAGED" : "EXTERNAL";
}

std::optional<VolumeInfo> Catalog::Impl::FindVolume(ReadTx& tx, const QualifiedName& name) const {
  Statement row = tx.Query(WEIR_VOLUME_QUERY "WHERE c.name = ? AND s.name = ? AND v.name = ?",
                           name.catalog, name.schema, name.name);
  if (!row.Next()) return std::nullopt;
  return VolumeFrom(row);
}

VolumeInfo Catalog::Impl::GetVolume(ReadTx& tx, const QualifiedName& name) const {
  if (auto info = FindVolume(tx, name)) return *info;
  throw AbsentError({SecurableKind::kVolume, name.catalog, name.schema, name.name});
}

std::optional<VolumeInfo> Catalog::Impl::FindVolumeAt(ReadTx& tx, const std::string& uri) const {
  Statement row = tx.Query(WEIR_VOLUME_QUERY
                           "WHERE v.location = ?1 "
                           "OR substr(?1, 1, length(v.location) + 1) = v.location || '/' "
                           "OR substr(v.location, 1, length(?1) + 1) = ?1 || '/'",
                           WithoutSlash(uri));
  if (!row.Next()) return std::nullopt;
  return VolumeFrom(row);
}

std::optional<VolumeInfo> Catalog::FindVolume(const QualifiedName& name) const {
  ReadTx tx = impl_->database.Read();
  return impl_->FindVolume(tx, InCatalogCase(name));
}

std::vector<VolumeInfo> Catalog::ListVolumes(const std::string& principal,
                                             const SchemaName& given) const {
  const SchemaName schema = InCatalogCase(given);
  ReadTx tx = impl_->database.Read();
  const Securable above{SecurableKind::kSchema, schema.catalog, schema.schema, ""};
  const Access access = impl_->AccessOf(tx, principal, above);
  if (auto missing = access.MissingFor(Privilege::kUseSchema)) {
    throw DeniedError(principal, *missing);
  }
  const SchemaRow in = impl_->GetSchema(tx, schema);
  Statement row = tx.Query(WEIR_VOLUME_QUERY "WHERE v.schema = ? ORDER BY v.name", in.id);
  std::vector<VolumeInfo> found;
  while (row.Next()) {
    VolumeInfo info = VolumeFrom(row);
    const Securable here{SecurableKind::kVolume, schema.catalog, schema.schema, info.name.name};
    if (impl_->AccessOf(tx, principal, here).IsVisible()) found.push_back(std::move(info));
  }
  return found;
}

void Catalog::CreateVolume(const VolumeInfo& info) {
  const QualifiedName name = InCatalogCase(info.name);
  CheckName(name.name, "volume");
  const std::string location = WithoutSlash(info.location);
  WEIR_CHECK(!info.id.empty() && !location.empty());
  Tx tx = impl_->database.Begin();
  const SchemaRow schema = impl_->GetSchema(tx, {name.catalog, name.schema});
  CheckNameIsFree(*impl_, tx, name);
  impl_->CheckFolderIsFree(tx, location);
  const int64_t now = impl_->clock.Now().micros;
  tx.Run(
      "INSERT INTO volumes (id, schema, name, kind, owner, comment, location, created, updated, "
      "revision) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      info.id, schema.id, name.name, VolumeKindName(info.kind), info.owner, info.comment, location,
      now, now, impl_->NextRevision(tx));
  tx.Commit();
}

void Catalog::UpdateVolume(const VolumeInfo& info) {
  const QualifiedName name = InCatalogCase(info.name);
  Tx tx = impl_->database.Begin();
  const VolumeInfo before = impl_->GetVolume(tx, name);
  if (before.id != info.id || before.revision != info.revision) {
    throw Error(ErrorCode::kConflict,
                name.ToString() + " was changed by somebody else meanwhile; run again")
        .WithCondition("CONCURRENT_CATALOG_CHANGE");
  }
  tx.Run("UPDATE volumes SET owner = ?, comment = ?, updated = ?, revision = ? WHERE id = ?",
         info.owner, info.comment, impl_->clock.Now().micros, impl_->NextRevision(tx), info.id);
  tx.Commit();
}

void Catalog::RenameVolume(const QualifiedName& given_from, const QualifiedName& given_to) {
  const QualifiedName from = InCatalogCase(given_from);
  const QualifiedName to = InCatalogCase(given_to);
  CheckName(to.name, "volume");
  if (from.catalog != to.catalog || from.schema != to.schema) {
    throw Error(ErrorCode::kUnsupported, "volume " + from.ToString() +
                                             " can't move to another schema; rename it in its own, "
                                             "or PUT its files INTO a volume there");
  }
  Tx tx = impl_->database.Begin();
  const VolumeInfo info = impl_->GetVolume(tx, from);
  if (from == to) return;
  CheckNameIsFree(*impl_, tx, to);
  tx.Run("UPDATE volumes SET name = ?, updated = ?, revision = ? WHERE id = ?", to.name,
         impl_->clock.Now().micros, impl_->NextRevision(tx), info.id);
  tx.Commit();
}

VolumeInfo Catalog::DropVolume(const QualifiedName& given) {
  const QualifiedName name = InCatalogCase(given);
  Tx tx = impl_->database.Begin();
  VolumeInfo info = impl_->GetVolume(tx, name);
  tx.Run("DELETE FROM volumes WHERE id = ?", info.id);
  impl_->NextRevision(tx);
  tx.Commit();
  return info;
}

}  // namespace weir::catalog
