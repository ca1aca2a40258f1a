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

// The group that everybody is in.
constexpr const char* kEverybody = "account users";

// Where a grant stands: at most one of them.
struct Place {
  int64_t catalog = 0;  // 0: none.
  int64_t schema = 0;
  std::string table = {};
  std::string volume = {};
  std::string function = {};
};

Place PlaceOf(const Catalog::Impl& impl, ReadTx& tx, const Securable& on) {
  switch (on.kind) {
    case SecurableKind::kMetastore:
      return {};
    case SecurableKind::kCatalog:
      return {.catalog = impl.GetCatalog(tx, on.catalog).id};
    case SecurableKind::kSchema:
      return {.schema = impl.GetSchema(tx, {on.catalog, on.schema}).id};
    case SecurableKind::kTable:
      return {.table = impl.GetTable(tx, {on.catalog, on.schema, on.table}).id};
    case SecurableKind::kVolume:
      return {.volume = impl.GetVolume(tx, {on.catalog, on.schema, on.table}).id};
    case SecurableKind::kFunction:
      return {.function = impl.GetFunction(tx, {on.catalog, on.schema, on.table}).id};
  }
  WEIR_CHECK(false);
  return {};
}

// The grants at one place, whoever has them.
#define WEIR_AT_PLACE                                                              \
  "ifnull(catalog, 0) = ? AND ifnull(schema, 0) = ? AND ifnull(table_id, '') = ? " \
  "AND ifnull(volume_id, '') = ? AND ifnull(function_id, '') = ?"

// What a principal, or everybody, was given at one place itself.
std::set<Privilege> GrantedAt(ReadTx& tx, const std::string& principal, const Place& place) {
  Statement row = tx.Query(
      "SELECT privilege FROM grants WHERE principal IN (?, ?) AND " WEIR_AT_PLACE, principal,
      kEverybody, place.catalog, place.schema, place.table, place.volume, place.function);
  std::set<Privilege> granted;
  while (row.Next()) {
    const auto privilege = ParsePrivilege(row.Text(0));
    if (!privilege) {
      throw Error(ErrorCode::kCorrupt,
                  "the home's state grants an unknown privilege '" + row.Text(0) + "'");
    }
    granted.insert(*privilege);
  }
  return granted;
}

}  // namespace

Error DeniedError(const std::string& principal, const Access::Missing& missing) {
  const bool is_manage = missing.privilege == Privilege::kManage;
  return Error(ErrorCode::kDenied,
               "user '" + principal + "' does not have " +
                   std::string(PrivilegeName(missing.privilege)) + " on " + missing.on.ToString() +
                   (is_manage ? ", nor owns it" : "") +
                   (missing.on.kind == SecurableKind::kMetastore ? "" : " (or there is none)") +
                   "; ask its owner for a grant")
      .WithCondition("PERMISSION_DENIED");
}

Access Catalog::Impl::AccessOf(ReadTx& tx, const std::string& principal,
                               const Securable& on) const {
  const bool is_admin = tx.Query("SELECT 1 FROM admins WHERE principal = ?", principal).Next();
  std::vector<AccessStep> way;
  const auto add = [&](Securable securable, bool exists, const std::string& owner,
                       const Place& place) {
    AccessStep step{std::move(securable), exists, false, {}};
    step.is_owner = !owner.empty() && (owner == principal || owner == kEverybody);
    if (exists) step.granted = GrantedAt(tx, principal, place);
    way.push_back(std::move(step));
  };
  add({SecurableKind::kMetastore, "", "", ""}, true, "", {});
  if (on.kind == SecurableKind::kMetastore) return Access(std::move(way), is_admin);

  const auto catalog = FindCatalog(tx, on.catalog).value_or(CatalogRow());
  add({SecurableKind::kCatalog, on.catalog, "", ""}, catalog.id != 0, catalog.info.owner,
      {.catalog = catalog.id});
  if (on.kind == SecurableKind::kCatalog) return Access(std::move(way), is_admin);

  const auto schema = FindSchema(tx, {on.catalog, on.schema}).value_or(SchemaRow());
  add({SecurableKind::kSchema, on.catalog, on.schema, ""}, schema.id != 0, schema.info.owner,
      {.schema = schema.id});
  if (on.kind == SecurableKind::kSchema) return Access(std::move(way), is_admin);

  if (on.kind == SecurableKind::kVolume) {
    const auto volume = FindVolume(tx, {on.catalog, on.schema, on.table}).value_or(VolumeInfo());
    add(on, !volume.id.empty(), volume.owner, {.volume = volume.id});
  } else if (on.kind == SecurableKind::kFunction) {
    const auto function =
        FindFunction(tx, {on.catalog, on.schema, on.table}).value_or(FunctionInfo());
    add(on, !function.id.empty(), function.owner, {.function = function.id});
  } else {
    const auto table = FindTable(tx, {on.catalog, on.schema, on.table}).value_or(TableInfo());
    add(on, !table.id.empty(), table.owner, {.table = table.id});
  }
  return Access(std::move(way), is_admin);
}

