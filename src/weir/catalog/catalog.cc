#include "weir/catalog/catalog.h"

#include <utility>

#include "weir/base/check.h"
#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/base/uuid.h"
#include "weir/catalog/catalog_impl.h"

namespace weir::catalog {
namespace {

using state::ReadTx;
using state::Statement;
using state::Tx;

// As in every Unity Catalog: these are the catalog's own.
constexpr const char* kDefaultSchema = "default";
constexpr const char* kReservedCatalog = "system";
constexpr const char* kReservedSchema = "information_schema";

[[noreturn]] void ThrowExists(const std::string& condition, const std::string& what) {
  throw Error(ErrorCode::kExists, what + " exists already; choose another name or drop it first")
      .WithCondition(condition);
}

SchemaInfo SchemaFrom(const Statement& row, const std::string& catalog) {
  return {{catalog, row.Text(1)},
          row.Text(2),
          row.TextOrNull(3),
          PropertiesFromJson(row.Text(4)),
          row.Text(5)};
}

}  // namespace

QualifiedName InCatalogCase(const QualifiedName& name) {
  return {CatalogCase(name.catalog), CatalogCase(name.schema), CatalogCase(name.name)};
}

SchemaName InCatalogCase(const SchemaName& name) {
  return {CatalogCase(name.catalog), CatalogCase(name.schema)};
}

Securable InCatalogCase(const Securable& securable) {
  return {securable.kind, CatalogCase(securable.catalog), CatalogCase(securable.schema),
          CatalogCase(securable.table)};
}

std::string PropertiesToJson(const Properties& properties) { return Json(properties).dump(); }

Properties PropertiesFromJson(const std::string& json) {
  return ParseJson(json, "a row of properties in the home's state").get<Properties>();
}

Error AbsentError(const Securable& securable) {
  const char* condition = securable.kind == SecurableKind::kCatalog    ? "CATALOG_NOT_FOUND"
                          : securable.kind == SecurableKind::kSchema   ? "SCHEMA_NOT_FOUND"
                          : securable.kind == SecurableKind::kVolume   ? "UC_VOLUME_NOT_FOUND"
                          : securable.kind == SecurableKind::kFunction ? "ROUTINE_NOT_FOUND"
                                                                       : "TABLE_OR_VIEW_NOT_FOUND";
  const bool is_table = securable.kind == SecurableKind::kTable;
  const std::string what =
      is_table ? "table or view" + securable.ToString().substr(5) : securable.ToString();
  return Error(ErrorCode::kNotFound, "there is no " + what + "; check the spelling")
      .WithCondition(condition);
}

Catalog::Catalog(state::Database& database, const Clock& clock, std::string managed_root,
                 const std::string& admin, std::vector<std::string> closed_roots)
    : impl_(new Impl{database, clock, WithoutSlash(std::move(managed_root)), {}}) {
  for (std::string& root : closed_roots) {
    impl_->closed_roots.push_back(WithoutSlash(std::move(root)));
  }
  impl_->closed_roots.push_back(impl_->managed_root);
  impl_->Bootstrap(admin);
}

Catalog::~Catalog() = default;

void Catalog::Impl::Bootstrap(const std::string& admin) {
  const auto has_admin = [](ReadTx& tx) { return tx.Query("SELECT 1 FROM admins").Next(); };
  {
    ReadTx tx = database.Read();
    if (has_admin(tx)) return;
  }
  Tx tx = database.Begin();
  if (has_admin(tx)) return;  // Another process was faster.
  tx.Run("INSERT INTO admins VALUES (?)", admin);
  const int64_t main = InsertCatalog(tx, {"main", admin, std::nullopt});
  InsertSchema(tx, main, {{"main", kDefaultSchema}, admin, std::nullopt, {}});
  tx.Commit();
}

int64_t Catalog::Impl::NextRevision(Tx& tx) const {
  tx.Run("UPDATE revision SET value = value + 1");
  Statement row = tx.Query("SELECT value FROM revision");
  WEIR_CHECK(row.Next());
  return row.Int(0);
}

int64_t Catalog::Revision() const {
  ReadTx tx = impl_->database.Read();
  Statement row = tx.Query("SELECT value FROM revision");
  WEIR_CHECK(row.Next());
  return row.Int(0);
}

void Catalog::OutdatePrepared() {
  Tx tx = impl_->database.Begin();
  impl_->NextRevision(tx);
  tx.Commit();
}

std::optional<CatalogRow> Catalog::Impl::FindCatalog(ReadTx& tx, const std::string& name) const {
  Statement row = tx.Query(
      "SELECT id, name, owner, comment, managed_location FROM catalogs WHERE name = ?", name);
  if (!row.Next()) return std::nullopt;
  return CatalogRow{row.Int(0), {row.Text(1), row.Text(2), row.TextOrNull(3), row.Text(4)}};
}

std::optional<SchemaRow> Catalog::Impl::FindSchema(ReadTx& tx, const SchemaName& name) const {
  Statement row = tx.Query(
      "SELECT s.id, s.name, s.owner, s.comment, s.properties, s.managed_location FROM schemas s "
      "JOIN catalogs c ON c.id = s.catalog WHERE c.name = ? AND s.name = ?",
      name.catalog, name.schema);
  if (!row.Next()) return std::nullopt;
  return SchemaRow{row.Int(0), SchemaFrom(row, name.catalog)};
}

CatalogRow Catalog::Impl::GetCatalog(ReadTx& tx, const std::string& name) const {
  if (auto row = FindCatalog(tx, name)) return *row;
  throw AbsentError({SecurableKind::kCatalog, name, "", ""});
}

SchemaRow Catalog::Impl::GetSchema(ReadTx& tx, const SchemaName& name) const {
  if (auto row = FindSchema(tx, name)) return *row;
  GetCatalog(tx, name.catalog);
  throw AbsentError({SecurableKind::kSchema, name.catalog, name.schema, ""});
}

std::optional<CatalogInfo> Catalog::FindCatalog(const std::string& name) const {
  ReadTx tx = impl_->database.Read();
  auto row = impl_->FindCatalog(tx, CatalogCase(name));
  if (!row) return std::nullopt;
  return row->info;
}

std::optional<SchemaInfo> Catalog::FindSchema(const SchemaName& name) const {
  ReadTx tx = impl_->database.Read();
  auto row = impl_->FindSchema(tx, InCatalogCase(name));
  if (!row) return std::nullopt;
  return row->info;
}

std::vector<CatalogInfo> Catalog::ListCatalogs(const std::string& principal) const {
  ReadTx tx = impl_->database.Read();
  Statement row =
      tx.Query("SELECT name, owner, comment, managed_location FROM catalogs ORDER BY name");
  std::vector<CatalogInfo> found;
  while (row.Next()) {
    CatalogInfo info{row.Text(0), row.Text(1), row.TextOrNull(2), row.Text(3)};
    const Securable here{SecurableKind::kCatalog, info.name, "", ""};
    if (impl_->AccessOf(tx, principal, here).IsVisible()) found.push_back(std::move(info));
  }
  return found;
}

std::vector<SchemaInfo> Catalog::ListSchemas(const std::string& principal,
                                             const std::string& catalog) const {
  const std::string name = CatalogCase(catalog);
  ReadTx tx = impl_->database.Read();
  const Securable above{SecurableKind::kCatalog, name, "", ""};
  const Access access = impl_->AccessOf(tx, principal, above);
  if (auto missing = access.MissingFor(Privilege::kUseCatalog)) {
    throw DeniedError(principal, *missing);
  }
  const CatalogRow in = impl_->GetCatalog(tx, name);
  Statement row = tx.Query(
      "SELECT id, name, owner, comment, properties, managed_location FROM schemas "
      "WHERE catalog = ? ORDER BY name",
      in.id);
  std::vector<SchemaInfo> found;
  while (row.Next()) {
    SchemaInfo info = SchemaFrom(row, name);
    const Securable here{SecurableKind::kSchema, name, info.name.schema, ""};
    if (impl_->AccessOf(tx, principal, here).IsVisible()) found.push_back(std::move(info));
  }
  return found;
}

int64_t Catalog::Impl::InsertCatalog(Tx& tx, const CatalogInfo& info) const {
  const int64_t now = clock.Now().micros;
  tx.Run(
      "INSERT INTO catalogs (name, owner, comment, managed_location, created, updated) "
      "VALUES (?, ?, ?, ?, ?, ?)",
      info.name, info.owner, info.comment, WithoutSlash(info.managed_location), now, now);
  NextRevision(tx);
  return GetCatalog(tx, info.name).id;
}

void Catalog::Impl::InsertSchema(Tx& tx, int64_t catalog, const SchemaInfo& info) const {
  const int64_t now = clock.Now().micros;
  tx.Run(
      "INSERT INTO schemas (catalog, name, owner, comment, properties, managed_location, created, "
      "updated) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      catalog, info.name.schema, info.owner, info.comment, PropertiesToJson(info.properties),
      WithoutSlash(info.managed_location), now, now);
  NextRevision(tx);
}

std::vector<std::string> Catalog::Impl::ManagedLocations(ReadTx& tx) const {
  Statement row = tx.Query(
      "SELECT managed_location FROM catalogs WHERE managed_location <> '' "
      "UNION ALL SELECT managed_location FROM schemas WHERE managed_location <> ''");
  std::vector<std::string> found;
  while (row.Next()) found.push_back(row.Text(0));
  return found;
}

void Catalog::Impl::CheckMayBeManaged(ReadTx& tx, const std::string& given) const {
  if (given.empty()) return;
  const std::string location = WithoutSlash(given);
  CheckFolderIsFree(tx, location);
  for (const std::string& other : ManagedLocations(tx)) {
    if (!Overlap(location, other)) continue;
    throw Error(ErrorCode::kExists,
                "'" + location +
                    "' can't be a managed location: it overlaps that of another "
                    "catalog or schema")
        .WithCondition("LOCATION_OVERLAP");
  }
}

void Catalog::CreateCatalog(const CatalogInfo& given) {
  CatalogInfo info = given;
  info.name = CatalogCase(given.name);
  CheckName(info.name, "catalog");
  Tx tx = impl_->database.Begin();
  if (info.name == kReservedCatalog || impl_->FindCatalog(tx, info.name)) {
    ThrowExists("CATALOG_ALREADY_EXISTS", "catalog " + QuoteName(info.name));
  }
  impl_->CheckMayBeManaged(tx, info.managed_location);
  const int64_t catalog = impl_->InsertCatalog(tx, info);
  impl_->InsertSchema(tx, catalog, {{info.name, kDefaultSchema}, info.owner, std::nullopt, {}});
  tx.Commit();
}

void Catalog::CreateSchema(const SchemaInfo& given) {
  SchemaInfo info = given;
  info.name = InCatalogCase(given.name);
  CheckName(info.name.schema, "schema");
  Tx tx = impl_->database.Begin();
  const CatalogRow catalog = impl_->GetCatalog(tx, info.name.catalog);
  if (info.name.schema == kReservedSchema || impl_->FindSchema(tx, info.name)) {
    ThrowExists("SCHEMA_ALREADY_EXISTS", "schema " + info.name.ToString());
  }
  impl_->CheckMayBeManaged(tx, info.managed_location);
  impl_->InsertSchema(tx, catalog.id, info);
  tx.Commit();
}

void Catalog::UpdateCatalog(const CatalogInfo& info) {
  Tx tx = impl_->database.Begin();
  const CatalogRow row = impl_->GetCatalog(tx, CatalogCase(info.name));
  tx.Run("UPDATE catalogs SET owner = ?, comment = ?, updated = ? WHERE id = ?", info.owner,
         info.comment, impl_->clock.Now().micros, row.id);
  impl_->NextRevision(tx);
  tx.Commit();
}

void Catalog::UpdateSchema(const SchemaInfo& info) {
  Tx tx = impl_->database.Begin();
  const SchemaRow row = impl_->GetSchema(tx, InCatalogCase(info.name));
  tx.Run("UPDATE schemas SET owner = ?, comment = ?, properties = ?, updated = ? WHERE id = ?",
         info.owner, info.comment, PropertiesToJson(info.properties), impl_->clock.Now().micros,
         row.id);
  impl_->NextRevision(tx);
  tx.Commit();
}

std::vector<TableInfo> Catalog::DropSchema(const SchemaName& given) {
  const SchemaName name = InCatalogCase(given);
  Tx tx = impl_->database.Begin();
  const SchemaRow row = impl_->GetSchema(tx, name);
  std::vector<TableInfo> own = impl_->DropOwnTables(tx, row.id);
  if (tx.Query("SELECT 1 FROM tables WHERE schema = ?", row.id).Next() ||
      tx.Query("SELECT 1 FROM volumes WHERE schema = ?", row.id).Next() ||
      tx.Query("SELECT 1 FROM functions WHERE schema = ?", row.id).Next()) {
    throw Error(ErrorCode::kConflict, "schema " + name.ToString() +
                                          " is not empty; drop its tables, views, volumes and "
                                          "functions first, or drop it with CASCADE")
        .WithCondition("SCHEMA_NOT_EMPTY");
  }
  tx.Run("DELETE FROM schemas WHERE id = ?", row.id);
  impl_->NextRevision(tx);
  tx.Commit();
  return own;
}

std::vector<TableInfo> Catalog::DropCatalog(const std::string& given) {
  const std::string name = CatalogCase(given);
  Tx tx = impl_->database.Begin();
  const CatalogRow row = impl_->GetCatalog(tx, name);
  std::vector<TableInfo> own;
  if (const auto left = impl_->FindSchema(tx, {name, kDefaultSchema})) {
    own = impl_->DropOwnTables(tx, left->id);
  }
  const bool is_empty = !tx.Query(
                               "SELECT 1 FROM schemas s WHERE s.catalog = ? AND (s.name <> ? OR "
                               "EXISTS (SELECT 1 FROM tables t WHERE t.schema = s.id) OR "
                               "EXISTS (SELECT 1 FROM volumes v WHERE v.schema = s.id) OR "
                               "EXISTS (SELECT 1 FROM functions f WHERE f.schema = s.id))",
                               row.id, kDefaultSchema)
                             .Next();
  if (!is_empty) {
    throw Error(ErrorCode::kConflict,
                "catalog " + QuoteName(name) + " is not empty; drop its schemas first")
        .WithCondition("CATALOG_NOT_EMPTY");
  }
  tx.Run("DELETE FROM schemas WHERE catalog = ?", row.id);
  tx.Run("DELETE FROM catalogs WHERE id = ?", row.id);
  impl_->NextRevision(tx);
  tx.Commit();
  return own;
}

}  // namespace weir::catalog