bool Catalog::Allows(const std::string& principal, Privilege privilege,
                     const Securable& given) const {
  ReadTx tx = impl_->database.Read();
  const Access access = impl_->AccessOf(tx, principal, InCatalogCase(given));
  return !access.MissingFor(privilege) && !access.Absent();
}

void Catalog::Require(const std::string& principal, Privilege privilege,
                      const Securable& given) const {
  ReadTx tx = impl_->database.Read();
  const Access access = impl_->AccessOf(tx, principal, InCatalogCase(given));
  if (auto missing = access.MissingFor(privilege)) throw DeniedError(principal, *missing);
  if (auto absent = access.Absent()) throw AbsentError(*absent);
}

void Catalog::RequireTable(const std::string& principal, Privilege privilege,
                           const QualifiedName& name) const {
  Require(principal, privilege, {SecurableKind::kTable, name.catalog, name.schema, name.name});
}

void Catalog::Impl::RequireListed(ReadTx& tx, const std::string& principal, Privilege privilege,
                                  const Securable& on) const {
  const Securable schema{SecurableKind::kSchema, on.catalog, on.schema, ""};
  if (const auto missing = AccessOf(tx, principal, schema).MissingFor(Privilege::kUseSchema)) {
    throw DeniedError(principal, *missing);
  }
  const Access access = AccessOf(tx, principal, on);
  if (const auto absent = access.Absent()) {
    // A function's name may be one of weir's own, misspelt.
    if (on.kind != SecurableKind::kFunction) RequireAbsence(tx, principal, privilege, on);
    throw AbsentError(*absent);
  }
  if (const auto missing = access.MissingFor(privilege)) throw DeniedError(principal, *missing);
}

VolumeInfo Catalog::RequireVolume(const std::string& principal, Privilege privilege,
                                  const QualifiedName& given) const {
  const QualifiedName name = InCatalogCase(given);
  ReadTx tx = impl_->database.Read();
  impl_->RequireListed(tx, principal, privilege,
                       {SecurableKind::kVolume, name.catalog, name.schema, name.name});
  return impl_->GetVolume(tx, name);
}

FunctionInfo Catalog::RequireFunction(const std::string& principal, Privilege privilege,
                                      const QualifiedName& given) const {
  const QualifiedName name = InCatalogCase(given);
  ReadTx tx = impl_->database.Read();
  impl_->RequireListed(tx, principal, privilege,
                       {SecurableKind::kFunction, name.catalog, name.schema, name.name});
  return impl_->GetFunction(tx, name);
}

void Catalog::RequireLook(const std::string& principal, const SchemaName& given) const {
  const SchemaName name = InCatalogCase(given);
  ReadTx tx = impl_->database.Read();
  const Access access =
      impl_->AccessOf(tx, principal, {SecurableKind::kSchema, name.catalog, name.schema, ""});
  if (auto missing = access.MissingFor(Privilege::kUseSchema)) {
    throw DeniedError(principal, *missing);
  }
}

void Catalog::RequireAbsence(const std::string& principal, Privilege privilege,
                             const Securable& given) const {
  const Securable on = InCatalogCase(given);
  ReadTx tx = impl_->database.Read();
  impl_->RequireAbsence(tx, principal, privilege, on);
}

void Catalog::Impl::RequireAbsence(ReadTx& tx, const std::string& principal, Privilege privilege,
                                   const Securable& on) const {
  const Access access = AccessOf(tx, principal, on);
  const auto missing =
      privilege == Privilege::kManage ? access.MissingToManage() : access.MissingFor(privilege);
  if (!missing) return;
  // Whoever makes one finds out.
  const Privilege make =
      on.kind == SecurableKind::kVolume ? Privilege::kCreateVolume : Privilege::kCreateTable;
  const Securable schema{SecurableKind::kSchema, on.catalog, on.schema, ""};
  if (AccessOf(tx, principal, schema).MissingFor(make)) throw DeniedError(principal, *missing);
}

void Catalog::RequireManage(const std::string& principal, const Securable& given) const {
  ReadTx tx = impl_->database.Read();
  const Access access = impl_->AccessOf(tx, principal, InCatalogCase(given));
  if (auto missing = access.MissingToManage()) throw DeniedError(principal, *missing);
  if (auto absent = access.Absent()) throw AbsentError(*absent);
}

void Catalog::RequireGive(const std::string& principal, const std::string& owner,
                          const Securable& on) const {
  RequireManage(principal, on);
  if (owner == principal) return;
  ReadTx tx = impl_->database.Read();
  const bool is_function = on.kind == SecurableKind::kFunction;
  if (!is_function) {
    const auto info = impl_->FindTable(tx, InCatalogCase({on.catalog, on.schema, on.table}));
    if (!info || info->kind != TableKind::kView) return;
  }
  if (tx.Query("SELECT 1 FROM admins WHERE principal = ?", principal).Next()) return;
  throw Error(ErrorCode::kDenied,
              std::string(is_function ? "a function" : "a view") +
                  " reads with its owner's rights, so only an admin may make somebody else the "
                  "owner of " +
                  QualifiedName{on.catalog, on.schema, on.table}.ToString() +
                  "; grant them MANAGE on it, and they can make themselves "
                  "its owner")
      .WithCondition("PERMISSION_DENIED");
}

void Catalog::RequireOutside(const std::string& principal, const std::string& uri,
                             const std::string& written) const {
  const std::string folder = WithoutSlash(uri);
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorCode::kDenied, "'" + (written.empty() ? uri : written) + "' " + why)
        .WithCondition("PERMISSION_DENIED");
  };
  ReadTx tx = impl_->database.Read();
  if (const auto table = impl_->FindTableAt(tx, folder)) {
    const QualifiedName& name = table->name;
    const Securable securable{SecurableKind::kTable, name.catalog, name.schema, name.name};
    const bool may_know = impl_->AccessOf(tx, principal, securable).IsVisible();
    refuse(may_know ? "overlaps the folder of table " + name.ToString() + "; name the table instead"
                    : "overlaps the folder of a table; name the table instead");
  }
  if (const auto volume = impl_->FindVolumeAt(tx, folder)) {
    const QualifiedName& name = volume->name;
    const Securable securable{SecurableKind::kVolume, name.catalog, name.schema, name.name};
    const bool may_know = impl_->AccessOf(tx, principal, securable).IsVisible();
    refuse(may_know
               ? "overlaps the folder of volume " + name.ToString() + "; name its files /Volumes/" +
                     name.catalog + "/" + name.schema + "/" + name.name + "/... instead"
               : "overlaps the folder of a volume; name the volume instead");
  }
  std::vector<std::string> closed = impl_->ManagedLocations(tx);
  closed.insert(closed.end(), impl_->closed_roots.begin(), impl_->closed_roots.end());
  for (const std::string& root : closed) {
    if (Overlap(root, folder)) {
      refuse(
          "overlaps the storage of this home, which statements reach only by table name; name "
          "the table, or another folder");
    }
  }
}

void Catalog::RequirePath(const std::string& principal, Privilege privilege, const std::string& uri,
                          const std::string& written) const {
  WEIR_CHECK(privilege == Privilege::kReadFiles || privilege == Privilege::kWriteFiles);
  RequireOutside(principal, uri, written);
  ReadTx tx = impl_->database.Read();
  const Access access = impl_->AccessOf(tx, principal, {SecurableKind::kMetastore, "", "", ""});
  if (const auto missing = access.MissingFor(privilege)) {
    throw DeniedError(principal, *missing)
        .WithContext("'" + (written.empty() ? uri : written) + "'");
  }
}

void Catalog::Grant(const std::string& principal, Privilege privilege, const Securable& given) {
  const Securable on = InCatalogCase(given);
  if (principal.empty()) throw Error(ErrorCode::kInvalid, "a grant needs a principal");
  if (!IsGrantable(privilege, on.kind)) {
    throw Error(ErrorCode::kInvalid,
                std::string(PrivilegeName(privilege)) + " can't be granted on " + on.ToString())
        .WithCondition("INVALID_PRIVILEGE_FOR_SECURABLE");
  }
  Tx tx = impl_->database.Begin();
  const Place place = PlaceOf(*impl_, tx, on);
  tx.Run(
      "INSERT OR IGNORE INTO grants "
      "(principal, privilege, catalog, schema, table_id, volume_id, function_id) "
      "VALUES (?, ?, nullif(?, 0), nullif(?, 0), nullif(?, ''), nullif(?, ''), nullif(?, ''))",
      principal, PrivilegeName(privilege), place.catalog, place.schema, place.table, place.volume,
      place.function);
  impl_->NextRevision(tx);
  tx.Commit();
}

void Catalog::Revoke(const std::string& principal, Privilege privilege, const Securable& given) {
  Tx tx = impl_->database.Begin();
  const Place place = PlaceOf(*impl_, tx, InCatalogCase(given));
  tx.Run("DELETE FROM grants WHERE principal = ? AND privilege = ? AND " WEIR_AT_PLACE, principal,
         PrivilegeName(privilege), place.catalog, place.schema, place.table, place.volume,
         place.function);
  impl_->NextRevision(tx);
  tx.Commit();
}

std::vector<GrantInfo> Catalog::Grants(const Securable& given) const {
  const Securable on = InCatalogCase(given);
  ReadTx tx = impl_->database.Read();
  const Place place = PlaceOf(*impl_, tx, on);
  Statement row = tx.Query("SELECT principal, privilege FROM grants WHERE " WEIR_AT_PLACE
                           " ORDER BY principal, privilege",
                           place.catalog, place.schema, place.table, place.volume, place.function);
  std::vector<GrantInfo> grants;
  while (row.Next()) {
    const auto privilege = ParsePrivilege(row.Text(1));
    WEIR_CHECK(privilege.has_value());
    grants.push_back({row.Text(0), *privilege, on});
  }
  return grants;
}

}  // namespace weir::catalog
